"""How many findings were open on each day of a period, drawn as steps: a count never slopes."""

from collections.abc import Sequence
from dataclasses import dataclass

from reports.charts import FILL
from reports.svg import INK, QUIET, line, svg, text

_LEFT, _TOP, _WIDTH, _HEIGHT = 44.0, 10.0, 590.0, 150.0
_GRID = 'stroke="#d5dbe1" stroke-width="1"'


@dataclass(frozen=True)
class DayCount:
    """The end of one day; accepted findings are not among the open ones."""

    open: int
    accepted: int


@dataclass(frozen=True)
class BurnWords:
    """What stands around the steps: both ends of the period, and the two counts."""

    first: str
    last: str
    open: str
    accepted: str


def burn_down(days: Sequence[DayCount], words: BurnWords) -> str:
    """Draw the days of a period, at least two. Accepted findings are a dashed line, where any."""
    top = _round_up(max(max(day.open, day.accepted) for day in days))
    parts = []
    for value in sorted({0, top // 2, top} if top > 1 else {0, top}):
        y = _y(value, top)
        parts.append(line(_LEFT, y, _LEFT + _WIDTH, y, _GRID))
        parts.append(text(_LEFT - 8, y + 4, f"{value}", size=11, fill=QUIET, anchor="end"))
    steps = _steps([day.open for day in days], top)
    ground = _y(0, top)
    parts.append(
        f'<path d="{steps} V{ground:g} H{_LEFT:g} Z" fill="{FILL["low"]}" fill-opacity="0.25"/>'
    )
    parts.append(f'<path d="{steps}" fill="none" stroke="{FILL["plain"]}" stroke-width="2"/>')
    bottom = _TOP + _HEIGHT
    legend = [(words.open, f'stroke="{FILL["plain"]}" stroke-width="2"')]
    if any(day.accepted for day in days):
        dashes = f'stroke="{FILL["high"]}" stroke-width="1.5" stroke-dasharray="5 4"'
        accepted = _steps([day.accepted for day in days], top)
        parts.append(f'<path d="{accepted}" fill="none" {dashes}/>')
        legend.append((words.accepted, dashes))
    parts.append(text(_LEFT, bottom + 17, words.first, size=11, fill=QUIET))
    parts.append(text(_LEFT + _WIDTH, bottom + 17, words.last, size=11, fill=QUIET, anchor="end"))
    x = _LEFT
    for said, stroke in legend:
        parts.append(line(x, bottom + 36, x + 22, bottom + 36, stroke))
        parts.append(text(x + 28, bottom + 40, said, size=12, fill=INK))
        x += 48 + len(said) * 7
    return svg(_LEFT + _WIDTH + 6, bottom + 50, parts)


def _steps(values: Sequence[int], top: int) -> str:
    """A path that holds each value for its day."""
    width = _WIDTH / len(values)
    path = f"M{_LEFT:g} {_y(values[0], top):g}"
    for index, value in enumerate(values, 1):
        if index < len(values) and values[index] == value:
            continue
        path += f" H{_LEFT + index * width:.2f}"
        if index < len(values):
            path += f" V{_y(values[index], top):g}"
    return path


def _y(value: int, top: int) -> float:
    return round(_TOP + _HEIGHT * (1 - value / top), 2)


def _round_up(value: int) -> int:
    """The least of 1, 2, 4, 6, 8, 10, 20, 40 ... that is no less, so that the half is whole."""
    step = 1
    while value > 8 * step:
        step *= 10
    return next(factor * step for factor in (1, 2, 4, 6, 8) if value <= factor * step)
