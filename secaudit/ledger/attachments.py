"""Files that people put beside a finding or a plan: kept as evidence, listed here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from secaudit.store.tables.remediation import attachment as table


@dataclass(frozen=True)
class Attachment:
    """One file, by the hash under which the evidence store keeps it."""

    number: int
    object: str
    """The id of the finding or plan."""
    sha256: str
    name: str
    """As the file was called: hostile, like all that comes from outside."""
    size: int
    note: str
    at: datetime
    actor: str


def attach(
    connection: Connection,
    ids: Sequence[str],
    *,
    sha256: str,
    name: str,
    size: int,
    note: str,
    at: datetime,
    actor: str,
) -> None:
    """Put one file beside findings or plans, which must exist."""
    connection.execute(
        insert(table),
        [
            {
                "object_id": identity,
                "sha256": sha256,
                "name": name,
                "size": size,
                "note": note,
                "at": at,
                "actor": actor,
            }
            for identity in ids
        ],
    )


def attachments_of(connection: Connection, object_id: str) -> list[Attachment]:
    """Return the files beside one finding or plan, oldest first."""
    query = select(table).where(table.c.object_id == object_id).order_by(table.c.number)
    return [
        Attachment(
            row.number, row.object_id, row.sha256, row.name, row.size, row.note, row.at, row.actor
        )
        for row in connection.execute(query)
    ]
