"""A workspace into one file and back: verified, or nothing."""

import gzip
import io
import json
import os
import sqlite3
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from secaudit.app.backup import backup, restore
from secaudit.app.setup import init_workspace
from secaudit.app.workspace import open_workspace
from secaudit.core.canonical import sha256_hex
from secaudit.core.errors import InternalError, RefusedError, VerificationError
from secaudit.ledger import trail
from secaudit.registry import assets
from secaudit.registry.assets import Asset


@pytest.fixture
def city(tmp_path: Path) -> Path:
    workspace = init_workspace(tmp_path / "kota", "Pemerintah Kota Contoh")
    workspace.evidence.put(b"a banner", "text/plain")
    (workspace.folder / "trust" / "root.pem").write_text("a root", encoding="ascii")
    (workspace.folder / "content" / "own").mkdir()
    (workspace.folder / "content" / "own" / "a.yaml").write_text("a: 1\n", encoding="ascii")
    (workspace.folder / "backups").mkdir()
    (workspace.folder / "backups" / "old.sqlite").write_bytes(b"old")
    with workspace.change() as change:
        assets.upsert(change.connection, Asset("", "Portal", "Dinas Contoh", "kantor"))
        change.record("asset.add", "A-0001")
    return workspace.folder


@pytest.fixture
def saved(city: Path) -> Path:
    # The workspace is still open elsewhere: its newest rows are in the write-ahead log.
    backup(open_workspace(city), city.parent / "kota.tar.gz")
    return city.parent / "kota.tar.gz"


def members(path):
    with tarfile.open(path, "r:gz") as archive:
        return [(member, archive.extractfile(member).read()) for member in archive]


def rewrite(path, change):
    kept = members(path)
    with tarfile.open(path, "w:gz") as archive:
        for member, content in change(kept):
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


def test_everything_comes_back(city, saved, tmp_path):
    assert saved.stat().st_mode & 0o777 == 0o600
    workspace = restore(saved, tmp_path / "new")
    with workspace.view() as connection:
        assert [asset.name for asset in assets.list_all(connection)] == ["Portal"]
        assert trail.verify(connection) is None
        assert [row.action for row in trail.entries(connection)] == [
            "workspace.init",
            "asset.add",
            "workspace.restore",
        ]
    assert workspace.evidence.get(sha256_hex(b"a banner")) == b"a banner"
    for name in ("secaudit.yaml", "holidays.yaml", "trust/root.pem", "content/own/a.yaml"):
        assert (workspace.folder / name).read_bytes() == (city / name).read_bytes()
    assert not (workspace.folder / "backups").exists()
    assert workspace.folder.stat().st_mode & 0o777 == 0o700
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kota", "kota.tar.gz", "new"]


def test_the_manifest_lists_every_file_and_the_head_of_the_trail(city, saved):
    found = members(saved)
    assert found[-1][0].name == "manifest.json"
    manifest = json.loads(found[-1][1])
    assert {entry["path"]: entry["sha256"] for entry in manifest["files"]} == {
        member.name: sha256_hex(content) for member, content in found[:-1]
    }
    with open_workspace(city).view() as connection:
        head = trail.head(connection)
    assert (manifest["trail_position"], manifest["trail_head"]) == head


def test_restore_needs_an_empty_place(saved, tmp_path):
    (tmp_path / "empty").mkdir()
    restore(saved, tmp_path / "empty")
    with pytest.raises(RefusedError, match="not empty"):
        restore(saved, tmp_path / "empty")
    with pytest.raises(RefusedError, match="not empty"):
        restore(saved, saved)
    with pytest.raises(RefusedError, match="not a file"):
        restore(tmp_path / "none", tmp_path / "x")


def test_a_backup_is_never_overwritten(city, saved):
    before = saved.read_bytes()
    with pytest.raises(RefusedError, match="exists"):
        backup(open_workspace(city), saved)
    assert saved.read_bytes() == before


def test_a_backup_inside_the_workspace_does_not_hold_itself(city, tmp_path):
    backup(open_workspace(city), city / "a.tar.gz")
    names = [member.name for member, _ in members(city / "a.tar.gz")]
    assert "a.tar.gz" not in names
    assert restore(city / "a.tar.gz", tmp_path / "new")


def flip(kept, name):
    return [
        (member, content[:-1] + bytes([content[-1] ^ 1]) if member.name == name else content)
        for member, content in kept
    ]


def plain(name, kind=tarfile.REGTYPE, link=""):
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, link
    return member


