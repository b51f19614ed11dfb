"""Audit programmes: over which years, how often, why so, and which obligation that fulfils."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Connection, Row, insert, select

from secaudit.audit.proofs import Proof, file_of, file_row
from secaudit.core.errors import InputError, NotFoundError
from secaudit.store.numbering import human_id, next_number
from secaudit.store.tables.audit import programme as table

PREFIX = "AP"
LONGEST = 10
"""Years in one programme at most."""


@dataclass(frozen=True)
class NewProgramme:
    """A programme before it is recorded. ``per`` counts in years: 1, 2 or 3."""

    title: str
    first_year: int
    last_year: int
    at_least: int = 1
    per: int = 1
    obligation: str | None = None
    """The key of the calendar's obligation that its engagements fulfil."""
    objective: str = ""
    basis: str = ""
    """Which risks and which results of earlier audits the plan takes into account."""
    approver: str = ""
    document: Proof | None = None


@dataclass(frozen=True)
class Programme:
    """One audit programme as recorded."""

    schema_version: ClassVar[int] = 1

    id: str
    title: str
    objective: str
    first_year: int
    last_year: int
    at_least: int
    per: int
    obligation: str | None
    basis: str
    approver: str
    document: Proof | None
    recorded_at: datetime
    recorded_by: str

    @property
    def years(self) -> tuple[int, ...]:
        """Its years, in order."""
        return tuple(range(self.first_year, self.last_year + 1))

    @property
    def asked(self) -> int:
        """How many engagements its own frequency asks for in all."""
        return max(self.at_least, len(self.years) * self.at_least // self.per)


def add(connection: Connection, new: NewProgramme, at: datetime, account: str) -> Programme:
    """Record a programme. Raises InputError for years or a frequency that make no sense."""
    if not new.title.strip():
        raise InputError("a programme needs a title")
    if not 2000 <= new.first_year <= new.last_year <= new.first_year + LONGEST - 1:
        raise InputError(
            "a programme runs from its first to its last year, {most} years at most",
            most=LONGEST,
        )
    if not 1 <= new.at_least <= 12 or new.per not in {1, 2, 3}:
        raise InputError(
            "the frequency is so many times, 1 to 12, in one, two or three years",
            hint="example: --every 1 --years 2",
        )
    number = next_number(connection, table)
    identity = human_id(PREFIX, number)
    connection.execute(
        insert(table).values(
            id=identity,
            number=number,
            title=new.title.strip(),
            objective=new.objective.strip(),
            first_year=new.first_year,
            last_year=new.last_year,
            at_least=new.at_least,
            per=str(new.per),
            obligation=new.obligation,
            basis=new.basis.strip(),
            approver=new.approver.strip(),
            document=file_row(new.document),
            recorded_at=at,
            recorded_by=account,
        )
    )
    return get(connection, identity)


def get(connection: Connection, programme_id: str) -> Programme:
    """Return one programme. Raises NotFoundError."""
    row = connection.execute(select(table).where(table.c.id == programme_id)).first()
    if row is None:
        raise NotFoundError(
            "there is no audit programme {programme}",
            hint="see them with: secaudit audit programme list",
            programme=programme_id,
        )
    return _programme(row)


def list_all(connection: Connection) -> list[Programme]:
    """Return every programme, oldest first."""
    return [_programme(row) for row in connection.execute(select(table).order_by(table.c.number))]


def _programme(row: Row[Any]) -> Programme:
    fields = {name: value for name, value in row._mapping.items() if name != "number"}
    return Programme(**{**fields, "per": int(row.per), "document": file_of(row.document)})
