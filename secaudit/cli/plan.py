"""``secaudit plan``: who repairs what by when, and how far that has come."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from secaudit.cli.amounts import AMOUNT, EFFORT
from secaudit.cli.command import Group, argument, format_option, option, record_format_option
from secaudit.cli.day import DAY
from secaudit.cli.finding_view import done, tell_files, with_reason, word_of
from secaudit.cli.output import (
    Column,
    Format,
    emit_json,
    emit_list,
    emit_text,
    say,
    severity_style,
)
from secaudit.cli.plan_exchange import COMMANDS
from secaudit.cli.session import Session, pass_session
from secaudit.core.vocabulary import FindingState, Outcome, Severity
from secaudit.text.language import N_, NN_, gettext, ngettext

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
STATE_WORDS = {
    "not_begun": N_("not begun"),
    "under_way": N_("under way"),
    "done": N_("done"),
    "cancelled": N_("cancelled"),
}


@click.group("plan", cls=Group, help=N_("Who repairs what by when, and how far it has come."))
def group() -> None:
    """Hold the verbs."""


TABLE_COLUMNS = (
    Column("id", N_("Id"), no_wrap=True),
    Column("due", N_("Due"), no_wrap=True),
    Column("state_shown", N_("State")),
    Column("progress_shown", N_("Progress")),
    Column("owner", N_("Owner")),
    Column("action", N_("Action"), rank=1),
    Column("cost_shown", N_("Cost"), right=True, rank=3),
)
CSV_COLUMNS = tuple(
    Column(key, key)
    for key in (
        *("id", "state", "late", "owner", "action", "start", "due", "effort_days", "cost"),
        *("currency", "version", "created_at", "created_by", "total", "done", "verified"),
        *("claimed", "open", "not_reached", "accepted", "false_positive", "retired", "withdrawn"),
    )
)


@group.command("list", help=N_("List the plans, the nearest due day first."))
@option("--owner", help=N_("Only what this owner repairs."))
@option("--late", is_flag=True, help=N_("Only what is late."))
@option("--all", "everything", is_flag=True, help=N_("Those that are done or cancelled, too."))
@format_option
@pass_session
def list_(
    session: Session, owner: str | None, late: bool, everything: bool, format_: Format
) -> None:
    """List plans."""
    from secaudit.app.plans import list_plans

    rows = list_plans(session.workspace, owner=owner, late=late, everything=everything)
    if format_ == "table":
        rows = [_shown(row) for row in rows]
    elif format_ == "csv":
        rows = [{**row["progress"], **row} for row in rows]
    emit_list(
        rows,
        TABLE_COLUMNS if format_ == "table" else CSV_COLUMNS,
        format_,
        empty=N_("No plan. Make one with: secaudit finding plan FINDING --owner ..."),
    )


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    state = gettext(STATE_WORDS[row["state"]])
    return {
        **row,
        "state_shown": gettext("{state}, late").format(state=state) if row["late"] else state,
        "progress_shown": progress_words(row["progress"]),
        "cost_shown": _cost_of(row),
    }


def progress_words(counts: Mapping[str, int]) -> str:
    """Say progress: what is verified first, and all that is not nothing."""
    parts = [
        gettext("verified {count} of {total}").format(
            count=counts["verified"], total=counts["total"]
        )
    ]
    for key, words in (
        ("claimed", NN_("{count} claimed", "{count} claimed")),
        ("open", NN_("{count} open", "{count} open")),
        ("accepted", NN_("{count} accepted", "{count} accepted")),
        ("false_positive", NN_("{count} false positive", "{count} false positives")),
        ("retired", NN_("{count} retired", "{count} retired")),
        ("withdrawn", NN_("{count} withdrawn", "{count} withdrawn")),
        ("not_reached", NN_("{count} not reached last time", "{count} not reached last time")),
    ):
        if counts[key]:
            parts.append(ngettext(*words, counts[key]).format(count=counts[key]))
    return ", ".join(parts)


def _cost_of(row: Mapping[str, Any]) -> str:
    from secaudit.text.format import number_words

    if row["cost"] is None:
        return ""
    return f"{row['currency']} {number_words(row['cost'], decimals=0)}"


PLACE_COLUMNS = (
    Column("place", N_("Host"), rank=1),
    Column("progress_shown", N_("Progress")),
)
FINDING_COLUMNS = (
    Column("id", N_("Id"), no_wrap=True),
    Column("severity", N_("Severity"), show=word_of(Severity), style=severity_style, no_wrap=True),
    Column("state", N_("State"), show=word_of(FindingState)),
    Column("last_outcome", N_("Last answer"), show=word_of(Outcome)),
    Column("title", N_("What failed"), rank=1),
    Column("subject", N_("Where"), rank=3),
    Column("due", N_("Due"), no_wrap=True),
)


@group.command("show", help=N_("Tell all about one plan: its progress on each host, too."))
@argument("plan")
@record_format_option
@pass_session
def show(session: Session, plan: str, format_: str) -> None:
    """Show one plan."""
    from secaudit.app.plans import show_plan
    from secaudit.text.format import number_words

    record = show_plan(session.workspace, plan.upper())
    if format_ == "json":
        emit_json(record)
        return
    shown = _shown(record)
    emit_text(f"{record['id']}  {record['action']}\n")
    effort = "" if record["effort_days"] is None else number_words(record["effort_days"])
    lines = [
        (N_("State"), shown["state_shown"]),
        (N_("Progress"), shown["progress_shown"]),
        (N_("Owner"), record["owner"]),
        (N_("Begins"), record["start"] or ""),
        (N_("Due"), record["due"]),
        (N_("Effort in person-days"), effort),
        (N_("Cost"), shown["cost_shown"]),
        (N_("Version"), str(record["version"])),
        (N_("Cancelled because"), record["cancelled_because"] or ""),
    ]
    width = max(len(gettext(name)) for name, _ in lines)
    for name, value in lines:
        if value:
            emit_text(f"{gettext(name):<{width}}  {value}")
    emit_text("")
    places = [{**place, "progress_shown": progress_words(place)} for place in record["places"]]
    emit_list(places, PLACE_COLUMNS, "table")
    emit_list(record["findings"], FINDING_COLUMNS, "table")
    if record["events"]:
        emit_text(gettext("History"))
    for event in record["events"]:
        emit_text(f"  {_event_line(session, event)}")
    tell_files(session, record["attachments"])


_EVENT_WORDS = {
    "made": N_("made"),
    "revised": N_("revised to version {version}: {changes}"),
    "cancelled": N_("cancelled"),
    "commented": N_("remark"),
    "attached": N_("file attached: {name}"),
}


def _event_line(session: Session, event: Mapping[str, Any]) -> str:
    from secaudit.core.instant import parse_instant
    from secaudit.text.words import PlanChanges

    details = event["details"]
    said = gettext(_EVENT_WORDS[event["kind"]]).format(
        version=event["version"], changes=PlanChanges(details), name=details.get("name", "")
    )
    at = session.local(parse_instant(event["at"]))
    return f"{at}  {event['actor']}  {with_reason(said, event['reason'])}"


VERSION = option(
    "--version",
    type=click.IntRange(min=1),
    required=True,
    help=N_("The version that you looked at: secaudit plan show."),
)


@group.command("revise", help=N_("Change a plan; the history keeps what it was, and why."))
@argument("plan")
@VERSION
@option("--reason", required=True, help=N_("Why."))
@option("--owner", help=N_("Who repairs."))
@option("--action", help=N_("What will be done."))
@option("--due", type=DAY, help=N_("Until when, as 2026-11-30."))
@option("--start", type=DAY, help=N_("When it begins, as 2026-11-30."))
@option("--effort", type=EFFORT, help=N_("Effort in person-days, as 2.5."))
@option("--cost", type=AMOUNT, help=N_("Cost in whole units of the currency, as 15000000."))
@option("--add", multiple=True, metavar="FINDING", help=N_("One more finding (repeatable)."))
@option("--remove", multiple=True, metavar="FINDING", help=N_("One finding less (repeatable)."))
@pass_session
def revise(
    session: Session,
    /,
    plan: str,
    version: int,
    reason: str,
    due: datetime | None,
    start: datetime | None,
    effort: float | None,
    add: tuple[str, ...],
    remove: tuple[str, ...],
    **given: Any,
) -> None:
    """Revise a plan."""
    from secaudit.app.plans import revise as do
    from secaudit.ledger.plans import Revision

    wanted = Revision(
        due=due.date() if due else None,
        start=start.date() if start else None,
        effort_days=effort,
        add=tuple(identity.upper() for identity in add),
        remove=tuple(identity.upper() for identity in remove),
        **given,
    )
    now = do(session.workspace, plan.upper(), wanted, version=version, reason=reason)
    say(gettext("{plan} is at version {version} now.").format(plan=now.id, version=now.version))


@group.command("cancel", help=N_("Cancel a plan; its findings are open again."))
@argument("plan")
@VERSION
@option("--reason", required=True, help=N_("Why."))
@pass_session
def cancel(session: Session, plan: str, version: int, reason: str) -> None:
    """Cancel a plan."""
    from secaudit.app.plans import cancel as do

    freed = do(session.workspace, plan.upper(), version=version, reason=reason)
    done(
        NN_(
            "{plan} cancelled; {count} finding is open again.",
            "{plan} cancelled; {count} findings are open again.",
        ),
        len(freed),
        plan=plan.upper(),
    )


@group.command("comment", help=N_("Leave a remark on a plan."))
@argument("plan")
@option("--note", "text", required=True, help=N_("What there is to say."))
@pass_session
def comment(session: Session, plan: str, text: str) -> None:
    """Comment on a plan."""
    from secaudit.app.plans import comment as do

    do(session.workspace, plan.upper(), text)
    say(gettext("Noted on {plan}.").format(plan=plan.upper()))


@group.command("attach", help=N_("Put a file beside a plan, into the evidence."))
@argument("plan")
@option("--file", "path", type=FILE, required=True, help=N_("The file."))
@option("--note", default="", help=N_("What it shows."))
@pass_session
def attach(session: Session, plan: str, path: Path, note: str) -> None:
    """Attach a file to a plan."""
    from secaudit.app.plans import attach as do

    digest = do(session.workspace, plan.upper(), path, note)
    say(gettext("Kept beside {plan}: {digest}").format(plan=plan.upper(), digest=digest))


for _verb in COMMANDS:
    group.add_command(_verb)
