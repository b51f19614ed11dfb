"""Reading plans: one, all, those of findings, and what happened to one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from secaudit.core.errors import NotFoundError
from secaudit.ledger.findings.model import Finding
from secaudit.ledger.findings.query import finding_of
from secaudit.ledger.plans.model import Plan, PlanEvent, PlanEventKind
from secaudit.ledger.sights import chunks
from secaudit.store.tables.ledger import finding, plan_finding
from secaudit.store.tables.ledger import remediation_plan as table
from secaudit.store.tables.remediation import plan_event


def get(connection: Connection, plan_id: str) -> Plan:
    """Return one plan. Raises NotFoundError."""
    row = connection.execute(select(table).where(table.c.id == plan_id)).first()
    if row is None:
        raise NotFoundError(
            "there is no plan {plan}", hint="see them with: secaudit plan list --all", plan=plan_id
        )
    return _plan(row)


def list_all(connection: Connection, *, owner: str | None = None) -> list[Plan]:
    """Return the plans, the nearest due day first; cancelled ones too."""
    query = select(table).order_by(table.c.due, table.c.number)
    if owner is not None:
        query = query.where(table.c.owner == owner)
    return [_plan(row) for row in connection.execute(query)]


def plan_of(connection: Connection, ids: Sequence[str]) -> dict[str, Plan]:
    """Return the latest standing plan of each of these findings that has one."""
    return {
        row.finding_id: _plan(row)
        for chunk in chunks(ids)
        for row in connection.execute(
            select(table, plan_finding.c.finding_id)
            .join(plan_finding, plan_finding.c.plan_id == table.c.id)
            .where(
                plan_finding.c.finding_id.in_(chunk),
                plan_finding.c.removed_at.is_(None),
                table.c.cancelled_at.is_(None),
            )
            .order_by(table.c.number)
        )
    }


def findings_in(connection: Connection, plan_id: str) -> list[Finding]:
    """Return the findings that a plan is about, worst first."""
    query = (
        select(finding)
        .join(plan_finding, plan_finding.c.finding_id == finding.c.id)
        .where(plan_finding.c.plan_id == plan_id, plan_finding.c.removed_at.is_(None))
        .order_by(finding.c.severity_rank, finding.c.number)
    )
    return [finding_of(row) for row in connection.execute(query)]


def members_at(connection: Connection, at: datetime) -> dict[str, list[str]]:
    """Return which findings each plan was about at an instant, for the plans that stood then.

    A finding that was added later counts from the beginning of its plan: only removals have a time.
    """
    query = (
        select(plan_finding.c.plan_id, plan_finding.c.finding_id)
        .join(table, table.c.id == plan_finding.c.plan_id)
        .where(
            table.c.created_at <= at,
            or_(table.c.cancelled_at.is_(None), table.c.cancelled_at > at),
            or_(plan_finding.c.removed_at.is_(None), plan_finding.c.removed_at > at),
        )
        .order_by(table.c.number, plan_finding.c.finding_id)
    )
    members: dict[str, list[str]] = {}
    for plan, finding_id in connection.execute(query):
        members.setdefault(plan, []).append(finding_id)
    return members


def history(connection: Connection, plan_id: str, since: int = 0) -> list[PlanEvent]:
    """Return what happened to a plan after its version ``since``, oldest first.

    Plans of a database older than revision 0004 have no event for their beginning.
    """
    query = (
        select(plan_event)
        .where(plan_event.c.plan_id == plan_id, plan_event.c.version > since)
        .order_by(plan_event.c.number)
    )
    return [
        PlanEvent(
            row.plan_id,
            row.version,
            row.at,
            PlanEventKind(row.kind),
            row.actor,
            row.reason,
            row.details,
        )
        for row in connection.execute(query)
    ]


def _plan(row: Row[Any]) -> Plan:
    return Plan(
        id=row.id,
        owner=row.owner,
        action=row.action,
        due=row.due,
        created_at=row.created_at,
        created_by=row.created_by,
        start=row.start_on,
        effort_days=row.effort_days,
        cost=row.cost,
        currency=row.currency,
        version=row.version,
        cancelled_at=row.cancelled_at,
        cancelled_because=row.cancelled_because,
    )
