"""How a table is laid out in a terminal: nothing is cut, and no word or id is broken.

Text wraps at blanks, and an identifier too long for its column only after ``.``, ``:``, ``/``,
``-``, ``#`` or ``@``; an address or a date is never broken, and a hash into groups. Where the
terminal is too narrow for all columns side by side, those of the highest rank go to a second,
indented line under their row, each with its heading.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

COMFORTABLE = 20
"""A column of text that would become narrower than this goes below its row instead."""
GAP = "  "
BETWEEN = "; "
"""Between the facts of the second line."""
RULE = "─"
_DEEPEST_INDENT = 8
_LONG_WORD = 20
"""A word of more cells than this is an identifier, and may be wrapped at its separators."""
_GROUP = 16
"""What has no separator for twice as long is a hash, or hostile: it wraps in groups of this."""
_BREAKS = re.compile(r"(?<=[/#@])|(?<=:)(?![^\[\]]*\])|(?<=[.\-])(?<!\d[.\-])|(?<=\d[.\-])(?!\d)")
_LABEL = re.compile(r"\s*(?:\d+\.\s+|-\s+|\S.*?\s{2,})")


@dataclass(frozen=True)
class Shape:
    """What the layout knows of a column: its heading, its cells, and how dear its place is."""

    heading: str
    cells: Sequence[str]
    rank: int
    right: bool = False
    no_wrap: bool = False


@dataclass(frozen=True)
class Layout:
    """Which columns stand side by side and how wide, and which go below."""

    widths: dict[int, int]
    """Cells, by the index of the column; in the order of the columns."""
    below: tuple[int, ...]


Measure = Callable[[str], int]


def pieces(word: str, measure: Measure = len) -> list[str]:
    """The parts of a word between which a line may end; a word that is not long is one."""
    if measure(word) <= _LONG_WORD:
        return [word]
    return [part for piece in _BREAKS.split(word) if piece for part in _groups(piece)]


def _groups(piece: str) -> list[str]:
    if len(piece) <= 2 * _GROUP:
        return [piece]
    return [piece[start : start + _GROUP] for start in range(0, len(piece), _GROUP)]


def wrap(text: str, width: int, measure: Measure = len, *, whole_words: bool = False) -> list[str]:
    """Break text into lines of at most ``width`` cells; what cannot be broken may be longer."""
    lines, line = [], ""
    for word in text.split():
        if line and measure(line) + 1 + measure(word) <= width:
            line += f" {word}"
            continue
        if line:
            lines.append(line)
        line = ""
        whole = whole_words or measure(word) <= width
        for piece in [word] if whole else pieces(word, measure):
            if line and measure(line) + measure(piece) > width:
                lines.append(line)
                line = ""
            line += piece
    return [*lines, line] if line or not lines else lines


def wrap_prose(line: str, width: int, measure: Measure = len) -> list[str]:
    """Break one line of a page at blanks; what follows hangs under its text, not its label.

    A label ends with two blanks, a list's mark with one. Words stay whole, so that a command or a
    hash can be copied.
    """
    if measure(line) <= width:
        return [line]
    found = _LABEL.match(line)
    indent = line[: len(line) - len(line.lstrip())]
    label = found[0] if found and measure(found[0]) <= width // 2 else indent
    first, *more = wrap(line[len(label) :], width - measure(label), measure, whole_words=True)
    return [label + first, *(" " * measure(label) + part for part in more)]


def lay_out(shapes: Sequence[Shape], width: int, measure: Measure = len) -> Layout:
    """Fit the columns into ``width`` cells, and send below what has no comfortable room.

    The first column always stays. Of columns of one rank the last goes first.
    """
    order = sorted(range(1, len(shapes)), key=lambda index: (-shapes[index].rank, -index))
    needs = [_need(shape, measure) for shape in shapes]
    for count in range(len(shapes)):
        below = set(order[:count])
        beside = [index for index in range(len(shapes)) if index not in below]
        left = width - sum(needs[index] for index in beside) - len(GAP) * (len(beside) - 1)
        if left >= 0 or len(beside) == 1:
            break
    widths = _widened({index: needs[index] for index in beside}, shapes, left, measure)
    return Layout(widths, tuple(sorted(below)))


def _need(shape: Shape, measure: Measure) -> int:
    """The cells without which the column would be broken or uncomfortable."""
    words = max((measure(word) for word in shape.heading.split()), default=0)
    natural = max((measure(cell) for cell in shape.cells), default=0)
    if shape.no_wrap:
        return max(words, natural)
    unbroken = max(
        (
            measure(piece)
            for cell in shape.cells
            for word in cell.split()
            for piece in pieces(word, measure)
        ),
        default=0,
    )
    return max(words, unbroken, min(natural, COMFORTABLE))


def _widened(
    widths: dict[int, int], shapes: Sequence[Shape], left: int, measure: Measure
) -> dict[int, int]:
    """Share the cells that are left among the columns that wrap, until none wraps."""
    wishes = {
        index: max(measure(text) for text in (shapes[index].heading, *shapes[index].cells))
        for index in widths
    }
    widths = dict(widths)
    while left > 0 and (short := [i for i in widths if widths[i] < wishes[i]]):
        for index in short[:left]:
            widths[index] += 1
        left -= min(left, len(short))
    return widths


def heading_lines(shapes: Sequence[Shape], layout: Layout, measure: Measure = len) -> list[str]:
    """The headings of the columns that stand side by side, aligned at the bottom, and the rule."""
    wrapped = {i: wrap(shapes[i].heading, width, measure) for i, width in layout.widths.items()}
    height = max(len(lines) for lines in wrapped.values())
    padded = {i: [""] * (height - len(lines)) + lines for i, lines in wrapped.items()}
    lines = [
        GAP.join(
            pad(padded[i][row], width, right=shapes[i].right, measure=measure)
            for i, width in layout.widths.items()
        ).rstrip()
        for row in range(height)
    ]
    rule = RULE * (sum(layout.widths.values()) + len(GAP) * (len(layout.widths) - 1))
    return [*lines, rule]


def pad(text: str, width: int, *, right: bool, measure: Measure = len) -> str:
    """Fill up with blanks to ``width`` cells."""
    blanks = " " * (width - measure(text))
    return blanks + text if right else text + blanks


def lines_below(
    shapes: Sequence[Shape], layout: Layout, row: int, width: int, measure: Measure = len
) -> list[str]:
    """What stands under one row: each fact that is not empty, with its heading."""
    indent = " " * min(next(iter(layout.widths.values())) + len(GAP), _DEEPEST_INDENT)
    facts = [
        f"{_label(shapes[index].heading)} {shapes[index].cells[row]}"
        for index in layout.below
        if shapes[index].cells[row]
    ]
    lines: list[str] = []
    for number, fact in enumerate(facts):
        shown = fact + (BETWEEN.rstrip() if number < len(facts) - 1 else "")
        room = width - len(indent)
        if lines and measure(lines[-1]) + 1 + measure(shown) <= room:
            lines[-1] += f" {shown}"
        else:
            lines.extend(wrap(shown, room, measure))
    return [indent + line for line in lines]


def _label(heading: str) -> str:
    return heading if heading.endswith("?") else f"{heading}:"
