"""``secaudit control`` shows editions, readings, matrices and exports, and lints all at once."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from secaudit.app.checks import checks_of
from secaudit.app.control_lint import lint
from secaudit.app.setup import init_workspace
from secaudit.app.workspace import Workspace
from secaudit.cli.main import run
from secaudit.core.vocabulary import Severity
from secaudit.text.language import Language, set_language


@pytest.fixture
def ask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SECAUDIT_WORKSPACE", raising=False)

    def answer(*arguments: str, code: int = 0) -> str:
        set_language(Language.ENGLISH)
        assert run(["control", *arguments]) == code
        captured = capsys.readouterr()
        return captured.err if code else captured.out

    return answer


@pytest.fixture
def workspace(tmp_path: Path) -> Any:
    made = init_workspace(tmp_path / "ws", "Pemerintah Kota Contoh", "en")
    set_language(Language.ENGLISH)
    yield made
    made.database.close()


def _put(workspace: Workspace, name: str, text: str) -> None:
    path = workspace.folder / "content" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_successors_and_ancestors_are_shown(ask: Callable[..., str]) -> None:
    old = json.loads(ask("show", "iso27001-2013:A.10.1.1", "--format", "json"))
    new = json.loads(ask("show", "a.8.24", "--format", "json"))

    [pair] = old["successors"]
    assert pair["requirement"] == "iso27001-2022:A.8.24"
    assert (pair["change"], pair["relation"], pair["confirmed"]) == ("merged", "intersects", None)
    assert [item["requirement"] for item in new["ancestors"]] == [
        "iso27001-2013:A.10.1.1",
        "iso27001-2013:A.10.1.2",
    ]
    assert not {item["requirement"] for item in new["ancestors"]} & {
        item["requirement"] for item in new["related"]
    }
    text = ask("show", "iso27001-2013:A.10.1.1")
    assert "[superseded]" in text
    assert "merged; overlaps with, unconfirmed" in text


def test_2013_has_114_controls_in_the_list(ask: Callable[..., str]) -> None:
    rows = json.loads(ask("list", "--framework", "iso27001-2013", "--format", "json"))

    assert sum(row["type"] == "control" for row in rows) == 114


def test_a_bare_number_is_refused_with_its_candidates(ask: Callable[..., str]) -> None:
    talk = ask("show", "5.1", code=2)

    assert "iso27001-2022:5.1, iso27001-2022:A.5.1" in talk


def test_a_reading_is_told_wherever_it_is_cited(ask: Callable[..., str]) -> None:
    assert "letter k [third party's copy]" in ask("show", "A.8.24")
    assert "[secondary source]" in ask("show", "uu-27-2022:pasal-46")
    assert "72 hours" in ask("show", "uu-27-2022:pasal-46")


def test_a_catalogue_of_which_only_the_title_is_known(ask: Callable[..., str]) -> None:
    record = json.loads(ask("show", "perpres-82-2023", "--format", "json"))

    assert record["requirements"] == 0
    assert "Only its number and title" in record["note"]
    rows = json.loads(ask("list", "--catalogues", "--format", "json"))
    assert {row["id"]: row["confidence"] for row in rows}["perpres-95-2018"] == "mirror_read"


def test_the_matrix_leaves_open_cells_open(ask: Callable[..., str]) -> None:
    [matrix] = json.loads(ask("raci", "--format", "json"))

    assert matrix["open_cells"] == 9
    assert matrix["tasks"][2]["cells"]["wali-kota"]["letters"] is None
    assert "? (C)" in ask("raci", "perwal-pekalongan-26-2021")
    assert "there are: perwal-pekalongan-26-2021" in ask("raci", "entah", code=2)


def test_a_task_names_the_provision_that_gives_it(ask: Callable[..., str]) -> None:
    [matrix] = json.loads(ask("raci", "--format", "json"))
    given = "perwal-pekalongan-26-2021:pasal-4.ayat-2.huruf-e"

    assert matrix["tasks"][0]["requirement"] == given
    cited = "Article 4 paragraph (2) letter e"
    assert matrix["tasks"][0]["requirement_citation"] == cited
    assert f"ICT audit ({cited})" in ask("raci")
    assert given in ask("raci", "--format", "csv").splitlines()[1]


def test_an_export_is_written_to_a_file_or_printed(ask: Callable[..., str], tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    arguments = ("export", "--format", "oscal-catalog", "--framework", "iso27001-2013")

    ask(*arguments, "--output", str(path))

    assert json.loads(path.read_text(encoding="utf-8")) == json.loads(ask(*arguments))
    assert "c.json" in ask(*arguments, "--output", str(tmp_path / "none" / "c.json"), code=2)


def test_lint_tells_all_faults_at_once_each_with_its_place(workspace: Workspace) -> None:
    _put(
        workspace,
        "catalogs/own.yaml",
        """\
