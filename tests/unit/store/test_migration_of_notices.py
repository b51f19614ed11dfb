import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from alembic import command

from secaudit.registry import notices
from secaudit.registry.notices import Draft
from secaudit.store.database import Database
from secaudit.store.migrate import configuration, upgrade

AT = datetime(2026, 3, 2, 3, tzinfo=UTC)


def test_a_database_without_notices_is_brought_up_with_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "secaudit.sqlite"
    database = Database(path)
    with database.write() as connection:
        command.upgrade(configuration(connection), "0007")
    database.close()
    with sqlite3.connect(path) as plain:
        plain.execute("INSERT INTO zone VALUES ('kantor', 'it')")
    plain.close()
    done = upgrade(path, tmp_path / "backups")
    assert done.before == "0007"
    assert done.backup is not None
    database = Database(path)
    draft = Draft("a", "s", "b", {"sla_near": 1}, False, (("sla_near", "F-0001", "x"),))
    with database.write() as connection:
        assert connection.exec_driver_sql("SELECT name FROM zone").all() == [("kantor",)]
        assert notices.put(connection, draft, AT).id == "N-0001"
        assert notices.told(connection) == {("a", "sla_near", "F-0001", "x"): "N-0001"}
    database.close()
