"""Notices: messages that wait, were sent or given up, what each told, and the last digests."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; nobody was told anything before."""
    op.create_table(
        "notice",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("tried_at", sa.String(length=32), nullable=True),
        sa.Column("next_try", sa.String(length=32), nullable=True),
        sa.Column("sent_at", sa.String(length=32), nullable=True),
        sa.Column("why", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("number", name=op.f("uq_notice_number")),
    )
    op.create_index("ix_notice_state_next_try", "notice", ["state", "next_try"], unique=False)
    op.create_table(
        "notice_item",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notice.id"], name=op.f("fk_notice_item_notice_id_notice")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_notice_item")),
    )
    op.create_index(op.f("ix_notice_item_notice_id"), "notice_item", ["notice_id"], unique=False)
    op.create_index(
        "uq_notice_item_channel_kind_subject_stage",
        "notice_item",
        ["channel", "kind", "subject", "stage"],
        unique=True,
    )
    op.create_table(
        "notice_digest",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("slot", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_notice_digest")),
    )
