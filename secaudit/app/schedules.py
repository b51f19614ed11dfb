"""Scans on a timer, on one machine: one process by lock; a missed run is recorded, never silent.

APScheduler's crontab trigger says when a schedule is due; the database says when it was due last.
Whatever was due while nothing ran is recorded as missed, and one run makes up for all of them.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from secaudit.app.locks import exclusive
from secaudit.app.scanning.order import make_order
from secaudit.app.scanning.request import ScanRequest
from secaudit.app.workspace import Workspace
from secaudit.core.errors import InputError, Phrase, RefusedError, SecauditError
from secaudit.core.instant import format_instant
from secaudit.registry import authorisations, schedules
from secaudit.registry.run_notes import RunNote
from secaudit.registry.schedules import RunState, Schedule
from secaudit.text.language import N_

GRACE = timedelta(minutes=5)
"""A run that starts this late is still on time."""
_MOST_COUNTED = 10_000
"""Missed times that are counted one by one; beyond it the count is a lower bound."""
_LOOK_BACK = tuple(timedelta(days=2**power) for power in range(9))
FIELDS = {
    "minute": N_("minute"),
    "hour": N_("hour"),
    "day": N_("day of the month"),
    "month": N_("month"),
    "weekday": N_("day of the week"),
}
"""The fields of a crontab line, in their order."""
_LONGEST_NAP_SECONDS = 30.0


@dataclass(frozen=True)
class Tick:
    """What one look at the clock did."""

    schedule: str
    due_at: datetime
    state: RunState
    scan: str | None
    note: RunNote


RunScan = Callable[[Workspace, ScanRequest], str | None]
"""Runs one scan and returns its id; raises SecauditError when it fails or is not whole."""


def trigger_of(expression: str, timezone: str) -> Any:
    """Read a crontab line of five fields. Raises InputError."""
    parts = expression.split()
    if len(parts) == len(FIELDS):
        with suppress(ValueError, KeyError):
            return CronTrigger.from_crontab(expression, timezone=ZoneInfo(timezone))
    wrong = [name for name, part in zip(FIELDS, parts, strict=False) if not _fits(name, part)]
    raise InputError(
        "{expression!r} is not a crontab line: the field of the {field} cannot be {part!r}"
        if wrong and len(parts) == len(FIELDS)
        else "{expression!r} is not a crontab line of five fields",
        hint="five fields: minute hour day month weekday, such as: 0 22 * * mon",
        expression=expression,
        field=Phrase(FIELDS[wrong[0]]) if wrong else "",
        part=parts[list(FIELDS).index(wrong[0])] if wrong else "",
    )


def _fits(name: str, part: str) -> bool:
    """Whether one field alone, all others open, makes a line."""
    line = " ".join(part if field == name else "*" for field in FIELDS)
    try:
        CronTrigger.from_crontab(line, timezone=UTC)
    except (ValueError, KeyError):
        return False
    return True


def due_times(
    expression: str, timezone: str, after: datetime, until: datetime
) -> Iterator[datetime]:
    """The times after ``after`` and up to ``until`` at which the expression is due, in order."""
    trigger = trigger_of(expression, timezone)
    moment = next_due(trigger, after)
    while moment is not None and moment <= until:
        yield moment
        moment = next_due(trigger, moment)


def next_due(trigger: Any, after: datetime) -> datetime | None:
    """The first due time after ``after``, in UTC; None when the expression never comes again."""
    moment = trigger.get_next_fire_time(None, after + timedelta(seconds=1))
    return None if moment is None else moment.astimezone(UTC)


def add_schedule(
    workspace: Workspace, *, name: str, expression: str, request: ScanRequest
) -> Schedule:
    """Make a schedule, and say when it is due first.

    Raises RefusedError for a name that is taken, and where no letter in force covers the targets
    now, unless the request names a letter that exists: it may begin later.
    """
    zone = request.zone or workspace.settings.default_zone
    trigger = trigger_of(expression, workspace.settings.timezone)
    with workspace.change() as change:
        if any(item.name == name for item in schedules.list_all(change.connection)):
            raise RefusedError(
                "there is a schedule named {name!r} already",
                hint="choose another name, or end the old one with: secaudit schedule remove",
                name=name,
            )
        if request.authorisation and request.authorisation != authorisations.IMPLICIT:
            authorisations.get(change.connection, request.authorisation)
        else:
            make_order(workspace, request, change.at)
        first = next_due(trigger, change.at)
        if first is None:
            raise InputError("{expression!r} is never due", expression=expression)
        made = schedules.add(
            change.connection,
            name=name,
            expression=expression,
            zone=zone,
            authorisation=request.authorisation or "",
            request=request.to_record(),
            next_run=first,
            at=change.at,
            actor=str(change.actor),
        )
        change.record(
            "schedule.add", made.id, {"name": name, "expression": expression, "first": first}
        )
    return made


def set_paused(workspace: Workspace, identifier: str, *, paused: bool, reason: str) -> Schedule:
    """Pause a schedule, or let it run again from its next due time on."""
    with workspace.change() as change:
        schedules.set_enabled(change.connection, identifier, enabled=not paused)
        current = schedules.get(change.connection, identifier)
        if not paused:
            trigger = trigger_of(current.expression, workspace.settings.timezone)
            schedules.set_next_run(change.connection, identifier, next_due(trigger, change.at))
        change.record(
            "schedule.pause" if paused else "schedule.continue", identifier, reason=reason
        )
        return schedules.get(change.connection, identifier)


def remove_schedule(workspace: Workspace, identifier: str, *, reason: str) -> None:
    """End a schedule; its history stays."""
    with workspace.change() as change:
        schedules.remove(change.connection, identifier, change.at)
        change.record("schedule.remove", identifier, reason=reason)


def run_due(workspace: Workspace, run_scan: RunScan, at: datetime) -> list[Tick]:
    """Run each schedule that is due at ``at`` once, and record what was missed before."""
    ticks: list[Tick] = []
    with exclusive(workspace.folder, "schedule"):
        ticks.extend(_close_broken_runs(workspace, at))
        with workspace.view() as connection:
            waiting = [item for item in schedules.list_all(connection) if item.enabled]
        for item in waiting:
            if item.next_run is not None and item.next_run <= at:
                ticks.extend(_run_one(workspace, item, run_scan, at))
    return ticks


def serve(
    workspace: Workspace,
    run_scan: RunScan,
    on_tick: Callable[[Tick], None],
    *,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None] = time.sleep,
    stop: Callable[[], bool] = lambda: False,
    after: Callable[[], None] = lambda: None,
) -> None:
    """Look at the clock until ``stop`` says so, and run what is due; ``after`` it, if anything."""
    while not stop():
        ticks = run_due(workspace, run_scan, clock())
        for tick in ticks:
            on_tick(tick)
        if ticks:
            after()
        with workspace.view() as connection:
            waiting = [
                item.next_run
                for item in schedules.list_all(connection)
                if item.enabled and item.next_run is not None
            ]
        left = min((when - clock()).total_seconds() for when in waiting) if waiting else 60.0
        sleep(min(max(left, 0.05), _LONGEST_NAP_SECONDS))


def _run_one(
    workspace: Workspace, item: Schedule, run_scan: RunScan, at: datetime
) -> Iterator[Tick]:
    timezone = workspace.settings.timezone
    first = item.next_run or at
    before = first - timedelta(seconds=1)
    due = list(islice(due_times(item.expression, timezone, before, at), _MOST_COUNTED + 1))
    counted_all = len(due) <= _MOST_COUNTED
    if not counted_all:
        due += _latest_due(item.expression, timezone, due[-1], at)
    if due[:-1]:
        note = RunNote(
            "missed" if counted_all else "missed_at_least",
            {
                "count": len(due) - 1 if counted_all else _MOST_COUNTED,
                "first": format_instant(due[0]),
                "last": format_instant(due[-2]),
            },
        )
        yield _record(workspace, item, due[-2], RunState.MISSED, None, note)
    moment = due[-1] if due else first
    started = datetime.now(UTC)
    with workspace.database.write() as connection:
        schedules.record_run(connection, item.id, moment, RunState.RUNNING, started_at=started)
        following = next_due(trigger_of(item.expression, timezone), at)
        schedules.set_next_run(connection, item.id, following)
    minutes = int((at - moment) / timedelta(minutes=1))
    late = RunNote() if at - moment <= GRACE else RunNote("late", {"minutes": minutes})
    try:
        scan = run_scan(workspace, ScanRequest.from_record(item.request))
    except SecauditError as error:
        yield _record(workspace, item, moment, RunState.FAILED, None, RunNote.of(error), started)
    else:
        yield _record(workspace, item, moment, RunState.DONE, scan, late, started)


def _latest_due(expression: str, timezone: str, after: datetime, until: datetime) -> list[datetime]:
    """The last two times that are due, found from the end: not one by one through the years."""
    for span in _LOOK_BACK:
        start = max(after, until - span)
        found = deque(due_times(expression, timezone, start, until), maxlen=2)
        if len(found) > 1 or start == after:
            return list(found)
    return []


_RUNS: Mapping[RunState, str] = {
    RunState.DONE: "schedule.done",
    RunState.FAILED: "schedule.failed",
    RunState.MISSED: "schedule.missed",
}
"""How the end of a run is called on the audit trail."""


def _record(
    workspace: Workspace,
    item: Schedule,
    due_at: datetime,
    state: RunState,
    scan: str | None,
    note: RunNote,
    started: datetime | None = None,
) -> Tick:
    with workspace.change() as change:
        schedules.record_run(
            change.connection,
            item.id,
            due_at,
            state,
            started_at=started,
            finished_at=change.at if started else None,
            scan=scan,
            note=note,
        )
        change.record(
            _RUNS[state],
            item.id,
            {"due": due_at, "scan": scan, "why": note.code, "facts": note.facts},
        )
    return Tick(item.id, due_at, state, scan, note)


def _close_broken_runs(workspace: Workspace, at: datetime) -> Iterator[Tick]:
    """Runs left open by a process that died are failed runs, not running ones."""
    with workspace.view() as connection:
        broken = schedules.unfinished_runs(connection)
        known = {item.id: item for item in schedules.list_all(connection, removed=True)}
    for run in broken:
        with suppress(KeyError):
            yield _record(
                workspace,
                known[run.schedule],
                run.due_at,
                RunState.FAILED,
                run.scan,
                RunNote("process_ended"),
                run.started_at,
            )
