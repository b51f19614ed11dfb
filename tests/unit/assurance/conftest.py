from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from secaudit.store.database import Database
from secaudit.store.migrate import upgrade


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    path = tmp_path / "secaudit.sqlite"
    upgrade(path, tmp_path / "backups")
    database = Database(path)
    with database.write() as opened:
        yield opened
    database.close()
