"""``secaudit plan export|import``: hand repair plans out, and take them in again."""

from typing import Any

import click

from secaudit.cli.command import Command, option
from secaudit.cli.exchange import import_command, output_options, write
from secaudit.cli.session import Session, pass_session
from secaudit.text.language import N_


@click.command("export", cls=Command, help=N_("Write repair plans to a file to fill in."))
@option("--owner", help=N_("Only what this owner repairs."))
@option("--late", is_flag=True, help=N_("Only what is late."))
@option("--all", "everything", is_flag=True, help=N_("Those that are done or cancelled, too."))
@output_options
@pass_session
def export(
    session: Session, /, owner: str | None, *, late: bool, everything: bool, **given: Any
) -> None:
    """Export plans."""
    from secaudit.app.plans import list_plans

    rows = list_plans(session.workspace, owner=owner, late=late, everything=everything)
    write(session, "plan", [row["id"] for row in rows], **given)


COMMANDS = (
    export,
    import_command("plan", N_("Take in plans that were changed, and new ones. None is cancelled.")),
)
