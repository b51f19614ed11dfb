"""Who is registered, with which roles from when until when, and what they approved."""

from sqlalchemy import Boolean, Column, Date, ForeignKey, Integer, String, Table

from secaudit.store.tables.base import Instant, Json, metadata

person = Table(
    "person",
    metadata,
    Column("id", String, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("name", String, nullable=False),
    Column("unit", String, nullable=False),
    Column("account", String),
    Column("registered_at", Instant, nullable=False),
    Column("registered_by", String, nullable=False),
)

person_role = Table(
    "person_role",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("person_id", String, ForeignKey("person.id"), nullable=False, index=True),
    Column("role", String, nullable=False),
    Column("from_on", Date, nullable=False),
    Column("until_on", Date),
    Column("document_sha256", String(64)),
    Column("granted_at", Instant, nullable=False),
    Column("granted_by", String, nullable=False),
    Column("granter", String),
    Column("reason", String, nullable=False),
    Column("revoked_at", Instant),
    Column("revoked_by", String),
    Column("revoked_because", String),
)

approval = Table(
    "approval",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("act", String, nullable=False),
    Column("person_id", String, ForeignKey("person.id"), nullable=False),
    Column("name", String, nullable=False),
    Column("role", String, nullable=False),
    Column("account", String, nullable=False),
    Column("own_account", Boolean, nullable=False),
    Column("document_sha256", String(64)),
    Column("document_name", String, nullable=False),
    Column("signature", Json),
    Column("at", Instant, nullable=False),
)

approval_object = Table(
    "approval_object",
    metadata,
    Column("approval_number", Integer, ForeignKey("approval.number"), primary_key=True),
    Column("object_id", String, primary_key=True, index=True),
)
