"""The audit trail: append-only, and guarded by triggers besides its hash chain."""

from sqlalchemy import Column, Integer, String, Table

from secaudit.store.tables.base import Instant, Json, metadata

audit_trail = Table(
    "audit_trail",
    metadata,
    Column("position", Integer, primary_key=True),
    Column("at", Instant, nullable=False, index=True),
    Column("actor", String, nullable=False),
    Column("action", String, nullable=False),
    Column("object_id", String, nullable=False, index=True),
    Column("reason", String, nullable=False),
    Column("details", Json, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
)

trail_seal = Table(
    "trail_seal",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("finding_event", Integer, nullable=False),
    Column("risk_event", Integer, nullable=False),
)
"""One row: up to which event of findings and of risks the trail has sealed them."""
