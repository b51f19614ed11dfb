"""BAB, Bagian, Paragraf and Pasal: where each begins, and what lies in what.

One line may hold a whole chain of them. ``Pasal 7`` in a sentence that was broken off there is a
reference. An article printed as ``Pasal ...`` is counted within the numbered article before it, and
so are the chapters (``BAB ...``) and parts that stand between such articles.
"""

from collections import Counter
from dataclasses import dataclass

from controls.regulation.growing import Node, Reading
from controls.regulation.lines import Segment
from controls.regulation.marks import (
    Heading,
    HeadingKind,
    ended,
    heading_at,
    next_heading,
    refers,
    sentence_ended,
)
from controls.regulation.tree import Piece, Unit
from secaudit.text.language import N_

_CHAIN = 400
"""Within so many characters the next heading of a chain must begin."""
_PEEK = 400
"""So many characters after a heading tell whether it is one."""
_LONGEST_TITLE = 120
_INDEXED = "...."
MISSING = N_("Pasal {first} to {last} have no heading of their own: look in Pasal {before}")
MISSING_ONE = N_("Pasal {first} has no heading of its own: look for its text in Pasal {before}")
RESTARTS = N_("the numbers of the articles begin again with Pasal {number}")
CHAPTER_AGAIN = N_("BAB {number} occurs again")


@dataclass(frozen=True)
class Taken:
    """A heading line was placed: what it opened, and the words of the line that go into it."""

    part: Node
    rest: str


