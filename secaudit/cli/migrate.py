"""``secaudit migrate``: bring the database of a workspace to this version."""

import click

from secaudit.cli.command import Command
from secaudit.cli.output import say
from secaudit.cli.session import Session, pass_session
from secaudit.text.language import N_, gettext


@click.command("migrate", cls=Command, help=N_("Bring the database to this version."))
@pass_session
def command(session: Session) -> None:
    """Bring the database to this version, after a backup."""
    from secaudit.app.setup import migrate_workspace

    done = migrate_workspace(session.folder)
    if not done.changed:
        say(gettext("The database is of this version ({revision}).").format(revision=done.after))
        return
    say(
        gettext(
            "The database went from {before} to {after}. The one before is kept in {backup}."
        ).format(before=done.before, after=done.after, backup=done.backup)
    )
