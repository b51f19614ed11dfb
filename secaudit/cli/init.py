"""``secaudit init``: make a workspace."""

from pathlib import Path

import click

from secaudit.cli.command import Command, argument, option
from secaudit.cli.output import say
from secaudit.text.language import N_, Language, current_language, gettext, set_language


@click.command("init", cls=Command, help=N_("Make a workspace."))
@argument("folder", type=click.Path(path_type=Path))
@option("--organisation", required=True, help=N_("Name of the organisation, for reports."))
@option("--unit", default="", help=N_("The unit that runs secaudit, for reports."))
@option(
    "--language",
    type=click.Choice([language.value for language in Language]),
    help=N_("Language of the workspace (default: that of --lang, else id)."),
)
@option("--timezone", default="Asia/Jakarta", show_default=True, help=N_("Time zone."))
@option("--zone", default="kantor", show_default=True, help=N_("Zone that scans look from."))
def command(
    folder: Path, organisation: str, unit: str, language: str | None, timezone: str, zone: str
) -> None:
    """Make a workspace."""
    from secaudit.app.setup import init_workspace

    chosen = Language(language) if language else current_language()
    workspace = init_workspace(
        folder, organisation, chosen.value, unit=unit, timezone=timezone, zone=zone
    )
    set_language(chosen)
    say(
        gettext("Made a workspace for {organisation} in {folder}.").format(
            organisation=organisation, folder=workspace.folder
        )
    )
    say(
        gettext(
            "Next:\n"
            "  cd {folder}\n"
            "  secaudit scope add      record the surat tugas\n"
            "  secaudit asset import   tell what there is\n"
            "  secaudit doctor         see what works here"
        ).format(folder=workspace.folder)
    )
