"""Schedules, and every run that was due: done, failed or missed, but never silent."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table

from secaudit.store.tables.base import Instant, Json, metadata

schedule = Table(
    "schedule",
    metadata,
    Column("id", String, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("name", String, nullable=False),
    Column("expression", String, nullable=False),
    Column("zone", String, nullable=False),
    Column("authorisation", String, nullable=False),
    Column("options", Json, nullable=False),
    Column("next_run", Instant),
    Column("enabled", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("created_by", String, nullable=False),
    Column("removed_at", Instant),
    Index("ix_schedule_enabled_next_run", "enabled", "next_run"),
)

schedule_run = Table(
    "schedule_run",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("schedule_id", String, ForeignKey("schedule.id"), nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("started_at", Instant),
    Column("finished_at", Instant),
    Column("state", String, nullable=False),
    Column("scan_id", String, ForeignKey("scan.id")),
    Column("message", String, nullable=False),
    Index("uq_schedule_run_schedule_id_due_at", "schedule_id", "due_at", unique=True),
)
