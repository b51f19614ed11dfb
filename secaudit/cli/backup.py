"""``secaudit backup`` and ``secaudit restore``: a whole workspace in one file, and back."""

from pathlib import Path

import click

from secaudit.cli.command import Command, argument
from secaudit.cli.output import say
from secaudit.cli.session import Session, pass_session
from secaudit.text.language import N_, gettext


@click.command("backup", cls=Command, help=N_("Save a whole workspace into one file (tar.gz)."))
@argument("file", type=click.Path(path_type=Path, dir_okay=False))
@pass_session
def backup(session: Session, file: Path) -> None:
    """Save the workspace."""
    from secaudit.app.backup import backup as save
    from secaudit.text.format import size_words

    done = save(session.workspace, file)
    say(
        gettext("Saved {files} files into {path} ({size}).").format(
            files=done.files, path=done.path, size=size_words(done.size)
        )
    )
    say(gettext("It holds evidence and weaknesses of the city: keep it as safe as the workspace."))


@click.command("restore", cls=Command, help=N_("Bring a saved workspace back, verified."))
@argument("file", type=click.Path(path_type=Path, dir_okay=False))
@argument("folder", type=click.Path(path_type=Path))
def restore(file: Path, folder: Path) -> None:
    """Bring a workspace back."""
    from secaudit.app.backup import restore as bring_back

    workspace = bring_back(file, folder)
    say(
        gettext(
            "Restored {organisation} into {folder}; every file and the audit trail agree."
        ).format(organisation=workspace.settings.organisation, folder=folder)
    )
