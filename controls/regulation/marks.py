"""The marks by which a regulation numbers its parts, and where each begins.

Form follows Undang-Undang 12/2011, Lampiran II: BAB with a roman number, Bagian with an ordinal
in words, Paragraf and Pasal with a number, ayat in brackets, huruf with a point, angka with a point
or a bracket. Every pattern is anchored or bounded, so that a hostile line costs linear time.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

_ONES = ("satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan")
_ONE = "|".join(_ONES)


def _ordinal_pattern(group: str) -> str:
    """Match an ordinal in words, torn apart or glued too: ``Ketigabelas``, ``Kedua puluh``."""
    return (
        rf"(?i:pertama|ke\s?(?P<{group}_one>sepuluh|sebelas|{_ONE})"
        rf"(?:\s{{0,2}}(?P<{group}_ten>belas|puluh)(?:\s{{0,2}}(?P<{group}_last>{_ONE}))?)?)(?!\w)"
    )


_BLANK = r"\.{3,}|…+|_{2,}"
_HEADINGS = re.compile(
    rf"(?P<bab>BAB\s+(?P<bab_number>[IVXLCDM]{{1,12}}(?!\w)|\d{{1,3}}(?!\w)|{_BLANK}))"
    rf"|(?P<bagian>B(?:agian|AGIAN)\s+{_ordinal_pattern('bagian')})"
    rf"|(?P<paragraf>P(?:aragraf|ARAGRAF)\s+"
    rf"(?:(?P<paragraf_number>\d{{1,3}})(?!\w)|{_ordinal_pattern('paragraf')}))"
    rf"|(?P<pasal>P(?:asal|ASAL)\s+"
    rf"(?P<pasal_number>\d{{1,4}}[A-Z]{{0,2}}(?!\w)|[IVX]{{1,5}}(?!\w)|{_BLANK}))"
)
_MARK = re.compile(
    r"\((?P<ayat>\d{1,3}[a-z]?)\)"
    r"|(?P<huruf>[a-z])(?P<huruf_end>[.)])(?=\s|$)"
    r"|(?P<angka>\d{1,3})(?P<angka_end>[.)])(?=\s|$|[A-Z])"
)
_INLINE = re.compile(
    r"(?:(?<=[\s;:.,])|(?<=dan)|(?<=atau))(?=[(a-z0-9])" + f"(?:{_MARK.pattern})(?=\\s)"
)
_BREAK_BEFORE = re.compile(r"(?:[;:.]|[;,]\s{0,3}(?:dan/atau|dan|atau|serta))\s{0,3}$")
_ENDED = re.compile(r"(?:[;:.,]|(?<!\w)(?:dan/atau|dan|atau|serta))\s{0,3}$")
_REFERS = re.compile(
    r"(?<!\w)(?:ayat|huruf|angka|nomor|pasal|dengan|sampai|dalam|pada)$"
    r"|(?<![;,.:\s])\s(?:dan|atau|dan/atau)$",
    re.IGNORECASE,
)
_TAIL = 48
_ROMAN = re.compile(r"(M{0,3})(CM|CD|D?C{0,3})(XC|XL|L?X{0,3})(IX|IV|V?I{0,3})")
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}


class Style(StrEnum):
    """How a list is numbered."""

    AYAT = "(1)"
    HURUF = "a."
    ANGKA = "1."
    HURUF_BRACKET = "a)"
    ANGKA_BRACKET = "1)"


@dataclass(frozen=True)
class Mark:
    """One number of a list, at ``start`` of a text; what it numbers begins at ``end``."""

    style: Style
    value: int
    label: str
    """As written: ``1``, ``c``, ``2a``."""
    start: int
    end: int


class HeadingKind(StrEnum):
    """The numbered parts above and around articles."""

    BAB = "bab"
    BAGIAN = "bagian"
    PARAGRAF = "paragraf"
    PASAL = "pasal"


@dataclass(frozen=True)
class Heading:
    """A heading at ``start`` of a text. ``number`` is empty for one printed as ``...``."""

    kind: HeadingKind
    number: str
    start: int
    end: int


def mark_at_start(text: str) -> Mark | None:
    """The mark with which a text begins."""
    match = _MARK.match(text)
    return None if match is None else _mark(match)


def is_bare_mark(text: str) -> bool:
    """Whether a text is a mark alone, its words lost or on the next line."""
    return len(text) <= 6 and _MARK.fullmatch(text) is not None


def inline_marks(text: str, begin: int) -> Iterator[Mark]:
    """What may be a mark within a text: it stands where a clause ends. Not all are marks."""
    for match in _INLINE.finditer(text, begin):
        if _BREAK_BEFORE.search(text, max(begin, match.start() - _TAIL), match.start()):
            yield _mark(match)


def _mark(match: re.Match[str]) -> Mark:
    if match["ayat"]:
        digits = re.match(r"\d+", match["ayat"])
        value = int(digits[0]) if digits else 0
        return Mark(Style.AYAT, value, match["ayat"], match.start(), match.end())
    if match["huruf"]:
        style = Style.HURUF if match["huruf_end"] == "." else Style.HURUF_BRACKET
        return Mark(style, ord(match["huruf"]) - 96, match["huruf"], match.start(), match.end())
    style = Style.ANGKA if match["angka_end"] == "." else Style.ANGKA_BRACKET
    value = int(match["angka"])
    return Mark(style, value, str(value), match.start(), match.end())


def heading_at(text: str, position: int = 0) -> Heading | None:
    """The heading that begins at ``position``. Only its words are looked at, not what follows."""
    match = _HEADINGS.match(text, position)
    return None if match is None else _heading(match)


def next_heading(text: str, position: int, limit: int) -> Heading | None:
    """The next heading after a space, within ``limit`` characters."""
    for match in _HEADINGS.finditer(text, position, min(len(text), position + limit)):
        if match.start() and text[match.start() - 1] == " ":
            return _heading(match)
    return None


def _heading(match: re.Match[str]) -> Heading:
    for kind in HeadingKind:
        if match[kind.value]:
            break
    if kind is HeadingKind.BAB:
        number = _roman_text(match["bab_number"])
    elif kind is HeadingKind.BAGIAN:
        number = str(_ordinal(match, "bagian"))
    elif kind is HeadingKind.PARAGRAF:
        number = match["paragraf_number"] or str(_ordinal(match, "paragraf"))
    else:
        number = match["pasal_number"] if match["pasal_number"][0].isalnum() else ""
    return Heading(kind, number.lower(), match.start(), match.end())


def _roman_text(number: str) -> str:
    if not number[0].isalnum():
        return ""
    return roman(int(number)) if number.isdigit() else number


def _ordinal(match: re.Match[str], group: str) -> int:
    one, ten, last = (match[f"{group}_{part}"] for part in ("one", "ten", "last"))
    if one is None:
        return 1
    one = one.lower()
    value = {"sepuluh": 10, "sebelas": 11}.get(one) or _ONES.index(one) + 1
    if ten is None:
        return value
    if ten.lower() == "belas":
        return value + 10
    return value * 10 + (_ONES.index(last.lower()) + 1 if last else 0)


def roman(value: int) -> str:
    """A number in roman figures, 1 to 3999."""
    written = ""
    for figure, size in (
        *(("M", 1000), ("CM", 900), ("D", 500), ("CD", 400), ("C", 100), ("XC", 90)),
        *(("L", 50), ("XL", 40), ("X", 10), ("IX", 9), ("V", 5), ("IV", 4), ("I", 1)),
    ):
        while value >= size:
            written, value = written + figure, value - size
    return written


def roman_value(text: str) -> int | None:
    """The number that roman figures write; None where they are not well formed."""
    text = text.upper()
    if not text or not _ROMAN.fullmatch(text):
        return None
    values = [_ROMAN_VALUES[figure] for figure in text]
    return sum(
        -value if value < following else value
        for value, following in zip(values, [*values[1:], 0], strict=True)
    )


def ended(text: str) -> bool:
    """Whether a clause ends here: a stop, a colon, a comma, or ``dan``. Empty text has ended."""
    return not text or _ENDED.search(text, max(0, len(text) - _TAIL)) is not None


def sentence_ended(text: str) -> bool:
    """Whether a sentence ends here. Empty text has ended."""
    return not text or text[-1] in '.;:!?”"'


def refers(text: str) -> bool:
    """Whether a text breaks off in a reference: ``sebagaimana dimaksud pada ayat``."""
    return _REFERS.search(text, max(0, len(text) - _TAIL)) is not None


def made_mark(style: Style, value: int) -> Mark:
    """A mark that the source does not print."""
    letters = style in (Style.HURUF, Style.HURUF_BRACKET)
    label = chr(96 + value) if letters and value <= 26 else str(value)
    return Mark(style, value, label, 0, 0)
