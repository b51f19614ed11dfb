"""From the segments of a text to the tree of a regulation, in one pass and linear time."""

import re
from dataclasses import replace
from itertools import pairwise

from controls.regulation.annex import annex_number, is_elucidation, read_elucidation
from controls.regulation.displaced import bare_runs, read_inside
from controls.regulation.growing import Node, Reading
from controls.regulation.headings import Headings
from controls.regulation.lines import Segment, Skipped, segments, split_lines
from controls.regulation.lists import ListReader
from controls.regulation.marks import HeadingKind, heading_at
from controls.regulation.naming import name_all
from controls.regulation.title import require_indonesian, title_of
from controls.regulation.tree import Piece, Regulation, Unit
from secaudit.core.errors import InputError
from secaudit.text.language import N_

_PREAMBLE = (
    (Unit.CONSIDERING, re.compile(r"(?:Menimbang|MENIMBANG)\s?(?::\s?|$)")),
    (Unit.RECALLING, re.compile(r"(?:Mengingat|MENGINGAT)\s?(?::\s?|$)")),
    (Unit.NOTING, re.compile(r"(?:Memperhatikan|MEMPERHATIKAN)\s?(?::\s?|$)")),
    (Unit.CONSENT, re.compile(r"(?=(?:Dengan|DENGAN)\s(?:Persetujuan|PERSETUJUAN)\s)")),
    (Unit.DECIDING, re.compile(r"(?:MEMUTUSKAN|M\sE\sM\sU\sT\sU\sS\sK\sA\sN)\s?:?\s?")),
)
_ENACTING = re.compile(r"(?:Menetapkan|MENETAPKAN)\s?(?::\s?|$)")
_CLOSING = re.compile(
    r"(?=Agar setiap orang (?:dapat )?mengetahui|(?:Ditetapkan|Disahkan|Diundangkan) di\s)"
)
_HEADING_WORDS = frozenset({"Bagian", "BAGIAN", "Paragraf", "PARAGRAF"})
_LISTED = frozenset({Unit.CONSIDERING, Unit.RECALLING, Unit.NOTING})


def parse(text: str, source: str) -> Regulation:
    """Read a regulation. Raises InputError where it has no article or is in another language."""
    found = list(segments(text))
    words = _rejoined([item for item in found if isinstance(item, Segment)])
    require_indonesian(words, source)
    reading = Reading(source, displaced=_is_displaced(words))
    reading.unplaced.extend(item for item in found if isinstance(item, Skipped))
    reading.steps += len(found)
    root = _Parser(reading).read(words)
    reading.give_up_loose()
    return Regulation(
        **title_of(root),
        provisions=name_all(root, reading),
        unplaced=tuple(sorted(reading.unplaced, key=lambda item: item.line)),
        remarks=tuple(sorted(reading.remarks, key=lambda item: item.line)),
        lines=len(split_lines(text)),
        steps=reading.steps,
    )


def _rejoined(words: list[Segment]) -> list[Segment]:
    """Give a heading its word back that the line before ends in: ``BAB VI ... Bagian | Kesatu``."""
    joined = list(words)
    for index, (here, following) in enumerate(pairwise(words)):
        rest, _, word = here.text.rpartition(" ")
        heading = heading_at(here.text) if word in _HEADING_WORDS else None
        if heading is None or heading.kind is HeadingKind.PASAL:
            continue
        whole = f"{word} {following.text}"
        if heading_at(whole) is not None:
            joined[index] = replace(here, text=rest)
            joined[index + 1] = replace(following, text=whole)
    return joined


def _is_displaced(words: list[Segment]) -> bool:
    """Whether two marks in a row stand without text, as text recognition leaves them."""
    return bool(bare_runs(words))


