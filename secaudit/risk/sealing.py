"""What the audit trail seals of risks: each event as it was written, and the scores after it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, String, func, select, type_coerce

from secaudit.core.canonical import canonical_json, sha256_hex
from secaudit.store.tables.risk import risk, risk_event

_PLAIN = ("number", "risk_id", "version", "at", "effective_at", "kind", "actor", "reason")
EVENT_FIELDS = (*_PLAIN, "content_sha256")
RISK_FIELDS = (
    *("id", "version", "state", "owner", "scale", "inherent", "computed", "own", "residual"),
    *("treatments", "review_on", "approval", "rejection"),
)
"""What of a risk changes with an event alone: its other content follows the findings."""


def newest_event(connection: Connection) -> int:
    """The number of the last event; 0 where there is none."""
    return connection.execute(select(func.max(risk_event.c.number))).scalar() or 0


def events_between(
    connection: Connection, after: int, until: int, at: datetime | None = None
) -> list[dict[str, Any]]:
    """The events after a number, up to another, in order; with ``at``, those of that instant."""
    return [dict(event) for event, _ in _between(connection, after, until, at)]


def risks_after(
    connection: Connection, after: int, until: int, at: datetime | None = None
) -> list[dict[str, Any]]:
    """How the last of these events left each risk."""
    last = {content["id"]: content for _, content in _between(connection, after, until, at)}
    return [_told(content) for content in last.values()]


def risks_as_stored(connection: Connection) -> list[dict[str, Any]]:
    """The same of every risk, as it lies in the register now."""
    rows = connection.execute(
        select(risk.c.content, risk.c.state, risk.c.version).order_by(risk.c.number)
    )
    return [_told({**row.content, "state": row.state, "version": row.version}) for row in rows]


def _between(
    connection: Connection, after: int, until: int, at: datetime | None
) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    columns = [
        type_coerce(risk_event.c[name], String) if name.endswith("at") else risk_event.c[name]
        for name in _PLAIN
    ]
    query = (
        select(*columns, risk_event.c.content)
        .where(risk_event.c.number > after, risk_event.c.number <= until)
        .order_by(risk_event.c.number)
    )
    if at is not None:
        query = query.where(risk_event.c.at == at)
    found: list[tuple[Mapping[str, Any], Mapping[str, Any]]] = []
    for row in connection.execute(query):
        event = dict(zip(_PLAIN, row, strict=False))
        event["content_sha256"] = sha256_hex(canonical_json(row.content))
        found.append((event, row.content))
    return found


def _told(content: Mapping[str, Any]) -> dict[str, Any]:
    return {name: content.get(name) for name in RISK_FIELDS}
