"""Who repairs a finding now: whom a person named, else who answers for its asset today."""

from dataclasses import replace

from secaudit.ledger.findings import Finding
from secaudit.registry.asset_index import AssetIndex


def owned(item: Finding, assets: AssetIndex) -> Finding:
    """Return the finding with its owner as of now; an explicit assignment wins."""
    if item.owner_assigned:
        return item
    owner = assets.owner_of(item.subject) or item.owner
    return item if owner == item.owner else replace(item, owner=owner)
