"""The base of a row: what was exported, by which version, so that an edit is told from a change.

``1|id|P-0001|3|owner=1f3a9c2d,action=...|8c2d41``: the form's version, the language, the id, the
version of the object, a short hash of each cell, and a check of all that. It says nothing that the
row does not say, and tells when a row was pasted over another.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from secaudit.app.exchange.fields import LANGUAGES
from secaudit.core.canonical import sha256_hex
from secaudit.core.errors import InputError

FORM = "1"


@dataclass(frozen=True)
class Base:
    """What a row was when it was exported."""

    id: str
    version: int
    language: str
    marks: Mapping[str, str]

    def __str__(self) -> str:
        """Write it for a cell."""
        marks = ",".join(f"{key}={mark}" for key, mark in self.marks.items())
        plain = "|".join((FORM, self.language, self.id, str(self.version), marks))
        return f"{plain}|{_check(plain)}"


def read_base(text: str) -> Base:
    """Read it back. Raises InputError where somebody changed it, or a newer program wrote it."""
    plain, _, check = text.strip().rpartition("|")
    parts = plain.split("|")
    if check != _check(plain) or len(parts) != 5 or parts[1] not in LANGUAGES:
        raise InputError(
            "the base version of this row was changed",
            hint="export anew, and enter the changes there",
        )
    if parts[0] != FORM:
        raise InputError(
            "the base version of this row has another form: {form}",
            hint="export anew, and enter the changes there",
            form=parts[0],
        )
    marks = dict(pair.split("=", 1) for pair in parts[4].split(",") if "=" in pair)
    return Base(parts[2], int(parts[3]), parts[1], marks)


def _check(plain: str) -> str:
    return sha256_hex(plain.encode())[:6]
