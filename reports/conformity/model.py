"""What a conformity report shows, as plain frozen values in its own language.

Codes are those of the words in ``texts/conformity.*.yaml`` and of the general texts: ``verdict``,
``grade``, ``difference``, ``state``, ``severity``, ``standing``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import ClassVar

from secaudit.core.canonical import canonical_json, sha256_hex, to_json

VERDICTS = ("conform", "partly", "not_conform", "not_applicable", "not_judged")
"""What a person said about a requirement; ``not_judged`` where nobody did, or too long ago."""
NONCONFORM = frozenset({"partly", "not_conform"})
DIFFERENCES = (
    "contradicted",
    "graded",
    "not_applicable_but_contradicted",
    "supported_but_not_conform",
    "no_evidence",
    "evidence_gone",
)
"""Where a person's word and the evidence do not go together, the gravest first."""


@dataclass(frozen=True)
class FileLine:
    """A piece of evidence. ``kept`` is false where the store no longer has it as it was."""

    name: str
    sha256: str
    kept: bool = True


@dataclass(frozen=True)
class SaidLine:
    """What a person said: a verdict, or the auditor's grade."""

    id: str
    value: str
    person: str
    on: date
    until: date
    """The last day on which it counts."""
    note: str
    evidence: tuple[FileLine, ...]
    about: str = ""
    """The citation of the requirement that it was said about, where it is carried over."""


@dataclass(frozen=True)
class RequirementLine:
    """One requirement: what people said, and beside it what the evidence says."""

    id: str
    framework: str
    citation: str
    title: str
    bearer: str
    caution: str
    """What a reader must know of how the text was read; empty for nothing."""
    verdict: str
    said: SaidLine | None
    graded: SaidLine | None
    lapsed: date | None
    """Where it is not judged because the word about it ran out: the last day that it counted."""
    standing: str
    supported: int
    assets: int
    unscanned: int
    contradicting: tuple[str, ...]
    accepted: tuple[str, ...]
    last_tested: date | None
    differences: tuple[str, ...]

    @property
    def told(self) -> bool:
        """Whether a person or a test said anything about it."""
        return self.verdict != "not_judged" or self.standing not in {"never_tested", "silent"}


@dataclass(frozen=True)
class FrameworkLine:
    """A catalogue that binds; ``excluded`` are controls that the approved SoA leaves out."""

    id: str
    title: str
    short_title: str
    kind: str
    excluded: tuple[str, ...] = ()
    statement: str = ""
    """The id of that Statement of Applicability."""


@dataclass(frozen=True)
class AcceptedLine:
    """Who accepted a finding as it is, why, until when, and the SHA-256 of the signed proof."""

    approver: str
    reason: str
    on: date
    until: date
    proof: str


@dataclass(frozen=True)
class FindingLine:
    """A finding that stands at the end of the period."""

    id: str
    check: str
    title: str
    subject: str
    severity: str
    state: str
    owner: str
    asset: str
    opened: date
    due: date | None
    late: bool
    plan: str
    requirements: tuple[str, ...]
    """Citations of the requirements that it contradicts; empty where it is a hint alone."""
    evidence: tuple[str, ...]
    accepted: AcceptedLine | None = None


@dataclass(frozen=True)
class PlanLine:
    """A remediation plan that is not done, or was done since the report before."""

    id: str
    owner: str
    action: str
    due: date
    late: bool
    total: int
    done: int
    cost: int | None
    currency: str

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do in it."""
        return self.total > 0 and self.done == self.total


@dataclass(frozen=True)
class AuditFindingLine:
    """A nonconformity of an internal audit that is not closed."""

    id: str
    engagement: str
    grade: str
    title: str
    requirement: str
    citation: str
    owner: str
    due: date | None
    late: bool
    state: str


@dataclass(frozen=True)
class RiskLine:
    """A risk of the register at the end of the period."""

    id: str
    title: str
    level: str
    score: int
    owner: str
    above: bool
    treated: bool
    treatment: str
    review_on: date | None


@dataclass(frozen=True)
class ObligationLine:
    """A duty of the calendar. ``standing`` is met, late, due or undated."""

    key: str
    citation: str
    title: str
    rhythm: str
    standing: str
    next: date | None
    done_on: tuple[date, ...]
    """The days in the period on which it was done."""


@dataclass(frozen=True)
class MoveLine:
    """A requirement whose verdict or evidence is another one than in the report before."""

    requirement: str
    citation: str
    title: str
    before: str
    after: str


@dataclass(frozen=True)
class PreviousLine:
    """The report before: what it was, and the numbers that it gave."""

    id: str
    first: date
    last: date
    issued_on: date
    content_sha256: str
    numbers: Mapping[str, int]
    received_on: date | None
    direction: str
    """The mayor's direction on it, as recorded."""


