"""``secaudit finding retire``: close what was switched off."""

from pathlib import Path

import click

from secaudit.cli.command import Command, option
from secaudit.cli.finding_choice import SHOWN, several
from secaudit.cli.finding_view import done
from secaudit.cli.output import say
from secaudit.cli.session import Session, pass_session
from secaudit.text.language import N_, NN_, gettext


@click.command(
    "retire", cls=Command, help=N_("Close findings of a service that was seen to be switched off.")
)
@several(SHOWN)
@option("--reason", required=True, help=N_("Why it was switched off."))
@option(
    "--proof",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=N_("The record that it was switched off; it is kept as evidence."),
)
@pass_session
def retire(session: Session, ids: list[str], reason: str, proof: Path | None) -> None:
    """Retire findings."""
    from secaudit.app.finding_retire import retire as do

    seen = do(session.workspace, ids, reason, proof)
    done(
        NN_(
            "{count} finding closed as retired, as seen by: {scans}",
            "{count} findings closed as retired, as seen by: {scans}",
        ),
        len(seen),
        scans=", ".join(sorted(set(seen.values()))),
    )
    say(gettext("If one of them fails again in a scan, it is reopened."))
