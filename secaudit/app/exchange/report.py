"""What an import would do, or did: row by row, field by field, with the reason of each refusal."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from secaudit.core.errors import SecauditError
from secaudit.text.language import gettext

Statement = SecauditError
"""A sentence with its facts, which is translated when it is shown."""
Refusals = Mapping[int, Sequence[Statement]]
"""The reasons of each row that is refused, by the number of the row in the reading."""


class Fate(StrEnum):
    """What becomes of a row."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    CONFLICT = "conflict"
    """Somebody else changed the same field since the export: nothing of the row is taken."""
    REFUSED = "refused"


BLOCKING = (Fate.CONFLICT, Fate.REFUSED)


@dataclass(frozen=True)
class FieldChange:
    """One field: what it is in the workspace, and what it becomes."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True)
class FieldConflict:
    """One field that both sides changed."""

    field: str
    workspace: Any
    file: Any


@dataclass(frozen=True)
class RowReport:
    """One row: where it stands, what it is about, what becomes of it and why."""

    place: str
    id: str | None
    fate: Fate
    changes: Sequence[FieldChange] = ()
    conflicts: Sequence[FieldConflict] = ()
    refusals: Sequence[Statement] = ()
    notes: Sequence[Statement] = ()


@dataclass(frozen=True)
class ImportReport:
    """The whole import. ``absent`` are objects that the file was exported with, or a list shows,
    and that stand in no row of it: they are left as they are.
    """

    noun: str
    file: str
    sha256: str
    rows: Sequence[RowReport]
    absent: Sequence[str] = ()
    notes: Sequence[Statement] = ()
    written: bool = False
    skipped: bool = False
    """Whether refused rows were left out, and the rest was taken."""
    counts: Mapping[Fate, int] = field(default_factory=dict)

    @property
    def blocked(self) -> tuple[RowReport, ...]:
        """The rows of which nothing is taken."""
        return tuple(row for row in self.rows if row.fate in BLOCKING)

    @property
    def taken(self) -> tuple[RowReport, ...]:
        """The rows that change something."""
        return tuple(row for row in self.rows if row.fate in (Fate.NEW, Fate.CHANGED))

    def same_as(self, other: "ImportReport") -> bool:
        """Tell whether another run over the same file says the same of every row."""

        def outline(report: ImportReport) -> list[Any]:
            return [(row.fate, row.place, row.changes, row.conflicts) for row in report.rows]

        return self.sha256 == other.sha256 and outline(self) == outline(other)


def counted(rows: Sequence[RowReport]) -> dict[Fate, int]:
    """How many rows have each fate."""
    found = Counter(row.fate for row in rows)
    return {fate: found[fate] for fate in Fate}


def record_of(report: ImportReport) -> dict[str, Any]:
    """The report as JSON values, its sentences in the current language."""
    return {
        "schema_version": 1,
        "kind": report.noun,
        "file": report.file,
        "sha256": report.sha256,
        "written": report.written,
        "counts": {fate.value: report.counts.get(fate, 0) for fate in Fate},
        "rows": [row_record(row) for row in report.rows if row.fate is not Fate.UNCHANGED],
        "absent": list(report.absent),
        "notes": [said(note) for note in report.notes],
    }


def row_record(row: RowReport) -> dict[str, Any]:
    """One row as JSON values."""
    return {
        "place": row.place,
        "id": row.id,
        "fate": row.fate.value,
        "changes": [vars(item) for item in row.changes],
        "conflicts": [vars(item) for item in row.conflicts],
        "refusals": [said(item) for item in row.refusals],
        "notes": [said(item) for item in row.notes],
    }


def said(statement: Statement) -> str:
    """A sentence with its hint, in the current language."""
    message, hint = statement.in_words(gettext)
    return f"{message} ({hint})" if hint else message
