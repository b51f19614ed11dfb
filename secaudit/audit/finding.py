"""An audit finding as a value: what was found, what is done about it, and who said so."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from secaudit.audit.proofs import Proof
from secaudit.audit.vocabulary import AuditGrade, FindingEventKind, FindingState

AWAITS_WORK = frozenset({FindingState.OPEN, FindingState.REOPENED})
UNSETTLED = frozenset(FindingState) - {FindingState.CLOSED}


@dataclass(frozen=True)
class NewFinding:
    """What an auditor found against one criterion."""

    engagement_id: str
    requirement: str
    grade: AuditGrade
    title: str
    criterion: Mapping[str, str]
    """The exact citation, in both languages."""
    condition: str
    person: str
    cause: str = ""
    effect: str = ""
    repeats: str | None = None
    """The finding of an earlier engagement that this one repeats."""
    proofs: tuple[Proof, ...] = ()


@dataclass(frozen=True)
class Analysis:
    """Why it came to this and what is done about it; None leaves what is there."""

    cause: str | None = None
    effect: str | None = None
    correction: str | None = None
    """What puts the condition itself right."""
    action: str | None = None
    """What keeps it from coming back."""
    owner: str | None = None
    due: date | None = None


@dataclass(frozen=True)
class AuditFinding:
    """One audit finding as it stands."""

    schema_version: ClassVar[int] = 1

    id: str
    engagement_id: str
    requirement: str
    grade: AuditGrade
    title: str
    criterion: Mapping[str, str]
    condition: str
    cause: str
    effect: str
    correction: str
    action: str
    owner: str
    due: date | None
    state: FindingState
    repeats: str | None
    proofs: tuple[Proof, ...]
    raised_at: datetime
    raised_by: str
    account: str
    done_on: date | None
    done_by: str | None
    done_account: str | None
    done_proofs: tuple[Proof, ...]
    checked_on: date | None
    checked_by: str | None
    checked_account: str | None
    checked_how: str | None
    checked_proofs: tuple[Proof, ...]
    closed_on: date | None
    closed_by: str | None
    closed_reason: str | None

    def overdue(self, today: date) -> bool:
        """Tell whether the corrective action should have been done by now."""
        return self.state in AWAITS_WORK and self.due is not None and self.due < today


@dataclass(frozen=True)
class Word:
    """Who says something, when, and from which account."""

    person: str
    account: str
    at: datetime
    day: date


@dataclass(frozen=True)
class FindingEvent:
    """One thing that happened to an audit finding."""

    at: datetime
    kind: FindingEventKind
    from_state: FindingState | None
    to_state: FindingState
    person: str
    account: str
    reason: str
    details: Mapping[str, Any]
