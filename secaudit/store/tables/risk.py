"""The risk register: suggested and decided risks, the findings behind them, and their history."""

from sqlalchemy import Column, ForeignKey, Integer, String, Table

from secaudit.store.tables.base import Instant, Json, metadata

risk = Table(
    "risk",
    metadata,
    Column("id", String, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("key", String, nullable=False, unique=True),
    Column("theme", String, nullable=False),
    Column("zone", String, nullable=False),
    Column("owner", String, nullable=False),
    Column("state", String, nullable=False, index=True),
    Column("title", Json, nullable=False),
    Column("reasoning", Json, nullable=False),
    Column("likelihood", Integer, nullable=False),
    Column("impact", Integer, nullable=False),
    Column("facts", Json, nullable=False),
    Column("proposed_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("approver", String),
    Column("approved_at", Instant),
    Column("approval_reason", String),
)

risk_finding = Table(
    "risk_finding",
    metadata,
    Column("risk_id", String, ForeignKey("risk.id"), primary_key=True),
    Column("finding_id", String, ForeignKey("finding.id"), primary_key=True, index=True),
)

risk_event = Table(
    "risk_event",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("risk_id", String, ForeignKey("risk.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("kind", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("details", Json, nullable=False),
)
