"""Conformity reports that were issued, and how far each came on its way to the mayor."""

from sqlalchemy import Boolean, Column, Date, ForeignKey, Integer, String, Table

from secaudit.store.tables.base import Instant, Json, metadata

conformity_report = Table(
    "conformity_report",
    metadata,
    Column("id", String, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("period_from", Date, nullable=False),
    Column("period_until", Date, nullable=False),
    Column("frameworks", Json, nullable=False),
    Column("language", String, nullable=False),
    Column("sample", Boolean, nullable=False),
    Column("previous", String, ForeignKey("conformity_report.id")),
    Column("replaces", String, ForeignKey("conformity_report.id"), unique=True),
    Column("identity", String, nullable=False),
    Column("content_sha256", String(64), nullable=False),
    Column("pdf_sha256", String(64), nullable=False),
    Column("trail_position", Integer, nullable=False),
    Column("trail_hash", String(64), nullable=False),
    Column("letter", String, nullable=False),
    Column("letter_date", Date),
    Column("document", Json, nullable=False),
    Column("issued_by", String, nullable=False),
    Column("issued_at", Instant, nullable=False),
    Column("issued_account", String, nullable=False),
    Column("note", String, nullable=False),
    Column("state", String, nullable=False),
)

conformity_step = Table(
    "conformity_step",
    metadata,
    Column("report_id", String, ForeignKey("conformity_report.id"), primary_key=True),
    Column("step", String, primary_key=True),
    Column("person", String, nullable=False),
    Column("done_on", Date, nullable=False),
    Column("note", String, nullable=False),
    Column("document", Json, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", String, nullable=False),
)
