"""Articles of a scanned text whose numbers stand apart from what they number.

Text recognition gathers the numbers of a page at its head, or loses them. What is left is the
order: a paragraph that begins where a sentence has ended is the next ayat or the next item. Every
number that is set so is marked as reconstructed, and no number that the source still prints is
contradicted.
"""

import re
from itertools import pairwise

from controls.regulation.growing import Reading
from controls.regulation.lines import Segment
from controls.regulation.lists import ListReader
from controls.regulation.marks import (
    Mark,
    Style,
    ended,
    is_bare_mark,
    made_mark,
    mark_at_start,
    refers,
)

_OWN_AYAT = re.compile(r"pada\s+ayat\s+\(1\)")
_ITEM_ENDED = re.compile(r";\s{0,3}(?:dan|atau|dan/atau)?$")
_JOINING = frozenset({"dan", "atau", "dan/atau"})
_MANY = 10_000


def read_inside(reading: Reading, lists: ListReader, segments: list[Segment]) -> None:
    """Fill one part with its segments, in the manner that its text wants."""
    if reading.displaced:
        _DisplacedReader(reading, lists, segments).read()
    else:
        lists.read(segments)


class _DisplacedReader:
    """Reads the segments of one article of such a text."""

    def __init__(self, reading: Reading, lists: ListReader, segments: list[Segment]) -> None:
        self._reading = reading
        self._lists = lists
        self._segments = segments
        self._bare = bare_runs(segments)
        self._printed = self._printed_ayat()
        self._has_ayat = (
            any(number < _MANY for number in self._printed)
            or reading.has_loose(Style.AYAT, 1)
            or any(_OWN_AYAT.search(both) for both in _pairs(segments))
        )

    def read(self) -> None:
        """Place every segment."""
        for index, segment in enumerate(self._segments):
            self._reading.steps += 1
            mark = mark_at_start(segment.text[:12])
            if mark is not None and is_bare_mark(segment.text):
                if index in self._bare or not self._lists.follow(mark, segment.line, at_start=True):
                    self._reading.wait(segment, mark)
                continue
            if mark is None:
                guessed = self._guess(segment, self._printed[index])
                if guessed is not None:
                    self._open(guessed, segment)
            self._lists.place(segment)

    def _printed_ayat(self) -> list[int]:
        """For each segment, the next ayat number that is printed in its place, or a large one."""
        following = [_MANY] * (len(self._segments) + 1)
        for index in range(len(self._segments) - 1, -1, -1):
            text = self._segments[index].text
            mark = mark_at_start(text[:12])
            before = self._segments[index - 1].text if index else ""
            following[index] = following[index + 1]
            printed = mark is not None and mark.style is Style.AYAT and index not in self._bare
            if mark is not None and printed and not refers(before):
                following[index] = mark.value
        return following

    def _guess(self, segment: Segment, printed: int) -> Mark | None:
        """The number that this paragraph has lost; None where it goes on with the last one."""
        lists = self._lists
        tail = lists.here.tail
        if not tail and not lists.here.reconstructed and lists.here.unit.value != "pasal":
            return None
        if not ended(tail) or tail.endswith(",") or segment.text in _JOINING:
            return None
        begins = segment.text[0].isupper()
        ayat = self._has_ayat and lists.next_ayat < printed
        if not tail or (tail.endswith(".") and begins):
            if ayat and begins:
                return made_mark(Style.AYAT, lists.next_ayat)
            return lists.next_mark(outermost=True) if tail else None
        if tail.endswith(":"):
            return lists.first_mark()
        return lists.next_mark(outermost=False) if _ITEM_ENDED.search(tail[-12:]) else None

    def _open(self, mark: Mark, segment: Segment) -> None:
        line = self._reading.take_loose(mark.style, mark.value)
        self._lists.follow(
            mark, segment.line if line is None else line, at_start=False, reconstructed=True
        )


def _pairs(segments: list[Segment]) -> list[str]:
    """Each segment with the beginning of the next, as a reference may run over a line's end."""
    texts = [segment.text for segment in segments]
    return [f"{first} {second[:12]}" for first, second in pairwise(texts)] or texts


def bare_runs(segments: list[Segment]) -> set[int]:
    """Indexes of segments in runs of two or more marks without any text."""
    found: set[int] = set()
    for index in range(1, len(segments)):
        if is_bare_mark(segments[index].text) and is_bare_mark(segments[index - 1].text):
            found |= {index - 1, index}
    return found
