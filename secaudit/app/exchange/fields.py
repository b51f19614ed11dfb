"""What a column of an exchanged table holds: how its value is written, read and compared.

A value is plain JSON: text, a number, a day in ISO form, a code of a closed list, ids with commas
between, or None for an empty cell. ``normal`` is a value as it comes back from a spreadsheet, so
that what nobody edited is never taken for an edit.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from reports.words import Words
from secaudit.content.tables import Cell
from secaudit.core.canonical import canonical_json, sha256_hex
from secaudit.core.errors import InputError
from secaudit.text.amounts import read_amount, read_effort
from secaudit.text.days import read_day
from secaudit.text.escape import cell as safe_cell
from secaudit.text.escape import from_cell
from secaudit.text.language import current_language
from secaudit.text.plain import require_plain

Plain = str | int | float | None
LANGUAGES = ("id", "en")
LONGEST_LINE = 300
"""As in an inventory: names, owners, titles."""
LONGEST_TEXT = 5_000
_SCORE = re.compile(r"(\d)\s*[x×*]\s*(\d)", re.IGNORECASE)
_PARTS = re.compile(r"[\s,;]+")


class Kind(StrEnum):
    """What a value is."""

    LINE = "line"
    """Text on one line."""
    TEXT = "text"
    DAY = "day"
    AMOUNT = "amount"
    EFFORT = "effort"
    NUMBER = "number"
    SCORE = "score"
    WORD = "word"
    """A code of a closed list, written as its word."""
    IDS = "ids"
    NAMES = "names"


class Edit(StrEnum):
    """Whether a column is read as a change."""

    NEVER = "never"
    """For people to read; an edit is told and ignored."""
    STATE = "state"
    """An edit is refused: a state is the outcome of something else."""
    FREE = "free"
    """May be changed, and emptied only where ``may_be_empty`` says so."""
    NEW_ONLY = "new_only"
    """Read on a row without an id."""
    ADDED = "added"
    """Written empty; whatever stands there is something new to add."""


WordsOf = Callable[[str], Mapping[str, str]]
"""The codes of a closed list with their words in a language."""


@dataclass(frozen=True)
class Field:
    """One column. ``words`` is needed for words, ``codes_offered`` for a list to choose from."""

    key: str
    kind: Kind
    edit: Edit = Edit.NEVER
    width: int = 16
    may_be_empty: bool = False
    words: WordsOf | None = None
    offered: Callable[[str], Sequence[str]] | None = None
    """What a drop-down list offers in a language."""

    def heading(self, language: str) -> str:
        """The heading in a language."""
        return Words(language)(f"exchange.column.{self.key}")

    @property
    def editable(self) -> bool:
        """Tell whether an edit can become a change."""
        return self.edit in (Edit.FREE, Edit.ADDED)

    def shown(self, value: Plain, language: str) -> str | int | float | date | None:
        """The value as a cell carries it, before it is made safe."""
        if value is None or value == "":
            return None
        if self.kind is Kind.DAY:
            return date.fromisoformat(str(value))
        if self.kind is Kind.WORD and self.words is not None:
            return self.words(language).get(str(value), str(value))
        return value

    def read(self, cell: Cell) -> Plain:
        """Read a cell as a person left it. Raises InputError that says why it cannot be read."""
        if cell.fault is not None:
            raise cell.fault
        if cell.blank:
            return None
        return _READERS[self.kind](self, cell)

    def normal(self, value: Plain, language: str) -> Plain:
        """The value as it comes back when nobody has touched it."""
        shown = self.shown(value, language)
        if shown is None:
            return None
        if isinstance(shown, date):
            return shown.isoformat()
        if isinstance(shown, str):
            return self.read(Cell(safe_cell(shown)))
        return _whole(shown)

    def mark(self, value: Plain, language: str) -> str:
        """A short hash of a value as it comes back: equal for what nobody has touched."""
        return mark_of(self._tried(value, language))

    def _tried(self, value: Plain, language: str) -> Plain:
        try:
            return self.normal(value, language)
        except InputError:
            return value


def mark_of(value: Plain) -> str:
    """The short hash of a value that was read."""
    return sha256_hex(canonical_json(value))[:8]


def _whole(value: float) -> float:
    return int(value) if float(value).is_integer() else value


def _clean(text: str) -> str:
    return unicodedata.normalize("NFC", from_cell(text)).replace("\r\n", "\n").replace("\r", "\n")


def _line(_field: Field, cell: Cell) -> Plain:
    return require_plain(" ".join(_clean(cell.text).split()), LONGEST_LINE) or None


def _text(_field: Field, cell: Cell) -> Plain:
    lines = [line.rstrip() for line in _clean(cell.text).strip().split("\n")]
    return require_plain("\n".join(lines), LONGEST_TEXT, lines=True).replace("\t", " ") or None


def _day(_field: Field, cell: Cell) -> Plain:
    if cell.day is not None:
        # The first days of 1900 are numbers that somebody typed into a cell for dates.
        return read_day(cell.day.isoformat()).day.isoformat()
    if cell.number is not None:
        raise InputError(
            "{value} is a number, not a day",
            hint="set the format of the cell to date, or write it as 2026-12-15",
            value=cell.text,
        )
    return read_day(from_cell(cell.text)).day.isoformat()


def is_unsure_day(cell: Cell) -> bool:
    """Tell whether a day is written so that it could be read in two ways."""
    if cell.day is not None or cell.number is not None or cell.blank:
        return False
    try:
        return read_day(from_cell(cell.text)).unsure
    except InputError:
        return False


def _amount(_field: Field, cell: Cell) -> Plain:
    if cell.number is not None:
        if not float(cell.number).is_integer() or cell.number < 0:
            raise InputError("{value!r} is not a whole amount such as 15000000", value=cell.text)
        return int(cell.number)
    return read_amount(from_cell(cell.text))


def _effort(_field: Field, cell: Cell) -> Plain:
    if cell.number is not None:
        if cell.number < 0:
            raise InputError(
                "{value!r} is not a number of person-days such as 2.5", value=cell.text
            )
        return _whole(round(float(cell.number), 2))
    return _whole(read_effort(from_cell(cell.text)))


def _number(_field: Field, cell: Cell) -> Plain:
    return _whole(cell.number) if cell.number is not None else read_amount(from_cell(cell.text))


def _score(_field: Field, cell: Cell) -> Plain:
    found = _SCORE.fullmatch(from_cell(cell.text).strip())
    if found is None:
        raise InputError(
            "{value!r} is not a score such as 3x4",
            hint="write likelihood x impact",
            value=cell.text,
        )
    return f"{found[1]}x{found[2]}"


def _word(field: Field, cell: Cell) -> Plain:
    text = " ".join(from_cell(cell.text).split())
    known: dict[str, str] = {}
    for language in LANGUAGES:
        for code, word in field.words(language).items() if field.words else ():
            known[word.casefold()] = known[code.casefold()] = code
    found = known.get(text.casefold())
    if found is None:
        raise InputError(
            "{text!r} is not one of: {expected}",
            text=text,
            expected=", ".join(field.words(current_language().value).values())
            if field.words
            else "",
        )
    return found


def _ids(_field: Field, cell: Cell) -> Plain:
    parts = [part.upper() for part in _PARTS.split(from_cell(cell.text)) if part]
    return ", ".join(sorted(set(parts), key=lambda name: (len(name), name))) or None


def _names(_field: Field, cell: Cell) -> Plain:
    parts = [" ".join(part.split()) for part in re.split(r"[,;\n]", _clean(cell.text))]
    names = dict.fromkeys(require_plain(part, LONGEST_LINE) for part in parts if part)
    return require_plain(", ".join(names), LONGEST_TEXT) or None


_READERS: Mapping[Kind, Callable[[Field, Cell], Plain]] = {
    Kind.LINE: _line,
    Kind.TEXT: _text,
    Kind.DAY: _day,
    Kind.AMOUNT: _amount,
    Kind.EFFORT: _effort,
    Kind.NUMBER: _number,
    Kind.SCORE: _score,
    Kind.WORD: _word,
    Kind.IDS: _ids,
    Kind.NAMES: _names,
}


def names_in(value: Plain) -> tuple[str, ...]:
    """The ids or names of a list."""
    return tuple(part.strip() for part in str(value or "").split(",") if part.strip())


Record = Mapping[str, Any]
