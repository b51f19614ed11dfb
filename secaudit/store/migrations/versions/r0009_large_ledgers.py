"""Indexes for a million results and a hundred thousand findings: no data changes."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_STANDING = sa.text("until_at IS NULL")
_OPEN = sa.text("ended_at IS NULL")


def upgrade() -> None:
    """Index what stands, and the order in which findings are listed."""
    op.drop_index("ix_result_interval_until_at_check_id", table_name="result_interval")
    op.create_index(
        "ix_result_interval_standing",
        "result_interval",
        ["subject", "check_id"],
        unique=False,
        sqlite_where=_STANDING,
        postgresql_where=_STANDING,
    )
    op.create_index(
        "ix_result_interval_standing_check_id",
        "result_interval",
        ["check_id"],
        unique=False,
        sqlite_where=_STANDING,
        postgresql_where=_STANDING,
    )
    op.drop_index("ix_finding_state_severity_rank", table_name="finding")
    op.drop_index("ix_finding_severity_rank_due", table_name="finding")
    op.create_index(
        "ix_finding_listed",
        "finding",
        ["severity_rank", "due", "number", "state", "escalated"],
        unique=False,
    )
    for column in ("expires_at", "expires_on"):
        op.drop_index(f"ix_acceptance_ended_at_{column}", table_name="acceptance")
        op.create_index(
            f"ix_acceptance_{column}",
            "acceptance",
            [column],
            unique=False,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        )
