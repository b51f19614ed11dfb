"""The calendar as a file that calendar programs read."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Connection

from controls.library import Library
from secaudit.app.calendar import obligation_row, stages_of, standing, words_of
from secaudit.app.controls import library_of
from secaudit.app.files import require_free, write_whole
from secaudit.app.sla import today
from secaudit.app.workspace import Workspace
from secaudit.assurance import programmes
from secaudit.assurance.ics import Event, calendar_file
from secaudit.assurance.obligations import add_months, occasions
from secaudit.assurance.programmes import Programme
from secaudit.assurance.vocabulary import ObligationState, StageState
from secaudit.assurance.words import word
from secaudit.core.canonical import sha256_hex
from secaudit.core.errors import InputError
from secaudit.text.language import current_language, gettext

MONTHS_IN_A_FILE = 24
MOST_YEARS_AHEAD = 10


def write_calendar(
    workspace: Workspace, target: Path, until: date | None = None, *, overwrite: bool = False
) -> int:
    """Write an iCalendar file of what is to come; return how many events. Raises RefusedError."""
    require_free(target, overwrite=overwrite)
    library = library_of(workspace)
    now = datetime.now(UTC)
    day = today(workspace, now)
    horizon = until or add_months(day, MONTHS_IN_A_FILE)
    if horizon > add_months(day, 12 * MOST_YEARS_AHEAD):
        raise InputError(
            "{day} is more than {years} years ahead", day=horizon, years=MOST_YEARS_AHEAD
        )
    with workspace.view() as connection:
        events = [
            *_events(workspace, connection, library, day, horizon),
            *_stage_events(workspace, programmes.list_all(connection), day, horizon),
        ]
    name = gettext("Obligations of {organisation}").format(
        organisation=workspace.settings.organisation
    )
    events.sort(key=lambda event: (event.day, event.uid))
    write_whole(target, calendar_file(name, events, now))
    return len(events)


def _events(
    workspace: Workspace, connection: Connection, library: Library, day: date, horizon: date
) -> Iterator[Event]:
    for item, found, performed in standing(workspace, connection, library, day):
        row = obligation_row(library, item, found, performed)
        days = [record.done_on for record in performed]
        for occasion in occasions(item.duty, days, day, horizon):
            late = occasion.last < day
            title = f"{row['title']} ({row['cited']})"
            if late:
                title = f"{word(ObligationState.OVERDUE)}: {title}"
            lines = [
                str(words_of(item.requirement.summary) or ""),
                row["rhythm"],
                gettext("Last day: {day}").format(day=occasion.last),
                gettext("Duty-bearer: {names}").format(names=", ".join(row["bearers"]))
                if row["bearers"]
                else "",
                gettext("When it is done: secaudit calendar done {key} --evidence FILE").format(
                    key=item.key
                ),
            ]
            yield Event(
                uid=_uid(workspace, item.key, occasion.label),
                day=occasion.plan,
                title=title,
                text="\n".join(line for line in lines if line),
                categories=("secaudit", item.requirement.framework),
                remind=not late,
            )


def _stage_events(
    workspace: Workspace, found: Iterable[Programme], day: date, horizon: date
) -> Iterator[Event]:
    language = current_language().value
    for programme, item in stages_of(found):
        if item.state is StageState.DONE or item.planned_on is None or item.planned_on > horizon:
            continue
        course = programme.course.title.in_language(language)
        late = item.overdue(day)
        title = f"{item.stage.title.in_language(language)} ({course})"
        yield Event(
            uid=_uid(workspace, programme.id, item.stage.key),
            day=item.planned_on,
            title=f"{word(ObligationState.OVERDUE)}: {title}" if late else title,
            text=item.stage.summary.in_language(language),
            categories=("secaudit", programme.id),
            remind=not late,
        )


def _uid(workspace: Workspace, key: str, label: str) -> str:
    text = "\n".join((workspace.settings.organisation, key, label))
    return f"{sha256_hex(text.encode('utf-8'))[:32]}@secaudit"
