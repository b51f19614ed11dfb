"""``secaudit control export``: catalogues and mappings for other programs."""

from pathlib import Path

import click

from secaudit.cli.command import Command, option
from secaudit.cli.output import say
from secaudit.cli.session import Session, pass_session
from secaudit.text.language import N_, gettext


@click.command(
    "export", cls=Command, help=N_("Write a catalogue or its mappings for other programs (OSCAL).")
)
@option(
    "--format",
    "format_",
    type=click.Choice(["oscal-catalog", "oscal-mapping"]),
    required=True,
    help=N_("What to write: the catalogue, or how it maps to others."),
)
@option("--framework", required=True, help=N_("Which catalogue, such as iso27001-2022."))
@option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help=N_("The file to write (default: standard output)."),
)
@pass_session
def export(session: Session, format_: str, framework: str, output: Path | None) -> None:
    """Export one framework."""
    from secaudit.app import control_export

    content = control_export.export(session.optional_workspace, framework, format_)
    if output is None:
        click.echo(content, nl=False)
        return
    control_export.write(content, output)
    say(gettext("Written: {path}").format(path=output))
