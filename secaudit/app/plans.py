"""Repair plans as a use case: make, look at, revise and cancel them; all on the trail."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from secaudit.app.finding_acting import acting, expire, record
from secaudit.app.finding_views import finding_rows
from secaudit.app.scopes import keep_file
from secaudit.app.sla import today
from secaudit.app.workspace import Change, Workspace
from secaudit.core.canonical import to_json
from secaudit.core.errors import InputError
from secaudit.ledger import attachments, plans
from secaudit.ledger.plans import NewPlan, Plan, PlanEventKind, PlanState, Progress, Revision

CLOSED = (PlanState.DONE, PlanState.CANCELLED)


def plan(workspace: Workspace, ids: Sequence[str], wanted: NewPlan) -> tuple[Plan, int]:
    """Plan one repair; return the plan, and how many of its findings are due before it is."""
    with acting(workspace) as change:
        made = plan_in(workspace, change, ids, wanted)
        inside = plans.findings_in(change.connection, made.id)
    return made, sum(item.due is not None and item.due < made.due for item in inside)


def plan_in(workspace: Workspace, change: Change, ids: Sequence[str], wanted: NewPlan) -> Plan:
    """Plan one repair, inside a change that may do more."""
    _require_to_come(workspace, wanted.due, change.at)
    made = plans.make(change.connection, ids, wanted, at=change.at, actor=str(change.actor))
    record(change, "finding.planned", ids, {"plan": made.id, **vars(wanted)})
    return made


def list_plans(
    workspace: Workspace,
    *,
    owner: str | None = None,
    late: bool = False,
    everything: bool = False,
) -> list[dict[str, Any]]:
    """List plans as JSON values with their progress, the nearest due day first.

    Without ``everything``, those that are done or cancelled are left out.
    """
    expire(workspace)
    day = today(workspace, datetime.now(UTC))
    with workspace.view() as connection:
        found = plans.list_all(connection, owner=owner)
        progress = plans.progress_of(connection, [item.id for item in found])
    rows = [plan_row(item, progress[item.id], day) for item in found]
    return [
        row
        for row in rows
        if (everything or row["state"] not in CLOSED) and (not late or row["late"])
    ]


def show_plan(workspace: Workspace, plan_id: str) -> dict[str, Any]:
    """Return all about one plan: progress in all and on each host, findings, history, files."""
    expire(workspace)
    day = today(workspace, datetime.now(UTC))
    with workspace.view() as connection:
        found = plans.get(connection, plan_id)
        inside = plans.findings_in(connection, plan_id)
        progress = plans.progress_of(connection, [plan_id])[plan_id]
        return {
            **plan_row(found, progress, day),
            "places": [
                {"place": place.place, **_counts(place.progress), "findings": list(place.findings)}
                for place in plans.places_of(inside)
            ],
            "findings": [
                {
                    key: row[key]
                    for key in (
                        *("id", "severity", "state", "title", "subject", "due", "overdue"),
                        *("last_outcome", "last_reason", "checked_at"),
                    )
                }
                for row in finding_rows(workspace, connection, inside)
            ],
            "events": [to_json(event) for event in plans.history(connection, plan_id, since=-1)],
            "attachments": to_json(attachments.attachments_of(connection, plan_id)),
        }


def revise(
    workspace: Workspace, plan_id: str, wanted: Revision, *, version: int, reason: str
) -> Plan:
    """Change a plan that is at ``version``. Raises RefusedError where somebody changed it since."""
    with acting(workspace) as change:
        return revise_in(workspace, change, plan_id, wanted, version=version, reason=reason)


def revise_in(
    workspace: Workspace,
    change: Change,
    plan_id: str,
    wanted: Revision,
    *,
    version: int,
    reason: str,
) -> Plan:
    """Change a plan that is at ``version``, inside a change that may do more."""
    if wanted.due is not None:
        _require_to_come(workspace, wanted.due, change.at)
    now, changed = plans.revise(
        change.connection,
        plan_id,
        wanted,
        version=version,
        reason=reason,
        at=change.at,
        actor=str(change.actor),
    )
    change.record("plan.revised", plan_id, {"version": now.version, **changed}, reason=reason)
    if wanted.add:
        record(change, "finding.planned", wanted.add, {"plan": plan_id})
    if wanted.remove:
        record(change, "finding.unplanned", wanted.remove, {"plan": plan_id}, reason=reason)
    return now


def cancel(workspace: Workspace, plan_id: str, *, version: int, reason: str) -> tuple[str, ...]:
    """Cancel a plan that is at ``version``; return the findings that are open again."""
    with acting(workspace) as change:
        inside = [item.id for item in plans.findings_in(change.connection, plan_id)]
        freed = plans.cancel(
            change.connection,
            plan_id,
            version=version,
            reason=reason,
            at=change.at,
            actor=str(change.actor),
        )
        change.record("plan.cancelled", plan_id, {"opened": list(freed)}, reason=reason)
        if inside:
            record(change, "finding.unplanned", inside, {"plan": plan_id}, reason=reason)
    return freed


def comment(workspace: Workspace, plan_id: str, text: str) -> None:
    """Leave a remark on a plan."""
    with acting(workspace) as change:
        comment_in(change, plan_id, text)


def comment_in(change: Change, plan_id: str, text: str) -> None:
    """Leave a remark on a plan, inside a change that may do more."""
    if not text.strip():
        raise InputError("the {what} is empty", what="comment")
    plans.note(
        change.connection,
        plan_id,
        PlanEventKind.COMMENTED,
        text=text,
        at=change.at,
        actor=str(change.actor),
    )
    change.record("plan.commented", plan_id, {}, reason=text)


def attach(workspace: Workspace, plan_id: str, path: Path, note: str = "") -> str:
    """Put a file beside a plan, into the evidence store; return its SHA-256."""
    digest = keep_file(workspace, path)
    with acting(workspace) as change:
        details = {"name": path.name, "sha256": digest}
        plans.note(
            change.connection,
            plan_id,
            PlanEventKind.ATTACHED,
            text=note,
            at=change.at,
            actor=str(change.actor),
            details=details,
        )
        attachments.attach(
            change.connection,
            [plan_id],
            sha256=digest,
            name=path.name,
            size=len(workspace.evidence.get(digest)),
            note=note,
            at=change.at,
            actor=str(change.actor),
        )
        change.record("plan.attached", plan_id, details, reason=note)
    return digest


def plan_row(item: Plan, progress: Progress, day: date) -> dict[str, Any]:
    """A plan as a JSON value, with its progress and whether it is late."""
    state = PlanState.CANCELLED if item.cancelled_at is not None else progress.state
    return {
        **to_json(item),
        "state": state.value,
        "late": state not in CLOSED and item.due < day,
        "progress": _counts(progress),
    }


def _counts(progress: Progress) -> dict[str, int]:
    return {**vars(replace(progress)), "done": progress.done}


def _require_to_come(workspace: Workspace, due: date, at: datetime) -> None:
    if due < today(workspace, at):
        raise InputError("{day} has passed already: plan for a later day", day=due)
