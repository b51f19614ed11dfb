import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from secaudit.core.errors import RefusedError, VerificationError
from secaudit.store.database import Database
from secaudit.store.migrate import configuration, script_revisions, upgrade
from secaudit.store.revisions import (
    NEWEST,
    REVISIONS,
    current_revision,
    require_known,
    require_newest,
)
from secaudit.store.tables import metadata


@pytest.fixture
def migrated(tmp_path: Path) -> Path:
    path = tmp_path / "secaudit.sqlite"
    upgrade(path, tmp_path / "backups")
    return path


def test_the_migrated_database_is_what_the_tables_say(migrated):
    database = Database(migrated)
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    database.close()


def test_the_list_of_revisions_is_that_of_the_scripts():
    assert script_revisions() == REVISIONS


def test_a_new_database_has_the_newest_revision_and_needs_no_backup(tmp_path):
    done = upgrade(tmp_path / "a.sqlite", tmp_path / "backups")
    assert (done.before, done.after, done.backup, done.changed) == (None, NEWEST, None, True)
    again = upgrade(tmp_path / "a.sqlite", tmp_path / "backups")
    assert not again.changed
    assert not (tmp_path / "backups").exists()


def test_a_backup_is_made_before_a_migration_changes_anything(tmp_path, migrated, monkeypatch):
    with sqlite3.connect(migrated) as connection:
        connection.execute("INSERT INTO zone VALUES ('kantor', 'it')")
    connection.close()
    monkeypatch.setattr("secaudit.store.migrate.NEWEST", "next")
    done = upgrade(migrated, tmp_path / "backups")
    assert done.backup is not None
    assert done.backup.parent == tmp_path / "backups"
    assert done.backup.stat().st_mode & 0o077 == 0
    copy = sqlite3.connect(done.backup)
    assert copy.execute("SELECT name FROM zone").fetchall() == [("kantor",)]
    copy.close()


def test_a_database_of_a_newer_version_is_refused_and_left_alone(tmp_path, migrated):
    with sqlite3.connect(migrated) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(RefusedError, match="newer secaudit"):
        upgrade(migrated, tmp_path / "backups")
    assert not (tmp_path / "backups").exists()


def test_what_is_not_a_database_is_named(tmp_path):
    path = tmp_path / "a.sqlite"
    path.write_bytes(b"this is a letter, not a database\n" * 100)
    with pytest.raises(VerificationError, match="damaged or is not a database"):
        upgrade(path, tmp_path / "backups")


def test_an_older_database_names_the_command(monkeypatch):
    monkeypatch.setattr("secaudit.store.revisions.NEWEST", "next")
    with pytest.raises(RefusedError, match="older version") as caught:
        require_newest(Path("x"), "0001")
    assert "secaudit migrate" in caught.value.in_words()[1]


def test_revisions_that_are_known_and_not():
    require_known(Path("x"), None)
    require_known(Path("x"), NEWEST)
    require_newest(Path("x"), NEWEST)
    with pytest.raises(VerificationError, match="not a database of secaudit"):
        require_newest(Path("x"), None)


def test_a_fresh_file_has_no_revision(tmp_path):
    database = Database(tmp_path / "a.sqlite")
    with database.read() as connection:
        assert current_revision(connection) is None
    database.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_trail SET reason = 'other'",
        "DELETE FROM audit_trail",
        (
            "REPLACE INTO audit_trail SELECT 1, at, actor, action, object_id, 'other', details,"
            " previous, 'f' FROM audit_trail"
        ),
        (
            "INSERT INTO audit_trail SELECT 7, at, actor, action, object_id, 'other', details,"
            " previous, 'f' FROM audit_trail"
        ),
    ],
)
def test_the_audit_trail_refuses_to_be_changed(migrated, statement):
    database = Database(migrated)
    with database.write() as connection:
        connection.execute(
            text(
                "INSERT INTO audit_trail VALUES (1, '2026-01-01T00:00:00.000000Z', 'a', 'b.c', '',"
                " 'why', '{}', '', 'e')"
            )
        )
    with pytest.raises(IntegrityError, match="audit trail"), database.write() as connection:
        connection.execute(text(statement))
    with database.read() as connection:
        assert connection.execute(text("SELECT position, reason FROM audit_trail")).all() == [
            (1, "why")
        ]
    database.close()


def test_migrations_run_from_another_folder_without_a_configuration_file(tmp_path):
    code = (
        "from pathlib import Path\n"
        "from secaudit.store.migrate import upgrade\n"
        "print(upgrade(Path('x.sqlite'), Path('backups')).after)\n"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONWARNINGS": "error"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == NEWEST


def test_a_database_of_the_first_version_keeps_its_rows(tmp_path):
    path = tmp_path / "secaudit.sqlite"
    database = Database(path)
    with database.write() as connection:
        command.upgrade(configuration(connection), "0001")
        connection.execute(text("INSERT INTO zone VALUES ('kantor', 'it')"))
    database.close()

    done = upgrade(path, tmp_path / "backups")
    assert (done.before, done.after) == ("0001", NEWEST)
    assert done.backup is not None
    database = Database(path)
    with database.read() as connection:
        assert connection.execute(text("SELECT name FROM zone")).all() == [("kantor",)]
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    database.close()
