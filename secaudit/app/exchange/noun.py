"""What findings, plans and risks have in common when they are exchanged: a noun."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection

from secaudit.app.exchange.fields import Field, Plain
from secaudit.app.exchange.report import Refusals
from secaudit.app.workspace import Change, Workspace
from secaudit.core.instant import parse_instant


@dataclass(frozen=True)
class Entry:
    """One object as it is exported: its id, its version, and the value of each field."""

    id: str
    version: int
    values: Mapping[str, Plain]


@dataclass(frozen=True)
class Edited:
    """One row that is to be taken in: only what changes, and what it is a change of.

    ``id`` is None for a new object. ``added`` are values of columns that add something.
    """

    row: int
    id: str | None
    values: Mapping[str, Plain]
    added: Mapping[str, Plain]
    entry: Entry | None

    def said(self, key: str) -> Plain:
        """A value of the row, whichever way it is meant."""
        return self.values.get(key, self.added.get(key))


@dataclass(frozen=True)
class Applied:
    """What became of the rows: refused ones, ids of new objects, remarks about rows."""

    refused: Refusals
    made: Mapping[int, str]
    already: Collection[int] = ()
    """Rows of new objects that are there already."""
    notes: Mapping[int, Sequence[Exception]] | None = None


def local_day(workspace: Workspace, instant: str) -> str:
    """The day of an instant, written as JSON, where the workspace is."""
    return parse_instant(instant).astimezone(workspace.settings.time_zone).date().isoformat()


class Noun(Protocol):
    """Findings, plans or risks."""

    name: str
    letter: str
    """What its ids begin with."""
    fields: tuple[Field, ...]
    makes_new: bool

    def entries(
        self, workspace: Workspace, connection: Connection, ids: Sequence[str]
    ) -> dict[str, Entry]:
        """These objects in the current language; unknown ids are left out."""
        ...

    def standing(self, workspace: Workspace, connection: Connection) -> Sequence[str]:
        """The ids that a list shows."""
        ...

    def closed_word(self, code: Any) -> str:
        """How a state is come to, which no file can bring about: a hint."""
        ...

    def missing(self, values: Mapping[str, Plain]) -> Sequence[str]:
        """The keys of fields that a new object lacks."""
        ...

    def apply(
        self, workspace: Workspace, change: Change, rows: Sequence[Edited], reason: str
    ) -> Applied:
        """Take rows in through the use cases; what they refuse leaves no trace."""
        ...
