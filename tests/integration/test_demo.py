"""``secaudit demo``: the whole chain, and a pack that proves itself in three ways."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from secaudit.app.workspace import Workspace, open_workspace
from secaudit.core.vocabulary import FindingState, Severity
from secaudit.ledger import findings, trail


def call(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "100"}
    return subprocess.run(
        arguments, capture_output=True, text=True, timeout=150, check=False, cwd=cwd,
        env=environment,
    )  # fmt: skip


def secaudit(*arguments: str) -> subprocess.CompletedProcess[str]:
    return call(sys.executable, "-m", "secaudit", *arguments)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("demo") / "ws"
    done = secaudit("--lang", "en", "demo", "--folder", str(folder))
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


@pytest.fixture
def workspace(demo: tuple[Path, str]) -> Iterator[Workspace]:
    opened = open_workspace(demo[0])
    yield opened
    opened.database.close()


@pytest.fixture
def unpacked(demo: tuple[Path, str], tmp_path: Path) -> Path:
    with zipfile.ZipFile(demo[0] / "paket-bukti.zip") as archive:
        archive.extractall(tmp_path)
    (folder,) = tmp_path.iterdir()
    return folder


def test_its_last_lines_show_an_article_and_what_contradicts_it(demo: tuple[Path, str]) -> None:
    said = demo[1]
    assert "Pasal 26 ayat (2)" in said or "Article 26 paragraph (2)" in said
    assert "Contradicted" in said
    assert "kantor/127.0.77." in said
    assert "What to do next:" in said


def test_the_faults_of_the_sample_city_are_found_and_one_repair_is_verified(
    workspace: Workspace,
) -> None:
    with workspace.view() as connection:
        found = findings.list_all(connection)
        assert trail.verify(connection) is None
    by_check = {item.check: item.state for item in found}
    assert by_check["cert.expired"] is FindingState.VERIFIED
    still_open = {check for check, state in by_check.items() if state is FindingState.OPEN}
    assert still_open >= {
        "cert.self_signed",
        "cert.name_mismatch",
        "tls.protocol.tls1_0",
        "net.telnet.exposed",
        "net.ftp.cleartext",
        "net.redis.no_password",
    }
    faulty = {item.address for item in found if item.severity is not Severity.INFO}
    good = faulty & {"127.0.77.15", "127.0.77.16"}
    assert not good, "the servers that are as they should be have hints at most"


def test_the_pack_is_proved_by_us_by_itself_and_by_sha256sum(
    demo: tuple[Path, str], unpacked: Path
) -> None:
    assert secaudit("pack", "verify", str(demo[0] / "paket-bukti.zip")).returncode == 0
    assert call(sys.executable, "-I", "verify.py", cwd=unpacked).returncode == 0
    assert call("sha256sum", "-c", "--quiet", "SHA256SUMS", cwd=unpacked).returncode == 0


@pytest.mark.parametrize("name", ["report.html", "findings.xlsx", "results.json", "manifest.json"])
def test_a_flipped_byte_is_named(unpacked: Path, name: str) -> None:
    content = bytearray((unpacked / name).read_bytes())
    content[len(content) // 2] ^= 1
    (unpacked / name).write_bytes(content)
    ours = secaudit("pack", "verify", str(unpacked))
    itself = call(sys.executable, "-I", "verify.py", cwd=unpacked)
    assert (ours.returncode, itself.returncode) == (4, 4)
    assert name in ours.stdout + ours.stderr
    assert name in itself.stdout + itself.stderr
    assert call("sha256sum", "-c", "--quiet", "SHA256SUMS", cwd=unpacked).returncode == 1


def test_the_results_of_the_pack_are_those_of_the_workspace(
    workspace: Workspace, unpacked: Path
) -> None:
    packed = json.loads((unpacked / "results.json").read_text(encoding="utf-8"))
    with workspace.view() as connection:
        known = {item.id for item in findings.list_all(connection)}
    assert {row["id"] for row in packed["findings"]} == known


def test_a_folder_that_no_demo_made_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "surat.txt").write_text("penting", encoding="utf-8")
    refused = secaudit("demo", "--folder", str(tmp_path))
    assert refused.returncode == 2
    assert [path.name for path in tmp_path.iterdir()] == ["surat.txt"]