schema_version: 1
catalogue: iso27001-2022
requirements:
  - id: A.8.24
    kind: [control]
    title: {id: a}
    summary: {id: a, en: b}
    testability: manual
  - id: A.8.25
    kind: [control]
    tittle: {id: a, en: b}
    summary: {id: a, en: b}
    testability: manual
""",
    )
    row = "{relation: touches, rationale: {id: a, en: b}, requirement"
    _put(
        workspace,
        "mappings/own.yaml",
        f"""\
schema_version: 1
checks:
  net.telnet.exposed:
    - {row}: "iso27001-2013:A.99.9"}}
    - {row}: "iso27001-2013:A.13.1.1"}}
    - {row}: "iso27001-2013:A.13.1.1"}}
requirements:
  iso27001-2013:A.5.1.1:
    - {{requirement: "iso27001-2013:A.5.1.2", relation: subset, rationale: {{id: a, en: b}}}}
  iso27001-2013:A.5.1.2:
    - {{requirement: "iso27001-2013:A.6.1.1", relation: subset, rationale: {{id: a, en: b}}}}
  iso27001-2013:A.6.1.1:
    - {{requirement: "iso27001-2013:A.5.1.1", relation: subset, rationale: {{id: a, en: b}}}}
""",
    )
    _put(workspace, "severities.yaml", "severities:\n  no.such: {severity: low, reason: a}\n")
    _put(
        workspace,
        "raci/own.yaml",
        """\
schema_version: 1
raci: perwal-pekalongan-26-2021
confirmed:
  - {task: baris-3, actor: gcio, letters: [A], by: Bagian Hukum, on: 2999-01-01}
""",
    )

    rows = [row for row in lint(workspace) if row["level"] == "fault"]

    found = {(row["code"], row["source"].rpartition("/")[2]) for row in rows}
    assert found >= {
        ("missing", "own.yaml:6"),
        ("unreadable", "own.yaml:11"),
        ("unknown_id", "own.yaml:4"),
        ("duplicate", "own.yaml:6"),
        ("unknown_check", "severities.yaml:2"),
        ("date_in_future", "own.yaml:4"),
    }
    assert "cycle" in {row["code"] for row in rows}
    assert all(row["source"].rpartition(":")[2].isdigit() for row in rows)


def test_a_workspace_sets_severities_in_a_file_like_its_others(workspace: Workspace) -> None:
    _put(
        workspace,
        "severities.yaml",
        "schema_version: 1\nseverities:\n  tls.protocol.tls1_0: {severity: critical, reason: a}\n",
    )

    assert not [row for row in lint(workspace) if row["level"] == "fault"]
    assert checks_of(workspace)["tls.protocol.tls1_0"].severity is Severity.CRITICAL


def test_gaps_in_a_regulation_are_worth_knowing_and_no_fault(workspace: Workspace) -> None:
    rows = lint(workspace)

    assert {row["level"] for row in rows} <= {"information"}
    about = {row["about"]: row["message"] for row in rows}
    assert about["perbssn-4-2021:pasal-33.ayat-2.huruf-"].endswith("e, f, i")


def test_an_old_requirement_that_no_row_speaks_of_is_a_fault(workspace: Workspace) -> None:
    _put(
        workspace,
        "crosswalks/own.yaml",
        """\
schema_version: 1
crosswalk: iso27001-2013-2022
rows:
  - from: A.5.1.1
    to: [{id: A.5.1, removed: true}]
""",
    )

    [row] = [row for row in lint(workspace) if row["level"] == "fault"]

    assert (row["code"], row["about"]) == ("not_in_crosswalk", "iso27001-2013:A.5.1.1")


def test_a_fault_of_form_hides_no_other_fault(workspace: Workspace) -> None:
    """All are told at once, each at its line, and nothing that follows from another."""
    _put(
        workspace,
        "catalogs/own.yaml",
        """\
