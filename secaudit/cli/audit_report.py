"""``secaudit audit report``: one audit as a file to sign, to send and to keep."""

from pathlib import Path

import click

from secaudit.cli.command import Command, argument, option
from secaudit.cli.output import say
from secaudit.cli.session import Session, pass_session
from secaudit.text.language import N_, Language, gettext

FORMATS = ("html", "pdf", "json")

LOSSES = {"missing": N_("gone"), "changed": N_("changed")}


@click.command(
    "report", cls=Command, help=N_("Write the audit report: HTML, PDF or JSON, by its name.")
)
@argument("audit")
@option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help=N_("The file to write; its ending says the format."),
)
@option(
    "--lang",
    "language",
    type=click.Choice([item.value for item in Language]),
    help=N_("Language of the file (default: as spoken now)."),
)
@option("--force", is_flag=True, help=N_("Overwrite the file."))
@pass_session
def report(session: Session, audit: str, output: Path, language: str | None, force: bool) -> None:
    """Write the report."""
    from secaudit.app.audit.report import write_report
    from secaudit.core.errors import InputError

    format_ = output.suffix.lower().removeprefix(".")
    if format_ not in FORMATS:
        raise InputError(
            "{path}: the file is to end in {endings}",
            path=output,
            endings=", ".join(f".{name}" for name in FORMATS),
        )
    data = write_report(
        session.workspace,
        audit,
        output,
        format_,
        language=None if language is None else Language(language),
        overwrite=force,
    )
    say(
        gettext("{path} is written: {id}, identity {identity}.").format(
            path=output, id=data.engagement, identity=data.identity
        )
    )
    for item in data.lost:
        say(
            "{objects}: {name} ({loss})".format(
                objects=", ".join(item.objects),
                name=item.name or item.sha256[:16],
                loss=gettext(LOSSES[item.loss]),
            )
        )
