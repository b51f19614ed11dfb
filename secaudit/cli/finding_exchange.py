"""``secaudit finding export|import``: hand findings out, and take what people filled in."""

from pathlib import Path
from typing import Any

import click

from secaudit.cli.command import Command
from secaudit.cli.exchange import import_command, output_options, write
from secaudit.cli.finding_choice import filters, query_of
from secaudit.cli.output import say
from secaudit.cli.session import Session, pass_session
from secaudit.text.language import N_, NN_, ngettext

POAM = "oscal-poam"


def poam_too(command: Any) -> Any:
    """The options of a file, with one format more."""
    return output_options(command, (POAM,))


@click.command(
    "export",
    cls=Command,
    help=N_("Write findings to a file to fill in, or as an OSCAL plan of action (POA&M)."),
)
@filters(everything=N_("All states, the closed ones too."))
@poam_too
@pass_session
def export(
    session: Session,
    /,
    output: Path,
    format_: str | None,
    language: str | None,
    *,
    force: bool,
    **given: Any,
) -> None:
    """Export findings."""
    from secaudit.app.exchange.choosing import finding_ids

    workspace = session.workspace
    ids = finding_ids(workspace, query_of(given))
    if format_ == POAM:
        from secaudit.app.exchange.poam import write_poam

        count = write_poam(workspace, ids, output, language=language, overwrite=force)
        told = NN_("Written: {path}, {count} item.", "Written: {path}, {count} items.")
        say(ngettext(*told, count).format(path=output, count=count))
        return
    write(session, "finding", ids, output=output, format_=format_, language=language, force=force)


COMMANDS = (
    export,
    import_command(
        "finding", N_("Take in what people filled in: owners, repairs, remarks. Nothing is closed.")
    ),
)
