"""Addresses that were scanned in one zone, and stand in the inventory under another.

The same private address may well exist in two zones. So an asset counts only where no scan has
ever reached it in its own zone.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from secaudit.app.workspace import Workspace
from secaudit.ledger import scans
from secaudit.registry.asset_index import AssetIndex


@dataclass(frozen=True)
class ZonesApart:
    """Addresses scanned in ``scanned`` that only assets of the zone ``listed`` have."""

    scanned: str
    listed: str
    addresses: tuple[str, ...]
    assets: tuple[str, ...]
    """Names of these assets."""


def zones_apart(
    connection: Connection, assets: AssetIndex, at: datetime | None = None, zone: str | None = None
) -> list[ZonesApart]:
    """What answered a scan up to ``at`` (in ``zone`` alone, if given) and stands elsewhere."""
    answered = sorted(scans.last_reached(connection, at))
    at_home = {place: assets.asset_at(*place) for place in answered}
    reached = {asset.id for asset in at_home.values() if asset is not None}
    others = sorted({asset.zone for asset in assets.assets})
    found: dict[tuple[str, str], dict[str, str]] = {}
    for (scanned, address), own in at_home.items():
        if own is not None or (zone is not None and scanned != zone):
            continue
        for listed in others:
            asset = assets.asset_at(listed, address)
            if asset is not None and asset.id not in reached:
                found.setdefault((scanned, listed), {})[address] = asset.name
    return [
        ZonesApart(scanned, listed, tuple(places), tuple(dict.fromkeys(places.values())))
        for (scanned, listed), places in found.items()
    ]


def apart_in(workspace: Workspace, scan: str) -> list[ZonesApart]:
    """The same for the zone of one scan."""
    with workspace.view() as connection:
        zone = scans.get(connection, scan).zone
        return zones_apart(connection, AssetIndex.of(connection), zone=zone)