class _Parser:
    """Tells the parts of a regulation apart and gives each its segments."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._root = Node(Unit.TITLE)
        self._part = reading.child(self._root, Unit.TITLE)
        self._buffer: list[Segment] = []
        self._headings = Headings(reading, self._root)
        self._before = ""
        """The text before, to know whether a sentence is open."""

    def read(self, words: list[Segment]) -> Node:
        """Read all segments into a tree whose root stands for the document."""
        for index, segment in enumerate(words):
            self._reading.steps += 1
            if self._headings.articles and is_elucidation(segment):
                self._close()
                self._read_elucidation(words[index:])
                break
            if self._headings.articles and annex_number(segment.text) is not None:
                self._close()
                index = self._read_annexes(words[index:]) + index
                if index < len(words):
                    self._read_elucidation(words[index:])
                break
            self._place(segment)
        self._close()
        self._headings.finish()
        if not self._headings.articles:
            raise InputError(
                N_("no Pasal found"),
                hint=N_("the file is no Indonesian regulation, or its text was not recognised"),
                source=self._reading.source,
            )
        return self._root

    def _place(self, segment: Segment) -> None:
        if self._begins_part(segment):
            return
        in_closing = self._part.unit is Unit.CLOSING
        if self._headings.articles or in_closing or self._may_begin(segment):
            taken = self._headings.take(segment, self._before, only_next=in_closing)
            if taken is not None:
                self._change_to(taken.part)
                self._before = ""
                if taken.rest:
                    self._place_text(Segment(segment.line, taken.rest))
                return
        self._place_text(segment)

    def _place_text(self, segment: Segment) -> None:
        self._buffer.append(segment)
        self._before = segment.text

    def _begins_part(self, segment: Segment) -> bool:
        """Open a part of the preamble, or the closing."""
        if self._headings.articles:
            if self._part.unit is Unit.CLOSING or not _CLOSING.match(segment.text):
                return False
            self._change_to(self._reading.child(self._root, Unit.CLOSING))
            self._place_text(segment)
            return True
        for unit, pattern in (*_PREAMBLE, (Unit.ENACTING, _ENACTING)):
            match = pattern.match(segment.text)
            decided = any(part.unit is Unit.DECIDING for part in self._root.children)
            if match is None or (unit is Unit.ENACTING) != decided:
                continue
            if any(part.unit is unit for part in self._root.children):
                continue
            self._change_to(self._reading.child(self._root, unit, line=segment.line))
            rest = segment.text[match.end() :]
            if rest:
                self._place_text(Segment(segment.line, rest))
            return True
        return False

    def _may_begin(self, segment: Segment) -> bool:
        """Whether the articles may begin here: after the preamble, or with the first of all."""
        heading = heading_at(segment.text)
        if heading is None:
            return False
        in_preamble = self._part.unit in _LISTED
        alone = not segment.text[heading.end :].strip()
        return not in_preamble or (heading.number in {"i", "1"} and alone)

    def _change_to(self, part: Node) -> None:
        self._close()
        self._part = part

    def _close(self) -> None:
        """Place what was kept for the current part."""
        buffer, self._buffer = self._buffer, []
        if not buffer:
            return
        part = self._part
        if part.unit in {Unit.BAB, Unit.BAGIAN, Unit.PARAGRAF}:
            part.title.extend(_pieces(buffer))
        elif part.unit in {Unit.PASAL, Unit.UNNUMBERED}:
            read_inside(self._reading, ListReader(self._reading, part, ayat=True), buffer)
        elif part.unit in _LISTED:
            lists = ListReader(self._reading, part, ayat=False)
            for segment in buffer:
                lists.place(segment)
        else:
            part.pieces.extend(_pieces(buffer))

    def _read_elucidation(self, words: list[Segment]) -> None:
        """Read an elucidation and all that is after it; there is but one."""
        rest = read_elucidation(self._reading, self._root, words)
        self._read_annexes(words[rest:], elucidated=True)

    def _read_annexes(self, words: list[Segment], *, elucidated: bool = False) -> int:
        """Read what is appended, as it stands, up to an elucidation. Return how many segments."""
        part: Node | None = None
        seen: dict[str, Node] = {}
        for index, segment in enumerate(words):
            self._reading.steps += 1
            if is_elucidation(segment) and not elucidated:
                return index
            number = annex_number(segment.text)
            if number is not None:
                if number not in seen:
                    seen[number] = self._reading.child(self._root, Unit.ANNEX, number)
                part = seen[number]
            (part or self._closing()).take(segment.line, segment.text)
        return len(words)

    def _closing(self) -> Node:
        last = self._root.children[-1]
        if last.unit in {Unit.CLOSING, Unit.ELUCIDATION}:
            return last
        return self._reading.child(self._root, Unit.CLOSING)


def _pieces(buffer: list[Segment]) -> list[Piece]:
    return [Piece(segment.line, segment.text) for segment in buffer]
