"""YAML as ``yaml.dump`` writes it, to the byte, but fast: an import may have 500,000 lines of it.

Most scalars of a catalogue are plain words or short titles, whose form is known without asking.
Whatever else there is, PyYAML itself writes, once for each text and place.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import yaml

WIDTH = 100
"""The column after which a line is broken at the next blank."""
_WORD = r"[\w.()/;,“”…–-]+(?::[\w]+)*"
_SURE = re.compile(rf"[A-Za-z](?:{_WORD})?(?: {_WORD})*")
"""Text that begins with a letter and has nothing in it that means something in YAML."""
_TITLED = re.compile(rf"[A-Za-z](?:{_WORD})?(?: {_WORD})*: {_WORD}(?: {_WORD})*")
"""The same with one colon before a blank: what a plain scalar may not have."""
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_MEANT_OTHERWISE = frozenset({"y", "n", "yes", "no", "true", "false", "on", "off", "null"})
_TEXTS_KEPT = 4096


class _Plain(yaml.SafeDumper):
    """Writes equal values twice, where YAML would refer to the first."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def write_yaml(value: Mapping[str, Any]) -> str:
    """The text of a mapping whose keys are plain words, in block style, in its own order."""
    return "".join(_mapping(value, 0, ""))


def _mapping(value: Mapping[str, Any], indent: int, first: str) -> Iterator[str]:
    """The lines of a mapping; ``first`` stands before the first key in place of its indent."""
    blanks = " " * indent
    before = first or blanks
    for key, item in value.items():
        if isinstance(item, dict | list) and item:
            yield f"{before}{key}:\n"
            yield from _block(item, indent + 2 if isinstance(item, dict) else indent)
        else:
            yield before + _entry(f"{key}: ", key, item, indent)
        before = blanks


def _block(value: Mapping[str, Any] | Sequence[Any], indent: int) -> Iterator[str]:
    if isinstance(value, dict):
        yield from _mapping(value, indent, "")
        return
    dash = " " * indent + "- "
    for item in value:
        if isinstance(item, dict) and item:
            yield from _mapping(item, indent + 2, dash)
        elif isinstance(item, list) and item:
            raise TypeError("a list directly in a list is not written")
        else:
            yield " " * indent + _entry("- ", None, item, indent)


def _entry(lead: str, key: str | None, item: Any, indent: int) -> str:
    """One key or dash with its scalar, from the column ``indent`` on."""
    if item is True or item is False:
        return f"{lead}{'true' if item else 'false'}\n"
    if isinstance(item, str):
        # A line is broken at the first blank beyond the width: one before it breaks nothing.
        room = WIDTH - indent - len(lead) - item.rfind(" ")
        if room >= 0 and _SURE.fullmatch(item):
            if item.lower() not in _MEANT_OTHERWISE:
                return f"{lead}{item}\n"
        elif room >= 1 and (_NUMBER.fullmatch(item) or _TITLED.fullmatch(item)):
            return f"{lead}'{item}'\n"
        return _asked(key, item, indent)
    return _dumped(key, item, indent)


@lru_cache(maxsize=_TEXTS_KEPT)
def _asked(key: str | None, text: str, indent: int) -> str:
    return _dumped(key, text, indent)


def _dumped(key: str | None, item: Any, indent: int) -> str:
    """What PyYAML writes for one scalar, its further lines moved to where it stands."""
    alone = [item] if key is None else {key: item}
    first, *more = yaml.dump(
        alone, Dumper=_Plain, allow_unicode=True, sort_keys=False, width=WIDTH - indent
    ).splitlines(keepends=True)
    blanks = " " * indent
    return first + "".join(blanks + line if line.strip() else line for line in more)
