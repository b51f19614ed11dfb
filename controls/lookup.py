"""Finding a requirement from the way people write its id.

``A.5.1``, ``a.5.1``, ``5.01`` (zero-padded, as control lists write it), ``05.1.1``,
``iso27001-2022:a.8.24``, ``Pasal 26 ayat (5) huruf c``: all are read. A bare ``5.1`` is a clause
and a control, so it is refused with the ids that it could mean.
"""

import re
from collections.abc import Iterable

from controls.library import Library
from controls.requirement import Requirement
from secaudit.core.errors import InputError

_TOKENS = re.compile(r"[0-9]+|[a-z]+")
_SHOWN = 8
_Key = tuple[str, ...]


def find(library: Library, text: str, framework: str | None = None) -> Requirement:
    """Find the one requirement that ``text`` means.

    ``framework`` narrows the search, as the part before a colon does. Raises InputError that names
    the candidates where there are several, NotFoundError where there is none.
    """
    if text in library.all_requirements:
        return library.all_requirements[text]
    named, colon, local = text.rpartition(":")
    if colon:
        framework = named.strip().lower()
    if framework is not None:
        library.framework(framework)
    searched = (
        library.all_requirements.values() if framework is None else library.requirements(framework)
    )
    found = _matches(searched, local)
    if not found:
        return library.requirement(text)
    if len(found) > 1:
        found = _preferred(found)
    if len(found) > 1:
        raise InputError(
            "{text!r} could mean {candidates}",
            hint="write the whole id; see: secaudit control list",
            text=text,
            candidates=", ".join(item.id for item in found[:_SHOWN]),
        )
    return found[0]


def _key(text: str) -> _Key:
    return tuple(
        str(int(token)) if token.isdigit() else token for token in _TOKENS.findall(text.lower())
    )


def _matches(requirements: Iterable[Requirement], text: str) -> list[Requirement]:
    key = _key(text)
    if not key:
        return []
    annex = ("a", *key)
    padded = any(len(part) > 1 and part.startswith("0") for part in _TOKENS.findall(text))
    bare = key[0].isdigit()
    return [
        item
        for item in requirements
        if (own := _key(item.local_id)) == annex
        or (not padded and own == key)
        or (not bare and _key(item.citation.id) == key)
        or (not bare and _key(item.citation.en) == key)
    ]


def _preferred(found: list[Requirement]) -> list[Requirement]:
    """Where the annex was named: a control before the section heading of another edition."""
    if all(item.local_id.startswith("A.") for item in found):
        return [item for item in found if item.assessable] or found
    return found
