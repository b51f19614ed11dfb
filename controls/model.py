"""Catalogues and mappings as people write them in YAML. Unknown keys are errors.

A catalogue may be spread over several files: one of them describes the framework, each may gather
requirements under a group (a theme, a BAB). Ids inside a file are local (``A.8.24``); everywhere
else they carry their framework: ``iso27001-2022:A.8.24``.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from controls.vocabulary import (
    Capability,
    Concept,
    ControlType,
    FrameworkKind,
    RequirementKind,
    RequirementRelation,
    SecurityDomain,
    SecurityProperty,
)
from secaudit.content.bilingual import Bilingual
from secaudit.content.faults import said
from secaudit.core.vocabulary import Confidence, LegalStatus, Modality, Relation, Testability

FRAMEWORK_ID = r"[a-z0-9]+(-[a-z0-9]+)*"
LOCAL_ID = r"[A-Za-z0-9]+([.-][A-Za-z0-9]+)*"

FrameworkId = Annotated[str, Field(pattern=rf"^{FRAMEWORK_ID}$")]
LocalId = Annotated[str, Field(pattern=rf"^{LOCAL_ID}$")]
RequirementId = Annotated[str, Field(pattern=rf"^{FRAMEWORK_ID}:{LOCAL_ID}$")]
CheckId = Annotated[str, Field(pattern=r"^[a-z0-9]+(\.[a-z0-9_]+)+$")]
Lines = Annotated[
    str,
    Field(pattern=r"^[0-9]+(-[0-9]+)?$"),
    BeforeValidator(
        lambda value: str(value) if type(value) is int else value, json_schema_input_type=int | str
    ),
]
"""Lines of the source text, from 1: ``439`` or ``978-986``."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Attributes(_Model):
    """The five attributes of ISO/IEC 27002:2022."""

    type: Annotated[tuple[ControlType, ...], Field(min_length=1)]
    properties: Annotated[tuple[SecurityProperty, ...], Field(min_length=1)]
    concepts: Annotated[tuple[Concept, ...], Field(min_length=1)]
    capabilities: Annotated[tuple[Capability, ...], Field(min_length=1)]
    domains: Annotated[tuple[SecurityDomain, ...], Field(min_length=1)]


class RelatedEntry(_Model):
    """Another requirement that this one relates to. A bare id in YAML means ``intersects``."""

    requirement: RequirementId
    relation: RequirementRelation = RequirementRelation.INTERSECTS
    rationale: Bilingual | None = None


def _related(value: Any) -> Any:
    return {"requirement": value} if isinstance(value, str) else value


class CandidateEntry(_Model):
    """A control that the importer thought of, and why. It maps nothing until a person does."""

    requirement: RequirementId
    status: Literal["candidate"] = "candidate"
    words: Annotated[tuple[str, ...], Field(min_length=1)]
    """The words of the text that led to it."""
    lines: Lines
    """Where they stand in the imported text."""
    reason: Bilingual


class Cadence(_Model):
    """How often a provision asks for something: at least so many times in each period."""

    at_least: Annotated[int, Field(ge=1, le=366)]
    per: Literal["month", "quarter", "half_year", "year", "two_years", "three_years"]


