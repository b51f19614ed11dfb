"""Attestations, the Statement of Applicability, certification programmes, obligations performed."""

from sqlalchemy import Boolean, Column, Date, ForeignKey, Integer, String, Table, UniqueConstraint

from secaudit.store.tables.base import Instant, Json, metadata

attestation = Table(
    "attestation",
    metadata,
    Column("id", String, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("requirement", String, nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("value", String, nullable=False),
    Column("person", String, nullable=False),
    Column("account", String, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("collector", String, nullable=False),
    Column("effective_from", Date, nullable=False),
    Column("effective_until", Date),
    Column("expires_on", Date, nullable=False),
    Column("note", String, nullable=False),
    Column("evidence", Json, nullable=False),
    Column("shared_from", Json, nullable=False),
    Column("ended_at", Instant),
    Column("ended_because", String),
    Column("ended_by", String),
    Column("ended_reason", String),
)

statement = Table(
    "statement",
    metadata,
    Column("id", String, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("framework", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("made_by", String, nullable=False),
    Column("based_on", String, ForeignKey("statement.id")),
    Column("note", String, nullable=False),
    Column("approver", String),
    Column("approved_at", Instant),
    Column("approved_by", String),
    Column("document", Json),
    UniqueConstraint("framework", "version"),
)

statement_line = Table(
    "statement_line",
    metadata,
    Column("statement_id", String, ForeignKey("statement.id"), primary_key=True),
    Column("requirement", String, primary_key=True),
    Column("applicable", Boolean),
    Column("justification", String, nullable=False),
    Column("inclusions", Json, nullable=False),
    Column("implementation", String),
    Column("owner", String, nullable=False),
    Column("evidence", Json, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("updated_by", String, nullable=False),
)

programme = Table(
    "programme",
    metadata,
    Column("id", String, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("kind", String, nullable=False),
    Column("started_on", Date, nullable=False),
    Column("note", String, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", String, nullable=False),
)

programme_stage = Table(
    "programme_stage",
    metadata,
    Column("programme_id", String, ForeignKey("programme.id"), primary_key=True),
    Column("stage", String, primary_key=True),
    Column("state", String, nullable=False),
    Column("planned_on", Date),
    Column("done_on", Date),
    Column("note", String, nullable=False),
    Column("evidence", Json, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("updated_by", String, nullable=False),
)

performance = Table(
    "performance",
    metadata,
    Column("id", String, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("obligation", String, nullable=False, index=True),
    Column("done_on", Date, nullable=False),
    Column("note", String, nullable=False),
    Column("evidence", Json, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", String, nullable=False),
    Column("withdrawn_at", Instant),
    Column("withdrawn_by", String),
    Column("withdrawn_reason", String),
)
