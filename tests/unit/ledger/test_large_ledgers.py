"""What keeps a large ledger quick: which way SQLite goes, and that the short way tells the same."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Connection, event

from secaudit.core.canonical import to_json
from secaudit.core.vocabulary import FindingState, Outcome, Severity
from secaudit.ledger import findings, results
from secaudit.ledger.findings import FindingFilter, Near
from secaudit.ledger.findings.records import overdue

CHECKS = ("tls.protocol.tls1_0", "tls.protocol.tls1_1", "cert.expired")
TODAY = date(2026, 3, 20)


def fill(book) -> None:
    """Twelve findings on four hosts: verified, claimed, reopened, accepted and open ones."""
    severities = (Severity.HIGH, Severity.CRITICAL, Severity.LOW)

    def answers(outcome: Outcome, hosts: range, **details: object) -> list:
        return [
            book.answer(
                outcome, check=check, severity=severity, subject=f"kantor/192.0.2.{host}:443/tcp",
                **details,
            )
            for host in hosts
            for check, severity in zip(CHECKS, severities, strict=True)
        ]  # fmt: skip

    book.scan(*answers(Outcome.FAILED, range(1, 5), cipher="RC4\u202e"))
    book.scan(*answers(Outcome.PASSED, range(1, 3)))
    book.scan(*answers(Outcome.FAILED, range(1, 2)))
    at = book.now
    with book.database.write() as connection:
        told = {"at": at, "actor": "someone@example"}
        findings.claim(connection, ["F-0007"], by="Tim", note="sudah", **told)
        findings.accept(
            connection, ["F-0008"], approver="GCIO", reason="uji", expires_on=date(2026, 6, 1),
            expires_at=at + timedelta(days=60), **told,
        )  # fmt: skip
        findings.assign(connection, ["F-0009"], owner="Tim Khusus", **told)


@contextmanager
def asked(connection: Connection) -> Iterator[list[str]]:
    """The plans of the queries that run meanwhile, each as one line of its steps."""
    plans: list[str] = []

    def explain(_connection, cursor, statement, parameters, _context, _many):
        if statement.startswith("SELECT"):
            probe = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.append("; ".join(row[3] for row in probe))

    event.listen(connection, "before_cursor_execute", explain)
    try:
        yield plans
    finally:
        event.remove(connection, "before_cursor_execute", explain)


LIVE = tuple(findings.LIVE)
IN_ORDER = {
    "live": FindingFilter(states=LIVE),
    "late": FindingFilter(states=LIVE, overdue_on=TODAY),
    "due soon": FindingFilter(states=LIVE, due_by=TODAY),
    "escalated": FindingFilter(states=LIVE, escalated=True),
    "one state": FindingFilter(states=(FindingState.REOPENED,)),
    "severe": FindingFilter(states=LIVE, severities=(Severity.HIGH,)),
    "all": FindingFilter(),
}
NARROW = {
    "zone": (FindingFilter(states=LIVE, zone="kantor"), "ix_finding_zone_address"),
    "check": (FindingFilter(states=LIVE, check="tls"), "ix_finding_check_id"),
    "plan": (FindingFilter(states=LIVE, plan="P-0001"), "sqlite_autoindex_finding_1"),
    "paused": (FindingFilter(states=LIVE, paused_on=TODAY), "sqlite_autoindex_finding_1"),
    "expiring": (FindingFilter(expiring_by=TODAY), "ix_acceptance_expires_on"),
    "near": (
        FindingFilter(states=LIVE, near=Near([("kantor", "192.0.2.1")], owner="Dinas")),
        "ix_finding_zone_address (zone=? AND address=?)",
    ),
}


@pytest.mark.parametrize("name", IN_ORDER)
def test_a_page_is_read_in_its_order_without_sorting(book, name):
    fill(book)
    with book.database.read() as connection, asked(connection) as plans:
        list(findings.records(connection, IN_ORDER[name], 100))
        findings.count(connection, IN_ORDER[name])
    listed, counted = plans
    assert "ix_finding_listed" in listed
    assert "TEMP B-TREE" not in listed
    assert "COVERING INDEX" in counted


@pytest.mark.parametrize("name", NARROW)
def test_what_narrows_most_is_looked_up(book, name):
    wanted, index = NARROW[name]
    fill(book)
    with book.database.read() as connection, asked(connection) as plans:
        findings.list_all(connection, wanted, limit=100)
    assert index in plans[0]
    assert "SCAN finding" not in plans[0]


def test_a_scan_looks_up_what_stands_about_its_host(book):
    fill(book)
    with book.database.write() as connection, asked(connection) as plans:
        at = book.now
        scan = book.open_scan(connection, at)
        again = [book.answer(Outcome.FAILED, subject="kantor/192.0.2.3:443/tcp")]
        results.record(connection, scan, at, again)
        findings.apply(connection, scan, at, again, lambda *_: TODAY, lambda _subject: "")
        findings.watched(connection, "kantor", "192.0.2.3")
        findings.acceptance_of(connection, ["F-0008"])
    about = [plan for plan in plans if "result_interval" in plan]
    assert about
    assert all("subject=?" in plan for plan in about)
    assert not [plan for plan in plans if "SCAN finding" in plan or "SCAN result" in plan]
    assert "uq_acceptance_finding_id_standing" in plans[-1]


@pytest.mark.parametrize("limit", [None, 1, 5])
def test_records_tell_what_findings_tell(book, limit):
    fill(book)
    with book.database.read() as connection:
        listed = findings.list_all(connection, limit=limit)
        blocks = list(findings.records(connection, FindingFilter(), limit))
        ids = [item.id for item in listed]
        named = list(findings.records_of(connection, ["F-9999", *reversed(ids)]))
    told = [record for block in blocks for record in block]
    assert told == [to_json(item) for item in listed]
    assert [record for block in named for record in block] == told[::-1]
    assert limit is not None or len({item.state for item in listed}) == 5
    days = [TODAY, date(2026, 3, 12), date(2027, 1, 1)]
    for item, record in zip(listed, told, strict=True):
        assert [overdue(record, day) for day in days] == [item.overdue(day) for day in days]


def test_an_instant_with_a_fraction_keeps_it(book):
    at = datetime(2026, 3, 2, 3, 4, 5, 60, tzinfo=UTC)
    with book.database.write() as connection:
        scan = book.open_scan(connection, at)
        failed = [replace(book.answer(Outcome.FAILED), observed_at=at)]
        findings.apply(connection, scan, at, failed, lambda *_: TODAY, lambda _subject: "")
    with book.database.read() as connection:
        [[record]] = findings.records(connection, FindingFilter())
    assert record["first_seen"] == "2026-03-02T03:04:05.000060Z"


def test_the_places_of_findings(book):
    fill(book)
    with book.database.read() as connection, asked(connection) as plans:
        assert sorted(findings.places(connection)) == [
            ("kantor", f"192.0.2.{host}") for host in range(1, 5)
        ]
    assert "COVERING INDEX ix_finding_zone_address" in plans[0]


@pytest.mark.parametrize(
    ("near", "hosts"),
    [
        (Near([]), set()),
        (Near([("kantor", "192.0.2.2"), ("lain", "192.0.2.3")]), {"192.0.2.2"}),
        (Near([], owner="Tim Khusus"), {"192.0.2.3"}),
        (Near([], named=True), set()),
    ],
)
def test_near_finds_no_fewer_than_wanted(book, near, hosts):
    fill(book)
    with book.database.read() as connection:
        found = findings.list_all(connection, FindingFilter(near=near))
    assert {item.address for item in found} == hosts


def test_near_by_a_server_name(book):
    book.scan(book.answer(Outcome.FAILED, subject="kantor/192.0.2.9:443/tcp#www.example"))
    with book.database.read() as connection:
        [found] = findings.list_all(connection, FindingFilter(near=Near([], named=True)))
    assert found.address == "192.0.2.9"
