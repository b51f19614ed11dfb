"""The columns of an inventory: their names in both languages, and how each cell is read."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from secaudit.core.errors import InputError
from secaudit.core.network import AddressSet, is_host_name
from secaudit.core.subject import is_zone_name
from secaudit.core.vocabulary import ZoneKind
from secaudit.registry.asset import NOT_NUMBERED, Asset
from secaudit.text.escape import from_cell
from secaudit.text.plain import require_plain

LONGEST_TEXT = 300
_Value = TypeVar("_Value")
_PARTS = re.compile(r"[;,|\n]")
_BLANKS = re.compile(r"[;,|\s]+")
_RANGE = re.compile(r"\s*[-–]\s*")
_LEVELS = {
    **dict.fromkeys(("1", "rendah", "low"), 1),
    **dict.fromkeys(("2", "sedang", "medium"), 2),
    **dict.fromkeys(("3", "tinggi", "high"), 3),
}
_YES = ("ya", "y", "yes", "true", "1", "x")
_NO = ("tidak", "t", "no", "n", "false", "0")
_KINDS = {**{kind.value: kind for kind in ZoneKind}, "ti": ZoneKind.IT}


@dataclass(frozen=True)
class Field:
    """One column: its names (Indonesian, English, and others that people use), and its reader."""

    key: str
    names: tuple[str, ...]
    read: Callable[[str], Any]
    required: bool = False


def _text(text: str) -> str:
    return require_plain(" ".join(text.split()), LONGEST_TEXT)


def _addresses(text: str) -> AddressSet:
    pieces = [word for part in _PARTS.split(text) for word in _RANGE.sub("-", part.strip()).split()]
    return AddressSet.parse(pieces)


def _hostnames(text: str) -> tuple[str, ...]:
    names = [name.lower().removesuffix(".") for name in _BLANKS.split(text) if name]
    for name in names:
        if not is_host_name(name):
            raise InputError("{name!r} is not a host name", name=name)
    return tuple(dict.fromkeys(names))


def _zone(text: str) -> str:
    name = text.strip().lower()
    if not is_zone_name(name):
        raise InputError(
            "{name!r} cannot name a zone",
            hint="use lower-case letters, digits, - and _, at most 63",
            name=name,
        )
    return name


def _kind(text: str) -> ZoneKind:
    return _one_of(text, _KINDS, "it, iot, ot, dc")


def _level(text: str) -> int:
    return _one_of(text, _LEVELS, "1 (rendah, low), 2 (sedang, medium), 3 (tinggi, high)")


def _flag(text: str) -> bool:
    return _one_of(
        text, {**dict.fromkeys(_YES, True), **dict.fromkeys(_NO, False)}, "ya, tidak, yes, no"
    )


def _one_of(text: str, known: Mapping[str, _Value], expected: str) -> _Value:
    try:
        return known[text.strip().lower()]
    except KeyError:
        raise InputError(
            "{text!r} is not one of: {expected}", text=text, expected=expected
        ) from None


def _tags(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag for tag in map(_text, _PARTS.split(text)) if tag))


FIELDS = (
    Field("name", ("nama", "name", "nama_aset", "asset_name", "aset", "asset"), _text, True),
    Field(
        "addresses",
        ("alamat", "addresses", "address", "ip", "alamat_ip", "ip_address", "ip_addresses"),
        _addresses,
    ),
    Field(
        "hostnames",
        ("nama_host", "hostnames", "hostname", "host", "domain", "nama_domain"),
        _hostnames,
    ),
    Field(
        "owner",
        ("perangkat_daerah", "owner", "opd", "pemilik", "instansi", "skpd"),
        _text,
        True,
    ),
    Field("zone", ("zona", "zone"), _zone),
    Field("kind", ("jenis", "kind", "type"), _kind),
    Field("confidentiality", ("kerahasiaan", "confidentiality"), _level),
    Field("integrity", ("keutuhan", "integrity", "integritas"), _level),
    Field("availability", ("ketersediaan", "availability"), _level),
    Field("in_scope", ("lingkup_smki", "in_scope", "lingkup", "scope"), _flag),
    Field("tags", ("label", "tags", "tag"), _tags),
)
_NUMBERING = Field("", ("id", "no", "no.", "nomor"), _text)
"""What people number their rows with, and the id of our own list: not read."""
_BY_NAME = {name: field for field in (*FIELDS, _NUMBERING) for name in field.names}


def header(cells: Sequence[str], where: Callable[[int], str]) -> list[Field | None]:
    """Read the first row. ``where`` names the place of a column; an empty one gives None.

    Raises InputError for a name that is unknown or stands twice, and for a missing column.
    """
    fields: list[Field | None] = []
    for index, cell in enumerate(cells):
        name = re.sub(r"[\s-]+", "_", cell.strip().lower())
        field = _BY_NAME.get(name)
        if name and field is None:
            raise InputError(
                "unknown column {cell!r}",
                hint="the columns are: {names}; see secaudit asset template",
                source=where(index),
                cell=cell,
                names=", ".join(field.names[0] for field in FIELDS),
            )
        if field in fields and field not in (None, _NUMBERING):
            raise InputError(
                "the column {name} stands twice", source=where(index), name=field.names[0]
            )
        fields.append(field)
    for field in FIELDS:
        if field.required and field not in fields:
            raise InputError(
                "the column {name} ({english}) is missing",
                hint="the first row names the columns; see secaudit asset template",
                source=where(0),
                name=field.names[0],
                english=field.names[1],
            )
    return fields


def read_row(
    fields: Sequence[Field | None],
    cells: Sequence[str],
    where: Callable[[int], str],
    default_zone: str,
) -> Asset:
    """Read one row; an empty cell takes its default. Raises InputError that names the place."""
    values: dict[str, Any] = {"zone": default_zone}
    for index, cell in enumerate(cells):
        field = fields[index] if index < len(fields) else None
        if not cell.strip() or field is _NUMBERING:
            continue
        if field is None:
            raise InputError("{cell!r} stands under no column", source=where(index), cell=cell)
        try:
            values[field.key] = field.read(from_cell(cell))
        except InputError as error:
            raise InputError(
                "{column}: {why}",
                hint=error.hint,
                source=where(index),
                line=None,
                **{**error.facts, "column": field.names[0], "why": error},
            ) from None
    for field in FIELDS:
        if field.required and not values.get(field.key):
            position = fields.index(field) if field in fields else 0
            raise InputError(
                "the column {name} is empty", source=where(position), name=field.names[0]
            )
    return Asset(id=NOT_NUMBERED, **values)
