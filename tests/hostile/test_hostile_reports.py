"""Whatever a target, a certificate or a person wrote, no output of a report comes to harm."""

import dataclasses
import io
import json
import unicodedata
from html.parser import HTMLParser
from typing import Any

import pytest
from openpyxl import load_workbook
from report_sample import HOSTILE, sample

from reports.html import render_html
from reports.model import ReportData
from reports.pdf import render_pdf
from reports.results import results_json
from reports.spreadsheet import render_xlsx

KEPT = {"language", "timezone", "sha256", "fingerprint", "evidence", "check", "addresses"}
"""Fields that are never a target's words: our own codes and hashes."""


def poison(value: Any, text: str) -> Any:
    """Replace every string of the data by a hostile one, its structure kept."""
    if isinstance(value, tuple):
        return tuple(poison(item, text) for item in value)
    if type(value) is str:
        return text
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changes = {
            field.name: poison(getattr(value, field.name), text)
            for field in dataclasses.fields(value)
            if field.name not in KEPT
        }
        return dataclasses.replace(value, **changes)
    if isinstance(value, dict):
        return {key: poison(item, text) for key, item in value.items()}
    return value


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.names: set[str] = set()
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.names |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(params=range(len(HOSTILE)), ids=lambda index: f"hostile{index}")
def data(request: pytest.FixtureRequest) -> ReportData:
    poisoned: ReportData = poison(sample("en", 7), HOSTILE[request.param])
    return poisoned


def test_html_gains_no_element_and_no_attribute(data: ReportData) -> None:
    clean, hostile = Tags(render_html(sample("en", 7))), Tags(render_html(data))
    assert hostile.seen <= clean.seen
    assert hostile.names <= clean.names


def test_html_carries_no_control_or_direction_character(data: ReportData) -> None:
    unsafe = {unicodedata.category(letter) for letter in set(render_html(data)) - {"\n"}}
    assert not unsafe & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def test_the_pdf_is_made_all_the_same(data: ReportData) -> None:
    content = render_pdf(data)
    assert b"<pdfaid:part>2" in content
    for name in (b"/JavaScript", b"/Launch", b"/EmbeddedFile", b"/URI"):
        assert name not in content


def test_the_workbook_has_no_formula_and_no_link(data: ReportData) -> None:
    book = load_workbook(io.BytesIO(render_xlsx(data)))
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f", cell.coordinate
                assert cell.hyperlink is None
                if isinstance(cell.value, str):
                    assert not cell.value.startswith(("=", "+", "-", "@", "\t", "\r"))
                    assert "\x1b" not in cell.value
                    assert "\u202e" not in cell.value


def test_the_json_keeps_the_words_as_they_are(data: ReportData) -> None:
    value = json.loads(results_json(data))
    assert value["organisation"] == data.organisation
