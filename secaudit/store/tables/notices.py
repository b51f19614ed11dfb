"""Notices: messages that wait, were sent or given up, what each told, and the last digests."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table

from secaudit.store.tables.base import Instant, Json, metadata

notice = Table(
    "notice",
    metadata,
    Column("id", String, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("channel", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("body", String, nullable=False),
    Column("kinds", Json, nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("tried_at", Instant),
    Column("next_try", Instant),
    Column("sent_at", Instant),
    Column("why", String, nullable=False),
    Index("ix_notice_state_next_try", "state", "next_try"),
)

notice_item = Table(
    "notice_item",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("notice_id", String, ForeignKey("notice.id"), nullable=False, index=True),
    Column("channel", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("stage", String, nullable=False),
    Index(
        "uq_notice_item_channel_kind_subject_stage",
        "channel",
        "kind",
        "subject",
        "stage",
        unique=True,
    ),
)

notice_digest = Table(
    "notice_digest",
    metadata,
    Column("channel", String, primary_key=True),
    Column("slot", Instant, nullable=False),
)
