"""What a plan of action and milestones is made of; where its data came from is not known here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class PoamPlan:
    """A repair plan of an item."""

    id: str
    owner: str
    action: str
    due: date
    start: date | None
    effort_days: float | None
    cost: int | None
    currency: str
    cancelled: bool
    done: bool


@dataclass(frozen=True)
class PoamAcceptance:
    """An acceptance that stands."""

    approver: str
    reason: str
    expires_on: date
    proof: str | None
    """SHA-256 of the signed document."""


@dataclass(frozen=True)
class PoamAsset:
    """What an item is about: an asset of the inventory, else a host."""

    key: str
    title: str
    owner: str


@dataclass(frozen=True)
class PoamItem:
    """One finding. ``outcome`` and ``collected`` are of the last answer; evidence is SHA-256."""

    id: str
    check: str
    title: str
    description: str
    statement: str
    remediation: str
    subject: str
    asset: PoamAsset
    severity: str
    state: str
    owner: str
    due: date | None
    deadline: datetime | None
    """The end of the last day, where the workspace is."""
    first_seen: datetime
    last_seen: datetime
    collected: datetime
    outcome: str
    reason: str
    evidence: Sequence[str]
    disputed: bool
    plan: PoamPlan | None
    acceptance: PoamAcceptance | None
    claimed_at: datetime | None
    verified_at: datetime | None


@dataclass(frozen=True)
class PoamRisk:
    """A risk of the register, with the findings that it is about."""

    id: str
    title: str
    likelihood: int
    impact: int
    level: str
    findings: Sequence[str]


@dataclass(frozen=True)
class PoamData:
    """The whole document."""

    organisation: str
    unit: str
    language: str
    tool_version: str
    at: datetime
    items: Sequence[PoamItem]
    risks: Sequence[PoamRisk] = ()
