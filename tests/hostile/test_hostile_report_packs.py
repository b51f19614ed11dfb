"""Packs made to mislead the one who verifies them."""

import os
import stat
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from reports.pack import standalone, verify
from reports.pack.verify import verify_pack
from secaudit.core.canonical import pretty_json, sha256_hex
from secaudit.core.errors import InputError


def files() -> dict[str, bytes]:
    """The least that is a pack."""
    content = {"report.html": b"<p>", "verify.py": Path(standalone.__file__).read_bytes()}
    manifest = {
        "files": [
            {"path": name, "sha256": sha256_hex(data), "size": len(data)}
            for name, data in content.items()
        ]
    }
    content["manifest.json"] = pretty_json(manifest).encode()
    sums = "".join(f"{sha256_hex(data)}  {name}\n" for name, data in sorted(content.items()))
    return content | {"SHA256SUMS": sums.encode()}


def folder(path: Path) -> Path:
    for name, data in files().items():
        place = path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return path


def zipped(path: Path, change: Callable[[zipfile.ZipFile], None]) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in files().items():
                archive.writestr(f"top/{name}", data)
            change(archive)
    return path


def kinds(path: Path) -> set[str]:
    return {fault.kind for fault in verify_pack(path).faults}


def test_the_least_pack_is_whole(tmp_path: Path) -> None:
    assert kinds(folder(tmp_path / "p")) == set()
    assert kinds(zipped(tmp_path / "p.zip", lambda _archive: None)) == set()


@pytest.mark.parametrize(
    "name",
    ["top/../../escape", "/absolute", "top/a\\b", "top/.hidden", "top/a//b", "top/\x1b[31mred",
     "top/C:evil", "top/x y"],
)  # fmt: skip
def test_a_name_that_could_leave_the_pack_is_unsafe(tmp_path: Path, name: str) -> None:
    path = zipped(tmp_path / "p.zip", lambda archive: archive.writestr(name, b"x"))
    assert "unsafe" in kinds(path)


def test_the_same_name_twice_is_unsafe(tmp_path: Path) -> None:
    path = zipped(tmp_path / "p.zip", lambda archive: archive.writestr("top/report.html", b"other"))
    assert "unsafe" in kinds(path)


def test_a_link_in_a_zip_is_unsafe(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("top/link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = zipped(tmp_path / "p.zip", lambda archive: archive.writestr(link, "/etc/passwd"))
    assert "unsafe" in kinds(path)


def test_links_and_pipes_in_a_folder_are_unsafe_and_not_followed(tmp_path: Path) -> None:
    path = folder(tmp_path / "p")
    (path / "report.html").unlink()
    (path / "report.html").symlink_to("/etc/hostname")
    os.mkfifo(path / "pipe")
    found = verify_pack(path)
    assert set(found.of_kind("unsafe")) == {"report.html", "pipe"}
    assert found.of_kind("missing") == ("report.html",)


def test_a_link_to_a_folder_is_not_walked(tmp_path: Path) -> None:
    path = folder(tmp_path / "p")
    (path / "loop").symlink_to(path)
    assert verify_pack(path).of_kind("unsafe") == ("loop",)


def test_a_bomb_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = zipped(tmp_path / "p.zip", lambda archive: archive.writestr("top/big", b"0" * 10**6))
    monkeypatch.setattr(verify, "LARGEST_PACK", 10**5)
    with pytest.raises(InputError, match="bytes in the zip"):
        verify_pack(path)
    monkeypatch.setattr(verify, "MOST_FILES", 2)
    with pytest.raises(InputError, match="files in the zip"):
        verify_pack(path)


def test_a_damaged_member_is_named(tmp_path: Path) -> None:
    path = zipped(tmp_path / "p.zip", lambda _archive: None)
    with zipfile.ZipFile(path) as archive:
        where = archive.getinfo("top/verify.py").header_offset + 200
    content = bytearray(path.read_bytes())
    content[where] ^= 0xFF
    path.write_bytes(content)
    assert any(fault.path == "verify.py" for fault in verify_pack(path).faults)


@pytest.mark.parametrize(
    "sums",
    [b"", b"\xff\xfe", b"nonsense\n", b"0" * 64 + b"  ../../etc/passwd\n",
     b"0" * 64 + b"  a\n" + b"1" * 64 + b"  a\n", b"0" * 64 + b"  /etc/passwd\n"],
)  # fmt: skip
def test_sums_that_cannot_be_meant_are_a_fault(tmp_path: Path, sums: bytes) -> None:
    path = folder(tmp_path / "p")
    (path / "SHA256SUMS").write_bytes(sums)
    assert any(fault.path == "SHA256SUMS" for fault in verify_pack(path).faults)


@pytest.mark.parametrize(
    "manifest", [b"", b"[]", b'{"files": 3}', b"\xff", b"[" * 100_000, b'{"files": [{}]}']
)
def test_a_manifest_that_is_none_is_a_fault(tmp_path: Path, manifest: bytes) -> None:
    path = folder(tmp_path / "p")
    (path / "manifest.json").write_bytes(manifest)
    assert any(fault.path == "manifest.json" for fault in verify_pack(path).faults)


def test_a_file_name_cannot_paint_the_terminal(tmp_path: Path) -> None:
    path = folder(tmp_path / "p")
    (path / "\x1b[2Jgone\u202e").write_bytes(b"x")
    done = subprocess.run(
        [sys.executable, "-I", str(path / "verify.py")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 4
    assert done.stdout.isascii()
    assert "\x1b" not in done.stdout
    assert "gone" in done.stdout


def test_a_module_planted_beside_the_verifier_is_not_run(tmp_path: Path) -> None:
    path = folder(tmp_path / "p")
    (path / "hashlib.py").write_text("raise SystemExit(0)")
    done = subprocess.run(
        [sys.executable, "-I", "verify.py"], cwd=path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 4
    assert "hashlib.py" in done.stdout
