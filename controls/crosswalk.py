"""Crosswalks: how the numbers of one edition go over into those of the next.

The *kind of change* tells where a number and its title come from. It is not the *relation of
meaning*: that counts as overlapping and unconfirmed until a person decides it, pair by pair, and
part is never carried over as whole.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from controls.model import FrameworkId, LocalId
from controls.vocabulary import RequirementRelation
from secaudit.content.bilingual import Bilingual
from secaudit.content.faults import said
from secaudit.core.vocabulary import Confidence


class Change(StrEnum):
    """What became of one requirement; a judgement about numbers and titles."""

    SAME = "same"
    """One old, one new, the same title (spelling and abbreviation aside)."""
    RENAMED = "renamed"
    """One old, one new, another title."""
    MERGED = "merged"
    """Its one successor has other sources too."""
    SPLIT = "split"
    """It goes over into several."""
    NEW = "new"
    """It has no source in the edition before."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _day(value: Any) -> Any:
    # Behind a validator that takes short forms, pydantic reads no dates from text itself.
    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise said("must be a date such as 2026-11-21") from None


Day = Annotated[date, BeforeValidator(_day, json_schema_input_type=date)]


class Confirmation(_Model):
    """Who confirmed something, when, and from what. Names are asserted, not proved."""

    by: Annotated[str, Field(min_length=1)]
    on: Day
    proof: str = ""


class TargetEntry(_Model):
    """One successor. A bare id in YAML leaves the relation overlapping and unconfirmed."""

    id: LocalId
    relation: RequirementRelation | None = None
    rationale: Bilingual | None = None
    confirmed: Confirmation | None = None
    removed: bool = False
    """Take a pair away that another file gives; it stays away after an upgrade."""

    @model_validator(mode="after")
    def _says_why(self) -> "TargetEntry":
        if self.relation is not None and self.rationale is None:
            raise said("a relation of meaning needs a rationale in both languages")
        return self


def _target(value: Any) -> Any:
    return {"id": value} if isinstance(value, str) else value


class CrosswalkRow(_Model):
    """One requirement of the edition before, and what became of it."""

    from_: LocalId = Field(alias="from")
    to: Annotated[
        tuple[
            Annotated[
                TargetEntry,
                BeforeValidator(_target, json_schema_input_type=LocalId | TargetEntry),
            ],
            ...,
        ],
        Field(min_length=1),
    ]
    change: Change | None = None
    """Needed where no earlier layer gives it."""


class EditionsEntry(_Model):
    """Which two editions a crosswalk joins, and how surely it was read."""

    from_: FrameworkId = Field(alias="from")
    to: FrameworkId
    title: Bilingual
    confidence: Confidence
    revised: date | None = None
    note: Bilingual | None = None


class CrosswalkFile(_Model):
    """One YAML file under ``crosswalks/``. A workspace's may hold rows alone."""

    schema_version: Literal[1]
    crosswalk: FrameworkId
    editions: EditionsEntry | None = None
    rows: tuple[CrosswalkRow, ...] = ()
    new: tuple[LocalId, ...] = ()
    """Requirements of the later edition that have no source in the earlier one."""


@dataclass(frozen=True)
class CrosswalkHead:
    """What a crosswalk is of, and how surely it was read."""

    id: str
    before: str
    after: str
    title: Bilingual
    confidence: Confidence
    revised: date | None
    note: Bilingual | None
    source: str


@dataclass(frozen=True)
class Correspondence:
    """One pair of a crosswalk. ``before`` and ``after`` are whole ids."""

    crosswalk: str
    before: str
    after: str
    change: Change
    relation: RequirementRelation = RequirementRelation.INTERSECTS
    rationale: Bilingual | None = None
    confirmed: Confirmation | None = None
    source: str = ""

    @property
    def settled(self) -> RequirementRelation:
        """The relation that others may build on: an overlap until a person confirms more."""
        return RequirementRelation.INTERSECTS if self.confirmed is None else self.relation


@dataclass(frozen=True)
class Crosswalk:
    """All pairs between two editions, in order, and what is new in the later one."""

    head: CrosswalkHead
    pairs: tuple[Correspondence, ...]
    new: tuple[str, ...]

    def successors(self, requirement: str) -> tuple[Correspondence, ...]:
        """What became of a requirement of the edition before."""
        return tuple(pair for pair in self.pairs if pair.before == requirement)

    def ancestors(self, requirement: str) -> tuple[Correspondence, ...]:
        """What a requirement of the later edition comes from."""
        return tuple(pair for pair in self.pairs if pair.after == requirement)

    def change_of(self, requirement: str) -> Change | None:
        """What became of one requirement of either edition; None where nothing is said of it."""
        if requirement in self.new:
            return Change.NEW
        if successors := self.successors(requirement):
            return successors[0].change
        ancestors = self.ancestors(requirement)
        if len(ancestors) > 1:
            return Change.MERGED
        return ancestors[0].change if ancestors else None
