"""The inside of an article: ayat, huruf and angka, and the words that belong to each.

Indentation says nothing (a page break restarts it), so that the order of the numbers decides: a
mark opens a list, or is the next of one that is open. What breaks the order is taken as a
reference where a sentence is still open, and remarked on where none is.
"""

from dataclasses import dataclass

from controls.regulation.growing import Node, Reading
from controls.regulation.lines import Segment
from controls.regulation.marks import (
    Mark,
    Style,
    ended,
    inline_marks,
    made_mark,
    mark_at_start,
    refers,
)
from controls.regulation.tree import Piece, Unit
from secaudit.text.language import N_

UNITS = {
    Style.AYAT: Unit.AYAT,
    Style.HURUF: Unit.HURUF,
    Style.ANGKA: Unit.ANGKA,
    Style.HURUF_BRACKET: Unit.HURUF,
    Style.ANGKA_BRACKET: Unit.ANGKA,
}
_DEEPEST = 6
_LONGEST_TITLE = 120
_FARTHEST = 20
"""A number this far ahead of the last is no item whose predecessors were lost."""
GAP = N_("{unit} {number} follows {before}: what is between them is missing")
REPEATED = N_("{unit} {number} occurs again")
BEGINS_LATE = N_("a list begins at {unit} {number}")


@dataclass
class _Item:
    style: Style
    value: int
    node: Node


