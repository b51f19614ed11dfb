"""``secaudit control attest``, ``grade``, ``withdraw``, ``attestations`` and ``gap``."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from secaudit.assurance.vocabulary import AttestationKind, Ending, Grade, Target, Verdict
from secaudit.assurance.words import say as word_of
from secaudit.assurance.words import word
from secaudit.cli.command import Command, argument, format_option, option
from secaudit.cli.day import DAY
from secaudit.cli.output import Column, Format, emit_list, say
from secaudit.cli.session import Session, pass_session
from secaudit.text.language import N_, gettext

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from secaudit.app.attestations import AttestRequest

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
VERDICT_STYLES = {"conform": "green", "partly": "yellow", "not_conform": "bold red"}
LIST_COLUMNS = (
    Column("id", N_("Id"), no_wrap=True),
    Column("cited", N_("Requirement")),
    Column("value_shown", N_("What was said")),
    Column("person", N_("Name")),
    Column("expires_on", N_("Valid until"), no_wrap=True),
    Column("state", N_("State")),
)
LIST_CSV = tuple(
    Column(key, key)
    for key in (
        *("id", "requirement", "citation", "kind", "value", "person", "account", "recorded_at"),
        *("collector", "effective_from", "effective_until", "expires_on", "expired", "note"),
        *("evidence", "shared_from", "ended_at", "ended_because", "ended_by", "ended_reason"),
    )
)
GAP_COLUMNS = (
    Column("cited", N_("Requirement")),
    Column("title", N_("Title")),
    Column(
        "verdict",
        N_("Self-assessment"),
        show=lambda code: word_of(Verdict, code),
        style=lambda code: VERDICT_STYLES.get(str(code), ""),
    ),
    Column("what", N_("What is missing")),
)
GAP_CSV = tuple(
    Column(key, key)
    for key in (
        *("id", "citation", "title", "modality", "standing", "verdict", "via", "grade"),
        *("missing", "what", "next"),
    )
)


def _shared_options(command: "Callable[..., Any]") -> "Callable[..., Any]":
    for decorate in reversed(
        (
            option(
                "--evidence",
                "files",
                multiple=True,
                type=FILE,
                help=N_("A file that proves it; it is kept as evidence (repeatable)."),
            ),
            option(
                "--evidence-of",
                "shared",
                multiple=True,
                help=N_("Use the evidence of another attestation too, such as AT-0003."),
            ),
            option(
                "--from",
                "begin",
                type=DAY,
                metavar="YYYY-MM-DD",
                help=N_("First day it speaks about (today)."),
            ),
            option("--until", type=DAY, metavar="YYYY-MM-DD", help=N_("Last day it speaks about.")),
            option(
                "--expires",
                type=DAY,
                metavar="YYYY-MM-DD",
                help=N_("Last day it counts (default: the end of the period, else in a year)."),
            ),
            option("--by", "person", help=N_("Who says so (default: your account).")),
            option("--collector", default="", help=N_("Who collected the evidence.")),
            option("--note", default="", help=N_("Why, or what to know about it.")),
        )
    ):
        command = decorate(command)
    return command


@click.command(
    "attest",
    cls=Command,
    help=N_("Say, as the owner, how far a requirement is met; with evidence."),
)
@argument("requirement")
@option(
    "--verdict",
    required=True,
    type=click.Choice([item.value for item in Verdict]),
    help=N_("How far it is met."),
)
@_shared_options
@pass_session
def attest(session: Session, /, requirement: str, verdict: str, **said: Any) -> None:
    """Record a self-assessment."""
    _attest(session, _request(requirement, Verdict(verdict), said))


@click.command(
    "grade", cls=Command, help=N_("Grade, as the auditor, a requirement; apart from the owner.")
)
@argument("requirement")
@option(
    "--grade",
    required=True,
    type=click.Choice([item.value for item in Grade]),
    help=N_("What the audit found."),
)
@_shared_options
@pass_session
def grade(session: Session, /, requirement: str, grade: str, **said: Any) -> None:
    """Record an auditor's grade."""
    _attest(session, _request(requirement, Grade(grade), said))


def _request(
    requirement: str, value: Verdict | Grade, said: "Mapping[str, Any]"
) -> "AttestRequest":
    from secaudit.app.attestations import AttestRequest

    return AttestRequest(
        requirement=requirement,
        value=value,
        person=said["person"],
        collector=said["collector"],
        begin=day_of(said["begin"]),
        until=day_of(said["until"]),
        expires=day_of(said["expires"]),
        note=said["note"],
        files=said["files"],
        shared=said["shared"],
    )


