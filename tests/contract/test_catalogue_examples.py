"""The examples of docs/catalogues.md work as they stand there, and what it says of removing."""

import re
from pathlib import Path

import pytest

from controls.library import load_library
from secaudit.app.checks import checks_of
from secaudit.app.control_lint import lint
from secaudit.app.setup import init_workspace
from secaudit.app.workspace import Workspace
from secaudit.core.vocabulary import Severity

PAGE = Path(__file__).parents[2] / "docs" / "catalogues.md"
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
PLACES = {
    "raci:": "raci/own.yaml",
    "checks:": "mappings/own.yaml",
    "severities:": "severities.yaml",
    "crosswalk:": "crosswalks/own.yaml",
}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = init_workspace(tmp_path / "ws", "Pemerintah Kota Contoh", "en")
    made.database.close()
    for key, place in PLACES.items():
        (example,) = [text for text in EXAMPLES if re.search(rf"^{key}", text, re.MULTILINE)]
        path = made.folder / "content" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(example, encoding="utf-8")
    return made


def test_every_example_is_laid_over_ours_without_a_fault(workspace: Workspace) -> None:
    assert len(EXAMPLES) == len(PLACES)
    assert [row for row in lint(workspace) if row["level"] == "fault"] == []
    checks = checks_of(workspace)
    assert checks["net.telnet.exposed"].severity is Severity.CRITICAL
    assert checks["cert.weak_key"].severity is Severity.MEDIUM


def overlaid(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        path = folder / name / "own.yaml"
        path.parent.mkdir(parents=True)
        path.write_text("schema_version: 1\n" + text, encoding="utf-8")
    return folder


def test_mappings_relations_and_pairs_can_be_removed_and_pairs_keep_their_relation(
    tmp_path: Path,
) -> None:
    pair = ("iso27001-2013:A.10.1.2", "iso27001-2022:A.8.24")
    law = "perda-pekalongan-3-2026:pasal-26.ayat-5.huruf-c"
    mappings = (
        "checks:\n  net.telnet.exposed:\n"
        "    - {requirement: 'iso27001-2022:A.8.20', removed: true}\n"
        f"requirements:\n  iso27001-2022:A.8.24:\n    - {{requirement: '{law}', removed: true}}\n"
        f"    - {{requirement: '{pair[0]}', removed: true}}\n"
    )
    ours = load_library()
    mapped = load_library(overlaid(tmp_path / "one", mappings=mappings))
    crosswalk = (
        "crosswalk: iso27001-2013-2022\nrows:\n"
        "  - {from: A.10.1.2, to: [{id: A.8.24, removed: true}]}\n"
    )
    crossed = load_library(overlaid(tmp_path / "two", crosswalks=crosswalk))

    def related(library: object, start: str) -> set[str]:
        return {item.requirement for item in library.related(start)}  # type: ignore[attr-defined]

    assert "iso27001-2022:A.8.20" in {x.requirement for x in ours.of_check("net.telnet.exposed")}
    assert "iso27001-2022:A.8.20" not in {
        item.requirement for item in mapped.of_check("net.telnet.exposed")
    }
    assert pair[1] in related(ours, law)
    assert pair[1] not in related(mapped, law)
    assert law not in related(mapped, pair[1])
    assert pair[0] in related(mapped, pair[1])
    assert pair[0] not in related(crossed, pair[1])
    assert pair[1] not in related(crossed, pair[0])
