"""The decisions that stand about findings: the plan for each repair, and each acceptance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select

from secaudit.ledger.sights import chunks
from secaudit.store.tables.ledger import acceptance, plan_finding, remediation_plan


@dataclass(frozen=True)
class Plan:
    """Who repairs what until when."""

    id: str
    owner: str
    action: str
    due: date
    created_at: datetime
    created_by: str


@dataclass(frozen=True)
class Acceptance:
    """Who accepted a finding as it is, why, until when, and the signed proof."""

    approver: str
    requested_by: str | None
    reason: str
    proof_sha256: str | None
    accepted_at: datetime
    expires_on: date


def plan_of(connection: Connection, ids: Sequence[str]) -> dict[str, Plan]:
    """Return the latest plan of each of these findings that has one."""
    return {
        row.finding_id: Plan(row.id, row.owner, row.action, row.due, row.created_at, row.created_by)
        for chunk in chunks(ids)
        for row in connection.execute(
            select(remediation_plan, plan_finding.c.finding_id)
            .join(plan_finding, plan_finding.c.plan_id == remediation_plan.c.id)
            .where(plan_finding.c.finding_id.in_(chunk))
            .order_by(remediation_plan.c.number)
        )
    }


def acceptance_of(connection: Connection, ids: Sequence[str]) -> dict[str, Acceptance]:
    """Return the acceptance that stands for each of these findings that has one."""
    return {
        row.finding_id: Acceptance(
            row.approver,
            row.requested_by,
            row.reason,
            row.proof_sha256,
            row.accepted_at,
            row.expires_on,
        )
        for chunk in chunks(ids)
        for row in connection.execute(
            select(acceptance).where(
                acceptance.c.finding_id.in_(chunk), acceptance.c.ended_at.is_(None)
            )
        )
    }
