"""The Statement of Applicability through the command line: begun, filled in, approved, exported."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pypdf
import pytest
from assured_city import AssuredCity
from city_people import register

from secaudit.core.canonical import sha256_hex
from secaudit.core.vocabulary import Outcome

TELNET = ("net.telnet.exposed", "kantor/192.0.2.7:23/tcp")
TLS = ("tls.protocol.tls1_0", "kantor/192.0.2.8:443/tcp")
LAW = "perda-pekalongan-3-2026:pasal-26.ayat-5.huruf-c"
CRYPTOGRAPHY = "iso27001-2022:A.8.24"


@pytest.fixture
def city(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[AssuredCity]:
    made = AssuredCity(tmp_path / "ws", capsys, monkeypatch)
    yield made
    made.workspace.database.close()


@pytest.fixture
def begun(city: AssuredCity) -> AssuredCity:
    city.run("control", "soa", "init", "--note", "sertifikasi pertama")
    return city


def lines(city: AssuredCity, *arguments: str) -> dict[str, dict[str, object]]:
    shown = city.json("control", "soa", "show", *arguments)
    return {line["requirement"]: line for line in shown["lines"]}


def fill(city: AssuredCity) -> None:
    """Decide every control."""
    every = [line.partition(":")[2] for line in lines(city)]
    city.run(
        "control", "soa", "set", *every, "--applicable", "--confirm", "--because", "good_practice",
        "--implementation", "partly", "--owner", "Dinas Contoh",
    )  # fmt: skip


def test_a_draft_has_every_control_and_proposes_the_law_that_binds(begun: AssuredCity) -> None:
    found = lines(begun)
    assert len(found) == 93
    assert all(line["applicable"] is None for line in found.values())
    laws = [item for item in found[CRYPTOGRAPHY]["inclusions"] if item["kind"] == "law"]  # type: ignore[attr-defined]
    assert LAW in {item["reference"] for item in laws}
    assert all(item["proposed"] for item in laws)
    every = {
        item["reference"].partition(":")[0]
        for line in found.values()
        for item in line["inclusions"]  # type: ignore[attr-defined]
    }
    assert "perda-pekalongan-3-2026" in every
    readings = {item["reference"]: item["reading"] for item in laws}
    assert readings[LAW] == ""
    assert readings["uu-27-2022:pasal-35"] == "secondary source"
    assert readings["perbssn-4-2021:pasal-29.ayat-2.huruf-a"] == "third party's copy"
    comparison = {
        "perda-pontianak-9-2022",
        "perwal-bekasi-32-2021",
        "rancangan-perda-pekalongan-2025",
    }
    assert not every & comparison


def test_the_articles_of_one_law_stand_together_with_how_it_was_read(begun: AssuredCity) -> None:
    articles = ("pasal-29.ayat-2.huruf-a", "pasal-29.ayat-2.huruf-b")
    for reason in (LAW, *(f"perbssn-4-2021:{article}" for article in articles)):
        begun.run("control", "soa", "set", "A.8.24", "--because", f"law={reason}")
    told = begun.run("control", "soa", "show", "--format", "csv")
    assert (
        "BSSN Regulation 4/2021 [third party's copy]: Article 29 paragraph (2) letter a,"
        " Article 29 paragraph (2) letter b" in told
    )
    assert told.count("law: Pekalongan") == 1


def test_a_risk_of_the_register_is_proposed_for_the_controls_that_it_contradicts(
    city: AssuredCity,
) -> None:
    city.scan({TELNET: Outcome.FAILED})
    city.run("risk", "propose")
    city.run("control", "soa", "init")
    inclusions = lines(city)["iso27001-2022:A.8.20"]["inclusions"]
    assert {"risk", "law"} >= {item["kind"] for item in inclusions}  # type: ignore[attr-defined]
    assert "R-0001" in {item["reference"] for item in inclusions}  # type: ignore[attr-defined]


def test_what_people_state_and_what_tests_say_stand_apart(city: AssuredCity) -> None:
    city.scan({TELNET: Outcome.FAILED, TLS: Outcome.PASSED})
    city.run("control", "soa", "init")
    city.run("control", "soa", "set", "A.8.20", "--applicable", "--implementation", "implemented")
    found = lines(city)
    assert (found["iso27001-2022:A.8.20"]["implementation"]) == "implemented"
    assert found["iso27001-2022:A.8.20"]["test_state"] == "contradicted"
    assert found["iso27001-2022:A.8.20"]["contradicting"] == ["F-0001"]
    assert found[CRYPTOGRAPHY]["test_state"] == "tested"
    assert found[CRYPTOGRAPHY]["last_tested"]
    assert found["iso27001-2022:A.5.1"]["test_state"] == "no_test"
    untested = {line["test_state"] for line in lines(city, "--at", "2020-01-01").values()}
    assert untested == {"no_test", "never_tested"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["A.8.24"], "nothing to set"),
        (["A.8.99", "--applicable"], "no requirement"),
        (["9.2.1", "--applicable"], "not a control"),
        (["A.8.24", "--because", "hukum=x"], "not a reason"),
        (["A.8.24", "--because", "law"], "needs to say which one"),
        (["A.8.24", "--because", "contract="], "needs to say which one"),
        (["A.8.24", "--because", "law=perda-pekalongan-3-2026:pasal-999"], "no requirement"),
        (["A.8.24", "--because", "law=iso27001-2022:A.5.1"], "no law that binds"),
        (["A.8.24", "--because", "law=perda-pekalongan-3-2026:pasal-1.angka-2"], "no law that"),
        (["A.8.24", "--because", "risk=R-0042"], "no risk"),
        (["A.8.24", "A.8.99", "--applicable"], "no requirement"),
        (["A.8.24", "--evidence", "/nowhere/x.pdf"], "does not exist"),
    ],
)
def test_a_line_that_cannot_be_is_refused_and_changes_nothing(
    begun: AssuredCity, arguments: list[str], said: str
) -> None:
    before = lines(begun)
    begun.run("control", "soa", "set", *arguments, code=2)
    assert said in begun.talk
    assert lines(begun) == before


REASON = "law=rancangan-perda-pekalongan-2025:iii-b.pasal-37.praktik-3"


def test_a_catalogue_for_comparison_is_law_only_where_the_settings_say_so(
    begun: AssuredCity,
) -> None:
    content = begun.workspace.folder / "content" / "catalogs"
    content.mkdir(parents=True, exist_ok=True)
    (content / "x.yaml").write_text(
        "schema_version: 1\ncatalogue: perda-lain\nframework:\n  kind: regulation\n"
        "  title: {id: Perda lain, en: Another}\n  short_title: {id: Perda lain, en: Another}\n"
        "  version: '1'\n  status: comparison\n  confidence: text_read\nrequirements:\n"
        "  - id: pasal-1\n    kind: [obligation]\n    title: {id: Satu, en: One}\n"
        "    summary: {id: Isi, en: Text}\n    testability: manual\n",
        encoding="utf-8",
    )
    reason = ["control", "soa", "set", "A.8.24", "--because", "law=perda-lain:pasal-1"]
    begun.run(*reason, code=2)
    assert "no law that binds" in begun.talk
    settings = begun.workspace.folder / "secaudit.yaml"
    text = settings.read_text(encoding="utf-8").replace("  add: []", "  add: [perda-lain]")
    settings.write_text(text, encoding="utf-8")
    begun.run(*reason)
    settings.write_text(text.replace("perda-lain", "perda-hilang"), encoding="utf-8")
    begun.run(*reason, code=2)
    assert "perda-hilang" in begun.talk


@pytest.mark.parametrize(
    ("added", "said"),
    [
        ("rancangan-perda-pekalongan-2025", "is a draft, and a draft binds nobody"),
        ("perwal-bekasi-32-2021:pasal-15.ayat-4", "is no catalogue"),
    ],
)
def test_the_settings_cannot_make_law_of_a_draft_or_of_one_provision(
    begun: AssuredCity, added: str, said: str
) -> None:
    settings = begun.workspace.folder / "secaudit.yaml"
    text = settings.read_text(encoding="utf-8").replace("  add: []", f"  add: [{added!r}]")
    settings.write_text(text, encoding="utf-8")
    for command in (["calendar"], ["control", "soa", "set", "A.8.24", "--because", REASON]):
        begun.run(*command, code=2)
        assert "secaudit.yaml" in begun.talk
        assert f"{added!r} {said}" in begun.talk


def test_an_approval_names_what_is_open_and_then_closes_the_version(begun: AssuredCity) -> None:
    signed = begun.file("soa-ttd.pdf", "tanda tangan")
    approve = ["control", "soa", "approve", "--approver", "Sekda", "--document", signed]
    begun.run("control", "soa", "set", "A.7.1", "--not-applicable")
    register(begun.workspace)
    begun.run(*approve, code=2)
    assert "not decided whether it applies: A.5.1" in begun.talk
    assert "excluded without a justification: A.7.1" in begun.talk
    assert len(lines(begun, "--open")) == 93
    fill(begun)
    begun.run(
        "control", "soa", "set", "A.7.1", "--not-applicable", "--justification", "tanpa gedung"
    )
    assert begun.json("control", "soa", "show", "--open")["lines"] == []
    begun.run(*approve)
    begun.run(*approve, code=2)
    assert "no draft" in begun.talk
    begun.run("control", "soa", "set", "A.7.1", "--applicable", code=2)
    (row,) = begun.json("control", "soa", "list")
    assert (row["state"], row["approver"], row["document"]["name"]) == (
        "approved",
        "Sekda",
        "soa-ttd.pdf",
    )
    assert begun.trail()[-1] == "soa.approved"


def test_the_next_version_begins_from_the_approved_one_and_the_difference_is_told(
    begun: AssuredCity,
) -> None:
    fill(begun)
    signed = begun.file("soa-ttd.pdf", "tanda tangan")
    register(begun.workspace)
    begun.run("control", "soa", "approve", "--approver", "Sekda", "--document", signed)
    begun.run("control", "soa", "init")
    assert "Copied from SOA-0001" in begun.talk
    assert begun.json("control", "soa", "diff", "SOA-0001", "soa-0002") == []
    begun.run(
        "control", "soa", "set", "A.8.24", "--implementation", "implemented",
        "--drop", f"law={LAW}", "--because", "contract=SPK 12/2026",
        "--evidence", begun.file("bukti.txt"),
    )  # fmt: skip
    found = {
        row["code"]: row for row in begun.json("control", "soa", "diff", "SOA-0001", "SOA-0002")
    }
    assert set(found) == {"implementation", "inclusions", "evidence"}
    assert (found["implementation"]["before"], found["implementation"]["after"]) == (
        "partly implemented",
        "implemented",
    )
    assert LAW in found["inclusions"]["before"]
    assert LAW not in found["inclusions"]["after"]
    assert "SPK 12/2026" in found["inclusions"]["after"]
    begun.run("control", "soa", "diff", "SOA-0001", "SOA-0009", code=2)


def test_the_workbook_has_every_control_and_no_formula(begun: AssuredCity) -> None:
    hostile = '=HYPERLINK("http://192.0.2.1")'
    begun.run("control", "soa", "set", "A.8.24", "--not-applicable", "--justification", hostile)
    target = begun.workspace.folder.parent / "soa.xlsx"
    begun.run("control", "soa", "export", "-o", str(target))
    assert "It is a draft" in begun.talk
    book = openpyxl.load_workbook(io.BytesIO(target.read_bytes()))
    sheet = book.worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    assert len(rows) == 94
    row = next(item for item in rows if item[0] == "A.8.24")
    assert row[3] == "excluded"
    assert not str(row[4]).startswith("=")
    assert {cell.data_type for line in sheet.iter_rows() for cell in line} <= {"s", "n"}


@pytest.mark.parametrize(("language", "words"), [("id", "RANCANGAN"), ("en", "DRAFT")])
def test_the_pdf_says_that_it_is_a_draft_in_either_language(
    begun: AssuredCity, language: str, words: str
) -> None:
    target = begun.workspace.folder.parent / f"soa-{language}.pdf"
    begun.run("control", "soa", "export", "-o", str(target), "--lang", language)
    pages = pypdf.PdfReader(target).pages
    text = "".join(page.extract_text() for page in pages)
    assert words in text
    assert all(number in text for number in ("A.5.1", "A.8.34"))


def test_json_carries_all_of_it_and_equal_facts_make_an_equal_identity(begun: AssuredCity) -> None:
    folder = begun.workspace.folder.parent
    for name in ("a.json", "b.json"):
        begun.run("control", "soa", "export", "SOA-0001", "-o", str(folder / name), "--lang", "id")
    first = json.loads((folder / "a.json").read_bytes())
    assert first == json.loads((folder / "b.json").read_bytes())
    assert len(first["controls"]) == 93
    assert (first["language"], first["state"]) == ("id", "draft")
    begun.run("control", "soa", "export", "-o", str(folder / "a.json"), code=2)
    assert "is there already" in begun.talk


def test_an_export_marks_evidence_that_is_gone(begun: AssuredCity) -> None:
    folder = begun.workspace.folder.parent
    for name in ("ada.pdf", "hilang.pdf"):
        begun.run(
            "control", "soa", "set", "A.8.24", "--evidence", begun.file(name, f"bukti {name}")
        )
    lost = sha256_hex(b"bukti hilang.pdf")
    begun.workspace.evidence.path_of(lost).unlink()

    begun.run("control", "soa", "export", "-o", str(folder / "soa.json"))
    record = json.loads((folder / "soa.json").read_bytes())
    files = next(item for item in record["controls"] if item["number"] == "A.8.24")["evidence"]
    assert {item["name"]: item["missing"] for item in files} == {
        "ada.pdf": False,
        "hilang.pdf": True,
    }


@pytest.mark.parametrize("noun", [("control", "soa", "export"), ("report", "build")])
def test_an_unknown_ending_is_refused_and_a_new_folder_made(
    begun: AssuredCity, noun: tuple[str, ...]
) -> None:
    folder = begun.workspace.folder.parent / "baru" / "lagi"
    more = ("--allow-empty",) if noun[0] == "report" else ()
    begun.run(*noun, "-o", str(folder / "x.doc"), *more, code=2)
    assert "there is no format doc" in begun.talk
    assert "xlsx" in begun.talk
    assert "json" in begun.talk
    assert not folder.exists()
    begun.run(*noun, "-o", str(folder / "x.doc"), "--format", "json", *more)
    assert json.loads((folder / "x.doc").read_bytes())
    begun.run(*noun, "-o", str(folder / "x.JSON"), *more)
    begun.run(*noun, "-o", str(folder / "x"), *more)


def test_a_standard_without_annex_a_has_no_statement(city: AssuredCity) -> None:
    city.run("control", "soa", "show", code=2)
    assert "control soa init" in city.talk
    city.run("control", "soa", "init", "--framework", "uu-27-2022", code=2)
    assert "no Annex A" in city.talk
    city.run("control", "soa", "init", "--framework", "iso27001-2013")
    assert len(lines(city, "--framework", "iso27001-2013")) == 114
