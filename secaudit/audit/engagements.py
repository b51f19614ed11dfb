"""Engagements: what is audited, by which criteria, over which period, and how it stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import Connection, Row, insert, select, update

from secaudit.audit.proofs import Proof, file_of, file_row
from secaudit.audit.vocabulary import EngagementState, Opinion
from secaudit.audit.words import word
from secaudit.core.canonical import to_json
from secaudit.core.errors import InputError, NotFoundError, RefusedError
from secaudit.store.numbering import human_id, next_number
from secaudit.store.tables.audit import engagement as table

PREFIX = "AE"


@dataclass(frozen=True)
class Scope:
    """What is looked at: assets by id, zones, units. All empty: the whole inventory in scope."""

    assets: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    units: tuple[str, ...] = ()

    @property
    def everything(self) -> bool:
        """Whether nothing narrows it."""
        return not (self.assets or self.zones or self.units)


@dataclass(frozen=True)
class NewEngagement:
    """An engagement before it is recorded. Days are those of the workspace's time zone."""

    title: str
    criteria: tuple[str, ...]
    """Catalogues, requirement ids, or patterns of ids such as ``iso27001-2022:A.8.*``."""
    period_from: date
    period_until: date
    """The period that is audited."""
    planned_from: date
    planned_until: date
    """When the team works."""
    scope: Scope = field(default_factory=Scope)
    programme: str | None = None
    obligation: str | None = None
    objective: str = ""
    letter: str = ""
    """The number of the letter that orders the audit (surat tugas)."""
    letter_document: Proof | None = None


@dataclass(frozen=True)
class Engagement:
    """One engagement as recorded."""

    schema_version: ClassVar[int] = 1

    id: str
    programme_id: str | None
    title: str
    objective: str
    obligation: str | None
    criteria: tuple[str, ...]
    scope: Scope
    period_from: date
    period_until: date
    planned_from: date
    planned_until: date
    letter: str
    letter_document: Proof | None
    state: EngagementState
    recorded_at: datetime
    recorded_by: str
    started_at: datetime | None
    started_by: str | None
    excluded: Mapping[str, str]
    """Requirements of the criteria that were left out, and the code of the reason."""
    opinion: Opinion | None
    opinion_text: str | None
    limitations: str | None
    concluded_at: datetime | None
    concluded_by: str | None
    concluded_person: str | None
    record_sha256: str | None
    """The concluded engagement as canonical JSON in the evidence store."""
    document: Proof | None
    """The signed report."""
    ended_reason: str | None


@dataclass(frozen=True)
class Concluded:
    """What the lead auditor concludes."""

    person: str
    opinion: Opinion
    text: str
    limitations: str = ""
    document: Proof | None = None


def add(connection: Connection, new: NewEngagement, at: datetime, account: str) -> Engagement:
    """Record a planned engagement. Raises InputError where something is missing or runs backward"""
    if not new.title.strip() or not new.criteria:
        raise InputError("an engagement needs a title and at least one criterion")
    for first, last in (
        (new.period_from, new.period_until),
        (new.planned_from, new.planned_until),
    ):
        if last < first:
            raise InputError(
                "the period ends on {until}, before it begins on {begin}", until=last, begin=first
            )
    number = next_number(connection, table)
    identity = human_id(PREFIX, number)
    connection.execute(
        insert(table).values(
            id=identity,
            number=number,
            programme_id=new.programme,
            title=new.title.strip(),
            objective=new.objective.strip(),
            obligation=new.obligation,
            criteria=list(new.criteria),
            scope=to_json(new.scope),
            period_from=new.period_from,
            period_until=new.period_until,
            planned_from=new.planned_from,
            planned_until=new.planned_until,
            letter=new.letter.strip(),
            letter_document=file_row(new.letter_document),
            state=EngagementState.PLANNED.value,
            recorded_at=at,
            recorded_by=account,
            excluded={},
        )
    )
    return get(connection, identity)


def get(connection: Connection, engagement_id: str) -> Engagement:
    """Return one engagement. Raises NotFoundError."""
    row = connection.execute(select(table).where(table.c.id == engagement_id)).first()
    if row is None:
        raise NotFoundError(
            "there is no audit {engagement}",
            hint="see them with: secaudit audit list",
            engagement=engagement_id,
        )
    return _engagement(row)


def list_all(connection: Connection, *, programme: str | None = None) -> list[Engagement]:
    """Return every engagement by the first day of its work; all, or those of one programme."""
    query = select(table).order_by(table.c.planned_from, table.c.number)
    if programme is not None:
        query = query.where(table.c.programme_id == programme)
    return [_engagement(row) for row in connection.execute(query)]


def require(engagement: Engagement, *states: EngagementState) -> None:
    """Raise RefusedError unless the engagement is in one of these states."""
    if engagement.state not in states:
        hints = {
            EngagementState.PLANNED: "begin it with: secaudit audit start {engagement}",
            EngagementState.CONCLUDED: "a concluded audit stays as it is; plan a new one",
        }
        raise RefusedError(
            "{engagement} is {state}",
            hint=hints.get(engagement.state, ""),
            engagement=engagement.id,
            state=word(engagement.state),
        )


def start(
    connection: Connection,
    engagement_id: str,
    excluded: Mapping[str, str],
    at: datetime,
    account: str,
) -> None:
    """Begin the work of a planned engagement."""
    require(get(connection, engagement_id), EngagementState.PLANNED)
    _set(
        connection,
        engagement_id,
        state=EngagementState.RUNNING.value,
        excluded=dict(excluded),
        started_at=at,
        started_by=account,
    )


def cancel(connection: Connection, engagement_id: str, reason: str) -> None:
    """Call a planned or running engagement off. Its papers stay."""
    if not reason.strip():
        raise InputError("a reason is needed to call an audit off")
    found = get(connection, engagement_id)
    require(found, EngagementState.PLANNED, EngagementState.RUNNING)
    _set(
        connection,
        engagement_id,
        state=EngagementState.CANCELLED.value,
        ended_reason=reason.strip(),
    )


def conclude(
    connection: Connection,
    engagement_id: str,
    said: Concluded,
    record_sha256: str,
    at: datetime,
    account: str,
) -> None:
    """Write the opinion down; from now on the engagement stays as it is."""
    require(get(connection, engagement_id), EngagementState.RUNNING)
    _set(
        connection,
        engagement_id,
        state=EngagementState.CONCLUDED.value,
        opinion=said.opinion.value,
        opinion_text=said.text.strip(),
        limitations=said.limitations.strip(),
        concluded_at=at,
        concluded_by=account,
        concluded_person=said.person,
        record_sha256=record_sha256,
        document=file_row(said.document),
    )


def _set(connection: Connection, engagement_id: str, **values: Any) -> None:
    connection.execute(update(table).where(table.c.id == engagement_id).values(**values))


def _engagement(row: Row[Any]) -> Engagement:
    fields = {name: value for name, value in row._mapping.items() if name != "number"}
    scope = {name: tuple(values) for name, values in row.scope.items()}
    return Engagement(
        **{
            **fields,
            "criteria": tuple(row.criteria),
            "scope": Scope(**scope),
            "state": EngagementState(row.state),
            "opinion": None if row.opinion is None else Opinion(row.opinion),
            "letter_document": file_of(row.letter_document),
            "document": file_of(row.document),
        }
    )
