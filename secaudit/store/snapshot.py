"""A consistent copy of a live database, by SQLite's own backup interface."""

import os
import secrets
import sqlite3
from contextlib import closing
from pathlib import Path

from secaudit.core.errors import InternalError
from secaudit.core.os_words import os_words


def snapshot(database: Path, target: Path) -> Path:
    """Copy ``database`` to ``target`` while others use it; the copy is one file, without a WAL.

    Raises InternalError when it cannot be read or the disk refuses the copy; ``target`` then
    stays as it was.
    """
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(6)}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (
            closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(temporary)) as copy,
        ):
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
        temporary.chmod(0o600)
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        temporary.replace(target)
    except (sqlite3.Error, OSError) as error:
        raise InternalError(
            "{database} could not be copied to {target}: {why}",
            hint="look at the free space and the rights of that folder",
            database=database,
            target=target,
            why=os_words(error) if isinstance(error, OSError) else error,
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
        temporary.with_name(f"{temporary.name}-journal").unlink(missing_ok=True)
    return target
