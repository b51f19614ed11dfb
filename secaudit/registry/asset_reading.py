"""What the readers of inventories share: an asset with its place, and rows as plain text."""

from dataclasses import dataclass

from secaudit.content.tables import Cell, Line
from secaudit.core.errors import InputError
from secaudit.registry.asset import Asset


@dataclass(frozen=True)
class ReadAsset:
    """One asset as read, without a number yet, and the place that it came from."""

    asset: Asset
    place: str


def texts_of(line: Line) -> list[str]:
    """The cells of a row as text. Raises InputError for a formula, an error or a date."""
    return [_text(cell, line.where(index)) for index, cell in enumerate(line.cells)]


def _text(cell: Cell, place: str) -> str:
    if cell.fault is not None:
        raise cell.fault
    if cell.day is not None:
        raise InputError(
            "the cell has a date",
            hint="set the format of the column to text, and write it again",
            source=place,
        )
    return cell.text