schema_version: 1
catalogue: perda-contoh
framework:
  kind: regulation
  title: {id: Perda Contoh, en: Sample regulation}
  short_title: {id: Contoh, en: Sample}
  version: "1"
  status: in_force
  confidence: text_read
requirements:
  - {id: pasal-1, kind: [obligation], title: {id: a, en: b}, summary: {id: satu}}
  - {id: pasal-2, kind: [obligation], title: {id: a, en: b}, summary: {id: sama, en: sama},
     testability: manual, related: ["perda-contoh:pasal-1", "perda-contoh:pasal-9"]}
  - {id: pasal-3, kind: [duty], title: {id: a, en: b}}
  - {id: pasal-2, kind: [obligation], title: {id: a, en: b}, summary: {id: a, en: b},
     testability: manual}
  - {id: pasal-4, kind: [obligation], title: {id: a, en: b}, testability: manual, draft: true}
""",
    )
    _put(
        workspace,
        "mappings/own.yaml",
        """\
schema_version: 1
colour: blue
checks:
  net.telnet.exposed:
    - {requirement: "iso27001-2022:A.8.20", relation: tests}
    - {requirement: "iso27001-2022:A.9.99", removed: true}
    - {requirement: "perda-contoh:pasal-3", removed: true}
  cert.expired: []
  no.such: [{requirement: "iso27001-2022:A.8.24", removed: true}]
  no.such.check:
    - {requirement: "iso27001-2022:A.8.24", relation: touches, rationale: {id: a, en: b}}
""",
    )
    _put(
        workspace,
        "severities.yaml",
        "severities:\n  no.such: {severity: low, reason: a}\n  cert.expired: {severity: worst}\n",
    )

    rows = [row for row in lint(workspace) if row["level"] == "fault"]
    at = {(row["source"].partition("content/")[2], row["code"]) for row in rows}

    assert at == {
        ("catalogs/own.yaml:11", "missing"),  # summary.en and testability
        ("catalogs/own.yaml:12", "untranslated"),
        ("catalogs/own.yaml:13", "unknown_id"),
        ("catalogs/own.yaml:14", "missing"),  # testability
        ("catalogs/own.yaml:14", "unreadable"),  # duty
        ("catalogs/own.yaml:15", "duplicate"),
        ("catalogs/own.yaml:17", "to_be_completed"),
        ("mappings/own.yaml:2", "unreadable"),
        ("mappings/own.yaml:5", "unreadable"),
        ("mappings/own.yaml:6", "unknown_id"),
        ("mappings/own.yaml:8", "unreadable"),
        ("mappings/own.yaml:11", "unknown_check"),
        ("severities.yaml:2", "unknown_check"),
        ("severities.yaml:3", "missing"),  # reason
        ("severities.yaml:3", "unreadable"),  # worst
    }


def test_what_lies_in_a_faulty_part_is_not_called_unknown(workspace: Workspace) -> None:
    _put(workspace, "crosswalks/head.yaml", "schema_version: 1\ncrosswalk: own\neditions: {}\n")
    _put(
        workspace,
        "crosswalks/rows.yaml",
        "schema_version: 1\ncrosswalk: own\nrows: [{from: A.5.1.1, to: [{id: A.5.1}]}]\n",
    )
    _put(
        workspace,
        "raci/own.yaml",
        "schema_version: 1\nraci: own\nmatrix: {}\n"
        "confirmed: [{task: a, actor: b, letters: [A], by: c, on: 2026-01-01}]\n",
    )
    _put(workspace, "catalogs/one.yaml", "schema_version: 1\ncatalogue: own\nframework: {}\n")
    _put(
        workspace,
        "catalogs/two.yaml",
        "schema_version: 1\ncatalogue: own\nrequirements:\n  - {id: a, kind: [role],"
        " title: {id: a, en: b}, summary: {id: a, en: b}, testability: manual, bearers: [x]}\n",
    )
    _put(workspace, "mappings/text.yaml", "not: [yaml\n")

    rows = [row for row in lint(workspace) if row["level"] == "fault"]

    assert {row["source"].rpartition("/")[2].partition(":")[0] for row in rows} == {
        *("head.yaml", "own.yaml", "one.yaml", "text.yaml")
    }
    assert {row["code"] for row in rows} == {"missing", "unreadable"}
