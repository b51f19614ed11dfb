"""The risk matrix as SVG.

Every cell says its level in a word and a number, so that it is read in black and white as well; the
fills only grow darker.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from reports.svg import QUIET, box, line, svg, text, wrapped

_FILLS = ("#f6f7f4", "#e9ecdc", "#f0dcae", "#e2b384", "#c98277")
"""From light to dark, in grey as in colour."""
_STANDALONE_FONTS = "Libertinus Serif, Noto Serif, DejaVu Serif, Georgia, serif"
_WIDTH, _HEIGHT, _LEFT, _TOP = 112.0, 62.0, 172.0, 8.0
_IDS_IN_A_CELL = 4
_BELOW = 80.0
_EDGE = 'stroke="#1f2933" stroke-width="2.6" stroke-linecap="square"'


@dataclass(frozen=True)
class MatrixCell:
    """One cell: its magnitude, its band (0 lowest), the band's word, and the ids of its risks."""

    magnitude: int
    band: int
    risks: tuple[str, ...]
    word: str = ""


@dataclass(frozen=True)
class Drawing:
    """A matrix to draw. ``cells[0]`` is likelihood 1; likelihood grows upwards, impact right."""

    cells: Sequence[Sequence[MatrixCell]]
    likelihoods: Sequence[str]
    impacts: Sequence[str]
    likelihood_title: str
    impact_title: str
    appetite: int | None = None
    """A heavy line runs between what is to be treated, from this magnitude on, and the rest."""

    @property
    def width(self) -> float:
        """The room that it takes."""
        return _LEFT + len(self.impacts) * _WIDTH + 10

    @property
    def height(self) -> float:
        """The room that it takes."""
        return _TOP + len(self.cells) * _HEIGHT + _BELOW


@dataclass(frozen=True)
class Band:
    """One line of the legend: the word of a level and the magnitudes in it."""

    word: str
    magnitudes: str


@dataclass(frozen=True)
class Sheet:
    """A matrix that stands alone, with all that a reader needs to understand it."""

    title: str
    subtitle: str
    drawing: Drawing
    bands: Sequence[Band]
    appetite_note: str
    risks: Sequence[tuple[str, str, str]]
    """Id, title and level of each risk in it."""
    notes: Sequence[str]


def fill_of(band: int, bands: int) -> str:
    """The fill of a band, so that the lowest is always the lightest and the highest the darkest."""
    if bands <= 1:
        return _FILLS[0]
    return _FILLS[round(min(band, bands - 1) * (len(_FILLS) - 1) / (bands - 1))]


def matrix(drawing: Drawing, bands: int = len(_FILLS)) -> str:
    """Draw a matrix for a report."""
    return svg(drawing.width, drawing.height, _parts(drawing, bands))


def _parts(drawing: Drawing, bands: int) -> list[str]:
    parts: list[str] = []
    rows = len(drawing.cells)
    for row, cells in enumerate(reversed(drawing.cells)):
        y = _TOP + row * _HEIGHT
        step = rows - row
        words = wrapped(drawing.likelihoods[step - 1], 20, 2)
        for index, said in enumerate(words):
            shown = f"{step}  {said}" if index == 0 else said
            down = y + _HEIGHT / 2 + 4 + (index - (len(words) - 1) / 2) * 14
            parts.append(text(_LEFT - 10, down, shown, size=12, anchor="end"))
        for column, cell in enumerate(cells):
            parts.extend(_cell(cell, _LEFT + column * _WIDTH, y, bands))
    if drawing.appetite is not None:
        parts.extend(_appetite_line(drawing, drawing.appetite))
    bottom = _TOP + rows * _HEIGHT
    for column, impact in enumerate(drawing.impacts):
        middle = _LEFT + column * _WIDTH + _WIDTH / 2
        parts.append(text(middle, bottom + 18, str(column + 1), size=12, anchor="middle"))
        for index, said in enumerate(wrapped(impact, 18, 2)):
            parts.append(text(middle, bottom + 33 + 13 * index, said, size=11, anchor="middle"))
    centre = _LEFT + len(drawing.impacts) * _WIDTH / 2
    parts.append(
        text(centre, bottom + 69, drawing.impact_title, size=12, anchor="middle", weight="bold")
    )
    parts.append(
        text(14, _TOP + rows * _HEIGHT / 2, drawing.likelihood_title, size=12, anchor="middle",
             weight="bold", turn=True)
    )  # fmt: skip
    return parts


