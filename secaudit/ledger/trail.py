"""The audit trail: who did what, when and why, each row sealed to the row before it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from secaudit.core.canonical import to_json
from secaudit.core.chain import GENESIS, ChainFault, first_fault, link
from secaudit.core.instant import format_instant
from secaudit.store.tables.trail import audit_trail


@dataclass(frozen=True)
class TrailEntry:
    """One row. ``hash`` seals all the other fields and ``previous``."""

    position: int
    at: datetime
    actor: str
    action: str
    object_id: str
    reason: str
    details: Mapping[str, Any]
    previous: str
    hash: str


def head(connection: Connection) -> tuple[int, str]:
    """The position and hash of the last row; ``(0, GENESIS)`` for an empty trail."""
    last = connection.execute(
        select(audit_trail.c.position, audit_trail.c.hash)
        .order_by(audit_trail.c.position.desc())
        .limit(1)
    ).first()
    return (0, GENESIS) if last is None else (last.position, last.hash)


def append(
    connection: Connection,
    *,
    actor: str,
    at: datetime,
    action: str,
    object_id: str,
    details: Mapping[str, Any],
    reason: str,
) -> TrailEntry:
    """Add one row. The connection must hold the write lock, so that no one appends in between."""
    position, previous = head(connection)
    entry = TrailEntry(
        position + 1, at, actor, action, object_id, reason, to_json(details), previous, ""
    )
    sealed = link(previous, _sealed_fields(entry))
    connection.execute(
        insert(audit_trail).values(
            position=entry.position,
            at=at,
            actor=actor,
            action=action,
            object_id=object_id,
            reason=reason,
            details=entry.details,
            previous=previous,
            hash=sealed,
        )
    )
    return TrailEntry(**{**vars(entry), "hash": sealed})


def entries(connection: Connection, object_id: str | None = None) -> Iterator[TrailEntry]:
    """The rows in order, all or about one object."""
    query = select(audit_trail).order_by(audit_trail.c.position)
    if object_id is not None:
        query = query.where(audit_trail.c.object_id == object_id)
    for row in connection.execute(query):
        yield _entry(row)


def entries_at(connection: Connection, instants: Iterable[datetime]) -> list[TrailEntry]:
    """The rows that were written at these instants, in order: those of one change share theirs."""
    return [
        _entry(row)
        for instant in sorted(set(instants))
        for row in connection.execute(
            select(audit_trail).where(audit_trail.c.at == instant).order_by(audit_trail.c.position)
        )
    ]


def verify(connection: Connection) -> ChainFault | None:
    """Check the whole chain; None means that it is whole."""
    return first_fault(
        (entry.previous, _sealed_fields(entry), entry.hash) for entry in entries(connection)
    )


def _sealed_fields(entry: TrailEntry) -> dict[str, Any]:
    return {
        "position": entry.position,
        "at": format_instant(entry.at),
        "actor": entry.actor,
        "action": entry.action,
        "object_id": entry.object_id,
        "reason": entry.reason,
        "details": entry.details,
    }


def _entry(row: Row[Any]) -> TrailEntry:
    return TrailEntry(**row._mapping)