class ListReader:
    """Fills one part with its segments. ``ayat`` says whether it may have numbered paragraphs."""

    def __init__(self, reading: Reading, owner: Node, *, ayat: bool) -> None:
        self._reading = reading
        self._owner = owner
        self._ayat = ayat
        self._open: list[_Item] = []
        self._last_ayat = 0

    @property
    def here(self) -> Node:
        """The node that takes the next words."""
        return self._open[-1].node if self._open else self._owner

    def read(self, segments: list[Segment]) -> None:
        """Place every segment of a text whose numbers stand where they belong."""
        for segment in _without_title(self._owner, segments):
            self.place(segment)

    def place(self, segment: Segment) -> None:
        """Place one segment at its marks."""
        text, position = segment.text, 0
        while (mark := mark_at_start(text[position : position + 12])) is not None:
            self._reading.steps += 1
            if not self.follow(mark, segment.line, at_start=True):
                break
            position += mark.end
            while position < len(text) and text[position] == " ":
                position += 1
        begin = position
        for mark in inline_marks(text, position):
            self._reading.steps += 1
            if self._accepts_inline(mark, text[max(begin, mark.start - 4) : mark.start].rstrip()):
                self.here.take(segment.line, text[begin : mark.start].strip())
                self.follow(mark, segment.line, at_start=False)
                begin = mark.end + 1
        if begin < len(text):
            self.here.take(segment.line, text[begin:].strip())

    def _accepts_inline(self, mark: Mark, before: str) -> bool:
        """Within a line only the number that must come next is a mark; ``a`` follows a colon."""
        tail = before or self.here.tail
        if mark.style is Style.AYAT:
            return self._ayat and mark.value == self._last_ayat + 1
        if mark.value == 1:
            return tail.endswith(":") and self._may_open(mark.style, tail)
        return self._continued(mark) is not None

    def follow(self, mark: Mark, line: int, *, at_start: bool, reconstructed: bool = False) -> bool:
        """Open what the mark numbers. False where the mark is part of a sentence."""
        tail = self.here.tail
        if at_start and (refers(tail) or (mark.style is Style.AYAT and not self._ayat)):
            return False
        if mark.style is Style.AYAT:
            return self._follow_ayat(mark, line, tail, reconstructed=reconstructed)
        depth = self._continued(mark)
        if depth is not None:
            self._append(depth, mark, line, reconstructed=reconstructed)
            return True
        if mark.value == 1 and self._may_open(mark.style, tail):
            self._append(len(self._open), mark, line, reconstructed=reconstructed)
            return True
        return ended(tail) and self._follow_odd(mark, line, tail)

    def _continued(self, mark: Mark) -> int | None:
        """Where in the open lists the mark is the next number, from the inside out."""
        for depth in range(len(self._open) - 1, -1, -1):
            item = self._open[depth]
            if item.style is mark.style and item.value + 1 == mark.value:
                return depth
        return None

    def _depth_of(self, style: Style) -> int | None:
        for depth in range(len(self._open) - 1, -1, -1):
            if self._open[depth].style is style:
                return depth
        return None

    def _may_open(self, style: Style, tail: str) -> bool:
        if len(self._open) >= _DEEPEST:
            return False
        return self._depth_of(style) is None or tail.endswith(":")

    def _follow_ayat(self, mark: Mark, line: int, tail: str, *, reconstructed: bool) -> bool:
        if mark.value != self._last_ayat + 1:
            if not ended(tail):
                return False
            if mark.value <= self._last_ayat:
                self._remark(line, REPEATED, mark)
            elif mark.value > self._last_ayat + _FARTHEST:
                return False
            else:
                self._remark(line, GAP, mark, before=f"({self._last_ayat})")
        self._last_ayat = mark.value
        self._append(0, mark, line, reconstructed=reconstructed)
        return True

    def _follow_odd(self, mark: Mark, line: int, tail: str) -> bool:
        """A number out of order where a clause has ended: an oddity of the source."""
        depth = self._depth_of(mark.style)
        if depth is None:
            if not tail.endswith(":") and self.here.pieces:
                return False
            if mark.value > 1:
                self._remark(line, BEGINS_LATE, mark)
            self._append(len(self._open), mark, line)
            return True
        last = self._open[depth].value
        if mark.value > last + _FARTHEST:
            return False
        if mark.value <= last:
            self._remark(line, REPEATED, mark)
        else:
            self._remark(line, GAP, mark, before=self._open[depth].node.number)
        self._append(depth, mark, line)
        return True

    def _append(self, depth: int, mark: Mark, line: int, *, reconstructed: bool = False) -> None:
        del self._open[depth:]
        parent = self.here
        node = self._reading.child(parent, UNITS[mark.style], mark.label, line)
        node.reconstructed = reconstructed
        self._open.append(_Item(mark.style, mark.value, node))

    def _remark(self, line: int, message: str, mark: Mark, **facts: object) -> None:
        unit = UNITS[mark.style].value
        self._reading.remark(line, message, unit=unit, number=mark.label, **facts)

    # For numbers that a scan tore from their text.

    @property
    def next_ayat(self) -> int:
        """The number that the next paragraph would have."""
        return self._last_ayat + 1

    def next_mark(self, *, outermost: bool) -> Mark | None:
        """The number that the next item of an open list would have."""
        items = [item for item in self._open if item.style is not Style.AYAT]
        if not items:
            return None
        item = items[0] if outermost else items[-1]
        return made_mark(item.style, item.value + 1)

    def first_mark(self) -> Mark:
        """The number with which a new list below the open ones would begin."""
        style = Style.HURUF if self._depth_of(Style.HURUF) is None else Style.ANGKA_BRACKET
        return made_mark(style, 1)


def _without_title(owner: Node, segments: list[Segment]) -> list[Segment]:
    """Take an article's title off: a short line without a stop, before ayat (1)."""
    if owner.unit is not Unit.PASAL or owner.title or len(segments) < 2:
        return segments
    first, second = segments[0], mark_at_start(segments[1].text[:12])
    is_title = (
        second is not None
        and second.style is Style.AYAT
        and second.value == 1
        and len(first.text) <= _LONGEST_TITLE
        and first.text[0].isupper()
        and not ended(first.text)
        and not refers(first.text)
    )
    if not is_title:
        return segments
    owner.title.append(Piece(first.line, first.text))
    return segments[1:]
