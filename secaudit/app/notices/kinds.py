"""What a notice can be about, and one thing that is to be told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from secaudit.core.vocabulary import Severity


class Kind(StrEnum):
    """What a notice is about, the most pressing first."""

    NEW_CRITICAL = "new_critical"
    """A critical finding was opened, or opened again."""
    SLA_MISSED = "sla_missed"
    """The last day for a repair has passed."""
    ESCALATED = "escalated"
    """A late repair came to a level of escalation."""
    SCAN_FAILED = "scan_failed"
    """A scan on schedule failed, was refused or did not run at all."""
    SCAN_INCOMPLETE = "scan_incomplete"
    """A scan left hosts out, or did not reach hosts that have open findings."""
    SLA_NEAR = "sla_near"
    """The last day for a repair is near."""
    CERTIFICATE_EXPIRING = "certificate_expiring"
    """A certificate that servers show ends soon, or has ended."""
    ACCEPTANCE_EXPIRING = "acceptance_expiring"
    """The acceptance of a finding or of a risk ends soon, or has ended."""
    OBLIGATION_DUE = "obligation_due"
    """What a standard or a law asks for is due soon, or late."""
    NEW_HIGH = "new_high"
    """A finding of severity high was opened, or opened again."""


OPENED = (Kind.NEW_CRITICAL, Kind.NEW_HIGH)
OF_LAST_DAYS = (Kind.SLA_NEAR, Kind.SLA_MISSED, Kind.ESCALATED)
NOBODYS = (Kind.SCAN_FAILED, Kind.SCAN_INCOMPLETE)
"""What no owner of an asset answers for."""

Key = tuple[str, str, str]
"""Kind, subject and stage: what is told once to a channel."""


@dataclass(frozen=True)
class Matter:
    """One thing that stands now and that a channel may have to be told.

    A ``stage`` is a step on its way, such as 14 days before the end. What begins anew (a finding
    that fails again, a last day that moved) has other stages, and is told anew.
    """

    kind: Kind
    subject: str
    """The id of a finding, a risk, an obligation, a scan or a run, or a certificate's SHA-256."""
    stage: str
    severity: Severity | None
    owners: tuple[str, ...]
    due: date | None
    facts: Mapping[str, Any]
    """What the texts are filled with. A mapping with ``id`` and ``en`` is a text in both."""

    @property
    def key(self) -> Key:
        """What it is known by once it was told."""
        return self.kind.value, self.subject, self.stage

    @property
    def urgent(self) -> bool:
        """Tell whether it may break quiet hours."""
        return self.kind is Kind.NEW_CRITICAL or (
            self.kind in (Kind.SLA_MISSED, Kind.ESCALATED) and self.severity is Severity.CRITICAL
        )
