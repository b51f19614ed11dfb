"""What people do about findings beside deciding: plans' history, pauses, escalations, files."""

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, String, Table

from secaudit.store.tables.base import Instant, Json, metadata

plan_event = Table(
    "plan_event",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("plan_id", String, ForeignKey("remediation_plan.id"), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("kind", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("details", Json, nullable=False),
)

sla_pause = Table(
    "sla_pause",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("finding_id", String, ForeignKey("finding.id"), nullable=False, index=True),
    Column("from_on", Date, nullable=False),
    Column("until_on", Date, nullable=False),
    Column("reason", String, nullable=False),
    Column("asked_by", String, nullable=False),
    Column("approver", String),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", String, nullable=False),
    Column("ended_on", Date),
    Column("ended_at", Instant),
    Column("ended_by", String),
    Column("ended_because", String),
    Index("ix_sla_pause_until_on", "until_on"),
)

escalation = Table(
    "escalation",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("finding_id", String, ForeignKey("finding.id"), nullable=False),
    Column("level", Integer, nullable=False),
    Column("recipient", String, nullable=False),
    Column("due", Date, nullable=False),
    Column("reached_on", Date, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Index("uq_escalation_finding_id_due_level", "finding_id", "due", "level", unique=True),
)

attachment = Table(
    "attachment",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("object_id", String, nullable=False, index=True),
    Column("sha256", String(64), nullable=False),
    Column("name", String, nullable=False),
    Column("size", Integer, nullable=False),
    Column("note", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("actor", String, nullable=False),
)
