"""The Statement of Applicability as files: equal bytes, both languages, hostile words."""

import io
import json
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pypdf
import pytest

from reports.soa.compose import compose_soa
from reports.soa.model import ControlLine, FileLine, ReasonLine, SoaData, references
from reports.soa.render import FORMATS

HOSTILE = '=cmd|"/c calc"!A1 <script>alert(1)</script> #set page() \u202egnp.exe 😀'
LAW = ReasonLine("law", "Perda Contoh Pasal 1", "Perda Contoh", proposed=False)


def line(number: str, **changed: object) -> ControlLine:
    made = ControlLine(
        id=f"iso27001-2022:{number}",
        number=number,
        title="Penggunaan kriptografi",
        group="Kontrol teknologi",
        applicable=True,
        justification="",
        reasons=(LAW, replace(LAW, reference="Perda Contoh Pasal 2", proposed=True)),
        implementation="partly",
        test="tested",
        last_tested=datetime(2026, 11, 20, 20, tzinfo=UTC),
        findings=(),
        supported=1,
        assets=3,
        owner="Dinas Contoh",
        evidence=(FileLine("kebijakan.pdf", "ab" * 32),),
    )
    return replace(made, **changed)  # type: ignore[arg-type]


def data(language: str = "id", **changed: object) -> SoaData:
    made = SoaData(
        language=language,
        organisation="Pemerintah Kota Contoh",
        unit="Bidang Persandian",
        timezone="Asia/Jakarta",
        tool_version="0",
        statement="SOA-0001",
        framework="iso27001-2022",
        framework_title="ISO/IEC 27001:2022",
        version=1,
        state="draft",
        made_at=datetime(2026, 11, 1, tzinfo=UTC),
        note="",
        approver=None,
        approved_at=None,
        document=None,
        day=date(2026, 11, 21),
        controls=(
            line("A.8.24"),
            line("A.7.1", applicable=False, justification="tanpa gedung", implementation=None),
            line("A.5.1", applicable=None, test="no_test", last_tested=None, implementation=None),
            line("A.8.20", test="contradicted", findings=("F-0001", "F-0002")),
            line("A.8.5", test="never_tested", last_tested=None, implementation="implemented"),
        ),
    )
    return replace(made, **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("format_", sorted(FORMATS))
def test_equal_facts_make_equal_bytes(format_: str, language: str) -> None:
    assert FORMATS[format_](data(language)) == FORMATS[format_](data(language))


def test_the_columns_of_what_is_stated_and_what_was_tested_are_two() -> None:
    rows = list(
        openpyxl.load_workbook(io.BytesIO(FORMATS["xlsx"](data("en"))))
        .worksheets[0]
        .iter_rows(values_only=True)
    )
    heads = list(rows[0])
    found = {row[0]: dict(zip(heads, row, strict=True)) for row in rows[1:]}
    assert found["A.8.20"]["Implementation"] == "partly implemented"
    assert found["A.8.20"]["Test"] == "contradicted"
    assert found["A.8.20"]["Contradicting findings"] == "F-0001, F-0002"
    assert found["A.7.1"]["Applies"] == "excluded"
    assert found["A.5.1"]["Applies"] == "not decided"
    assert found["A.8.24"]["Included for law"] == "Perda Contoh: Pasal 1"
    assert found["A.8.24"]["Proposed, not confirmed"] == "Perda Contoh: Pasal 2"
    assert found["A.8.24"]["Last tested"] == datetime(2026, 11, 21, 3, 0)  # noqa: DTZ001 - a cell


@pytest.mark.parametrize(("language", "expected"), [("id", "20.00 WIB"), ("en", "Approved by")])
def test_an_approved_one_names_who_approved_it_and_is_no_draft(
    language: str, expected: str
) -> None:
    approved = data(
        language,
        state="approved",
        approver="Sekretaris Daerah",
        approved_at=datetime(2026, 11, 20, 13, tzinfo=UTC),
        document=FileLine("soa-ttd.pdf", "cd" * 32),
    )
    assert compose_soa(approved).mark == ""
    text = "".join(
        page.extract_text() for page in pypdf.PdfReader(io.BytesIO(FORMATS["pdf"](approved))).pages
    )
    assert "Sekretaris Daerah" in text
    assert "soa-ttd.pdf" in text
    assert expected in text


def test_hostile_words_stay_words() -> None:
    hostile = data(
        organisation=HOSTILE,
        controls=(
            line(
                "A.8.24",
                title=HOSTILE,
                justification=HOSTILE,
                owner=HOSTILE,
                reasons=(ReasonLine("contract", HOSTILE, "", proposed=False),),
                evidence=(FileLine(HOSTILE, "ab" * 32),),
            ),
        ),
    )
    assert FORMATS["pdf"](hostile).startswith(b"%PDF")
    book = openpyxl.load_workbook(io.BytesIO(FORMATS["xlsx"](hostile)))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert all(cell.data_type in {"s", "n", "d"} for cell in cells)
    assert not any("\u202e" in str(cell.value) for cell in cells)
    assert json.loads(FORMATS["json"](hostile))["organisation"] == HOSTILE


def test_the_articles_of_one_document_stand_together() -> None:
    other = ReasonLine("law", "UU Contoh Pasal 9", "UU Contoh", proposed=False)
    risk = ReasonLine("risk", "R-0001", "", proposed=False)
    second = replace(LAW, reference="Perda Contoh Pasal 2")
    assert references([LAW, other, second, risk]) == [
        "Perda Contoh: Pasal 1, Pasal 2",
        "UU Contoh: Pasal 9",
        "R-0001",
    ]
    heard = ReasonLine("law", "UU Contoh Pasal 8", "UU Contoh", proposed=False, reading="didengar")
    assert references([other, heard]) == ["UU Contoh: Pasal 9", "UU Contoh [didengar]: Pasal 8"]
    assert references([ReasonLine("good_practice", "", "", proposed=False)]) == []


def test_an_identity_follows_from_the_content() -> None:
    assert data().identity == data().identity
    assert data().identity != data(version=2).identity


def test_a_file_that_is_gone_is_marked_in_every_format() -> None:
    gone = FileLine("kebijakan.pdf", "ab" * 32, missing=True)
    signed = FileLine("soa-ttd.pdf", "cd" * 32, missing=True)
    marked = data("en", controls=(line("A.8.24", evidence=(gone,)),), document=signed)
    words = "kebijakan.pdf (gone from the evidence store)"

    book = openpyxl.load_workbook(io.BytesIO(FORMATS["xlsx"](marked)))
    cells = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row]
    assert words in cells
    assert "soa-ttd.pdf (gone from the evidence store)" in cells
    pages = pypdf.PdfReader(io.BytesIO(FORMATS["pdf"](marked))).pages
    text = " ".join(" ".join(page.extract_text() for page in pages).replace("\u200b", "").split())
    assert text.count("gone from the evidence store") == 2
    record = json.loads(FORMATS["json"](marked))
    assert record["controls"][0]["evidence"][0]["missing"] is True
    assert record["document"]["missing"] is True


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler's pdftotext is not here")
def test_the_words_of_the_cover_can_be_taken_out_of_the_pdf(tmp_path: Path) -> None:
    pairs = " ".join(first + second + "AT" for first in "AILNTVWY" for second in "AINOTVY")
    path = tmp_path / "soa.pdf"
    path.write_bytes(FORMATS["pdf"](data(organisation=f"Pemerintah Kota Contoh {pairs}")))
    done = subprocess.run(
        ["pdftotext", "-l", "1", str(path), "-"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert {"PEMERINTAH", "KOTA", "CONTOH", *pairs.split()} <= set(done.stdout.split())
