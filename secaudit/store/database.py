"""One database for one workspace: SQLite in WAL mode, safe for several processes.

Readers never wait. Writers take the write lock at the start (``BEGIN IMMEDIATE``) and wait for
each other, so that read-then-write in one transaction loses no row. Reading needs no room on the
disk and no right to write, although SQLite wants both for WAL's shared index.
"""

import sqlite3
import weakref
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import NullPool

from secaudit.core.errors import InternalError, SecauditError, VerificationError

BUSY_TIMEOUT_SECONDS = 30
_NO_ROOM = ("unable to open", "disk I/O error", "full", "readonly")


def make_engine(path: Path) -> Engine:
    """Open the SQLite file at ``path`` (made when absent) with foreign keys and WAL on."""
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_TIMEOUT_SECONDS})

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None
        try:
            for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL"):
                connection.execute(f"PRAGMA {pragma}").close()
        except sqlite3.Error:
            connection.close()
            raise

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def make_still_engine(path: Path) -> Engine:
    """Open the file as one that nobody changes: SQLite makes no file beside it, and no lock."""

    def connect() -> sqlite3.Connection:
        address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        return sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)

    return create_engine("sqlite://", creator=connect, poolclass=NullPool)


def _needs_room(error: OperationalError) -> bool:
    """Is it the write-ahead log that cannot be opened, and not the data?"""
    return any(sign in str(error.orig) for sign in _NO_ROOM)


def _print_of(path: Path) -> tuple[int, int] | None:
    """What changes when a process writes; None where the log holds something, or without a file."""
    log = path.with_name(f"{path.name}-wal")
    try:
        if log.exists() and log.stat().st_size:
            return None
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


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
        """One consistent view, also on a full or read-only disk.

        Raises InternalError when the file cannot be read, or changed under a view that no lock
        protects.
        """
        with _named_failures(self.path), ExitStack() as stack:
            before = None
            try:
                connection = stack.enter_context(_viewed(self._engine))
            except OperationalError as error:
                before = _print_of(self.path) if _needs_room(error) else None
                if before is None:
                    raise
                connection = stack.enter_context(_viewed(make_still_engine(self.path)))
            yield connection
            if before is not None and _print_of(self.path) != before:
                raise InternalError(
                    "{path} was changed while it was read",
                    hint="run the same command again",
                    path=self.path,
                )

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
def _viewed(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection, connection.begin():
        connection.exec_driver_sql("SELECT 1 FROM sqlite_master LIMIT 1").close()
        yield connection


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
