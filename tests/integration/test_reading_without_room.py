"""Whoever only reads needs no room on the disk, and no right to write.

Each case runs in a namespace of its own, on a small memory file system that is then filled, or
mounted again for reading only: the real thing, without root and without a disk.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from secaudit.app.setup import init_workspace
from secaudit.app.workspace import open_workspace
from secaudit.core.errors import InternalError
from secaudit.store.database import Database
from secaudit.store.tables.registry import zone


def may_mount() -> bool:
    if shutil.which("unshare") is None or shutil.which("mount") is None:
        return False
    tried = ["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(tried, capture_output=True, check=False).returncode == 0


pytestmark = pytest.mark.skipif(
    not may_mount(), reason="needs unshare and mount, and unprivileged user namespaces"
)

PROGRAM = f"{sys.executable} -P -m secaudit"
FULL = "cat /dev/zero > room/fill || test $(df --output=avail room | tail -1) = 0"
READ_ONLY = "mount -o remount,ro room"
READS = [
    "finding list",
    "asset list",
    "risk list",
    "scan list",
    "scope list",
    "schedule list",
    "control list --framework iso27001-2022",
    "control coverage --framework iso27001-2022",
    "calendar",
]


@pytest.fixture
def city(tmp_path: Path) -> Path:
    init_workspace(tmp_path / "kota", "Pemerintah Kota Contoh")
    return tmp_path


def in_small_room(folder: Path, *lines: str) -> "subprocess.CompletedProcess[str]":
    """Run a script where ``room/kota`` is the workspace on a file system of 8 MiB."""
    script = [
        "set -eu",
        "mkdir -p room",
        "mount -t tmpfs -o size=8m tmpfs room",
        "cp -a kota room/kota",
        *lines,
    ]
    return subprocess.run(
        ["unshare", "-rm", "sh", "-c", "\n".join(script)],
        cwd=folder,
        env={**os.environ, "SECAUDIT_LANG": "en"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("state", [FULL, READ_ONLY], ids=["full", "read-only"])
def test_what_only_reads_works(city, state):
    reads = [f"{PROGRAM} --workspace room/kota {verb} --format json" for verb in READS]
    done = in_small_room(city, state, *reads)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("iso27001-2022:A.8.24") >= 2


@pytest.mark.parametrize("state", [FULL, READ_ONLY], ids=["full", "read-only"])
def test_what_writes_is_refused_in_words(city, state):
    done = in_small_room(city, state, f"{PROGRAM} --workspace room/kota asset add A --owner B")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "secaudit.sqlite" in done.stderr


def test_a_log_that_a_killed_process_left_is_read_too(city):
    kill = (
        "import os; from pathlib import Path;"
        "from secaudit.app.assets import add_asset;"
        "from secaudit.app.workspace import open_workspace;"
        "from secaudit.registry.asset import Asset;"
        "city = open_workspace(Path('room/kota'));"
        "add_asset(city, Asset('', 'Nama', 'Dinas', 'kantor'));"
        "os._exit(0)"
    )
    done = in_small_room(
        city,
        f'{sys.executable} -P -c "{kill}"',
        "test -s room/kota/secaudit.sqlite-wal",
        FULL,
        f"{PROGRAM} --workspace room/kota asset list --format json",
        READ_ONLY,
        f"{PROGRAM} --workspace room/kota asset list --format json",
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("A-0001") == 2


def test_a_file_that_changes_under_a_view_without_lock_is_said(city, monkeypatch):
    """The prints differ: the file is written while no lock holds the view."""
    path = city / "kota" / "secaudit.sqlite"
    prints = iter([(1, 1), (2, 2)])
    monkeypatch.setattr("secaudit.store.database._needs_room", lambda _error: True)
    monkeypatch.setattr("secaudit.store.database._print_of", lambda _path: next(prints))
    closed = Database(city / "no" / "such.sqlite")
    closed.path = path
    with pytest.raises(InternalError, match="changed while"), closed.read() as connection:
        connection.execute(zone.select()).all()
    closed.close()
    open_workspace(city / "kota").database.close()
