"""Zones: where we look from, and what kind of network each is."""

from collections.abc import Mapping

from sqlalchemy import Connection, insert, select, update

from secaudit.core.errors import InputError
from secaudit.core.subject import is_zone_name
from secaudit.core.vocabulary import ZoneKind
from secaudit.store.tables.registry import zone


def all_zones(connection: Connection) -> Mapping[str, ZoneKind]:
    """Every zone of the workspace, by name."""
    rows = connection.execute(select(zone).order_by(zone.c.name))
    return {row.name: ZoneKind(row.kind) for row in rows}


def kind_of(connection: Connection, name: str) -> ZoneKind | None:
    """The kind of one zone; None when the workspace does not know the zone."""
    kind = connection.execute(select(zone.c.kind).where(zone.c.name == name)).scalar()
    return None if kind is None else ZoneKind(kind)


def put(connection: Connection, name: str, kind: ZoneKind) -> None:
    """Make the zone, or give it this kind. Raises InputError for a name that cannot be one."""
    require_zone_name(name)
    known = kind_of(connection, name)
    if known is None:
        connection.execute(insert(zone).values(name=name, kind=kind.value))
    elif known is not kind:
        connection.execute(update(zone).where(zone.c.name == name).values(kind=kind.value))


def make_missing(connection: Connection, name: str, kind: ZoneKind) -> None:
    """Make the zone if there is none of this name; one that exists keeps its kind."""
    require_zone_name(name)
    if kind_of(connection, name) is None:
        connection.execute(insert(zone).values(name=name, kind=kind.value))


def require_zone_name(name: str) -> None:
    """Raise InputError unless ``name`` can name a zone."""
    if not is_zone_name(name):
        raise InputError(
            "{name!r} cannot name a zone",
            hint="use lower-case letters, digits, - and _, at most 63",
            name=name,
        )
