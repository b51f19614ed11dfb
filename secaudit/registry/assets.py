"""Assets in the store: added, brought up to date, retired; never deleted."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from secaudit.core.errors import InputError, NotFoundError, RefusedError
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
    _require_sound(asset)
    known = _by_name(connection, asset.zone, asset.name)
    if known is not None and (known.retired_at is None or not revive):
        if known.retired_at is not None:
            return Upserted(known, Upsert.RETIRED, known)
        wanted = replace(asset, id=known.id, retired_at=None)
        if wanted == known:
            return Upserted(known, Upsert.UNCHANGED, known)
        connection.execute(update(table).where(table.c.id == known.id).values(**columns(wanted)))
        return Upserted(wanted, Upsert.CHANGED, known)
    zones.make_missing(connection, asset.zone, asset.kind)
    number = connection.execute(select(func.coalesce(func.max(table.c.number), 0))).scalar_one() + 1
    added = replace(asset, id=f"A-{number:04d}", retired_at=None)
    connection.execute(insert(table).values(id=added.id, number=number, **columns(added)))
    return Upserted(added, Upsert.ADDED)


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
