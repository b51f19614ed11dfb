"""What follows from the data: counts, the worst findings, what nobody looked at, what to decide."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from reports.model import (
    AssetLine,
    CertificateLine,
    FindingLine,
    FrameworkLine,
    ReportData,
    RequirementLine,
)
from secaudit.core.canonical import canonical_json, sha256_hex
from secaudit.core.vocabulary import FindingState, Outcome, Severity, Standing

EXPIRES_SOON_DAYS = 30


def identity_of(data: ReportData) -> str:
    """A short id that follows from the content: equal facts give an equal id."""
    return "P-" + sha256_hex(canonical_json(data))[:12].upper()


@dataclass(frozen=True)
class CertificateStanding:
    """A certificate beside the end of the period. ``days`` is negative once expired."""

    certificate: CertificateLine
    days: int | None

    @property
    def state(self) -> str:
        """``expired``, ``soon``, ``valid``, ``early`` (not yet valid) or ``unknown``."""
        if self.days is None:
            return "unknown"
        if self.days < 0:
            return "expired"
        return "soon" if self.days <= EXPIRES_SOON_DAYS else "valid"


@dataclass(frozen=True)
class Facts:
    """The data, and what follows from it."""

    data: ReportData

    @property
    def at(self) -> date:
        """The day on which things are overdue or expired: the last of the period."""
        return self.data.period.last

    @cached_property
    def open(self) -> tuple[FindingLine, ...]:
        """Findings that stand, worst first, accepted ones included."""
        return tuple(
            sorted((item for item in self.data.findings if item.is_open), key=_worst_first)
        )

    @cached_property
    def closed(self) -> tuple[FindingLine, ...]:
        """Findings that no longer stand."""
        return tuple(
            sorted((item for item in self.data.findings if not item.is_open), key=_worst_first)
        )

    @cached_property
    def overdue(self) -> tuple[FindingLine, ...]:
        """Open findings past the day on which they were to be repaired, oldest due day first."""
        late = [item for item in self.open if item.is_overdue(self.at)]
        return tuple(sorted(late, key=lambda item: (item.due or self.at, item.id)))

    @cached_property
    def accepted(self) -> tuple[FindingLine, ...]:
        """Open findings whose risk somebody accepted."""
        return tuple(item for item in self.open if item.state is FindingState.ACCEPTED)

    @cached_property
    def by_severity(self) -> Mapping[Severity, tuple[FindingLine, ...]]:
        """Open findings of each severity; every severity is there."""
        return {
            severity: tuple(item for item in self.open if item.severity is severity)
            for severity in Severity
        }

    @cached_property
    def outcomes(self) -> Mapping[Outcome, int]:
        """Number of results of each outcome; every outcome is there."""
        counted = Counter(item.outcome for item in self.data.results)
        return {outcome: counted[outcome] for outcome in Outcome}

    @cached_property
    def nothing_scanned(self) -> bool:
        """Whether no scan of the period reached a single host."""
        return not any(scan.up for scan in self.data.scans)

    @cached_property
    def incomplete_scans(self) -> tuple[str, ...]:
        """Ids of the scans that did not come to their end."""
        return tuple(scan.id for scan in self.data.scans if not scan.complete)

    @cached_property
    def in_scope(self) -> tuple[AssetLine, ...]:
        """The assets in the ISMS scope."""
        return tuple(asset for asset in self.data.assets if asset.in_scope)

    @cached_property
    def never_scanned(self) -> tuple[AssetLine, ...]:
        """The assets in the ISMS scope that no scan has reached."""
        return tuple(asset for asset in self.in_scope if asset.last_scanned is None)

    @cached_property
    def certificates(self) -> tuple[CertificateStanding, ...]:
        """The certificates, those that end first before the others."""
        rows = [CertificateStanding(item, self._days_left(item)) for item in self.data.certificates]
        return tuple(
            sorted(
                rows,
                key=lambda row: (row.days is None, row.days or 0, row.certificate.fingerprint),
            )
        )

    def _days_left(self, certificate: CertificateLine) -> int | None:
        end: datetime | None = certificate.not_after
        return None if end is None else (end.date() - self.at).days

    @cached_property
    def expired(self) -> int:
        """Number of certificates past their end."""
        return sum(row.state == "expired" for row in self.certificates)

    @cached_property
    def expiring(self) -> int:
        """Number of certificates that end within 30 days."""
        return sum(row.state == "soon" for row in self.certificates)

    @cached_property
    def binding(self) -> tuple[FrameworkLine, ...]:
        """The frameworks that bind: neither drafts nor texts for comparison."""
        return tuple(item for item in self.data.frameworks if item.binds)

    def standings(self, framework: FrameworkLine) -> Mapping[tuple[Standing, str], int]:
        """Number of requirements of each standing, with the code that is shown for it.

        Every standing is there; support in part is counted apart from support. A
        single requirement that does not bind is not counted with those that do.
        """
        counted = Counter(
            (item.standing, item.standing.shown(item.testability))
            for item in framework.requirements
            if item.binds or not framework.binds
        )
        order: dict[tuple[Standing, str], int] = {}
        for standing in Standing:
            order[standing, standing.value] = counted[standing, standing.value]
            order.update({pair: n for pair, n in counted.items() if pair[0] is standing})
        return order

    @cached_property
    def contradicted(self) -> tuple[tuple[FrameworkLine, RequirementLine], ...]:
        """Requirements that bind and that open findings contradict, most findings first."""
        pairs = [
            (framework, item)
            for framework in self.binding
            for item in framework.requirements
            if item.binds and item.standing is Standing.CONTRADICTED
        ]
        return tuple(sorted(pairs, key=lambda pair: -finding_count(pair[1])))

    @cached_property
    def asset_names(self) -> Mapping[str, str]:
        """Name of each asset."""
        return {asset.id: asset.name for asset in self.data.assets}

    @cached_property
    def open_by_asset(self) -> Mapping[str, int]:
        """Number of open findings of each asset."""
        return Counter(item.asset for item in self.open if item.asset is not None)


def finding_count(requirement: RequirementLine) -> int:
    """Number of findings that contradict a requirement."""
    return len({finding for line in requirement.contradictions for finding in line.findings})


def _worst_first(finding: FindingLine) -> tuple[int, date, str]:
    return (finding.severity.rank, finding.due or date.max, finding.id)
