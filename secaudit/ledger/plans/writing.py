"""Making plans, revising and cancelling them. All of it belongs inside one write transaction.

Two people may look at one plan: whoever changes it names the version that was looked at, and is
refused, with what changed, when there is a newer one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from secaudit.core.canonical import to_json
from secaudit.core.errors import InputError, RefusedError
from secaudit.core.vocabulary import FindingState
from secaudit.ledger.findings.acting import chosen, needed, write_down
from secaudit.ledger.findings.decisions import TO_BE_CLAIMED
from secaudit.ledger.findings.model import EventKind, Finding
from secaudit.ledger.plans.model import CURRENCY, Plan, PlanEventKind, PlanState
from secaudit.ledger.plans.progress import progress_of
from secaudit.ledger.plans.reading import findings_in, get, history
from secaudit.ledger.sights import chunks
from secaudit.store.numbering import human_id, next_number
from secaudit.store.tables.ledger import plan_finding
from secaudit.store.tables.ledger import remediation_plan as table
from secaudit.store.tables.remediation import plan_event
from secaudit.text.words import PlanChanges

MOST_COST = 2**53 - 1
"""Larger numbers do not survive JSON in every program."""


@dataclass(frozen=True)
class NewPlan:
    """What a person plans. Effort is in person-days, cost in whole units of the currency."""

    owner: str
    action: str
    due: date
    start: date | None = None
    effort_days: float | None = None
    cost: int | None = None
    currency: str = CURRENCY


@dataclass(frozen=True)
class Revision:
    """What is to change; None leaves a field as it is."""

    owner: str | None = None
    action: str | None = None
    due: date | None = None
    start: date | None = None
    effort_days: float | None = None
    cost: int | None = None
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    emptied: tuple[str, ...] = ()
    """Of ``start``, ``effort_days`` and ``cost``: those that a plan no longer has."""


CAN_BE_EMPTY = ("start", "effort_days", "cost")


def make(
    connection: Connection, ids: Sequence[str], wanted: NewPlan, *, at: datetime, actor: str
) -> Plan:
    """Plan one repair for one or many findings; the plan gets an id such as ``P-0001``."""
    items = chosen(connection, ids, TO_BE_CLAIMED)
    number = next_number(connection, table)
    plan = Plan(
        id=human_id("P", number),
        owner=needed(wanted.owner, "owner"),
        action=needed(wanted.action, "action"),
        due=wanted.due,
        created_at=at,
        created_by=actor,
        start=wanted.start,
        effort_days=wanted.effort_days,
        cost=wanted.cost,
        currency=wanted.currency,
    )
    _require_sense(plan)
    connection.execute(
        insert(table).values(
            id=plan.id,
            number=number,
            owner=plan.owner,
            action=plan.action,
            due=plan.due,
            start_on=plan.start,
            effort_days=plan.effort_days,
            cost=plan.cost,
            currency=plan.currency,
            version=plan.version,
            created_at=at,
            created_by=actor,
        )
    )
    _take_in(connection, plan, items, at, actor)
    details = {**vars(wanted), "findings": [item.id for item in items]}
    _event(connection, plan, PlanEventKind.MADE, at, actor, "", details)
    return plan


def revise(
    connection: Connection,
    plan_id: str,
    wanted: Revision,
    *,
    version: int,
    reason: str,
    at: datetime,
    actor: str,
) -> tuple[Plan, dict[str, Any]]:
    """Change a plan; return it as it is now, and each changed field as ``[before, after]``.

    Raises RefusedError where it was cancelled, or where ``version`` is not its newest.
    """
    plan = _current(connection, plan_id, version)
    why = needed(reason, "reason")
    changed: dict[str, Any] = {
        name: [getattr(plan, name), value]
        for name, value in vars(wanted).items()
        if name not in ("add", "remove", "emptied")
        and value is not None
        and value != getattr(plan, name)
    }
    for name in CAN_BE_EMPTY:
        if name in wanted.emptied and getattr(plan, name) is not None:
            changed[name] = [getattr(plan, name), None]
    inside = {item.id: item for item in findings_in(connection, plan_id)}
    added = [identity for identity in dict.fromkeys(wanted.add) if identity not in inside]
    removed = list(dict.fromkeys(wanted.remove))
    _require_inside(plan, removed, inside, added)
    if not (changed or added or removed):
        raise InputError("nothing about {plan} would change", plan=plan_id)
    now = Plan(
        **{
            **vars(plan),
            **{name: after for name, (_, after) in changed.items()},
            "version": plan.version + 1,
        }
    )
    _require_sense(now)
    connection.execute(
        update(table)
        .where(table.c.id == plan_id)
        .values(
            owner=needed(now.owner, "owner"),
            action=needed(now.action, "action"),
            due=now.due,
            start_on=now.start,
            effort_days=now.effort_days,
            cost=now.cost,
            version=now.version,
        )
    )
    _take_in(connection, now, chosen(connection, added, TO_BE_CLAIMED), at, actor)
    _let_go(connection, now, [inside[identity] for identity in removed], at, actor, why)
    details = {**changed}
    details |= {"added": added} if added else {}
    details |= {"removed": removed} if removed else {}
    _event(connection, now, PlanEventKind.REVISED, at, actor, why, details)
    return now, details


def cancel(
    connection: Connection, plan_id: str, *, version: int, reason: str, at: datetime, actor: str
) -> tuple[str, ...]:
    """Cancel a plan; its findings that nobody else plans to repair are open again.

    Returns their ids. Raises RefusedError for a plan that is done or was cancelled.
    """
    plan = _current(connection, plan_id, version)
    why = needed(reason, "reason")
    if progress_of(connection, [plan_id])[plan_id].state is PlanState.DONE:
        raise RefusedError("{plan} is done: there is nothing to cancel", plan=plan_id)
    connection.execute(
        update(table)
        .where(table.c.id == plan_id)
        .values(
            cancelled_at=at,
            cancelled_by=actor,
            cancelled_because=why,
            version=plan.version + 1,
        )
    )
    now = get(connection, plan_id)
    freed = _let_go(connection, now, findings_in(connection, plan_id), at, actor, why, keep=True)
    _event(connection, now, PlanEventKind.CANCELLED, at, actor, why, {"opened": list(freed)})
    return freed


def note(
    connection: Connection,
    plan_id: str,
    kind: PlanEventKind,
    *,
    text: str,
    at: datetime,
    actor: str,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Leave a comment, or the note of a file, on a plan; its version stays."""
    _event(connection, get(connection, plan_id), kind, at, actor, text, details or {})


