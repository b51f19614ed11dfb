"""``secaudit audit work``, ``question`` and ``test``: the fieldwork."""

from datetime import datetime
from typing import Any

import click

from secaudit.audit.vocabulary import Conclusion, Step
from secaudit.audit.words import say as word_of
from secaudit.cli.audit_options import by_option, proof_options, proofs_from
from secaudit.cli.audit_view import told_steps
from secaudit.cli.command import Command, argument, format_option, option
from secaudit.cli.control_attest import day_of
from secaudit.cli.day import DAY
from secaudit.cli.output import Column, Format, emit_list, say
from secaudit.cli.session import Session, pass_session
from secaudit.text.language import N_, gettext

STEPS = [item.value for item in Step]
SHOWN = 12
"""Results that are told one by one."""
WORK_CSV = tuple(
    Column(key, key)
    for key in (
        *("requirement", "citation", "title", "binding", "step", "questions", "conclusion"),
        *("person", "performed_on", "facts"),
    )
)


@click.command(
    "work", cls=Command, help=N_("Show the work programme: what is known, and what to ask.")
)
@argument("audit")
@argument("requirements", nargs=-1)
@option("--open", "open_only", is_flag=True, help=N_("Only the steps without a result."))
@format_option
@pass_session
def work(
    session: Session, audit: str, requirements: tuple[str, ...], open_only: bool, format_: Format
) -> None:
    """Show the work programme."""
    from secaudit.app.audit.testing import work_rows

    rows = work_rows(session.workspace, audit, requirements, open_only=open_only)
    if format_ != "table" or not rows:
        emit_list(rows, WORK_CSV, format_, empty=N_("Every step has a result."))
        return
    told_steps(rows)
    left = sum(1 for row in rows if row["test"] is None)
    say(
        gettext("Steps shown: {count}, without a result: {left}").format(count=len(rows), left=left)
    )


@click.command("question", cls=Command, help=N_("Add a question of your own to a step."))
@argument("audit")
@argument("requirement")
@option("--step", required=True, type=click.Choice(STEPS), help=N_("Which step."))
@option("--text", required=True, help=N_("The question."))
@by_option
@pass_session
def question(
    session: Session, audit: str, requirement: str, step: str, text: str, person: str | None
) -> None:
    """Add a question."""
    from secaudit.app.audit.testing import ask

    made = ask(session.workspace, audit, requirement, Step(step), text, person)
    say(
        gettext("{requirement} has {count} questions about {step} now.").format(
            requirement=made.requirement,
            count=len(made.questions),
            step=word_of(Step, made.step.value),
        )
    )


@click.command("test", cls=Command, help=N_("Record what was done about steps, and the result."))
@argument("audit")
@argument("requirements", nargs=-1, required=True)
@option(
    "--step",
    "steps",
    multiple=True,
    required=True,
    type=click.Choice([*STEPS, "all"]),
    help=N_("Which step; all for the four (repeatable)."),
)
@option(
    "--conclusion",
    required=True,
    type=click.Choice([item.value for item in Conclusion]),
    help=N_("What it came to."),
)
@option("--work", default="", help=N_("What was done: who was asked, what was looked at."))
@option("--reason", default="", help=N_("Why it was not tested, or not fully effective."))
@option("--on", type=DAY, metavar="YYYY-MM-DD", help=N_("The day on which it was done (today)."))
@proof_options
@by_option
@pass_session
def test(session: Session, /, audit: str, requirements: tuple[str, ...], **said: Any) -> None:
    """Record tests."""
    from secaudit.app.audit.testing import TestRequest, record_tests

    on: datetime | None = said["on"]
    steps = tuple(Step) if "all" in said["steps"] else tuple(Step(name) for name in said["steps"])
    made = record_tests(
        session.workspace,
        TestRequest(
            engagement=audit,
            requirements=requirements,
            steps=tuple(dict.fromkeys(steps)),
            conclusion=Conclusion(said["conclusion"]),
            person=said["person"],
            work=said["work"],
            reason=said["reason"],
            on=day_of(on),
            proofs=proofs_from(said),
        ),
    )
    for item in made[:SHOWN]:
        say(
            gettext("{id}: {requirement}, {step}: {conclusion}").format(
                id=item.id,
                requirement=item.requirement,
                step=word_of(Step, item.step.value),
                conclusion=word_of(Conclusion, item.conclusion.value),
            )
        )
    if len(made) > SHOWN:
        say(gettext("Results recorded in all: {count}").format(count=len(made)))
