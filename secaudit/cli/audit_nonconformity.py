"""``secaudit audit nonconformity`` and ``follow-up``: what was found, until it is closed."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from secaudit.audit.vocabulary import AuditGrade, FindingState
from secaudit.audit.words import say as word_of
from secaudit.cli.audit_options import (
    by_option,
    files_option,
    proof_options,
    proofs_from,
    said_by_option,
)
from secaudit.cli.audit_view import told_finding
from secaudit.cli.command import Group, argument, format_option, option, record_format_option
from secaudit.cli.control_attest import day_of
from secaudit.cli.day import DAY
from secaudit.cli.output import Column, Format, emit_json, emit_list, say
from secaudit.cli.risk_options import version_option
from secaudit.cli.session import Session, pass_session
from secaudit.text.language import N_, gettext

if TYPE_CHECKING:
    from secaudit.audit.finding import AuditFinding

GRADES = [item.value for item in AuditGrade]
GRADE_STYLES = {"major": "bold red", "minor": "yellow"}
NEXT_WORDS = {
    "analyse": N_("find the cause, plan the action"),
    "correct": N_("carry the action out"),
    "check": N_("another person checks the effect"),
    "close": N_("close"),
    "": "",
}
LIST_COLUMNS = (
    Column("id", N_("Id"), no_wrap=True),
    Column(
        "grade",
        N_("Grade"),
        show=lambda code: word_of(AuditGrade, code),
        style=lambda code: GRADE_STYLES.get(str(code), ""),
    ),
    Column("citation", N_("Criterion"), rank=3),
    Column("title", N_("Audit finding"), rank=1),
    Column("state", N_("State"), show=lambda code: word_of(FindingState, code)),
    Column("owner", N_("Owner")),
    Column("due_shown", N_("Due"), no_wrap=True),
    Column("next", N_("Next"), show=lambda code: gettext(NEXT_WORDS[str(code)])),
)
LIST_CSV = tuple(
    Column(key, key)
    for key in (
        *("id", "engagement_id", "requirement", "citation", "grade", "title", "state"),
        *("condition", "cause", "effect", "correction", "action", "owner", "due", "overdue"),
        *("next", "repeats", "raised_by", "raised_at", "done_on", "done_by", "checked_on"),
        *("checked_by", "closed_on", "closed_by"),
    )
)


@click.group("nonconformity", cls=Group, help=N_("What the audit found, until it is closed."))
def group() -> None:
    """Hold the verbs."""


@group.command("raise", help=N_("Record a nonconformity, an observation or an opportunity."))
@argument("audit")
@argument("requirement")
@option("--grade", required=True, type=click.Choice(GRADES), help=N_("How grave it is."))
@option("--title", required=True, help=N_("In a few words."))
@option("--condition", required=True, help=N_("What was found, as it is."))
@option("--cause", default="", help=N_("Why it came to this (root cause)."))
@option("--effect", default="", help=N_("What it leads to."))
@option("--repeats", help=N_("The finding of an earlier audit that it repeats."))
@proof_options
@by_option
@pass_session
def raise_(session: Session, /, audit: str, requirement: str, **said: Any) -> None:
    """Raise an audit finding."""
    from secaudit.app.audit.nonconformity import RaiseRequest, raise_finding

    proofs = proofs_from(said)
    grade = AuditGrade(said.pop("grade"))
    made = raise_finding(
        session.workspace,
        RaiseRequest(engagement=audit, requirement=requirement, grade=grade, proofs=proofs, **said),
    )
    say(
        gettext("{id}: {grade} against {requirement}.").format(
            id=made.id, grade=word_of(AuditGrade, made.grade.value), requirement=made.requirement
        )
    )
    if made.repeats:
        say(gettext("It repeats {earlier} of an earlier audit.").format(earlier=made.repeats))


@group.command("analyse", help=N_("Record cause, correction, corrective action, owner and day."))
@argument("finding")
@option("--cause", help=N_("Why it came to this (root cause)."))
@option("--effect", help=N_("What it leads to."))
@option("--correction", help=N_("What puts the condition itself right."))
@option("--action", help=N_("What keeps it from coming back (corrective action)."))
@option("--owner", help=N_("Who answers for the action."))
@option("--due", type=DAY, metavar="YYYY-MM-DD", help=N_("By when."))
@version_option
@said_by_option
@pass_session
def analyse(
    session: Session,
    /,
    finding: str,
    due: datetime | None,
    person: str | None,
    version: int | None,
    **said: Any,
) -> None:
    """Analyse an audit finding."""
    from secaudit.app.audit.nonconformity import analyse as do
    from secaudit.audit.finding import Analysis

    made = do(session.workspace, finding, Analysis(due=day_of(due), **said), person, version)
    _told(made)


@group.command("correct", help=N_("Record that correction and corrective action are done."))
@argument("finding")
@option("--note", required=True, help=N_("What was done."))
@option("--on", type=DAY, metavar="YYYY-MM-DD", help=N_("The day on which it was done (today)."))
@files_option
@said_by_option
@pass_session
def correct(
    session: Session,
    finding: str,
    note: str,
    on: datetime | None,
    files: tuple[Path, ...],
    person: str | None,
) -> None:
    """Correct an audit finding."""
    from secaudit.app.audit.nonconformity import correct as do

    _told(do(session.workspace, finding, note=note, files=files, person=person, on=day_of(on)))


@group.command("verify", help=N_("Record whether the action works; by another than the doer."))
@argument("finding")
@option(
    "--effective/--not-effective",
    "effective",
    required=True,
    help=N_("Whether the cause is gone; if not, the finding is reopened."),
)
@option("--how", required=True, help=N_("How that was checked."))
@option("--on", type=DAY, metavar="YYYY-MM-DD", help=N_("The day on which it was done (today)."))
@files_option
@said_by_option
@pass_session
def verify(
    session: Session,
    finding: str,
    effective: bool,
    how: str,
    on: datetime | None,
    files: tuple[Path, ...],
    person: str | None,
) -> None:
    """Check the effect."""
    from secaudit.app.audit.nonconformity import check_effect

    made = check_effect(
        session.workspace,
        finding,
        effective=effective,
        how=how,
        files=files,
        person=person,
        on=day_of(on),
    )
    _told(made)


@group.command("close", help=N_("Close what was checked, or with a reason what needs no action."))
@argument("finding")
@option("--reason", default="", help=N_("Why."))
@said_by_option
@pass_session
def close(session: Session, finding: str, reason: str, person: str | None) -> None:
    """Close an audit finding."""
    from secaudit.app.audit.nonconformity import close as do

    made = do(session.workspace, finding, reason, person)
    _told(made)
    say(
        gettext("Grade the requirement anew: secaudit control grade {requirement}").format(
            requirement=made.requirement
        )
    )


@group.command("reopen", help=N_("Reopen what is there again."))
@argument("finding")
@option("--reason", required=True, help=N_("Why."))
@said_by_option
@pass_session
def reopen(session: Session, finding: str, reason: str, person: str | None) -> None:
    """Reopen an audit finding."""
    from secaudit.app.audit.nonconformity import reopen as do

    _told(do(session.workspace, finding, reason, person))


@group.command("list", help=N_("List the audit findings."))
@option("--audit", help=N_("Only those of this audit."))
@format_option
@pass_session
def list_(session: Session, audit: str | None, format_: Format) -> None:
    """List audit findings."""
    from secaudit.app.audit.nonconformity import list_findings

    _list(list_findings(session.workspace, engagement=audit), format_)


@group.command("show", help=N_("Tell all about one audit finding, with its history."))
@argument("finding")
@record_format_option
@pass_session
def show(session: Session, finding: str, format_: str) -> None:
    """Show one audit finding."""
    from secaudit.app.audit.nonconformity import show_finding

    record = show_finding(session.workspace, finding)
    if format_ == "json":
        emit_json(record)
    else:
        told_finding(session, record)


@click.group("follow-up", cls=Group, help=N_("What is left to do of all audits."))
def follow_up() -> None:
    """Hold the verbs."""


@follow_up.command("list", help=N_("List what is not closed, over all audits, the late first."))
@format_option
@pass_session
def follow_up_list(session: Session, format_: Format) -> None:
    """List what is not closed."""
    from secaudit.app.audit.nonconformity import follow_up as do

    rows = do(session.workspace)
    _list(rows, format_)
    late = sum(1 for row in rows if row["overdue"])
    if rows:
        say(
            gettext("Not closed: {count}, of these late: {late}").format(count=len(rows), late=late)
        )


def _list(rows: list[dict[str, Any]], format_: Format) -> None:
    if format_ == "table":
        for row in rows:
            late = f" ({gettext('late')})" if row["overdue"] else ""
            row["due_shown"] = f"{row['due'] or ''}{late}"
    emit_list(
        rows,
        LIST_COLUMNS if format_ == "table" else LIST_CSV,
        format_,
        empty=N_("No audit finding is there."),
    )


def _told(made: "AuditFinding") -> None:
    say(
        gettext("{id} is now: {state}").format(
            id=made.id, state=word_of(FindingState, made.state.value)
        )
    )
