"""``secaudit risk matrix`` and ``scales``: in a terminal, where dots count levels, and as SVG."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from secaudit.cli.command import Command, argument, format_option, option, record_format_option
from secaudit.cli.output import Column, Format, emit_json, emit_list, emit_text, say
from secaudit.cli.risk_options import at_option, plain_day
from secaudit.cli.session import Session, pass_session
from secaudit.text.escape import visible
from secaudit.text.language import N_, current_language, gettext

if TYPE_CHECKING:
    from secaudit.app.risks import Matrix
    from secaudit.risk.scale import Scale

STYLES = ("dim", "cyan", "yellow", "red", "bold red")
IDS_IN_A_CELL = 4
WHICH = {
    "current": N_("current risk"),
    "inherent": N_("inherent risk"),
    "residual": N_("residual risk"),
}


@click.command(
    "matrix", cls=Command, help=N_("Draw the register as a matrix of likelihood and impact.")
)
@option(
    "--score",
    "which",
    type=click.Choice(tuple(WHICH)),
    default="current",
    show_default=True,
    help=N_("Which of the scores."),
)
@at_option
@option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    help=N_("Write a drawing to this file, whose name ends in .svg."),
)
@option("--force", is_flag=True, help=N_("Replace a file that is there."))
@record_format_option
@pass_session
def matrix(
    session: Session,
    which: str,
    day: datetime | None,
    output: Path | None,
    force: bool,
    format_: str,
) -> None:
    """Draw the matrix."""
    from secaudit.app.risks import risk_matrix

    if output is not None:
        from secaudit.app.risk_drawing import write_matrix

        write_matrix(session.workspace, output, which, plain_day(day), overwrite=force)
        say(gettext("Written: {path}").format(path=output))
        return
    drawn = risk_matrix(session.workspace, which, plain_day(day))
    if format_ == "json":
        emit_json([dict(cell) for cell in drawn.cells])
        return
    draw(drawn)


def draw(drawn: "Matrix") -> None:
    """Print the matrix, the highest likelihood on top, and the legend below it."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    language, scale = current_language().value, drawn.scale
    by_place = {(cell["likelihood"], cell["impact"]): cell for cell in drawn.cells}
    table = Table(box=box.ASCII2, show_lines=True, header_style="bold", padding=0)
    words = [scale.likelihood_word(step, language) for step in scale.likelihoods]
    heading = f"{gettext('Likelihood')} \\ {gettext('Impact')}"
    table.add_column(heading, width=_longest_word(heading, *words))
    for impact in scale.impacts:
        heading = f"{impact} {scale.impact_word(impact, language)}"
        table.add_column(heading, width=max(_longest_word(heading), len("R-0000")))
    for likelihood in reversed(scale.likelihoods):
        row = [Text(f"{likelihood} {words[likelihood - 1]}", style="bold")]
        for impact in scale.impacts:
            cell = by_place[likelihood, impact]
            mark = "!" if cell["score"] >= drawn.appetite else ""
            row.append(Text(_written(cell, mark), style=_style(cell["level"], scale)))
        table.add_row(*row)
    Console(highlight=False).print(table)
    emit_text(
        "   ".join(
            f"{_dots(level)} {scale.level_word(level, language)}"
            for level in range(1, len(scale.levels) + 1)
        )
    )
    emit_text(gettext("! to treat, from {magnitude} on").format(magnitude=drawn.appetite))
    if drawn.appetites:
        emit_text(
            gettext("Otherwise by category, from: {appetites}").format(
                appetites=drawn.appetites_said
            )
        )
        emit_text(gettext("To treat: {risks}").format(risks=" ".join(drawn.above) or "-"))
    emit_text(f"{gettext(WHICH[drawn.which])}, {drawn.day.isoformat()}")
    emit_text(scale.source.in_language(language))
    if not scale.confirmed:
        emit_text(gettext("The numbers of this scale are not confirmed."))
    if drawn.elsewhere:
        say(
            gettext("Scored with another scale, and not drawn here: {risks}").format(
                risks=" ".join(drawn.elsewhere)
            )
        )


def _style(level: int, scale: "Scale") -> str:
    return STYLES[round((level - 1) * (len(STYLES) - 1) / (len(scale.levels) - 1))]


def _longest_word(*texts: str) -> int:
    return max(len(word) for text in texts for word in text.split())


def _dots(level: int) -> str:
    return "*" * level


def _written(cell: Mapping[str, Any], mark: str) -> str:
    ids = [visible(identity) for identity in cell["risks"]]
    shown = ids[:IDS_IN_A_CELL]
    if len(ids) > IDS_IN_A_CELL:
        shown.append(f"+{len(ids) - IDS_IN_A_CELL}")
    return "\n".join([f"{cell['score']}{mark} {_dots(cell['level'])}", *shown])


SCALE_COLUMNS = (
    Column("id", N_("Id"), no_wrap=True),
    Column("title", N_("Title"), rank=1),
    Column("steps", N_("Steps"), no_wrap=True),
    Column("appetite", N_("To treat from"), right=True),
    Column("note", N_("Note")),
)
SCALE_CSV = tuple(
    Column(key, key)
    for key in ("id", "title", "steps", "appetite", "confirmed", "confidence", "chosen", "own")
)


@click.command(
    "scales", cls=Command, help=N_("List the scales that risks can be scored by, or show one.")
)
@argument("scale", required=False)
@format_option
@pass_session
def scales(session: Session, scale: str | None, format_: Format) -> None:
    """List the scales, or show one."""
    from secaudit.app.risks import list_scales, show_scale

    if scale is not None:
        _show(show_scale(session.workspace, scale), format_)
        return
    rows = list_scales(session.workspace)
    if format_ == "table":
        rows = [{**row, "note": _note(row)} for row in rows]
    emit_list(rows, SCALE_COLUMNS if format_ == "table" else SCALE_CSV, format_)
    if format_ == "table":
        say(gettext("Choose one in secaudit.yaml (risk: scale:); your own: content/risk/*.yaml"))


def _note(row: Mapping[str, Any]) -> str:
    notes = [
        (row["chosen"], N_("chosen")),
        (row["own"], N_("your own")),
        (not row["confirmed"], N_("not confirmed")),
    ]
    return ", ".join(gettext(note) for applies, note in notes if applies)


def _show(scale: "Scale", format_: Format) -> None:
    if format_ != "table":
        emit_json(scale.model_dump(mode="json"))
        return
    language = current_language().value
    emit_text(f"{scale.id}  {scale.title.in_language(language)}\n")
    for heading, words in (
        (N_("Likelihood"), scale.likelihood),
        (N_("Impact"), scale.impact),
    ):
        emit_text(gettext(heading))
        for step, word in enumerate(words, 1):
            emit_text(f"  {step}  {word.in_language(language)}")
    emit_text(gettext("Magnitude (a row for each likelihood, a column for each impact)"))
    for step in reversed(scale.likelihoods):
        numbers = "".join(f"{number:>4}" for number in scale.cells[step - 1])
        emit_text(f"  {step} |{numbers}")
    emit_text(gettext("Level"))
    lowest = 1
    for level in scale.levels:
        emit_text(f"  {lowest}-{level.up_to}  {level.word.in_language(language)}")
        lowest = level.up_to + 1
    emit_text(gettext("To treat from {magnitude} on").format(magnitude=scale.appetite))
    emit_text(f"\n{scale.source.in_language(language)}")
    if not scale.confirmed:
        emit_text(gettext("The numbers of this scale are not confirmed."))


COMMANDS = (matrix, scales)
