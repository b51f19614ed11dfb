"""Findings: one check failing on one subject, from the first sight to the verified repair."""

from secaudit.ledger.findings.aliases import CarriedOver, carry_over
from secaudit.ledger.findings.applying import apply, changes_of
from secaudit.ledger.findings.decisions import (
    accept,
    acceptance_run_out,
    assign,
    claim,
    expire_acceptances,
    plan,
    raise_dispute,
    retire,
    settle_dispute,
    standing_dispute,
)
from secaudit.ledger.findings.history import history, states_at
from secaudit.ledger.findings.model import (
    CLOSED,
    LIVE,
    SET_ASIDE,
    Change,
    EventKind,
    Finding,
    FindingChanges,
    FindingEvent,
)
from secaudit.ledger.findings.query import FindingFilter, count, get, list_all, of_scan, watched
from secaudit.ledger.findings.standing import (
    Acceptance,
    Plan,
    acceptance_of,
    plan_of,
)

__all__ = [
    "CLOSED",
    "LIVE",
    "SET_ASIDE",
    "Acceptance",
    "CarriedOver",
    "Change",
    "EventKind",
    "Finding",
    "FindingChanges",
    "FindingEvent",
    "FindingFilter",
    "Plan",
    "accept",
    "acceptance_of",
    "acceptance_run_out",
    "apply",
    "assign",
    "carry_over",
    "changes_of",
    "claim",
    "count",
    "expire_acceptances",
    "get",
    "history",
    "list_all",
    "of_scan",
    "plan",
    "plan_of",
    "raise_dispute",
    "retire",
    "settle_dispute",
    "standing_dispute",
    "states_at",
    "watched",
]
