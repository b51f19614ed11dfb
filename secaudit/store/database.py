"""One database for one workspace: SQLite in WAL mode, safe for several processes.

Readers never wait. Writers take the write lock at the start (``BEGIN IMMEDIATE``) and wait for
each other, so that read-then-write in one transaction loses no row.
"""

import sqlite3
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, OperationalError

from secaudit.core.errors import InternalError, SecauditError, VerificationError

BUSY_TIMEOUT_SECONDS = 30


def make_engine(path: Path) -> Engine:
    """Open the SQLite file at ``path`` (made when absent) with foreign keys and WAL on."""
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_TIMEOUT_SECONDS})

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


class Database:
    """Transactions on the workspace's database."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._engine = make_engine(path)
        # Who drops the database without closing it leaves no connection open all the same.
        weakref.finalize(self, self._engine.dispose)

    @property
    def engine(self) -> Engine:
        """The engine, for migrations and backups."""
        return self._engine

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view. Raises InternalError when the file cannot be read."""
        with _named_failures(self.path), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction that commits at the end of the block, or leaves no trace.

        Raises InternalError when another process holds the lock too long, or the disk is full.
        """
        with (
            _named_failures(self.path),
            self._engine.connect().execution_options(writes=True) as connection,
            connection.begin(),
        ):
            yield connection

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


@contextmanager
def _named_failures(path: Path) -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        # The subclasses besides OperationalError are faults of the program, not of the machine.
        if type(error) in (DatabaseError, OperationalError):
            raise _named(path, str(error.orig)) from error
        raise


def _named(path: Path, message: str) -> SecauditError:
    if "locked" in message or "busy" in message:
        return InternalError(
            "{path}: another process kept the database locked for {seconds} s",
            hint="wait for the other secaudit process, or look for it with: fuser {path}",
            path=path,
            seconds=BUSY_TIMEOUT_SECONDS,
        )
    if "full" in message:
        return InternalError(
            "{path}: the disk is full; nothing of this step was written",
            hint="free some space and run the same command again",
            path=path,
        )
    if "disk I/O error" in message:
        return InternalError(
            "{path}: the disk refused to read or write; nothing of this step was written",
            hint="look at the free space, the quota and the health of the disk",
            path=path,
        )
    if "not a database" in message or "malformed" in message:
        return VerificationError(
            "{path} is damaged or is not a database",
            hint="bring a backup back with: secaudit restore FILE FOLDER",
            path=path,
        )
    if "readonly" in message or "unable to open" in message:
        return InternalError(
            "{path}: this account may not write there",
            hint="run as the account that owns the workspace",
            path=path,
        )
    return InternalError("{path}: {message}", path=path, message=message)
