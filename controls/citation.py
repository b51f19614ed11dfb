"""How a requirement is cited, read from its id.

``pasal-26.ayat-5.huruf-c`` is Pasal 26 ayat (5) huruf c; ``A.8.24`` is Annex A 8.24; ``9.2.1`` is
clause 9.2.1. A chapter or unnumbered article (``bab-4.pasal-51``, ``pasal-tanpa-nomor-3``) is
read alike.
"""

import re

from secaudit.content.bilingual import Bilingual

_ANNEX = re.compile(r"A\.(?P<number>[0-9]+(\.[0-9]+)*)")
_CLAUSE = re.compile(r"[0-9]+(\.[0-9]+)*")
_PART = re.compile(r"(?P<unit>[a-z]+(-[a-z]+)*)-(?P<number>[0-9]+[a-z]?|[a-z]|[ivx]+)")
_UNITS = {
    "bab": ("BAB {}", "Chapter {}"),
    "bagian": ("Bagian {}", "Part {}"),
    "paragraf": ("Paragraf {}", "Section {}"),
    "pasal": ("Pasal {}", "Article {}"),
    "pasal-tanpa-nomor": ("Pasal tanpa nomor ke-{}", "unnumbered Article {}"),
    "ayat": ("ayat ({})", "paragraph ({})"),
    "huruf": ("huruf {}", "letter {}"),
    "angka": ("angka {}", "number {}"),
    "lampiran": ("Lampiran {}", "Appendix {}"),
}


def cite(local_id: str) -> Bilingual:
    """The citation in both languages; an id of no known form is its own citation."""
    if match := _ANNEX.fullmatch(local_id):
        return Bilingual(id=f"Lampiran A {match['number']}", en=f"Annex A {match['number']}")
    if _CLAUSE.fullmatch(local_id):
        return Bilingual(id=f"Klausul {local_id}", en=f"Clause {local_id}")
    parts = [_PART.fullmatch(part) for part in local_id.split(".")]
    if any(part is None or part["unit"] not in _UNITS for part in parts):
        return Bilingual(id=local_id, en=local_id)
    words = [
        tuple(
            form.format(part["number"].upper() if part["unit"] == "bab" else part["number"])
            for form in _UNITS[part["unit"]]
        )
        for part in parts
        if part is not None
    ]
    return Bilingual(id=" ".join(word[0] for word in words), en=" ".join(word[1] for word in words))


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
