"""When something took effect beside when it was recorded; silence; what the trail has sealed.

An acceptance that ran out took effect at the end of its last day, whenever that was noted. Events
that are there already are not sealed: the rows of the trail about them say too little.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, and date the acceptances that have run out."""
    op.add_column("finding_event", sa.Column("effective_at", sa.String(length=32), nullable=True))
    op.execute(
        "UPDATE finding_event SET effective_at = (SELECT expires_at FROM acceptance"
        " WHERE acceptance.finding_id = finding_event.finding_id"
        " AND acceptance.ended_because = 'acceptance_expired'"
        " AND acceptance.ended_at = finding_event.at)"
        " WHERE kind = 'acceptance_expired'"
    )
    op.execute(
        "UPDATE acceptance SET ended_at = expires_at WHERE ended_because = 'acceptance_expired'"
    )
    op.add_column("finding", sa.Column("silent_since", sa.String(length=32), nullable=True))
    op.add_column("finding", sa.Column("silent_scan", sa.String(), nullable=True))
    op.add_column("risk_event", sa.Column("effective_at", sa.String(length=32), nullable=True))
    op.add_column("risk_weighing", sa.Column("at", sa.String(length=32), nullable=True))
    op.create_table(
        "trail_seal",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("finding_event", sa.Integer(), nullable=False),
        sa.Column("risk_event", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_trail_seal")),
    )
    op.execute(
        "INSERT INTO trail_seal (number, finding_event, risk_event) VALUES (1,"
        " (SELECT coalesce(max(number), 0) FROM finding_event),"
        " (SELECT coalesce(max(number), 0) FROM risk_event))"
    )
