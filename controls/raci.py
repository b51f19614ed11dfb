"""Who does, answers for, is asked about and is told of a task: RACI matrices.

A cell that could not be read stays open until a person confirms it from the signed copy; the
program never fills it in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from controls.crosswalk import Confirmation
from controls.model import FrameworkId, Lines, LocalId
from secaudit.content.bilingual import Bilingual
from secaudit.content.faults import said
from secaudit.core.vocabulary import Confidence

Letter = Literal["R", "A", "C", "I"]
Letters = tuple[Letter, ...]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OpenCell(_Model):
    """A cell that could not be read for sure."""

    open: Literal[True]
    why: Bilingual
    read_as: Letters = ()
    """What the letters looked like; a hint for the reader of the signed copy, and no more."""


class TaskEntry(_Model):
    """One row of a matrix."""

    key: LocalId
    title: Bilingual
    citation: Bilingual
    requirement: LocalId | None = None
    """The provision of the same framework that gives the task which the row divides."""
    lines: Lines | None = None
    cells: Mapping[str, Letters | OpenCell]


class ConfirmedCell(_Model):
    """What a person read in the signed copy. No letters at all: the cell is empty there."""

    task: LocalId
    actor: str
    letters: Letters
    by: Annotated[str, Field(min_length=1)]
    on: date
    proof: str = ""


class MatrixEntry(_Model):
    """What a matrix is of."""

    framework: FrameworkId
    title: Bilingual
    citation: Bilingual
    confidence: Confidence
    note: Bilingual | None = None
    legend: Mapping[Letter, Bilingual]
    actors: Mapping[str, Bilingual]
    tasks: Annotated[tuple[TaskEntry, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _is_whole(self) -> "MatrixEntry":
        keys = [task.key for task in self.tasks]
        if len(set(keys)) < len(keys):
            raise said("two tasks have the same key")
        for task in self.tasks:
            if set(task.cells) != set(self.actors):
                raise said("{key} must have a cell for each actor and no other", key=task.key)
        return self


class RaciFile(_Model):
    """One YAML file under ``raci/``. A workspace's may confirm cells alone."""

    schema_version: Literal[1]
    raci: FrameworkId
    matrix: MatrixEntry | None = None
    confirmed: tuple[ConfirmedCell, ...] = ()


@dataclass(frozen=True)
class RaciCell:
    """One cell. ``letters`` is None while it is open; empty where the signed copy has none."""

    letters: Letters | None
    read_as: Letters = ()
    why_open: Bilingual | None = None
    confirmed: Confirmation | None = None
    source: str = ""
    """The file and line that confirm it."""


@dataclass(frozen=True)
class RaciTask:
    """One row: a cell for each actor. ``requirement`` is the whole id of what gives the task."""

    key: str
    title: Bilingual
    citation: Bilingual
    requirement: str | None
    lines: str | None
    cells: Mapping[str, RaciCell]


@dataclass(frozen=True)
class RaciMatrix:
    """A whole matrix, with what people confirmed laid over it."""

    id: str
    framework: str
    title: Bilingual
    citation: Bilingual
    confidence: Confidence
    note: Bilingual | None
    legend: Mapping[Letter, Bilingual]
    actors: Mapping[str, Bilingual]
    tasks: tuple[RaciTask, ...]

    @property
    def open_cells(self) -> int:
        """How many cells a person has yet to confirm."""
        return sum(cell.letters is None for task in self.tasks for cell in task.cells.values())
