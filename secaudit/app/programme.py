"""Certification programmes as a use case: begin one, set its stages, see how far it is."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from secaudit.app.attestations import keep_files, require_past
from secaudit.app.sla import today
from secaudit.app.workspace import Workspace
from secaudit.assurance import programmes
from secaudit.assurance.courses import Course, load_courses
from secaudit.assurance.programmes import Programme, StageChange, StageRecord
from secaudit.assurance.vocabulary import StageState
from secaudit.core.canonical import to_json
from secaudit.core.errors import InputError
from secaudit.text.language import current_language


def courses() -> list[dict[str, Any]]:
    """The courses that a programme may follow, as JSON values."""
    return [_course_row(kind, course) for kind, course in load_courses().items()]


def start(workspace: Workspace, kind: str, on: date | None = None, note: str = "") -> str:
    """Begin a programme and return its id. Its first day may lie in the future."""
    with workspace.change() as change:
        day = on or today(workspace, change.at)
        identity = programmes.start(
            change.connection, kind, day, note, change.at, str(change.actor)
        )
        change.record("programme.started", identity, {"kind": kind, "on": day}, reason=note)
    return identity


def set_stage(
    workspace: Workspace,
    programme: str,
    stage: str,
    *,
    state: StageState | None = None,
    planned_on: date | None = None,
    done_on: date | None = None,
    note: str | None = None,
    files: tuple[Path, ...] = (),
) -> StageRecord:
    """Change one stage. Raises InputError for a stage that would be done on a day to come."""
    if state is None and planned_on is None and done_on is None and note is None and not files:
        raise InputError(
            "there is nothing to set", hint="see: secaudit control programme set --help"
        )
    if done_on is not None:
        require_past(done_on, today(workspace, datetime.now(UTC)))
    identity = programme.strip().upper()
    with workspace.view() as connection:
        programmes.stage_of(programmes.get(connection, identity), stage)
    evidence = keep_files(workspace, files)
    with workspace.change() as change:
        wanted = StageChange(state, planned_on, done_on, note, evidence)
        made = programmes.set_stage(
            change.connection, identity, stage, wanted, at=change.at, account=str(change.actor)
        )
        details = {"stage": stage, **to_json(wanted)}
        change.record("programme.stage_set", identity, details, reason=note or "")
    return made


def list_stages(workspace: Workspace) -> list[dict[str, Any]]:
    """List the stages of every programme in order, as JSON values."""
    day = today(workspace, datetime.now(UTC))
    with workspace.view() as connection:
        found = programmes.list_all(connection)
    return [stage_row(item, stage, day) for item in found for stage in item.stages]


def stage_row(programme: Programme, item: StageRecord, day: date) -> dict[str, Any]:
    """One stage as JSON values."""
    language = current_language().value
    return {
        "programme": programme.id,
        "kind": programme.kind,
        "programme_title": programme.course.title.in_language(language),
        "started_on": to_json(programme.started_on),
        "stage": item.stage.key,
        "title": item.stage.title.in_language(language),
        "summary": item.stage.summary.in_language(language),
        "requirement": item.stage.requirement,
        "state": item.state.value,
        "overdue": item.overdue(day),
        "planned_on": to_json(item.planned_on),
        "planned_by_hand": item.planned_by_hand,
        "done_on": to_json(item.done_on),
        "note": item.note,
        "evidence": to_json(item.evidence),
    }


def _course_row(kind: str, course: Course) -> dict[str, Any]:
    language = current_language().value
    return {
        "kind": kind,
        "title": course.title.in_language(language),
        "note": course.note.in_language(language),
        "stages": [stage.key for stage in course.stages],
    }
