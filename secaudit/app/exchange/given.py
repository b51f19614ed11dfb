"""What stands in a file that came back: rows with their cells, whatever was moved about in it.

Columns are known by their heading in either language, or by the key of the field, wherever they
stand. Rows above the headings are skipped, and told.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from reports.words import Words
from secaudit.app.exchange.exported import META_SHEET, Exported, read_exported
from secaudit.app.exchange.fields import LANGUAGES, Field
from secaudit.app.exchange.noun import Noun
from secaudit.content.tables import MOST_ROWS, Cell, Line, Table, read_tables
from secaudit.content.tables.cells import Block
from secaudit.core.errors import InputError
from secaudit.core.errors import SecauditError as Statement

BASE = "base"
_ROWS_TO_LOOK = 20
"""The headings are looked for in so many rows with anything in them."""


@dataclass(frozen=True)
class GivenRow:
    """One row: its cells by the key of their field, and where each stands."""

    number: int
    place: str
    cells: Mapping[str, Cell]
    places: Mapping[str, str]
    merged: Mapping[str, str] = field(default_factory=dict)
    """Fields whose cell is part of a merged block, with the name of the block."""


@dataclass(frozen=True)
class Given:
    """A whole file."""

    rows: Sequence[GivenRow]
    columns: frozenset[str]
    """The keys of the fields that have a column."""
    notes: Sequence[Statement] = ()
    exported: Exported | None = None


def read_given(path: Path, content: bytes, noun: Noun) -> Given:
    """Read a CSV or XLSX file. Raises InputError where it is none, or has no headings."""
    headings = _headings(noun)
    exported = None
    given: Given | None = None
    for table in read_tables(path, content):
        if table.title == META_SHEET:
            exported = read_exported(table.lines)
            continue
        if given is not None:
            continue
        given = _read_table(table, headings, path)
    if given is None:
        raise InputError(
            "{path} has no column {heading}: it is not a file of this kind",
            hint="write one with: secaudit {noun} export -o FILE.xlsx",
            path=path,
            heading=Words(LANGUAGES[0])("exchange.column.id"),
            noun=noun.name,
        )
    if exported is not None and exported.noun != noun.name:
        raise InputError(
            "{path} was written by: secaudit {other} export",
            hint="take it in with: secaudit {other} import FILE",
            path=path,
            other=exported.noun,
        )
    return replace(given, exported=exported)


def _headings(noun: Noun) -> dict[str, str]:
    known = {BASE: BASE}
    for language in LANGUAGES:
        known[_plain(Words(language)("exchange.column.base"))] = BASE
        known |= {_plain(item.heading(language)): item.key for item in noun.fields}
    # A key never stands for another field than its heading does.
    return {**{_plain(item.key): item.key for item in noun.fields}, **known}


def _plain(text: str) -> str:
    return re.sub(r"[\s_-]+", " ", text).strip().casefold()


def _read_table(table: Table, headings: Mapping[str, str], path: Path) -> Given | None:
    lines = iter(table.lines)
    above = []
    head: Line | None = None
    for line in islice(lines, _ROWS_TO_LOOK):
        found = [headings.get(_plain(cell.text)) for cell in line.cells]
        if "id" in found or BASE in found:
            head = line
            break
        above.append(line)
    if head is None:
        return None
    keys, notes = _columns(head, headings, table.merged)
    if above:
        notes.insert(
            0,
            InputError("rows above the headings are not read: {count}", count=len(above)),
        )
    blocks = _by_row(table.merged)
    rows: list[GivenRow] = []
    for line in lines:
        if len(rows) >= MOST_ROWS:
            raise InputError("more than {limit} rows", source=str(path), limit=MOST_ROWS)
        row = _row(line, keys, blocks)
        if row.cells or row.merged:
            rows.append(row)
    return Given(rows, frozenset(key for key in keys if key), notes)


def _columns(
    head: Line, headings: Mapping[str, str], merged: Iterable[Block]
) -> tuple[list[str | None], list[Statement]]:
    keys: list[str | None] = []
    notes: list[Statement] = []
    for block in merged:
        if block.first_row <= head.number <= block.last_row:
            raise InputError(
                "the headings are merged: {cells}",
                hint="split the cells, so that each column has its own heading",
                source=head.where(block.first_column - 1),
                cells=block.name,
            )
    for index, cell in enumerate(head.cells):
        key = headings.get(_plain(cell.text))
        if key is not None and key in keys:
            raise InputError(
                "the column {name} stands twice", source=head.where(index), name=cell.text
            )
        if key is None and not cell.blank:
            notes.append(
                InputError(
                    "the column {name!r} is not known here and is not read",
                    source=head.where(index),
                    name=" ".join(cell.text.split())[:80],
                )
            )
        keys.append(key)
    return keys, notes


def _by_row(blocks: Iterable[Block]) -> Callable[[int], list[Block]]:
    """The merged blocks of a row; a block may be as high as a sheet, so rows are not spread out."""
    ordered = sorted(blocks, key=lambda block: block.first_row)

    def at(row: int) -> list[Block]:
        return [block for block in ordered if block.first_row <= row <= block.last_row]

    return at if ordered else lambda _row: []


def _row(line: Line, keys: Sequence[str | None], blocks: Callable[[int], list[Block]]) -> GivenRow:
    cells: dict[str, Cell] = {}
    places: dict[str, str] = {}
    merged: dict[str, str] = {}
    for index, key in enumerate(keys):
        if key is None:
            continue
        places[key] = line.where(index)
        if index < len(line.cells) and not line.cells[index].blank:
            cells[key] = line.cells[index]
    for block in blocks(line.number):
        for index in range(block.first_column - 1, min(block.last_column, len(keys))):
            if (name := keys[index]) is not None:
                merged[name] = block.name
    return GivenRow(line.number, line.where(0), cells, places, merged)


def fields_by_key(noun: Noun) -> dict[str, Field]:
    """The fields of a noun by their key."""
    return {item.key: item for item in noun.fields}
