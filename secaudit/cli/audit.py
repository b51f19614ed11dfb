"""``secaudit audit``: the internal audit, from the programme to the last finding that is closed."""

from pathlib import Path
from typing import Any

import click

from secaudit.audit.vocabulary import EngagementState, Opinion
from secaudit.audit.words import say as word_of
from secaudit.cli import (
    audit_nonconformity,
    audit_programme,
    audit_report,
    audit_review,
    audit_sample,
    audit_team,
    audit_work,
)
from secaudit.cli.audit_options import FILE, by_option
from secaudit.cli.audit_view import told_engagement
from secaudit.cli.command import Group, argument, format_option, option, record_format_option
from secaudit.cli.day import DAY
from secaudit.cli.output import Column, Format, emit_json, emit_list, say
from secaudit.cli.session import Session, pass_session
from secaudit.text.language import N_, gettext

LIST_COLUMNS = (
    Column("id", N_("Id"), no_wrap=True),
    Column("title", N_("Audit"), rank=1),
    Column("state", N_("State"), show=lambda code: word_of(EngagementState, code)),
    Column("planned_from", N_("From"), no_wrap=True),
    Column("planned_until", N_("Until"), no_wrap=True),
    Column("lead", N_("Lead auditor")),
    Column("progress", N_("Steps tested"), no_wrap=True, right=True),
    Column("opinion", N_("Opinion"), show=lambda code: word_of(Opinion, code)),
)
LIST_CSV = tuple(
    Column(key, key)
    for key in (
        *("id", "programme_id", "title", "state", "criteria", "period_from", "period_until"),
        *("planned_from", "planned_until", "letter", "lead", "steps", "steps_done"),
        *("steps_tested", "findings"),
        *("open_findings", "late", "opinion", "concluded_at", "concluded_person"),
    )
)


@click.group("audit", cls=Group, help=N_("The internal audit, until its last finding is closed."))
def group() -> None:
    """Hold the verbs."""


@group.command("plan", help=N_("Plan an audit: what, by which criteria, when."))
@option("--title", required=True, help=N_("What it is called."))
@option(
    "--criterion",
    "criteria",
    multiple=True,
    required=True,
    help=N_("A catalogue, a requirement, or a pattern of ids such as 'iso27001-2022:A.8.*'."),
)
@option("--asset", "assets", multiple=True, help=N_("Only this asset (repeatable)."))
@option("--zone", "zones", multiple=True, help=N_("Only this zone (repeatable)."))
@option("--unit", "units", multiple=True, help=N_("Only the assets of this unit (repeatable)."))
@option(
    "--from",
    "begin",
    type=DAY,
    metavar="YYYY-MM-DD",
    required=True,
    help=N_("First day of the period that is audited."),
)
@option(
    "--until",
    type=DAY,
    metavar="YYYY-MM-DD",
    required=True,
    help=N_("Last day of the period that is audited."),
)
@option(
    "--work-from",
    type=DAY,
    metavar="YYYY-MM-DD",
    required=True,
    help=N_("First day of the work."),
)
@option(
    "--work-until",
    type=DAY,
    metavar="YYYY-MM-DD",
    required=True,
    help=N_("Last day of the work."),
)
@option("--programme", help=N_("The audit programme that it belongs to, such as AP-0001."))
@option("--obligation", help=N_("The obligation of the calendar that it fulfils."))
@option("--objective", default="", help=N_("What it is to find out."))
@option("--letter", default="", help=N_("Number of the letter that orders it (surat tugas)."))
@option("--letter-file", type=FILE, help=N_("The signed letter."))
@pass_session
def plan(session: Session, /, **said: Any) -> None:
    """Plan an engagement."""
    from secaudit.app.audit.planning import plan as do
    from secaudit.audit.engagements import NewEngagement, Scope

    new = NewEngagement(
        title=said["title"],
        criteria=said["criteria"],
        period_from=said["begin"].date(),
        period_until=said["until"].date(),
        planned_from=said["work_from"].date(),
        planned_until=said["work_until"].date(),
        scope=Scope(said["assets"], said["zones"], said["units"]),
        programme=said["programme"],
        obligation=said["obligation"],
        objective=said["objective"],
        letter=said["letter"],
    )
    made = do(session.workspace, new, said["letter_file"])
    say(
        gettext(
            "{id} is planned. Name the team: secaudit audit team add {id} --name NAME --unit UNIT"
            " --role lead"
        ).format(id=made.id)
    )


@group.command("list", help=N_("List the audits."))
@format_option
@pass_session
def list_(session: Session, format_: Format) -> None:
    """List engagements."""
    from secaudit.app.audit.planning import list_engagements

    rows = list_engagements(session.workspace)
    if format_ == "table":
        for row in rows:
            row["progress"] = f"{row['steps_tested']} / {row['steps']}" if row["steps"] else ""
    emit_list(
        rows,
        LIST_COLUMNS if format_ == "table" else LIST_CSV,
        format_,
        empty=N_("No audit is planned: secaudit audit plan"),
    )


