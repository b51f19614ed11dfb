"""``secaudit risk export|import``: hand the register out, and take it in again."""

from typing import Any

import click

from secaudit.cli.command import Command
from secaudit.cli.exchange import import_command, output_options, write
from secaudit.cli.risk_options import filter_options
from secaudit.cli.session import Session, pass_session
from secaudit.text.language import N_


@click.command("export", cls=Command, help=N_("Write the risk register to a file to fill in."))
@filter_options
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
