"""Findings, what happened to each, what each scan said of them, and the decisions of people."""

from sqlalchemy import Boolean, Column, Date, Float, ForeignKey, Index, Integer, String, Table, text

from secaudit.store.tables.base import Instant, Json, metadata

finding = Table(
    "finding",
    metadata,
    Column("id", String, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("check_id", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("zone", String, nullable=False),
    Column("address", String, nullable=False),
    Column("severity", String, nullable=False),
    Column("severity_rank", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("owner", String, nullable=False),
    Column("owner_assigned", Boolean, nullable=False),
    Column("due", Date),
    Column("details", Json, nullable=False),
    Column("evidence", Json, nullable=False),
    Column("first_seen", Instant, nullable=False),
    Column("last_seen", Instant, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("checked_at", Instant, nullable=False),
    Column("last_outcome", String, nullable=False),
    Column("last_reason", String, nullable=False),
    Column("first_scan", String, ForeignKey("scan.id"), nullable=False),
    Column("last_scan", String, ForeignKey("scan.id"), nullable=False),
    Column("verified_scan", String, ForeignKey("scan.id")),
    Column("verified_at", Instant),
    Column("claimed_by", String),
    Column("claimed_at", Instant),
    Column("claim_note", String),
    Column("escalated", Integer, nullable=False, server_default="0"),
    Column("silent_since", Instant),
    Column("silent_scan", String),
    Index("uq_finding_subject_check_id", "subject", "check_id", unique=True),
    Index(
        "ix_finding_listed",
        *("severity_rank", "due", "number"),
        *("state", "escalated"),
    ),
    Index("ix_finding_zone_address", "zone", "address"),
    Index("ix_finding_owner", "owner"),
    Index("ix_finding_check_id", "check_id"),
    Index("ix_finding_state_escalated", "state", "escalated", "due"),
)
"""``ix_finding_listed`` is the order of the list, with what it is most often filtered by: the
first hundred are read without sorting, and all are counted without reading them."""

finding_event = Table(
    "finding_event",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("finding_id", String, ForeignKey("finding.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("effective_at", Instant),
    Column("kind", String, nullable=False),
    Column("from_state", String),
    Column("to_state", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("scan_id", String, ForeignKey("scan.id"), index=True),
    Column("reason", String, nullable=False),
    Column("details", Json, nullable=False),
    Index("ix_finding_event_at", "at"),
)
"""``at`` is when an event was recorded; ``effective_at`` when it took effect, where that was
earlier: whatever is counted goes by it."""

scan_finding = Table(
    "scan_finding",
    metadata,
    Column("scan_id", String, ForeignKey("scan.id"), primary_key=True),
    Column("finding_id", String, ForeignKey("finding.id"), primary_key=True, index=True),
    Column("change", String, nullable=False),
    sqlite_with_rowid=False,
)

remediation_plan = Table(
    "remediation_plan",
    metadata,
    Column("id", String, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("owner", String, nullable=False),
    Column("action", String, nullable=False),
    Column("due", Date, nullable=False),
    Column("start_on", Date),
    Column("effort_days", Float),
    Column("cost", Integer),
    Column("currency", String(3), nullable=False, server_default="IDR"),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("created_at", Instant, nullable=False),
    Column("created_by", String, nullable=False),
    Column("cancelled_at", Instant),
    Column("cancelled_by", String),
    Column("cancelled_because", String),
)

plan_finding = Table(
    "plan_finding",
    metadata,
    Column("plan_id", String, ForeignKey("remediation_plan.id"), primary_key=True),
    Column("finding_id", String, ForeignKey("finding.id"), primary_key=True, index=True),
    Column("removed_at", Instant),
)

acceptance = Table(
    "acceptance",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("finding_id", String, ForeignKey("finding.id"), nullable=False),
    Column("requested_by", String),
    Column("approver", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("proof_sha256", String(64)),
    Column("accepted_at", Instant, nullable=False),
    Column("accepted_on", Date),
    Column("expires_on", Date, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("ended_because", String),
    Index(
        "uq_acceptance_finding_id_standing",
        "finding_id",
        unique=True,
        sqlite_where=text("ended_at IS NULL"),
    ),
    Index("ix_acceptance_expires_at", "expires_at", sqlite_where=text("ended_at IS NULL")),
    Index("ix_acceptance_expires_on", "expires_on", sqlite_where=text("ended_at IS NULL")),
)

dispute = Table(
    "dispute",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("finding_id", String, ForeignKey("finding.id"), nullable=False, index=True),
    Column("raised_by", String, nullable=False),
    Column("raised_at", Instant, nullable=False),
    Column("reason", String, nullable=False),
    Column("settled_by", String),
    Column("settled_at", Instant),
    Column("agreed", Boolean),
    Column("settled_because", String),
)
