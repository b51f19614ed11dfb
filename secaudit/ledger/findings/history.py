"""What happened to each finding, in order."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select

from secaudit.core.canonical import to_json
from secaudit.core.vocabulary import FindingState
from secaudit.ledger.findings.model import EventKind, FindingEvent
from secaudit.store.tables.ledger import finding_event

PROGRAM = "secaudit"
"""The actor of what the program does by itself."""
took_effect = func.coalesce(finding_event.c.effective_at, finding_event.c.at)
"""When an event took effect: whatever is counted or computed goes by it."""


def event_row(
    finding_id: str,
    at: datetime,
    kind: EventKind,
    states: tuple[FindingState | None, FindingState],
    *,
    actor: str = PROGRAM,
    scan_id: str | None = None,
    reason: str = "",
    details: Mapping[str, Any] | None = None,
    effective_at: datetime | None = None,
) -> dict[str, Any]:
    """Return one row for :func:`add_events`; ``states`` are those before and after.

    ``effective_at`` is when it took effect, where that was before ``at``, when it is recorded.
    """
    before, after = states
    return {
        "finding_id": finding_id,
        "at": at,
        "effective_at": effective_at,
        "kind": kind.value,
        "from_state": None if before is None else before.value,
        "to_state": after.value,
        "actor": actor,
        "scan_id": scan_id,
        "reason": reason,
        "details": to_json(details or {}),
    }


def add_events(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Write events in the order in which they are given."""
    if rows:
        connection.execute(insert(finding_event), rows)


def history(connection: Connection, finding_id: str) -> list[FindingEvent]:
    """Return the events of one finding, oldest first."""
    query = (
        select(finding_event)
        .where(finding_event.c.finding_id == finding_id)
        .order_by(finding_event.c.number)
    )
    return [
        FindingEvent(
            finding=row.finding_id,
            at=row.at,
            kind=EventKind(row.kind),
            from_state=FindingState(row.from_state) if row.from_state else None,
            to_state=FindingState(row.to_state),
            actor=row.actor,
            scan=row.scan_id,
            reason=row.reason,
            details=row.details,
            effective_at=row.effective_at or row.at,
        )
        for row in connection.execute(query)
    ]


def states_at(connection: Connection, at: datetime) -> dict[str, tuple[FindingState, datetime]]:
    """Return the state that each finding known at ``at`` was in then, and since when."""
    query = (
        select(
            finding_event.c.finding_id,
            finding_event.c.to_state,
            finding_event.c.at,
            finding_event.c.effective_at,
        )
        .where(took_effect <= at)
        .order_by(finding_event.c.number)
    )
    states: dict[str, tuple[FindingState, datetime]] = {}
    for row in connection.execute(query):
        state = FindingState(row.to_state)
        before = states.get(row.finding_id)
        if before is None or before[0] is not state:
            states[row.finding_id] = (state, row.effective_at or row.at)
    return states
