"""The sheets of an XLSX workbook as lines of cells. Formulas are told, never computed."""

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from secaudit.content.tables.cells import EMPTY, Block, Cell, Line, Table, formula_at
from secaudit.core.errors import InputError

LARGEST_UNPACKED = 256 * 2**20
MOST_COLUMNS = 256
LARGEST_NUMBER = 10**15
"""Beyond this a spreadsheet no longer counts exactly: such a number is text here."""
_ENTITIES = (b"<!DOCTYPE", b"<!ENTITY")
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
"""How a workbook begins that is locked with a password, or of Excel 97."""
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    RuntimeError,
    NotImplementedError,
    EOFError,
)
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})"')


def workbook_tables(content: bytes, source: str) -> Iterator[Table]:
    """Walk through the sheets, in their order. Raises InputError with sheet and cell."""
    _require_harmless(content, source)
    from openpyxl import load_workbook

    with _named(source):
        book = load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
        sheets = [(sheet, _merged(content, sheet)) for sheet in book.worksheets]
    for sheet, merged in sheets:
        yield Table(sheet.title, _lines(sheet, source), merged)


@contextmanager
def _named(source: str) -> Iterator[None]:
    try:
        with warnings.catch_warnings():
            # openpyxl warns of styles and extensions that it drops: we read values alone.
            warnings.simplefilter("ignore")
            yield
    except InputError:
        raise
    except Exception as error:
        # openpyxl raises whatever a broken part of the file makes it stumble over.
        raise _unreadable(source, error) from None


def _rows(sheet: Any, source: str) -> Iterator[tuple[int, Any]]:
    """The rows with their numbers; each is fetched with the faults of the file named."""
    sheet.reset_dimensions()
    with _named(source):
        rows = enumerate(sheet.iter_rows(), start=1)
    while True:
        with _named(source):
            row = next(rows, None)
        if row is None:
            return
        yield row


def _lines(sheet: Any, source: str) -> Iterator[Line]:
    from openpyxl.utils import get_column_letter

    def at(row: int) -> Callable[[int], str]:
        return lambda column: f"{source}:{sheet.title}!{get_column_letter(column + 1)}{row}"

    for number, row in _rows(sheet, source):
        while row and row[-1].value is None:
            row = row[:-1]
        if not row:
            continue
        where = at(number)
        if len(row) > MOST_COLUMNS:
            raise InputError(
                "more than {limit} columns", source=where(MOST_COLUMNS), limit=MOST_COLUMNS
            )
        cells = [_cell(cell, where, index) for index, cell in enumerate(row)]
        if not all(cell.blank for cell in cells):
            yield Line(cells, where, number)


def _cell(cell: Any, where: Callable[[int], str], index: int) -> Cell:
    value = cell.value
    if value is None:
        return EMPTY
    if cell.data_type == "f":
        return formula_at(where(index))
    if cell.data_type == "e":
        return Cell(
            fault=InputError("the cell has an error: {value}", source=where(index), value=value)
        )
    if isinstance(value, bool):
        return Cell("ya" if value else "tidak")
    if isinstance(value, int | float):
        whole = isinstance(value, int) or value.is_integer()
        exact = abs(value) <= LARGEST_NUMBER
        return Cell(str(int(value)) if whole else repr(value), number=value if exact else None)
    if isinstance(value, datetime):
        return Cell(value.date().isoformat(), day=value.date())
    if isinstance(value, date):
        return Cell(value.isoformat(), day=value)
    return Cell(str(value))


def _merged(content: bytes, sheet: Any) -> list[Block]:
    """The merged blocks, which openpyxl does not tell while it reads row by row."""
    from openpyxl.worksheet.cell_range import CellRange

    # Where the sheet's part is, openpyxl keeps to itself.
    path = str(sheet._worksheet_path).lstrip("/")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = [found.decode() for found in _MERGED.findall(archive.read(path))]
    ranges = [CellRange(name) for name in names]
    return [
        Block(item.coord, item.min_row, item.max_row, item.min_col, item.max_col) for item in ranges
    ]


def _require_harmless(content: bytes, source: str) -> None:
    """Refuse archives that unpack without bound, XML that declares entities, and macros."""
    if content.startswith(_OLE):
        raise InputError(
            "locked with a password, or of an old format",
            hint="save it again as .xlsx without a password, or as .csv",
            source=source,
        )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if sum(part.file_size for part in parts) > LARGEST_UNPACKED:
                raise InputError(
                    "unpacks to more than {limit} MiB",
                    source=source,
                    limit=LARGEST_UNPACKED // 2**20,
                )
            for part in parts:
                if part.filename.lower().endswith("vbaproject.bin"):
                    raise InputError(
                        "has macros", hint="save it again as .xlsx, or as .csv", source=source
                    )
                if part.filename.endswith((".xml", ".rels")):
                    text = archive.read(part)
                    if text.startswith((b"\xff\xfe", b"\xfe\xff")) or any(
                        word in text for word in _ENTITIES
                    ):
                        raise InputError("has XML that declares entities", source=source)
    except _BROKEN as error:
        raise _unreadable(source, error) from None


def _unreadable(source: str, error: Exception) -> InputError:
    return InputError(
        "not a workbook that can be read: {why}",
        hint="save it again as .xlsx, or as .csv",
        source=source,
        why=error,
    )
