"""What a report shows, as plain frozen values: the renderers know nothing else.

Every text is already in the report's language. Instants are aware; a period is whole days in the
organisation's time zone. Nothing here says when or by whom a report was built: equal facts make
equal bytes, and the pack's manifest says the rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import ClassVar

from secaudit.core.vocabulary import (
    Confidence,
    FindingState,
    LegalStatus,
    Modality,
    Outcome,
    Reason,
    Severity,
    Standing,
    Testability,
)

CLOSED_STATES = frozenset(
    {
        FindingState.VERIFIED,
        FindingState.FALSE_POSITIVE,
        FindingState.RETIRED,
        FindingState.WITHDRAWN,
    }
)
"""States in which a finding no longer contradicts anything. Accepted is not among them."""


@dataclass(frozen=True)
class Period:
    """Whole days, both included."""

    first: date
    last: date


@dataclass(frozen=True)
class ScopeLine:
    """What the report was narrowed to. Empty tuples mean: everything in the workspace."""

    zones: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()


@dataclass(frozen=True)
class AuthorisationLine:
    """One surat tugas."""

    number: str
    issuer: str
    valid_from: datetime
    valid_until: datetime
    targets: tuple[str, ...]
    exclusions: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    probe_classes: tuple[str, ...] = ()
    addresses: str = "0"
    """How many addresses may be probed, exclusions taken off: a decimal, as it may be vast."""
    revoked_at: datetime | None = None
    document_sha256: str | None = None


@dataclass(frozen=True)
class ScanLine:
    """One scan. ``finished_at`` is None for one that was interrupted."""

    id: str
    authorisation: str
    zone: str
    profile: str
    started_at: datetime
    finished_at: datetime | None
    complete: bool
    hosts: int
    up: int
    silent: int
    failed: int
    refused: int
    packets: int
    by: str = ""


@dataclass(frozen=True)
class AssetLine:
    """One asset. Criticality is 1 (low) to 3 (high). ``last_scanned`` None: never scanned."""

    id: str
    name: str
    owner: str
    zone: str
    kind: str
    addresses: tuple[str, ...]
    hostnames: tuple[str, ...] = ()
    confidentiality: int = 1
    integrity: int = 1
    availability: int = 1
    in_scope: bool = True
    last_scanned: datetime | None = None


@dataclass(frozen=True)
class ReferenceLine:
    """A source that a check's judgement rests on."""

    title: str
    url: str | None = None


@dataclass(frozen=True)
class CheckLine:
    """The texts of one check, once for all of its findings."""

    id: str
    title: str
    description: str
    severity_reason: str
    remediation: str
    references: tuple[ReferenceLine, ...] = ()


@dataclass(frozen=True)
class AcceptanceLine:
    """A finding whose risk was accepted. It still contradicts its requirements."""

    approver: str
    reason: str
    until: date


@dataclass(frozen=True)
class FindingLine:
    """One check failing on one subject. ``statement`` may hold what a target sent: hostile."""

    id: str
    check: str
    subject: str
    severity: Severity
    state: FindingState
    statement: str
    first_seen: datetime
    last_seen: datetime
    owner: str = ""
    asset: str | None = None
    due: date | None = None
    last_outcome: Outcome = Outcome.FAILED
    last_reason: Reason = Reason.OBSERVED
    evidence: tuple[str, ...] = ()
    citations: tuple[str, ...] = ()
    """Citations of the requirements that it contradicts."""
    acceptance: AcceptanceLine | None = None

    @property
    def is_open(self) -> bool:
        """Whether the finding still stands, accepted ones included."""
        return self.state not in CLOSED_STATES

    def is_overdue(self, at: date) -> bool:
        """Whether it should have been repaired before ``at``, and neither is nor is accepted."""
        standing = self.is_open and self.state is not FindingState.ACCEPTED
        return standing and self.due is not None and self.due < at


@dataclass(frozen=True)
class ResultLine:
    """What one check says about one subject at the end of the period."""

    check: str
    subject: str
    outcome: Outcome
    reason: Reason
    severity: Severity
    first_seen: datetime
    last_seen: datetime
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class ContradictionLine:
    """A check whose failure contradicts a requirement, why, and where it failed."""

    check: str
    rationale: str
    findings: tuple[str, ...]
    assets: tuple[str, ...] = ()


@dataclass(frozen=True)
class OwnWordsLine:
    """What an article itself says, from a text of the regulation that the user imported."""

    text: str
    """Lines of it apart by line breaks, as are those of ``lead`` and ``elucidation``."""
    source: str
    """The name of the imported file."""
    sha256: str
    lines: str
    """Of the text in that file."""
    lead: str = ""
    """The words before it in its article that govern it."""
    elucidation: str = ""


