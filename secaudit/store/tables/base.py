"""What all tables share: one metadata with named constraints, and column types for our values.

Indexes of a part of a table name its condition here for SQLite, and for PostgreSQL only in the
migrations, which make the tables: to name it here would load that dialect at every start.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Dialect, MetaData, String, TypeDecorator

from secaudit.core.instant import format_instant, parse_instant

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Json = JSON
"""A JSON value; written by ``secaudit.core.canonical.to_json`` first."""


class Instant(TypeDecorator[datetime]):
    """An aware instant as RFC 3339 text in UTC with microseconds: text order is time order."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Write an aware instant. Raises ValueError for a naive one."""
        if value is None:
            return None
        text = format_instant(value)
        return text if "." in text else text.replace("Z", ".000000Z")

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Read it back."""
        return None if value is None else parse_instant(value)
