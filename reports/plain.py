"""A document as plain values for a template, with every string made harmless on the way."""

import dataclasses
import re
from collections.abc import Callable, Mapping
from typing import Any

from reports.document import Document
from secaudit.text.escape import visible

LONGEST_TEXT = 4000
"""Characters shown of one text; what is longer ends in an ellipsis."""

_COVERED = (
    (0x20, 0x7E),
    (0xA0, 0xAC),
    (0xAE, 0x17F),
    (0x386, 0x386),
    (0x388, 0x38A),
    (0x38C, 0x38C),
    (0x38E, 0x3A1),
    (0x3A3, 0x3CE),
    (0x400, 0x45F),
    (0x2010, 0x2015),
    (0x2018, 0x201E),
    (0x2020, 0x2022),
    (0x2026, 0x2026),
    (0x2030, 0x2030),
    (0x20AC, 0x20AC),
    (0x2190, 0x2193),
    (0x2212, 0x2212),
    (0x2248, 0x2248),
    (0x2260, 0x2260),
    (0x2264, 0x2265),
)
"""Code points that the PDF's own fonts draw for certain: Latin, Greek, Cyrillic, punctuation.

PDF/A forbids text without glyphs, so anything else is written by its number.
"""


_UNCOVERED = re.compile(
    "[^"
    + "".join(f"{re.escape(chr(first))}-{re.escape(chr(last))}" for first, last in _COVERED)
    + "]"
)


def screen(text: str) -> str:
    """Make a text harmless to show: no control or direction characters, bounded in length."""
    return visible(text, limit=LONGEST_TEXT)


def printed(text: str) -> str:
    """The same for print: besides, only characters that the embedded fonts have."""
    return _UNCOVERED.sub(lambda found: f"\\u{ord(found[0]):04x}", screen(text))


_LONG_RUN = re.compile(r"[^\s\u200b/.,:;#-]{18,}")
_RUN_STEP = 12
_BREAK = "\u200b"


def breakable(text: str) -> str:
    """Let a run without spaces break across lines: a zero-width space every few characters."""
    return _LONG_RUN.sub(
        lambda run: _BREAK.join(
            run[0][start : start + _RUN_STEP] for start in range(0, len(run[0]), _RUN_STEP)
        ),
        text,
    )


def covered_characters() -> str:
    """Every character that print keeps as it is."""
    return "".join(chr(number) for first, last in _COVERED for number in range(first, last + 1))


def to_plain(document: Document, safe: Callable[[str], str]) -> dict[str, Any]:
    """Turn a document into dictionaries, lists and strings; each string passes through ``safe``.

    A block's or cell's class is in ``kind``. Charts, which are our own SVG, are left as they are.
    """
    value = _plain(document, safe)
    if not isinstance(value, dict):
        raise TypeError("a document is a record")
    return value


def _plain(value: Any, safe: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return safe(value)
    if isinstance(value, bool | int) or value is None:
        return value
    if isinstance(value, tuple | list):
        return [_plain(item, safe) for item in value]
    if isinstance(value, Mapping):
        return {key: _plain(item, safe) for key, item in value.items()}
    record = {
        field.name: (
            getattr(value, field.name)
            if field.name == "svg"
            else _plain(getattr(value, field.name), safe)
        )
        for field in dataclasses.fields(value)
    }
    kind = getattr(type(value), "kind", None)
    return record if kind is None else {"kind": kind, **record}