@dataclass(frozen=True)
class RequirementLine:
    """One requirement and what the evidence says about it."""

    id: str
    citation: str
    title: str
    standing: Standing
    testability: Testability
    supported: int = 0
    """Assets in scope for which every test passed."""
    assets: int = 0
    """Assets in scope."""
    contradictions: tuple[ContradictionLine, ...] = ()
    unscanned: tuple[str, ...] = ()
    """Ids of the assets in scope that no scan has reached."""
    hints: int = 0
    """Open findings that touch the requirement without contradicting it."""
    modality: Modality | None = None
    confidence: Confidence = Confidence.TEXT_READ
    bearer: str = ""
    last_tested: datetime | None = None
    binds: bool = True
    """Whether it binds this organisation; what does not is shown, and never counted with it."""
    own_words: OwnWordsLine | None = None
    """Of a contradicted article, where the user imported its regulation."""


@dataclass(frozen=True)
class FrameworkLine:
    """One catalogue: Annex A, or a regulation."""

    id: str
    title: str
    short_title: str
    status: LegalStatus
    requirements: tuple[RequirementLine, ...]
    note: str = ""
    binds: bool = True
    """Whether the catalogue binds this organisation: by its status, or by its settings."""


@dataclass(frozen=True)
class CertificateLine:
    """One certificate as servers showed it. Names come from the certificate: hostile."""

    fingerprint: str
    name: str
    issuer: str
    not_before: datetime | None
    not_after: datetime | None
    key: str
    signature: str
    places: tuple[str, ...]
    trusted: bool | None = None
    """Whether a trust store accepts its chain; None where that was not decided."""
    findings: tuple[str, ...] = ()


@dataclass(frozen=True)
class RiskLine:
    """One risk. Likelihood and impact are 1 to 5."""

    id: str
    title: str
    reasoning: str
    likelihood: int
    impact: int
    state: str
    """``proposed`` or ``approved``, or what the register calls it."""
    owner: str = ""
    findings: tuple[str, ...] = ()
    approver: str = ""
    category: str = ""
    inherent: tuple[int, int] | None = None
    """Likelihood and impact without any control."""
    residual: tuple[int, int] | None = None
    residual_estimate: bool = True
    """Whether what is left after treatment was not seen yet."""
    treatments: tuple[str, ...] = ()
    """One sentence for each."""
    above: bool = False
    """Above the appetite: to be treated."""
    review_on: date | None = None
    other_scale: str = ""
    """The scale that it was scored with, where that is not the report's; then ``level`` is set."""
    level: str = ""
    """Magnitude and word on that other scale."""


@dataclass(frozen=True)
class RiskBand:
    """A band of the matrix: magnitudes up to and including ``highest``."""

    highest: int
    name: str


@dataclass(frozen=True)
class RiskMatrix:
    """Magnitude for each likelihood (row 1 to 5) and impact (column 1 to 5)."""

    cells: tuple[tuple[int, ...], ...]
    bands: tuple[RiskBand, ...]
    likelihoods: tuple[str, ...]
    impacts: tuple[str, ...]
    note: str = ""
    appetite: int | None = None
    """The least magnitude to treat."""
    appetites: tuple[tuple[str, int], ...] = ()
    """Categories with an appetite of their own, and it."""
    confirmed: bool = True
    """Whether the numbers are sure."""

    def magnitude(self, likelihood: int, impact: int) -> int:
        """The magnitude of a risk."""
        return self.cells[likelihood - 1][impact - 1]

    def band(self, magnitude: int) -> int:
        """The index of the band that a magnitude falls in, 0 for the lowest."""
        inside = (index for index, band in enumerate(self.bands) if magnitude <= band.highest)
        return next(inside, len(self.bands) - 1)


@dataclass(frozen=True)
class BurnLine:
    """The end of one day: findings to be repaired, and accepted ones."""

    day: date
    open: int
    accepted: int


@dataclass(frozen=True)
class Trend:
    """The last scan against an earlier one of the same zone, as numbers of findings.

    Only what is on the ``hosts`` addresses that both looked at is counted.
    """

    scan: str
    previous: str
    hosts: int
    new: int
    still_open: int
    verified: int
    reopened: int
    not_reached: int
    inconclusive: int


@dataclass(frozen=True)
class ContentVersion:
    """A catalogue, mapping or list of checks that the report rests on."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True)
class ReportData:
    """Everything that the renderers show."""

    schema_version: ClassVar[int] = 1

    language: str
    """``id`` or ``en``."""
    organisation: str
    period: Period
    unit: str = ""
    timezone: str = "Asia/Jakarta"
    tool_version: str = ""
    sample: bool = False
    """Made of a sample city: every page says so."""
    scope: ScopeLine = ScopeLine()
    authorisations: tuple[AuthorisationLine, ...] = ()
    scans: tuple[ScanLine, ...] = ()
    assets: tuple[AssetLine, ...] = ()
    checks: Mapping[str, CheckLine] = field(default_factory=dict)
    findings: tuple[FindingLine, ...] = ()
    results: tuple[ResultLine, ...] = ()
    frameworks: tuple[FrameworkLine, ...] = ()
    certificates: tuple[CertificateLine, ...] = ()
    risks: tuple[RiskLine, ...] = ()
    matrix: RiskMatrix | None = None
    trend: Trend | None = None
    burn_down: tuple[BurnLine, ...] = ()
    """Each day of the period; empty where there is none to compare with."""
    content: tuple[ContentVersion, ...] = ()
