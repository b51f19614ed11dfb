"""Plans that are revised and cancelled, pauses, escalations, attachments of findings."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _columns() -> tuple[tuple[str, sa.Column[object]], ...]:
    return (
        ("finding", sa.Column("escalated", sa.Integer(), server_default="0", nullable=False)),
        ("remediation_plan", sa.Column("start_on", sa.Date(), nullable=True)),
        ("remediation_plan", sa.Column("effort_days", sa.Float(), nullable=True)),
        ("remediation_plan", sa.Column("cost", sa.Integer(), nullable=True)),
        (
            "remediation_plan",
            sa.Column("currency", sa.String(length=3), server_default="IDR", nullable=False),
        ),
        (
            "remediation_plan",
            sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        ),
        ("remediation_plan", sa.Column("cancelled_at", sa.String(length=32), nullable=True)),
        ("remediation_plan", sa.Column("cancelled_by", sa.String(), nullable=True)),
        ("remediation_plan", sa.Column("cancelled_because", sa.String(), nullable=True)),
        ("plan_finding", sa.Column("removed_at", sa.String(length=32), nullable=True)),
        ("acceptance", sa.Column("accepted_on", sa.Date(), nullable=True)),
    )


_INDEXES = (
    ("ix_finding_state_escalated", "finding", ["state", "escalated", "due"]),
    ("ix_acceptance_ended_at_expires_on", "acceptance", ["ended_at", "expires_on"]),
    ("ix_finding_event_at", "finding_event", ["at"]),
    ("ix_audit_trail_at", "audit_trail", ["at"]),
)


def upgrade() -> None:
    """Add to what is there, and make the tables."""
    for table, column in _columns():
        op.add_column(table, column)
    for name, table, columns in _INDEXES:
        op.create_index(name, table, columns, unique=False)
    _plan_events()
    _pauses()
    _escalations()
    op.create_table(
        "attachment",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("object_id", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_attachment")),
    )
    op.create_index(op.f("ix_attachment_object_id"), "attachment", ["object_id"], unique=False)


def _plan_events() -> None:
    op.create_table(
        "plan_event",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_id"],
            ["remediation_plan.id"],
            name=op.f("fk_plan_event_plan_id_remediation_plan"),
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_plan_event")),
    )
    op.create_index(op.f("ix_plan_event_plan_id"), "plan_event", ["plan_id"], unique=False)


def _pauses() -> None:
    op.create_table(
        "sla_pause",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("finding_id", sa.String(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("approver", sa.String(), nullable=True),
        sa.Column("recorded_at", sa.String(length=32), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_at", sa.String(length=32), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("ended_because", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["finding_id"], ["finding.id"], name=op.f("fk_sla_pause_finding_id_finding")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_sla_pause")),
    )
    op.create_index(op.f("ix_sla_pause_finding_id"), "sla_pause", ["finding_id"], unique=False)
    op.create_index("ix_sla_pause_until_on", "sla_pause", ["until_on"], unique=False)


def _escalations() -> None:
    op.create_table(
        "escalation",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("finding_id", sa.String(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("reached_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["finding_id"], ["finding.id"], name=op.f("fk_escalation_finding_id_finding")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_escalation")),
    )
    op.create_index(
        "uq_escalation_finding_id_due_level",
        "escalation",
        ["finding_id", "due", "level"],
        unique=True,
    )
