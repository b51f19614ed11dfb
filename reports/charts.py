"""Small charts as SVG text, the same for HTML and PDF. Colours never speak alone: words do too."""

from collections.abc import Sequence
from dataclasses import dataclass

from reports.document import Tone
from reports.svg import box, svg, text

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


@dataclass(frozen=True)
class Bar:
    """One bar: its word, its value, its colour."""

    label: str
    value: int
    tone: Tone
    shown: str


def shares(items: Sequence[Bar]) -> str:
    """One bar in parts, with a legend under it."""
    width, total = 640.0, sum(item.value for item in items) or 1
    parts, x, legend_x, legend_y = [], 0.0, 0.0, 52.0
    for item in items:
        length = round(width * item.value / total, 2)
        if item.value:
            parts.append(box(x, 0, length, 26, FILL[item.tone], 'stroke="#fff"'))
        x += length
        words = f"{item.label}: {item.shown}"
        if legend_x + 26 + len(words) * 7 > width:
            legend_x, legend_y = 0.0, legend_y + 22
        parts.append(box(legend_x, legend_y - 11, 12, 12, FILL[item.tone]))
        parts.append(text(legend_x + 18, legend_y, words, size=13))
        legend_x += 38 + len(words) * 7
    return svg(width, legend_y + 8, parts)
