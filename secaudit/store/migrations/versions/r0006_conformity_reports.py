"""Conformity reports and their way to the mayor; what was issued refuses changes."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_MAY_CHANGE = "state"
_REPORT: tuple[sa.Column[Any], ...] = (
    sa.Column("id", sa.String(), nullable=False),
    sa.Column("number", sa.Integer(), nullable=False),
    sa.Column("period_from", sa.Date(), nullable=False),
    sa.Column("period_until", sa.Date(), nullable=False),
    sa.Column("frameworks", sa.JSON(), nullable=False),
    sa.Column("language", sa.String(), nullable=False),
    sa.Column("sample", sa.Boolean(), nullable=False),
    sa.Column("previous", sa.String(), nullable=True),
    sa.Column("replaces", sa.String(), nullable=True),
    sa.Column("identity", sa.String(), nullable=False),
    sa.Column("content_sha256", sa.String(length=64), nullable=False),
    sa.Column("pdf_sha256", sa.String(length=64), nullable=False),
    sa.Column("trail_position", sa.Integer(), nullable=False),
    sa.Column("trail_hash", sa.String(length=64), nullable=False),
    sa.Column("letter", sa.String(), nullable=False),
    sa.Column("letter_date", sa.Date(), nullable=True),
    sa.Column("document", sa.JSON(), nullable=False),
    sa.Column("issued_by", sa.String(), nullable=False),
    sa.Column("issued_at", sa.String(length=32), nullable=False),
    sa.Column("issued_account", sa.String(), nullable=False),
    sa.Column("note", sa.String(), nullable=False),
    sa.Column("state", sa.String(), nullable=False),
)
_STAYS = """
CREATE TRIGGER conformity_report_stays BEFORE UPDATE OF {columns} ON conformity_report
BEGIN SELECT RAISE(ABORT, 'an issued report stays as it is'); END
"""
_NO_DELETE = """
CREATE TRIGGER {table}_stays_no_delete BEFORE DELETE ON {table}
BEGIN SELECT RAISE(ABORT, 'an issued report stays as it is'); END
"""
_STEP_STAYS = """
CREATE TRIGGER conformity_step_stays BEFORE UPDATE ON conformity_step
BEGIN SELECT RAISE(ABORT, 'an issued report stays as it is'); END
"""


def upgrade() -> None:
    """Make the tables, and the guards of what was issued."""
    op.create_table(
        "conformity_report",
        *_REPORT,
        sa.ForeignKeyConstraint(
            ["previous"],
            ["conformity_report.id"],
            name=op.f("fk_conformity_report_previous_conformity_report"),
        ),
        sa.ForeignKeyConstraint(
            ["replaces"],
            ["conformity_report.id"],
            name=op.f("fk_conformity_report_replaces_conformity_report"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conformity_report")),
        sa.UniqueConstraint("number", name=op.f("uq_conformity_report_number")),
        sa.UniqueConstraint("replaces", name=op.f("uq_conformity_report_replaces")),
    )
    op.create_table(
        "conformity_step",
        sa.Column("report_id", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("recorded_at", sa.String(length=32), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"],
            ["conformity_report.id"],
            name=op.f("fk_conformity_step_report_id_conformity_report"),
        ),
        sa.PrimaryKeyConstraint("report_id", "step", name=op.f("pk_conformity_step")),
    )
    columns = ", ".join(item.name for item in _REPORT if item.name != _MAY_CHANGE)
    op.execute(_STAYS.format(columns=columns))
    op.execute(_STEP_STAYS)
    for table in ("conformity_report", "conformity_step"):
        op.execute(_NO_DELETE.format(table=table))
