"""Authorisations in the store: added once, never edited, only revoked."""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from secaudit.core.authorisation import (
    Authorisation,
    RateCaps,
    ZonePermit,
    loopback_authorisation,
)
from secaudit.core.canonical import to_json
from secaudit.core.errors import InputError, NotFoundError, RefusedError
from secaudit.core.instant import parse_instant
from secaudit.core.network import NO_ADDRESSES, AddressSet
from secaudit.core.vocabulary import ProbeClass, ZoneKind
from secaudit.registry import zones
from secaudit.store.tables.registry import authorisation as table

IMPLICIT = "loopback"
"""Stands where a number stands, for the authorisation that needs no letter."""


def add(connection: Connection, authorisation: Authorisation, at: datetime | None = None) -> None:
    """Keep a letter, and the zones that it names. Raises RefusedError when its number is taken."""
    taken = select(table.c.number).where(table.c.number == authorisation.number)
    if connection.execute(taken).first() is not None:
        raise RefusedError(
            "authorisation {number} is already here",
            hint="a letter is never edited: revoke it, and add the new one under its own number",
            number=authorisation.number,
        )
    for permit in authorisation.zones:
        zones.put(connection, permit.name, permit.kind)
    connection.execute(
        insert(table).values(
            number=authorisation.number,
            issuer=authorisation.issuer,
            valid_from=authorisation.valid_from,
            valid_until=authorisation.valid_until,
            record=to_json(authorisation),
            added_at=at or authorisation.valid_from,
            revoked_at=authorisation.revoked_at,
            document_sha256=authorisation.document_sha256,
        )
    )


def get(connection: Connection, number: str) -> Authorisation:
    """The letter of this number. Raises NotFoundError."""
    row = connection.execute(select(table).where(table.c.number == number)).first()
    if row is None:
        raise NotFoundError(
            "there is no authorisation {number}",
            hint="secaudit scope list shows those that exist",
            number=number,
        )
    return _of_row(row)


def list_all(connection: Connection) -> list[Authorisation]:
    """Every letter, the one that ends last first."""
    query = select(table).order_by(table.c.valid_until.desc(), table.c.number)
    return [_of_row(row) for row in connection.execute(query)]


def standing(connection: Connection, at: datetime) -> list[Authorisation]:
    """The letters in force at this instant."""
    return [letter for letter in list_all(connection) if letter.standing_refusal(at) is None]


def is_revoked(connection: Connection, number: str) -> bool:
    """Tell whether a letter was withdrawn. One look at one column, for a scan that runs."""
    query = select(table.c.revoked_at).where(table.c.number == number)
    return connection.scalar(query) is not None


def implicit(connection: Connection, at: datetime) -> Authorisation:
    """The authorisation of loopback that needs no letter; what any letter in force excludes, it
    excludes too.
    """
    exclusions = NO_ADDRESSES
    for letter in standing(connection, at):
        exclusions |= letter.exclusions
    return replace(loopback_authorisation(at), exclusions=exclusions)


def revoke(connection: Connection, number: str, at: datetime, because: str = "") -> Authorisation:
    """Withdraw a letter from this instant on. Raises RefusedError when it was withdrawn before."""
    letter = get(connection, number)
    if letter.revoked_at is not None:
        raise RefusedError(
            "authorisation {number} was already revoked on {at:%Y-%m-%d %H:%M} UTC",
            number=number,
            at=letter.revoked_at,
        )
    connection.execute(
        update(table).where(table.c.number == number).values(revoked_at=at, revoked_because=because)
    )
    return replace(letter, revoked_at=at)


def from_record(record: Mapping[str, Any]) -> Authorisation:
    """Read the JSON form of a letter. Raises InputError for another version or a strange key."""
    version = record.get("schema_version")
    if version != Authorisation.schema_version:
        raise InputError("an authorisation of version {version} is not known", version=version)
    values = {key: value for key, value in record.items() if key != "schema_version"}
    strange = values.keys() - {field.name for field in fields(Authorisation)}
    if strange:
        raise InputError("unknown key {key!r} in an authorisation", key=min(strange))
    return Authorisation(
        **{
            **values,
            "valid_from": parse_instant(values["valid_from"]),
            "valid_until": parse_instant(values["valid_until"]),
            "revoked_at": parse_instant(values["revoked_at"]) if values.get("revoked_at") else None,
            "targets": tuple(values["targets"]),
            "permitted": _addresses(values["permitted"]),
            "exclusions": _addresses(values.get("exclusions", "")),
            "zones": tuple(
                ZonePermit(zone["name"], ZoneKind(zone["kind"])) for zone in values.get("zones", ())
            ),
            "names": {name: tuple(found) for name, found in values.get("names", {}).items()},
            "caps": RateCaps(**values.get("caps", {})),
            "probe_classes": frozenset(ProbeClass(name) for name in values["probe_classes"]),
        }
    )


def _addresses(text: str) -> AddressSet:
    return AddressSet.parse(text.split(", ")) if text else AddressSet()


def _of_row(row: Row[Any]) -> Authorisation:
    letter = from_record(row.record)
    return letter if row.revoked_at is None else replace(letter, revoked_at=row.revoked_at)
