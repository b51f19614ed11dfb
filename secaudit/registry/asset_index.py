"""Which asset is at an address: one binary search, however many assets and however wide."""

from bisect import bisect_right
from collections.abc import Iterable
from heapq import heappop, heappush
from typing import Any

from sqlalchemy import Connection

from secaudit.core.errors import InputError
from secaudit.core.network import parse_address
from secaudit.core.subject import Subject, parse_subject
from secaudit.registry.asset import Asset, in_scope
from secaudit.registry.asset_rows import read_all

_Key = tuple[int, int]
"""Family and number of an address: they order all addresses."""


class _Zone:
    """The addresses of one zone, cut into segments that each belong to one asset.

    Where assets overlap, the narrower run wins: a server beats the network it stands in.
    """

    def __init__(self, assets: list[Asset]) -> None:
        self._starts: list[_Key] = []
        self._owners: list[Asset | None] = []
        begins: dict[_Key, list[tuple[int, int, _Key]]] = {}
        bounds: set[_Key] = set()
        for rank, asset in enumerate(assets):
            for run in asset.addresses.runs:
                begin, end = (run.version, run.first), (run.version, run.last + 1)
                begins.setdefault(begin, []).append((run.last - run.first, rank, end))
                bounds |= {begin, end}
        standing: list[tuple[int, int, _Key]] = []
        for bound in sorted(bounds):
            for item in begins.get(bound, ()):
                heappush(standing, item)
            while standing and standing[0][2] <= bound:
                heappop(standing)
            self._starts.append(bound)
            self._owners.append(assets[standing[0][1]] if standing else None)

    def at(self, key: _Key) -> Asset | None:
        """The asset of the segment that holds ``key``."""
        index = bisect_right(self._starts, key) - 1
        return self._owners[index] if index >= 0 else None


class AssetIndex:
    """The standing assets of a workspace at one moment."""

    def __init__(self, assets: Iterable[Asset]) -> None:
        self.assets = tuple(asset for asset in assets if asset.retired_at is None)
        self.in_scope: tuple[Asset, ...] = in_scope(self.assets)
        by_zone: dict[str, list[Asset]] = {}
        self._by_name: dict[tuple[str, str], Asset] = {}
        for asset in self.assets:
            by_zone.setdefault(asset.zone, []).append(asset)
            for name in asset.hostnames:
                self._by_name.setdefault((asset.zone, _folded(name)), asset)
        self._zones = {name: _Zone(members) for name, members in by_zone.items()}

    @classmethod
    def of(cls, connection: Connection) -> "AssetIndex":
        """Read the assets of the workspace."""
        return cls(read_all(connection))

    def asset_at(self, zone: str, address: str) -> Asset | None:
        """The asset with this address in this zone, the narrowest where they overlap."""
        segments = self._zones.get(zone)
        if segments is None:
            return None
        number = parse_address(address)
        return segments.at((number.version, int(number)))

    def asset_of(self, subject: Any) -> Asset | None:
        """The asset that a subject, or its text, is about: by its server name, else its address."""
        if isinstance(subject, str):
            try:
                subject = parse_subject(subject)
            except InputError:
                return None
        if not isinstance(subject, Subject):
            return None
        if subject.name is not None:
            named = self._by_name.get((subject.zone, _folded(subject.name)))
            if named is not None:
                return named
        return self.asset_at(subject.zone, subject.address)

    def owner_of(self, subject: Any) -> str:
        """The Perangkat Daerah that answers for a subject; empty where no asset is known."""
        asset = self.asset_of(subject)
        return "" if asset is None else asset.owner


def _folded(name: str) -> str:
    return name.lower().removesuffix(".")
