"""Who is told of a repair that is late, and when: levels in working days after the last day."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, insert, select, update

from secaudit.ledger.findings.history import add_events, event_row
from secaudit.ledger.findings.model import LIVE, EventKind, Finding
from secaudit.ledger.findings.query import finding_of
from secaudit.ledger.sights import chunks
from secaudit.ledger.working_days import HolidayCalendar
from secaudit.store.tables.ledger import finding as table
from secaudit.store.tables.remediation import escalation

_LIVE = tuple(state.value for state in LIVE)


@dataclass(frozen=True)
class Level:
    """After so many working days past the last day, this person or office is told."""

    after: int
    recipient: str


@dataclass(frozen=True)
class Escalation:
    """One finding that came to a level: whom it went to, and the day on which it came there."""

    finding: str
    level: int
    """1 for the first."""
    recipient: str
    due: date
    reached_on: date
    recorded_at: datetime


def escalations_due(
    connection: Connection, levels: Sequence[Level], calendar: HolidayCalendar, today: date
) -> bool:
    """Tell whether :func:`escalate` would find anything; this writes nothing."""
    return any(
        connection.execute(_reached(number, level, calendar, today).limit(1)).first() is not None
        for number, level in enumerate(levels, 1)
    )


def escalate(
    connection: Connection,
    levels: Sequence[Level],
    calendar: HolidayCalendar,
    today: date,
    at: datetime,
    start_of: Callable[[date], datetime],
) -> list[Escalation]:
    """Record each live finding that came to a level by ``today``, each level once.

    ``levels`` are in order. A last day that moves begins anew. It takes effect on the day on which
    the level was reached; ``start_of`` gives the first instant of a day where the workspace is.
    """
    made: list[Escalation] = []
    for number, level in enumerate(levels, 1):
        items = [
            finding_of(row)
            for row in connection.execute(
                _reached(number, level, calendar, today).order_by(table.c.number)
            )
        ]
        known = _told_before(connection, items, number)
        fresh = [item for item in items if item.id not in known]
        _raise_level(connection, sorted(known), number)
        reached = {item.id: _escalation(item, number, level, calendar, at) for item in fresh}
        if not reached:
            continue
        connection.execute(
            insert(escalation),
            [
                {
                    "finding_id": one.finding,
                    "level": one.level,
                    "recipient": one.recipient,
                    "due": one.due,
                    "reached_on": one.reached_on,
                    "recorded_at": at,
                }
                for one in reached.values()
            ],
        )
        _raise_level(connection, list(reached), number)
        add_events(connection, [_event(item, reached[item.id], start_of) for item in fresh])
        made += reached.values()
    return made


def escalations_of(connection: Connection, ids: Sequence[str]) -> dict[str, Escalation]:
    """Return the highest standing level of each of these findings that has one."""
    found = {}
    for chunk in chunks(ids):
        query = (
            select(escalation, table.c.state)
            .join(table, table.c.id == escalation.c.finding_id)
            .where(
                escalation.c.finding_id.in_(chunk),
                escalation.c.due == table.c.due,
                escalation.c.level == table.c.escalated,
            )
        )
        for row in connection.execute(query):
            if row.state in _LIVE:
                found[row.finding_id] = Escalation(
                    row.finding_id,
                    row.level,
                    row.recipient,
                    row.due,
                    row.reached_on,
                    row.recorded_at,
                )
    return found


def _reached(
    number: int, level: Level, calendar: HolidayCalendar, today: date
) -> Select[tuple[Any, ...]]:
    return select(table).where(
        table.c.state.in_(_LIVE),
        table.c.escalated.in_(range(number)),
        table.c.due <= calendar.latest_start(today, level.after),
    )


def _raise_level(connection: Connection, ids: Sequence[str], number: int) -> None:
    for chunk in chunks(ids):
        connection.execute(update(table).where(table.c.id.in_(chunk)).values(escalated=number))


def _event(item: Finding, one: Escalation, start_of: Callable[[date], datetime]) -> dict[str, Any]:
    return event_row(
        item.id,
        one.recorded_at,
        EventKind.ESCALATED,
        (item.state, item.state),
        details={
            "level": one.level,
            "to": one.recipient,
            "due": one.due,
            "reached_on": one.reached_on,
        },
        effective_at=min(start_of(one.reached_on), one.recorded_at),
    )


def _told_before(connection: Connection, items: Sequence[Finding], number: int) -> set[str]:
    """Those who came to this level at this very last day before it moved away and back."""
    days = {item.id: item.due for item in items}
    return {
        row.finding_id
        for chunk in chunks(list(days))
        for row in connection.execute(
            select(escalation.c.finding_id, escalation.c.due).where(
                escalation.c.finding_id.in_(chunk), escalation.c.level == number
            )
        )
        if row.due == days[row.finding_id]
    }


def _escalation(
    item: Finding, number: int, level: Level, calendar: HolidayCalendar, at: datetime
) -> Escalation:
    due = item.due or date.max
    return Escalation(
        item.id, number, level.recipient, due, calendar.add_working_days(due, level.after), at
    )
