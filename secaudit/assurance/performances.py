"""What was done for an obligation: when, with which evidence, and who recorded it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import Connection, Row, insert, select, update

from secaudit.assurance.evidence import EvidenceFile, of_rows, to_rows
from secaudit.core.errors import InputError, NotFoundError, RefusedError
from secaudit.store.numbering import human_id, next_number
from secaudit.store.tables.assurance import performance as table

PREFIX = "O"


@dataclass(frozen=True)
class Performance:
    """One time that an obligation was done."""

    schema_version: ClassVar[int] = 1

    id: str
    obligation: str
    done_on: date
    note: str
    evidence: tuple[EvidenceFile, ...]
    recorded_at: datetime
    recorded_by: str
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    withdrawn_reason: str | None


def record(
    connection: Connection,
    obligation: str,
    *,
    done_on: date,
    evidence: Sequence[EvidenceFile],
    note: str,
    at: datetime,
    account: str,
) -> str:
    """Record that an obligation was done, with its proof; return the id, such as ``O-0001``."""
    if not evidence:
        raise InputError("evidence is needed: minutes, a report, a letter")
    number = next_number(connection, table)
    identity = human_id(PREFIX, number)
    connection.execute(
        insert(table).values(
            id=identity,
            number=number,
            obligation=obligation,
            done_on=done_on,
            note=note.strip(),
            evidence=to_rows(evidence),
            recorded_at=at,
            recorded_by=account,
        )
    )
    return identity


def withdraw(
    connection: Connection, performance_id: str, reason: str, at: datetime, account: str
) -> Performance:
    """Take a record back that was wrong; it stays in the history."""
    if not reason.strip():
        raise InputError("a reason is needed to withdraw a record")
    row = connection.execute(select(table).where(table.c.id == performance_id)).first()
    if row is None:
        raise NotFoundError(
            "there is no record {record} of an obligation",
            hint="see them with: secaudit calendar show OBLIGATION",
            record=performance_id,
        )
    if row.withdrawn_at is not None:
        raise RefusedError("{record} was withdrawn already", record=performance_id)
    connection.execute(
        update(table)
        .where(table.c.id == performance_id)
        .values(withdrawn_at=at, withdrawn_by=account, withdrawn_reason=reason.strip())
    )
    return _performance(row)


def list_all(
    connection: Connection, obligation: str | None = None, *, withdrawn: bool = False
) -> list[Performance]:
    """Return the records by the day on which it was done; all or of one obligation."""
    query = select(table).order_by(table.c.done_on, table.c.number)
    if obligation is not None:
        query = query.where(table.c.obligation == obligation)
    if not withdrawn:
        query = query.where(table.c.withdrawn_at.is_(None))
    return [_performance(row) for row in connection.execute(query)]


def _performance(row: Row[Any]) -> Performance:
    fields = {name: value for name, value in row._mapping.items() if name != "number"}
    return Performance(**{**fields, "evidence": of_rows(row.evidence)})
