"""``secaudit audit team``: who audits, and whether nobody audits what they own."""

from pathlib import Path
from typing import Any

import click

from secaudit.audit.vocabulary import Role
from secaudit.audit.words import say as word_of
from secaudit.cli.audit_options import FILE
from secaudit.cli.audit_view import conflict_lines
from secaudit.cli.command import Group, argument, format_option, option
from secaudit.cli.output import Column, Format, emit_list, emit_text, say
from secaudit.cli.session import Session, pass_session
from secaudit.core.errors import ExitCode
from secaudit.text.language import N_, gettext

CHECK_COLUMNS = (
    Column("name", N_("Name")),
    Column("role", N_("Role"), show=lambda code: word_of(Role, code)),
    Column("unit", N_("Unit")),
    Column("account", N_("Account")),
    Column("competence", N_("Competence")),
    Column("conflicts", N_("Conflicts"), show=lambda items: str(len(items)), right=True),
    Column("unguarded", N_("Without safeguard"), right=True),
)
CHECK_CSV = tuple(
    Column(key, key)
    for key in (
        *("engagement_id", "name", "role", "unit", "account", "competence", "conflicts"),
        *("unguarded", "removed_at", "removed_reason"),
    )
)


@click.group("team", cls=Group, help=N_("Who audits, and whether they are independent."))
def group() -> None:
    """Hold the verbs."""


@group.command("add", help=N_("Take somebody into the audit team."))
@argument("audit")
@option("--name", required=True, help=N_("The auditor's name."))
@option("--unit", required=True, help=N_("The unit that they belong to."))
@option(
    "--role",
    type=click.Choice([item.value for item in Role]),
    default=Role.AUDITOR.value,
    show_default=True,
    help=N_("What they do in the team."),
)
@option("--account", default="", help=N_("The account that they work with."))
@option("--competence", default="", help=N_("What they are trained in."))
@option("--certificate", type=FILE, help=N_("The certificate of that training."))
@pass_session
def add(session: Session, /, audit: str, **said: Any) -> None:
    """Add an auditor."""
    from secaudit.app.audit.planning import add_auditor
    from secaudit.audit.team import NewAuditor

    certificate: Path | None = said.pop("certificate")
    new = NewAuditor(role=Role(said.pop("role")), **said)
    made, conflicts = add_auditor(session.workspace, audit, new, certificate)
    say(
        gettext("{name} is in the team of {audit} as {role}.").format(
            name=made.name, audit=made.engagement_id, role=word_of(Role, made.role.value)
        )
    )
    if conflicts:
        say(
            gettext(
                "Not independent: conflicts found: {count}. See: secaudit audit team check {audit}"
            ).format(count=len(conflicts), audit=made.engagement_id)
        )


@group.command("remove", help=N_("Let somebody leave the team; their work stays."))
@argument("audit")
@option("--name", required=True, help=N_("Who."))
@option("--reason", required=True, help=N_("Why."))
@pass_session
def remove(session: Session, audit: str, name: str, reason: str) -> None:
    """Remove an auditor."""
    from secaudit.app.audit.planning import remove_auditor

    gone = remove_auditor(session.workspace, audit, name, reason)
    say(gettext("{name} has left the team.").format(name=gone.name))


@group.command("check", help=N_("Check that nobody audits what they own."))
@argument("audit")
@format_option
@pass_session
def check(session: Session, audit: str, format_: Format) -> int:
    """Check independence."""
    from secaudit.app.audit.planning import team_rows

    rows = team_rows(session.workspace, audit)
    emit_list(
        rows,
        CHECK_COLUMNS if format_ == "table" else CHECK_CSV,
        format_,
        empty=N_("Nobody is in the team yet: secaudit audit team add"),
    )
    if format_ == "table":
        for row in rows:
            for line in conflict_lines(row["conflicts"]):
                emit_text(f"{row['name']}: {line}")
    bare = sum(row["unguarded"] for row in rows)
    if bare:
        say(gettext("Conflicts without a safeguard: {count}").format(count=bare))
    return int(ExitCode.FAULTS_FOUND if bare else ExitCode.DONE)


@group.command("safeguard", help=N_("Guard against an auditor's conflicts, by another's approval."))
@argument("audit")
@option("--name", required=True, help=N_("Whose conflicts."))
@option("--text", required=True, help=N_("What guards against them."))
@option("--approver", required=True, help=N_("Who approves that; not the auditor."))
@option("--document", type=FILE, help=N_("The signed approval."))
@pass_session
def safeguard(
    session: Session, audit: str, name: str, text: str, approver: str, document: Path | None
) -> None:
    """Record a safeguard."""
    from secaudit.app.audit.planning import guard

    made = guard(
        session.workspace, audit, auditor=name, text=text, approver=approver, document=document
    )
    say(
        gettext("Conflicts of {name} under a safeguard: {count}. The report shows them.").format(
            name=made.auditor, count=len(made.covers)
        )
    )
