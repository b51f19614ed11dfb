import ast
import json
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from report_sample import digest, sample

from reports.pack import build as building
from reports.pack import standalone
from reports.pack.build import build_pack
from reports.pack.contents import TIME_FIELDS, EvidenceFile, PackContents
from reports.pack.verify import read_manifest, verify_pack
from secaudit.core.errors import InputError, InternalError, NotFoundError, RefusedError

MADE = datetime(2026, 11, 21, 4, tzinfo=UTC)


def contents(language: str = "id") -> PackContents:
    raw = {
        digest(f"raw {number}"): EvidenceFile(f"raw {number}".encode(), "text/plain")
        for number in range(8)
    }
    return PackContents(
        data=sample(language, 9),
        created_at=MADE,
        created_by="auditor@contoh",
        trail_position=7,
        trail_hash="ab" * 32,
        snapshot={"catalogues/iso/people.yaml": b"a: 1\n", "mappings/cert.yaml": b"b: 2\n"},
        evidence=raw.get,
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("packs") / "paket"
    build_pack(contents(), path)
    return path


@pytest.fixture
def pack(built: Path, tmp_path: Path) -> Path:
    return shutil.copytree(built, tmp_path / "paket")


def run_inside(pack: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", "verify.py"], cwd=pack, capture_output=True, text=True, check=False
    )


def files_of(pack: Path) -> dict[str, bytes]:
    return {
        path.relative_to(pack).as_posix(): path.read_bytes()
        for path in pack.rglob("*")
        if path.is_file()
    }


def test_a_pack_verifies_three_ways(pack: Path) -> None:
    found = verify_pack(pack)
    assert found.faults == ()
    assert found.files == len(files_of(pack))
    own = run_inside(pack)
    assert own.returncode == 0, own.stdout
    assert "Paket utuh" in own.stdout
    assert "The pack is whole" in own.stdout
    assert str(found.sums_sha256) in own.stdout
    sums = subprocess.run(
        ["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=pack, capture_output=True, check=False
    )
    assert sums.returncode == 0, sums.stdout


def test_what_a_pack_holds(pack: Path) -> None:
    names = set(files_of(pack))
    assert {
        "report.html", "report.pdf", "findings.xlsx", "results.json", "manifest.json",
        "SHA256SUMS", "verify.py", "README.txt", "catalogues/iso/people.yaml",
        "mappings/cert.yaml",
    } <= names  # fmt: skip
    evidence = sorted(name for name in names if name.startswith("evidence/"))
    assert evidence == sorted(f"evidence/{digest(f'raw {number}')}.txt" for number in range(8))


def test_the_manifest_says_where_the_pack_comes_from(pack: Path) -> None:
    manifest = read_manifest(pack)
    assert manifest["schema_version"] == 1
    assert manifest["created_by"] == "auditor@contoh"
    assert manifest["audit_trail"] == {"position": 7, "hash": "ab" * 32}
    assert manifest["authorisations"][0]["number"] == "ST/001/XI/2026"
    assert manifest["period"] == {
        "first": "2026-10-01", "last": "2026-11-21", "timezone": "Asia/Jakarta",
    }  # fmt: skip
    listed = {item["path"] for item in manifest["files"]}
    assert listed == set(files_of(pack)) - {"manifest.json", "SHA256SUMS"}


def test_evidence_that_is_not_there_is_named(pack: Path) -> None:
    omitted = read_manifest(pack)["evidence_omitted"]
    assert {"sha256": digest("raw 8"), "reason": "not_in_store"} in omitted
    assert {"sha256": digest("surat tugas"), "reason": "not_in_store"} in omitted


def test_evidence_is_bounded_and_never_taken_on_trust(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "LARGEST_EVIDENCE_FILE", 3)
    build_pack(contents(), tmp_path / "small")
    reasons = {item["reason"] for item in read_manifest(tmp_path / "small")["evidence_omitted"]}
    assert "too_large" in reasons
    swapped = replace(contents(), evidence=lambda _digest: EvidenceFile(b"!", "text/plain"))
    build_pack(swapped, tmp_path / "swapped")
    reasons = {item["reason"] for item in read_manifest(tmp_path / "swapped")["evidence_omitted"]}
    assert reasons == {"changed_in_store"}


def test_equal_input_makes_equal_bytes_but_for_time(built: Path, tmp_path: Path) -> None:
    later = replace(
        contents(), created_at=MADE + timedelta(days=1), trail_position=8, trail_hash="cd" * 32
    )
    build_pack(later, tmp_path / "later")
    first, second = files_of(built), files_of(tmp_path / "later")
    assert set(first) == set(second)
    differing = {name for name in first if first[name] != second[name]}
    assert differing == {"manifest.json", "SHA256SUMS"}
    one, two = json.loads(first["manifest.json"]), json.loads(second["manifest.json"])
    assert {key for key in one if one[key] != two[key]} <= set(TIME_FIELDS)
    assert one["time_fields"] == list(TIME_FIELDS)
    build_pack(contents(), tmp_path / "again")
    assert files_of(tmp_path / "again") == first


def test_a_zip_is_the_same_pack_and_the_same_bytes(tmp_path: Path) -> None:
    one, two = tmp_path / "one.zip", tmp_path / "two.zip"
    summary = build_pack(contents(), one)
    build_pack(contents(), two)
    assert one.read_bytes() == two.read_bytes()
    found = verify_pack(one)
    assert found.faults == ()
    assert found.sums_sha256 == summary.sums_sha256
    assert found.manifest["identity"] == summary.identity
    with zipfile.ZipFile(one) as archive:
        archive.extractall(tmp_path / "out")
    inside = tmp_path / "out" / f"secaudit-{summary.identity}"
    assert run_inside(inside).returncode == 0


@pytest.mark.parametrize(
    "name", ["report.pdf", "results.json", "manifest.json", "verify.py", "mappings/cert.yaml"]
)
def test_a_flipped_byte_is_found_and_named(pack: Path, name: str) -> None:
    path = pack / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert name in verify_pack(pack).of_kind("changed")
    if name != "verify.py":
        own = run_inside(pack)
        assert own.returncode == 4
        assert f"berubah / changed: {name}" in own.stdout


def test_missing_and_added_files_are_named(pack: Path) -> None:
    (pack / "findings.xlsx").unlink()
    (pack / "evidence" / "extra.bin").write_bytes(b"x")
    found = verify_pack(pack)
    assert found.of_kind("missing") == ("findings.xlsx",)
    assert found.of_kind("added") == ("evidence/extra.bin",)
    own = run_inside(pack)
    assert own.returncode == 4
    assert "hilang / missing: findings.xlsx" in own.stdout
    assert "ditambahkan / added: evidence/extra.bin" in own.stdout


def test_sums_that_were_rewritten_still_disagree_with_the_manifest(pack: Path) -> None:
    old = digest("a: 1\n")
    (pack / "catalogues/iso/people.yaml").write_bytes(b"a: 2\n")
    sums = pack / "SHA256SUMS"
    sums.write_text(sums.read_text().replace(old, digest("a: 2\n")))
    assert verify_pack(pack).of_kind("disagrees") == ("catalogues/iso/people.yaml",)


def test_a_pack_without_its_sums_is_not_whole(pack: Path) -> None:
    (pack / "SHA256SUMS").unlink()
    assert verify_pack(pack).of_kind("missing") == ("SHA256SUMS",)
    assert run_inside(pack).returncode == 4


def test_nothing_is_overwritten_unasked(pack: Path, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="is there already"):
        build_pack(contents(), pack)
    (pack / "report.html").write_text("old")
    build_pack(contents(), pack, overwrite=True)
    assert verify_pack(pack).faults == ()
    archive = tmp_path / "a.zip"
    build_pack(contents(), archive)
    build_pack(contents(), archive, overwrite=True)
    assert verify_pack(archive).faults == ()
    assert {path.name for path in tmp_path.iterdir()} == {"paket", "a.zip"}


@pytest.mark.parametrize("name", ["precious", "precious.zip"])
def test_only_a_pack_is_ever_replaced(tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    if target.suffix:
        target.write_text("not a zip")
    else:
        target.mkdir()
        (target / "thesis.txt").write_text("years of work")
    with pytest.raises(RefusedError, match="never replaced"):
        build_pack(contents(), target, overwrite=True)
    assert target.exists()


def test_a_failure_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(building, "render_xlsx", full)
    with pytest.raises(InternalError, match="No space left"):
        build_pack(contents(), tmp_path / "paket")
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_pack_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        verify_pack(tmp_path / "absent")
    (tmp_path / "text.zip").write_text("not a zip")
    with pytest.raises(InputError):
        verify_pack(tmp_path / "text.zip")
    with pytest.raises(InputError):
        read_manifest(tmp_path)


def test_the_readme_speaks_both_languages_the_packs_own_first(pack: Path) -> None:
    text = (pack / "README.txt").read_text("utf-8")
    assert text.index("PAKET BUKTI") < text.index("EVIDENCE PACK")
    assert "CONTOH" in text


def test_the_verifier_is_python_3_8_and_standard_library_alone() -> None:
    source = Path(standalone.__file__).read_text("utf-8")
    tree = ast.parse(source, feature_version=(3, 8))
    imported = {
        (alias.name if isinstance(node, ast.Import) else str(node.module)).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert imported <= sys.stdlib_module_names


def test_no_json_of_a_pack_steers_a_terminal(tmp_path: Path) -> None:
    hostile = "\u009b31m\u202e\u2028"
    kept = contents()
    named = replace(kept, data=replace(kept.data, organisation=f"Kota {hostile}"))
    build_pack(named, tmp_path / "paket")
    for name in ("results.json", "manifest.json"):
        text = (tmp_path / "paket" / name).read_text(encoding="utf-8")
        assert not set(hostile[0] + hostile[-2:]) & set(text)
    read = json.loads((tmp_path / "paket" / "results.json").read_bytes())
    assert read["organisation"] == f"Kota {hostile}"
    assert run_inside(tmp_path / "paket").returncode == 0
