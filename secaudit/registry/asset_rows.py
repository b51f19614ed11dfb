"""Assets to rows of the database and back."""

from typing import Any

from sqlalchemy import Connection, Row, select

from secaudit.core.canonical import to_json
from secaudit.core.network import AddressSet
from secaudit.core.vocabulary import ZoneKind
from secaudit.registry.asset import Asset
from secaudit.store.tables.registry import asset as table


def read_all(connection: Connection, include_retired: bool = False) -> list[Asset]:
    """Every asset in the order of its id; retired ones only when asked for."""
    query = select(table).order_by(table.c.number)
    if not include_retired:
        query = query.where(table.c.retired_at.is_(None))
    return [of_row(row) for row in connection.execute(query)]


def columns(asset: Asset) -> dict[str, Any]:
    """The values of the row, but for its id, number and retirement."""
    return {
        "name": asset.name,
        "owner": asset.owner,
        "zone": asset.zone,
        "kind": asset.kind.value,
        "addresses": [str(run) for run in asset.addresses.runs],
        "hostnames": to_json(asset.hostnames),
        "confidentiality": asset.confidentiality,
        "integrity": asset.integrity,
        "availability": asset.availability,
        "in_scope": asset.in_scope,
        "tags": to_json(asset.tags),
    }


def of_row(row: Row[Any]) -> Asset:
    """The asset of one row."""
    return Asset(
        id=row.id,
        name=row.name,
        owner=row.owner,
        zone=row.zone,
        kind=ZoneKind(row.kind),
        addresses=AddressSet.parse(row.addresses),
        hostnames=tuple(row.hostnames),
        confidentiality=row.confidentiality,
        integrity=row.integrity,
        availability=row.availability,
        in_scope=row.in_scope,
        tags=tuple(row.tags),
        retired_at=row.retired_at,
    )
