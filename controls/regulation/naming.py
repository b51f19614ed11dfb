"""Ids and citations of provisions, stable as long as the text numbers them alike.

``pasal-26.ayat-5.huruf-c`` in a regulation whose articles are numbered once. Where two articles
bear the same number, all carry their BAB: ``iv.pasal-51``; and a BAB in which the numbering begins
anew tells its runs apart: ``iii-a.pasal-37``, ``iii-b.pasal-37``. The k-th article without a number
inside Pasal 37 is ``praktik-k``. A second letter b in one list is ``huruf-b-2``.
"""

from collections import Counter

from controls.regulation.growing import Node, Reading
from controls.regulation.tree import HEADINGS, Provision, Unit, runs_of
from secaudit.content.bilingual import Bilingual

_NAMES = {
    Unit.TITLE: ("Judul", "Title"),
    Unit.CONSIDERING: ("Menimbang", "Considering"),
    Unit.RECALLING: ("Mengingat", "Recalling"),
    Unit.NOTING: ("Memperhatikan", "Noting"),
    Unit.CONSENT: ("Persetujuan bersama", "Joint consent"),
    Unit.DECIDING: ("Memutuskan", "Deciding"),
    Unit.ENACTING: ("Menetapkan", "Enacting"),
    Unit.CLOSING: ("Penutup", "Closing"),
    Unit.ELUCIDATION: ("Penjelasan", "Elucidation"),
    Unit.GENERAL: ("Umum", "General"),
}
_NUMBERED = {
    Unit.BAB: ("BAB {}", "Chapter {}"),
    Unit.BAGIAN: ("Bagian {}", "Part {}"),
    Unit.PARAGRAF: ("Paragraf {}", "Section {}"),
    Unit.PASAL: ("Pasal {}", "Article {}"),
    Unit.UNNUMBERED: ("Pasal tanpa nomor ke-{}", "unnumbered Article {}"),
    Unit.AYAT: ("ayat ({})", "paragraph ({})"),
    Unit.HURUF: ("huruf {}", "letter {}"),
    Unit.ANGKA: ("angka {}", "number {}"),
    Unit.ANNEX: ("Lampiran {}", "Appendix {}"),
}
_RUNS_ID = ("kesatu", "kedua", "ketiga", "keempat", "kelima")
_RUNS_EN = ("first", "second", "third", "fourth", "fifth")


def name_all(root: Node, reading: Reading) -> tuple[Provision, ...]:
    """Give every node its id and citation, in the order of the text."""
    prefixes = _prefixes(root)
    names: dict[int, tuple[str, Bilingual]] = {}
    used: Counter[str] = Counter()
    found = []
    for node in root.all():
        reading.steps += 1
        if node is root:
            continue
        parent = None if node.parent is root or node.parent is None else node.parent
        wanted, citation = _name(node, parent, names, prefixes)
        used[wanted] += 1
        again = used[wanted]
        while again > 1 and used[f"{wanted}-{again}"]:
            again += 1
        if again > 1:
            used[wanted] = again
            wanted = f"{wanted}-{again}"
            used[wanted] += 1
            citation = Bilingual(
                id=f"{citation.id} (ke-{again})", en=f"{citation.en} (no. {again})"
            )
        names[id(node)] = (wanted, citation)
        found.append(
            Provision(
                id=wanted,
                unit=node.unit,
                number=node.number,
                parent=None if parent is None else names[id(parent)][0],
                citation=citation,
                title=" ".join(piece.text for piece in node.title),
                pieces=tuple(node.pieces),
                runs=runs_of([piece.line for piece in (*node.pieces, *node.title)] + node.marks),
                reconstructed=node.reconstructed,
            )
        )
    return tuple(found)


def _prefixes(root: Node) -> dict[int, tuple[str, Bilingual]]:
    """For each article of a regulation with colliding numbers: what stands before its number."""
    articles = [node for node in root.all() if node.unit is Unit.PASAL and not _elucidates(node)]
    numbers = Counter(node.number for node in articles)
    if not articles or max(numbers.values()) == 1:
        return {}
    runs = Counter({node.chapter: node.run + 1 for node in articles})
    return {id(node): _prefix(node, runs[node.chapter]) for node in articles}


def _prefix(node: Node, runs: int) -> tuple[str, Bilingual]:
    key = node.chapter or "tanpa-bab"
    chapter = node.chapter.upper()
    bab = Bilingual(
        id=f"BAB {chapter}" if chapter else "Tanpa BAB",
        en=f"Chapter {chapter}" if chapter else "No chapter",
    )
    if runs == 1:
        return key, bab
    known = node.run < len(_RUNS_ID)
    return f"{key}-{letters(node.run)}", Bilingual(
        id=f"{bab.id} (rangkaian {_RUNS_ID[node.run] if known else f'ke-{node.run + 1}'})",
        en=f"{bab.en} ({_RUNS_EN[node.run] if known else f'no. {node.run + 1}'} run)",
    )


def letters(index: int) -> str:
    """``a`` for 0, ``z`` for 25, ``aa`` for 26."""
    written = ""
    index += 1
    while index:
        index, figure = divmod(index - 1, 26)
        written = chr(97 + figure) + written
    return written


def _elucidates(node: Node) -> bool:
    return node.parent is not None and node.parent.unit is Unit.ELUCIDATION


def _name(
    node: Node,
    parent: Node | None,
    names: dict[int, tuple[str, Bilingual]],
    prefixes: dict[int, tuple[str, Bilingual]],
) -> tuple[str, Bilingual]:
    key, own = _own_name(node)
    if node.unit is Unit.PASAL and not _elucidates(node):
        if id(node) not in prefixes:
            return key, own
        prefix, before = prefixes[id(node)]
        return f"{prefix}.{key}", Bilingual(id=f"{before.id} {own.id}", en=f"{before.en} {own.en}")
    if parent is None or (node.unit is Unit.UNNUMBERED and parent.unit in HEADINGS):
        return key, own
    parent_key, before = names[id(parent)]
    comma = "," if node.unit is Unit.UNNUMBERED else ""
    return f"{parent_key}.{key}", Bilingual(
        id=f"{before.id}{comma} {own.id}", en=f"{before.en}{comma} {own.en}"
    )


def _own_name(node: Node) -> tuple[str, Bilingual]:
    if node.unit in _NAMES:
        return node.unit.value, Bilingual(id=_NAMES[node.unit][0], en=_NAMES[node.unit][1])
    shown = node.number.upper() if node.unit in (Unit.BAB, Unit.ANNEX, Unit.PASAL) else node.number
    key = f"{node.unit.value}-{node.number}" if node.number else node.unit.value
    if not shown:
        shown = "" if node.unit is Unit.ANNEX else "..."
    in_indonesian, in_english = (form.format(shown).strip() for form in _NUMBERED[node.unit])
    return key, Bilingual(id=in_indonesian, en=in_english)
