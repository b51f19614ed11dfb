"""Faults in the library that reading alone does not find; and those that stop it from reading."""

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from controls.library import Library
from controls.requirement import Requirement
from scanners.registry import load_checks
from secaudit.app.controls import library_of
from secaudit.app.workspace import Workspace
from secaudit.content.bilingual import Bilingual
from secaudit.core.errors import InputError
from secaudit.text.language import N_, gettext

_NUMBERED = re.compile(r"(?P<parent>.*?)(?P<number>[0-9]+)")
_COMPLETE_KINDS = frozenset({"control", "clause", "heading"})


def lint(workspace: Workspace | None) -> list[dict[str, Any]]:
    """Return a row for each fault: its code, what it is about, the sentence, and the place."""
    try:
        library = library_of(workspace)
    except InputError as error:
        return [_fault("unreadable", "", error.in_words(gettext)[0], "")]
    return [
        *_unknown_checks(library),
        *_unmapped_checks(library),
        *_drafts(library),
        *_untranslated(library),
        *_holes(library),
    ]


def _fault(code: str, about: str, message: str, source: str, **facts: object) -> dict[str, Any]:
    return {
        "code": code,
        "about": about,
        "message": message.format(**facts) if facts else message,
        "source": source,
    }


def _unknown_checks(library: Library) -> Iterator[dict[str, Any]]:
    checks = load_checks()
    known = checks.keys() | {alias for check in checks.values() for alias in check.aliases}
    for mapping in library.mappings:
        if mapping.check not in known:
            message = gettext(N_("there is no check {check}"))
            yield _fault(
                "unknown_check", mapping.check, message, mapping.source, check=mapping.check
            )
    for check in library.excused:
        if check not in known:
            yield _fault(
                "unknown_check", check, gettext(N_("there is no check {check}")), "", check=check
            )


def _unmapped_checks(library: Library) -> Iterator[dict[str, Any]]:
    for check in load_checks():
        mapped = bool(library.of_check(check))
        if not mapped and check not in library.excused:
            message = gettext(N_("{check} is neither mapped to a requirement nor excused"))
            yield _fault("unmapped_check", check, message, "", check=check)
        elif mapped and check in library.excused:
            message = gettext(N_("{check} is both mapped and excused"))
            yield _fault("mapped_and_excused", check, message, "", check=check)


def _drafts(library: Library) -> Iterator[dict[str, Any]]:
    for requirement in library.all_requirements.values():
        if requirement.draft:
            message = gettext(N_("{id} was imported and has yet to be completed: give its summary"))
            yield _fault(
                "to_be_completed", requirement.id, message, requirement.source, id=requirement.id
            )


def _untranslated(library: Library) -> Iterator[dict[str, Any]]:
    for requirement in library.all_requirements.values():
        if _same(requirement.summary):
            message = gettext(N_("the summary of {id} is the same in both languages"))
            yield _fault(
                "untranslated", requirement.id, message, requirement.source, id=requirement.id
            )
    for mapping in library.mappings:
        if _same(mapping.rationale):
            about = f"{mapping.check} {mapping.requirement}"
            message = gettext(N_("the rationale of {id} is the same in both languages"))
            yield _fault("untranslated", about, message, mapping.source, id=about)


def _same(text: Bilingual | None) -> bool:
    return text is not None and text.id.strip() == text.en.strip()


def _holes(library: Library) -> Iterator[dict[str, Any]]:
    """Numbers that are missing between two siblings of a standard: 8.19 and 8.21 without 8.20."""
    siblings: dict[tuple[str, str], dict[int, Requirement]] = {}
    for requirement in library.all_requirements.values():
        match = _NUMBERED.fullmatch(requirement.local_id)
        if match is not None and requirement.type in _COMPLETE_KINDS:
            key = (requirement.framework, match["parent"])
            siblings.setdefault(key, {})[int(match["number"])] = requirement
    for (framework, parent), members in siblings.items():
        yield from _holes_among(framework, parent, members)


def _holes_among(
    framework: str, parent: str, members: Mapping[int, Requirement]
) -> Iterator[dict[str, Any]]:
    numbers = sorted(members)
    for before, after in pairwise(numbers):
        if after > before + 1:
            identity = f"{framework}:{parent}{before + 1}"
            message = gettext(N_("{id} is missing between its neighbours"))
            yield _fault("hole", identity, message, members[after].source, id=identity)
