"""What stands in a file that came back: rows with their cells, whatever was moved about in it.

Columns are known by their heading in either language, or by the key of the field, wherever they
stand. Rows above the headings are skipped, and told.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, islice
from pathlib import Path

from reports.words import Words
from secaudit.app.exchange.exported import META_SHEET, Exported, read_exported
from secaudit.app.exchange.fields import LANGUAGES
from secaudit.app.exchange.noun import Noun
from secaudit.content.tables import MOST_ROWS, Cell, Line, Table, read_tables
from secaudit.content.tables.cells import Block
from secaudit.core.errors import InputError
from secaudit.core.errors import SecauditError as Statement
from secaudit.text.language import current_language

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
    also: list[Statement] = []
    for table in read_tables(path, content):
        if table.title == META_SHEET:
            exported = read_exported(table.lines)
            continue
        found = _read_table(table, headings, path, wanted=given is None)
        if given is None:
            given = found
        elif found is not None:
            also.append(
                InputError("the sheet {name!r} looks alike and is not read", name=table.title)
            )
    if given is None:
        raise InputError(
            "{path} has no column {heading}: it is not a file of this kind",
            hint="write one with: secaudit {noun} export -o FILE.xlsx",
            path=path,
            heading=Words(current_language().value)("exchange.column.id"),
            noun=noun.name,
        )
    if exported is not None and exported.noun != noun.name:
        raise InputError(
            "{path} was written by: secaudit {other} export",
            hint="take it in with: secaudit {other} import FILE",
            path=path,
            other=exported.noun,
        )
    return replace(given, notes=[*given.notes, *also], exported=exported)


def _headings(noun: Noun) -> dict[str, str]:
    known = {BASE: BASE}
    for language in LANGUAGES:
        known[_plain(Words(language)("exchange.column.base"))] = BASE
        known |= {_plain(item.heading(language)): item.key for item in noun.fields}
    # A key never stands for another field than its heading does.
    return {**{_plain(item.key): item.key for item in noun.fields}, **known}


def _plain(text: str) -> str:
    return re.sub(r"[\s_-]+", " ", text).strip().casefold()


def _read_table(
    table: Table, headings: Mapping[str, str], path: Path, *, wanted: bool
) -> Given | None:
    """Read a table that has our headings; None for any other. Unless ``wanted``, no rows."""
    lines = iter(table.lines)
    above = []
    head: Line | None = None
    for line in islice(lines, _ROWS_TO_LOOK):
        found = [headings.get(_plain(cell.text)) for cell in line.cells]
        known = {key for key in found if key}
        if BASE in known or ("id" in known and len(known) > 1):
            head = line
            break
        above.append(line)
    if head is None:
        return None
    if not wanted:
        return Given([], frozenset())
    keys, notes = _columns(head, headings, table.merged)
    if above:
        notes.insert(
            0,
            InputError("rows above the headings are not read: {count}", count=len(above)),
        )
    blocks = _merged_cells(table.merged, keys)
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


def _merged_cells(
    blocks: Sequence[Block], keys: Sequence[str | None]
) -> Callable[[int], dict[str, str]]:
    """For a row: which fields stand in a merged block, and its name.

    A block may be as large as the sheet, and there may be many: each column of ours has its blocks
    in the order of their first row, each with the lowest block so far.
    """
    columns: dict[str, tuple[list[int], list[Block]]] = {}
    ordered = sorted(blocks, key=lambda block: block.first_row)
    for index, key in enumerate(keys, start=1):
        mine = [item for item in ordered if item.first_column <= index <= item.last_column]
        if key is not None and mine:
            lowest = list(accumulate(mine, _lower))
            columns[key] = ([item.first_row for item in mine], lowest)

    def at(row: int) -> dict[str, str]:
        found = {}
        for key, (firsts, lowest) in columns.items():
            position = bisect_right(firsts, row) - 1
            if position >= 0 and lowest[position].last_row >= row:
                found[key] = lowest[position].name
        return found

    return at


def _lower(one: Block, other: Block) -> Block:
    return one if one.last_row > other.last_row else other


def _row(
    line: Line, keys: Sequence[str | None], merged: Callable[[int], dict[str, str]]
) -> GivenRow:
    cells: dict[str, Cell] = {}
    places: dict[str, str] = {}
    for index, key in enumerate(keys):
        if key is None:
            continue
        places[key] = line.where(index)
        if index < len(line.cells) and not line.cells[index].blank:
            cells[key] = line.cells[index]
    return GivenRow(line.number, line.where(0), cells, places, merged(line.number))
