"""Results of checks as intervals: one row for as long as an answer stays the same.

The answer is outcome, reason and severity. Details and evidence are those of the latest sight.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Row,
    String,
    bindparam,
    func,
    insert,
    or_,
    select,
    type_coerce,
    update,
)

from secaudit.core.canonical import to_json
from secaudit.core.observation import CheckResult
from secaudit.core.vocabulary import Outcome, Reason, Severity
from secaudit.ledger.sights import STRENGTH, Key, chunks, strongest
from secaudit.store.tables.scans import result_interval as table

_COMPARED: tuple[Column[Any], ...] = (
    *(table.c.number, table.c.check_id, table.c.subject),
    *(table.c.outcome, table.c.reason, table.c.severity),
    *(table.c.last_seen, table.c.last_scan, table.c.sightings),
)
ZONE_END = "0"
"""The character after ``/``: ``zone/`` to ``zone0`` is the range of a zone's subjects."""


Answer = tuple[str, str, str, str, str]
"""Check, subject, outcome, reason, and the instant when it was last seen, all as they are stored;
instants that are stored are in the order of their text."""
_AT_ONCE = 10_000


@dataclass(frozen=True)
class StandingResult:
    """What a check says about a subject, since when, and when that was last seen."""

    check: str
    subject: str
    outcome: Outcome
    reason: Reason
    severity: Severity
    details: Mapping[str, Any]
    evidence: tuple[str, ...]
    first_seen: datetime
    last_seen: datetime
    until: datetime | None
    """When another answer took its place; None while it stands."""
    first_scan: str
    scan: str
    """The last scan that gave this answer."""
    sightings: int
    """In how many scans this answer was given without a break."""


def record(
    connection: Connection, scan_id: str, at: datetime, results: Iterable[CheckResult]
) -> None:
    """Take in what one host, or more, showed at ``at``; repeating it changes nothing.

    An answer older than the one that stands is left out: a late one does not undo a newer one.
    """
    chosen = strongest(results)
    standing_rows = _open_intervals(connection, {subject for _, subject in chosen})
    again: list[dict[str, Any]] = []
    closed: list[dict[str, Any]] = []
    opened: list[dict[str, Any]] = []
    for key, result in chosen.items():
        row = standing_rows.get(key)
        values = {
            "details": to_json(result.details),
            "evidence": list(result.evidence),
            "last_seen": at,
            "last_scan": scan_id,
        }
        if row is None:
            opened.append(_new(key, result, values))
        elif at < row.last_seen or (row.last_scan == scan_id and not _outweighs(result, row)):
            continue
        elif _same_answer(result, row):
            again.append({"which": row.number, "sightings": row.sightings + 1, **values})
        else:
            closed.append({"which": row.number, "until_at": at})
            opened.append(_new(key, result, values))
    for rows in (again, closed):
        if rows:
            connection.execute(update(table).where(table.c.number == bindparam("which")), rows)
    if opened:
        connection.execute(insert(table), opened)


def standing(
    connection: Connection,
    at: datetime | None = None,
    *,
    zone: str | None = None,
    check: str | None = None,
) -> list[StandingResult]:
    """Return what stands now, or stood at ``at``, by subject and check."""
    query = select(table).where(*_stands(at))
    if zone is not None:
        query = query.where(table.c.subject >= f"{zone}/", table.c.subject < zone + ZONE_END)
    if check is not None:
        query = query.where(table.c.check_id == check)
    query = query.order_by(table.c.subject, table.c.check_id)
    return [_standing(row) for row in connection.execute(query)]


def answers(connection: Connection, at: datetime | None = None) -> Iterator[Answer]:
    """Yield in outline what stands now, or stood at ``at``, in no order."""
    columns = (
        *(table.c.check_id, table.c.subject, table.c.outcome, table.c.reason),
        type_coerce(table.c.last_seen, String),
    )
    query = select(*columns).where(*_stands(at, all_of_it=True))
    for block in connection.execute(query).partitions(_AT_ONCE):
        yield from block


def _stands(at: datetime | None, *, all_of_it: bool = False) -> tuple[ColumnElement[bool], ...]:
    """What stands now or at ``at``; where all of it is read, an index would only
    lead back and forth through the table."""
    if at is None and all_of_it:
        return (func.coalesce(type_coerce(table.c.until_at, String), "") == "",)
    if at is None:
        return (table.c.until_at.is_(None),)
    return table.c.from_at <= at, or_(table.c.until_at.is_(None), table.c.until_at > at)


def intervals(connection: Connection, check: str, subject: str) -> list[StandingResult]:
    """Return every answer that a check ever gave about a subject, oldest first."""
    query = (
        select(table)
        .where(table.c.subject == subject, table.c.check_id == check)
        .order_by(table.c.from_at, table.c.number)
    )
    return [_standing(row) for row in connection.execute(query)]


def _open_intervals(connection: Connection, subjects: Iterable[str]) -> dict[Key, Row[Any]]:
    """What stands about these subjects, without what only a reader needs."""
    return {
        (row.check_id, row.subject): row
        for chunk in chunks(sorted(subjects))
        for row in connection.execute(
            select(*_COMPARED).where(table.c.subject.in_(chunk), table.c.until_at.is_(None))
        )
    }


def _new(key: Key, result: CheckResult, values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "check_id": key[0],
        "subject": key[1],
        "outcome": result.outcome.value,
        "reason": result.reason.value,
        "severity": result.severity.value,
        "from_at": values["last_seen"],
        "first_scan": values["last_scan"],
        "sightings": 1,
        **values,
    }


def _same_answer(result: CheckResult, row: Row[Any]) -> bool:
    return (result.outcome, result.reason, result.severity) == (
        row.outcome,
        row.reason,
        row.severity,
    )


def _outweighs(result: CheckResult, row: Row[Any]) -> bool:
    return STRENGTH[result.outcome] > STRENGTH[Outcome(row.outcome)]


def _standing(row: Row[Any]) -> StandingResult:
    return StandingResult(
        check=row.check_id,
        subject=row.subject,
        outcome=Outcome(row.outcome),
        reason=Reason(row.reason),
        severity=Severity(row.severity),
        details=row.details,
        evidence=tuple(row.evidence),
        first_seen=row.from_at,
        last_seen=row.last_seen,
        until=row.until_at,
        first_scan=row.first_scan,
        scan=row.last_scan,
        sightings=row.sightings,
    )
