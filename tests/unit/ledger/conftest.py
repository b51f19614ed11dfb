import itertools
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Connection

from secaudit.core.observation import CheckResult
from secaudit.core.subject import parse_subject
from secaudit.core.vocabulary import Outcome, Reason, Severity
from secaudit.ledger import findings, results, scans
from secaudit.store.database import Database
from secaudit.store.tables import ledger as _ledger_tables  # noqa: F401  (registers its tables)
from secaudit.store.tables.base import metadata

START = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)


def due_on(severity: Severity, start: date, *_: object) -> date:
    return date(start.year, start.month, start.day) + timedelta(days=10 * (severity.rank + 1))


@dataclass
class Book:
    """A real database, and a clock that every scan moves on by an hour."""

    database: Database
    endpoint = "kantor/192.0.2.7:443/tcp"
    _hours: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @staticmethod
    def answer(
        outcome: Outcome,
        *,
        check: str = "tls.protocol.tls1_0",
        subject: str = endpoint,
        severity: Severity = Severity.HIGH,
        reason: Reason = Reason.OBSERVED,
        **details: object,
    ) -> CheckResult:
        about = parse_subject(subject)
        return CheckResult(check, about, outcome, reason, severity, START, details, ("ab" * 32,))

    @property
    def now(self) -> datetime:
        return START + timedelta(hours=next(self._hours))

    def pass_hours(self, count: int) -> None:
        for _ in range(count):
            next(self._hours)

    def open_scan(self, connection: Connection, at: datetime) -> str:
        return scans.start(
            connection,
            authorisation="loopback",
            zone="kantor",
            request={},
            hosts_planned=1,
            at=at,
            actor="someone@example",
            tool_version="0",
        )

    def scan(self, *answers: CheckResult) -> findings.FindingChanges:
        at = self.now
        with self.database.write() as connection:
            scan_id = self.open_scan(connection, at)
            results.record(connection, scan_id, at, answers)
            return findings.apply(
                connection, scan_id, at, answers, due_on, lambda _subject: "Dinas Contoh"
            )

    def finding(self, identity: str = "F-0001") -> findings.Finding:
        with self.database.read() as connection:
            return findings.get(connection, identity)

    def kinds(self, identity: str = "F-0001") -> list[str]:
        with self.database.read() as connection:
            return [event.kind.value for event in findings.history(connection, identity)]


@pytest.fixture(scope="session")
def new_book(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Book]:
    """Make an empty book; Hypothesis needs many in one test."""
    template = tmp_path_factory.mktemp("book") / "template.sqlite"
    database = Database(template)
    metadata.create_all(database.engine)
    database.close()

    def make() -> Book:
        path = tmp_path_factory.mktemp("book") / "book.sqlite"
        shutil.copy(template, path)
        return Book(Database(path))

    return make


@pytest.fixture
def book(new_book: Callable[[], Book]) -> Iterator[Book]:
    fresh = new_book()
    yield fresh
    fresh.database.close()
