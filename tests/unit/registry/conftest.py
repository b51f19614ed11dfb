from pathlib import Path

import pytest

from secaudit.store.database import Database
from secaudit.store.migrate import upgrade


@pytest.fixture
def database(tmp_path: Path):
    upgrade(tmp_path / "secaudit.sqlite", tmp_path / "backups")
    database = Database(tmp_path / "secaudit.sqlite")
    yield database
    database.close()
