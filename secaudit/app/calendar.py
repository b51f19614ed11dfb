"""The calendar: what the catalogues ask for by a day or a rhythm, and what was done of it.

Only catalogues that bind this organisation count, and not what only others have to do
(``binding`` in secaudit.yaml). The stages of certification programmes stand beside them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from controls.library import Library
from controls.lookup import find
from controls.requirement import Requirement
from controls.vocabulary import RequirementKind
from secaudit.app.attestations import keep_files, require_past
from secaudit.app.binding import binding_frameworks, binds
from secaudit.app.controls import (
    bearers_of,
    full_citation,
    library_of,
    marked_citation,
    reading_of,
)
from secaudit.app.sla import today
from secaudit.app.workspace import Workspace
from secaudit.assurance import performances, programmes
from secaudit.assurance.obligations import (
    Duty,
    Rhythm,
    Status,
    add_months,
    status,
)
from secaudit.assurance.performances import Performance
from secaudit.assurance.programmes import Programme, StageRecord
from secaudit.assurance.vocabulary import ObligationState, Per, StageState
from secaudit.assurance.words import rhythm_words
from secaudit.content.bilingual import Bilingual
from secaudit.core.canonical import to_json
from secaudit.core.errors import InputError, NotFoundError, RefusedError
from secaudit.ledger import trail
from secaudit.text.language import current_language, gettext

DEADLINE = "#due"
"""What the key of a deadline ends with where the same provision also sets a rhythm."""
_STAGE = "/"


@dataclass(frozen=True)
class Obligation:
    """One duty with a date, a rhythm or neither, and what it says."""

    duty: Duty
    requirement: Requirement

    @property
    def key(self) -> str:
        """What it is called on the command line."""
        return self.duty.key


def obligations_of(
    workspace: Workspace, connection: Connection, library: Library
) -> tuple[Obligation, ...]:
    """Every cadence and deadline that binds, in the order of the catalogues."""
    chosen = workspace.settings.binding
    since = _began(workspace, connection)
    others = set(chosen.other_bearers)
    found: list[Obligation] = []
    for framework in binding_frameworks(library, chosen):
        for item in library.requirements(framework.id):
            if not binds(library, chosen, item):
                continue
            if item.bearers and others.issuperset(item.bearers):
                continue
            found.extend(
                Obligation(duty, item) for duty in _duties(item, framework.in_force_since, since)
            )
    return tuple(found)


def list_calendar(workspace: Workspace, until: date | None = None) -> list[dict[str, Any]]:
    """List the obligations: the late first, then by their next day, those without a day last.

    With ``until``, those late and those to be planned by that day.
    """
    library = library_of(workspace)
    day = today(workspace, datetime.now(UTC))
    with workspace.view() as connection:
        rows = [
            obligation_row(library, item, found, performed)
            for item, found, performed in standing(workspace, connection, library, day)
        ]
        stages = stages_of(programmes.list_all(connection))
        rows += [_stage_row(programme, stage, day) for programme, stage in stages]
    if until is not None:
        limit = until.isoformat()
        rows = [row for row in rows if row["next"] is not None and row["next"] <= limit]
    order = list(ObligationState)
    return sorted(
        rows,
        key=lambda row: (
            row["state"] != ObligationState.OVERDUE.value,
            row["next"] or "9999",
            order.index(ObligationState(row["state"])),
            row["obligation"],
        ),
    )


def standing(
    workspace: Workspace, connection: Connection, library: Library, day: date
) -> Iterator[tuple[Obligation, Status, list[Performance]]]:
    """Each obligation with how it stands on a day, and what was done for it."""
    done: dict[str, list[Performance]] = {}
    for item in performances.list_all(connection):
        done.setdefault(item.obligation, []).append(item)
    for obligation in obligations_of(workspace, connection, library):
        performed = done.get(obligation.key, [])
        yield (
            obligation,
            status(obligation.duty, [item.done_on for item in performed], day),
            performed,
        )


def show_obligation(workspace: Workspace, name: str) -> dict[str, Any]:
    """Tell all about one obligation, with everything that was recorded for it."""
    library = library_of(workspace)
    day = today(workspace, datetime.now(UTC))
    with workspace.view() as connection:
        obligation = _obligation(workspace, connection, library, name)
        everything = performances.list_all(connection, obligation.key, withdrawn=True)
    performed = [item for item in everything if item.withdrawn_at is None]
    found = status(obligation.duty, [item.done_on for item in performed], day)
    return {
        **obligation_row(library, obligation, found, performed),
        "summary": words_of(obligation.requirement.summary),
        "note": words_of(obligation.requirement.note),
        "records": [to_json(item) for item in everything],
    }


def done(
    workspace: Workspace,
    name: str,
    *,
    files: tuple[Path, ...],
    on: date | None = None,
    note: str = "",
) -> Performance:
    """Record that an obligation was done. Raises InputError for a day to come or without proof."""
    library = library_of(workspace)
    day = today(workspace, datetime.now(UTC))
    require_past(on or day, day)
    if not files:
        raise InputError("evidence is needed: minutes, a report, a letter")
    with workspace.view() as connection:
        key = _obligation(workspace, connection, library, name).key
    evidence = keep_files(workspace, files)
    with workspace.change() as change:
        identity = performances.record(
            change.connection,
            key,
            done_on=on or day,
            evidence=evidence,
            note=note,
            at=change.at,
            account=str(change.actor),
        )
        details = {"record": identity, "on": on or day, "evidence": to_json(evidence)}
        change.record("calendar.done", key, details, reason=note)
        made = performances.list_all(change.connection, key)
    return next(item for item in made if item.id == identity)


def withdraw(workspace: Workspace, record: str, reason: str) -> Performance:
    """Take a record back that was wrong."""
    with workspace.change() as change:
        found = performances.withdraw(
            change.connection, record.strip().upper(), reason, change.at, str(change.actor)
        )
        change.record("calendar.withdrawn", found.obligation, {"record": found.id}, reason=reason)
    return found


def _duties(item: Requirement, in_force: date | None, began: date) -> Iterator[Duty]:
    since = began if in_force is None else max(in_force, began)
    key = item.id
    if item.cadence is not None:
        rhythm = Rhythm(item.cadence.at_least, Per(item.cadence.per))
        yield Duty(key, since, rhythm, first_due=_first_due(rhythm, in_force, began))
        key += DEADLINE
    if item.due is not None:
        yield Duty(key, since, due=item.due)
    elif item.cadence is None and (
        item.within_hours is not None or RequirementKind.CADENCE in item.kind
    ):
        yield Duty(key, since)


def _first_due(rhythm: Rhythm, in_force: date | None, began: date) -> date | None:
    """Where nothing is on record: the end of the first year, or of the first period of the law."""
    if not rhythm.per.rolling:
        return None
    end_of_year = date(began.year, 12, 31)
    if in_force is None:
        return end_of_year
    return max(end_of_year, add_months(in_force, rhythm.per.months // rhythm.at_least))


def _began(workspace: Workspace, connection: Connection) -> date:
    """The day on which the workspace was made."""
    first = next(trail.entries(connection), None)
    return today(workspace, datetime.now(UTC) if first is None else first.at)


def _obligation(
    workspace: Workspace, connection: Connection, library: Library, name: str
) -> Obligation:
    if _STAGE in name:
        raise RefusedError(
            "{name} is a stage of a certification programme",
            hint="use: secaudit control programme set PROGRAMME STAGE --state done",
            name=name,
        )
    local, mark, _ = name.partition(DEADLINE)
    key = find(library, local).id + mark
    known = obligations_of(workspace, connection, library)
    for item in known:
        if item.key == key:
            return item
    raise NotFoundError(
        "{name} is no obligation with a date or a rhythm that binds here",
        hint="see: secaudit calendar",
        name=key,
    )


def obligation_row(
    library: Library, item: Obligation, found: Status, performed: list[Performance]
) -> dict[str, Any]:
    """One obligation as JSON values; the evidence is that of the last time."""
    requirement = item.requirement
    last = performed[-1] if performed else None
    return {
        "obligation": item.key,
        "kind": "requirement",
        "citation": full_citation(library, requirement),
        "cited": marked_citation(library, requirement),
        "title": words_of(requirement.title),
        "bearers": bearers_of(library.framework(requirement.framework), requirement.bearers),
        "modality": to_json(requirement.modality),
        "confidence": requirement.confidence.value,
        "reading": reading_of(library, requirement),
        "rhythm": rhythm_of(item),
        "state": found.state.value,
        "next": to_json(found.next),
        "last": to_json(found.last),
        "last_done": to_json(found.last_done),
        "done": found.done,
        "needed": found.needed,
        "missed": found.missed,
        "evidence": [] if last is None else to_json(last.evidence),
    }


def rhythm_of(item: Obligation) -> str:
    """How often or by when, in words."""
    duty = item.duty
    if duty.rhythm is not None:
        return rhythm_words(duty.rhythm.at_least, duty.rhythm.per.value)
    if duty.due is not None:
        return gettext("once, by {day}").format(day=duty.due)
    if item.requirement.within_hours is not None:
        return gettext("within {hours} hours of the event").format(
            hours=item.requirement.within_hours
        )
    return gettext("periodically; the text gives no number")


_STAGE_STATES = {
    StageState.DONE: ObligationState.DONE,
    StageState.PLANNED: ObligationState.DUE,
    StageState.RUNNING: ObligationState.DUE,
}


def stages_of(found: Iterable[Programme]) -> Iterator[tuple[Programme, StageRecord]]:
    """Every stage of these programmes, in order."""
    return ((programme, stage) for programme in found for stage in programme.stages)


def _stage_row(programme: Programme, item: StageRecord, day: date) -> dict[str, Any]:
    language = current_language().value
    state = _STAGE_STATES[item.state]
    if item.overdue(day):
        state = ObligationState.OVERDUE
    elif item.planned_on is None and state is ObligationState.DUE:
        state = ObligationState.UNDATED
    planned = to_json(item.planned_on) if item.state is not StageState.DONE else None
    return {
        "obligation": f"{programme.id}{_STAGE}{item.stage.key}",
        "kind": "stage",
        "citation": programme.course.title.in_language(language),
        "cited": programme.course.title.in_language(language),
        "title": item.stage.title.in_language(language),
        "bearers": [],
        "modality": None,
        "confidence": None,
        "reading": "",
        "rhythm": "",
        "state": state.value,
        "next": planned,
        "last": planned,
        "last_done": to_json(item.done_on),
        "done": int(item.state is StageState.DONE),
        "needed": 1,
        "missed": "",
        "evidence": to_json(item.evidence),
    }


def words_of(text: Bilingual | None) -> str | None:
    """The text in the current language."""
    return None if text is None else text.in_language(current_language().value)