@group.command("show", help=N_("Tell all about one audit."))
@argument("audit")
@record_format_option
@pass_session
def show(session: Session, audit: str, format_: str) -> None:
    """Show one engagement."""
    from secaudit.app.audit.planning import show_engagement

    record = show_engagement(session.workspace, audit)
    if format_ == "json":
        emit_json(record)
    else:
        told_engagement(session, record)


@group.command("start", help=N_("Check independence, and draw the work programme up."))
@argument("audit")
@pass_session
def start(session: Session, audit: str) -> None:
    """Start an engagement."""
    from secaudit.app.audit.planning import start as do

    made = do(session.workspace, audit)
    say(
        gettext(
            "{id} is under way: {criteria} criteria, {steps} steps, {assets} assets in scope."
        ).format(
            id=made.engagement.id, criteria=made.criteria, steps=made.steps, assets=made.assets
        )
    )
    if made.excluded:
        say(gettext("Left out, as the record says why: {count}").format(count=made.excluded))
    if made.guarded:
        say(
            gettext("Conflicts of interest under a safeguard, shown in the report: {count}").format(
                count=made.guarded
            )
        )
    if made.unproved:
        say(
            gettext("No certificate on record shows the competence of: {names}").format(
                names=", ".join(made.unproved)
            )
        )
    say(gettext("See what to do: secaudit audit work {id}").format(id=made.engagement.id))


@group.command("cancel", help=N_("Call an audit off; its papers stay."))
@argument("audit")
@option("--reason", required=True, help=N_("Why."))
@pass_session
def cancel(session: Session, audit: str, reason: str) -> None:
    """Cancel an engagement."""
    from secaudit.app.audit.planning import cancel as do

    do(session.workspace, audit, reason)
    say(gettext("{id} is called off.").format(id=audit.upper()))


@group.command("conclude", help=N_("Give the opinion; from then on the audit stays as it is."))
@argument("audit")
@option(
    "--opinion",
    required=True,
    type=click.Choice([item.value for item in Opinion]),
    help=N_("What the audit came to."),
)
@option("--text", required=True, help=N_("The opinion in words."))
@option("--limitations", default="", help=N_("What could not be looked at."))
@option(
    "--not-tested",
    multiple=True,
    metavar="STEP=REASON",
    help=N_("Why a step was left out, such as A.8.24/design=TEXT, or A.8.24=TEXT for all four."),
)
@option("--document", type=FILE, help=N_("The signed report."))
@by_option
@pass_session
def conclude(
    session: Session,
    audit: str,
    opinion: str,
    text: str,
    limitations: str,
    not_tested: tuple[str, ...],
    document: Path | None,
    person: str | None,
) -> None:
    """Conclude an engagement."""
    from secaudit.app.audit.conclusion import ConcludeRequest
    from secaudit.app.audit.conclusion import conclude as do
    from secaudit.core.errors import InputError

    reasons: dict[str, str] = {}
    for item in not_tested:
        name, sign, reason = item.partition("=")
        if not sign or not name.strip() or not reason.strip():
            raise InputError(
                "{text!r} does not say which step was left out and why",
                hint="example: --not-tested A.8.24/design='no document was handed over'",
                text=item,
            )
        reasons[name.strip()] = reason.strip()
    ended = do(
        session.workspace,
        ConcludeRequest(
            engagement=audit,
            opinion=Opinion(opinion),
            text=text,
            limitations=limitations,
            not_tested=reasons,
            person=person,
            document=document,
        ),
    )
    found = ended.engagement
    say(
        gettext(
            "{id} is concluded: {opinion}. Grades recorded: {graded}; already there: {kept}."
        ).format(
            id=found.id,
            opinion=word_of(Opinion, found.opinion),
            graded=len(ended.graded),
            kept=len(ended.kept),
        )
    )
    for requirement, error in ended.ungraded:
        why = error.in_words(gettext)[0]
        say(gettext("No grade for {requirement}: {why}").format(requirement=requirement, why=why))
    if ended.performed:
        say(gettext("The calendar has it as done: {record}").format(record=ended.performed))
    say(gettext("Write the report: secaudit audit report {id} -o report.pdf").format(id=found.id))


for member in (
    audit_programme.group,
    audit_team.group,
    audit_work.work,
    audit_work.question,
    audit_work.test,
    audit_sample.group,
    audit_nonconformity.group,
    audit_nonconformity.follow_up,
    audit_review.group,
    audit_report.report,
):
    group.add_command(member)
