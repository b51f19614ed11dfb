"""Assets in the store: added, brought up to date, retired; never deleted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from secaudit.core.errors import InputError, NotFoundError, RefusedError
from secaudit.core.vocabulary import ZoneKind
from secaudit.registry import zones
from secaudit.registry.asset import NOT_NUMBERED, Asset, Upsert, in_scope
from secaudit.registry.asset_index import AssetIndex
from secaudit.registry.asset_rows import columns, of_row
from secaudit.registry.asset_rows import read_all as list_all
from secaudit.store.tables.registry import asset as table

__all__ = [
    "NOT_NUMBERED",
    "Asset",
    "AssetIndex",
    "Retirement",
    "Upsert",
    "Upserted",
    "get",
    "in_scope",
    "list_all",
    "retire",
    "retirement",
    "upsert",
    "upsert_all",
]


@dataclass(frozen=True)
class Upserted:
    """An asset as the store has it now, what it was before, and what happened."""

    asset: Asset
    change: Upsert
    before: Asset | None = None


def upsert(connection: Connection, asset: Asset, *, revive: bool = False) -> Upserted:
    """Add the asset, or bring the one of the same name and zone up to date.

    A retired asset stays retired, unless ``revive`` asks for a new one under the old name.
    The zone is made when it is new. Raises InputError for values that an asset cannot have.
    """
    known = _by_name(connection, asset.zone, asset.name)
    return _write(connection, [_decide(asset, known, revive=revive)])[0]


def upsert_all(connection: Connection, wanted: Iterable[Asset]) -> list[Upserted]:
    """Do the same for a whole inventory, in which each name and zone stands once."""
    # A standing asset comes after the retired ones of its name, and so takes the place.
    everything = sorted(list_all(connection, True), key=lambda asset: asset.retired_at is None)
    known = {(asset.zone, asset.name): asset for asset in everything}
    return _write(
        connection, [_decide(asset, known.get((asset.zone, asset.name))) for asset in wanted]
    )


def _decide(asset: Asset, known: Asset | None, *, revive: bool = False) -> Upserted:
    """What is to become of an asset; one that is added has no id yet."""
    _require_sound(asset)
    if known is None or (known.retired_at is not None and revive):
        return Upserted(replace(asset, id=NOT_NUMBERED, retired_at=None), Upsert.ADDED)
    if known.retired_at is not None:
        return Upserted(known, Upsert.RETIRED, known)
    wanted = replace(asset, id=known.id, retired_at=None)
    fate = Upsert.UNCHANGED if wanted == known else Upsert.CHANGED
    return Upserted(wanted, fate, known)


def _write(connection: Connection, decided: Sequence[Upserted]) -> list[Upserted]:
    number = connection.execute(select(func.coalesce(func.max(table.c.number), 0))).scalar_one()
    done: list[Upserted] = []
    added: list[dict[str, Any]] = []
    zone_kinds: dict[str, ZoneKind] = {}
    for item in decided:
        if item.change is Upsert.ADDED:
            number += 1
            item = replace(item, asset=replace(item.asset, id=f"A-{number:04d}"))
            zone_kinds.setdefault(item.asset.zone, item.asset.kind)
            added.append({"id": item.asset.id, "number": number, **columns(item.asset)})
        elif item.change is Upsert.CHANGED:
            connection.execute(
                update(table).where(table.c.id == item.asset.id).values(**columns(item.asset))
            )
        done.append(item)
    for zone, kind in zone_kinds.items():
        zones.make_missing(connection, zone, kind)
    if added:
        connection.execute(insert(table), added)
    return done


def get(connection: Connection, id_: str) -> Asset:
    """The asset of this id, or the standing one of this name. Raises NotFoundError."""
    row = connection.execute(select(table).where(table.c.id == id_)).first()
    if row is not None:
        return of_row(row)
    named = connection.execute(
        select(table).where(table.c.name == id_, table.c.retired_at.is_(None)).limit(2)
    ).all()
    if len(named) > 1:
        raise RefusedError(
            "more than one asset is named {name}", hint="give its id instead", name=id_
        )
    if not named:
        raise NotFoundError(
            "there is no asset {id}", hint="secaudit asset list shows those that exist", id=id_
        )
    return of_row(named[0])


def retire(
    connection: Connection,
    id_: str,
    at: datetime,
    because: str = "",
    proof_sha256: str | None = None,
) -> Asset:
    """Take an asset out of use, with the hash of what proves it. Raises RefusedError if it is."""
    asset = get(connection, id_)
    if asset.retired_at is not None:
        raise RefusedError(
            "asset {id} was already retired on {at:%Y-%m-%d}", id=asset.id, at=asset.retired_at
        )
    connection.execute(
        update(table)
        .where(table.c.id == asset.id)
        .values(retired_at=at, retired_because=because, proof_sha256=proof_sha256)
    )
    return replace(asset, retired_at=at)


@dataclass(frozen=True)
class Retirement:
    """Why an asset was taken out of use, and the evidence for it."""

    because: str
    proof_sha256: str | None


def retirement(connection: Connection, id_: str) -> Retirement | None:
    """Why the asset was retired; None while it stands."""
    row = connection.execute(
        select(table.c.retired_at, table.c.retired_because, table.c.proof_sha256).where(
            table.c.id == id_
        )
    ).first()
    if row is None or row.retired_at is None:
        return None
    return Retirement(row.retired_because or "", row.proof_sha256)


def _require_sound(asset: Asset) -> None:
    if not asset.name.strip():
        raise InputError("an asset has no name")
    zones.require_zone_name(asset.zone)
    for quality in ("confidentiality", "integrity", "availability"):
        value = getattr(asset, quality)
        if value not in (1, 2, 3):
            raise InputError(
                "{quality} of {name} is {value!r}, not 1, 2 or 3",
                quality=quality,
                name=asset.name,
                value=value,
            )


def _by_name(connection: Connection, zone: str, name: str) -> Asset | None:
    """The standing asset of this name, else the one that was retired last."""
    query = (
        select(table)
        .where(table.c.zone == zone, table.c.name == name)
        .order_by(table.c.retired_at.is_not(None), table.c.number.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return None if row is None else of_row(row)
