"""Small charts as SVG text, the same for HTML and PDF. Colours never speak alone: words do too."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from reports.document import Tone
from reports.plain import printed

FILL: dict[Tone, str] = {
    "critical": "#9b2335",
    "high": "#c8641b",
    "medium": "#d9a521",
    "low": "#5b8db8",
    "info": "#9aa5b1",
    "good": "#4f8a5b",
    "bad": "#9b2335",
    "warn": "#d9a521",
    "plain": "#1d4e6b",
    "mute": "#d5dbe1",
}
_INK = "#1f2933"
_QUIET = "#52606d"
_FONT = 'font-family="Libertinus Serif"'


@dataclass(frozen=True)
class Bar:
    """One bar: its word, its value, its colour."""

    label: str
    value: int
    tone: Tone
    shown: str


def _svg(width: float, height: float, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" {_FONT}>'
        + "".join(parts)
        + "</svg>"
    )


def _text(
    x: float, y: float, text: str, *, size: float = 13, fill: str = _INK, anchor: str = "start",
    weight: str = "normal", turn: bool = False,
) -> str:  # fmt: skip
    rotate = f' transform="rotate(-90 {x:g} {y:g})"' if turn else ""
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" fill="{fill}" text-anchor="{anchor}" '
        f'font-weight="{weight}"{rotate}>{escape(printed(text))}</text>'
    )


def _box(x: float, y: float, width: float, height: float, fill: str, extra: str = "") -> str:
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="{fill}" {extra}/>'
    )


def shares(items: Sequence[Bar]) -> str:
    """One bar in parts, with a legend under it."""
    width, total = 640.0, sum(item.value for item in items) or 1
    parts, x, legend_x, legend_y = [], 0.0, 0.0, 52.0
    for item in items:
        length = round(width * item.value / total, 2)
        if item.value:
            parts.append(_box(x, 0, length, 26, FILL[item.tone], 'stroke="#fff"'))
        x += length
        words = f"{item.label}: {item.shown}"
        if legend_x + 26 + len(words) * 7 > width:
            legend_x, legend_y = 0.0, legend_y + 22
        parts.append(_box(legend_x, legend_y - 11, 12, 12, FILL[item.tone]))
        parts.append(_text(legend_x + 18, legend_y, words, size=13))
        legend_x += 38 + len(words) * 7
    return _svg(width, legend_y + 8, parts)


_BAND_FILL = ("#e4efe6", "#f3f0cf", "#fbe3b5", "#f3bf95", "#e39a96")


@dataclass(frozen=True)
class MatrixCell:
    """One cell: its magnitude, its band (0 lowest) and the ids of the risks in it."""

    magnitude: int
    band: int
    risks: tuple[str, ...]


def matrix(
    cells: Sequence[Sequence[MatrixCell]],
    likelihoods: Sequence[str],
    impacts: Sequence[str],
    likelihood_title: str,
    impact_title: str,
) -> str:
    """The 5 x 5 matrix: likelihood upwards, impact to the right. ``cells[0]`` is likelihood 1."""
    left, top, width, height = 172.0, 6.0, 92.0, 58.0
    parts = []
    for row, line in enumerate(reversed(cells)):
        y = top + row * height
        level = len(cells) - row
        parts.append(
            _text(left - 10, y + height / 2 + 4, f"{level}  {likelihoods[level - 1]}",
                  size=12, anchor="end")
        )  # fmt: skip
        for column, cell in enumerate(line):
            x = left + column * width
            fill = _BAND_FILL[min(cell.band, len(_BAND_FILL) - 1)]
            parts.append(_box(x, y, width, height, fill, 'stroke="#ffffff" stroke-width="2"'))
            parts.append(_text(x + width - 8, y + 17, str(cell.magnitude), size=11, fill=_QUIET,
                               anchor="end"))  # fmt: skip
            parts.extend(_risks_in(cell, x, y))
    bottom = top + len(cells) * height
    for column, impact in enumerate(impacts):
        middle = left + column * width + width / 2
        parts.append(_text(middle, bottom + 18, str(column + 1), size=12, anchor="middle"))
        for line_number, words in enumerate(_wrapped(impact, 16)):
            parts.append(
                _text(middle, bottom + 33 + 13 * line_number, words, size=11, anchor="middle")
            )
    centre = left + len(impacts) * width / 2
    parts.append(_text(centre, bottom + 68, impact_title, size=12, anchor="middle", weight="bold"))
    parts.append(
        _text(14, top + len(cells) * height / 2, likelihood_title, size=12, anchor="middle",
              weight="bold", turn=True)
    )  # fmt: skip
    return _svg(left + len(impacts) * width + 8, bottom + 78, parts)


def _risks_in(cell: MatrixCell, x: float, y: float) -> list[str]:
    if not cell.risks:
        return []
    shown = [cell.risks[index : index + 2] for index in range(0, min(len(cell.risks), 4), 2)]
    lines = [" ".join(pair) for pair in shown]
    if len(cell.risks) > 4:
        lines[-1] = f"{cell.risks[2]} +{len(cell.risks) - 3}"
    return [
        _text(x + 46, y + 34 + 15 * index, line, size=12, anchor="middle", weight="bold")
        for index, line in enumerate(lines)
    ]


def _wrapped(text: str, room: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= room:
            lines[-1] += " " + word
        else:
            lines.append(word)
    return lines[:2]
