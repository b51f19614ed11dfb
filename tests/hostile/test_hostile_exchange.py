"""Files that come back broken or malicious: refused with a reason, or read; never a crash."""

import io
import json
import zipfile
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from secaudit.app.exchange.base import Base
from secaudit.app.exchange.importing import ImportOrder, read_file
from secaudit.app.exchange.merging import Merger
from secaudit.app.exchange.noun import Entry
from secaudit.app.exchange.nouns import NOUNS
from secaudit.core.errors import InputError

QUIET = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
ENTRY = Entry("P-0001", 1, {"owner": "Tim", "action": "x", "due": "2098-01-01", "findings": "F-1"})
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


def judged(path, noun="plan"):
    """Read a file and judge its rows, as an import does."""
    reading = read_file(ImportOrder(NOUNS[noun], path))
    entries = {"P-0001": ENTRY}
    return Merger(NOUNS[noun], reading.given, lambda _language: entries, "id", None).judge()


def workbook() -> bytes:
    book = Workbook()
    page = book.active
    page.append(
        ["Nomor", "Penanggung jawab", "Batas waktu", "Biaya", "Versi dasar (jangan diubah)"]
    )
    page.append(["P-0001", "Tim", "15/12/2098", 1.5, str(Base("P-0001", 1, "id", {}))])
    page.merge_cells("C3:D4")
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


GOOD = workbook()


def test_the_good_one_is_read(tmp_path):
    path = tmp_path / "p.xlsx"
    path.write_bytes(GOOD)
    [row] = judged(path)
    assert row.id == "P-0001"


@QUIET
@given(st.data())
def test_a_workbook_with_other_bytes(tmp_path, data):
    content = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "p.xlsx"
    path.write_bytes(bytes(content[: data.draw(st.integers(1, len(content)))]))
    with suppress(InputError):
        judged(path)


@QUIET
@given(st.sampled_from(["sheet1.xml", "workbook.xml", "sharedStrings.xml", "styles.xml"]),
       st.data())  # fmt: skip
def test_a_workbook_whose_xml_was_edited(tmp_path, name, data):
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD)) as old, zipfile.ZipFile(stream, "w") as new:
        for part in old.namelist():
            text = old.read(part)
            if part.endswith(name):
                at = data.draw(st.integers(0, len(text) - 1))
                piece = data.draw(st.binary(max_size=12))
                text = text[:at] + piece + text[at + data.draw(st.integers(0, 12)) :]
            new.writestr(part, text)
    path = tmp_path / "p.xlsx"
    path.write_bytes(stream.getvalue())
    with suppress(InputError):
        judged(path)


@QUIET
@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_as_csv_or_json(tmp_path, content):
    for name in ("p.csv", "p.json"):
        path = tmp_path / name
        path.write_bytes(content)
        with suppress(InputError):
            judged(path)


@QUIET
@given(st.lists(st.lists(st.text(max_size=20), min_size=4, max_size=4), max_size=6),
       st.sampled_from(",;\t"))  # fmt: skip
def test_any_cells_under_our_headings(tmp_path, rows, mark):
    lines = [["Nomor", "Due", "Biaya", "findings"], *rows]
    quoted = [mark.join('"' + cell.replace('"', '""') + '"' for cell in line) for line in lines]
    path = tmp_path / "p.csv"
    path.write_text("\n".join(quoted), encoding="utf-8", newline="")
    with suppress(InputError):
        judged(path)


@QUIET
@given(st.lists(st.dictionaries(
    st.sampled_from(["id", "base", "owner", "due", "cost", "effort_days", "findings", "x"]),
    JSON_VALUES), max_size=4))  # fmt: skip
def test_any_values_in_json(tmp_path, rows):
    document = {"schema_version": 1, "kind": "plan", "rows": rows}
    path = tmp_path / "p.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    for row in judged(path):
        assert row.edited is None or not row.refusals


@pytest.mark.parametrize("number", [10**400, -(10**400), 1e308, float("inf"), float("nan")])
def test_numbers_beyond_counting_are_refused(tmp_path, number):
    path = tmp_path / "p.json"
    row = {"id": "P-0001", "cost": number, "effort_days": number}
    document = {"schema_version": 1, "kind": "plan", "rows": [row]}
    path.write_text(json.dumps(document), encoding="utf-8")
    [found] = judged(path)
    assert len(found.refusals) == 2


def test_json_that_nests_without_end(tmp_path):
    path = tmp_path / "p.json"
    path.write_text("[" * 200_000, encoding="utf-8")
    with pytest.raises(InputError, match="not JSON"):
        judged(path)


def test_rows_and_columns_without_end(tmp_path):
    def packed(rows: str) -> bytes:
        stream = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(GOOD)) as old, zipfile.ZipFile(stream, "w") as new:
            for part in old.namelist():
                text = old.read(part)
                if part.endswith("sheet1.xml"):
                    text = text.replace(b"</sheetData>", rows.encode() + b"</sheetData>")
                new.writestr(part, text)
        return stream.getvalue()

    path = tmp_path / "p.xlsx"
    path.write_bytes(packed('<row r="1048576"><c r="A1048576"><v>1</v></c></row>'))
    assert len(judged(path)) == 2
    path.write_bytes(packed('<row r="9"><c r="IW9"><v>1</v></c></row>'))
    with pytest.raises(InputError, match="more than 256 columns"):
        judged(path)
