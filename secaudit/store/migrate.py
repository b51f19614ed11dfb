"""Bring a database to this version's tables. A backup is made before anything is changed.

Alembic is driven from here, without ``alembic.ini``: its scripts are in ``store/migrations`` of
the installed package.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from secaudit.store.database import Database
from secaudit.store.revisions import NEWEST, current_revision, require_known
from secaudit.store.snapshot import snapshot

MIGRATIONS = Path(__file__).parent / "migrations"


@dataclass(frozen=True)
class Migration:
    """What an upgrade did: ``before`` is None for a new database, ``backup`` too."""

    before: str | None
    after: str
    backup: Path | None

    @property
    def changed(self) -> bool:
        """Tell whether there was anything to do."""
        return self.before != self.after


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's configuration, bound to an open connection."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def script_revisions() -> tuple[str, ...]:
    """The revisions of the migration scripts, oldest first."""
    scripts = ScriptDirectory.from_config(configuration())
    return tuple(script.revision for script in scripts.walk_revisions())[::-1]


def upgrade(database: Path, backups: Path) -> Migration:
    """Bring ``database`` (made when absent) to the newest revision, in one transaction.

    An existing database is first copied into ``backups``. Raises RefusedError for a database of a
    newer version, and InternalError when the disk refuses.
    """
    store = Database(database)
    try:
        with store.read() as connection:
            before = current_revision(connection)
        require_known(database, before)
        if before == NEWEST:
            return Migration(before, before, None)
        backup = None
        if before is not None:
            stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
            backup = snapshot(
                database, backups / f"{database.stem}-{before}-before-{NEWEST}-{stamp}.sqlite"
            )
        with store.write() as connection:
            if current_revision(connection) != NEWEST:
                command.upgrade(configuration(connection), "head")
        return Migration(before, NEWEST, backup)
    finally:
        store.close()
