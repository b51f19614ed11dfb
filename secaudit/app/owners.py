"""Who repairs a finding now: whom a person named, else who answers for its asset today."""

from dataclasses import replace

from secaudit.ledger.findings import Finding, Owned
from secaudit.registry.asset import Asset
from secaudit.registry.asset_index import AssetIndex


def owned(item: Finding, assets: AssetIndex) -> Finding:
    """Return the finding with its owner as of now; an explicit assignment wins."""
    if item.owner_assigned:
        return item
    owner = assets.owner_of(item.subject) or item.owner
    return item if owner == item.owner else replace(item, owner=owner)


class Ownership:
    """Asset and owner of many findings: a host without server name is looked up once."""

    def __init__(self, assets: AssetIndex) -> None:
        self._assets = assets
        self._hosts: dict[tuple[str, str], Asset | None] = {}

    def asset_of(self, row: Owned) -> Asset | None:
        """The asset that a finding is about."""
        return self.asset_at(row.subject, row.zone, row.address)

    def asset_at(self, subject: str, zone: str, address: str) -> Asset | None:
        """The asset that a subject in this zone, at this address, is about."""
        if "#" in subject or not address:
            return self._assets.asset_of(subject)
        host = (zone, address)
        if host not in self._hosts:
            self._hosts[host] = self._assets.asset_of(subject)
        return self._hosts[host]

    def owner_of(self, row: Owned) -> str:
        """Who repairs a finding as of now."""
        if row.owner_assigned:
            return row.owner
        asset = self.asset_of(row)
        return (asset.owner if asset is not None else "") or row.owner
