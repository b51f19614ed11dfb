"""What an audit report shows, as plain frozen values in its own language.

Codes are those of the words in ``texts/audit.*.yaml``: ``audit.step``, ``audit.conclusion``,
``audit.grade``, ``audit.state``, ``audit.opinion``.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from secaudit.core.canonical import canonical_json, sha256_hex

STEPS = ("understand", "design", "implementation", "effectiveness")
GRADES = ("major", "minor", "observation", "opportunity")


@dataclass(frozen=True)
class ProofLine:
    """One piece of evidence: its kind, what it is called, and the hashes of its content."""

    kind: str
    reference: str
    sha256: tuple[str, ...]
    lost: str = ""
    """``missing`` or ``changed`` where the evidence store does not hold it as it was kept."""


@dataclass(frozen=True)
class LostLine:
    """A piece of evidence that the store does not hold as it was kept."""

    sha256: str
    name: str
    objects: tuple[str, ...]
    loss: str


@dataclass(frozen=True)
class ConflictLine:
    """What somebody in the team has to do with what is audited; and the safeguard, if any."""

    kind: str
    object: str
    owner: str
    safeguard: str | None
    approver: str | None


@dataclass(frozen=True)
class TeamLine:
    """A member of the audit team."""

    name: str
    unit: str
    role: str
    competence: str
    certificate: str
    left: bool
    conflicts: tuple[ConflictLine, ...]


@dataclass(frozen=True)
class StepLine:
    """The result of one step; ``conclusion`` is None where there is none yet."""

    step: str
    conclusion: str | None
    work: str
    reason: str
    person: str
    on: date | None
    proofs: tuple[ProofLine, ...]


@dataclass(frozen=True)
class CriterionLine:
    """A requirement that was audited, what scans said of it, and its steps."""

    requirement: str
    framework: str
    citation: str
    title: str
    binding: str
    standing: str
    supported: int
    assets: int
    contradicting: tuple[str, ...]
    steps: tuple[StepLine, ...]
    findings: tuple[str, ...]


@dataclass(frozen=True)
class SampleLine:
    """A sample, with what another person needs to draw it again."""

    id: str
    population: str
    method: str
    stratum: str | None
    size: int
    population_size: int
    seed: str
    population_sha256: str
    reason: str
    drawn: tuple[str, ...]


@dataclass(frozen=True)
class FindingLine:
    """An audit finding as it stands when the report is made."""

    id: str
    engagement: str
    grade: str
    title: str
    criterion: str
    condition: str
    cause: str
    effect: str
    correction: str
    action: str
    owner: str
    due: date | None
    overdue: bool
    state: str
    repeats: str | None
    raised_by: str
    proofs: tuple[ProofLine, ...]
    checked: str
    """How the effect was checked; empty where nobody did."""
    checked_by: str
    checked_on: date | None


@dataclass(frozen=True)
class UnitLine:
    """How many assets of one unit and zone are in the scope."""

    unit: str
    zone: str
    assets: int


@dataclass(frozen=True)
class AuditData:
    """One audit."""

    schema_version: ClassVar[int] = 1

    language: str
    organisation: str
    unit: str
    timezone: str
    tool_version: str
    day: date
    engagement: str
    title: str
    objective: str
    programme: str
    obligation: str
    letter: str
    state: str
    scope: tuple[str, ...]
    """The names that narrow the scope; empty for everything."""
    units: tuple[UnitLine, ...]
    assets: int
    names: tuple[str, ...]
    """The criteria as they were named."""
    excluded: tuple[tuple[str, int], ...]
    """Why requirements were left out, and how many."""
    period_from: date
    period_until: date
    planned_from: date
    planned_until: date
    team: tuple[TeamLine, ...]
    criteria: tuple[CriterionLine, ...]
    samples: tuple[SampleLine, ...]
    findings: tuple[FindingLine, ...]
    earlier: tuple[FindingLine, ...]
    """Findings of other audits that are not closed."""
    opinion: str | None
    opinion_text: str
    limitations: str
    concluded_at: datetime | None
    lead: str
    record_sha256: str
    lost: tuple[LostLine, ...]
    """Evidence of this audit that is gone or was changed."""
    trail_position: int
    trail_hash: str

    @property
    def identity(self) -> str:
        """A short id that follows from the content."""
        return "L-" + sha256_hex(canonical_json(self))[:12].upper()

    @property
    def steps(self) -> tuple[StepLine, ...]:
        """Every step of every criterion."""
        return tuple(step for item in self.criteria for step in item.steps)

    @property
    def conflicts(self) -> int:
        """Conflicts of interest in the team."""
        return sum(len(member.conflicts) for member in self.team)
