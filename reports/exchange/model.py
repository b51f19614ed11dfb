"""What a table to fill in is made of; where its data came from is not known here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from reports.spreadsheet import Value


@dataclass(frozen=True)
class FormColumn:
    """One column: whether it may be edited, and what it offers."""

    key: str
    heading: str
    width: int
    editable: bool
    new_only: bool = False
    choices: Sequence[str] = ()


@dataclass(frozen=True)
class FormTable:
    """One table in one language, each row with its base as the last value.

    ``meta`` are the rows of the hidden sheet, which tell the program what was exported.
    """

    noun: str
    language: str
    timezone: str
    organisation: str
    day: date
    at: datetime
    columns: Sequence[FormColumn]
    rows: Sequence[Sequence[Value]]
    meta_title: str
    meta: Sequence[Sequence[str]]