CHANGES = {
    "a changed file": lambda kept: flip(kept, "holidays.yaml"),
    "a changed database": lambda kept: flip(kept, "secaudit.sqlite"),
    "a missing file": lambda kept: [item for item in kept if item[0].name != "holidays.yaml"],
    "an added file": lambda kept: [(plain("trust/evil.pem"), b"x"), *kept],
    "a file after the list": lambda kept: [*kept, (plain("trust/evil.pem"), b"x")],
    "a file twice": lambda kept: [kept[0], *kept],
    "no list": lambda kept: kept[:-1],
    "an empty archive": lambda _kept: [],
    "a list that is no list": lambda kept: [*kept[:-1], (kept[-1][0], b"[]")],
    "a parent's file": lambda kept: [(plain("../evil"), b"x"), *kept],
    "a parent's file below": lambda kept: [(plain("trust/../../evil"), b"x"), *kept],
    "an absolute file": lambda kept: [(plain("/evil"), b"x"), *kept],
    "a link": lambda kept: [(plain("trust/a", tarfile.SYMTYPE, "/etc/passwd"), b""), *kept],
    "a hard link": lambda kept: [(plain("trust/a", tarfile.LNKTYPE, "secaudit.yaml"), b""), *kept],
    "a device": lambda kept: [(plain("trust/a", tarfile.CHRTYPE), b""), *kept],
    "a name with a line break": lambda kept: [(plain("trust/a\nb"), b""), *kept],
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_was_changed_is_refused_and_leaves_nothing(saved, tmp_path, what):
    rewrite(saved, CHANGES[what])
    with pytest.raises(VerificationError):
        restore(saved, tmp_path / "new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kota", "kota.tar.gz"]


@pytest.mark.parametrize("cut", [0, 10, 500, -200, -1])
def test_a_cut_backup_is_refused(saved, tmp_path, cut):
    saved.write_bytes(saved.read_bytes()[:cut])
    with pytest.raises(VerificationError):
        restore(saved, tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    "content",
    [b"", b"a letter", gzip.compress(b"a letter" * 1000, mtime=0)],
    ids=["empty", "no archive", "compressed"],
)
def test_what_is_no_backup_is_refused(tmp_path, content):
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(VerificationError):
        restore(tmp_path / "x", tmp_path / "new")


def with_database(saved, statement):
    """Change the database inside, with a manifest that agrees: only the trail can tell."""

    def change(kept):
        scratch = saved.with_name("scratch.sqlite")
        by_name = {member.name: [member, content] for member, content in kept}
        scratch.write_bytes(by_name["secaudit.sqlite"][1])
        connection = sqlite3.connect(scratch)
        with connection:
            for part in statement.split(";"):
                connection.execute(part)
        connection.close()
        content = scratch.read_bytes()
        scratch.unlink()
        manifest = json.loads(by_name["manifest.json"][1])
        for entry in manifest["files"]:
            if entry["path"] == "secaudit.sqlite":
                entry.update(size=len(content), sha256=sha256_hex(content))
        by_name["secaudit.sqlite"][1] = content
        by_name["manifest.json"][1] = json.dumps(manifest).encode()
        return list(by_name.values())

    rewrite(saved, change)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "DROP TRIGGER audit_trail_no_update; UPDATE audit_trail SET actor = 'x'",
            "row 1 was changed after it was written",
        ),
        (
            "DROP TRIGGER audit_trail_no_delete; DELETE FROM audit_trail WHERE position = 2",
            "not the one that the backup lists",
        ),
    ],
)
def test_a_rewritten_trail_is_refused(saved, tmp_path, statement, said):
    with_database(saved, statement)
    with pytest.raises(VerificationError, match=said):
        restore(saved, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_backup_of_a_newer_version_is_refused(saved, tmp_path):
    with_database(saved, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(RefusedError, match="newer secaudit"):
        restore(saved, tmp_path / "new")


def test_no_place_for_a_backup_is_named(city):
    with pytest.raises(InternalError, match="cannot be written"):
        backup(open_workspace(city), city / "none" / "a.tar.gz")


def test_the_commands(city, tmp_path):
    def secaudit(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "secaudit", "--lang", "en", *map(str, arguments)],
            env={**os.environ, "SECAUDIT_WORKSPACE": str(city)},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    done = secaudit("backup", "b.tar.gz")
    assert done.returncode == 0, done.stderr
    assert "b.tar.gz" in done.stderr
    assert secaudit("backup", "b.tar.gz").returncode == 2
    assert secaudit("restore", "b.tar.gz", "new").returncode == 0
    assert secaudit("restore", "b.tar.gz", "new").returncode == 2
    (tmp_path / "cut").write_bytes((tmp_path / "b.tar.gz").read_bytes()[:900])
    done = secaudit("restore", "cut", "other")
    assert done.returncode == 4
    assert "is not a whole backup" in done.stderr
