import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
import typst
from openpyxl import load_workbook
from report_sample import empty, sample

from reports import pdf
from reports.html import render_html
from reports.model import ReportData
from reports.pdf import render_pdf
from reports.plain import breakable, covered_characters, printed, screen
from reports.results import results_json
from reports.spreadsheet import render_xlsx
from secaudit.core.canonical import canonical_json

LANGUAGES = ["id", "en"]
VOID = {"meta", "link", "br", "img", "hr", "input", "col", "rect"}


class Page(HTMLParser):
    """Reads a page and keeps its tags, headings and faults in nesting."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_stands_alone_and_needs_no_script(language: str) -> None:
    text = render_html(sample(language))
    page = Page(text)
    assert f'<html lang="{language}">' in text
    assert not {"script", "link", "img", "iframe", "object", "form"} & set(page.tags)
    assert not [value for name, value in page.attributes if name in {"src", "srcset"}]
    assert not re.search(r"url\(|@import", text)
    assert page.tags.count("h1") == 1
    assert page.tags.count("caption") == page.tags.count("table")


def test_anchors_are_unique_and_every_link_has_its_place() -> None:
    page = Page(render_html(sample()))
    anchors = [value for name, value in page.attributes if name == "id"]
    assert len(anchors) == len(set(anchors))
    links = {value for name, value in page.attributes if name == "href"}
    assert {link.removeprefix("#") for link in links} <= set(anchors)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (empty("id"), "Tidak ada yang dipindai pada periode ini"),
        (empty("en"), "Nothing was scanned in this period"),
    ],
)
def test_nothing_scanned_is_said_loudly(data: ReportData, words: str) -> None:
    page = Page(render_html(data))
    assert page.text.count(words) >= 2
    assert "Tidak ada temuan terbuka" not in page.text
    assert "No open findings" not in page.text
    book = load_workbook(io.BytesIO(render_xlsx(data)))
    assert book.worksheets[-1]["A2"].value == words


def test_no_findings_is_not_called_compliance() -> None:
    page = Page(render_html(sample("en", 0)))
    assert "does not prove that all requirements are met" in page.text
    assert "never scanned" in page.text


def test_the_sample_says_so() -> None:
    assert "CONTOH" in render_html(sample())
    assert "SAMPLE" in render_html(sample("en"))


@pytest.mark.parametrize("count", [0, 1, 14])
@pytest.mark.parametrize("language", LANGUAGES)
def test_equal_data_make_equal_bytes(language: str, count: int) -> None:
    first, again = sample(language, count), sample(language, count)
    assert render_html(first) == render_html(again)
    assert render_pdf(first) == render_pdf(again)
    assert render_xlsx(first) == render_xlsx(again)
    assert results_json(first) == results_json(again)


@pytest.mark.parametrize("data", [sample(), sample("en", 1), empty()])
def test_the_pdf_says_that_it_is_archival_and_accessible(data: ReportData) -> None:
    content = render_pdf(data)
    assert content.startswith(b"%PDF-1.7")
    assert b"<pdfaid:part>2" in content
    assert b"<pdfaid:conformance>A" in content
    assert b"<pdfuaid:part>1" in content


def test_the_fonts_of_the_pdf_have_every_character_that_print_keeps() -> None:
    source = (
        '#set document(title: "t")\n'
        '#set text(font: ("Libertinus Serif", "DejaVu Sans Mono"))\n'
        "#sys.inputs.text\n"
        '#text(font: "DejaVu Sans Mono", sys.inputs.text)'
    )
    standards: list[str] = list(pdf.STANDARDS)
    typst.compile(
        source.encode(),
        sys_inputs={"text": covered_characters()},
        ignore_system_fonts=True,
        pdf_standards=standards,
    )


def test_print_writes_what_its_fonts_lack_by_number() -> None:
    assert printed("a你ב\u202e") == "a\\u4f60\\u05d1\\u202e"
    assert printed("tanda “kutip” – é ≥ Ω") == "tanda “kutip” – é ≥ Ω"
    assert screen("你") == "你"


def test_long_runs_can_break_and_short_words_stay() -> None:
    assert breakable("pendek kata") == "pendek kata"
    assert breakable("x" * 60).replace("\u200b", "") == "x" * 60
    assert max(len(part) for part in breakable("x" * 60).split("\u200b")) <= 12


def test_the_workbook_has_a_row_for_each_thing() -> None:
    data = sample()
    book = load_workbook(io.BytesIO(render_xlsx(data)))
    assert book.sheetnames == [
        "Temuan", "Kesesuaian", "Risiko", "Sertifikat", "Aset", "Pemindaian", "Tentang",
    ]  # fmt: skip
    lengths = [sheet.max_row - 1 for sheet in book.worksheets[:6]]
    requirements = sum(len(framework.requirements) for framework in data.frameworks)
    assert lengths == [
        len(data.findings), requirements, len(data.risks), len(data.certificates),
        len(data.assets), len(data.scans),
    ]  # fmt: skip
    findings = book.worksheets[0]
    assert findings.freeze_panes == "B2"
    assert findings.auto_filter.ref is not None
    evidence = {str(row[-1].value) for row in findings.iter_rows(min_row=2)}
    assert evidence == {"\n".join(item.evidence) for item in data.findings}


def test_results_are_canonical_and_complete() -> None:
    data = sample()
    content = results_json(data)
    value = json.loads(content)
    assert content == canonical_json(value) + b"\n"
    assert value["schema_version"] == 1
    assert len(value["findings"]) == len(data.findings)
    assert {"check", "subject", "outcome", "severity", "reason", "evidence"} <= set(
        value["results"][0]
    )


def test_a_certificate_without_an_end_is_shown() -> None:
    data = sample("en")
    for moment in (
        datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=UTC),
    ):
        endless = replace(data.certificates[0], not_after=moment)
        changed = replace(data, certificates=(endless,))
        assert str(moment.year) in Page(render_html(changed)).text
        assert render_xlsx(changed)


def test_a_requirement_supported_for_some_says_for_how_many() -> None:
    page = Page(render_html(sample("en")))
    assert "4 of 7 assets" in page.text
    assert "A-0006, A-0007" in page.text
