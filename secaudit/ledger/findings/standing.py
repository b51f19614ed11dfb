"""The acceptances that stand about findings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from secaudit.ledger.sights import chunks
from secaudit.store.tables.ledger import acceptance


@dataclass(frozen=True)
class Acceptance:
    """Who accepted a finding as it is, why, until when, and the signed proof."""

    approver: str
    requested_by: str | None
    reason: str
    proof_sha256: str | None
    accepted_at: datetime
    expires_on: date


def acceptance_of(
    connection: Connection, ids: Sequence[str], at: datetime | None = None
) -> dict[str, Acceptance]:
    """Return the acceptance that stands, or stood at ``at``, for each of these that has one."""
    stands: ColumnElement[bool] = acceptance.c.ended_at.is_(None)
    if at is not None:
        stands = and_(acceptance.c.accepted_at <= at, or_(stands, acceptance.c.ended_at > at))
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
            select(acceptance).where(acceptance.c.finding_id.in_(chunk), stands)
        )
    }
