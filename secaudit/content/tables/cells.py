"""A cell with what it says, a row with its place, a table with what it hides."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from secaudit.core.errors import InputError


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. ``text`` says it in any case; a date or a number stands beside it as such."""

    text: str = ""
    day: date | None = None
    """Where the spreadsheet keeps a date; its time is left out."""
    number: float | None = None
    fault: InputError | None = None
    """Why its value is not known: a formula that nobody computes, an error."""

    @property
    def blank(self) -> bool:
        """Tell whether there is nothing in it."""
        return self.fault is None and not self.text.strip()


EMPTY = Cell()


def formula_at(place: str) -> Cell:
    """A cell with a formula: what it comes to is not computed here."""
    return Cell(
        fault=InputError(
            "the cell has a formula",
            hint="replace it by its value (paste as values)",
            source=place,
        )
    )


@dataclass(frozen=True)
class Line:
    """One row of a table: its cells, and how to name the place of a cell (from 0)."""

    cells: Sequence[Cell]
    where: Callable[[int], str]
    number: int = 0
    """The row in the file, from 1."""


@dataclass(frozen=True)
class Block:
    """Cells that were merged into one: rows and columns from 1, both ends included."""

    name: str
    first_row: int
    last_row: int
    first_column: int
    last_column: int


@dataclass(frozen=True)
class Table:
    """One sheet, or one CSV file: the rows that have anything in them, to be walked through once.

    ``merged`` are blocks whose value stands in their first cell only.
    """

    title: str
    lines: Iterator[Line]
    merged: Sequence[Block] = field(default=())


def raise_all(faults: Sequence[InputError]) -> None:
    """Raise the faults as one error, if there are any."""
    if faults:
        raise InputError.together(faults, hint="nothing was imported")
