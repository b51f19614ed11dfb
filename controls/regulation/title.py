"""What a regulation is called, and whether it is one in Indonesian at all."""

import re
from collections.abc import Sequence
from typing import TypedDict

from controls.regulation.growing import Node
from controls.regulation.lines import Segment
from controls.regulation.tree import Regulation, Unit
from secaudit.core.errors import InputError
from secaudit.text.language import N_

_WORD = re.compile(r"[A-Za-z]{2,20}")
_COMMON = frozenset(
    (
        *("yang", "dan", "di", "dengan", "untuk", "dalam", "pada", "dari", "oleh", "sebagai"),
        *("atau", "ini", "adalah", "sebagaimana", "dimaksud", "tentang", "daerah", "kepada"),
        *("dapat", "tidak", "telah", "akan", "serta", "secara", "huruf", "ayat"),
    )
)
_LEAST_COMMON = 0.08
"""Of an Indonesian law's words a fifth or more are among these; of other languages' nearly none."""
_FEWEST_WORDS = 40
_SAMPLE = 20_000
_HEAD = re.compile(
    r"(?P<kind>(?:RANCANGAN )?(?:UNDANG-UNDANG|PERATURAN|QANUN|KEPUTUSAN|INSTRUKSI)"
    r"(?: [A-Z./-]{1,40}){0,12}?)"
    r"[ ,]{1,2}NOMOR ?:? ?(?P<number>[\w./-]{1,40})? ?TAHUN (?P<year>\d{4}|\.{2,})"
)
_ABOUT = re.compile(r"TENTANG (?P<about>.{1,600}?)(?: DENGAN RAHMAT|$)")
_SHORT = (
    ("PERATURAN DAERAH", "perda"),
    ("PERATURAN WALI KOTA", "perwal"),
    ("PERATURAN WALIKOTA", "perwal"),
    ("PERATURAN BUPATI", "perbup"),
    ("PERATURAN GUBERNUR", "pergub"),
    ("PERATURAN PEMERINTAH", "pp"),
    ("PERATURAN PRESIDEN", "perpres"),
    ("UNDANG-UNDANG", "uu"),
)
DRAFT = "RANCANGAN "
"""What the kind of a draft begins with."""
_NATIONAL = frozenset({"pp", "perpres", "uu"})
_FIGURES = re.compile(r"(?:-(?P<number>\d{1,4}))?-(?P<year>\d{4})$")
_PLACE = re.compile(
    r"(?:KOTA|KABUPATEN|PROVINSI|BUPATI|GUBERNUR|WALIKOTA) (?P<name>[A-Z][A-Z ]{1,40})$"
)


class TitleFacts(TypedDict):
    """What the head of a regulation says of it; empty where it says nothing."""

    title: str
    number: str
    year: str
    issuer: str


def require_indonesian(words: Sequence[Segment], source: str) -> None:
    """Raise InputError for a text in another language."""
    common = total = 0
    for segment in words:
        for match in _WORD.finditer(segment.text[:_SAMPLE]):
            total += 1
            common += match[0].lower() in _COMMON
        if total > _SAMPLE:
            break
    if total >= _FEWEST_WORDS and common < _LEAST_COMMON * total:
        raise InputError(
            N_("the text is not in Indonesian"),
            hint=N_("the importer reads Indonesian regulations in the form of UU 12/2011"),
            source=source,
        )


def title_of(root: Node) -> TitleFacts:
    """Read the head of the regulation."""
    parts = [node for node in root.children if node.unit is Unit.TITLE]
    head = " ".join(piece.text for node in parts for piece in node.pieces)[:_SAMPLE]
    head = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", head)
    match = _HEAD.search(head)
    about = _ABOUT.search(head, match.end() if match else 0)
    return {
        "title": head[match.start() : about.end("about")] if match and about else head[:300],
        "number": (match["number"] or "") if match else "",
        "year": match["year"] if match and match["year"].isdigit() else "",
        "issuer": match["kind"] if match else "",
    }


def suggested_id(regulation: Regulation) -> str | None:
    """An id such as ``perda-contoh-3-2026``; None where the head does not say enough."""
    parts = _parts(regulation)
    if parts is None:
        return None
    return "-".join(re.sub("[^a-z0-9]+", "-", part.lower()).strip("-") for part in parts)


def contradicts_id(regulation: Regulation, given: str, *, known: bool) -> bool:
    """Tell whether the head names another regulation than an id does.

    Number and year are compared as far as both have them; for an id that is ``known``, kind and
    place too. An appendix may correct the number of the head.
    """
    figures = _FIGURES.search(given)
    if figures is None or not regulation.year:
        return False
    others = other_numbers(regulation)
    if figures["number"] and regulation.number.isdigit():
        named = {f"{int(regulation.number)}/{regulation.year}", *others}
        if f"{int(figures['number'])}/{figures['year']}" not in named:
            return True
    elif figures["year"] != regulation.year:
        return True
    suggested = suggested_id(regulation)
    if not known or suggested is None:
        return False
    return _FIGURES.sub("", suggested) != _FIGURES.sub("", given)


def short_title(regulation: Regulation) -> str | None:
    """A title such as ``Perda Contoh 3/2026``; None where the head does not say enough."""
    parts = _parts(regulation)
    if parts is None:
        return None
    *words, number, year = parts
    shown = [word.upper() if word in {"uu", "pp"} else word.title() for word in words]
    return f"{' '.join(shown)} {number}/{year}"


def _parts(regulation: Regulation) -> tuple[str, ...] | None:
    """Kind, place, number and year, as far as the head has them all."""
    issuer = regulation.issuer.removeprefix(DRAFT)
    short = next((short for words, short in _SHORT if issuer.startswith(words)), None)
    if short is None or not regulation.number.isdigit() or not regulation.year:
        return None
    draft = ("rancangan",) if regulation.issuer.startswith(DRAFT) else ()
    figures = (str(int(regulation.number)), regulation.year)
    if short in _NATIONAL:
        return (*draft, short, *figures)
    found = _PLACE.search(issuer.replace("PERATURAN WALI KOTA ", "WALIKOTA "))
    return (*draft, short, found["name"], *figures) if found else None


def other_numbers(regulation: Regulation) -> tuple[str, ...]:
    """Numbers that appendices give the regulation, where they differ from its head's."""
    found: dict[str, None] = {}
    for part in regulation.provisions:
        if part.unit is Unit.ANNEX:
            match = re.search(r"NOMOR ?:? ?(\d{1,4}) ?TAHUN (\d{4})", part.text[:400])
            if match and (match[1], match[2]) != (regulation.number, regulation.year):
                found[f"{match[1]}/{match[2]}"] = None
    return tuple(found)
