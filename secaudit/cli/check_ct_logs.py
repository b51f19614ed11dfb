"""``secaudit check ct-logs``: the list of logs that certificate timestamps are held against."""

from pathlib import Path

import click

from secaudit.cli.command import Group, argument, format_option
from secaudit.cli.output import Column, Format, emit_list, say
from secaudit.cli.session import Session, pass_session
from secaudit.text.language import N_, gettext

COLUMNS = (
    Column("description", N_("Log"), rank=1),
    Column("operator", N_("Operator")),
    Column("kind", N_("Kind"), no_wrap=True),
    Column("state", N_("State"), no_wrap=True),
    Column("since", N_("Since"), no_wrap=True),
)


@click.group("ct-logs", cls=Group, help=N_("The logs of Certificate Transparency."))
def ct_logs() -> None:
    """Hold the verbs."""


@ct_logs.command(
    "import", help=N_("Take over a list of logs (log_list.json, version 3, as Google publishes).")
)
@argument("file", type=click.Path(path_type=Path, dir_okay=False))
@pass_session
def import_(session: Session, file: Path) -> None:
    """Take over a list."""
    from secaudit.app.ct_logs import import_ct_logs, told

    record = told(import_ct_logs(session.workspace, file))
    say(
        gettext("{logs} logs of {operators} operators, list {version} of {made_at}").format(
            logs=record["logs"],
            operators=len(record["operators"]),
            version=record["version"] or "-",
            made_at=record["made_at"] or "-",
        )
    )


@ct_logs.command("show", help=N_("Show the logs that are known."))
@format_option
@pass_session
def show(session: Session, format_: Format) -> None:
    """Show the list."""
    from secaudit.app.ct_logs import current_ct_logs, rows

    emit_list(rows(current_ct_logs(session.workspace)), COLUMNS, format_)
