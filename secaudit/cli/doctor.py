"""``secaudit doctor``: what works here, what is missing, and is the workspace whole."""

from pathlib import Path

import click

from secaudit.cli.command import Command, format_option, option
from secaudit.cli.output import Column, Format, emit_list, say
from secaudit.cli.session import Session, pass_session
from secaudit.core.errors import ExitCode, NotFoundError, SecauditError
from secaudit.text.language import N_, Language, gettext, set_language

STYLES = {"ok": "green", "missing": "yellow", "fault": "bold red"}
STATES = {"ok": N_("ok"), "missing": N_("missing"), "fault": N_("fault")}


@click.command("doctor", cls=Command, help=N_("What works here, and what is missing."))
@option(
    "--audit-trail",
    is_flag=True,
    help=N_("Only verify the audit trail, and hold findings and risks against it."),
)
@option("--evidence", is_flag=True, help=N_("Read every piece of evidence again, not a sample."))
@format_option
@pass_session
def command(session: Session, audit_trail: bool, evidence: bool, format_: Format) -> int:
    """Look, and exit with 4 when there is a fault."""
    from secaudit.app import doctor

    if audit_trail:
        rows = doctor.examine_ledger(session.workspace)
    else:
        folder = _folder(session)
        rows = doctor.examine(folder, all_evidence=evidence)
        if folder is None:
            say(gettext("No workspace here: only the machine was looked at."))
    emit_list(
        [vars(row) for row in rows],
        [
            Column("name", N_("What"), no_wrap=True),
            Column("state", N_("State"), _words, lambda state: STYLES[state], no_wrap=True),
            Column("meaning", N_("Meaning"), rank=1),
            Column("remedy", N_("What to do"), rank=3),
        ],
        format_,
    )
    if doctor.has_faults(rows):
        say(gettext("There are faults."))
        return int(ExitCode.FAULTS_FOUND)
    return int(ExitCode.DONE)


def _folder(session: Session) -> Path | None:
    """The workspace as named, or the nearest; None where there is none and none was named."""
    from secaudit.app.workspace import load_settings

    try:
        folder = session.folder
    except NotFoundError:
        return None
    if not session.language_chosen:
        try:
            set_language(Language(load_settings(folder).language))
        except SecauditError:
            # The examination itself says what is wrong with the settings.
            return folder
    return folder


def _words(state: str) -> str:
    return gettext(STATES[state])
