"""Faults in the library that reading alone does not find; and those that stop it from reading."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from controls.library import Library, load_with_faults
from controls.requirement import Requirement
from scanners.registry import load_checks, place_of
from secaudit.app import consistency
from secaudit.app.checks import severity_faults
from secaudit.app.controls import content_folder
from secaudit.app.workspace import Workspace
from secaudit.content.bilingual import Bilingual
from secaudit.core.errors import InputError, SecauditError
from secaudit.text.language import N_, gettext

_NUMBERED = re.compile(r"(?P<parent>.*?)(?P<number>[0-9]+)")
_PROVISION = re.compile(r"(?P<parent>(?:.*\.)?(?:pasal|ayat|huruf|angka)-)(?P<number>[0-9]+|[a-z])")
_CODES = {
    "unknown requirement {requirement!r}": "unknown_id",
    "there is no check {id!r}": "unknown_check",
    "{id!r} is there twice; first in {first}": "duplicate",
    "{id!r} is there twice": "duplicate",
    "{check} is mapped twice to {requirement}": "duplicate",
    "{start} is related twice to {end}": "duplicate",
    "{before} leads to {after} twice": "duplicate",
    "{task} is confirmed twice for {actor}": "duplicate",
    "the framework {id!r} is described twice": "duplicate",
    "the crosswalk {id!r} is described twice": "duplicate",
    "the matrix {id!r} is described twice": "duplicate",
    "{id!r} is related to itself": "cycle",
    "these requirements are each part of the next, in a circle: {ids}": "cycle",
    "{where} is missing": "missing",
}
"""What kind of fault an error of the reader is; the rest is unreadable."""
_NEED_THE_WHOLE = frozenset({"hole", "not_in_crosswalk", "left_out", "unmapped_check"})
_COMPLETE_KINDS = frozenset({"control", "clause", "heading"})


def lint(workspace: Workspace | None) -> list[dict[str, Any]]:
    """Return a row for each fault, and for each gap that is none (``level`` tells them apart).

    A row has a code, what it is about, the sentence, and the file and line.
    """
    overlay = None if workspace is None else content_folder(workspace)
    library, unread = load_with_faults(overlay)
    rows = [
        *(_of_error(error) for error in unread),
        *_severities(workspace),
        *_unknown_checks(library),
        *_untranslated(library),
        *_holes(library),
        *_crosswalk_gaps(library),
        *_confirmed_in_future(library),
        *_gaps_in_regulations(library),
        *_unmapped_checks(library),
        *_drafts(library),
    ]
    if unread:
        # What the faulty parts would have said is not known: nothing is missing for certain.
        return [row for row in rows if row["code"] not in _NEED_THE_WHOLE]
    return [*rows, *_inconsistencies(workspace, library)]


def _inconsistencies(workspace: Workspace | None, library: Library) -> list[dict[str, Any]]:
    if workspace is None:
        return []
    try:
        return consistency.lint(workspace, library)
    except InputError as error:
        return [_of_error(fault) for fault in (error, *error.further)]


def _of_error(error: InputError) -> dict[str, Any]:
    message, _ = SecauditError.in_words(error, gettext)
    where = error.source or ""
    return _fault(
        _CODES.get(error.message, "unreadable"),
        str(error.facts.get("id") or error.facts.get("requirement") or ""),
        message.replace("{", "{{").replace("}", "}}"),
        where if error.line is None else f"{where}:{error.line}",
    )


def _fault(
    code: str, about: str, message: str, source: str, level: str = "fault", **facts: object
) -> dict[str, Any]:
    return {
        "level": level,
        "code": code,
        "about": about,
        "message": message.format(**facts),
        "source": source,
    }


def _severities(workspace: Workspace | None) -> Iterator[dict[str, Any]]:
    if workspace is not None:
        yield from (_of_error(error) for error in severity_faults(workspace))


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
            message = gettext(N_("there is no check {check}"))
            place = library.excused_places.get(check, "")
            yield _fault("unknown_check", check, message, place, check=check)


def _unmapped_checks(library: Library) -> Iterator[dict[str, Any]]:
    for check in load_checks():
        mapped = bool(library.of_check(check))
        if not mapped and check not in library.excused:
            message = gettext(N_("{check} is neither mapped to a requirement nor excused"))
            yield _fault("unmapped_check", check, message, place_of(check), check=check)
        elif mapped and check in library.excused:
            message = gettext(N_("{check} is both mapped and excused"))
            place = library.excused_places.get(check, "")
            yield _fault("mapped_and_excused", check, message, place, check=check)


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


def _crosswalk_gaps(library: Library) -> Iterator[dict[str, Any]]:
    """Requirements of either edition of which a crosswalk says nothing."""
    for crosswalk in library.crosswalks:
        told = {pair.before for pair in crosswalk.pairs} | {pair.after for pair in crosswalk.pairs}
        told.update(crosswalk.new)
        for framework in (crosswalk.head.before, crosswalk.head.after):
            for requirement in library.requirements(framework):
                if requirement.assessable and requirement.id not in told:
                    message = gettext(N_("the crosswalk {crosswalk} says nothing of {id}"))
                    yield _fault(
                        "not_in_crosswalk",
                        requirement.id,
                        message,
                        crosswalk.head.source,
                        crosswalk=crosswalk.head.id,
                        id=requirement.id,
                    )


def _confirmed_in_future(library: Library) -> Iterator[dict[str, Any]]:
    today = datetime.now(UTC).date()
    confirmed = [
        (f"{pair.before} {pair.after}", pair.confirmed, pair.source)
        for crosswalk in library.crosswalks
        for pair in crosswalk.pairs
    ] + [
        (f"{matrix.id} {task.key} {actor}", cell.confirmed, cell.source)
        for matrix in library.matrices
        for task in matrix.tasks
        for actor, cell in task.cells.items()
    ]
    for about, confirmation, source in confirmed:
        if confirmation is not None and confirmation.on > today:
            message = gettext(N_("{what} was confirmed on {on}, which is still to come"))
            yield _fault("date_in_future", about, message, source, what=about, on=confirmation.on)


def _gaps_in_regulations(library: Library) -> Iterator[dict[str, Any]]:
    """Numbers and letters that a catalogue leaves out. It may: it holds what bears on security."""
    siblings: dict[tuple[str, str], dict[int, Requirement]] = {}
    for requirement in library.all_requirements.values():
        match = _PROVISION.fullmatch(requirement.local_id)
        if match is not None and requirement.type == "provision":
            number = match["number"]
            order = int(number) if number.isdigit() else ord(number) - ord("a") + 1
            key = (requirement.framework, match["parent"])
            siblings.setdefault(key, {})[order] = requirement
    for (framework, parent), members in siblings.items():
        missing = [n for n in range(1, max(members)) if n not in members]
        if missing and not parent.endswith("pasal-"):
            first = next(iter(members.values()))
            letters = parent.endswith("huruf-")
            named = ", ".join(chr(ord("a") + n - 1) if letters else str(n) for n in missing)
            message = gettext(N_("the catalogue holds no {parent} {named}"))
            yield _fault(
                "left_out",
                f"{framework}:{parent}",
                message,
                first.source,
                "information",
                parent=f"{framework}:{parent}",
                named=named,
            )