def day_of(value: datetime | None) -> date | None:
    """The day that click read."""
    return None if value is None else value.date()


def _attest(session: Session, request: "AttestRequest") -> None:
    from secaudit.app.attestations import attest as do

    made = do(session.workspace, request)
    say(
        gettext("{id}: {requirement} is {value}, says {person}; it counts until {day}.").format(
            id=made.id,
            requirement=made.requirement,
            value=word(made.value),
            person=made.person,
            day=made.expires_on,
        )
    )
    if made.value in {Verdict.CONFORM, Grade.CONFORM} and not made.evidence:
        say(gettext("It has no evidence: an auditor will ask for it. Add it with --evidence FILE."))


@click.command("withdraw", cls=Command, help=N_("Take an attestation back that was wrong."))
@argument("attestation")
@option("--reason", required=True, help=N_("Why."))
@pass_session
def withdraw(session: Session, attestation: str, reason: str) -> None:
    """Withdraw an attestation."""
    from secaudit.app.attestations import withdraw as do

    found = do(session.workspace, attestation, reason)
    say(gettext("{id} is withdrawn; it stays in the history.").format(id=found.id))


@click.command("attestations", cls=Command, help=N_("List what people said about requirements."))
@option("--requirement", help=N_("Only about this requirement."))
@option("--framework", help=N_("Only this catalogue, such as iso27001-2022."))
@option("--all", "everything", is_flag=True, help=N_("Those superseded or withdrawn, too."))
@format_option
@pass_session
def attestations(
    session: Session,
    requirement: str | None,
    framework: str | None,
    everything: bool,
    format_: Format,
) -> None:
    """List attestations."""
    from secaudit.app.attestations import list_attestations

    rows = list_attestations(
        session.workspace, requirement=requirement, framework=framework, everything=everything
    )
    if format_ == "table":
        rows = [{**row, **_shown(row)} for row in rows]
    emit_list(
        rows,
        LIST_COLUMNS if format_ == "table" else LIST_CSV,
        format_,
        empty=N_("Nobody has attested anything yet: secaudit control attest REQUIREMENT"),
    )


def _shown(row: "Mapping[str, Any]") -> dict[str, Any]:
    state = (
        word_of(Ending, row["ended_because"])
        if row["ended_because"]
        else gettext("expired")
        if row["expired"]
        else gettext("stands")
    )
    side = word_of(AttestationKind, row["kind"])
    return {"value_shown": f"{side}: {value_of(row)}", "state": state}


def value_of(row: "Mapping[str, Any]") -> str:
    """The verdict or grade of an attestation in words."""
    kind = Verdict if row["kind"] == AttestationKind.SELF.value else Grade
    return word_of(kind, row["value"])


@click.command("gap", cls=Command, help=N_("List what is below the target, and the next step."))
@option("--framework", required=True, help=N_("The catalogue, such as iso27001-2022."))
@option(
    "--target",
    type=click.Choice([item.value for item in Target]),
    default=Target.CONFORM.value,
    show_default=True,
    help=N_("The least verdict asked for."),
)
@option(
    "--at", "day", type=DAY, metavar="YYYY-MM-DD", help=N_("As it stood at the end of this day.")
)
@format_option
@pass_session
def gap(
    session: Session, framework: str, target: str, day: datetime | None, format_: Format
) -> None:
    """List gaps."""
    from secaudit.app.gaps import find_gaps

    found = find_gaps(session.workspace, framework, Target(target), day_of(day))
    emit_list(
        found.rows,
        GAP_COLUMNS if format_ == "table" else GAP_CSV,
        format_,
        empty=N_("Nothing is below the target."),
    )
    if format_ == "table":
        for step in found.next_steps:
            say(f"- {step}")
    say(
        gettext("Below the target: {count} of {asked} requirements.").format(
            count=len(found.rows), asked=found.asked
        )
    )
    if found.optional:
        say(
            gettext("Of these, the text only permits {count} (dapat).").format(count=found.optional)
        )
    if found.excluded:
        say(
            gettext(
                "Left out, because the approved Statement of Applicability excludes them: {count}"
            ).format(count=len(found.excluded))
        )
