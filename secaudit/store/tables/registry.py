"""Zones, authorisations, name resolutions and assets: what may be looked at, and what there is."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, text

from secaudit.store.tables.base import Instant, Json, metadata

zone = Table(
    "zone",
    metadata,
    Column("name", String, primary_key=True),
    Column("kind", String, nullable=False),
)

authorisation = Table(
    "authorisation",
    metadata,
    Column("number", String, primary_key=True),
    Column("issuer", String, nullable=False),
    Column("valid_from", Instant, nullable=False),
    Column("valid_until", Instant, nullable=False),
    Column("record", Json, nullable=False),
    Column("added_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("revoked_because", String),
    Column("document_sha256", String(64)),
    Index("ix_authorisation_valid_until", "valid_until"),
)

resolution = Table(
    "resolution",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("name", String, nullable=False),
    Column("answers", Json, nullable=False),
    Column("at", Instant, nullable=False),
    Column("authorisation", String, ForeignKey("authorisation.number")),
    Index("ix_resolution_name_at", "name", "at"),
)

asset = Table(
    "asset",
    metadata,
    Column("id", String, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("name", String, nullable=False),
    Column("owner", String, nullable=False),
    Column("zone", String, ForeignKey("zone.name"), nullable=False),
    Column("kind", String, nullable=False),
    Column("addresses", Json, nullable=False),
    Column("hostnames", Json, nullable=False),
    Column("confidentiality", Integer, nullable=False),
    Column("integrity", Integer, nullable=False),
    Column("availability", Integer, nullable=False),
    Column("in_scope", Boolean, nullable=False),
    Column("tags", Json, nullable=False),
    Column("retired_at", Instant),
    Column("retired_because", String),
    Column("proof_sha256", String(64)),
    Index(
        "uq_asset_zone_name_standing",
        "zone",
        "name",
        unique=True,
        sqlite_where=text("retired_at IS NULL"),
    ),
)
