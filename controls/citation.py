"""How a requirement is cited, read from its id.

``pasal-26.ayat-5.huruf-c`` is Pasal 26 ayat (5) huruf c; ``A.8.24`` is Annex A 8.24; ``9.2.1`` is
clause 9.2.1. Where article numbers repeat, the chapter stands in front of them, and with it the run
of the numbering where a chapter begins anew: ``iv.pasal-51``, ``iii-b.pasal-37.praktik-3`` (the
third unnumbered article inside Pasal 37). ``controls.regulation.naming`` gives the same ids.
"""

import re

from secaudit.content.bilingual import Bilingual

_ANNEX = re.compile(r"A\.(?P<number>[0-9]+(\.[0-9]+)*)")
_CLAUSE = re.compile(r"[0-9]+(\.[0-9]+)*")
_PART = re.compile(r"(?P<unit>[a-z]+(-[a-z]+)*)-(?P<number>[0-9]+[a-z]?|[a-z]|[ivx]+)")
_CHAPTER = re.compile(r"(?P<chapter>[ivx]+)(-(?P<run>[a-e]))?")
_RUNS = {
    "a": ("kesatu", "first"),
    "b": ("kedua", "second"),
    "c": ("ketiga", "third"),
    "d": ("keempat", "fourth"),
    "e": ("kelima", "fifth"),
}
_UNITS = {
    "bab": ("BAB {}", "Chapter {}"),
    "bagian": ("Bagian {}", "Part {}"),
    "paragraf": ("Paragraf {}", "Section {}"),
    "pasal": ("Pasal {}", "Article {}"),
    "pasal-tanpa-nomor": ("Pasal tanpa nomor ke-{}", "unnumbered Article {}"),
    "praktik": ("Pasal tanpa nomor ke-{}", "unnumbered Article {}"),
    "ayat": ("ayat ({})", "paragraph ({})"),
    "huruf": ("huruf {}", "letter {}"),
    "angka": ("angka {}", "number {}"),
    "lampiran": ("Lampiran {}", "Appendix {}"),
    "baris": ("baris {}", "row {}"),
}


def cite(local_id: str) -> Bilingual:
    """The citation in both languages; an id of no known form is its own citation."""
    if match := _ANNEX.fullmatch(local_id):
        return Bilingual(id=f"Lampiran A {match['number']}", en=f"Annex A {match['number']}")
    if _CLAUSE.fullmatch(local_id):
        return Bilingual(id=f"Klausul {local_id}", en=f"Clause {local_id}")
    first, _, rest = local_id.partition(".")
    chapter = _CHAPTER.fullmatch(first) if rest else None
    in_indonesian, in_english = ("", "") if chapter is None else _chapter(chapter)
    for part in (local_id if chapter is None else rest).split("."):
        unit = _PART.fullmatch(part)
        if unit is None or unit["unit"] not in _UNITS:
            return Bilingual(id=local_id, en=local_id)
        comma = "," if unit["unit"] == "praktik" else ""
        roman = unit["unit"] in ("bab", "lampiran")
        number = unit["number"].upper() if roman else unit["number"]
        words = [form.format(number) for form in _UNITS[unit["unit"]]]
        in_indonesian = f"{in_indonesian}{comma} {words[0]}"
        in_english = f"{in_english}{comma} {words[1]}"
    return Bilingual(id=in_indonesian.strip(), en=in_english.strip())


def _chapter(match: re.Match[str]) -> tuple[str, str]:
    number = match["chapter"].upper()
    if match["run"] is None:
        return f"BAB {number}", f"Chapter {number}"
    in_indonesian, in_english = _RUNS[match["run"]]
    return f"BAB {number} (rangkaian {in_indonesian})", f"Chapter {number} ({in_english} run)"


def natural_order(local_id: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key in which 8.9 comes before 8.10, and clauses before Annex A."""
    return tuple(
        (0, int(part), "") if part.isdigit() else (1, 0, part)
        for part in re.findall(r"[0-9]+|[A-Za-z]+", local_id)
    )


def requirement_order(requirement: str) -> tuple[str, tuple[tuple[int, int, str], ...]]:
    """A sort key for whole ids: framework by framework, each in the order of its numbering."""
    framework, _, local = requirement.partition(":")
    return framework, natural_order(local)
