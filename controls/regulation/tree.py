"""The tree of a regulation, as frozen values: each provision with its id, citation and lines."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from controls.regulation.lines import Skipped
from secaudit.content.bilingual import Bilingual


class Unit(StrEnum):
    """What a node of the tree is."""

    TITLE = "judul"
    CONSIDERING = "menimbang"
    RECALLING = "mengingat"
    NOTING = "memperhatikan"
    CONSENT = "persetujuan"
    DECIDING = "memutuskan"
    ENACTING = "menetapkan"
    BAB = "bab"
    BAGIAN = "bagian"
    PARAGRAF = "paragraf"
    PASAL = "pasal"
    UNNUMBERED = "praktik"
    """An article printed as ``Pasal ...``, counted within the numbered article around it."""
    AYAT = "ayat"
    HURUF = "huruf"
    ANGKA = "angka"
    CLOSING = "penutup"
    ELUCIDATION = "penjelasan"
    GENERAL = "umum"
    ANNEX = "lampiran"


HEADINGS = frozenset({Unit.BAB, Unit.BAGIAN, Unit.PARAGRAF})
PROVISIONS = frozenset({Unit.PASAL, Unit.UNNUMBERED, Unit.AYAT, Unit.HURUF, Unit.ANGKA})


@dataclass(frozen=True)
class Piece:
    """Some words of a provision, and the line of the source on which they stand."""

    line: int
    text: str


@dataclass(frozen=True)
class Provision:
    """One node. ``pieces`` are its own words, without its number and without its children's."""

    id: str
    unit: Unit
    number: str
    parent: str | None
    citation: Bilingual
    title: str
    pieces: tuple[Piece, ...]
    runs: tuple[tuple[int, int], ...]
    """First and last line of each run of lines that it stands on, children not counted."""
    reconstructed: bool = False
    """The number was lost in the source and follows from the order."""

    @cached_property
    def text(self) -> str:
        """Its own words on one line."""
        return " ".join(piece.text for piece in self.pieces)

    @property
    def label(self) -> str:
        """The number as the text prints it."""
        forms = {Unit.AYAT: "({})", Unit.HURUF: "{}.", Unit.ANGKA: "{}."}
        return forms[self.unit].format(self.number) if self.unit in forms else ""


@dataclass(frozen=True)
class Remark:
    """Something odd that was placed all the same, for a person to look at."""

    line: int
    message: str
    """An English template for gettext, filled with ``facts``."""
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Regulation:
    """A whole regulation. ``provisions`` are in the order of the text, parents before children."""

    title: str
    number: str
    year: str
    issuer: str
    provisions: tuple[Provision, ...]
    unplaced: tuple[Skipped, ...]
    remarks: tuple[Remark, ...]
    lines: int
    steps: int = 0
    """How often something was looked at; grows in proportion to the text."""

    @cached_property
    def by_id(self) -> Mapping[str, Provision]:
        """Provisions by their id."""
        return {provision.id: provision for provision in self.provisions}

    @cached_property
    def children(self) -> Mapping[str | None, tuple[Provision, ...]]:
        """Provisions by the id of their parent."""
        found: dict[str | None, list[Provision]] = {}
        for provision in self.provisions:
            found.setdefault(provision.parent, []).append(provision)
        return {key: tuple(value) for key, value in found.items()}

    def articles(self) -> tuple[Provision, ...]:
        """The numbered articles of the body, elucidations not counted."""
        return tuple(
            item
            for item in self.provisions
            if item.unit is Unit.PASAL and not item.id.startswith(f"{Unit.ELUCIDATION}.")
        )

    def whole_text(self, provision: Provision) -> str:
        """The words of a provision and of all below it, a line for each numbered part."""
        rows = [provision.text] if provision.text else []
        for child in self.children.get(provision.id, ()):
            rows.append(f"{child.label} {self.whole_text(child)}".strip())
        return "\n".join(rows)

    def whole_runs(self, provision: Provision) -> tuple[tuple[int, int], ...]:
        """The runs of lines of a provision and of all below it."""
        runs = list(provision.runs)
        for child in self.children.get(provision.id, ()):
            runs.extend(self.whole_runs(child))
        return merge_runs(runs)


def runs_of(numbers: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """Line numbers as runs."""
    return merge_runs((number, number) for number in numbers)


def merge_runs(runs: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Runs in order, those that touch made one."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(runs):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return tuple(merged)


def span_text(runs: tuple[tuple[int, int], ...]) -> str:
    """First to last line, as a catalogue writes them: ``439`` or ``978-986``."""
    if not runs:
        return ""
    first, last = runs[0][0], runs[-1][1]
    return str(first) if first == last else f"{first}-{last}"


def to_record(regulation: Regulation) -> dict[str, Any]:
    """The tree as JSON values."""
    return {
        "schema_version": 1,
        "title": regulation.title,
        "number": regulation.number,
        "year": regulation.year,
        "issuer": regulation.issuer,
        "lines": regulation.lines,
        "provisions": [
            {
                "id": item.id,
                "unit": item.unit.value,
                "number": item.number,
                "parent": item.parent,
                "citation": item.citation.model_dump(),
                "title": item.title,
                "text": [[piece.line, piece.text] for piece in item.pieces],
                "runs": [list(run) for run in item.runs],
                "reconstructed": item.reconstructed,
            }
            for item in regulation.provisions
        ],
        "unplaced": [vars(item) for item in regulation.unplaced],
        "remarks": [
            {"line": item.line, "message": item.message, "facts": dict(item.facts)}
            for item in regulation.remarks
        ],
    }


def from_record(record: Mapping[str, Any]) -> Regulation:
    """The tree out of :func:`to_record`'s values. Raises KeyError, TypeError or ValueError."""
    seen: set[str | None] = {None}
    for item in record["provisions"]:
        if item["parent"] not in seen or item["id"] in seen:
            raise ValueError("a part comes before the one that it is in, or twice")
        seen.add(item["id"])
    return Regulation(
        title=record["title"],
        number=record["number"],
        year=record["year"],
        issuer=record["issuer"],
        lines=record["lines"],
        provisions=tuple(
            Provision(
                id=item["id"],
                unit=Unit(item["unit"]),
                number=item["number"],
                parent=item["parent"],
                citation=Bilingual(**item["citation"]),
                title=item["title"],
                pieces=tuple(Piece(line, text) for line, text in item["text"]),
                runs=tuple((first, last) for first, last in item["runs"]),
                reconstructed=item["reconstructed"],
            )
            for item in record["provisions"]
        ),
        unplaced=tuple(Skipped(**item) for item in record["unplaced"]),
        remarks=tuple(Remark(**item) for item in record["remarks"]),
    )
