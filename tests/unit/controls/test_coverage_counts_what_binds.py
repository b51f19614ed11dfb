"""Sums hold what binds the organisation; drafts, comparison and superseded texts stand apart."""

import json
from pathlib import Path

import pytest

from controls.library import load_library
from secaudit.app.binding import binding_requirements
from secaudit.app.controls import coverage
from secaudit.app.setup import init_workspace
from secaudit.app.workspace import Workspace, open_workspace
from secaudit.cli.main import run
from secaudit.core.vocabulary import LegalStatus
from secaudit.text.language import Language, set_language

PONTIANAK = "perda-pontianak-9-2022"
DRAFT = "rancangan-perda-pekalongan-2025"
DROPPED = "iso27001-2022:A.8.24"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = init_workspace(tmp_path / "ws", "Pemerintah Kota Contoh", "en")
    made.database.close()
    return made.folder


def settled(folder: Path, *, add: str = "", drop: str = "") -> Workspace:
    path = folder / "secaudit.yaml"
    text = path.read_text(encoding="utf-8")
    for key, name in (("add", add), ("drop", drop)):
        assert f"  {key}: []" in text
        text = text.replace(f"  {key}: []", f"  {key}: [{name!r}]" if name else f"  {key}: []")
    path.write_text(text, encoding="utf-8")
    return open_workspace(folder)


def test_only_what_binds_is_counted(folder: Path) -> None:
    workspace = settled(folder)
    found = coverage(workspace)
    workspace.database.close()

    binding = binding_requirements(load_library(), workspace.settings.binding)
    assert {row["id"] for row in found.rows} < binding
    assert {row["status"] for row in found.rows} == {LegalStatus.IN_FORCE}
    assert {row["status"] for row in found.beside} == {"comparison", "draft", "superseded"}
    assert sum(found.standings.values()) == len(found.rows)
    assert all(row["binds"] for row in found.rows)
    assert not any(row["binds"] for row in found.beside)


def test_the_settings_decide_on_what_is_counted(folder: Path) -> None:
    workspace = settled(folder, add=PONTIANAK, drop=DROPPED)
    found = coverage(workspace)
    workspace.database.close()

    assert PONTIANAK in {row["framework"] for row in found.rows}
    assert PONTIANAK not in {row["framework"] for row in found.beside}
    assert DROPPED in {row["id"] for row in found.beside}
    assert DROPPED not in {row["id"] for row in found.rows}


def test_a_catalogue_asked_for_by_name_is_counted_by_itself(folder: Path) -> None:
    workspace = settled(folder)
    found = coverage(workspace, DRAFT)
    workspace.database.close()

    assert found.beside == ()
    assert sum(found.standings.values()) == len(found.rows) > 300
    assert not any(row["binds"] for row in found.rows)


def test_the_terminal_lists_the_others_below_and_does_not_add_them(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    workspace = settled(folder, drop=DROPPED)
    counted = len(coverage(workspace).rows)
    workspace.database.close()
    set_language(Language.ENGLISH)
    whole = ["--workspace", str(folder), "--lang", "en", "control", "coverage"]

    assert run(whole) == 0
    printed, talk = capsys.readouterr()
    places = [
        printed.index(f"Not counted: {why}\n")
        for why in ("for comparison only", "draft, not in force", "superseded", "not binding here")
    ]
    assert places == sorted(places)
    assert all(
        place < printed.index(name)
        for place, name in zip(places, ("Pontianak", "Pekalongan draft"), strict=False)
    )
    assert max(map(len, printed.splitlines())) <= 80
    assert f"\nnever tested: {counted}\n" in talk
    assert "Not counted: not binding here (1)\n" in talk

    assert run([*whole, "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert sum(row["binds"] for row in rows) == counted < len(rows)
