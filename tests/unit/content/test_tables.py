"""Tables as spreadsheets save them: what each cell says, and what a sheet hides."""

import io
from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from secaudit.content.tables import Cell, content_of, raise_all, read_tables
from secaudit.core.errors import InputError

MORNING = datetime(2026, 12, 15, 8)  # noqa: DTZ001 (a spreadsheet knows no time zone)


def saved(book: Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_cells_keep_what_they_are():
    book = Workbook()
    page = book.active
    page.title = "Satu"
    page.append(["teks", 15, 2.5, date(2026, 12, 15), MORNING, True, None])
    page.append([])
    page.append(["=1+1", "#N/A", 10**16])
    page["B3"].data_type = "e"
    [table] = read_tables(Path("a.xlsx"), saved(book))
    first, third = table.lines
    assert first.cells == [
        Cell("teks"),
        Cell("15", number=15),
        Cell("2.5", number=2.5),
        Cell("2026-12-15", day=date(2026, 12, 15)),
        Cell("2026-12-15", day=date(2026, 12, 15)),
        Cell("ya"),
    ]
    assert third.number == 3
    assert third.where(1) == "a.xlsx:Satu!B3"
    assert [str(cell.fault) for cell in third.cells[:2]] == [
        "a.xlsx:Satu!A3: the cell has a formula",
        "a.xlsx:Satu!B3: the cell has an error: #N/A",
    ]
    assert third.cells[2] == Cell(str(10**16))
    assert not third.cells[0].blank


def test_each_sheet_tells_its_merged_blocks():
    book = Workbook()
    book.active.append(["a"])
    book.active.merge_cells("B2:D5")
    other = book.create_sheet("Dua")
    other.append(["b"])
    first, second = read_tables(Path("a.xlsx"), saved(book))
    [block] = first.merged
    assert (block.name, block.first_row, block.last_row) == ("B2:D5", 2, 5)
    assert (block.first_column, block.last_column) == (2, 4)
    assert (second.title, list(second.merged)) == ("Dua", [])


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_keeps_its_lines(separator):
    text = f'a{separator}b\r\n\r\n"x\r\ny"{separator}1\r\n'
    [table] = read_tables(Path("a.csv"), text.encode("utf-8-sig"))
    head, row = table.lines
    assert [cell.text for cell in head.cells] == ["a", "b"]
    assert [cell.text for cell in row.cells] == ["x\r\ny", "1"]
    assert (row.number, row.where(1)) == (3, "a.csv:3")


def test_files_are_bounded_and_faults_come_together(tmp_path):
    with pytest.raises(InputError, match="tidak-ada"):
        content_of(tmp_path / "tidak-ada.csv")
    path = tmp_path / "a.csv"
    with path.open("wb") as stream:
        stream.truncate(32 * 2**20 + 1)
    with pytest.raises(InputError, match="larger than 32 MiB"):
        content_of(path)
    raise_all([])
    with pytest.raises(InputError) as caught:
        raise_all([InputError("one"), InputError("two")])
    assert str(caught.value) == "one\ntwo"
