"""The first sheet of an XLSX workbook as lines of text. Formulas are refused, never computed."""

import io
import warnings
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from secaudit.core.errors import InputError
from secaudit.registry.asset_reading import Line

LARGEST_UNPACKED = 256 * 2**20
_ENTITIES = (b"<!DOCTYPE", b"<!ENTITY")


def read_sheet(content: bytes, source: str) -> Iterator[Line]:
    """Walk through the rows that have anything in them. Raises InputError with sheet and cell."""
    _require_harmless(content, source)
    from openpyxl import load_workbook
    from openpyxl.utils import get_column_letter

    def at(title: str, row: int) -> Callable[[int], str]:
        return lambda column: f"{source}:{title}!{get_column_letter(column + 1)}{row}"

    try:
        with warnings.catch_warnings():
            # openpyxl warns of styles and extensions that it drops: we read values alone.
            warnings.simplefilter("ignore")
            book = load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
            sheet = book.worksheets[0]
            sheet.reset_dimensions()
            for number, row in enumerate(sheet.iter_rows(), start=1):
                where = at(sheet.title, number)
                cells = [_text(cell, where(index)) for index, cell in enumerate(row)]
                if any(cell.strip() for cell in cells):
                    yield Line(cells, where)
            book.close()
    except InputError:
        raise
    except Exception as error:
        # openpyxl raises whatever a broken part of the file makes it stumble over.
        raise InputError(
            "not a workbook that can be read: {why}",
            hint="save it again as .xlsx, or as .csv",
            source=source,
            why=error,
        ) from None


def _text(cell: Any, place: str) -> str:
    value = cell.value
    if cell.data_type == "f":
        raise InputError(
            "the cell has a formula", hint="replace it by its value (paste as values)", source=place
        )
    if cell.data_type == "e":
        raise InputError("the cell has an error: {value}", source=place, value=value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, date):
        raise InputError(
            "the cell has a date",
            hint="set the format of the column to text, and write it again",
            source=place,
        )
    return str(value)


def _require_harmless(content: bytes, source: str) -> None:
    """Refuse archives that unpack without bound, and XML that declares entities."""
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
                if part.filename.endswith((".xml", ".rels")):
                    text = archive.read(part)
                    if text.startswith((b"\xff\xfe", b"\xfe\xff")) or any(
                        word in text for word in _ENTITIES
                    ):
                        raise InputError("has XML that declares entities", source=source)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError) as error:
        raise InputError(
            "not a workbook that can be read: {why}",
            hint="save it again as .xlsx, or as .csv",
            source=source,
            why=error,
        ) from None
