"""``secaudit calendar``: what the laws and standards ask for by a day or a rhythm."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from secaudit.assurance.vocabulary import ObligationState
from secaudit.assurance.words import say as word_of
from secaudit.cli.command import Group, argument, format_option, option, record_format_option
from secaudit.cli.control_attest import FILE, day_of
from secaudit.cli.day import DAY
from secaudit.cli.output import Column, Format, emit_json, emit_list, emit_text, say
from secaudit.cli.session import Session, pass_session
from secaudit.text.language import N_, gettext

if TYPE_CHECKING:
    from collections.abc import Mapping

STYLES = {"overdue": "bold red", "due": "yellow", "done": "green", "undated": "dim"}
TABLE = (
    Column(
        "state",
        N_("State"),
        show=lambda code: word_of(ObligationState, code),
        style=lambda code: STYLES.get(str(code), ""),
        no_wrap=True,
    ),
    Column("next", N_("Next day"), no_wrap=True),
    Column("title", N_("Obligation")),
    Column("obligation", N_("Id"), no_wrap=True),
    Column("reading", N_("Read"), rank=4),
)
CSV = tuple(
    Column(key, key)
    for key in (
        *("obligation", "kind", "citation", "title", "bearers", "modality", "confidence"),
        *("rhythm", "state", "next", "last", "last_done", "done", "needed", "missed", "evidence"),
    )
)


@click.group(
    "calendar",
    cls=Group,
    invoke_without_command=True,
    help=N_("What is to be done by when, by law and by standard."),
)
@option("--until", type=DAY, metavar="YYYY-MM-DD", help=N_("Only what is late or due by this day."))
@option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([item.value for item in ObligationState]),
    help=N_("Only these states (repeatable)."),
)
@format_option
@click.pass_context
def group(
    context: click.Context, until: datetime | None, states: tuple[str, ...], format_: Format
) -> None:
    """List the obligations, unless a verb follows."""
    if context.invoked_subcommand is not None:
        return
    from secaudit.app.calendar import list_calendar

    rows = [
        row
        for row in list_calendar(context.ensure_object(Session).workspace, day_of(until))
        if not states or row["state"] in states
    ]
    emit_list(rows, TABLE if format_ == "table" else CSV, format_)
    if format_ == "table" and rows:
        say(gettext("When one is done: secaudit calendar done ID --evidence FILE"))


@group.command("show", help=N_("Tell all about one obligation, and what was done for it."))
@argument("obligation")
@record_format_option
@pass_session
def show(session: Session, obligation: str, format_: str) -> None:
    """Show one obligation."""
    from secaudit.app.calendar import show_obligation

    record = show_obligation(session.workspace, obligation)
    if format_ == "json":
        emit_json(record)
        return
    emit_text(f"{record['cited']}  {record['title']}")
    emit_text(f"\n{record['summary']}\n")
    for name, value in _facts(record):
        if value:
            emit_text(f"{gettext(name)}: {value}")
    for item in record["records"]:
        names = ", ".join(file["name"] for file in item["evidence"])
        taken = f"  ({gettext('taken back')})" if item["withdrawn_at"] else ""
        emit_text(f"  {item['id']}  {item['done_on']}  {names}  {item['note']}{taken}".rstrip())
    if record["note"]:
        emit_text(f"\n{record['note']}")


def _facts(record: "Mapping[str, Any]") -> list[tuple[str, str]]:
    count = f"{record['done']}/{record['needed']}" if record["needed"] else ""
    return [
        (N_("State"), word_of(ObligationState, record["state"])),
        (N_("How often"), record["rhythm"]),
        (N_("Duty-bearer"), ", ".join(record["bearers"])),
        (N_("Next day"), record["next"] or ""),
        (N_("Last day that the text allows"), record["last"] or ""),
        (N_("Done in this period"), count),
        (N_("Missed"), record["missed"]),
    ]


@group.command("done", help=N_("Record that an obligation was done, with its proof."))
@argument("obligation")
@option(
    "--evidence",
    "files",
    multiple=True,
    required=True,
    type=FILE,
    help=N_("Minutes, a report, a letter; it is kept as evidence (repeatable)."),
)
@option("--on", "day", type=DAY, metavar="YYYY-MM-DD", help=N_("The day it was done (today)."))
@option("--note", default="", help=N_("What to know about it."))
@pass_session
def done(
    session: Session, obligation: str, files: tuple[Path, ...], day: datetime | None, note: str
) -> None:
    """Record a performance."""
    from secaudit.app.calendar import done as record

    made = record(session.workspace, obligation, files=files, on=day_of(day), note=note)
    say(
        gettext("{id}: {obligation} was done on {day}.").format(
            id=made.id, obligation=made.obligation, day=made.done_on
        )
    )


@group.command("withdraw", help=N_("Take a record back that was wrong."))
@argument("record")
@option("--reason", required=True, help=N_("Why."))
@pass_session
def withdraw(session: Session, record: str, reason: str) -> None:
    """Withdraw a record."""
    from secaudit.app.calendar import withdraw as do

    found = do(session.workspace, record, reason)
    say(gettext("{id} is withdrawn; it stays in the history.").format(id=found.id))


@group.command("export", help=N_("Write an iCalendar file (.ics) of what is to come."))
@argument("output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE")
@option("--until", type=DAY, metavar="YYYY-MM-DD", help=N_("Up to this day (two years ahead)."))
@option("--force", is_flag=True, help=N_("Replace the file if it is there."))
@pass_session
def export(session: Session, output: Path, until: datetime | None, force: bool) -> None:
    """Write the file."""
    from secaudit.app.calendar_export import write_calendar

    count = write_calendar(session.workspace, output, day_of(until), overwrite=force)
    say(gettext("Written: {path} with {count} events").format(path=output, count=count))
