"""``secaudit report``: one report to read, apart from a sealed pack."""

from pathlib import Path
from typing import Any

import click

from secaudit.cli.command import Group, option, record_format_option
from secaudit.cli.endings import format_of
from secaudit.cli.output import emit_json, emit_text, say
from secaudit.cli.reporting_options import request_of, selection_options
from secaudit.cli.session import Session, pass_session
from secaudit.text.language import N_, gettext

FORMATS = ("html", "pdf", "xlsx", "json")


@click.group("report", cls=Group, help=N_("Reports to read."))
def group() -> None:
    """Hold the verbs."""


@group.command("build", help=N_("Write a report as HTML, PDF, XLSX or JSON."))
@option(
    "--format",
    "format_",
    type=click.Choice(FORMATS),
    help=N_("The format (default: by the name of the file, else html)."),
)
@option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help=N_("The file to write."),
)
@option("--force", is_flag=True, help=N_("Replace the file if it is there."))
@option("--allow-empty", is_flag=True, help=N_("Also for a period without any scan."))
@selection_options
@pass_session
def build(
    session: Session,
    /,
    format_: str | None,
    output: Path,
    force: bool,
    allow_empty: bool,
    **selection: Any,
) -> None:
    """Write one file."""
    from secaudit.app.packs import write_report

    workspace = session.workspace
    chosen = format_ or format_of(output, FORMATS, "html")
    request = request_of(**selection)
    write_report(workspace, request, output, chosen, overwrite=force, allow_empty=allow_empty)
    say(gettext("Written: {path}").format(path=output))


@group.command("preview", help=N_("Say in the terminal what the summary page says."))
@record_format_option
@selection_options
@pass_session
def preview(session: Session, /, format_: str, **selection: Any) -> None:
    """Print the headline, the counts and the decisions asked for."""
    from reports.preview import preview_of
    from secaudit.app.packs import report_data

    shown = preview_of(report_data(session.workspace, request_of(**selection)))
    if format_ == "json":
        emit_json(shown)
        return
    emit_text(f"{shown['organisation']}  {shown['period']}\n")
    for notice in shown["notices"]:
        emit_text(f"! {notice['title']}\n  {notice['text']}\n")
    for tile in shown["numbers"]:
        emit_text(f"{tile['value']:>8}  {tile['label']}")
    emit_text("")
    for number, decision in enumerate(shown["decisions"], start=1):
        emit_text(f"{number}. {decision}")
