"""A catalogue to be completed: what the importer found, and what a person has yet to write.

Every entry is a ``draft``: nothing is held against it until someone has read the provision, written
its summary in both languages and taken ``draft`` away. Titles are the citation and the provision's
first words; controls are candidates with the words that led to them.
"""

import re
import textwrap
from collections.abc import Sequence
from typing import Any

from controls.regulation.candidates import Candidate, Suggestion
from controls.regulation.title import short_title
from controls.regulation.tree import Regulation, Unit, runs_of, span_text
from controls.regulation.writing import write_yaml
from secaudit.core.vocabulary import LegalStatus, Modality
from secaudit.text.language import N_, Language, gettext

HEAD = N_(
    "Made by secaudit control import-regulation, for people to complete: see docs/catalogues.md."
)
HOW = N_(
    "For each entry: read the provision, write its summary in both languages, correct kind,"
    " bearers and modality, move the candidates that hold to related, and take draft away."
)
_FIRST_WORDS = 10
_COMMENT_WIDTH = 98
_MODAL = re.compile(
    r"(?<!\w)(?P<wajib>wajib|berkewajiban|dilarang)(?!\w)|(?<!\w)(?P<harus>harus)(?!\w)"
    r"|(?<!\w)(?P<perlu>perlu)(?!\w)|(?<!\w)(?P<dapat>dapat)(?!\w)"
)
_DEFINES = re.compile(r"(?<!\w)(?:adalah|ialah|yang selanjutnya disingkat)(?!\w)")


def skeleton(
    framework: str,
    regulation: Regulation,
    candidates: Sequence[Candidate],
    *,
    title: str,
    status: LegalStatus,
) -> dict[str, Any]:
    """The catalogue as the values of a ``CatalogueFile``."""
    short = short_title(regulation) or framework
    version = f"{regulation.number}/{regulation.year}" if regulation.number else ""
    return {
        "schema_version": 1,
        "catalogue": framework,
        "framework": {
            "kind": "regulation",
            "title": {"id": title, "en": title},
            "short_title": {"id": short, "en": short},
            "version": version or "-",
            "status": status.value,
            "confidence": "secondary",
        },
        "requirements": [_entry(regulation, candidate) for candidate in candidates],
    }


def to_yaml(catalogue: dict[str, Any]) -> str:
    """The catalogue as people edit it, with a word on what to do, in both languages."""
    said = dict.fromkeys(gettext(text, language) for language in Language for text in (HEAD, HOW))
    comments = "".join(
        f"# {line}\n" for text in said for line in textwrap.wrap(text, width=_COMMENT_WIDTH)
    )
    return comments + write_yaml(catalogue)


def _entry(regulation: Regulation, candidate: Candidate) -> dict[str, Any]:
    provision = candidate.provision
    text = provision.text or regulation.whole_text(provision)
    first = _first_words(text)
    entry: dict[str, Any] = {
        "id": provision.id,
        "kind": ["definition" if _is_definition(regulation, candidate) else "obligation"],
        "title": {"id": provision.citation.id + first, "en": provision.citation.en + first},
        "citation": provision.citation.model_dump(),
        "testability": "manual",
        "modality": _modality(text).value,
        "lines": lines_of(provision),
        "draft": True,
        "candidates": [_suggested(item) for item in candidate.suggestions],
    }
    explained = regulation.by_id.get(f"{Unit.ELUCIDATION}.{provision.id}")
    if explained is not None:
        entry["elucidation_lines"] = lines_of(explained)
    return entry


def _first_words(text: str) -> str:
    words = text.split()
    begin = " ".join(words[:_FIRST_WORDS]).rstrip(" ;:,.")
    more = " …" if len(words) > _FIRST_WORDS else ""
    return f": {begin}{more}" if begin else ""


def lines_of(provision: Any) -> str:
    """The lines of a provision's own words; of its number where it has none."""
    return span_text(runs_of(piece.line for piece in provision.pieces)) or span_text(provision.runs)


def _is_definition(regulation: Regulation, candidate: Candidate) -> bool:
    provision = candidate.provision
    parent = regulation.by_id.get(provision.parent or "")
    return (
        provision.unit is Unit.ANGKA
        and parent is not None
        and parent.unit is Unit.PASAL
        and parent.number == "1"
        and _DEFINES.search(provision.text) is not None
    )


def _modality(text: str) -> Modality:
    match = _MODAL.search(text)
    return Modality.INDICATIVE if match is None else Modality(str(match.lastgroup))


def _suggested(suggestion: Suggestion) -> dict[str, Any]:
    return {
        "requirement": suggestion.control,
        "status": "candidate",
        "words": list(dict.fromkeys(hit.words for hit in suggestion.hits)),
        "lines": span_text(runs_of(hit.line for hit in suggestion.hits)),
        "reason": suggestion.reason.model_dump(),
    }
