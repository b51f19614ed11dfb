"""Conformity reports: issued by the GCIO, passed on by the coordinator, received by the mayor.

What was issued stays as it is, and the database refuses changes to it. A wrong one is replaced by
another of the same period; both stay.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import Connection, Row, insert, select, update

from secaudit.assurance.evidence import EvidenceFile, of_rows, to_rows
from secaudit.core.errors import InputError, NotFoundError, RefusedError
from secaudit.core.persons import same_person
from secaudit.store.numbering import human_id, next_number
from secaudit.store.tables.conformity import conformity_report as table
from secaudit.store.tables.conformity import conformity_step
from secaudit.text.language import N_

PREFIX = "CR"


class ReportState(StrEnum):
    """How far a report came."""

    ISSUED = "issued"
    FORWARDED = "forwarded"
    RECEIVED = "received"
    REPLACED = "replaced"


class StepKind(StrEnum):
    """What happens to a report after it was issued."""

    FORWARDED = "forwarded"
    """The coordinator passed it on to the mayor."""
    RECEIVED = "received"
    """The mayor has it; the note is the mayor's direction."""


_AFTER = {StepKind.FORWARDED: ReportState.ISSUED, StepKind.RECEIVED: ReportState.FORWARDED}


@dataclass(frozen=True)
class NewReport:
    """What is issued. The content and the PDF are in the evidence store already."""

    period_from: date
    period_until: date
    frameworks: tuple[str, ...]
    language: str
    sample: bool
    previous: str | None
    replaces: str | None
    identity: str
    content_sha256: str
    pdf_sha256: str
    trail_position: int
    trail_hash: str
    letter: str
    letter_date: date | None
    document: tuple[EvidenceFile, ...]
    issued_by: str
    note: str = ""


@dataclass(frozen=True)
class ReportStep:
    """One step on the way to the mayor, with who took it and on which day."""

    step: StepKind
    person: str
    done_on: date
    note: str
    document: tuple[EvidenceFile, ...]
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True)
class ConformityReport:
    """One report as it was issued, and its way."""

    schema_version: ClassVar[int] = 1

    id: str
    period_from: date
    period_until: date
    frameworks: tuple[str, ...]
    language: str
    sample: bool
    previous: str | None
    replaces: str | None
    identity: str
    content_sha256: str
    pdf_sha256: str
    trail_position: int
    trail_hash: str
    letter: str
    letter_date: date | None
    document: tuple[EvidenceFile, ...]
    issued_by: str
    issued_at: datetime
    issued_account: str
    note: str
    state: ReportState
    steps: tuple[ReportStep, ...] = field(default=())

    def step(self, kind: StepKind) -> ReportStep | None:
        """One step, if it was taken."""
        return next((item for item in self.steps if item.step is kind), None)

    def covers(self, first: date, last: date) -> bool:
        """Tell whether any day of a period is in this report's."""
        return self.period_from <= last and first <= self.period_until


def issue(connection: Connection, said: NewReport, at: datetime, account: str) -> ConformityReport:
    """Record a report as issued.

    Raises InputError without a name or a signed document, RefusedError where a report about a part
    of the period stands that this one does not replace.
    """
    if not said.issued_by.strip():
        raise InputError("a report needs the name of who issues it")
    if not said.document:
        raise InputError("evidence is needed: the signed report", hint="add --document FILE")
    number = next_number(connection, table)
    if said.replaces is not None:
        require_replaceable(connection, said.replaces)
    require_free_period(connection, said.period_from, said.period_until, said.replaces)
    identity = human_id(PREFIX, number)
    values = {name: value for name, value in vars(said).items() if name != "document"}
    connection.execute(
        insert(table).values(
            **values
            | {
                "id": identity,
                "number": number,
                "frameworks": list(said.frameworks),
                "document": to_rows(said.document),
                "issued_by": said.issued_by.strip(),
                "letter": said.letter.strip(),
                "note": said.note.strip(),
                "issued_at": at,
                "issued_account": account,
                "state": ReportState.ISSUED.value,
            }
        )
    )
    if said.replaces is not None:
        _set_state(connection, said.replaces, ReportState.REPLACED)
    return get(connection, identity)


def next_id(connection: Connection) -> str:
    """The number that the next report gets."""
    return human_id(PREFIX, next_number(connection, table))


