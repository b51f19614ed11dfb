"""What people approved: who, in which role, entered by which account, with which document."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Connection, Row, insert, select

from secaudit.core.canonical import to_json
from secaudit.core.roles import Role
from secaudit.store.tables.people import approval as table
from secaudit.store.tables.people import approval_object


@dataclass(frozen=True)
class KeptApproval:
    """One approval as it was recorded. ``signature`` is the JSON of what was found in it."""

    schema_version: ClassVar[int] = 1

    number: int
    act: str
    person: str
    name: str
    role: Role
    account: str
    own_account: bool
    document: str | None
    document_name: str
    signature: dict[str, Any] | None
    at: datetime


def add(connection: Connection, kept: KeptApproval, objects: Iterable[str]) -> int:
    """Record an approval of some objects; return its number."""
    values = vars(kept) | {
        "person_id": kept.person,
        "document_sha256": kept.document,
        "role": kept.role.value,
        "signature": to_json(kept.signature),
    }
    columns = {column.name for column in table.columns} - {"number"}
    done = connection.execute(
        insert(table).values({name: values[name] for name in columns})
    ).inserted_primary_key
    number = int(done[0]) if done else 0
    rows = [{"approval_number": number, "object_id": name} for name in dict.fromkeys(objects)]
    connection.execute(insert(approval_object), rows)
    return number


def of_object(connection: Connection, object_id: str) -> tuple[KeptApproval, ...]:
    """Every approval of an object, oldest first."""
    query = (
        select(table)
        .join(approval_object, approval_object.c.approval_number == table.c.number)
        .where(approval_object.c.object_id == object_id)
        .order_by(table.c.number)
    )
    return tuple(_kept(row) for row in connection.execute(query))


def verdicts(connection: Connection) -> dict[str, str]:
    """What the signature of each document says that somebody approved with, by its SHA-256."""
    query = select(table.c.document_sha256, table.c.signature).where(
        table.c.document_sha256.is_not(None)
    )
    return {
        row.document_sha256: str(row.signature["verdict"])
        for row in connection.execute(query)
        if row.signature
    }


def _kept(row: Row[Any]) -> KeptApproval:
    return KeptApproval(
        number=row.number,
        act=row.act,
        person=row.person_id,
        name=row.name,
        role=Role(row.role),
        account=row.account,
        own_account=row.own_account,
        document=row.document_sha256,
        document_name=row.document_name,
        signature=row.signature,
        at=row.at,
    )
