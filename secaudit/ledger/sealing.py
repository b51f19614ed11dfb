"""What the audit trail seals of findings: each event as it was written, and what it led to."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, String, func, or_, select, type_coerce

from secaudit.ledger.sights import chunks
from secaudit.store.tables.base import Instant
from secaudit.store.tables.ledger import finding, finding_event

EVENT_FIELDS = (
    *("number", "finding_id", "at", "effective_at", "kind", "from_state", "to_state"),
    *("actor", "scan_id", "reason", "details"),
)
FINDING_FIELDS = (
    *("id", "check_id", "subject", "severity", "state", "due", "opened_at", "verified_at"),
    *("owner", "owner_assigned"),
)
_ROWS_AT_ONCE = 5_000


def newest_event(connection: Connection) -> int:
    """The number of the last event; 0 where there is none."""
    return connection.execute(select(func.max(finding_event.c.number))).scalar() or 0


def events_between(
    connection: Connection, after: int, until: int, at: datetime | None = None
) -> list[dict[str, Any]]:
    """The events after a number, up to another, in order, each as it is stored.

    With ``at``, only those that a change at that instant or a scan has written.
    """
    query = select(*_stored(finding_event, EVENT_FIELDS)).where(
        finding_event.c.number > after, finding_event.c.number <= until
    )
    if at is not None:
        query = query.where(or_(finding_event.c.at == at, finding_event.c.scan_id.is_not(None)))
    found: list[dict[str, Any]] = []
    rows = connection.execute(query.order_by(finding_event.c.number))
    for block in rows.partitions(_ROWS_AT_ONCE):
        found += (dict(zip(EVENT_FIELDS, row, strict=True)) for row in block)
    return found


def findings_as_stored(
    connection: Connection, ids: Iterable[str] | None = None
) -> list[dict[str, Any]]:
    """What can be recomputed of these findings, or of all, in the order in which they came."""
    query = select(*_stored(finding, FINDING_FIELDS)).order_by(finding.c.number)
    if ids is None:
        return [dict(zip(FINDING_FIELDS, row, strict=True)) for row in connection.execute(query)]
    return [
        dict(zip(FINDING_FIELDS, row, strict=True))
        for chunk in chunks(sorted(set(ids)))
        for row in connection.execute(query.where(finding.c.id.in_(chunk)))
    ]


def owner_told(values: Mapping[str, Any]) -> str | None:
    """The owner that a person named; who answers for the asset may change without an event."""
    return str(values["owner"]) if values["owner_assigned"] else None


def _stored(table: Any, names: Iterable[str]) -> list[Any]:
    """Instants and days as the text that is stored: what is compared is what lies there."""
    return [
        type_coerce(table.c[name], String)
        if name == "due" or isinstance(table.c[name].type, Instant)
        else table.c[name]
        for name in names
    ]
