"""Samples as recorded: from which list, how, with which seed, and what was drawn."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Connection, Row, insert, select

from secaudit.audit.vocabulary import Method, Population, Stratum
from secaudit.core.errors import NotFoundError
from secaudit.store.numbering import human_id, next_number
from secaudit.store.tables.audit import sample as table

PREFIX = "SM"


@dataclass(frozen=True)
class NewSample:
    """A sample that was drawn, before it is recorded."""

    requirement: str | None
    population: Population
    filters: Mapping[str, str]
    method: Method
    stratum: Stratum | None
    seed: str
    population_size: int
    population_sha256: str
    drawn: tuple[str, ...]
    reason: str
    person: str


@dataclass(frozen=True)
class Sample:
    """One sample as recorded; the population's list is in the evidence store under its hash."""

    schema_version: ClassVar[int] = 1

    id: str
    engagement_id: str
    requirement: str | None
    population: Population
    filters: Mapping[str, str]
    method: Method
    stratum: Stratum | None
    seed: str
    size: int
    population_size: int
    population_sha256: str
    drawn: tuple[str, ...]
    reason: str
    person: str
    account: str
    drawn_at: datetime


def add(
    connection: Connection, engagement_id: str, new: NewSample, at: datetime, account: str
) -> Sample:
    """Record a sample."""
    number = next_number(connection, table)
    identity = human_id(PREFIX, number)
    connection.execute(
        insert(table).values(
            id=identity,
            number=number,
            engagement_id=engagement_id,
            requirement=new.requirement,
            population=new.population.value,
            filters=dict(new.filters),
            method=new.method.value,
            stratum=None if new.stratum is None else new.stratum.value,
            seed=new.seed,
            size=len(new.drawn),
            population_size=new.population_size,
            population_sha256=new.population_sha256,
            drawn=list(new.drawn),
            reason=new.reason.strip(),
            person=new.person,
            account=account,
            drawn_at=at,
        )
    )
    return get(connection, identity)


def get(connection: Connection, sample_id: str) -> Sample:
    """Return one sample. Raises NotFoundError."""
    row = connection.execute(select(table).where(table.c.id == sample_id)).first()
    if row is None:
        raise NotFoundError(
            "there is no sample {sample}",
            hint="see them with: secaudit audit sample list",
            sample=sample_id,
        )
    return _sample(row)


def list_all(connection: Connection, engagement_id: str | None = None) -> list[Sample]:
    """Return the samples, oldest first; all, or those of one engagement."""
    query = select(table).order_by(table.c.number)
    if engagement_id is not None:
        query = query.where(table.c.engagement_id == engagement_id)
    return [_sample(row) for row in connection.execute(query)]


def _sample(row: Row[Any]) -> Sample:
    fields = {name: value for name, value in row._mapping.items() if name != "number"}
    return Sample(
        **{
            **fields,
            "population": Population(row.population),
            "method": Method(row.method),
            "stratum": None if row.stratum is None else Stratum(row.stratum),
            "drawn": tuple(row.drawn),
        }
    )
