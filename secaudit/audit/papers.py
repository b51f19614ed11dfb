"""Working papers: the criteria as they were cited, their steps with questions, the tests."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import Connection, Row, insert, select, update

from secaudit.audit.proofs import Proof, of_rows, to_rows
from secaudit.audit.vocabulary import Binding, Conclusion, Step
from secaudit.audit.words import word
from secaudit.core.canonical import to_json
from secaudit.core.errors import InputError, NotFoundError
from secaudit.store.numbering import human_id, next_number
from secaudit.store.tables.audit import criterion as criterion_table
from secaudit.store.tables.audit import step as step_table
from secaudit.store.tables.audit import test as test_table

PREFIX = "TR"
Texts = Mapping[str, str]
"""A text in ``id`` and ``en``."""


@dataclass(frozen=True)
class Criterion:
    """A requirement that is audited, as it was cited when the work began."""

    requirement: str
    citation: Texts
    title: Texts
    binding: Binding
    facts: Mapping[str, Any]
    """What scans and people said about it then."""


@dataclass(frozen=True)
class Question:
    """Something to find out: prepared from the catalogue, or added by an auditor."""

    text: Texts
    by: str = ""
    """The auditor who added it; empty for a prepared one."""


@dataclass(frozen=True)
class WorkStep:
    """One of the four steps about one criterion."""

    requirement: str
    step: Step
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class NewTest:
    """What an auditor did about one step, and what came of it."""

    requirement: str
    step: Step
    conclusion: Conclusion
    person: str
    performed_on: date
    work: str = ""
    reason: str = ""
    proofs: tuple[Proof, ...] = ()


@dataclass(frozen=True)
class TestResult:
    """A test as recorded; the one that nothing supersedes counts."""

    schema_version: ClassVar[int] = 1
    __test__ = False

    id: str
    engagement_id: str
    requirement: str
    step: Step
    conclusion: Conclusion
    work: str
    reason: str
    person: str
    account: str
    performed_on: date
    recorded_at: datetime
    proofs: tuple[Proof, ...]
    superseded_by: str | None


def prepare(
    connection: Connection,
    engagement_id: str,
    criteria: Sequence[Criterion],
    steps: Iterable[WorkStep],
) -> None:
    """Write the work programme of an engagement."""
    connection.execute(
        insert(criterion_table),
        [
            {
                "engagement_id": engagement_id,
                "requirement": item.requirement,
                "position": position,
                "citation": dict(item.citation),
                "title": dict(item.title),
                "binding": item.binding.value,
                "facts": to_json(item.facts),
            }
            for position, item in enumerate(criteria)
        ],
    )
    connection.execute(
        insert(step_table),
        [
            {
                "engagement_id": engagement_id,
                "requirement": item.requirement,
                "step": item.step.value,
                "questions": to_json(item.questions),
            }
            for item in steps
        ],
    )


def criteria_of(connection: Connection, engagement_id: str) -> tuple[Criterion, ...]:
    """The criteria of an engagement, in the order of the catalogues."""
    query = (
        select(criterion_table)
        .where(criterion_table.c.engagement_id == engagement_id)
        .order_by(criterion_table.c.position)
    )
    return tuple(
        Criterion(row.requirement, row.citation, row.title, Binding(row.binding), row.facts)
        for row in connection.execute(query)
    )


def steps_of(connection: Connection, engagement_id: str) -> tuple[WorkStep, ...]:
    """Every step, criterion by criterion, in the order of the work."""
    query = select(step_table).where(step_table.c.engagement_id == engagement_id)
    found = {(row.requirement, row.step): row for row in connection.execute(query)}
    return tuple(
        WorkStep(item.requirement, step, _questions(found[item.requirement, step.value]))
        for item in criteria_of(connection, engagement_id)
        for step in Step
        if (item.requirement, step.value) in found
    )


def ask(
    connection: Connection, engagement_id: str, requirement: str, step: Step, text: str, by: str
) -> WorkStep:
    """Add an auditor's own question to a step."""
    if not text.strip():
        raise InputError("a question needs words")
    found = _step(connection, engagement_id, requirement, step)
    said = {"id": text.strip(), "en": text.strip()}
    questions = (*found.questions, Question(said, by))
    connection.execute(
        update(step_table)
        .where(
            step_table.c.engagement_id == engagement_id,
            step_table.c.requirement == requirement,
            step_table.c.step == step.value,
        )
        .values(questions=to_json(questions))
    )
    return WorkStep(requirement, step, questions)


