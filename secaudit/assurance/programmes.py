"""Certification programmes: which stage is planned for when, and what was done with what proof.

A planned day that nobody set follows from the stage before it: from the day on which that was
done, else from the day planned for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import Connection, Row, insert, select, update

from secaudit.assurance.courses import START, Course, Stage, load_courses
from secaudit.assurance.evidence import EvidenceFile, of_rows, to_rows
from secaudit.assurance.obligations import add_months
from secaudit.assurance.vocabulary import StageState
from secaudit.core.errors import InputError, NotFoundError, RefusedError
from secaudit.store.numbering import human_id, next_number
from secaudit.store.tables.assurance import programme as table
from secaudit.store.tables.assurance import programme_stage as stage_table

PREFIX = "PR"


@dataclass(frozen=True)
class StageRecord:
    """One stage. ``planned_on`` is as a person set it (``planned_by_hand``), or as it follows."""

    stage: Stage
    state: StageState
    planned_on: date | None
    planned_by_hand: bool
    done_on: date | None
    note: str
    evidence: tuple[EvidenceFile, ...]

    def overdue(self, today: date) -> bool:
        """Tell whether it should have been done by now."""
        return (
            self.state is not StageState.DONE
            and self.planned_on is not None
            and self.planned_on < today
        )


@dataclass(frozen=True)
class Programme:
    """One certification programme with its stages in order."""

    schema_version: ClassVar[int] = 1

    id: str
    kind: str
    started_on: date
    note: str
    recorded_at: datetime
    recorded_by: str
    course: Course
    stages: tuple[StageRecord, ...]


def start(
    connection: Connection, kind: str, started_on: date, note: str, at: datetime, account: str
) -> str:
    """Begin a programme and return its id. Raises NotFoundError for an unknown kind."""
    course = course_of(kind)
    number = next_number(connection, table)
    identity = human_id(PREFIX, number)
    connection.execute(
        insert(table).values(
            id=identity,
            number=number,
            kind=kind,
            started_on=started_on,
            note=note.strip(),
            recorded_at=at,
            recorded_by=account,
        )
    )
    connection.execute(
        insert(stage_table),
        [
            {
                "programme_id": identity,
                "stage": stage.key,
                "state": StageState.PLANNED.value,
                "note": "",
                "evidence": [],
                "updated_at": at,
                "updated_by": account,
            }
            for stage in course.stages
        ],
    )
    return identity


def course_of(kind: str) -> Course:
    """The course of this key. Raises NotFoundError that names those there are."""
    courses = load_courses()
    if kind not in courses:
        raise NotFoundError(
            "there is no programme {kind!r}",
            hint="there are: {known}",
            kind=kind,
            known=", ".join(courses),
        )
    return courses[kind]


@dataclass(frozen=True)
class StageChange:
    """What a person sets about one stage; None leaves it as it is."""

    state: StageState | None = None
    planned_on: date | None = None
    done_on: date | None = None
    note: str | None = None
    evidence: Sequence[EvidenceFile] = ()


def set_stage(
    connection: Connection,
    programme_id: str,
    stage: str,
    change: StageChange,
    *,
    at: datetime,
    account: str,
) -> StageRecord:
    """Change one stage. A stage is done only with evidence, and on a day that it was done.

    Raises NotFoundError, InputError without proof, RefusedError to plan what is done.
    """
    found = stage_of(get(connection, programme_id), stage)
    done_on, state = _outcome(found, change)
    evidence = (*found.evidence, *change.evidence)
    if state is StageState.DONE and not evidence:
        raise InputError("evidence is needed: a stage is done only with a document that shows it")
    values: dict[str, Any] = {
        "state": state.value,
        "done_on": done_on,
        "evidence": to_rows(evidence),
        "updated_at": at,
        "updated_by": account,
    }
    if change.planned_on is not None:
        values["planned_on"] = change.planned_on
    if change.note is not None:
        values["note"] = change.note.strip()
    connection.execute(
        update(stage_table)
        .where(stage_table.c.programme_id == programme_id, stage_table.c.stage == stage)
        .values(**values)
    )
    return stage_of(get(connection, programme_id), stage)


def stage_of(programme: Programme, stage: str) -> StageRecord:
    """One stage of a programme. Raises NotFoundError that names those there are."""
    for item in programme.stages:
        if item.stage.key == stage:
            return item
    raise NotFoundError(
        "{programme} has no stage {stage!r}",
        hint="there are: {known}",
        programme=programme.id,
        stage=stage,
        known=", ".join(item.stage.key for item in programme.stages),
    )


def get(connection: Connection, programme_id: str) -> Programme:
    """Return one programme. Raises NotFoundError."""
    row = connection.execute(select(table).where(table.c.id == programme_id)).first()
    if row is None:
        raise NotFoundError(
            "there is no certification programme {programme}",
            hint="see them with: secaudit control programme list",
            programme=programme_id,
        )
    return _programme(connection, row)


def list_all(connection: Connection) -> list[Programme]:
    """Return every programme, oldest first."""
    query = select(table).order_by(table.c.number)
    return [_programme(connection, row) for row in connection.execute(query).all()]


def _outcome(found: StageRecord, change: StageChange) -> tuple[date | None, StageState]:
    if change.state is None and change.done_on is None:
        return found.done_on, found.state
    if change.state in {StageState.PLANNED, StageState.RUNNING}:
        if change.done_on is not None:
            raise InputError("a stage with a day on which it was done is done")
        return None, change.state
    done_on = change.done_on or found.done_on
    if done_on is None:
        raise InputError("the day on which it was done is needed", hint="add --on 2026-11-21")
    if change.planned_on is not None:
        raise RefusedError("{stage} is done: it is not planned any more", stage=found.stage.key)
    return done_on, StageState.DONE


def _programme(connection: Connection, row: Row[Any]) -> Programme:
    course = course_of(row.kind)
    query = select(stage_table).where(stage_table.c.programme_id == row.id)
    rows = {found.stage: found for found in connection.execute(query)}
    stages = tuple(stage for stage in course.stages if stage.key in rows)
    days: dict[str, date | None] = {START: row.started_on}
    records = []
    for stage in stages:
        found = rows[stage.key]
        planned = found.planned_on or _follows(stage, days)
        days[stage.key] = found.done_on or planned
        records.append(
            StageRecord(
                stage=stage,
                state=StageState(found.state),
                planned_on=planned,
                planned_by_hand=found.planned_on is not None,
                done_on=found.done_on,
                note=found.note,
                evidence=of_rows(found.evidence),
            )
        )
    fields = {name: value for name, value in row._mapping.items() if name != "number"}
    return Programme(**fields, course=course, stages=tuple(records))


def _follows(stage: Stage, days: Mapping[str, date | None]) -> date | None:
    if stage.after is None:
        return None
    begin = days.get(stage.after.stage)
    return None if begin is None else add_months(begin, stage.after.months)
