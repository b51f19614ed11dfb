"""What stands after the articles: the elucidation (Penjelasan) and what is appended (Lampiran).

The elucidation repeats the number of every article; what it says of ``Pasal 2 huruf e`` gets the id
``penjelasan.pasal-2.huruf-e``. An appendix is kept as it stands: tables and figures have no form
that could be relied on.
"""

import re

from controls.regulation.growing import Node, Reading
from controls.regulation.lines import Segment
from controls.regulation.marks import refers, sentence_ended
from controls.regulation.tree import Unit

_TITLE = re.compile(
    r"(?:PENJELASAN|P E N J E L A S A N)(?: ATAS)?(?: (?:PERATURAN|UNDANG).{0,400})?"
)
_ANNEX = re.compile(
    r"LAMPIRAN(?: (?P<number>[IVX]{1,6}|\d{1,3}|[A-Z]))?(?![\w.])(?P<rest>.{0,400})"
)
_GENERAL = re.compile(r"(?:[IVX]{1,4}|[A-Z]|\d)?[.)]?\s?(?:PENJELASAN )?UMUM[.:]?")
_BY_ARTICLE = re.compile(r"(?:[IVX]{1,4}|[A-Z]|\d)?[.)]?\s?(?:PENJELASAN )?PASAL DEMI PASAL[.:]?")
_GAZETTE = re.compile(r"TAMBAHAN (?:LEMBARAN|BERITA)")
_UNIT = re.compile(
    r"(?P<pasal>Pasal (?P<pasal_number>\d{1,4}[A-Z]{0,2}|[IVX]{1,5})(?!\w))"
    r"|(?P<ayat>Ayat \((?P<ayat_number>\d{1,3}[a-z]?)\))"
    r"|(?P<huruf>Huruf (?P<huruf_number>[a-z])(?!\w))"
    r"|(?P<angka>Angka (?P<angka_number>\d{1,3})(?!\w))"
)
_DEPTH = {Unit.PASAL: 0, Unit.AYAT: 1, Unit.HURUF: 2, Unit.ANGKA: 3}


def is_elucidation(segment: Segment) -> bool:
    """Whether the elucidation begins here."""
    if _TITLE.fullmatch(segment.text):
        return True
    return segment.headed and segment.text.casefold() == "penjelasan"


def annex_number(text: str) -> str | None:
    """The number of an appendix that begins here: small roman or arabic, empty without one."""
    match = _ANNEX.fullmatch(text)
    if match is None or match["rest"] != match["rest"].upper():
        return None
    return (match["number"] or "").lower()


def read_elucidation(reading: Reading, root: Node, words: list[Segment]) -> int:
    """Read an elucidation up to an appendix. Return how many segments were read."""
    top = reading.child(root, Unit.ELUCIDATION)
    reader = _Elucidation(reading, top)
    for index, segment in enumerate(words):
        reading.steps += 1
        if annex_number(segment.text) is not None:
            return index
        reader.place(segment)
    return len(words)


class _Elucidation:
    def __init__(self, reading: Reading, top: Node) -> None:
        self._reading = reading
        self._top = top
        self._here = top
        self._last = 0
        self._by_article = False
        self._before = ""

    def place(self, segment: Segment) -> None:
        """Place one segment."""
        if _BY_ARTICLE.fullmatch(segment.text):
            self._by_article = True
            self._here = self._top
            self._top.marks.append(segment.line)
        elif self._here is self._top and _GENERAL.fullmatch(segment.text):
            self._here = self._reading.child(self._top, Unit.GENERAL, line=segment.line)
        elif self._by_article and _GAZETTE.match(segment.text):
            self._here = self._reading.child(self._top, Unit.CLOSING)
            self._here.take(segment.line, segment.text)
        else:
            rest = self._descend(segment)
            if rest:
                self._here.take(segment.line, rest)
        self._before = segment.text

    def _descend(self, segment: Segment) -> str:
        """Go where the marks at the beginning of the segment lead; return the words after them."""
        text = segment.text
        while (match := _UNIT.match(text)) is not None:
            self._reading.steps += 1
            unit = next(unit for unit in _DEPTH if match[unit.value])
            rest = text[match.end() :].lstrip(" .:")
            if not self._is_mark(unit, match, rest):
                break
            number = match[f"{unit.value}_number"].lower()
            if unit is Unit.PASAL:
                self._by_article = True
                self._last = _figure(number) or self._last
            self._here = self._reading.child(self._parent(unit), unit, number, segment.line)
            self._before = ""
            text = rest
        return text

    def _is_mark(self, unit: Unit, match: re.Match[str], rest: str) -> bool:
        if refers(self._before) or (rest and not (rest[0].isupper() or _UNIT.match(rest))):
            return False
        if unit is not Unit.PASAL:
            return self._by_article and self._here is not self._top
        number = _figure(match["pasal_number"])
        if not self._by_article:
            return number == 1 and not rest
        in_order = number > self._last or number == 0
        return in_order and (number == self._last + 1 or sentence_ended(self._before))

    def _parent(self, unit: Unit) -> Node:
        if unit is Unit.PASAL:
            return self._top
        node = self._here
        while node.unit not in _DEPTH or _DEPTH[node.unit] >= _DEPTH[unit]:
            if node.parent is None or node.parent is self._top or node is self._top:
                break
            node = node.parent
        return node


def _figure(number: str) -> int:
    digits = "".join(figure for figure in number if figure.isdigit())
    return int(digits) if digits else 0