class RequirementEntry(_Model):
    """One requirement: a control, a clause, or one provision of a regulation."""

    id: LocalId
    kind: Annotated[tuple[RequirementKind, ...], Field(min_length=1)]
    title: Bilingual
    summary: Bilingual | None = None
    """What it asks for, in our own words; never the standard's text."""
    citation: Bilingual | None = None
    """How to cite it, where that does not follow from the id."""
    testability: Testability
    modality: Modality | None = None
    modal_words: str | None = None
    """The words of the text that carry the modality, where they are unusual."""
    bearers: tuple[str, ...] = ()
    bearer_named: bool = True
    """False where the text names no bearer and ours is inferred."""
    status: LegalStatus | None = None
    confidence: Confidence | None = None
    due: date | None = None
    within_hours: Annotated[int, Field(ge=1, le=8760)] | None = None
    """The hours that a deadline leaves after the event that the summary names."""
    cadence: Cadence | None = None
    related: tuple[
        Annotated[
            RelatedEntry,
            BeforeValidator(_related, json_schema_input_type=RequirementId | RelatedEntry),
        ],
        ...,
    ] = ()
    attributes: Attributes | None = None
    sources_2013: tuple[str, ...] = ()
    """The controls of ISO/IEC 27001:2013 it came from; empty for a new one."""
    lines: Lines | None = None
    elucidation_lines: Lines | None = None
    """Lines of its elucidation (Penjelasan)."""
    note: Bilingual | None = None
    """What a reader must know before relying on the entry."""
    draft: bool = False
    """An imported entry that nobody has summarised yet: nothing is held against it, and
    ``control lint`` lists it as to be completed."""
    candidates: tuple[CandidateEntry, ...] = ()

    @model_validator(mode="after")
    def _has_a_summary(self) -> "RequirementEntry":
        if self.summary is None and not self.draft and RequirementKind.HEADING not in self.kind:
            raise said("a summary in both languages is needed")
        return self


class FrameworkEntry(_Model):
    """What a catalogue is of, and how it was read."""

    kind: FrameworkKind
    title: Bilingual
    short_title: Bilingual
    version: str
    status: LegalStatus
    confidence: Confidence
    in_force_since: date | None = None
    superseded_by: FrameworkId | None = None
    revised: date | None = None
    """When this catalogue last changed; exports carry it instead of a clock."""
    bearers: Mapping[str, Bilingual] = Field(default_factory=dict)
    note: Bilingual | None = None


class GroupEntry(_Model):
    """A theme of controls, or a chapter."""

    key: LocalId
    title: Bilingual


class CatalogueFile(_Model):
    """One YAML file under ``catalogs/``."""

    schema_version: Literal[1]
    catalogue: FrameworkId
    framework: FrameworkEntry | None = None
    group: GroupEntry | None = None
    requirements: tuple[RequirementEntry, ...] = ()


class MappingEntry(_Model):
    """What one check says about one requirement, and why."""

    requirement: RequirementId
    relation: Relation | None = None
    rationale: Bilingual | None = None
    supports: Literal["presence", "absence", False] = "presence"
    """Which pass is evidence for it: that of a service that is there (``presence``), also that of
    one that is absent (``absence``), or none (``false``), although a failure contradicts it."""
    removed: bool = False
    """Take a mapping away that another file gives; it stays away after an upgrade."""

    @model_validator(mode="after")
    def _says_why(self) -> "MappingEntry":
        if not self.removed and (self.relation is None or self.rationale is None):
            raise said("relation and rationale are needed (or removed: true)")
        return self


class RelationEntry(_Model):
    """What one requirement is to another, decided by hand; it wins over what a catalogue says."""

    requirement: RequirementId
    relation: RequirementRelation | None = None
    rationale: Bilingual | None = None
    removed: bool = False
    """Take a relation away, seen from both ends; it stays away after an upgrade."""

    @model_validator(mode="after")
    def _says_why(self) -> "RelationEntry":
        if not self.removed and (self.relation is None or self.rationale is None):
            raise said("relation and rationale are needed (or removed: true)")
        return self


class MappingFile(_Model):
    """One YAML file under ``mappings/``."""

    schema_version: Literal[1]
    requirements: Mapping[
        RequirementId, Annotated[tuple[RelationEntry, ...], Field(min_length=1)]
    ] = Field(default_factory=dict)
    checks: Mapping[CheckId, Annotated[tuple[MappingEntry, ...], Field(min_length=1)]] = Field(
        default_factory=dict
    )
    excused: Mapping[CheckId, Bilingual] = Field(default_factory=dict)
    """Checks that say nothing about any requirement, and why."""
