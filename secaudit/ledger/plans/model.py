"""A plan, its history, and its progress as counted from the findings in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

from secaudit.core.vocabulary import FindingState

DONE_STATES = frozenset({FindingState.VERIFIED, FindingState.RETIRED, FindingState.FALSE_POSITIVE})
"""A plan is done when all its findings are in one of these."""
CURRENCY = "IDR"


class PlanState(StrEnum):
    """How far a plan is: computed from its findings, never set by hand."""

    NOT_BEGUN = "not_begun"
    """None of its findings is claimed or done."""
    UNDER_WAY = "under_way"
    DONE = "done"
    CANCELLED = "cancelled"


class PlanEventKind(StrEnum):
    """What can happen to a plan."""

    MADE = "made"
    REVISED = "revised"
    CANCELLED = "cancelled"
    COMMENTED = "commented"
    ATTACHED = "attached"


@dataclass(frozen=True)
class Plan:
    """Who repairs what until when. ``version`` grows with each revision."""

    schema_version: ClassVar[int] = 1

    id: str
    owner: str
    action: str
    due: date
    created_at: datetime
    created_by: str
    start: date | None = None
    effort_days: float | None = None
    """Person-days."""
    cost: int | None = None
    """Whole units of ``currency``."""
    currency: str = CURRENCY
    version: int = 1
    cancelled_at: datetime | None = None
    cancelled_because: str | None = None


@dataclass(frozen=True)
class PlanEvent:
    """One thing that happened to a plan; ``version`` is the plan's after it."""

    plan: str
    version: int
    at: datetime
    kind: PlanEventKind
    actor: str
    reason: str
    details: Mapping[str, Any]


@dataclass(frozen=True)
class Progress:
    """Findings of a plan by where they are; each is counted in one field, but ``not_reached``."""

    total: int = 0
    verified: int = 0
    claimed: int = 0
    open: int = 0
    """Open, planned or reopened."""
    accepted: int = 0
    false_positive: int = 0
    retired: int = 0
    withdrawn: int = 0
    not_reached: int = 0
    """Of those not done: which the last scan could not decide, since it did not reach them."""

    @property
    def done(self) -> int:
        """Findings that need nothing more."""
        return self.verified + self.false_positive + self.retired

    @property
    def state(self) -> PlanState:
        """Where a plan that was not cancelled is."""
        if self.total and self.done == self.total:
            return PlanState.DONE
        return PlanState.UNDER_WAY if self.done or self.claimed else PlanState.NOT_BEGUN


@dataclass(frozen=True)
class Place:
    """The progress on one host, ``zone/address``, or where a finding has no address its subject."""

    place: str
    progress: Progress
    findings: tuple[str, ...]
