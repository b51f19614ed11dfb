"""``secaudit role``: who is registered as what, and who may do what."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from secaudit.cli.command import Group, argument, format_option, option, record_format_option
from secaudit.cli.day import DAY
from secaudit.cli.output import Column, Format, emit_json, emit_list, emit_text, say
from secaudit.cli.session import Session, pass_session
from secaudit.core.roles import Role
from secaudit.text.language import N_, gettext
from secaudit.text.words import code_words

ROLE = click.Choice([role.value for role in Role])
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
STATES = {
    "counts": N_("in force"),
    "to_come": N_("to come"),
    "ended": N_("ended"),
    "revoked": N_("revoked"),
}
RULES = {
    "work": "",
    "decision": N_("by approval"),
    "program": N_("by the program"),
    "founding": N_("as long as nobody grants roles"),
}


def _roles(codes: Iterable[str] | None) -> str:
    return ", ".join(code_words(code) for code in codes or ())


def _state(code: object) -> str:
    return gettext(STATES[str(code)])


LIST_COLUMNS = (
    Column("name", N_("Name"), rank=1),
    Column("role", N_("Role"), code_words, rank=1),
    Column("account", N_("Account"), rank=2),
    Column("unit", N_("Unit"), rank=3),
    Column("state", N_("State"), _state, no_wrap=True),
    Column("from", N_("From"), no_wrap=True),
    Column("until", N_("Until"), no_wrap=True),
    Column("conflict", N_("Does not go together"), _roles, lambda value: "red" if value else ""),
)
LIST_CSV = tuple(
    Column(key, key)
    for key in (
        *("person", "name", "unit", "account", "role", "state", "from", "until", "document"),
        *("granted_at", "granted_by", "granter", "reason", "revoked_at", "revoked_because"),
        "conflict",
    )
)
TABLE_COLUMNS = (
    Column("title", N_("What"), rank=1),
    Column("roles", N_("Who"), _roles, rank=1),
    Column("rule", N_("How"), lambda code: gettext(RULES[code]) if RULES[code] else "", rank=3),
    Column("act", N_("In the audit trail"), rank=2),
)
TABLE_CSV = tuple(Column(key, key) for key in ("act", "title", "rule", "roles", "entered_by"))


@click.group("role", cls=Group, help=N_("Who may do what, and who is who."))
def group() -> None:
    """Hold the verbs."""


@group.command("grant", help=N_("Give a role to a person; they are registered where they are not."))
@argument("name")
@option("--role", "role", type=ROLE, required=True, help=N_("Which role."))
@option(
    "--account",
    help=N_("The account of somebody new; none for somebody who never logs in."),
)
@option("--unit", help=N_("The unit that they belong to."))
@option("--document", type=FILE, help=N_("The document that appoints them (SK), signed."))
@option("--from", "first", type=DAY, metavar="YYYY-MM-DD", help=N_("First day (default: today)."))
@option("--until", "last", type=DAY, metavar="YYYY-MM-DD", help=N_("Last day."))
@option("--by", help=N_("Who grants it (default: the person of your account)."))
@option("--reason", default="", help=N_("Why; needed for roles that do not go together."))
@pass_session
def grant(
    session: Session,
    /,
    name: str,
    role: str,
    first: datetime | None,
    last: datetime | None,
    **said: Any,
) -> None:
    """Grant a role."""
    from secaudit.app.granting import GrantRequest
    from secaudit.app.granting import grant as do
    from secaudit.app.people import acting_account, do_i_work

    request = GrantRequest(
        name=name,
        role=Role(role),
        from_on=first.date() if first else None,
        until_on=last.date() if last else None,
        **said,
    )
    made = do(session.workspace, request)
    say(gettext("{name} ({id}): {role}").format(name=made.name, id=made.id, role=code_words(role)))
    if made.account is None:
        say(
            gettext("{name} has no account: decisions need the document that they signed.").format(
                name=made.name
            )
        )
    if not do_i_work(session.workspace):
        say(
            gettext(
                "Your own account, {account}, is not registered: it may only look. Register it too."
            ).format(account=acting_account())
        )
    say(gettext("See who may do what: secaudit role table"))


@group.command("revoke", help=N_("Take a role from a person, from now on."))
@argument("name")
@option("--role", "role", type=ROLE, required=True, help=N_("Which role."))
@option("--reason", required=True, help=N_("Why."))
@option("--by", help=N_("Who revokes it (default: the person of your account)."))
@option("--document", type=FILE, help=N_("The document that they signed."))
@pass_session
def revoke(
    session: Session, name: str, role: str, reason: str, by: str | None, document: Path | None
) -> None:
    """Revoke a role."""
    from secaudit.app.granting import revoke as do

    made = do(session.workspace, name, Role(role), reason, by, document)
    say(
        gettext("{name} no longer holds this role: {role}").format(
            name=made.name, role=code_words(role)
        )
    )


@group.command("account", help=N_("Change the account that a person works with."))
@argument("name")
@option("--account", required=True, help=N_("The account that they work with from now on."))
@option("--reason", required=True, help=N_("Why."))
@option("--by", help=N_("Who decides it, where no granter has an account."))
@option("--document", type=FILE, help=N_("The document that they signed electronically."))
@pass_session
def account_(session: Session, /, **said: Any) -> None:
    """Change an account."""
    from secaudit.app.granting import change_account

    made = change_account(session.workspace, **said)
    say(
        gettext("{name} ({id}) works as {account} from now on").format(
            name=made.name, id=made.id, account=made.account
        )
    )


@group.command("list", help=N_("List the people and their roles."))
@option("--all", "everything", is_flag=True, help=N_("Those that ended or were revoked, too."))
@format_option
@pass_session
def list_(session: Session, everything: bool, format_: Format) -> None:
    """List people."""
    from secaudit.app.people import first_grant, list_people

    rows = list_people(session.workspace, everything=everything)
    if not rows and format_ == "table":
        say(gettext("Nobody is registered yet: {command}").format(command=first_grant()))
        return
    emit_list(rows, LIST_COLUMNS if format_ == "table" else LIST_CSV, format_)
    if format_ == "table":
        told = {
            f"{row['name']}: {row['reason']}" for row in rows if row["conflict"] and row["reason"]
        }
        for line in sorted(told):
            say(line)


@group.command("show", help=N_("Tell all about one person."))
@argument("name")
@record_format_option
@pass_session
def show(session: Session, name: str, format_: str) -> None:
    """Show one person."""
    from secaudit.app.people import show_person
    from secaudit.cli.audit_view import pairs

    record = show_person(session.workspace, name)
    if format_ == "json":
        emit_json(record)
        return
    emit_text(f"{record['id']}  {record['name']}\n")
    pairs(
        [
            (N_("Unit"), record["unit"]),
            (N_("Account"), record["account"] or gettext("none: signs on paper")),
            (N_("Roles"), _roles(record["roles"])),
            (N_("Does not go together"), _roles(record["conflict"])),
        ]
    )
    for held in record["held"]:
        emit_text("  " + _told(held))


def _told(held: Mapping[str, Any]) -> str:
    told = gettext("{role}: {state}, from {first}").format(
        role=code_words(held["role"]), state=_state(held["state"]), first=held["from"]
    )
    if held["until"]:
        told += gettext(" until {last}").format(last=held["until"])
    if held["granter"]:
        told += "; " + gettext("granted by {name}").format(name=held["granter"])
    told += "; " + gettext("entered by {account}").format(account=held["granted_by"])
    if held["document"]:
        told += "; " + gettext("document {sha256}").format(sha256=held["document"])
    if held["reason"]:
        told += f"; {held['reason']}"
    if held["revoked_because"]:
        told += "; " + gettext("revoked: {why}").format(why=held["revoked_because"])
    return told


@group.command("table", help=N_("Show who may do what, and where each role comes from."))
@option("--role", "role", type=ROLE, help=N_("Only what this role may do."))
@format_option
@pass_session
def table(session: Session, role: str | None, format_: Format) -> None:
    """Show the table."""
    from secaudit.app.people import role_rows, table_rows

    chosen = Role(role) if role else None
    rows = table_rows(chosen)
    if format_ != "table":
        emit_list(rows, TABLE_CSV, format_)
        return
    for item in role_rows(session.optional_workspace):
        if chosen is None or item["role"] == chosen.value:
            emit_text(_origin(item) + "\n")
    emit_list(rows, TABLE_COLUMNS, format_)


def _origin(item: Mapping[str, Any]) -> str:
    cells = "; ".join(f"{key} {letters}" for key, letters in item["cells"].items())
    lines = [
        item["title"],
        f"  {item['description']}",
        "  "
        + gettext("From {matrix}, {citation}, column {actor}: {cells}").format(
            matrix=item["matrix"], citation=item["citation"], actor=item["actor_name"], cells=cells
        ),
        f"  {item['why']}",
    ]
    if item["articles"]:
        lines.append("  " + "; ".join(article["citation"] for article in item["articles"]))
    if item["open_cells"]:
        lines.append(
            "  "
            + gettext("Not read for sure: {cells}; to be confirmed from the signed copy.").format(
                cells=", ".join(item["open_cells"])
            )
        )
    if item["inferred"]:
        lines.append("  " + gettext("Concluded: the matrix does not name this role."))
    return "\n".join(lines)


@group.command("whoami", help=N_("Tell who your account is taken for, and what you may do."))
@record_format_option
@pass_session
def whoami(session: Session, format_: str) -> None:
    """Tell who acts."""
    from secaudit.app.people import first_grant
    from secaudit.app.people import whoami as ask
    from secaudit.cli.audit_view import pairs

    record = ask(session.workspace)
    if format_ == "json":
        emit_json(record)
        return
    pairs(
        [
            (N_("Account"), record["account"]),
            (N_("Person"), record["name"] or gettext("not registered")),
            (N_("Roles"), _roles(record["roles"]) or "-"),
        ]
    )
    emit_text(
        gettext("The account is asserted by the operating system, not proved by this program.")
    )
    if not record["anybody_registered"]:
        say(
            gettext(
                "Nobody is registered: every account may do the work, and nobody may approve."
                " Register the first: {command}"
            ).format(command=first_grant())
        )
    elif record["person"] is None:
        say(gettext("Others are registered and you are not: you may only look."))