class Headings:
    """Where in the numbered parts the reading stands."""

    def __init__(self, reading: Reading, root: Node) -> None:
        self._reading = reading
        self._root = root
        self._levels: dict[Unit, Node] = {}
        """The open BAB, Bagian and Paragraf."""
        self._waiting: list[Node] = []
        """Headings that are to hang in the hierarchy, or in the article before, as follows."""
        self._article: Node | None = None
        self._last = 0
        self._chapter = ""
        self._runs: dict[str, int] = {}
        self._unnumbered: Counter[int] = Counter()
        self._after_heading = False
        self.articles = 0
        """How many articles there are so far, those without number counted too."""

    def take(self, segment: Segment, before: str, *, only_next: bool = False) -> Taken | None:
        """Place a line that begins with a heading; None where it is text.

        ``before`` is the text before it; ``only_next`` takes nothing but the next article.
        """
        text, position = segment.text, 0
        part: Node | None = None
        while (heading := heading_at(text, position)) is not None:
            self._reading.steps += 1
            rest = text[heading.end : heading.end + _PEEK].lstrip(" :")
            if heading.kind is HeadingKind.PASAL:
                if not self._is_article(heading, rest, segment, before, chained=part is not None):
                    break
                if only_next and not self._is_next(heading):
                    break
                rest = text[heading.end :].lstrip(" :")
                return self._open_article(heading, rest, segment)
            if only_next or not _is_heading(rest, before):
                break
            part = self._open_heading(heading, segment.line)
            following = next_heading(text, heading.end, _CHAIN)
            end = len(text) if following is None else following.start
            title = text[heading.end : end].strip(" :")
            if title:
                part.title.append(Piece(segment.line, title))
            if following is None:
                return Taken(part, "")
            position = following.start
        if part is None:
            return None
        return Taken(part, text[position:])

    def _is_next(self, heading: Heading) -> bool:
        number = _value(heading.number)
        return number == self._last + 1 or (number == self._last and heading.number[-1:].isalpha())

    def _is_article(
        self, heading: Heading, rest: str, segment: Segment, before: str, *, chained: bool
    ) -> bool:
        if refers(before) or _INDEXED in rest:
            return False
        if not heading.number:
            return not rest or rest[0].isupper() or rest[0] in '(“"'
        in_order = self._is_next(heading)
        after_heading = chained or self._after_heading
        if not rest:
            return in_order or after_heading or sentence_ended(before)
        if not (rest.startswith("(1)") or rest[0].isupper()):
            return False
        if rest.startswith("(1)"):
            return in_order or ended(before)
        return (in_order or segment.headed) and (after_heading or ended(before))

    def _open_heading(self, heading: Heading, line: int) -> Node:
        self._after_heading = True
        self._reading.nodes += 1
        node = Node(Unit(heading.kind.value), heading.number, marks=[line])
        if node.unit is Unit.BAB and node.number:
            self._settle(None)
            if node.number in self._runs:
                self._runs[node.number] += 1
                self._reading.remark(line, CHAPTER_AGAIN, number=node.number.upper())
            else:
                self._runs[node.number] = 0
            self._chapter = node.number
            self._article = None
            self._hang(node)
        else:
            self._waiting.append(node)
        return node

    def _open_article(self, heading: Heading, rest: str, segment: Segment) -> Taken:
        self.articles += 1
        self._after_heading = False
        if not heading.number:
            wrapper = self._article
            self._settle(wrapper)
            parent = wrapper or self._deepest()
            self._unnumbered[id(parent)] += 1
            number = str(self._unnumbered[id(parent)])
            node = self._reading.child(parent, Unit.UNNUMBERED, number, segment.line)
        else:
            self._settle(None)
            node = self._numbered(heading, segment.line)
        if _is_title(heading, rest, segment):
            node.title.append(Piece(segment.line, rest))
            rest = ""
        return Taken(node, rest)

    def _numbered(self, heading: Heading, line: int) -> Node:
        number = _value(heading.number)
        if number and not self._is_next(heading):
            if number <= self._last:
                self._begin_again(heading, number, line)
            elif self._last:
                missing = {"first": self._last + 1, "last": number - 1, "before": self._last}
                several = number - self._last > 2
                self._reading.remark(line, MISSING if several else MISSING_ONE, **missing)
        node = self._reading.child(self._deepest(), Unit.PASAL, heading.number, line)
        node.chapter = self._chapter
        node.run = self._runs.setdefault(self._chapter, 0)
        self._last = number or self._last
        self._article = node
        return node

    def _begin_again(self, heading: Heading, number: int, line: int) -> None:
        """The numbering restarts: a new run, unless the chapter is new as well."""
        if self._article is not None:
            self._runs[self._chapter] = self._runs.get(self._chapter, 0) + 1
        self._reading.remark(line, RESTARTS, number=heading.number)

    def _settle(self, wrapper: Node | None) -> None:
        """Hang the waiting headings: in the article around them, or in the hierarchy."""
        waiting, self._waiting = self._waiting, []
        for node in waiting:
            if wrapper is None:
                self._hang(node)
            else:
                node.parent = wrapper
                wrapper.children.append(node)

    def _hang(self, node: Node) -> None:
        order = (Unit.BAB, Unit.BAGIAN, Unit.PARAGRAF)
        for unit in order[order.index(node.unit) :]:
            self._levels.pop(unit, None)
        node.parent = self._deepest()
        node.parent.children.append(node)
        self._levels[node.unit] = node

    def _deepest(self) -> Node:
        for unit in (Unit.PARAGRAF, Unit.BAGIAN, Unit.BAB):
            if unit in self._levels:
                return self._levels[unit]
        return self._root

    def finish(self) -> None:
        """Hang the headings after which nothing came."""
        self._settle(None)


def _is_heading(rest: str, before: str) -> bool:
    if refers(before) or _INDEXED in rest:
        return False
    return not rest or rest[0].isupper() or not rest[0].isalnum()


def _is_title(heading: Heading, rest: str, segment: Segment) -> bool:
    """Whether the words after ``Pasal 28`` on its line are its title, and not its text."""
    if not rest or not heading.number or rest.startswith("("):
        return False
    return segment.headed or (len(rest) <= _LONGEST_TITLE and not ended(rest))


def _value(number: str) -> int:
    """The figures of an article's number; 0 for a roman one, which counts in no order."""
    digits = "".join(figure for figure in number if figure.isdigit())
    return int(digits) if digits else 0
