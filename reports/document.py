"""A report as sections of blocks: what is said, apart from how HTML or PDF lays it out.

Blocks hold plain text, never markup. Text that came from a target may stand anywhere: the
renderers make every string harmless for the place where they put it.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

Tone = Literal["critical", "high", "medium", "low", "info", "good", "bad", "warn", "plain", "mute"]
Align = Literal["left", "right", "center"]


@dataclass(frozen=True)
class Plain:
    """Running text in a cell."""

    kind: ClassVar[str] = "plain"

    text: str
    strong: bool = False


@dataclass(frozen=True)
class Code:
    """An identity, an address or a hash: fixed width, broken anywhere. ``full`` shows on hover."""

    kind: ClassVar[str] = "code"

    text: str
    full: str = ""


@dataclass(frozen=True)
class Badge:
    """A word from a closed list, coloured; the word says all that the colour does."""

    kind: ClassVar[str] = "badge"

    text: str
    tone: Tone


@dataclass(frozen=True)
class Lines:
    """Several inlines, one to a line."""

    kind: ClassVar[str] = "lines"

    items: tuple[Plain | Code | Badge, ...]


Cell = Plain | Code | Badge | Lines


@dataclass(frozen=True)
class Paragraph:
    """Running text; ``lead`` is larger, ``small`` smaller."""

    kind: ClassVar[str] = "paragraph"

    text: str
    style: Literal["normal", "lead", "small"] = "normal"


@dataclass(frozen=True)
class Callout:
    """A box that must not be overlooked."""

    kind: ClassVar[str] = "callout"

    tone: Tone
    title: str
    text: str


@dataclass(frozen=True)
class Bullets:
    """A list."""

    kind: ClassVar[str] = "bullets"

    items: tuple[str, ...]
    numbered: bool = False


@dataclass(frozen=True)
class Fact:
    """A label and its value."""

    label: str
    value: Cell


@dataclass(frozen=True)
class Facts:
    """Labels with values, one pair to a line."""

    kind: ClassVar[str] = "facts"

    rows: tuple[Fact, ...]


@dataclass(frozen=True)
class Tile:
    """One number of the summary, and what it means."""

    value: str
    label: str
    tone: Tone = "plain"


@dataclass(frozen=True)
class Tiles:
    """The numbers of the summary, side by side."""

    kind: ClassVar[str] = "tiles"

    items: tuple[Tile, ...]


@dataclass(frozen=True)
class Column:
    """A column: heading, share of the width, alignment."""

    heading: str
    width: int = 10
    align: Align = "left"


@dataclass(frozen=True)
class Table:
    """A table with its caption. ``fault`` if a row has another number of cells than columns."""

    kind: ClassVar[str] = "table"

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def __post_init__(self) -> None:
        """Refuse a ragged table."""
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"a row of {self.caption!r} does not fit its columns")


@dataclass(frozen=True)
class Figure:
    """A chart as SVG, with its caption and a text that says the same."""

    kind: ClassVar[str] = "figure"

    svg: str
    caption: str
    alternative: str
    width: int = 100
    """Share of the text's width, in percent."""


@dataclass(frozen=True)
class Group:
    """A headed block that a list of contents leaves out, such as one check with its findings."""

    kind: ClassVar[str] = "group"

    title: str
    badge: Badge | None
    blocks: tuple["Block", ...]


Block = Paragraph | Callout | Bullets | Facts | Tiles | Table | Figure | Group


@dataclass(frozen=True)
class Section:
    """A numbered section. ``anchor`` is unique in the document, plain ASCII."""

    anchor: str
    title: str
    blocks: tuple[Block, ...] = ()
    sections: tuple["Section", ...] = ()
    new_page: bool = False
    compact: bool = False
    """Set closely, because it is to fit on one page."""


@dataclass(frozen=True)
class Document:
    """A whole report."""

    language: str
    title: str
    subtitle: str
    organisation: str
    unit: str
    identity: str
    """The pack's or report's id: derived from the content."""
    mark: str
    """What every page must carry, such as that the city is a sample; empty for none."""
    cover: Facts
    sections: tuple[Section, ...]
    labels: dict[str, str]
    """The few words that layout itself needs: contents, page, of."""
