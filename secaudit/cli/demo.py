"""``secaudit demo``: the whole chain on this machine, in one go."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from secaudit.cli.command import Command, option
from secaudit.cli.output import emit_text, say
from secaudit.text.language import N_, gettext, ngettext
from secaudit.text.words import code_words

if TYPE_CHECKING:
    from secaudit.app.demo.chain import DemoOutcome

SHOWN_ARTICLE = "perda-pekalongan-3-2026:pasal-26.ayat-2"
_MOST_FINDINGS_SHOWN = 4


@click.command(
    "demo",
    cls=Command,
    help=N_(
        "See the whole chain on this machine.\n\n"
        "Starts a sample city's servers on loopback, scans them, repairs one, scans again, and "
        "leaves a workspace and a sealed evidence pack. Nothing leaves this machine."
    ),
)
@option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo"),
    show_default=True,
    help=N_("Where to leave the workspace and the pack; a former demo there is replaced."),
)
def command(folder: Path) -> None:
    """Run the chain and tell what it showed."""
    from secaudit.app.demo.chain import run_demo
    from secaudit.cli.progress import scan_progress

    with scan_progress() as observer:
        outcome = run_demo(folder, say, observer)
    _show_article(outcome)
    _show_next(folder)


def _show_article(outcome: "DemoOutcome") -> None:
    from secaudit.app.controls import show_requirement
    from secaudit.app.finding_views import show_finding

    record: dict[str, Any] = show_requirement(outcome.workspace, SHOWN_ARTICLE)
    emit_text("")
    emit_text(f"{record['citation']}: {record['summary']}")
    assessment = record["assessment"]
    emit_text(
        gettext("{standing}, by {count} findings:").format(
            standing=code_words(assessment["standing"]).capitalize(),
            count=len(assessment["contradicting"]),
        )
    )
    for identity in assessment["contradicting"][:_MOST_FINDINGS_SHOWN]:
        finding = show_finding(outcome.workspace, identity)
        emit_text(f"  {identity}  {finding['subject']}  {finding['title']}")
    if (more := len(assessment["contradicting"]) - _MOST_FINDINGS_SHOWN) > 0:
        emit_text("  " + ngettext("and {count} more", "and {count} more", more).format(count=more))


def _show_next(folder: Path) -> None:
    program = _program()
    emit_text("")
    emit_text(gettext("What to do next:"))
    for line, why in (
        (f"{program} --workspace {folder} finding list", N_("what is to be repaired, worst first")),
        (
            f"{program} --workspace {folder} control coverage",
            N_("what the evidence says about each article"),
        ),
        (f"{program} pack verify {folder / 'paket-bukti.zip'}", N_("prove that nothing changed")),
    ):
        emit_text(f"  {line}")
        emit_text(f"      {gettext(why)}")


def _program() -> str:
    """How this program is called here: by its name where the shell finds it, else by its path."""
    import shutil

    called = Path(sys.argv[0])
    if called.name == "secaudit" and shutil.which("secaudit") is None:
        return str(called)
    return "secaudit"