def _current(connection: Connection, plan_id: str, version: int) -> Plan:
    plan = get(connection, plan_id)
    if plan.cancelled_at is not None:
        raise RefusedError(
            "{plan} was cancelled: {reason}", plan=plan_id, reason=plan.cancelled_because
        )
    if version != plan.version:
        changes = "; ".join(
            f"{event.version} ({event.actor}): {PlanChanges(to_json(event.details))}"
            for event in history(connection, plan_id, since=version)
        )
        raise RefusedError(
            "{plan} is at version {now}, not {version}; changed since: {changes}",
            hint="look at it again with: secaudit plan show {plan}; then name --version {now}",
            plan=plan_id,
            now=plan.version,
            version=version,
            changes=changes or "-",
        )
    return plan


def _require_sense(plan: Plan) -> None:
    if plan.start is not None and plan.start > plan.due:
        raise InputError(
            "{plan} would begin on {start}, after it is due on {due}",
            plan=plan.id,
            start=plan.start,
            due=plan.due,
        )
    if plan.effort_days is not None and not 0 <= plan.effort_days <= 100_000:
        raise InputError("{value} is no effort in person-days", value=plan.effort_days)
    if plan.cost is not None and not 0 <= plan.cost <= MOST_COST:
        raise InputError("{value} is no cost", value=plan.cost)


def _require_inside(
    plan: Plan, removed: Sequence[str], inside: Mapping[str, Finding], added: Sequence[str]
) -> None:
    for identity in removed:
        if identity not in inside:
            raise RefusedError("{finding} is not in {plan}", finding=identity, plan=plan.id)
    if removed and len(removed) == len(inside) and not added:
        raise RefusedError(
            "no finding would be left in {plan}",
            hint="cancel it with: secaudit plan cancel {plan} --reason TEXT",
            plan=plan.id,
        )


def _take_in(
    connection: Connection, plan: Plan, items: Sequence[Finding], at: datetime, actor: str
) -> None:
    if not items:
        return
    ids = [item.id for item in items]
    for chunk in chunks(ids):
        connection.execute(
            plan_finding.delete().where(
                plan_finding.c.plan_id == plan.id, plan_finding.c.finding_id.in_(chunk)
            )
        )
    connection.execute(
        insert(plan_finding),
        [{"plan_id": plan.id, "finding_id": identity} for identity in ids],
    )
    write_down(
        connection, items, EventKind.PLANNED, state=FindingState.PLANNED, at=at, actor=actor,
        details={"plan": plan.id, "owner": plan.owner, "action": plan.action, "due": plan.due},
    )  # fmt: skip


def _let_go(
    connection: Connection,
    plan: Plan,
    items: Sequence[Finding],
    at: datetime,
    actor: str,
    reason: str,
    *,
    keep: bool = False,
) -> tuple[str, ...]:
    """Take findings out of a plan; ``keep`` leaves the link, as of a plan that was cancelled."""
    for chunk in chunks([] if keep else [item.id for item in items]):
        connection.execute(
            update(plan_finding)
            .where(plan_finding.c.plan_id == plan.id, plan_finding.c.finding_id.in_(chunk))
            .values(removed_at=at)
        )
    elsewhere = _planned_elsewhere(connection, plan.id, [item.id for item in items])
    free = [
        item for item in items if item.state is FindingState.PLANNED and item.id not in elsewhere
    ]
    bound = [item for item in items if item not in free]
    details = {"plan": plan.id}
    write_down(
        connection, free, EventKind.UNPLANNED, state=FindingState.OPEN,
        at=at, actor=actor, reason=reason, details=details,
    )  # fmt: skip
    write_down(
        connection, bound, EventKind.UNPLANNED, at=at, actor=actor, reason=reason, details=details
    )
    return tuple(item.id for item in free)


def _planned_elsewhere(connection: Connection, plan_id: str, ids: Sequence[str]) -> set[str]:
    return {
        identity
        for chunk in chunks(ids)
        for identity in connection.execute(
            select(plan_finding.c.finding_id)
            .join(table, table.c.id == plan_finding.c.plan_id)
            .where(
                plan_finding.c.finding_id.in_(chunk),
                plan_finding.c.plan_id != plan_id,
                plan_finding.c.removed_at.is_(None),
                table.c.cancelled_at.is_(None),
            )
        ).scalars()
    }


def _event(
    connection: Connection,
    plan: Plan,
    kind: PlanEventKind,
    at: datetime,
    actor: str,
    reason: str,
    details: Mapping[str, Any],
) -> None:
    connection.execute(
        insert(plan_event).values(
            plan_id=plan.id,
            version=plan.version,
            at=at,
            kind=kind.value,
            actor=actor,
            reason=reason,
            details=to_json(details),
        )
    )
