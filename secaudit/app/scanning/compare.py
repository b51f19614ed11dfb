"""What changed between two scans: both are judged anew from their observations, by one rule set."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection

from scanners.base import Watched
from secaudit.app.judging import Judging
from secaudit.core.errors import RefusedError
from secaudit.core.observation import CheckResult
from secaudit.core.subject import Subject
from secaudit.core.vocabulary import Outcome, Severity
from secaudit.ledger import scans
from secaudit.ledger.scans import HostRecord


class Difference(StrEnum):
    """How one check on one subject differs in the later scan."""

    NEW = "new"
    """Failed now; it did not fail, or was not seen, before."""
    FIXED = "fixed"
    """Failed before, passed now."""
    STILL_FAILED = "still_failed"
    NOT_REACHED = "not_reached"
    """Failed before, and the later scan cannot tell."""


@dataclass(frozen=True)
class DiffRow:
    """One check on one subject that failed in at least one of two scans."""

    difference: Difference
    check: str
    subject: str
    severity: Severity
    before: Outcome | None
    after: Outcome | None
    reason: str


def results_of(connection: Connection, scan: str, judging: Judging) -> Iterator[CheckResult]:
    """Judge the stored observations of a scan anew, host by host."""
    for host in scans.hosts(connection, scan):
        yield from _judged(host, (), judging)


def compare(connection: Connection, before: str, after: str, judging: Judging) -> list[DiffRow]:
    """List what differs, worst first. Raises RefusedError for scans from two zones."""
    first, second = scans.get(connection, before), scans.get(connection, after)
    if first.zone != second.zone:
        raise RefusedError(
            "{before} looked from zone {first}, {after} from zone {second}: they do not compare",
            before=before,
            after=after,
            first=first.zone,
            second=second.zone,
        )
    later = {host.address: host for host in scans.hosts(connection, after)}
    rows: list[DiffRow] = []
    for earlier in scans.hosts(connection, before):
        rows.extend(_of_host(earlier, later.pop(earlier.address, None), judging))
    for host in later.values():
        rows.extend(_of_host(None, host, judging))
    order = list(Difference)
    return sorted(
        rows,
        key=lambda row: (order.index(row.difference), row.severity.rank, row.subject, row.check),
    )


def _of_host(
    earlier: HostRecord | None, later: HostRecord | None, judging: Judging
) -> Iterator[DiffRow]:
    before = _failures(_judged(earlier, (), judging)) if earlier else {}
    owed = tuple(
        Watched(check, result.subject)
        for (check, _), result in before.items()
        if isinstance(result.subject, Subject)
    )
    now = {(item.check, str(item.subject)): item for item in _judged(later, owed, judging)}
    for key, failed in before.items():
        answer = now.get(key)
        outcome = answer.outcome if answer else Outcome.NOT_REACHED
        yield DiffRow(
            {
                Outcome.FAILED: Difference.STILL_FAILED,
                Outcome.PASSED: Difference.FIXED,
            }.get(outcome, Difference.NOT_REACHED),
            *key,
            failed.severity,
            Outcome.FAILED,
            outcome,
            answer.reason.value if answer else "no_answer",
        )
    for key, answer in now.items():
        if answer.outcome is Outcome.FAILED and key not in before:
            yield DiffRow(
                Difference.NEW, *key, answer.severity, None, Outcome.FAILED, answer.reason.value
            )


def _failures(judged: list[CheckResult]) -> dict[tuple[str, str], CheckResult]:
    return {
        (item.check, str(item.subject)): item for item in judged if item.outcome is Outcome.FAILED
    }


def _judged(
    host: HostRecord | None, owed: tuple[Watched, ...], judging: Judging
) -> list[CheckResult]:
    if host is None:
        return []
    return judging.host(host.observations, owed, host.finished_at)
