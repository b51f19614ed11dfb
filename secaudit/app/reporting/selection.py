"""Which assets, subjects and zones a report is about."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlalchemy import Connection

from secaudit.app.reporting.request import PackRequest, Span
from secaudit.core.errors import NotFoundError
from secaudit.core.subject import Subject, parse_subject
from secaudit.ledger import scans
from secaudit.registry import assets as registry
from secaudit.registry import zones
from secaudit.registry.asset import Asset
from secaudit.registry.asset_index import AssetIndex


@dataclass(frozen=True)
class Selection:
    """The workspace's assets at the report's end, narrowed as asked."""

    index: AssetIndex
    zones: frozenset[str]
    chosen: frozenset[str]
    """Ids of the chosen assets; empty: all."""
    reached: Mapping[tuple[str, str], datetime]

    @cached_property
    def assets(self) -> tuple[Asset, ...]:
        """The assets that the report is about."""
        return tuple(
            asset
            for asset in self.index.assets
            if (not self.zones or asset.zone in self.zones)
            and (not self.chosen or asset.id in self.chosen)
        )

    @cached_property
    def last_scanned(self) -> Mapping[str, datetime]:
        """When an address of each asset last answered; assets that never did are not there."""
        found: dict[str, datetime] = {}
        for (zone, address), at in self.reached.items():
            asset = self.index.asset_at(zone, address)
            if asset is not None:
                found[asset.id] = max(at, found.get(asset.id, at))
        return found

    def asset_id(self, subject: str) -> str | None:
        """The asset that a subject belongs to."""
        asset = self.index.asset_of(subject)
        return None if asset is None else asset.id

    def holds(self, subject: str) -> bool:
        """Tell whether the report is about this subject."""
        if not self.zones and not self.chosen:
            return True
        known = parse_subject(subject)
        if self.zones and not (isinstance(known, Subject) and known.zone in self.zones):
            return False
        return not self.chosen or self.asset_id(subject) in self.chosen


def select(connection: Connection, request: PackRequest, span: Span) -> Selection:
    """Resolve the narrowing. Raises NotFoundError for an asset or zone that does not exist."""
    for name in request.zones:
        if zones.kind_of(connection, name) is None:
            raise NotFoundError(
                "there is no zone {zone}",
                hint="there are: {known}",
                zone=name,
                known=", ".join(zones.all_zones(connection)),
            )
    return Selection(
        index=AssetIndex.of(connection),
        zones=frozenset(request.zones),
        chosen=frozenset(registry.get(connection, name).id for name in request.assets),
        reached=scans.last_reached(connection, span.final),
    )


def sorted_words(words: Iterable[str]) -> tuple[str, ...]:
    """Words in order, each once."""
    return tuple(sorted(set(words)))
