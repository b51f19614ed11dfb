"""The tree while it grows: nodes that can still take words, and what is remarked on the way."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from controls.regulation.lines import Segment, Skipped
from controls.regulation.marks import Mark, Style
from controls.regulation.tree import Piece, Remark, Unit
from secaudit.core.errors import InputError
from secaudit.text.language import N_

MOST_NODES = 100_000
MOST_LOOSE = 50
LOST_TEXT = N_("a number without its text")


@dataclass
class Node:
    """One part of the regulation that is still being read."""

    unit: Unit
    number: str = ""
    parent: "Node | None" = None
    title: list[Piece] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    """Lines on which only its number stands."""
    children: list["Node"] = field(default_factory=list)
    reconstructed: bool = False
    chapter: str = ""
    """Of an article: its BAB, a small roman number."""
    run: int = 0
    """Of an article: how often the numbering had begun anew within its BAB."""

    @property
    def tail(self) -> str:
        """The last words that it holds; a short piece with the one before it."""
        if len(self.pieces) > 1 and len(self.pieces[-1].text) < 12:
            return f"{self.pieces[-2].text} {self.pieces[-1].text}"
        return self.pieces[-1].text if self.pieces else ""

    def take(self, line: int, text: str) -> None:
        """Add words."""
        if text:
            self.pieces.append(Piece(line, text))
        else:
            self.marks.append(line)

    def all(self) -> Iterator["Node"]:
        """The node and all below it, in order. Not recursive: the depth is the source's."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.children))


@dataclass
class Reading:
    """What one reading of one text shares: the source's name, the remarks, the work done."""

    source: str
    remarks: list[Remark] = field(default_factory=list)
    unplaced: list[Skipped] = field(default_factory=list)
    loose: list[tuple[Segment, Mark]] = field(default_factory=list)
    """Numbers that stand apart from their text, not yet used."""
    displaced: bool = False
    """Whether numbers stand apart from their texts in this source, as scans leave them."""
    steps: int = 0
    nodes: int = 0

    def remark(self, line: int, message: str, **facts: object) -> None:
        """Note something odd."""
        self.remarks.append(Remark(line, message, facts))

    def child(self, parent: Node, unit: Unit, number: str = "", line: int | None = None) -> Node:
        """A new node below ``parent``. Raises InputError when there are too many."""
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise InputError(
                N_("more than {limit} provisions"),
                hint=N_("no regulation has so many: give the text of one regulation"),
                source=self.source,
                line=line,
                limit=MOST_NODES,
            )
        node = Node(unit, number, parent)
        if line is not None:
            node.marks.append(line)
        parent.children.append(node)
        return node

    def wait(self, segment: Segment, mark: Mark) -> None:
        """Keep a number until its text comes; the oldest of too many is given up."""
        self.loose.append((segment, mark))
        if len(self.loose) > MOST_LOOSE:
            segment, _ = self.loose.pop(0)
            self.unplaced.append(Skipped(segment.line, segment.text, LOST_TEXT))

    def has_loose(self, style: Style, value: int) -> bool:
        """Whether a number is waiting for its text."""
        return any(mark.style is style and mark.value == value for _, mark in self.loose)

    def take_loose(self, style: Style, value: int) -> int | None:
        """The line of a waiting number, which then waits no longer."""
        for index, (segment, mark) in enumerate(self.loose):
            if mark.style is style and mark.value == value:
                del self.loose[index]
                return segment.line
        return None

    def give_up_loose(self) -> None:
        """List the numbers whose text was not found."""
        self.unplaced.extend(
            Skipped(segment.line, segment.text, LOST_TEXT) for segment, _ in self.loose
        )
        self.loose.clear()
