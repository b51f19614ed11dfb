"""What the library holds: frameworks, their requirements, and what checks say about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from controls.model import Attributes, Cadence, CandidateEntry
from controls.vocabulary import FrameworkKind, RequirementKind, RequirementRelation, Supports
from secaudit.content.bilingual import Bilingual
from secaudit.core.vocabulary import Confidence, LegalStatus, Modality, Relation, Testability


@dataclass(frozen=True)
class Framework:
    """A standard or a regulation, and how it was read."""

    id: str
    kind: FrameworkKind
    title: Bilingual
    short_title: Bilingual
    version: str
    status: LegalStatus
    confidence: Confidence
    in_force_since: date | None
    superseded_by: str | None
    revised: date | None
    bearers: Mapping[str, Bilingual]
    note: Bilingual | None


@dataclass(frozen=True)
class Group:
    """A theme of controls, or a chapter."""

    key: str
    title: Bilingual


@dataclass(frozen=True)
class RelatedRequirement:
    """How a requirement lies to another one, and why if that was written down."""

    requirement: str
    relation: RequirementRelation
    rationale: Bilingual | None = None


@dataclass(frozen=True)
class Requirement:
    """One requirement of one framework. ``summary`` is ours, never the source's text."""

    id: str
    framework: str
    group: Group | None
    kind: tuple[RequirementKind, ...]
    citation: Bilingual
    title: Bilingual
    summary: Bilingual | None
    testability: Testability
    modality: Modality | None
    modal_words: str | None
    bearers: tuple[str, ...]
    bearer_named: bool
    status: LegalStatus
    confidence: Confidence
    due: date | None
    within_hours: int | None
    cadence: Cadence | None
    related: tuple[RelatedRequirement, ...]
    attributes: Attributes | None
    sources_2013: tuple[str, ...]
    lines: str | None
    elucidation_lines: str | None
    note: Bilingual | None
    source: str
    """The file and line that say so."""
    draft: bool = False
    """Imported, and not yet summarised by a person."""
    candidates: tuple[CandidateEntry, ...] = ()
    """Controls that the importer thought of; they map nothing."""

    @property
    def local_id(self) -> str:
        """The id inside its framework."""
        return self.id.partition(":")[2]

    @property
    def type(self) -> str:
        """``control``, ``clause``, ``heading`` or ``provision``, to tell them apart in a list."""
        for kind in (RequirementKind.CONTROL, RequirementKind.CLAUSE, RequirementKind.HEADING):
            if kind in self.kind:
                return kind.value
        return "provision"

    @property
    def assessable(self) -> bool:
        """False for a heading, which asks for nothing itself, and for what is still a draft."""
        return not self.draft and RequirementKind.HEADING not in self.kind


@dataclass(frozen=True)
class CheckMapping:
    """What one check says about one requirement, and why. ``source`` is the file and line."""

    check: str
    requirement: str
    relation: Relation
    rationale: Bilingual
    supports: Supports = Supports.PRESENCE
    """Which pass of a check that tests the requirement counts in its support."""
    source: str = ""
