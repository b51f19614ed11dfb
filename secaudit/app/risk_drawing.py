"""The risk matrix as a drawing of its own: what it shows, of which day, and what it rests on."""

from datetime import date
from pathlib import Path

from reports.matrix import Band, Drawing, MatrixCell, Sheet, matrix_sheet
from secaudit.app.files import require_free, write_whole
from secaudit.app.risks import Matrix, risk_matrix
from secaudit.app.workspace import Workspace
from secaudit.core.errors import InputError
from secaudit.text.format import date_words
from secaudit.text.language import N_, current_language, gettext

_TITLES = {
    "current": N_("Risk matrix: current risk"),
    "inherent": N_("Risk matrix: inherent risk"),
    "residual": N_("Risk matrix: residual risk"),
}


def write_matrix(
    workspace: Workspace, target: Path, which: str, day: date | None, *, overwrite: bool
) -> None:
    """Write the matrix as SVG. Raises InputError for another kind of file."""
    if target.suffix.lower() != ".svg":
        raise InputError("{path}: a drawing is written as .svg", path=target)
    require_free(target, overwrite=overwrite)
    write_whole(target, matrix_svg(workspace, which, day).encode("utf-8"))


def matrix_svg(workspace: Workspace, which: str = "current", day: date | None = None) -> str:
    """The matrix as SVG text in the current language."""
    drawn = risk_matrix(workspace, which, day)
    scale, language = drawn.scale, current_language().value
    rows = [
        [
            MatrixCell(
                cell["score"],
                cell["level"] - 1,
                tuple(cell["risks"]),
                scale.level_word(cell["level"], language),
            )
            for cell in drawn.cells
            if cell["likelihood"] == likelihood
        ]
        for likelihood in scale.likelihoods
    ]
    drawing = Drawing(
        rows,
        [word.in_language(language) for word in scale.likelihood],
        [word.in_language(language) for word in scale.impact],
        gettext("Likelihood"),
        gettext("Impact"),
        drawn.appetite,
    )
    title = f"{workspace.settings.organisation}, {date_words(drawn.day)}"
    return matrix_sheet(
        Sheet(
            gettext(_TITLES[which]),
            f"{title}. {scale.title.in_language(language)}.",
            drawing,
            _bands(drawn, language),
            gettext("To treat: magnitude {magnitude} or more").format(magnitude=drawn.appetite),
            [
                (identity, drawn.titles[identity], drawn.levels[identity])
                for cell in sorted(drawn.cells, key=lambda cell: -cell["score"])
                for identity in cell["risks"]
            ],
            _notes(drawn, language),
        )
    )


def _bands(drawn: Matrix, language: str) -> list[Band]:
    bands, lowest = [], 1
    for level in drawn.scale.levels:
        bands.append(Band(level.word.in_language(language), f"{lowest}-{level.up_to}"))
        lowest = level.up_to + 1
    return bands


def _notes(drawn: Matrix, language: str) -> list[str]:
    notes = [drawn.scale.source.in_language(language)]
    if drawn.appetites:
        said = gettext("Otherwise by category, from: {appetites}")
        notes.append(said.format(appetites=drawn.appetites_said))
        said = gettext("To treat: {risks}")
        notes.append(said.format(risks=" ".join(drawn.above) or "-"))
    if not drawn.scale.confirmed:
        notes.append(gettext("The numbers of this scale are not confirmed."))
    if drawn.elsewhere:
        notes.append(
            gettext("Scored with another scale, and not drawn here: {risks}").format(
                risks=" ".join(drawn.elsewhere)
            )
        )
    return notes
