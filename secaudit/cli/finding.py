"""``secaudit finding``: what failed, who repairs it until when, and what became of it."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from secaudit.cli.amounts import AMOUNT, CURRENCY, EFFORT
from secaudit.cli.command import Group, argument, format_option, option, record_format_option
from secaudit.cli.day import DAY
from secaudit.cli.finding_care import attach, attachments, comment, pause, resume
from secaudit.cli.finding_choice import LIVE, SHOWN, TO_BE_PLANNED, filters, query_of, several
from secaudit.cli.finding_exchange import COMMANDS
from secaudit.cli.finding_metrics import metrics
from secaudit.cli.finding_retire import retire
from secaudit.cli.finding_view import done, tell, what_happened, word_of
from secaudit.cli.output import Column, Format, emit_json, emit_list, say, severity_style
from secaudit.cli.session import Session, pass_session
from secaudit.core.vocabulary import FindingState, Severity
from secaudit.text.language import N_, NN_, gettext

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROWS_IN_A_TABLE = 100
_DOCUMENT = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("finding", cls=Group, help=N_("What failed, and what became of it."))
def group() -> None:
    """Hold the verbs."""


TABLE_COLUMNS = (
    Column("id", N_("Id"), no_wrap=True),
    Column("severity", N_("Severity"), show=word_of(Severity), style=severity_style, no_wrap=True),
    Column("state_shown", N_("State")),
    Column("title", N_("What failed"), rank=1),
    Column("subject", N_("Where"), rank=3),
    Column("due", N_("Due"), no_wrap=True),
)
CSV_COLUMNS = tuple(
    Column(key, key)
    for key in (
        *("id", "severity", "state", "title", "subject", "asset", "asset_name", "owner"),
        *("due", "overdue", "check", "first_seen", "last_seen", "last_outcome", "last_reason"),
        *("criticality", "plan", "paused_until", "accepted_until"),
        *("escalation_level", "escalated_to"),
    )
)


@group.command("list", help=N_("List the findings, the worst first."))
@filters(everything=N_("All states, the closed ones too."))
@option(
    "--limit",
    type=click.IntRange(min=1),
    help=N_("At most so many rows (a table shows 100 unless told)."),
)
@format_option
@pass_session
def list_(session: Session, /, limit: int | None, format_: Format, **given: Any) -> None:
    """List findings."""
    from secaudit.app.finding_views import list_findings, stream_findings

    if limit is None and format_ != "table":
        emit_list(stream_findings(session.workspace, query_of(given)), CSV_COLUMNS, format_)
        return
    listing = list_findings(session.workspace, query_of(given), limit or ROWS_IN_A_TABLE)
    emit_list(
        _with_state(listing.rows) if format_ == "table" else listing.rows,
        TABLE_COLUMNS if format_ == "table" else CSV_COLUMNS,
        format_,
        empty=N_("No findings. That is good news only for what was scanned: secaudit scan list"),
    )
    if len(listing.rows) < listing.total:
        say(
            gettext(
                "Shown: {shown} of {total}. See more with --limit, or with --format csv."
            ).format(shown=len(listing.rows), total=listing.total)
        )


def _with_state(rows: "Sequence[Mapping[str, Any]]") -> "list[Mapping[str, Any]]":
    return [{**row, "state_shown": ", ".join(_state_parts(row))} for row in rows]


def _state_parts(row: "Mapping[str, Any]") -> "Iterator[str]":
    yield word_of(FindingState)(row["state"])
    if row["accepted_until"]:
        yield gettext("until {day}").format(day=row["accepted_until"])
    if row["overdue"]:
        yield gettext("late")
    if row["escalated_to"]:
        yield gettext("escalated to {name}").format(name=row["escalated_to"])
    if row["paused_until"]:
        yield gettext("paused until {day}").format(day=row["paused_until"])


@group.command("show", help=N_("Tell all about one finding."))
@argument("finding")
@record_format_option
@pass_session
def show(session: Session, finding: str, format_: str) -> None:
    """Show one finding."""
    from secaudit.app.finding_views import show_finding

    workspace = session.workspace
    record = show_finding(workspace, finding.upper())
    if format_ == "json":
        emit_json(record)
        return
    tell(session, record)


HISTORY_COLUMNS = (
    Column("at", N_("When"), no_wrap=True),
    Column("what", N_("What")),
    Column("who", N_("Who")),
    Column("trail", N_("Trail row"), right=True),
)
HISTORY_CSV_COLUMNS = tuple(
    Column(key, key)
    for key in ["at", "kind", "from_state", "to_state", "scan", "actor", "reason", "trail"]
)


@group.command("history", help=N_("Tell what happened to one finding, and who did it."))
@argument("finding")
@format_option
@pass_session
def history(session: Session, finding: str, format_: Format) -> None:
    """Show the events of one finding with their rows in the audit trail."""
    from secaudit.app.finding_views import finding_history
    from secaudit.core.instant import parse_instant

    events = finding_history(session.workspace, finding.upper())
    if format_ != "table":
        emit_list(events, HISTORY_CSV_COLUMNS, format_)
        return
    rows = [
        {
            "at": session.local(parse_instant(event["at"])),
            "what": what_happened(event),
            "who": event["scan"] or event["actor"],
            "trail": event["trail"],
        }
        for event in events
    ]
    emit_list(rows, HISTORY_COLUMNS, format_)


@group.command("assign", help=N_("Give findings to an owner."))
@several(SHOWN, owner="--of-owner")
@option("--owner", required=True, help=N_("The Perangkat Daerah, unit or person."))
@pass_session
def assign(session: Session, ids: list[str], owner: str) -> None:
    """Assign findings."""
    from secaudit.app.findings import assign as do

    do(session.workspace, ids, owner)
    done(
        NN_("{count} finding assigned to {owner}.", "{count} findings assigned to {owner}."),
        len(ids),
        owner=owner,
    )


@group.command("plan", help=N_("Plan one repair for one or many findings."))
@several(TO_BE_PLANNED, owner="--of-owner")
@option("--owner", required=True, help=N_("Who repairs."))
@option("--action", required=True, help=N_("What will be done."))
@option("--due", type=DAY, required=True, help=N_("Until when, as 2026-11-30."))
@option("--start", type=DAY, help=N_("When it begins, as 2026-11-30."))
@option("--effort", type=EFFORT, help=N_("Effort in person-days, as 2.5."))
@option("--cost", type=AMOUNT, help=N_("Cost in whole units of the currency, as 15000000."))
@option(
    "--currency",
    type=CURRENCY,
    default="IDR",
    show_default=True,
    help=N_("Currency of the cost: three letters."),
)
@pass_session
def plan(
    session: Session,
    /,
    ids: list[str],
    due: datetime,
    start: datetime | None,
    effort: float | None,
    **given: Any,
) -> None:
    """Plan a repair."""
    from secaudit.app.plans import plan as do
    from secaudit.ledger.plans import NewPlan

    wanted = NewPlan(
        due=due.date(), start=start.date() if start else None, effort_days=effort, **given
    )
    made, earlier = do(session.workspace, ids, wanted)
    done(
        NN_("{plan}: {count} finding planned.", "{plan}: {count} findings planned."),
        len(ids),
        plan=made.id,
    )
    if earlier:
        done(
            NN_(
                "{count} of them is due before {day}: the plan does not move that day.",
                "{count} of them are due before {day}: the plan does not move these days.",
            ),
            earlier,
            day=made.due,
        )
    say(gettext("When it is done: secaudit finding claim FINDING --note TEXT"))


@group.command("claim", help=N_("Say that findings are repaired; the next scan verifies it."))
@several(TO_BE_PLANNED)
@option("--note", default="", help=N_("What was done."))
@option("--by", help=N_("Who says so (default: your account)."))
@pass_session
def claim(session: Session, ids: list[str], note: str, by: str | None) -> None:
    """Claim a repair."""
    from secaudit.app.findings import claim as do

    do(session.workspace, ids, note, by)
    done(
        NN_("{count} finding claimed as fixed.", "{count} findings claimed as fixed."),
        len(ids),
    )
    say(gettext("It counts as fixed when a scan from the same zone sees it: secaudit scan run"))


@group.command("accept", help=N_("Accept findings as they are, until a set day."))
@several(LIVE)
@option("--approver", required=True, help=N_("Who approves it: a registered person."))
@option("--reason", required=True, help=N_("Why it is accepted."))
@option("--until", type=DAY, required=True, help=N_("Last day of the acceptance, as 2026-11-30."))
@option(
    "--proof",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=N_("The signed document; it is kept as evidence."),
)
@option("--requested-by", help=N_("Who asked for it; never the approver."))
@pass_session
def accept(
    session: Session,
    ids: list[str],
    approver: str,
    reason: str,
    until: datetime,
    proof: Path | None,
    requested_by: str | None,
) -> None:
    """Accept findings."""
    from secaudit.app.findings import accept as do

    do(
        session.workspace,
        ids,
        approver=approver,
        reason=reason,
        until=until.date(),
        proof=proof,
        requested_by=requested_by,
    )
    done(
        NN_("{count} finding accepted until {day}.", "{count} findings accepted until {day}."),
        len(ids),
        day=until.date(),
    )
    say(gettext("It still contradicts what it contradicted, and is shown as accepted."))


@group.command("dispute", help=N_("Call findings false positives; a second person has to agree."))
@several(LIVE)
@option("--reason", required=True, help=N_("Why."))
@option("--by", help=N_("Who says so (default: your account)."))
@option("--agree", "answer", flag_value="agree", help=N_("Agree, as the second person."))
@option("--decline", "answer", flag_value="decline", help=N_("Do not agree."))
@option("--document", type=_DOCUMENT, help=N_("The document that the second person signed."))
@pass_session
def dispute(
    session: Session,
    ids: list[str],
    reason: str,
    by: str | None,
    answer: str | None,
    document: Path | None,
) -> None:
    """Raise a dispute, or settle it."""
    from secaudit.app.findings import dispute as raise_it
    from secaudit.app.findings import settle

    if answer is None:
        raise_it(session.workspace, ids, reason, by)
        say(gettext("Noted. A second person settles it with --agree or --decline."))
        return
    agreed = answer == "agree"
    settle(session.workspace, ids, agreed=agreed, reason=reason, by=by, document=document)
    say(gettext("Settled: a false positive.") if agreed else gettext("Settled: it stays."))


for _verb in (comment, attach, attachments, pause, resume, retire, metrics, *COMMANDS):
    group.add_command(_verb)
