"""Several processes on one workspace, a disk that refuses, and nothing lost."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from secaudit.app import doctor
from secaudit.app.setup import init_workspace
from secaudit.app.workspace import open_workspace
from secaudit.ledger import trail
from secaudit.registry import assets

PROCESSES, ROWS = 4, 15
WRITER = """
import sys
from pathlib import Path
from secaudit.app.assets import add_asset
from secaudit.app.workspace import open_workspace
from secaudit.registry.asset import Asset

folder, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
workspace = open_workspace(folder)
for number in range(count):
    workspace.evidence.put(f"shared {number}".encode(), "text/plain")
    asset = add_asset(workspace, Asset("", f"{name} {number}", "Dinas Contoh", "kantor"))
    print(asset.id, flush=True)
"""


@pytest.fixture
def city(tmp_path: Path) -> Path:
    init_workspace(tmp_path / "kota", "Pemerintah Kota Contoh")
    return tmp_path / "kota"


def start(city, name, count):
    return subprocess.Popen(
        [sys.executable, "-P", "-c", WRITER, str(city), name, str(count)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def whole(city):
    workspace = open_workspace(city)
    with workspace.view() as connection:
        assert trail.verify(connection) is None
        recorded = [e.object_id for e in trail.entries(connection) if e.action == "asset.add"]
        kept = [asset.id for asset in assets.list_all(connection)]
    workspace.database.close()
    assert sorted(recorded) == sorted(kept)
    assert not doctor.has_faults(doctor.examine_workspace(city))
    return kept


def test_processes_that_write_at_once_lose_no_row(city):
    writers = [start(city, f"p{number}", ROWS) for number in range(PROCESSES)]
    printed = []
    for writer in writers:
        out, err = writer.communicate(timeout=100)
        assert writer.returncode == 0, err
        printed += out.split()
    kept = whole(city)
    assert len(kept) == PROCESSES * ROWS
    assert sorted(printed) == sorted(kept)
    assert len(set(kept)) == len(kept)


def test_a_killed_process_leaves_whole_rows_only(city):
    writer = start(city, "p", 10_000)
    assert writer.stdout is not None
    printed = [writer.stdout.readline().strip() for _ in range(5)]
    writer.send_signal(signal.SIGKILL)
    writer.communicate(timeout=60)
    kept = whole(city)
    assert set(printed) <= set(kept)
    # And the next one goes on.
    after = start(city, "q", 1)
    assert after.communicate(timeout=60)[0].strip() not in kept


def add_with_file_limit(city, limit, name):
    """Run the real program where no file may grow beyond ``limit`` bytes, as on a full disk."""
    code = (
        "import resource, sys\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        "from secaudit.cli.main import main\n"
        "main()\n"
    )
    arguments = ["--workspace", str(city), "asset", "add", name, "--owner", "Dinas Contoh"]
    return subprocess.run(
        [sys.executable, "-P", "-c", code, *arguments],
        env={**os.environ, "SECAUDIT_LANG": "en"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_disk_that_refuses_is_named_and_loses_nothing(city):
    assert add_with_file_limit(city, 10**9, "Before").returncode == 0
    before = whole(city)
    done = add_with_file_limit(city, 1000, "Lost")
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "secaudit.sqlite" in done.stderr
    assert "nothing of this step was written" in done.stderr
    assert whole(city) == before
    assert add_with_file_limit(city, 10**9, "After").returncode == 0
    assert len(whole(city)) == len(before) + 1


def test_evidence_that_finds_no_room_leaves_no_half_file(city):
    letter = city.parent / "surat.pdf"
    letter.write_bytes(b"%PDF" + bytes(100_000))
    code = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))\n"
        "from secaudit.store.evidence import EvidenceStore\n"
        "from secaudit.core.errors import InternalError\n"
        "try:\n"
        "    EvidenceStore(Path(sys.argv[1])).put(Path(sys.argv[2]).read_bytes(), 'x')\n"
        "except InternalError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, str(city / "evidence"), str(letter)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "File too large" in done.stdout
    assert [
        path for path in (city / "evidence").rglob("*") if path.is_file() and not path.suffix
    ] == []
    assert open_workspace(city).evidence.put(letter.read_bytes(), "application/pdf")
