"""Attestations, Statements of Applicability that stay as approved, programmes, obligations."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_APPROVED_STAYS = """
CREATE TRIGGER statement_stays_no_{lower} BEFORE {upper} ON statement
WHEN OLD.state = 'approved'
BEGIN SELECT RAISE(ABORT, 'an approved statement stays as it is'); END
"""
_LINES_STAY = """
CREATE TRIGGER statement_line_stays_no_{lower} BEFORE {upper} ON statement_line
WHEN (SELECT state FROM statement WHERE id = {row}.statement_id) = 'approved'
BEGIN SELECT RAISE(ABORT, 'an approved statement stays as it is'); END
"""


def upgrade() -> None:
    """Make the tables, and the guards of what was approved."""
    op.create_table(
        "attestation",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("requirement", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.String(length=32), nullable=False),
        sa.Column("collector", sa.String(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("effective_until", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("shared_from", sa.JSON(), nullable=False),
        sa.Column("ended_at", sa.String(length=32), nullable=True),
        sa.Column("ended_because", sa.String(), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("ended_reason", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attestation")),
        sa.UniqueConstraint("number", name=op.f("uq_attestation_number")),
    )
    op.create_index(
        op.f("ix_attestation_requirement"), "attestation", ["requirement"], unique=False
    )
    op.create_table(
        "performance",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("obligation", sa.String(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("recorded_at", sa.String(length=32), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("withdrawn_at", sa.String(length=32), nullable=True),
        sa.Column("withdrawn_by", sa.String(), nullable=True),
        sa.Column("withdrawn_reason", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_performance")),
        sa.UniqueConstraint("number", name=op.f("uq_performance_number")),
    )
    op.create_index(op.f("ix_performance_obligation"), "performance", ["obligation"], unique=False)
    op.create_table(
        "programme",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.String(length=32), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme")),
        sa.UniqueConstraint("number", name=op.f("uq_programme_number")),
    )
    op.create_table(
        "statement",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("framework", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("based_on", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("approver", sa.String(), nullable=True),
        sa.Column("approved_at", sa.String(length=32), nullable=True),
        sa.Column("approved_by", sa.String(), nullable=True),
        sa.Column("document", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["based_on"], ["statement.id"], name=op.f("fk_statement_based_on_statement")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement")),
        sa.UniqueConstraint("framework", "version", name=op.f("uq_statement_framework")),
        sa.UniqueConstraint("number", name=op.f("uq_statement_number")),
    )
    op.create_table(
        "programme_stage",
        sa.Column("programme_id", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=True),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programme.id"],
            name=op.f("fk_programme_stage_programme_id_programme"),
        ),
        sa.PrimaryKeyConstraint("programme_id", "stage", name=op.f("pk_programme_stage")),
    )
    op.create_table(
        "statement_line",
        sa.Column("statement_id", sa.String(), nullable=False),
        sa.Column("requirement", sa.String(), nullable=False),
        sa.Column("applicable", sa.Boolean(), nullable=True),
        sa.Column("justification", sa.String(), nullable=False),
        sa.Column("inclusions", sa.JSON(), nullable=False),
        sa.Column("implementation", sa.String(), nullable=True),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["statement_id"],
            ["statement.id"],
            name=op.f("fk_statement_line_statement_id_statement"),
        ),
        sa.PrimaryKeyConstraint("statement_id", "requirement", name=op.f("pk_statement_line")),
    )
    for verb in ("UPDATE", "DELETE"):
        op.execute(_APPROVED_STAYS.format(lower=verb.lower(), upper=verb))
    for verb, row in (("INSERT", "NEW"), ("UPDATE", "OLD"), ("DELETE", "OLD")):
        op.execute(_LINES_STAY.format(lower=verb.lower(), upper=verb, row=row))