def take_step(
    connection: Connection,
    report_id: str,
    kind: StepKind,
    *,
    person: str,
    done_on: date,
    note: str,
    document: Sequence[EvidenceFile],
    at: datetime,
    account: str,
) -> ConformityReport:
    """Record that a report was passed on or received.

    Raises RefusedError out of order, for the second time, and where the coordinator is who issued
    it; InputError for a day before the step that comes first.
    """
    found = get(connection, report_id)
    if not person.strip():
        raise InputError("this needs the name of who does it", hint="add --by NAME")
    if found.state is not _AFTER[kind]:
        raise RefusedError(_WHY_NOT[kind][found.state], report=found.id)
    if kind is StepKind.FORWARDED and same_person(person, found.issued_by):
        raise RefusedError(
            "{person} issued {report}: the coordinator who passes it on is another person",
            person=person.strip(),
            report=found.id,
        )
    before = found.step(StepKind.FORWARDED)
    if before is not None and done_on < before.done_on:
        raise InputError(
            "{report} was passed on only on {day}", report=found.id, day=before.done_on
        )
    connection.execute(
        insert(conformity_step).values(
            report_id=found.id,
            step=kind.value,
            person=person.strip(),
            done_on=done_on,
            note=note.strip(),
            document=to_rows(document),
            recorded_at=at,
            recorded_by=account,
        )
    )
    _set_state(connection, found.id, ReportState(kind.value))
    return get(connection, found.id)


def get(connection: Connection, report_id: str) -> ConformityReport:
    """Return one report. Raises NotFoundError."""
    for item in list_all(connection):
        if item.id == report_id:
            return item
    raise NotFoundError(
        "there is no conformity report {report}",
        hint="see them with: secaudit conformity list",
        report=report_id,
    )


def list_all(connection: Connection) -> list[ConformityReport]:
    """Return every report, oldest first."""
    steps: dict[str, list[ReportStep]] = {}
    in_order = select(conformity_step).order_by(
        conformity_step.c.recorded_at, conformity_step.c.step
    )
    for row in connection.execute(in_order):
        steps.setdefault(row.report_id, []).append(_step(row))
    return [
        _report(row, tuple(steps.get(row.id, ())))
        for row in connection.execute(select(table).order_by(table.c.number))
    ]


def before(
    connection: Connection, first: date, at: datetime | None = None
) -> ConformityReport | None:
    """The last report that stands, or stood at ``at``, about a period that ended before a day."""
    known = [item for item in list_all(connection) if at is None or item.issued_at < at]
    replaced = {item.replaces for item in known}
    earlier = [item for item in known if item.id not in replaced and item.period_until < first]
    return max(earlier, key=lambda item: item.period_until, default=None)


def require_replaceable(connection: Connection, report_id: str) -> ConformityReport:
    """Return a report that another may replace. Raises RefusedError, NotFoundError."""
    found = get(connection, report_id)
    if found.state is ReportState.REPLACED:
        raise RefusedError("{report} was replaced already", report=found.id)
    return found


def require_free_period(
    connection: Connection, first: date, last: date, replaces: str | None = None
) -> None:
    """Raise RefusedError where a report that stands is about a part of the period."""
    for item in list_all(connection):
        if item.state is ReportState.REPLACED or item.id == replaces:
            continue
        if item.covers(first, last):
            raise RefusedError(
                "{report} by {person} is about {first} to {last} already",
                hint="name another period, or correct that report: --replaces {report}",
                report=item.id,
                person=item.issued_by,
                first=item.period_from,
                last=item.period_until,
            )


_WHY_NOT = {
    StepKind.FORWARDED: {
        ReportState.FORWARDED: N_("{report} was passed on already"),
        ReportState.RECEIVED: N_("{report} was passed on already"),
        ReportState.REPLACED: N_("{report} was replaced by another report"),
    },
    StepKind.RECEIVED: {
        ReportState.ISSUED: N_("{report} has not been passed on by the coordinator yet"),
        ReportState.RECEIVED: N_("{report} was received already"),
        ReportState.REPLACED: N_("{report} was replaced by another report"),
    },
}


def _set_state(connection: Connection, report_id: str, state: ReportState) -> None:
    connection.execute(update(table).where(table.c.id == report_id).values(state=state.value))


def _step(row: Row[Any]) -> ReportStep:
    return ReportStep(
        step=StepKind(row.step),
        person=row.person,
        done_on=row.done_on,
        note=row.note,
        document=of_rows(row.document),
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by,
    )


def _report(row: Row[Any], steps: tuple[ReportStep, ...]) -> ConformityReport:
    fields = {name: value for name, value in row._mapping.items() if name != "number"}
    return ConformityReport(
        **{
            **fields,
            "frameworks": tuple(row.frameworks),
            "document": of_rows(row.document),
            "state": ReportState(row.state),
            "steps": steps,
        }
    )