@dataclass(frozen=True)
class Progress:
    """What moved since the report before."""

    verdicts: tuple[MoveLine, ...]
    evidence: tuple[MoveLine, ...]
    added: tuple[str, ...]
    """Citations of requirements that were not asked before."""
    dropped: tuple[str, ...]
    new: tuple[str, ...]
    verified: tuple[str, ...]
    reopened: tuple[str, ...]
    closed_otherwise: tuple[str, ...]
    newly_late: tuple[str, ...]
    plans_done: tuple[str, ...]
    risks_risen: tuple[str, ...]
    """Risks above the appetite that were not above it before."""
    risks_fallen: tuple[str, ...]


@dataclass(frozen=True)
class ApartLine:
    """Addresses scanned in one zone that stand in the inventory under another."""

    scanned: str
    listed: str
    addresses: int
    assets: tuple[str, ...]
    """Names of the assets that have them; none of these was reached in its own zone."""


@dataclass(frozen=True)
class IssueLine:
    """How a report was issued; a draft has none."""

    id: str
    letter: str
    letter_date: date | None
    by: str
    on: date
    at: datetime
    document: FileLine
    replaces: str


@dataclass(frozen=True)
class ConformityData:
    """One report. What stands at ``at``, the end of its period, and was judged by ``judged_at``."""

    schema_version: ClassVar[int] = 1

    language: str
    organisation: str
    unit: str
    addressee: str
    """The head of the region, as the letter names them."""
    timezone: str
    tool_version: str
    sample: bool
    first: date
    last: date
    day: date
    """The day on which it was drawn up."""
    at: datetime
    judged_at: datetime
    basis: tuple[str, ...]
    """Citations of the provisions that it rests on, with what they say."""
    frameworks: tuple[FrameworkLine, ...]
    requirements: tuple[RequirementLine, ...]
    findings: tuple[FindingLine, ...]
    plans: tuple[PlanLine, ...]
    audit_findings: tuple[AuditFindingLine, ...]
    risks: tuple[RiskLine, ...]
    obligations: tuple[ObligationLine, ...]
    assets: int
    """Assets in the scope of the management system."""
    unscanned: tuple[str, ...]
    """Names of those that no scan has reached."""
    scans: tuple[str, ...]
    """Ids of the scans of the period."""
    numbers: Mapping[str, int]
    """Every number of the summary, each of which follows from the lines above."""
    previous: PreviousLine | None
    progress: Progress | None
    trail_position: int
    trail_hash: str
    issue: IssueLine | None = field(default=None)
    apart: tuple[ApartLine, ...] = ()

    @property
    def identity(self) -> str:
        """A short id that follows from the content: that of a draft is that of its issue.

        When it was drawn up, by which version, and where the trail ended then is not content.
        """
        moment = datetime.combine(self.last, datetime.min.time(), self.at.tzinfo)
        content = replace(
            self, issue=None, trail_position=0, trail_hash="", day=self.last, at=moment,
            judged_at=moment, tool_version="",
        )  # fmt: skip
        value = to_json(content)
        if not self.apart:  # As it was for reports from before such lines were drawn.
            del value["apart"]
        return "K-" + sha256_hex(canonical_json(value))[:12].upper()

    @property
    def unknown_assets(self) -> tuple[str, ...]:
        """The assets that no scan has reached, not even in another zone than their own."""
        elsewhere = {name for line in self.apart for name in line.assets}
        return tuple(name for name in self.unscanned if name not in elsewhere)