def _cell(cell: MatrixCell, x: float, y: float, bands: int) -> list[str]:
    fill = fill_of(cell.band, bands)
    parts = [
        box(x, y, _WIDTH, _HEIGHT, fill, 'stroke="#8b97a3" stroke-width="0.8"'),
        text(x + _WIDTH - 7, y + 16, str(cell.magnitude), size=13, anchor="end"),
        text(x + 7, y + 15, cell.word, size=9.5),
    ]
    if not cell.risks:
        return parts
    shown = list(cell.risks[:_IDS_IN_A_CELL])
    if len(cell.risks) > _IDS_IN_A_CELL:
        shown = [*cell.risks[: _IDS_IN_A_CELL - 1], f"+{len(cell.risks) - _IDS_IN_A_CELL + 1}"]
    pairs = [shown[index : index + 2] for index in range(0, len(shown), 2)]
    first = y + (43 if len(pairs) == 1 else 36)
    return parts + [
        text(x + _WIDTH / 2, first + 15 * index, "  ".join(pair), size=11, anchor="middle",
             weight="bold")
        for index, pair in enumerate(pairs)
    ]  # fmt: skip


def _appetite_line(drawing: Drawing, appetite: int) -> list[str]:
    """The edges between cells that are to be treated and cells that are not."""
    rows = len(drawing.cells)
    above = [[cell.magnitude >= appetite for cell in cells] for cells in drawing.cells]
    parts = []
    for row, cells in enumerate(above):
        y = _TOP + (rows - 1 - row) * _HEIGHT
        for column, treated in enumerate(cells):
            x = _LEFT + column * _WIDTH
            if column + 1 < len(cells) and cells[column + 1] != treated:
                parts.append(line(x + _WIDTH, y, x + _WIDTH, y + _HEIGHT, _EDGE))
            if row + 1 < rows and above[row + 1][column] != treated:
                parts.append(line(x, y, x + _WIDTH, y, _EDGE))
    return parts


def matrix_sheet(sheet: Sheet) -> str:
    """Draw a matrix as a file that is looked at alone: heading, legend, the risks and the notes."""
    drawing = sheet.drawing
    width = max(drawing.width, 620.0) + 40
    room = int((width - 40) / 7)
    parts = [text(20, 34, sheet.title, size=19, weight="bold")]
    y = 54.0
    for said in wrapped(sheet.subtitle, room):
        parts.append(text(20, y, said, size=12, fill=QUIET))
        y += 16
    inner = "".join(_parts(drawing, len(sheet.bands)))
    parts.append(f'<g transform="translate(16 {y + 4:g})">{inner}</g>')
    y += drawing.height + 20
    for index, band in enumerate(sheet.bands):
        fill = fill_of(index, len(sheet.bands))
        parts.append(box(20, y - 10, 22, 13, fill, 'stroke="#8b97a3" stroke-width="0.8"'))
        parts.append(text(50, y, f"{band.magnitudes}  {band.word}", size=12))
        y += 18
    if sheet.appetite_note:
        parts.append(line(20, y - 4, 42, y - 4, _EDGE))
        parts.append(text(50, y, sheet.appetite_note, size=12))
        y += 18
    y += 10
    for identity, title, level in sheet.risks:
        parts.append(text(20, y, identity, size=12, weight="bold"))
        for index, said in enumerate(wrapped(f"{title}: {level}", room - 10)):
            y += 15 if index else 0
            parts.append(text(84, y, said, size=12))
        y += 18
    y += 6
    for note in sheet.notes:
        for said in wrapped(note, room):
            parts.append(text(20, y, said, size=11, fill=QUIET))
            y += 14
        y += 4
    height = y + 10
    background = box(0, 0, width, height, "#ffffff")
    return svg(width, height, [background, *parts], font=_STANDALONE_FONTS, sized=True) + "\n"
