"""Scans that are due at set times, and what became of each time that was due."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or_keep

from secaudit.core.errors import NotFoundError
from secaudit.registry.run_notes import RunNote
from secaudit.store.tables.schedules import schedule, schedule_run

NOTHING = RunNote()


class RunState(StrEnum):
    """What became of a time that was due."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    MISSED = "missed"
    """Nothing ran: the machine or the service was off, or the run before it was still going."""


@dataclass(frozen=True)
class Schedule:
    """One schedule. ``expression`` is a crontab line in the workspace's time zone."""

    id: str
    name: str
    expression: str
    zone: str
    authorisation: str
    request: Mapping[str, Any]
    next_run: datetime | None
    enabled: bool
    created_at: datetime
    created_by: str
    removed_at: datetime | None = None


@dataclass(frozen=True)
class ScheduleRun:
    """One time that was due."""

    schedule: str
    due_at: datetime
    state: RunState
    started_at: datetime | None
    finished_at: datetime | None
    scan: str | None
    note: RunNote


def add(
    connection: Connection,
    *,
    name: str,
    expression: str,
    zone: str,
    authorisation: str,
    request: Mapping[str, Any],
    next_run: datetime,
    at: datetime,
    actor: str,
) -> Schedule:
    """Add a schedule and give it its id (``J-0001``)."""
    number = (connection.scalar(select(func.max(schedule.c.number))) or 0) + 1
    identifier = f"J-{number:04d}"
    connection.execute(
        insert(schedule).values(
            id=identifier,
            number=number,
            name=name,
            expression=expression,
            zone=zone,
            authorisation=authorisation,
            options=dict(request),
            next_run=next_run,
            enabled=True,
            created_at=at,
            created_by=actor,
        )
    )
    return get(connection, identifier)


def get(connection: Connection, identifier: str) -> Schedule:
    """Return one schedule. Raises NotFoundError."""
    row = connection.execute(select(schedule).where(schedule.c.id == identifier)).first()
    if row is None:
        raise NotFoundError(
            "no schedule {id} in this workspace", id=identifier, hint="see: secaudit schedule list"
        )
    return _schedule(row)


def list_all(connection: Connection, *, removed: bool = False) -> list[Schedule]:
    """Return the schedules in the order in which they were made."""
    query = select(schedule).order_by(schedule.c.number)
    if not removed:
        query = query.where(schedule.c.removed_at.is_(None))
    return [_schedule(row) for row in connection.execute(query)]


def set_enabled(connection: Connection, identifier: str, *, enabled: bool) -> None:
    """Pause a schedule, or let it run again."""
    _update(connection, identifier, enabled=enabled)


def set_next_run(connection: Connection, identifier: str, at: datetime | None) -> None:
    """Record when the schedule is due next."""
    _update(connection, identifier, next_run=at)


def remove(connection: Connection, identifier: str, at: datetime) -> None:
    """End a schedule; its history stays."""
    _update(connection, identifier, removed_at=at, enabled=False, next_run=None)


def _update(connection: Connection, identifier: str, **values: Any) -> None:
    get(connection, identifier)
    connection.execute(update(schedule).where(schedule.c.id == identifier).values(**values))


def record_run(
    connection: Connection,
    identifier: str,
    due_at: datetime,
    state: RunState,
    *,
    started_at: datetime | None = None,
    finished_at: datetime | None = None,
    scan: str | None = None,
    note: RunNote = NOTHING,
) -> None:
    """Record what became of one due time; a later call for the same time replaces it."""
    values = {
        "state": state.value,
        "started_at": started_at,
        "finished_at": finished_at,
        "scan_id": scan,
        "message": note.text,
    }
    connection.execute(
        insert_or_keep(schedule_run)
        .values(schedule_id=identifier, due_at=due_at, **values)
        .on_conflict_do_update(index_elements=["schedule_id", "due_at"], set_=values)
    )


def runs(
    connection: Connection, identifier: str | None = None, *, limit: int = 50
) -> list[ScheduleRun]:
    """Return what became of the latest due times, newest first."""
    query = select(schedule_run).order_by(schedule_run.c.due_at.desc()).limit(limit)
    if identifier is not None:
        query = query.where(schedule_run.c.schedule_id == identifier)
    return [
        ScheduleRun(
            row.schedule_id,
            row.due_at,
            RunState(row.state),
            row.started_at,
            row.finished_at,
            row.scan_id,
            RunNote.parse(row.message),
        )
        for row in connection.execute(query)
    ]


def unfinished_runs(connection: Connection) -> list[ScheduleRun]:
    """Return the runs that were started and never ended: their process died."""
    return [run for run in runs(connection, limit=1000) if run.state is RunState.RUNNING]


def _schedule(row: Row[Any]) -> Schedule:
    return Schedule(
        row.id,
        row.name,
        row.expression,
        row.zone,
        row.authorisation,
        row.options,
        row.next_run,
        row.enabled,
        row.created_at,
        row.created_by,
        row.removed_at,
    )
