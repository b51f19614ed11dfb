"""Provisions whose words may concern security, and the controls that those words bring to mind.

What is found is a candidate: the words, where they stand, and why a control was thought of. It maps
nothing; a person reads the provision and decides.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from controls.model import RequirementId
from controls.regulation.tree import PROVISIONS, Provision, Regulation, Unit
from secaudit.content.bilingual import Bilingual
from secaudit.content.yaml import read_document, validate

TERMS = Path(__file__).parent / "terms.yaml"
_Words = Annotated[
    tuple[Annotated[str, Field(pattern=r"^[^*\s][^*]*\*?$")], ...], Field(min_length=1)
]


class TermWords(BaseModel):
    """The words of one term in both languages."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: _Words
    en: _Words


class Term(BaseModel):
    """Words that mean one thing, and what they bring to mind."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: Annotated[str, Field(pattern=r"^[a-z]+(-[a-z]+)*$")]
    words: TermWords
    controls: Annotated[tuple[RequirementId, ...], Field(min_length=1)]
    reason: Bilingual


class TermsFile(BaseModel):
    """``terms.yaml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1]
    terms: Annotated[tuple[Term, ...], Field(min_length=1)]


@dataclass(frozen=True)
class Hit:
    """Words of the text that a term knows. ``elucidation``: they stand in the Penjelasan."""

    term: str
    words: str
    line: int
    elucidation: bool = False


@dataclass(frozen=True)
class Suggestion:
    """One control, the words that led to it, and why."""

    control: str
    hits: tuple[Hit, ...]
    reason: Bilingual


@dataclass(frozen=True)
class Candidate:
    """One provision that may concern security."""

    provision: Provision
    hits: tuple[Hit, ...]
    suggestions: tuple[Suggestion, ...]


@dataclass(frozen=True)
class Terms:
    """All terms, ready to be looked for in one pass over a text."""

    terms: Mapping[str, Term]
    pattern: re.Pattern[str]
    keys: Mapping[str, tuple[str, ...]]
    """By the words in small letters."""
    beginnings: Mapping[str, tuple[str, ...]]

    def of(self, words: str) -> tuple[str, ...]:
        """The keys of the terms that know these words."""
        folded = " ".join(words.casefold().split())
        if folded in self.keys:
            return self.keys[folded]
        return next(
            (keys for start, keys in self.beginnings.items() if folded.startswith(start)), ()
        )


@cache
def load_terms(path: Path = TERMS) -> Terms:
    """Read the terms. Raises InputError that names file and line."""
    document = read_document(path)
    terms = validate(document, TermsFile).terms
    keys: dict[str, tuple[str, ...]] = {}
    beginnings: dict[str, tuple[str, ...]] = {}
    for term in terms:
        for words in dict.fromkeys((*term.words.id, *term.words.en)):
            folded = words.casefold()
            into = beginnings if folded.endswith("*") else keys
            folded = folded.removesuffix("*")
            into[folded] = (*into.get(folded, ()), term.key)
    forms = sorted(
        [(words, "") for words in keys] + [(words, r"\w{0,20}") for words in beginnings],
        key=lambda form: -len(form[0]),
    )
    alternatives = "|".join(
        r"\s".join(re.escape(word) for word in words.split()) + rest for words, rest in forms
    )
    return Terms(
        {term.key: term for term in terms},
        re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)", re.IGNORECASE),
        keys,
        beginnings,
    )


def find_candidates(regulation: Regulation, terms: Terms | None = None) -> tuple[Candidate, ...]:
    """The candidates of a regulation, in the order of its text.

    A provision's own words count, and what its elucidation says; not those of the parts below it,
    which are provisions themselves.
    """
    terms = terms or load_terms()
    found = []
    for provision in regulation.provisions:
        if provision.unit not in PROVISIONS or provision.id.startswith(Unit.ELUCIDATION.value):
            continue
        hits = _hits(provision, terms, elucidation=False)
        explained = regulation.by_id.get(f"{Unit.ELUCIDATION}.{provision.id}")
        if explained is not None:
            hits += _hits(explained, terms, elucidation=True)
        if hits:
            found.append(Candidate(provision, hits, _suggestions(hits, terms)))
    return tuple(found)


def _hits(provision: Provision, terms: Terms, *, elucidation: bool) -> tuple[Hit, ...]:
    """Words may run over the end of a line: they are looked for in the joined text."""
    hits: dict[tuple[str, str], Hit] = {}
    starts: list[tuple[int, int]] = []
    offset = 0
    for piece in provision.pieces:
        starts.append((offset, piece.line))
        offset += len(piece.text) + 1
    at = 0
    for match in terms.pattern.finditer(provision.text):
        while at + 1 < len(starts) and starts[at + 1][0] <= match.start():
            at += 1
        for key in terms.of(match[0]):
            hit = Hit(key, match[0], starts[at][1], elucidation)
            hits.setdefault((key, match[0].casefold()), hit)
    return tuple(hits.values())


def _suggestions(hits: tuple[Hit, ...], terms: Terms) -> tuple[Suggestion, ...]:
    of_control: dict[str, list[Hit]] = {}
    for hit in hits:
        for control in terms.terms[hit.term].controls:
            of_control.setdefault(control, []).append(hit)
    return tuple(
        Suggestion(control, tuple(led), terms.terms[led[0].term].reason)
        for control, led in of_control.items()
    )
