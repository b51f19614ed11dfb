"""What the readers of inventories share: a row with its place, and the faults of many rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from secaudit.core.errors import InputError
from secaudit.registry.asset import Asset


@dataclass(frozen=True)
class ReadAsset:
    """One asset as read, without a number yet, and the place that it came from."""

    asset: Asset
    place: str


@dataclass(frozen=True)
class Line:
    """One row of a table: its cells as text, and how to name the place of a cell."""

    cells: Sequence[str]
    where: Callable[[int], str]


def raise_all(faults: Sequence[InputError]) -> None:
    """Raise the faults as one error, if there are any."""
    if faults:
        raise InputError.together(faults, hint="nothing was imported")
