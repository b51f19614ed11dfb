import sqlite3
from pathlib import Path

import pytest
from alembic import command

from secaudit.store.database import Database
from secaudit.store.migrate import configuration, upgrade

ROW = (
    "INSERT INTO audit_engagement (id, number, title, objective, criteria, scope, period_from,"
    " period_until, planned_from, planned_until, letter, state, recorded_at, recorded_by, excluded)"
    " VALUES ('AE-0001', 1, 't', '', '[]', '{}', '2026-01-01', '2026-12-31', '2026-11-01',"
    " '2026-11-30', '', 'running', '2026-11-01T00:00:00.000000Z', 'a@b', '{}')"
)
TEST = (
    "INSERT INTO audit_test VALUES ('TR-0001', 1, 'AE-0001', 'r', 'design', 'effective', 'w', '',"
    " 'p', 'a@b', '2026-11-02', '2026-11-02T00:00:00.000000Z', '[]', NULL)"
)


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """A database of the version before there were audits, with an attestation in it."""
    path = tmp_path / "secaudit.sqlite"
    database = Database(path)
    with database.write() as connection:
        command.upgrade(configuration(connection), "0002")
    database.close()
    with sqlite3.connect(path) as connection:
        connection.execute(
            "INSERT INTO attestation VALUES ('AT-0001', 1, 'r', 'self', 'conform', 'p', 'a@b',"
            " '2026-01-01T00:00:00.000000Z', 'p', '2026-01-01', NULL, '2027-01-01', '', '[]',"
            " '[]', NULL, NULL, NULL, NULL)"
        )
    connection.close()
    return path


def test_a_database_without_audits_is_brought_up_with_what_it_holds(
    older: Path, tmp_path: Path
) -> None:
    done = upgrade(older, tmp_path / "backups")
    assert done.before == "0002"
    assert done.backup is not None
    connection = sqlite3.connect(older)
    assert connection.execute("SELECT id FROM attestation").fetchall() == [("AT-0001",)]
    assert connection.execute("SELECT count(*) FROM audit_engagement").fetchone() == (0,)
    connection.close()


def test_a_concluded_audit_refuses_changes_whoever_makes_them(older: Path, tmp_path: Path) -> None:
    upgrade(older, tmp_path / "backups")
    connection = sqlite3.connect(older)
    connection.execute(ROW)
    connection.execute(TEST)
    connection.execute("UPDATE audit_engagement SET state = 'concluded'")
    for statement in (
        TEST.replace("TR-0001', 1", "TR-0002', 2"),
        "UPDATE audit_test SET conclusion = 'partly'",
        "DELETE FROM audit_test",
        "UPDATE audit_engagement SET state = 'running'",
        "DELETE FROM audit_engagement",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="stays as it is"):
            connection.execute(statement)
    connection.close()
