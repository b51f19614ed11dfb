"""The risk register: each risk as it is and as it was, its findings, and the scales used."""

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, String, Table

from secaudit.store.tables.base import Instant, Json, metadata

risk = Table(
    "risk",
    metadata,
    Column("id", String, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("key", String, nullable=False, index=True),
    Column("state", String, nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("content", Json, nullable=False),
)
"""``content`` is :class:`secaudit.risk.model.Risk` as JSON, without its findings."""

risk_member = Table(
    "risk_member",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("risk_id", String, ForeignKey("risk.id"), nullable=False),
    Column("finding_id", String, ForeignKey("finding.id"), nullable=False, index=True),
    Column("joined_at", Instant, nullable=False),
    Column("left_at", Instant),
    Column("state", String, nullable=False),
    Index("ix_risk_member_risk_id_left_at", "risk_id", "left_at"),
)
"""The findings of a risk, since when; ``state``: of the finding when the risk was last weighed."""

risk_event = Table(
    "risk_event",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("risk_id", String, ForeignKey("risk.id"), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("at", Instant, nullable=False, index=True),
    Column("effective_at", Instant),
    Column("kind", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("details", Json, nullable=False),
    Column("content", Json, nullable=False),
)
"""What happened, and the risk's content after it: the register of any past moment. ``at`` is when
it was recorded, ``effective_at`` when it took effect, where that was earlier."""

risk_scale = Table(
    "risk_scale",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("name", String, nullable=False),
    Column("content", Json, nullable=False),
    Column("kept_at", Instant, nullable=False),
)
"""Each scale that a risk was ever scored by, as it was then."""

risk_weighing = Table(
    "risk_weighing",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("event", Integer, nullable=False),
    Column("day", Date, nullable=False),
    Column("at", Instant),
)
"""One row: up to which row of the audit trail and which event of findings, on which day and when
the risks were last weighed."""
