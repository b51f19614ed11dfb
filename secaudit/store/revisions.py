"""Which version a database has, told without loading Alembic: every command asks this first."""

from pathlib import Path

from sqlalchemy import Connection, text

from secaudit.core.errors import RefusedError, VerificationError

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010")
"""Every migration, oldest first. A test holds this against the migration scripts."""
NEWEST = REVISIONS[-1]


def current_revision(connection: Connection) -> str | None:
    """The revision of the database; None for one that no migration has touched."""
    tables = text("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'")
    if connection.execute(tables).first() is None:
        return None
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if revision is None else str(revision)


def require_known(path: Path, revision: str | None) -> None:
    """Raise RefusedError for a database that a newer secaudit has written."""
    if revision is not None and revision not in REVISIONS:
        raise RefusedError(
            "{path} was written by a newer secaudit (database {revision}; this one knows {newest})",
            hint="install the newer secaudit, or restore a backup made with this version",
            path=path,
            revision=revision,
            newest=NEWEST,
        )


def require_newest(path: Path, revision: str | None) -> None:
    """Raise RefusedError unless the database has just the revision that this version works with."""
    if revision is None:
        raise VerificationError(
            "{path} is not a database of secaudit",
            hint="bring a backup back with: secaudit restore FILE FOLDER",
            path=path,
        )
    require_known(path, revision)
    if revision != NEWEST:
        raise RefusedError(
            "{path} is of an older version (database {revision}; this secaudit needs {newest})",
            hint="run: secaudit migrate (it makes a backup first)",
            path=path,
            revision=revision,
            newest=NEWEST,
        )
