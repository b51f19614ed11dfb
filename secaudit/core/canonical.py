"""Canonical JSON (after RFC 8785): one value, one sequence of bytes, one hash.

Numbers are integers or finite floats; integers beyond 2**53 and non-string keys are refused, since
other readers of the same bytes would not agree on them.
"""

import dataclasses
import hashlib
import json
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from datetime import date, datetime
from enum import Enum
from functools import cache
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from secaudit.core.instant import format_instant
from secaudit.core.network import AddressRange, AddressSet
from secaudit.core.subject import FileSubject, Subject

_LARGEST_EXACT_INTEGER = 2**53
_NOT_PRINTED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories of what steers a terminal, is invisible, or is no character."""
WRITTEN = (Subject, FileSubject, AddressRange, AddressSet, IPv4Address, IPv6Address)
"""Values whose text is their identity: they are written as that text."""


def to_json(value: Any) -> Any:
    """Turn dataclasses, enums, instants, tuples and sets into plain JSON values.

    A dataclass becomes an object of its fields, with ``schema_version`` where the class has one;
    a subject or an address set becomes its text.
    A set becomes a sorted list. Raises TypeError for what JSON cannot carry.
    """
    if value is None or (isinstance(value, bool | str) and not isinstance(value, Enum)):
        return value
    if isinstance(value, Enum):
        return to_json(value.value)
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, WRITTEN):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _record(value)
    if isinstance(value, datetime):
        return format_instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {_key(key): to_json(item) for key, item in value.items()}
    if isinstance(value, Set):
        return sorted((to_json(item) for item in value), key=_order)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [to_json(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _record(value: Any) -> dict[str, Any]:
    kind: type = type(value)
    names, version = _shape(kind)
    record = {name: to_json(getattr(value, name)) for name in names}
    if version is not None:
        record["schema_version"] = version
    return record


@cache
def _shape(kind: type) -> tuple[tuple[str, ...], int | None]:
    """The fields of a dataclass that are written, and its version where it has one."""
    names = (field.name for field in dataclasses.fields(kind))
    version = getattr(kind, "schema_version", None)
    return (
        tuple(name for name in names if not name.startswith("_")),
        version if isinstance(version, int) else None,
    )


def _number(value: float) -> float:
    if isinstance(value, int) and abs(value) > _LARGEST_EXACT_INTEGER:
        raise TypeError(f"{value} is beyond 2**53: write it as a string")
    if isinstance(value, float) and value.is_integer() and abs(value) <= _LARGEST_EXACT_INTEGER:
        return int(value)
    return value


def _key(key: Any) -> str:
    if isinstance(key, Enum):
        key = key.value
    if not isinstance(key, str):
        raise TypeError(f"a JSON key is a string, not {key!r}")
    return key


def _order(item: Any) -> bytes:
    return canonical_json(item)


def canonical_json(value: Any) -> bytes:
    """Return the UTF-8 bytes of ``value``: sorted keys, no white space.

    Raises TypeError for what JSON cannot carry, ValueError for NaN, infinities and for text with
    half a surrogate pair (bytes that were never text).
    """
    return canonical_bytes(to_json(value))


def canonical_bytes(plain: Any) -> bytes:
    """As :func:`canonical_json`, of what :func:`to_json` made or a table kept of it."""
    return json.dumps(
        plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode("utf-8")


def pretty_json(value: Any) -> str:
    """Return the same value for people: sorted keys, two spaces, a final newline; see printable."""
    return printable(_laid_out(value, "\n")) + "\n"


def pretty_json_list(values: Iterable[Any]) -> Iterator[str]:
    """Yield the text that :func:`pretty_json` gives for a list of these values, one at a time."""
    before = "["
    for value in values:
        yield f"{before}\n  {printable(_laid_out(value, _INSIDE))}"
        before = ","
    yield "[]\n" if before == "[" else "\n]\n"


_INSIDE = "\n  "
_STRING = {str}
_quoted = json.encoder.encode_basestring


def _scalar(value: Any) -> str:
    return json.dumps(to_json(value), allow_nan=False)


def _integer(value: int) -> str:
    return repr(value) if abs(value) <= _LARGEST_EXACT_INTEGER else _scalar(value)


_WRITERS: dict[type, Callable[[Any], str]] = {
    str: _quoted,
    type(None): lambda _value: "null",
    bool: {False: "false", True: "true"}.__getitem__,
    int: _integer,
    float: _scalar,
}
"""By the very type: subclasses, such as enums, go the long way."""


def _named(value: dict[Any, Any]) -> bool:
    """Tell whether every key is a string."""
    return set(map(type, value)) == _STRING or all(isinstance(key, str) for key in value)


def _laid_out(value: Any, line: str) -> str:
    """Write a value with indents; ``line`` is a line break with the indent of this value.

    As ``json.dumps`` would, whose encoder in C knows no indents, and in one walk with
    :func:`to_json`: it writes hundreds of thousands of findings.
    """
    write = _WRITERS.get(type(value))
    if write is not None:
        return write(value)
    kind, deeper = type(value), f"{line}  "
    if kind is dict and _named(value):
        parts = []
        for key in sorted(value):
            item = value[key]
            write = _WRITERS.get(type(item))
            text = _laid_out(item, deeper) if write is None else write(item)
            parts.append(f"{deeper}{_quoted(key)}: {text}")
        return f"{{{','.join(parts)}{line}}}" if parts else "{}"
    if kind is list:
        parts = [deeper + _laid_out(item, deeper) for item in value]
        return f"[{','.join(parts)}{line}]" if parts else "[]"
    plain = to_json(value)
    if isinstance(plain, dict | list):
        return _laid_out(plain, line)
    return json.dumps(plain, ensure_ascii=False, allow_nan=False)


def printable_json(value: Any) -> bytes:
    """Return ``value`` for files that people may show: canonical but for what is not printable.

    The value that is read back is the same; hashes of a value are taken of :func:`canonical_json`.
    """
    return printable(canonical_json(value).decode("utf-8")).encode("utf-8")


def printable(json_text: str) -> str:
    r"""Write whatever is not printable in a JSON text as ``\uXXXX``: the same value, no threat.

    Control characters, bidirectional overrides and line separators stand only inside strings there.
    """
    if json_text.isascii() and "\x7f" not in json_text:
        return json_text
    # A text of many megabytes has few different characters: they alone are looked at.
    strange = {
        ord(character): _escaped(character)
        for character in set(json_text)
        if character != "\n" and unicodedata.category(character) in _NOT_PRINTED
    }
    return json_text.translate(strange) if strange else json_text


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def sha256_hex(content: bytes) -> str:
    """Return the SHA-256 of ``content`` as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
