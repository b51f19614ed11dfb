"""CSV as spreadsheets save it: comma, semicolon or tab; UTF-8 with or without a mark, or 1252.

What a spreadsheet would compute when it opens the file is a formula here too, and told as such.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator

from secaudit.content.tables.cells import Cell, Line, formula_at
from secaudit.core.errors import InputError

_FORMULA = re.compile(r"\s*(?:=|[+\-@]\w+[(|!])")
"""Plain text may begin with a plus, a dash or an @, but not with a call, a sheet or a program."""
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def csv_lines(content: bytes, source: str) -> Iterator[Line]:
    """Walk through the rows that have anything in them. Raises InputError with the line."""
    text = _decoded(content, source)
    skipped = 0
    if text.lower().startswith("sep="):
        # Excel's own note to itself about the separator.
        line, _, text = text.partition("\n")
        separator, skipped = line[4:5] or ",", 1
    else:
        first = next((line for line in text.splitlines() if line.strip()), "")
        separator = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    began = 1 + skipped
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise InputError(
                "not CSV: {why}", source=source, line=reader.line_num + skipped, why=error
            ) from None
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            where = _at_line(source, began)
            yield Line(
                [
                    formula_at(where(column)) if _FORMULA.match(cell) else Cell(cell)
                    for column, cell in enumerate(cells)
                ],
                where,
                began,
            )
        began = reader.line_num + 1 + skipped


def _at_line(source: str, line: int) -> Callable[[int], str]:
    return lambda _column: f"{source}:{line}"


def _decoded(content: bytes, source: str) -> str:
    if content.startswith(_UTF16) or b"\0" in content:
        raise InputError(
            "not text in UTF-8 or Windows-1252",
            hint="save it as CSV UTF-8",
            source=source,
            line=1,
        )
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError as error:
            line = content[: error.start].count(b"\n") + 1
    raise InputError(
        "not text in UTF-8 or Windows-1252",
        hint="save it as CSV UTF-8",
        source=source,
        line=line,
    )
