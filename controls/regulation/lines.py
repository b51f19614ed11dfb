"""From a text to its segments: what stands on a line, without Markdown and HTML around it.

A converted regulation may hold a whole chapter in one table cell, or one sentence on five lines.
A segment is a piece of one line between two breaks (the line's ends, a paragraph or list tag, a
cell). Lines are counted from 1 as an editor counts them: CR LF, LF or CR ends one. Every pattern
here looks at each character a bounded number of times.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from controls.regulation.marks import heading_at, is_bare_mark
from secaudit.text.language import N_

_LINE_END = re.compile(r"\r\n|\n|\r")
_BREAK = "\x1f"
_BLOCK_TAG = re.compile(
    r"</?(?:p|div|ul|ol|li|br|hr|tr|td|th|table|thead|tbody|h[1-6]|center)(?:\s[^<>]{0,500})?/?>",
    re.IGNORECASE,
)
_INLINE_TAG = re.compile(
    r"</?(?:i|b|em|strong|u|a|span|font|sup|sub|small|s)(?:\s[^<>]{0,500})?>", re.IGNORECASE
)
_OTHER_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,500}>|<!--[^<>]{0,500}-->")
_ENTITY = re.compile(r"&(amp|nbsp|lt|gt|quot|apos|#39|#160);")
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "#39": "'"}
_EMPHASIS = re.compile(r"(?<=\S)\*{1,3}|\*{1,3}(?=\S)")
_HEADING = re.compile(r"\s{0,8}#{1,6}\s+")
_BULLETS = re.compile(r"\s{0,200}(?:[-*+•–▪●>]\s+){1,4}")
_NO_WORD = re.compile(r"[\s\-=_|:.*#+~]*")
_PAGE_NUMBER = re.compile(r"[-–—]\s*\d{1,4}\s*[-–—]|(?:[Hh]al(?:aman)?\.?|Page)\s*\d{1,4}")
_SENTENCE_MARKS = frozenset(":;.")
_SENTENCE = re.compile(r"\s\S{0,40}[a-z]")
_BARE_NUMBER = re.compile(r"\d{1,4}")
_UNSEEN = {
    **dict.fromkeys((*range(0x09), 0x0E, 0x0F, *range(0x10, 0x20), *range(0x7F, 0xA0)), " "),
    **dict.fromkeys((0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF), None),
    **dict.fromkeys(range(0x202A, 0x202F), None),
    **dict.fromkeys(range(0x2066, 0x206A), None),
}
MARKUP_ONLY = N_("nothing but markup or a table's rule")
PAGE_NUMBER = N_("a page number")


@dataclass(frozen=True)
class Segment:
    """Some text of one line, white space collapsed, never empty."""

    line: int
    text: str
    headed: bool = False
    """Whether Markdown marks it as a heading."""


@dataclass(frozen=True)
class Skipped:
    """A line without any word of the regulation, and why it was left out."""

    line: int
    text: str
    reason: str
    """An English template for gettext."""


def split_lines(text: str) -> list[str]:
    """The lines of a text; a form feed does not end one."""
    return _LINE_END.split(text)


def segments(text: str) -> Iterator[Segment | Skipped]:
    """Every line that is not blank gives segments, or is skipped with its reason."""
    lines = split_lines(text)
    edges = _page_edges(lines)
    before: Segment | None = None
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        if _PAGE_NUMBER.fullmatch(line.strip()) or (
            number in edges and _BARE_NUMBER.fullmatch(line.strip())
        ):
            yield Skipped(number, line.strip(), PAGE_NUMBER)
            continue
        found = list(_of_line(number, line))
        if not found and _ends(before, number, line.strip()):
            found = [Segment(number, line.strip())]
        if found:
            before = found[-1]
            yield from found
        else:
            yield Skipped(number, line.strip()[:200], MARKUP_ONLY)


def _ends(before: Segment | None, number: int, text: str) -> bool:
    """Whether a mark alone on its line ends the sentence of the line before it.

    After a label such as ``Menimbang`` or a heading it does not.
    """
    return (
        text in _SENTENCE_MARKS
        and before is not None
        and before.line == number - 1
        and _SENTENCE.search(before.text) is not None
        and heading_at(before.text) is None
    )


def _page_edges(lines: list[str]) -> set[int]:
    """Numbers of the first and last lines with text around each form feed."""
    edges: set[int] = set()
    written = 0
    after_break = False
    for number, line in enumerate(lines, start=1):
        broken = "\f" in line
        if broken:
            edges.add(written)
            after_break = True
        if line.strip():
            if after_break:
                edges.add(number)
                after_break = False
            written = number
    if edges:
        edges.add(written)
    return edges


def _of_line(number: int, line: str) -> Iterator[Segment]:
    if "<" in line:
        line = _OTHER_TAG.sub(" ", _INLINE_TAG.sub("", _BLOCK_TAG.sub(_BREAK, line)))
    if "&" in line:
        line = _ENTITY.sub(lambda match: _ENTITIES.get(match[1], " "), line)
    if line.lstrip().startswith("|"):
        line = line.replace("|", _BREAK)
    if "\t" in line.strip():
        line = _cells(line)
    for part in line.split(_BREAK):
        segment = _segment(number, part)
        if segment is not None:
            yield segment


def _cells(line: str) -> str:
    """Break a line at its tabs, but not between a mark such as ``(1)`` and its text."""
    cells = line.strip().split("\t")
    written = [cells[0]]
    for before, cell in pairwise(cells):
        written += (" " if is_bare_mark(before.strip()) else _BREAK, cell)
    return "".join(written)


def _segment(number: int, part: str) -> Segment | None:
    part = part.translate(_UNSEEN)
    headed = _HEADING.match(part)
    if headed:
        part = part[headed.end() :]
    bullets = _BULLETS.match(part)
    if bullets:
        part = part[bullets.end() :]
    if "*" in part:
        part = _EMPHASIS.sub("", part)
    text = " ".join(part.split())
    if not text or _NO_WORD.fullmatch(text):
        return None
    return Segment(number, text, bool(headed))
