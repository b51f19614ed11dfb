"""A database of the former version comes through the migration, and nobody is registered in it."""

import sqlite3
from pathlib import Path

from alembic import command

from secaudit.registry import people
from secaudit.store.database import Database
from secaudit.store.migrate import configuration, upgrade


def test_a_database_without_people_is_brought_up_with_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "secaudit.sqlite"
    database = Database(path)
    with database.write() as connection:
        command.upgrade(configuration(connection), "0006")
        assert people.list_all(connection) == ()
    database.close()
    with sqlite3.connect(path) as raw:
        raw.execute("INSERT INTO zone (name, kind) VALUES ('kantor', 'it')")
    raw.close()
    done = upgrade(path, tmp_path / "backups")
    assert done.before == "0006"
    assert done.backup is not None
    database = Database(path)
    with database.read() as connection:
        assert people.list_all(connection) == ()
    database.close()
    with sqlite3.connect(path) as raw:
        assert raw.execute("SELECT name FROM zone").fetchall() == [("kantor",)]
    raw.close()
