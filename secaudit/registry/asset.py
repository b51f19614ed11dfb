"""One asset as a value: what it is, where it is, who owns it, and what its loss would cost."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from secaudit.core.network import NO_ADDRESSES, AddressSet
from secaudit.core.vocabulary import ZoneKind

NOT_NUMBERED = ""
"""The id of an asset that the store has not seen yet."""


@dataclass(frozen=True)
class Asset:
    """One asset. Confidentiality, integrity and availability count from 1 (low) to 3 (high)."""

    schema_version: ClassVar[int] = 1

    id: str
    name: str
    owner: str
    """The Perangkat Daerah that answers for it."""
    zone: str
    kind: ZoneKind = ZoneKind.IT
    addresses: AddressSet = NO_ADDRESSES
    hostnames: tuple[str, ...] = ()
    confidentiality: int = 2
    integrity: int = 2
    availability: int = 2
    in_scope: bool = True
    """Whether it belongs to the scope of the information security management system."""
    tags: tuple[str, ...] = ()
    retired_at: datetime | None = None


class Upsert(StrEnum):
    """What became of an asset that was handed to the store."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    RETIRED = "retired"
    """Only a retired asset has this name: it was left as it is."""


def in_scope(assets: Iterable[Asset]) -> tuple[Asset, ...]:
    """Those that belong to the scope of the management system."""
    return tuple(asset for asset in assets if asset.in_scope)
