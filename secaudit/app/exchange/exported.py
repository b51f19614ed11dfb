"""What a file says of its own export: kind, form, language, and which ids were in it.

It stands on a hidden sheet of a workbook, and beside the rows in JSON. A CSV file has none.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from secaudit.app.exchange.base import FORM
from secaudit.content.tables import Line
from secaudit.core.errors import InputError
from secaudit.core.instant import format_instant, parse_instant

META_SHEET = "_secaudit"
_IDS_IN_A_CELL = 2_000
_RUN = re.compile(r"(\d{1,9})(?:-(\d{1,9}))?")
_MOST_IDS = 1_000_000


@dataclass(frozen=True)
class Exported:
    """One export. ``ids`` are those of its rows, as runs of numbers: ``1-3,7``."""

    noun: str
    language: str
    at: datetime
    runs: str

    def ids(self, letter: str) -> Iterator[str]:
        """The ids that were exported."""
        count = 0
        for found in _RUN.finditer(self.runs):
            first, last = int(found[1]), int(found[2] or found[1])
            count += last - first + 1
            if count > _MOST_IDS:
                return
            for number in range(first, last + 1):
                yield f"{letter}-{number:04d}"


def runs_of(ids: Iterable[str]) -> str:
    """Write ids as runs of their numbers."""
    numbers = sorted({int(identity.partition("-")[2]) for identity in ids})
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


def meta_rows(exported: Exported) -> list[Sequence[str]]:
    """The rows of the hidden sheet."""
    parts = exported.runs.split(",")
    chunks = [parts[at : at + _IDS_IN_A_CELL] for at in range(0, len(parts), _IDS_IN_A_CELL)]
    return [
        ("form", FORM),
        ("kind", exported.noun),
        ("language", exported.language),
        ("exported", format_instant(exported.at)),
        *(("ids", ",".join(chunk)) for chunk in chunks),
    ]


def read_exported(lines: Iterable[Line]) -> Exported | None:
    """Read the hidden sheet; None where somebody emptied it. Raises InputError for a newer form."""
    said: dict[str, list[str]] = {}
    for line in lines:
        if len(line.cells) >= 2:
            said.setdefault(line.cells[0].text, []).append(line.cells[1].text)
    try:
        form, noun, language = (said[key][0] for key in ("form", "kind", "language"))
        at = parse_instant(said["exported"][0])
    except (KeyError, ValueError):
        return None
    if form != FORM:
        raise InputError(
            "the file has another form: {form}",
            hint="export anew, and enter the changes there",
            form=form,
        )
    return Exported(noun, language, at, ",".join(said.get("ids", [])))
