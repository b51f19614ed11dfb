"""A finding, what can happen to it, and what one scan changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

from secaudit.core.vocabulary import FindingState, Outcome, Reason, Severity

LIVE = frozenset(
    {
        FindingState.OPEN,
        FindingState.PLANNED,
        FindingState.CLAIMED_FIXED,
        FindingState.REOPENED,
    }
)
"""Someone still has to act."""
SET_ASIDE = frozenset({FindingState.ACCEPTED, FindingState.FALSE_POSITIVE})
"""People decided that nobody acts for now; the finding still fails and is still shown."""
CLOSED = frozenset({FindingState.VERIFIED, FindingState.RETIRED, FindingState.WITHDRAWN})


class EventKind(StrEnum):
    """What can happen to a finding."""

    FOUND = "found"
    ASSIGNED = "assigned"
    PLANNED = "planned"
    CLAIMED = "claimed"
    CLAIM_REFUTED = "claim_refuted"
    FELL_SILENT = "fell_silent"
    """Its port does not answer any more; the next scan may confirm that it is shut."""
    VERIFIED = "verified"
    REOPENED = "reopened"
    ACCEPTED = "accepted"
    ACCEPTANCE_EXPIRED = "acceptance_expired"
    DISPUTED = "disputed"
    DISPUTE_AGREED = "dispute_agreed"
    DISPUTE_DECLINED = "dispute_declined"
    RETIRED = "retired"
    WITHDRAWN = "withdrawn"
    RENAMED = "renamed"
    SEVERITY_CHANGED = "severity_changed"
    UNPLANNED = "unplanned"
    """Its plan was cancelled, or goes on without it."""
    PAUSED = "paused"
    PAUSE_ENDED = "pause_ended"
    DUE_CHANGED = "due_changed"
    ESCALATED = "escalated"
    COMMENTED = "commented"
    ATTACHED = "attached"


class Change(StrEnum):
    """What one scan said of one finding."""

    NEW = "new"
    STILL_OPEN = "still_open"
    VERIFIED = "verified"
    REOPENED = "reopened"
    SET_ASIDE = "set_aside"
    """It still fails, under an acceptance or as an agreed false positive."""
    NOT_APPLICABLE = "not_applicable"
    NOT_REACHED = "not_reached"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True)
class Finding:
    """One check failing on one subject. Its identity outlives re-scans, repairs and relapses."""

    schema_version: ClassVar[int] = 1

    id: str
    check: str
    subject: str
    zone: str
    address: str
    severity: Severity
    state: FindingState
    owner: str
    """Who repairs it; without an assignment, the asset's owner when a scan last saw it."""
    owner_assigned: bool
    """Whether a person gave it to its owner; else the asset's owner of today answers for it."""
    due: date | None
    """The last day for the repair by the agreed time for its severity; plans have their own."""
    first_seen: datetime
    last_seen: datetime
    """When it was last seen to fail."""
    opened_at: datetime
    """When it was found, or last reopened."""
    checked_at: datetime
    """When a scan last gave any answer about it, ``last_outcome`` for ``last_reason``."""
    last_outcome: Outcome
    last_reason: Reason
    first_scan: str
    last_scan: str
    verified_scan: str | None
    verified_at: datetime | None
    claimed_by: str | None
    claimed_at: datetime | None
    claim_note: str | None
    details: Mapping[str, Any]
    evidence: tuple[str, ...]
    silent_since: datetime | None = None
    """Since when its port only keeps silent, which the next scan may confirm as shut."""
    silent_scan: str | None = None
    """The scan that first found it silent."""

    def overdue(self, today: date) -> bool:
        """Tell whether someone should have repaired it by now."""
        return self.state in LIVE and self.due is not None and self.due < today


@dataclass(frozen=True)
class FindingEvent:
    """One thing that happened to a finding: through a scan, a person, or time alone."""

    finding: str
    at: datetime
    kind: EventKind
    from_state: FindingState | None
    to_state: FindingState
    actor: str
    scan: str | None
    reason: str
    details: Mapping[str, Any]
    effective_at: datetime
    """When it took effect: ``at``, when it was recorded, or before. Numbers go by it."""


@dataclass(frozen=True)
class FindingChanges:
    """What a scan changed, as ids of findings. Add up the answers of its hosts with ``plus``."""

    new: tuple[str, ...] = ()
    still_open: tuple[str, ...] = ()
    verified: tuple[str, ...] = ()
    reopened: tuple[str, ...] = ()
    set_aside: tuple[str, ...] = ()
    not_applicable: tuple[str, ...] = ()
    not_reached: tuple[str, ...] = ()
    inconclusive: tuple[str, ...] = ()

    @classmethod
    def of(cls, changes: Iterable[tuple[str, Change]]) -> "FindingChanges":
        """Sort ``(finding, change)`` pairs into the groups, each by id."""
        groups: dict[str, list[str]] = {}
        for identity, change in changes:
            groups.setdefault(change.value, []).append(identity)
        return cls(**{name: tuple(sorted(ids, key=id_order)) for name, ids in groups.items()})

    @classmethod
    def none(cls) -> "FindingChanges":
        """No change at all."""
        return cls()

    def plus(self, other: "FindingChanges") -> "FindingChanges":
        """Join two answers; an id is not counted twice."""
        return FindingChanges(
            **{
                item.name: tuple(
                    sorted({*getattr(self, item.name), *getattr(other, item.name)}, key=id_order)
                )
                for item in fields(self)
            }
        )


def id_order(identity: str) -> tuple[int, str]:
    """Order ids by number: F-10000 comes after F-9999."""
    return len(identity), identity
