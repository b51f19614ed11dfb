"""The few shapes that our drawings are made of, as SVG text."""

from collections.abc import Sequence
from html import escape

from reports.plain import printed

INK = "#1f2933"
QUIET = "#52606d"
FONT = "Libertinus Serif"


def svg(
    width: float, height: float, parts: Sequence[str], *, font: str = FONT, sized: bool = False
) -> str:
    """A drawing; ``sized`` gives it a size of its own, for a file that is looked at alone."""
    size = f' width="{width:g}" height="{height:g}"' if sized else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}"{size}'
        f' font-family="{font}">' + "".join(parts) + "</svg>"
    )


def text(
    x: float, y: float, said: str, *, size: float = 13, fill: str = INK, anchor: str = "start",
    weight: str = "normal", turn: bool = False,
) -> str:  # fmt: skip
    """One line of text at its baseline."""
    rotate = f' transform="rotate(-90 {x:g} {y:g})"' if turn else ""
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" fill="{fill}" text-anchor="{anchor}" '
        f'font-weight="{weight}"{rotate}>{escape(printed(said))}</text>'
    )


def box(x: float, y: float, width: float, height: float, fill: str, extra: str = "") -> str:
    """A filled rectangle."""
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="{fill}" {extra}/>'
    )


def line(x1: float, y1: float, x2: float, y2: float, extra: str) -> str:
    """A straight line."""
    return f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" {extra}/>'


def wrapped(said: str, room: int, most: int | None = None) -> list[str]:
    """Break a text into lines of about ``room`` characters, at most ``most`` of them."""
    lines: list[str] = []
    for word in said.split():
        if lines and len(lines[-1]) + 1 + len(word) <= room:
            lines[-1] += " " + word
        else:
            lines.append(word)
    if most is not None and len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1] + " ..."]
    return lines
