"""A regulation through the command line into a real workspace, and its words on the way out."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sample_pdfs import of_text
from sample_regulation import BODY, HEAD, WHOLE

from controls.library import load_library
from reports.html import render_html
from secaudit.app import regulations
from secaudit.app.articles import article_text
from secaudit.app.checks import checks_of
from secaudit.app.packs import report_data
from secaudit.app.reporting.request import PackRequest
from secaudit.app.setup import init_workspace
from secaudit.cli.main import run
from secaudit.core.errors import InternalError, VerificationError
from secaudit.core.observation import CheckResult
from secaudit.core.subject import parse_subject
from secaudit.core.vocabulary import LegalStatus, Outcome, Reason
from secaudit.ledger import findings, results, scans, trail
from secaudit.text.language import Language, set_language

PERDA = "perda-pekalongan-3-2026"
OURS_HEAD = HEAD.replace("DAERAH KOTA CONTOH", "DAERAH KOTA PEKALONGAN").replace(
    "NOMOR 7 TAHUN 2031", "NOMOR 3 TAHUN 2026"
)
OURS = OURS_HEAD + BODY.replace("Pasal 3", "Pasal 26").replace(
    "Peraturan Daerah ini mulai berlaku pada tanggal diundangkan.",
    "(1) Karangan satu.\n(2) Karangan dua.\n(3) Karangan tiga.\n"
    "(4) Karangan untuk pengujian, bukan bunyi peraturan mana pun.\n",
)


class City:
    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.workspace = init_workspace(folder / "kota", "Pemerintah Kota Contoh", "en")
        self.folder = self.workspace.folder
        self._capsys = capsys
        set_language(Language.ENGLISH)

    def write(self, text: str, name: str = "contoh.txt") -> Path:
        path = self.folder.parent / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def do(self, *words: object) -> tuple[int, str, str]:
        code = run(["--workspace", str(self.folder), "--lang", "en", *map(str, words)])
        said = self._capsys.readouterr()
        return code, said.out, said.err

    def read(self, *words: object) -> tuple[int, str, str]:
        return self.do("control", "import-regulation", *words)

    @property
    def files(self) -> set[str]:
        content = self.folder / "content"
        found = (
            path for folder in (content, self.folder / "evidence") for path in folder.rglob("*")
        )
        return {path.relative_to(self.folder).as_posix() for path in found if path.is_file()}

    @property
    def rows(self) -> list[str]:
        with self.workspace.view() as connection:
            return [row.action for row in trail.entries(connection)]


@pytest.fixture
def city(tmp_path, capsys):
    return City(tmp_path, capsys)


def test_an_import_writes_tree_catalogue_evidence_and_trail(city):
    before = city.files

    code, out, err = city.read(city.write(WHOLE))

    assert code == 0
    assert "perda-contoh-7-2031  PERATURAN DAERAH KOTA CONTOH" in out
    assert "iso27001-2022:A.8.24: enkripsi" in out
    assert "Complete the catalogue" in err
    made = city.files - before
    assert "content/regulations/perda-contoh-7-2031.json" in made
    assert "content/catalogs/perda-contoh-7-2031/imported.yaml" in made
    assert len([name for name in made if name.startswith("evidence/")]) == 2
    assert city.rows[-1] == "control.import-regulation"
    library = load_library(city.folder / "content")
    entry = library.requirement("perda-contoh-7-2031:pasal-2.ayat-1.huruf-a")
    assert entry.draft
    assert not entry.assessable
    assert entry.related == ()


@pytest.mark.parametrize(
    ("head", "given"),
    [
        (HEAD, PERDA),
        (HEAD.replace("NOMOR 7 TAHUN 2031", "NOMOR 3 TAHUN 2026"), PERDA),
        (OURS_HEAD.replace("NOMOR 3 TAHUN 2026", "NOMOR TAHUN 2025"), PERDA),
        (OURS_HEAD.replace("PERATURAN DAERAH KOTA", "RANCANGAN PERATURAN DAERAH KOTA"), PERDA),
        (HEAD, "perda-contoh-8-2031"),
    ],
    ids=["number", "place", "year", "draft", "own"],
)
def test_the_words_of_one_regulation_are_never_taken_for_another(city, head, given):
    before = city.files

    code, _, err = city.read(city.write(head + BODY), "--id", given)

    assert code == 2
    assert f"contoh.txt: the head names another regulation than {given}: " in err
    assert city.files == before


def test_a_draft_is_imported_as_a_draft_and_never_as_law(city):
    draft = city.write(
        HEAD.replace("PERATURAN DAERAH KOTA", "RANCANGAN PERATURAN DAERAH KOTA") + BODY
    )

    code, _, err = city.read(draft, "--status", "in_force")

    assert code == 2
    assert "contoh.txt: the head calls it a draft (RANCANGAN), which is not in force" in err
    assert city.read(draft)[0] == 0
    framework = load_library(city.folder / "content").framework("rancangan-perda-contoh-7-2031")
    assert framework.status is LegalStatus.DRAFT


def test_an_import_of_a_known_regulation_goes_by_the_title_of_its_catalogue(city):
    _, out, _ = city.read(city.write(OURS), "--id", PERDA, "--dry-run", "--format", "json")

    assert json.loads(out)["title"] == load_library().framework(PERDA).title.en


def test_what_was_imported_awaits_completion(city):
    city.read(city.write(WHOLE))

    code, out, _ = city.do("control", "lint", "--format", "json")

    rows = [row for row in json.loads(out) if row["code"] == "to_be_completed"]
    assert code == 4
    assert "perda-contoh-7-2031:pasal-2.ayat-1" in {row["about"] for row in rows}
    code, out, _ = city.do("control", "show", "perda-contoh-7-2031:pasal-2.ayat-1.huruf-a")
    assert code == 0
    assert "not yet summarised" in out
    assert "(1) Kota wajib menjaga keamanan informasi dengan:" in out
    assert "a. enkripsi;" in out
    assert "penyandian karangan" in out
    code, out, _ = city.do("control", "coverage", "--format", "json")
    assert not [row for row in json.loads(out) if row["id"].startswith("perda-contoh-7-2031")]


def test_a_rehearsal_writes_nothing(city):
    files, rows = city.files, city.rows

    code, out, err = city.read(city.write(WHOLE), "--dry-run", "--format", "json")

    assert code == 0
    assert "rehearsal" in err
    told = json.loads(out)
    assert told["articles"] == 3
    assert told["written"] == []
    assert {item["status"] for item in told["candidates"]} == {"candidate"}
    assert (city.files, city.rows) == (files, rows)
    assert not (city.folder / "content" / "regulations").exists()


def test_a_known_regulation_keeps_our_catalogue_and_gives_its_words(city):
    library = load_library()

    code, out, err = city.read(city.write(OURS), "--id", PERDA, "--format", "json")

    assert code == 0
    assert json.loads(out)["known"]
    assert "left as it is" in err
    assert f"{PERDA}:pasal-26.ayat-5" in json.loads(out)["absent"] or json.loads(out)["absent"]
    assert f"content/catalogs/{PERDA}/imported.yaml" not in city.files
    assert load_library(city.folder / "content") == library
    found = article_text(city.workspace, f"{PERDA}:pasal-26.ayat-4")
    assert found.text == "(4) Karangan untuk pengujian, bukan bunyi peraturan mana pun."
    assert found.elucidation == ""
    assert city.workspace.evidence.get(found.sha256) == OURS.encode()
    assert OURS.splitlines()[int(found.lines) - 1].startswith("(4) Karangan")
    assert article_text(city.workspace, f"{PERDA}:pasal-99") is None
    assert article_text(city.workspace, "iso27001-2022:A.8.24") is None
    assert article_text(None, f"{PERDA}:pasal-26.ayat-4") is None


def test_a_second_import_leaves_what_people_completed(city):
    city.read(city.write(WHOLE))
    catalogue = city.folder / "content/catalogs/perda-contoh-7-2031/imported.yaml"
    completed = catalogue.read_text().replace("confidence: secondary", "confidence: text_read")
    catalogue.write_text(completed)

    code, _, _ = city.read(city.write(WHOLE.replace("Dinas Contoh", "Badan Contoh")))

    assert code == 0
    assert catalogue.read_text() == completed
    assert article_text(city.workspace, "perda-contoh-7-2031:pasal-2.ayat-2").text.endswith(
        "Badan Contoh."
    )
    assert city.rows.count("control.import-regulation") == 2


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (b"", (), "contoh.txt: the file is empty"),
        (b"Tidak ada ketentuan di sini.\n", (), "contoh.txt: no Pasal found"),
        (b"Pasal 1\nIsi pasal.\n", (), "--id"),
        (WHOLE.encode(), ("--id", "../jahat"), "is no id"),
        (WHOLE.encode(), ("--id", "A:b"), "is no id"),
        (b"\x00\x01\x02" * 500, (), "not a text"),
        (
            (HEAD + BODY + "LAMPIRAN\nPERATURAN DAERAH\nNOMOR 9 TAHUN 2031\n").encode(), (),
            "number 7/2031, an appendix 9/2031",
        ),
        (b"%PDF-1.7\n" + b"x" * 1000, (), "the PDF cannot be read"),
    ],
)  # fmt: skip
def test_bad_input_is_named_and_leaves_nothing(city, content, options, message):
    files, rows = city.files, city.rows

    code, out, err = city.read(city.write(content), *options)

    assert code == 2
    assert out == ""
    assert message in err
    assert (city.files, city.rows) == (files, rows)
    assert not (city.folder / "content" / "regulations").exists()


def test_a_faulty_catalogue_of_the_workspace_stops_the_import(city):
    folder = city.folder / "content" / "catalogs"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rusak.yaml").write_text("schema_version: 1\ncatalogue: rusak\nsalah: 1\n")

    code, _, err = city.read(city.write(WHOLE))

    assert code == 2
    assert "rusak.yaml:3" in err
    assert not (city.folder / "content" / "regulations").exists()


@pytest.mark.parametrize("broken", ["evidence", "trail", "second file"])
def test_a_failure_half_way_leaves_nothing(city, monkeypatch, broken):
    path = city.write(WHOLE)
    before = {name for name in city.files if name.startswith("content/")}

    def fail(*_arguments, **_named):
        raise OSError(28, "No space left on device", str(path))

    if broken == "evidence":
        monkeypatch.setattr(type(city.workspace.evidence), "put", fail)
    elif broken == "trail":
        monkeypatch.setattr("secaudit.app.workspace.trail.append", fail)
    else:
        replace, calls = Path.replace, []

        def second(self, target):
            if str(target).endswith(("imported.yaml", ".json")) and "content" in str(target):
                calls.append(target)
                if len(calls) == 2:
                    fail()
            return replace(self, target)

        monkeypatch.setattr(Path, "replace", second)
    with pytest.raises(InternalError, match="No space left"):
        regulations.import_regulation(city.workspace, path)
    monkeypatch.undo()

    assert {name for name in city.files if name.startswith("content/")} == before
    assert "control.import-regulation" not in city.rows
    assert not (city.folder / "content" / "regulations").exists()
    assert city.read(path)[0] == 0


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"provisions": []}', b"null", b'{"provisions": 1}', b"[" * 100_000],
)
def test_a_damaged_tree_is_told(city, content):
    folder = city.folder / "content" / "regulations"
    folder.mkdir(parents=True)
    (folder / f"{PERDA}.json").write_bytes(content)

    with pytest.raises(VerificationError, match=rf"{PERDA}\.json cannot be read"):
        article_text(city.workspace, f"{PERDA}:pasal-26.ayat-4")


def test_text_inside_a_pdf(city):
    code, out, _ = city.read(city.write(of_text(WHOLE), "contoh.pdf"), "--format", "json")

    assert code == 0
    assert json.loads(out)["id"] == "perda-contoh-7-2031"
    assert json.loads(out)["articles"] == 3
    found = article_text(city.workspace, "perda-contoh-7-2031:pasal-2.ayat-1.huruf-b")
    assert found.text == "b. pencadangan; dan"
    assert city.workspace.evidence.media_type(found.sha256) == "application/pdf"


def test_markdown_and_windows_1252(city):
    text = WHOLE.replace("Pasal 2", "## Pasal 2").replace("Kota Contoh.", "“Kota Contoh”.")

    code, _, _ = city.read(city.write(text.encode("cp1252"), "contoh.md"), "--format", "json")

    assert code == 0
    words = article_text(city.workspace, "perda-contoh-7-2031:pasal-1.angka-1")
    assert words.text == "1. Kota adalah “Kota Contoh”."
    stored = (city.folder / "content/regulations/perda-contoh-7-2031.json").read_text()
    assert json.loads(stored)["source"]["media_type"] == "text/markdown"


def test_reports_print_a_contradicted_articles_own_words(city):
    city.read(city.write(OURS), "--id", PERDA)
    check, subject = "tls.protocol.ssl3", "kantor/192.0.2.7:443/tcp"
    at = datetime.now(UTC)
    severity = checks_of(city.workspace)[check].severity
    failed = CheckResult(
        check,
        parse_subject(subject),
        Outcome.FAILED,
        Reason.OBSERVED,
        severity,
        at,
        {},
        ("ab" * 32,),
    )
    with city.workspace.change() as change:
        scan = scans.start(
            change.connection, authorisation="loopback", zone="kantor", request={},
            hosts_planned=1, at=at, actor="a@b", tool_version="0",
        )  # fmt: skip
        results.record(change.connection, scan, at, [failed])
        findings.apply(
            change.connection, scan, at, [failed], due_on=lambda _severity, start, *_: start.date(),
            owner_of=lambda _subject: "Dinas Contoh",
        )  # fmt: skip
        scans.finish(change.connection, scan, at)
        change.record("scan.done", scan)
    set_language(Language.ENGLISH)

    html = render_html(report_data(city.workspace, PackRequest()))

    assert "(4) Karangan untuk pengujian, bukan bunyi peraturan mana pun." in html
    assert "The article itself (contoh.txt" in html
