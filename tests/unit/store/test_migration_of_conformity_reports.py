import sqlite3
from pathlib import Path

import pytest
from alembic import command

from secaudit.store.database import Database
from secaudit.store.migrate import configuration, upgrade

REPORT = (
    "INSERT INTO conformity_report (id, number, period_from, period_until, frameworks, language,"
    " sample, identity, content_sha256, pdf_sha256, trail_position, trail_hash, letter, document,"
    " issued_by, issued_at, issued_account, note, state) VALUES ('CR-0001', 1, '2026-01-01',"
    " '2026-06-30', '[]', 'id', 0, 'K-1', 'a', 'b', 1, 'c', '', '[]', 'p',"
    " '2026-07-01T00:00:00.000000Z', 'a@b', '', 'issued')"
)
STEP = (
    "INSERT INTO conformity_step VALUES ('CR-0001', 'forwarded', 'p', '2026-07-02', '', '[]',"
    " '2026-07-02T00:00:00.000000Z', 'a@b')"
)


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """A database of the version before there were conformity reports, with something in it."""
    path = tmp_path / "secaudit.sqlite"
    database = Database(path)
    with database.write() as connection:
        command.upgrade(configuration(connection), "0005")
    database.close()
    with sqlite3.connect(path) as connection:
        connection.execute(
            "INSERT INTO performance VALUES ('O-0001', 1, 'r', '2026-01-01', '', '[]',"
            " '2026-01-01T00:00:00.000000Z', 'a@b', NULL, NULL, NULL)"
        )
    connection.close()
    return path


def test_a_database_without_reports_is_brought_up_with_what_it_holds(
    older: Path, tmp_path: Path
) -> None:
    done = upgrade(older, tmp_path / "backups")
    assert done.before == "0005"
    assert done.backup is not None
    connection = sqlite3.connect(older)
    assert connection.execute("SELECT id FROM performance").fetchall() == [("O-0001",)]
    assert connection.execute("SELECT count(*) FROM conformity_report").fetchone() == (0,)
    connection.close()


def test_an_issued_report_refuses_changes_whoever_makes_them(older: Path, tmp_path: Path) -> None:
    upgrade(older, tmp_path / "backups")
    connection = sqlite3.connect(older)
    connection.execute(REPORT)
    connection.execute(STEP)
    connection.execute("UPDATE conformity_report SET state = 'forwarded'")
    for statement in (
        "UPDATE conformity_report SET content_sha256 = 'x'",
        "UPDATE conformity_report SET issued_by = 'x', state = 'issued'",
        "UPDATE conformity_report SET period_until = '2026-12-31'",
        "DELETE FROM conformity_report",
        "UPDATE conformity_step SET person = 'x'",
        "DELETE FROM conformity_step",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="stays as it is"):
            connection.execute(statement)
    connection.close()
