"""The 5 by 5 matrix in a terminal: dots count the level, so that it reads without colour."""

from collections.abc import Mapping, Sequence
from typing import Any

from secaudit.cli.output import emit_text
from secaudit.risk.content import load_scale
from secaudit.text.escape import visible
from secaudit.text.language import current_language, gettext

STYLES = {1: "dim", 2: "cyan", 3: "yellow", 4: "red", 5: "bold red"}
IDS_IN_A_CELL = 4
STEPS = range(1, 6)


def draw(cells: Sequence[Mapping[str, Any]]) -> None:
    """Print the matrix, the highest likelihood on top, and the legend below it."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    language = current_language().value
    scale = load_scale()
    by_place = {(cell["likelihood"], cell["impact"]): cell for cell in cells}
    table = Table(box=box.ASCII2, show_lines=True, header_style="bold", padding=0)
    words = [scale.likelihood[step - 1].in_language(language) for step in STEPS]
    heading = f"{gettext('Likelihood')} \\ {gettext('Impact')}"
    table.add_column(heading, width=_longest_word(heading, *words))
    for impact in STEPS:
        heading = f"{impact} {scale.impact[impact - 1].in_language(language)}"
        table.add_column(heading, width=_longest_word(heading))
    for likelihood in reversed(STEPS):
        row = [Text(f"{likelihood} {words[likelihood - 1]}", style="bold")]
        for impact in STEPS:
            cell = by_place[likelihood, impact]
            row.append(Text(_written(cell), style=STYLES[cell["level"]]))
        table.add_row(*row)
    Console(highlight=False).print(table)
    legend = "   ".join(
        f"{_dots(level)} {scale.level[level - 1].in_language(language)}" for level in STEPS
    )
    emit_text(legend)
    emit_text(scale.source.in_language(language))


def _longest_word(*texts: str) -> int:
    return max(len(word) for text in texts for word in text.split())


def _dots(level: int) -> str:
    return "*" * level


def _written(cell: Mapping[str, Any]) -> str:
    ids = [visible(identity) for identity in cell["risks"]]
    shown = ids[:IDS_IN_A_CELL]
    if len(ids) > IDS_IN_A_CELL:
        shown.append(f"+{len(ids) - IDS_IN_A_CELL}")
    return "\n".join([f"{cell['score']} {_dots(cell['level'])}", *shown])