def record(
    connection: Connection, engagement_id: str, new: NewTest, at: datetime, account: str
) -> TestResult:
    """Record a test; the one that stood for the step is superseded and stays.

    Raises InputError without what makes it a test: the work done and evidence, or for one that was
    not done the reason.
    """
    _step(connection, engagement_id, new.requirement, new.step)
    if new.conclusion is Conclusion.NOT_TESTED:
        if not new.reason.strip():
            raise InputError("a step that is not tested needs the reason", hint="add --reason TEXT")
    elif not new.work.strip():
        raise InputError(
            "a conclusion needs what was done for it: whom was asked, what was looked at",
            hint="add --work TEXT",
        )
    elif new.step in {Step.IMPLEMENTATION, Step.EFFECTIVENESS} and not new.proofs:
        raise InputError(
            "{step} is concluded from evidence, not from talk alone",
            hint="add --evidence FILE, --finding F-0001, --result CHECK SUBJECT, or --sample ID",
            step=word(new.step),
        )
    number = next_number(connection, test_table)
    identity = human_id(PREFIX, number)
    connection.execute(
        update(test_table)
        .where(
            test_table.c.engagement_id == engagement_id,
            test_table.c.requirement == new.requirement,
            test_table.c.step == new.step.value,
            test_table.c.superseded_by.is_(None),
        )
        .values(superseded_by=identity)
    )
    connection.execute(
        insert(test_table).values(
            id=identity,
            number=number,
            engagement_id=engagement_id,
            requirement=new.requirement,
            step=new.step.value,
            conclusion=new.conclusion.value,
            work=new.work.strip(),
            reason=new.reason.strip(),
            person=new.person,
            account=account,
            performed_on=new.performed_on,
            recorded_at=at,
            proofs=to_rows(new.proofs),
        )
    )
    row = connection.execute(select(test_table).where(test_table.c.id == identity)).one()
    return _test(row)


def results_of(
    connection: Connection, engagement_id: str, *, superseded: bool = False
) -> tuple[TestResult, ...]:
    """The tests that count, by their number; with ``superseded`` the others, too."""
    query = (
        select(test_table)
        .where(test_table.c.engagement_id == engagement_id)
        .order_by(test_table.c.number)
    )
    if not superseded:
        query = query.where(test_table.c.superseded_by.is_(None))
    return tuple(_test(row) for row in connection.execute(query))


def open_steps(connection: Connection, engagement_id: str) -> tuple[WorkStep, ...]:
    """The steps that have no result yet."""
    done = {(item.requirement, item.step) for item in results_of(connection, engagement_id)}
    return tuple(
        item
        for item in steps_of(connection, engagement_id)
        if (item.requirement, item.step) not in done
    )


def criterion_of(connection: Connection, engagement_id: str, requirement: str) -> Criterion:
    """One criterion of an engagement. Raises NotFoundError for a requirement that is none."""
    for item in criteria_of(connection, engagement_id):
        if item.requirement == requirement:
            return item
    raise NotFoundError(
        "{requirement} is not among the criteria of {engagement}",
        hint="see them with: secaudit audit work {engagement}",
        requirement=requirement,
        engagement=engagement_id,
    )


def _step(connection: Connection, engagement_id: str, requirement: str, step: Step) -> WorkStep:
    criterion_of(connection, engagement_id, requirement)
    row = connection.execute(
        select(step_table).where(
            step_table.c.engagement_id == engagement_id,
            step_table.c.requirement == requirement,
            step_table.c.step == step.value,
        )
    ).one()
    return WorkStep(requirement, step, _questions(row))


def _questions(row: Row[Any]) -> tuple[Question, ...]:
    return tuple(Question(item["text"], item["by"]) for item in row.questions)


def _test(row: Row[Any]) -> TestResult:
    fields = {name: value for name, value in row._mapping.items() if name != "number"}
    return TestResult(
        **{
            **fields,
            "step": Step(row.step),
            "conclusion": Conclusion(row.conclusion),
            "proofs": of_rows(row.proofs),
        }
    )
