"""Inventories that people keep: CSV as spreadsheets write it, XLSX, and YAML.

Every fault names its place: ``file:line`` or ``file:sheet!cell``. All rows are read before any is
used, so that nothing is ever half imported.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from secaudit.core.errors import InputError
from secaudit.core.os_words import os_words
from secaudit.registry.asset_columns import header, read_row
from secaudit.registry.asset_reading import Line, ReadAsset, raise_all

LARGEST_FILE = 32 * 2**20
MOST_ROWS = 200_000
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def read_assets(path: Path, default_zone: str = "kantor") -> list[ReadAsset]:
    """Read an inventory by its suffix: ``.csv``, ``.txt``, ``.xlsx``, ``.yaml`` or ``.yml``.

    Raises InputError with the place of every fault.
    """
    suffix = path.suffix.lower()
    if suffix in (".yaml", ".yml"):
        from secaudit.registry.asset_yaml import read_yaml

        return _without_doubles(read_yaml(path, default_zone))
    content = _content(path)
    if suffix == ".xlsx":
        from secaudit.registry.asset_sheets import read_sheet

        return _table(read_sheet(content, str(path)), str(path), default_zone)
    if suffix in (".csv", ".txt"):
        return _table(_csv_lines(content, str(path)), str(path), default_zone)
    raise InputError(
        "{path} is not an inventory that can be read",
        hint="save it as .csv, .xlsx or .yaml",
        path=path,
    )


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise InputError(
                "larger than {limit} MiB", source=str(path), limit=LARGEST_FILE // 2**20
            )
        return path.read_bytes()
    except OSError as error:
        raise InputError("{why}", source=str(path), why=os_words(error)) from None


def _table(lines: Iterator[Line], source: str, default_zone: str) -> list[ReadAsset]:
    first = next(lines, None)
    if first is None:
        raise InputError(
            "the file is empty", hint="see secaudit asset template", source=source, line=1
        )
    fields = header(first.cells, first.where)
    found: list[ReadAsset] = []
    faults: list[InputError] = []
    for count, line in enumerate(lines):
        if count >= MOST_ROWS:
            raise InputError("more than {limit} rows", source=source, limit=MOST_ROWS)
        try:
            found.append(
                ReadAsset(read_row(fields, line.cells, line.where, default_zone), line.where(0))
            )
        except InputError as error:
            faults.append(error)
    raise_all(faults)
    return _without_doubles(found)


def _without_doubles(assets: Iterable[ReadAsset]) -> list[ReadAsset]:
    seen: dict[tuple[str, str], ReadAsset] = {}
    for item in assets:
        key = (item.asset.zone, item.asset.name)
        if key in seen:
            raise InputError(
                "{name} in zone {zone} stands twice; the first is at {place}",
                hint="an asset is known by its name and zone: give each its own",
                source=item.place,
                name=item.asset.name,
                zone=item.asset.zone,
                place=seen[key].place,
            )
        seen[key] = item
    return list(seen.values())


def _csv_lines(content: bytes, source: str) -> Iterator[Line]:
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
            yield Line(cells, _at_line(source, began))
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
