"""Findings as JSON values straight from their rows, a block at a time: for lists of any length."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import date
from typing import Any

from sqlalchemy import Connection, Date, Row, String, select, type_coerce

from secaudit.ledger.findings.model import LIVE, Finding
from secaudit.ledger.findings.query import FindingFilter, conditions_of, in_order
from secaudit.ledger.sights import chunks
from secaudit.store.tables.base import Instant
from secaudit.store.tables.ledger import finding as table

ROWS_AT_ONCE = 2_000
Record = dict[str, Any]
"""What ``to_json`` makes of a :class:`Finding`."""

_LIVE = frozenset(state.value for state in LIVE)
_STORED_AS = {"check": "check_id"}
_NAMES = tuple(item.name for item in fields(Finding))
_STORED = {name: table.c[_STORED_AS.get(name, name)] for name in _NAMES}
_INSTANTS = tuple(name for name, column in _STORED.items() if isinstance(column.type, Instant))
_COLUMNS = tuple(
    type_coerce(column, String) if isinstance(column.type, Instant | Date) else column
    for column in _STORED.values()
)
_WHOLE_SECOND = ".000000Z"


def records(
    connection: Connection, wanted: FindingFilter, limit: int | None = None
) -> Iterator[list[Record]]:
    """Yield the findings that :func:`list_all` returns, in its order, in blocks."""
    query = select(*_COLUMNS).where(*conditions_of(wanted))
    rows = connection.execute(in_order(query).limit(limit))
    for block in rows.partitions(ROWS_AT_ONCE):
        yield [_record(row) for row in block]


def records_of(connection: Connection, ids: Sequence[str]) -> Iterator[list[Record]]:
    """Yield these findings in the order given, in blocks; unknown ids are left out."""
    for chunk in chunks(ids):
        found = connection.execute(select(*_COLUMNS).where(table.c.id.in_(chunk)))
        known = {row[0]: _record(row) for row in found}
        yield [known[identity] for identity in chunk if identity in known]


def overdue(record: Record, today: date) -> bool:
    """As :meth:`Finding.overdue`, of a record."""
    due = record["due"]
    return record["state"] in _LIVE and due is not None and due < today.isoformat()


def _record(row: Row[Any]) -> Record:
    record: Record = dict(zip(_NAMES, row, strict=True))
    for name in _INSTANTS:
        text = record[name]
        if text is not None and text.endswith(_WHOLE_SECOND):
            record[name] = f"{text[: -len(_WHOLE_SECOND)]}Z"
    record["schema_version"] = Finding.schema_version
    return record
