"""``secaudit risk export|import``: hand the register out, and take it in again."""

from typing import Any

import click

from secaudit.cli.command import Command, option
from secaudit.cli.exchange import import_command, output_options, write
from secaudit.cli.session import Session, pass_session
from secaudit.text.language import N_

STATES = ("proposed", "approved", "rejected", "lapsed", "retired")


@click.command("export", cls=Command, help=N_("Write the risk register to a file to fill in."))
@option("--all", "everything", is_flag=True, help=N_("Those set aside too."))
@option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice(STATES),
    help=N_("Only these states (repeatable)."),
)
@option("--category", help=N_("Only this category."))
@option("--owner", help=N_("Only what this owner answers for."))
@option("--above", is_flag=True, help=N_("Only what is above the appetite."))
@output_options
@pass_session
def export(
    session: Session,
    /,
    states: tuple[str, ...],
    category: str | None,
    owner: str | None,
    *,
    everything: bool,
    above: bool,
    **given: Any,
) -> None:
    """Export risks."""
    from secaudit.app.risks import RiskQuery, list_risks
    from secaudit.risk.model import RiskState

    query = RiskQuery(
        states=tuple(RiskState(state) for state in states),
        category=category,
        owner=owner,
        above=above,
        everything=everything,
    )
    rows = list_risks(session.workspace, query)
    write(session, "risk", [row["id"] for row in rows], **given)


COMMANDS = (
    export,
    import_command(
        "risk", N_("Take in risks that were changed, and new ones. None is approved or accepted.")
    ),
)
