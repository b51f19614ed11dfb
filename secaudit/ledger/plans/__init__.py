"""Repair plans: who does what until when for many findings, and how far that has come."""

from secaudit.ledger.plans.model import (
    DONE_STATES,
    Place,
    Plan,
    PlanEvent,
    PlanEventKind,
    PlanState,
    Progress,
)
from secaudit.ledger.plans.progress import places_of, progress_of
from secaudit.ledger.plans.reading import (
    findings_in,
    get,
    history,
    list_all,
    members_at,
    plan_of,
)
from secaudit.ledger.plans.writing import NewPlan, Revision, cancel, make, note, revise

__all__ = [
    "DONE_STATES",
    "NewPlan",
    "Place",
    "Plan",
    "PlanEvent",
    "PlanEventKind",
    "PlanState",
    "Progress",
    "Revision",
    "cancel",
    "findings_in",
    "get",
    "history",
    "list_all",
    "make",
    "members_at",
    "note",
    "places_of",
    "plan_of",
    "progress_of",
    "revise",
]
