"""Internal audits that stay as concluded, what follows them, and management reviews."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_PAPERS = ("audit_criterion", "audit_step", "audit_test", "audit_sample")
_PAPERS_STAY = """
CREATE TRIGGER {table}_stays_no_{lower} BEFORE {upper} ON {table}
WHEN (SELECT state FROM audit_engagement WHERE id = {row}.engagement_id) = 'concluded'
BEGIN SELECT RAISE(ABORT, 'a concluded audit stays as it is'); END
"""
_CONCLUDED_STAYS = """
CREATE TRIGGER audit_engagement_stays_no_{lower} BEFORE {upper} ON audit_engagement
WHEN OLD.state = 'concluded'
BEGIN SELECT RAISE(ABORT, 'a concluded audit stays as it is'); END
"""


def upgrade() -> None:
    """Make the tables, and the guards of what was concluded."""
    op.create_table(
        "audit_programme",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("objective", sa.String(), nullable=False),
        sa.Column("first_year", sa.Integer(), nullable=False),
        sa.Column("last_year", sa.Integer(), nullable=False),
        sa.Column("at_least", sa.Integer(), nullable=False),
        sa.Column("per", sa.String(), nullable=False),
        sa.Column("obligation", sa.String(), nullable=True),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("approver", sa.String(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=True),
        sa.Column("recorded_at", sa.String(length=32), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_programme")),
        sa.UniqueConstraint("number", name=op.f("uq_audit_programme_number")),
    )
    op.create_table(
        "management_review",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("chair", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("minutes", sa.JSON(), nullable=False),
        sa.Column("inputs_sha256", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.String(length=32), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_management_review")),
        sa.UniqueConstraint("number", name=op.f("uq_management_review_number")),
    )
    op.create_table(
        "audit_engagement",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("objective", sa.String(), nullable=False),
        sa.Column("obligation", sa.String(), nullable=True),
        sa.Column("criteria", sa.JSON(), nullable=False),
        sa.Column("scope", sa.JSON(), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_until", sa.Date(), nullable=False),
        sa.Column("planned_from", sa.Date(), nullable=False),
        sa.Column("planned_until", sa.Date(), nullable=False),
        sa.Column("letter", sa.String(), nullable=False),
        sa.Column("letter_document", sa.JSON(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.String(length=32), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("started_at", sa.String(length=32), nullable=True),
        sa.Column("started_by", sa.String(), nullable=True),
        sa.Column("excluded", sa.JSON(), nullable=False),
        sa.Column("opinion", sa.String(), nullable=True),
        sa.Column("opinion_text", sa.String(), nullable=True),
        sa.Column("limitations", sa.String(), nullable=True),
        sa.Column("concluded_at", sa.String(length=32), nullable=True),
        sa.Column("concluded_by", sa.String(), nullable=True),
        sa.Column("concluded_person", sa.String(), nullable=True),
        sa.Column("record_sha256", sa.String(length=64), nullable=True),
        sa.Column("document", sa.JSON(), nullable=True),
        sa.Column("ended_reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["audit_programme.id"],
            name=op.f("fk_audit_engagement_programme_id_audit_programme"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_engagement")),
        sa.UniqueConstraint("number", name=op.f("uq_audit_engagement_number")),
    )
    op.create_index(
        op.f("ix_audit_engagement_programme_id"), "audit_engagement", ["programme_id"], unique=False
    )
    op.create_table(
        "management_review_action",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("done_note", sa.String(), nullable=True),
        sa.Column("done_proofs", sa.JSON(), nullable=False),
        sa.Column("done_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["review_id"],
            ["management_review.id"],
            name=op.f("fk_management_review_action_review_id_management_review"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_management_review_action")),
        sa.UniqueConstraint("number", name=op.f("uq_management_review_action_number")),
    )
    op.create_index(
        op.f("ix_management_review_action_review_id"),
        "management_review_action",
        ["review_id"],
        unique=False,
    )
    op.create_table(
        "audit_auditor",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("engagement_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("competence", sa.String(), nullable=False),
        sa.Column("certificate", sa.JSON(), nullable=True),
        sa.Column("added_at", sa.String(length=32), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("removed_at", sa.String(length=32), nullable=True),
        sa.Column("removed_reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["engagement_id"],
            ["audit_engagement.id"],
            name=op.f("fk_audit_auditor_engagement_id_audit_engagement"),
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_auditor")),
    )
    op.create_index(
        "ix_audit_auditor_engagement_id", "audit_auditor", ["engagement_id"], unique=False
    )
    op.create_table(
        "audit_criterion",
        sa.Column("engagement_id", sa.String(), nullable=False),
        sa.Column("requirement", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("citation", sa.JSON(), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("binding", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["engagement_id"],
            ["audit_engagement.id"],
            name=op.f("fk_audit_criterion_engagement_id_audit_engagement"),
        ),
        sa.PrimaryKeyConstraint("engagement_id", "requirement", name=op.f("pk_audit_criterion")),
    )
    op.create_table(
        "audit_finding",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("engagement_id", sa.String(), nullable=False),
        sa.Column("requirement", sa.String(), nullable=False),
        sa.Column("grade", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("criterion", sa.JSON(), nullable=False),
        sa.Column("condition", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("effect", sa.String(), nullable=False),
        sa.Column("correction", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("repeats", sa.String(), nullable=True),
        sa.Column("proofs", sa.JSON(), nullable=False),
        sa.Column("raised_at", sa.String(length=32), nullable=False),
        sa.Column("raised_by", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("done_by", sa.String(), nullable=True),
        sa.Column("done_account", sa.String(), nullable=True),
        sa.Column("done_proofs", sa.JSON(), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.Column("checked_by", sa.String(), nullable=True),
        sa.Column("checked_account", sa.String(), nullable=True),
        sa.Column("checked_how", sa.String(), nullable=True),
        sa.Column("checked_proofs", sa.JSON(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("closed_by", sa.String(), nullable=True),
        sa.Column("closed_reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["engagement_id"],
            ["audit_engagement.id"],
            name=op.f("fk_audit_finding_engagement_id_audit_engagement"),
        ),
        sa.ForeignKeyConstraint(
            ["repeats"], ["audit_finding.id"], name=op.f("fk_audit_finding_repeats_audit_finding")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_finding")),
        sa.UniqueConstraint("number", name=op.f("uq_audit_finding_number")),
    )
    op.create_index(
        op.f("ix_audit_finding_engagement_id"), "audit_finding", ["engagement_id"], unique=False
    )
    op.create_index(
        op.f("ix_audit_finding_requirement"), "audit_finding", ["requirement"], unique=False
    )
    op.create_table(
        "audit_safeguard",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("engagement_id", sa.String(), nullable=False),
        sa.Column("auditor", sa.String(), nullable=False),
        sa.Column("conflicts", sa.JSON(), nullable=False),
        sa.Column("safeguard", sa.String(), nullable=False),
        sa.Column("approver", sa.String(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=True),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["engagement_id"],
            ["audit_engagement.id"],
            name=op.f("fk_audit_safeguard_engagement_id_audit_engagement"),
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_safeguard")),
    )
    op.create_index(
        "ix_audit_safeguard_engagement_id", "audit_safeguard", ["engagement_id"], unique=False
    )
    op.create_table(
        "audit_sample",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("engagement_id", sa.String(), nullable=False),
        sa.Column("requirement", sa.String(), nullable=True),
        sa.Column("population", sa.String(), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("stratum", sa.String(), nullable=True),
        sa.Column("seed", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("population_size", sa.Integer(), nullable=False),
        sa.Column("population_sha256", sa.String(length=64), nullable=False),
        sa.Column("drawn", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("drawn_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["engagement_id"],
            ["audit_engagement.id"],
            name=op.f("fk_audit_sample_engagement_id_audit_engagement"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_sample")),
        sa.UniqueConstraint("number", name=op.f("uq_audit_sample_number")),
    )
    op.create_index(
        op.f("ix_audit_sample_engagement_id"), "audit_sample", ["engagement_id"], unique=False
    )
    op.create_table(
        "audit_step",
        sa.Column("engagement_id", sa.String(), nullable=False),
        sa.Column("requirement", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("questions", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["engagement_id"],
            ["audit_engagement.id"],
            name=op.f("fk_audit_step_engagement_id_audit_engagement"),
        ),
        sa.PrimaryKeyConstraint("engagement_id", "requirement", "step", name=op.f("pk_audit_step")),
    )
    op.create_table(
        "audit_test",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("engagement_id", sa.String(), nullable=False),
        sa.Column("requirement", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("conclusion", sa.String(), nullable=False),
        sa.Column("work", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("performed_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.String(length=32), nullable=False),
        sa.Column("proofs", sa.JSON(), nullable=False),
        sa.Column("superseded_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["engagement_id"],
            ["audit_engagement.id"],
            name=op.f("fk_audit_test_engagement_id_audit_engagement"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_test")),
        sa.UniqueConstraint("number", name=op.f("uq_audit_test_number")),
    )
    op.create_index(
        "ix_audit_test_engagement_id",
        "audit_test",
        ["engagement_id", "requirement", "step"],
        unique=False,
    )
    op.create_table(
        "audit_finding_event",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("finding_id", sa.String(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=True),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["finding_id"],
            ["audit_finding.id"],
            name=op.f("fk_audit_finding_event_finding_id_audit_finding"),
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_finding_event")),
    )
    op.create_index(
        op.f("ix_audit_finding_event_finding_id"),
        "audit_finding_event",
        ["finding_id"],
        unique=False,
    )
    for verb, row in (("INSERT", "NEW"), ("UPDATE", "OLD"), ("DELETE", "OLD")):
        for table in _PAPERS:
            op.execute(_PAPERS_STAY.format(table=table, lower=verb.lower(), upper=verb, row=row))
    for verb in ("UPDATE", "DELETE"):
        op.execute(_CONCLUDED_STAYS.format(lower=verb.lower(), upper=verb))
