"""What the readers of inventories share: a row with its place, and the first of many faults."""

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


def raise_first(faults: Sequence[InputError]) -> None:
    """Raise the first fault, if there is one; its hint says how many rows have faults besides."""
    if len(faults) > 1:
        first = faults[0]
        raise InputError(
            first.message,
            hint="nothing was imported; rows with faults besides this one: {others}",
            source=first.source,
            line=first.line,
            others=len(faults) - 1,
            **first.facts,
        )
    if faults:
        raise faults[0]
