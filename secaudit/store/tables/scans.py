"""Scans, what each host showed in them, and the results as intervals.

A result is not a row for each scan: it is one row for as long as the same check gives the same
answer about the same subject. ``until_at`` is empty while the answer stands.
"""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, text

from secaudit.store.tables.base import Instant, Json, metadata

scan = Table(
    "scan",
    metadata,
    Column("id", String, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("authorisation", String, nullable=False),
    Column("zone", String, nullable=False),
    Column("state", String, nullable=False),
    Column("request", Json, nullable=False),
    Column("hosts_planned", Integer, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Column("actor", String, nullable=False),
    Column("tool_version", String, nullable=False),
    Column("message", String, nullable=False),
    Index("ix_scan_zone_started_at", "zone", "started_at"),
)

scan_host = Table(
    "scan_host",
    metadata,
    Column("scan_id", String, ForeignKey("scan.id"), primary_key=True),
    Column("address", String, primary_key=True),
    Column("state", String, nullable=False),
    Column("reason", String),
    Column("observations", Json, nullable=False),
    Column("packets", Integer, nullable=False),
    Column("connections", Integer, nullable=False),
    Column("finished_at", Instant, nullable=False),
)

result_interval = Table(
    "result_interval",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("check_id", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("outcome", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("severity", String, nullable=False),
    Column("details", Json, nullable=False),
    Column("evidence", Json, nullable=False),
    Column("from_at", Instant, nullable=False),
    Column("last_seen", Instant, nullable=False),
    Column("until_at", Instant),
    Column("first_scan", String, ForeignKey("scan.id"), nullable=False),
    Column("last_scan", String, ForeignKey("scan.id"), nullable=False),
    Column("sightings", Integer, nullable=False),
    Index("ix_result_interval_subject_check_id", "subject", "check_id", "from_at"),
    Index(
        "ix_result_interval_standing",
        "subject",
        "check_id",
        sqlite_where=text("until_at IS NULL"),
    ),
    Index(
        "ix_result_interval_standing_check_id",
        "check_id",
        sqlite_where=text("until_at IS NULL"),
    ),
)
"""What stands has its own indexes. One on ``until_at`` itself would lead through a million of them:
that it is empty says nothing."""
