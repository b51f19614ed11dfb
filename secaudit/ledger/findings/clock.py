"""The clock of each finding's last day: how it is set, how people stop it, and for how long.

A pause moves the last day by the working days in it. So does an acceptance that ran out: nobody
had to act while it stood. Both leave the finding as it is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from sqlalchemy import Connection, bindparam, insert, select, update

from secaudit.core.errors import InputError, RefusedError
from secaudit.core.persons import same_person
from secaudit.core.vocabulary import Severity
from secaudit.ledger.findings.acting import (
    SAME_PERSON_HINT,
    chosen,
    needed,
    write_down,
)
from secaudit.ledger.findings.model import LIVE, EventKind, Finding
from secaudit.ledger.sights import chunks
from secaudit.ledger.working_days import HolidayCalendar, Stops
from secaudit.store.tables.ledger import acceptance
from secaudit.store.tables.ledger import finding as table
from secaudit.store.tables.remediation import sla_pause

_ONE_DAY = timedelta(days=1)


class DueOn(Protocol):
    """Gives the last day for a repair that began at ``start``; days in ``stops`` do not count."""

    def __call__(self, severity: Severity, start: datetime, subject: str, stops: Stops, /) -> date:
        """Return the day."""


@dataclass(frozen=True)
class Pause:
    """Why the clock of a finding stands still, from a day until another, both included."""

    finding: str
    first: date
    last: date
    reason: str
    asked_by: str
    approver: str | None
    recorded_at: datetime
    recorded_by: str
    ended_on: date | None
    """From this day on the clock runs again, although the pause was to last longer."""

    @property
    def last_held(self) -> date:
        """The last day on which the clock stands still; before ``first`` where it never does."""
        return self.last if self.ended_on is None else min(self.last, self.ended_on - _ONE_DAY)

    def holds_on(self, day: date) -> bool:
        """Tell whether the clock stands still on a day."""
        return self.first <= day <= self.last_held


@dataclass(frozen=True)
class PauseRequest:
    """What a person asks for. ``owners`` tells who repairs each finding as of today.

    ``day_of`` gives the day of an instant where the workspace is.
    """

    first: date
    last: date
    reason: str
    asked_by: str
    approver: str | None
    owners: Mapping[str, str]
    day_of: Callable[[datetime], date]


def pause(
    connection: Connection,
    ids: Sequence[str],
    wanted: PauseRequest,
    calendar: HolidayCalendar,
    *,
    at: datetime,
    actor: str,
) -> dict[str, date]:
    """Stop the clock of live findings; return the new last day of each.

    Raises RefusedError where the owner alone asks for it, where it is paused then already, or where
    the last day has passed before the pause begins; InputError for a pause that ends before it
    begins.
    """
    if wanted.last < wanted.first:
        raise InputError(
            "the pause would end on {last}, before it begins on {first}",
            first=wanted.first,
            last=wanted.last,
        )
    items = chosen(connection, ids, LIVE)
    standing = pauses_of(connection, [item.id for item in items])
    for item in items:
        _require_second(item, wanted)
        _require_free(item, wanted, standing.get(item.id, ()))
    moved = {
        item.id: calendar.add_working_days(
            item.due,
            calendar.working_days(wanted.first, wanted.last, stops_of(connection, item.id)),
        )
        for item in items
        if item.due is not None
    }
    connection.execute(
        insert(sla_pause),
        [
            {
                "finding_id": item.id,
                "from_on": wanted.first,
                "until_on": wanted.last,
                "reason": needed(wanted.reason, "reason"),
                "asked_by": needed(wanted.asked_by, "name"),
                "approver": wanted.approver,
                "recorded_at": at,
                "recorded_by": actor,
            }
            for item in items
        ],
    )
    write_down(
        connection, items, EventKind.PAUSED, at=at, actor=actor, reason=wanted.reason,
        details=lambda item: {
            "from": wanted.first, "until": wanted.last, "by": wanted.asked_by,
            "approver": wanted.approver, "due_before": item.due, "due": moved[item.id],
        },
    )  # fmt: skip
    set_due(connection, moved)
    return moved


def end_pause(
    connection: Connection,
    ids: Sequence[str],
    calendar: HolidayCalendar,
    *,
    today: date,
    by: str,
    reason: str,
    at: datetime,
    actor: str,
) -> dict[str, date]:
    """Let the clock run again from today; return the new last day of each.

    The working days of the pause that are left are taken off again.
    """
    items = chosen(connection, ids, LIVE)
    standing = pauses_of(connection, [item.id for item in items])
    moved: dict[str, date] = {}
    for item in items:
        held = [one for one in standing.get(item.id, ()) if one.ended_on is None]
        held = [one for one in held if one.last >= today]
        if not held:
            raise RefusedError(
                "the clock of {finding} is not paused",
                hint="see secaudit finding show {finding}",
                finding=item.id,
            )
        left = sum(calendar.working_days(max(one.first, today), one.last) for one in held)
        if item.due is not None:
            moved[item.id] = calendar.take_working_days(item.due, left) if left else item.due
    for chunk in chunks([item.id for item in items]):
        connection.execute(
            update(sla_pause)
            .where(
                sla_pause.c.finding_id.in_(chunk),
                sla_pause.c.ended_on.is_(None),
                sla_pause.c.until_on >= today,
            )
            .values(
                ended_on=today, ended_at=at, ended_by=actor, ended_because=needed(reason, "reason")
            )
        )
    write_down(
        connection, items, EventKind.PAUSE_ENDED, at=at, actor=actor, reason=reason,
        details=lambda item: {
            "on": today, "by": by, "due_before": item.due, "due": moved.get(item.id),
        },
    )  # fmt: skip
    set_due(connection, moved)
    return moved


def pauses_of(connection: Connection, ids: Sequence[str]) -> dict[str, list[Pause]]:
    """Return all pauses of these findings, oldest first; ended ones too."""
    found: dict[str, list[Pause]] = {}
    for chunk in chunks(ids):
        query = (
            select(sla_pause).where(sla_pause.c.finding_id.in_(chunk)).order_by(sla_pause.c.number)
        )
        for row in connection.execute(query):
            found.setdefault(row.finding_id, []).append(
                Pause(
                    row.finding_id, row.from_on, row.until_on, row.reason, row.asked_by,
                    row.approver, row.recorded_at, row.recorded_by, row.ended_on,
                )
            )  # fmt: skip
    return found


def stops_of(connection: Connection, finding_id: str) -> list[tuple[date, date]]:
    """Return the days on which the clock of a finding stood or will stand still."""
    stops = []
    for one in pauses_of(connection, [finding_id]).get(finding_id, ()):
        if one.first <= one.last_held:
            stops.append((one.first, one.last_held))
    for row in connection.execute(
        select(acceptance.c.accepted_on, acceptance.c.accepted_at, acceptance.c.expires_on).where(
            acceptance.c.finding_id == finding_id,
            acceptance.c.ended_because == EventKind.ACCEPTANCE_EXPIRED.value,
        )
    ):
        stops.append((row.accepted_on or row.accepted_at.date(), row.expires_on))
    return stops


def after_acceptance(
    connection: Connection, item: Finding, first: date, last: date, calendar: HolidayCalendar
) -> date | None:
    """The last day of a finding whose acceptance ran out; one that was late before stays so."""
    if item.due is None or item.due < first:
        return item.due
    stops = stops_of(connection, item.id)
    return calendar.add_working_days(item.due, calendar.working_days(first, last, stops))


def end_pauses(
    connection: Connection, ids: Sequence[str], at: datetime, today: date, because: str
) -> None:
    """Close what pauses stand, since the findings moved on; ``today`` where the workspace is."""
    for chunk in chunks(ids):
        connection.execute(
            update(sla_pause)
            .where(
                sla_pause.c.finding_id.in_(chunk),
                sla_pause.c.ended_on.is_(None),
                sla_pause.c.until_on >= today,
            )
            .values(ended_on=today, ended_at=at, ended_because=because)
        )


def set_due(connection: Connection, days: dict[str, date]) -> None:
    """Give findings another last day; who was told that it is late will be told anew."""
    if days:
        connection.execute(
            update(table)
            .where(table.c.id == bindparam("which"), table.c.due.is_distinct_from(bindparam("day")))
            .values(due=bindparam("day"), escalated=0),
            [{"which": identity, "day": day} for identity, day in days.items()],
        )


def refresh_due(
    connection: Connection,
    items: Sequence[Finding],
    due_on: DueOn,
    *,
    because: str,
    at: datetime,
    actor: str,
) -> dict[str, date]:
    """Compute the last day of live findings anew; return those that moved."""
    moved = {
        item.id: day
        for item in items
        if (
            day := due_on(
                item.severity, item.opened_at, item.subject, stops_of(connection, item.id)
            )
        )
        != item.due
    }
    write_down(
        connection, [item for item in items if item.id in moved], EventKind.DUE_CHANGED,
        at=at, actor=actor, reason=because,
        details=lambda item: {"from": item.due, "to": moved[item.id]},
    )  # fmt: skip
    set_due(connection, moved)
    return moved


def _require_second(item: Finding, wanted: PauseRequest) -> None:
    owner = wanted.owners.get(item.id, item.owner)
    names = [name for name in (wanted.asked_by, wanted.approver) if name]
    if len(names) > 1 and same_person(*names):
        raise RefusedError(
            "{name} asked for the pause and cannot approve it too",
            hint=SAME_PERSON_HINT,
            name=names[0],
        )
    if all(same_person(name, owner) for name in names):
        raise RefusedError(
            "{owner} repairs {finding} and cannot pause its clock alone",
            hint="name who approves it with: --approver NAME",
            owner=owner,
            finding=item.id,
        )


def _require_free(item: Finding, wanted: PauseRequest, standing: Sequence[Pause]) -> None:
    if item.due is None:
        raise RefusedError("{finding} has no last day that could be moved", finding=item.id)
    if wanted.first > item.due:
        raise RefusedError(
            "{finding} was due on {due}: a pause from {first} on comes too late",
            hint="accept it until a set day instead, or repair it",
            finding=item.id,
            due=item.due,
            first=wanted.first,
        )
    opened = wanted.day_of(item.opened_at)
    if wanted.first < opened:
        raise RefusedError(
            "{finding} was opened on {opened}: its clock cannot be paused from {first} on",
            finding=item.id,
            opened=opened,
            first=wanted.first,
        )
    for one in standing:
        if one.first <= min(wanted.last, one.last_held) and wanted.first <= one.last_held:
            raise RefusedError(
                "the clock of {finding} is paused from {first} to {last} already",
                hint="end that pause first with: secaudit finding resume {finding} --reason TEXT",
                finding=item.id,
                first=one.first,
                last=one.last_held,
            )
