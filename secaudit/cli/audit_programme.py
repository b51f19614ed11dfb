"""``secaudit audit programme``: what is to be audited over the years, and how often."""

from pathlib import Path
from typing import Any

import click

from secaudit.audit.vocabulary import EngagementState
from secaudit.audit.words import say as word_of
from secaudit.cli.approval_view import approval_lines
from secaudit.cli.audit_options import FILE
from secaudit.cli.audit_view import pairs
from secaudit.cli.command import Group, argument, format_option, option, record_format_option
from secaudit.cli.output import Column, Format, emit_json, emit_list, emit_text, say
from secaudit.cli.session import Session, pass_session
from secaudit.text.language import N_, gettext

LIST_COLUMNS = (
    Column("id", N_("Id"), no_wrap=True),
    Column("title", N_("Programme"), rank=1),
    Column("span", N_("Years"), no_wrap=True),
    Column("asked", N_("Asked for"), right=True),
    Column("planned", N_("Planned"), right=True),
    Column("concluded", N_("Concluded"), right=True),
    Column("obligation", N_("Obligation")),
)
LIST_CSV = tuple(
    Column(key, key)
    for key in (
        *("id", "title", "first_year", "last_year", "at_least", "per", "obligation", "asked"),
        *("planned", "concluded", "approver", "basis", "objective"),
    )
)


@click.group("programme", cls=Group, help=N_("Audit programmes: which audits over which years."))
def group() -> None:
    """Hold the verbs."""


@group.command("add", help=N_("Record an audit programme."))
@option("--title", required=True, help=N_("What it is called."))
@option("--first-year", required=True, type=int, help=N_("Its first year."))
@option("--last-year", required=True, type=int, help=N_("Its last year."))
@option("--every", default=1, show_default=True, help=N_("How many audits."))
@option("--years", default=1, show_default=True, help=N_("In how many years: 1, 2 or 3."))
@option("--obligation", help=N_("The obligation of the calendar that it fulfils."))
@option("--objective", default="", help=N_("What it is to achieve."))
@option(
    "--basis",
    default="",
    help=N_("Which risks and earlier results it takes into account."),
)
@option("--approver", default="", help=N_("Who approved it."))
@option("--document", type=FILE, help=N_("The signed programme."))
@pass_session
def add(session: Session, /, **said: Any) -> None:
    """Add a programme."""
    from secaudit.app.audit.programme import add_programme
    from secaudit.audit.programmes import NewProgramme

    document: Path | None = said.pop("document")
    new = NewProgramme(at_least=said.pop("every"), per=said.pop("years"), **said)
    made = add_programme(session.workspace, new, document)
    say(
        gettext("{id} is recorded. Plan its audits: secaudit audit plan --programme {id}").format(
            id=made.id
        )
    )


@group.command("list", help=N_("List the audit programmes."))
@format_option
@pass_session
def list_(session: Session, format_: Format) -> None:
    """List programmes."""
    from secaudit.app.audit.programme import list_programmes

    rows = list_programmes(session.workspace)
    if format_ == "table":
        for row in rows:
            row["span"] = f"{row['first_year']}-{row['last_year']}"
    emit_list(
        rows,
        LIST_COLUMNS if format_ == "table" else LIST_CSV,
        format_,
        empty=N_("No audit programme: secaudit audit programme add"),
    )


@group.command("show", help=N_("Tell what is planned, what was done, and what nobody looks at."))
@argument("programme")
@record_format_option
@pass_session
def show(session: Session, programme: str, format_: str) -> None:
    """Show one programme."""
    from secaudit.app.audit.programme import show_programme

    record = show_programme(session.workspace, programme)
    if format_ == "json":
        emit_json(record)
        return
    emit_text(f"{record['id']}  {record['title']}\n")
    obligation = record["obligation_state"]
    pairs(
        [
            (N_("Objective"), record["objective"]),
            (N_("Basis"), record["basis"]),
            (N_("Approved by"), record["approver"]),
            *approval_lines(session, record["approvals"]),
            (N_("Asked for"), str(record["asked"])),
            (N_("Planned"), str(record["planned"])),
            (N_("Concluded"), str(record["concluded"])),
            (N_("By year"), ", ".join(f"{y}: {n}" for y, n in record["years"].items())),
            (N_("Obligation"), obligation["cited"] if obligation else ""),
            (N_("How often"), obligation["rhythm"] if obligation else ""),
            (N_("Next day"), (obligation["next"] or "-") if obligation else ""),
        ]
    )
    for item in record["engagements"]:
        late = f" ({gettext('late')})" if item["late"] else ""
        state = word_of(EngagementState, item["state"])
        emit_text(f"  {item['year']}  {item['id']}  {item['title']}: {state}{late}")
    for row in record["coverage"]:
        emit_text(
            "  "
            + gettext("{framework}: {looked_at} of {asked} requirements are looked at").format(
                **row
            )
        )
