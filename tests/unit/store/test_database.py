import sqlite3
import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from secaudit.core.errors import InternalError
from secaudit.store import database as module
from secaudit.store.database import Database
from secaudit.store.migrate import upgrade
from secaudit.store.snapshot import snapshot
from secaudit.store.tables.registry import resolution, zone

AT = datetime(2026, 11, 21, 3, tzinfo=UTC)


@pytest.fixture
def database(tmp_path):
    upgrade(tmp_path / "a.sqlite", tmp_path / "backups")
    database = Database(tmp_path / "a.sqlite")
    yield database
    database.close()


def names(database):
    with database.read() as connection:
        return [row.name for row in connection.execute(select(zone).order_by(zone.c.name))]


def test_a_failure_leaves_no_trace(database):
    def fail_on_the_second():
        with database.write() as connection:
            for _ in range(2):
                connection.execute(insert(zone).values(name="a", kind="it"))

    with pytest.raises(IntegrityError):
        fail_on_the_second()
    assert names(database) == []


def test_readers_do_not_wait_for_a_writer_and_see_one_moment(database):
    other = Database(database.path)
    with database.write() as connection:
        connection.execute(insert(zone).values(name="a", kind="it"))
        assert names(other) == []
    assert names(other) == ["a"]
    with other.read() as view:
        assert view.execute(select(zone)).all() != []
        with database.write() as connection:
            connection.execute(insert(zone).values(name="b", kind="it"))
        assert len(view.execute(select(zone)).all()) == 1
    other.close()


def test_writers_wait_for_each_other(database):
    def add(name):
        mine = Database(database.path)
        for number in range(5):
            with mine.write() as connection:
                count = len(connection.execute(select(zone)).all())
                connection.execute(insert(zone).values(name=f"{name}{number}", kind=str(count)))
        mine.close()

    threads = [threading.Thread(target=add, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as connection:
        counts = sorted(int(row.kind) for row in connection.execute(select(zone)))
    assert counts == list(range(15))


def test_a_lock_that_is_held_too_long_is_named(database, monkeypatch):
    monkeypatch.setattr(module, "BUSY_TIMEOUT_SECONDS", 0.1)
    other = Database(database.path)
    with database.write():  # noqa: SIM117 (the one holds what the other asks for)
        with pytest.raises(InternalError, match="another process kept the database locked"):
            with other.write():
                pass
    other.close()


def test_faults_of_the_program_stay_what_they_are(database):
    with pytest.raises(IntegrityError), database.write() as connection:
        connection.execute(
            insert(resolution).values(name="a", answers=[], at=AT, authorisation="none")
        )


def test_an_account_without_rights_is_told(tmp_path):
    with pytest.raises(InternalError, match="may not write there"):
        Database(tmp_path / "none" / "a.sqlite").read().__enter__()


@pytest.mark.parametrize("microsecond", [0, 1, 999_999])
def test_instants_keep_their_order_as_text(database, microsecond):
    at = AT.replace(microsecond=microsecond)
    with database.write() as connection:
        connection.execute(insert(resolution).values(name="a", answers=["192.0.2.1"], at=at))
    with database.read() as connection:
        row = connection.execute(select(resolution)).one()
        written = connection.execute(text("SELECT at FROM resolution")).scalar()
    assert (row.at, list(row.answers)) == (at, ["192.0.2.1"])
    assert written == f"2026-11-21T03:00:00.{microsecond:06d}Z"


def test_an_instant_without_a_zone_is_refused(database):
    with pytest.raises((StatementError, ValueError)), database.write() as connection:
        connection.execute(
            insert(resolution).values(name="a", answers=[], at=datetime(2026, 1, 1))  # noqa: DTZ001
        )


def test_a_snapshot_is_of_one_moment_and_stands_alone(database, tmp_path):
    with database.write() as connection:
        connection.execute(insert(zone).values(name="a", kind="it"))
    copy = snapshot(database.path, tmp_path / "copies" / "copy.sqlite")
    with database.write() as connection:
        connection.execute(insert(zone).values(name="b", kind="it"))
    raw = sqlite3.connect(copy)
    assert raw.execute("SELECT name FROM zone").fetchall() == [("a",)]
    raw.close()
    assert [path.name for path in copy.parent.iterdir()] == ["copy.sqlite"]


def test_a_snapshot_of_nothing_is_named(tmp_path):
    with pytest.raises(InternalError, match="could not be copied"):
        snapshot(tmp_path / "none.sqlite", tmp_path / "copy.sqlite")
    assert list(tmp_path.iterdir()) == []
