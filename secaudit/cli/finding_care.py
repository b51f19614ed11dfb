"""``secaudit finding``: remarks, files, and the clock of the last day."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from secaudit.cli.command import Command, argument, format_option, option
from secaudit.cli.day import DAY
from secaudit.cli.finding_choice import LIVE, SHOWN, several
from secaudit.cli.finding_view import done
from secaudit.cli.output import Column, Format, emit_list, say
from secaudit.cli.session import Session, pass_session
from secaudit.text.language import N_, NN_, gettext

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("comment", cls=Command, help=N_("Leave a remark on findings."))
@several(SHOWN)
@option("--note", "text", required=True, help=N_("What there is to say."))
@pass_session
def comment(session: Session, ids: list[str], text: str) -> None:
    """Comment on findings."""
    from secaudit.app.findings import comment as do

    do(session.workspace, ids, text)
    done(NN_("Noted on {count} finding.", "Noted on {count} findings."), len(ids))


@click.command("attach", cls=Command, help=N_("Put a file beside findings, into the evidence."))
@several(SHOWN)
@option("--file", "path", type=FILE, required=True, help=N_("The file."))
@option("--note", default="", help=N_("What it shows."))
@pass_session
def attach(session: Session, ids: list[str], path: Path, note: str) -> None:
    """Attach a file."""
    from secaudit.app.findings import attach as do

    digest = do(session.workspace, ids, path, note)
    done(
        NN_("Kept beside {count} finding: {digest}", "Kept beside {count} findings: {digest}"),
        len(ids),
        digest=digest,
    )


ATTACHMENT_COLUMNS = (
    Column("at", N_("When"), no_wrap=True),
    Column("name", N_("File"), rank=1),
    Column("size", N_("Bytes"), right=True, rank=3),
    Column("note", N_("Note")),
    Column("sha256", N_("SHA-256"), rank=4),
)


@click.command(
    "attachments", cls=Command, help=N_("List the files beside a finding or a plan, or save them.")
)
@argument("object_", metavar="FINDING|PLAN")
@option(
    "--save",
    type=click.Path(file_okay=False, path_type=Path),
    help=N_("Write copies into this folder."),
)
@format_option
@pass_session
def attachments(session: Session, object_: str, save: Path | None, format_: Format) -> None:
    """List or save attachments."""
    from secaudit.app.finding_files import list_attachments, save_attachments
    from secaudit.core.instant import parse_instant

    rows = list_attachments(session.workspace, object_.upper())
    shown: list[dict[str, Any]] = rows
    if format_ == "table":
        shown = [{**row, "at": session.local(parse_instant(row["at"]))} for row in rows]
    emit_list(shown, ATTACHMENT_COLUMNS, format_, empty=N_("No file is attached."))
    if save is not None:
        for path in save_attachments(session.workspace, object_.upper(), save):
            say(str(path))


@click.command(
    "pause", cls=Command, help=N_("Stop the clock of findings for a time: the last day moves.")
)
@several(LIVE)
@option("--reason", required=True, help=N_("Why."))
@option("--until", type=DAY, required=True, help=N_("Last day of the pause, as 2026-11-30."))
@option("--from", "first", type=DAY, help=N_("First day of the pause (default: today)."))
@option("--by", help=N_("Who asks for it (default: your account)."))
@option("--approver", help=N_("Who approves it; needed where the owner asks."))
@option(
    "--document",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=N_("The document that the approver signed; it is kept as evidence."),
)
@pass_session
def pause(
    session: Session,
    ids: list[str],
    reason: str,
    until: datetime,
    first: datetime | None,
    by: str | None,
    approver: str | None,
    document: Path | None,
) -> None:
    """Pause the clock."""
    from secaudit.app.finding_clock import pause as do

    moved = do(
        session.workspace,
        ids,
        first=first.date() if first else None,
        last=until.date(),
        reason=reason,
        by=by,
        approver=approver,
        document=document,
    )
    done(
        NN_(
            "{count} finding paused until {day}; its last day is {due} now.",
            "{count} findings paused until {day}; the latest last day is {due} now.",
        ),
        len(ids),
        day=until.date(),
        due=max(moved.values()),
    )


@click.command("resume", cls=Command, help=N_("Let the clock of paused findings run again."))
@several(LIVE)
@option("--reason", required=True, help=N_("Why."))
@option("--by", help=N_("Who says so (default: your account)."))
@pass_session
def resume(session: Session, ids: list[str], reason: str, by: str | None) -> None:
    """End a pause."""
    from secaudit.app.finding_clock import resume as do

    moved = do(session.workspace, ids, reason, by)
    done(
        NN_(
            "The clock of {count} finding runs again; its last day is {due} now.",
            "The clocks of {count} findings run again; the latest last day is {due} now.",
        ),
        len(ids),
        due=max(moved.values()) if moved else gettext("not set"),
    )
