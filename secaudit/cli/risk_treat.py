"""``secaudit risk treat``: mitigate, accept, avoid or transfer, and what became of it."""

from pathlib import Path
from typing import Any

import click

from secaudit.cli.command import Command, argument, option
from secaudit.cli.day import DAY
from secaudit.cli.output import say
from secaudit.cli.risk_options import by_option, plain_day, residual_option, version_option
from secaudit.cli.session import Session, pass_session
from secaudit.core.errors import InputError
from secaudit.text.language import N_, gettext

KINDS = ("mitigate", "accept", "avoid", "transfer")


@click.command(
    "treat", cls=Command, help=N_("Decide what is done about a risk, or close a treatment.")
)
@argument("risk")
@option("--how", type=click.Choice(KINDS), help=N_("What is done about it."))
@option("--action", default="", help=N_("What will be done."))
@option("--owner", default="", help=N_("Who does it (default: the risk's owner)."))
@option("--due", type=DAY, metavar="YYYY-MM-DD", help=N_("Until when."))
@option("--cost", type=click.IntRange(min=0), help=N_("What it costs, in rupiah."))
@option("--plan", "plans", multiple=True, help=N_("A repair plan that does it (repeatable)."))
@option("--finding", "findings", multiple=True, help=N_("A finding that it closes (repeatable)."))
@option("--control", "controls", multiple=True, help=N_("A control that it puts in (repeatable)."))
@residual_option
@option("--approver", default="", help=N_("To accept: who approves it; never who asks for it."))
@option("--reason", default="", help=N_("Why; an acceptance needs it."))
@option("--until", type=DAY, metavar="YYYY-MM-DD", help=N_("To accept: the last day of it."))
@option(
    "--proof",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=N_("To accept: the signed document; it is kept as evidence."),
)
@option(
    "--requested-by", default="", help=N_("To accept: who asks for it (default: your account).")
)
@option("--done", metavar="T1", help=N_("This treatment is done."))
@option("--cancel", metavar="T1", help=N_("This treatment will not be done."))
@by_option
@version_option
@pass_session
def treat(session: Session, /, risk: str, **said: Any) -> None:
    """Treat a risk."""
    chosen = [name for name in ("how", "done", "cancel") if said[name]]
    if len(chosen) != 1:
        raise InputError(
            "say one thing: --how for a new treatment, or --done or --cancel for one that is there",
            hint="see: secaudit risk treat --help",
        )
    if said["how"]:
        _add(session, risk.upper(), said)
    else:
        _end(session, risk.upper(), said)


def _add(session: Session, risk_id: str, said: dict[str, Any]) -> None:
    from secaudit.app.risk_decisions import Who, treat_risk
    from secaudit.risk.model import TreatmentKind
    from secaudit.risk.treatment import Intent

    intent = Intent(
        kind=TreatmentKind(said["how"]),
        action=said["action"],
        owner=said["owner"],
        due=plain_day(said["due"]),
        cost=said["cost"],
        plans=tuple(name.upper() for name in said["plans"]),
        findings=tuple(name.upper() for name in said["findings"]),
        controls=said["controls"],
        residual=said["residual"],
        approver=said["approver"],
        requested_by=said["requested_by"],
        expires_on=plain_day(said["until"]),
    )
    who = Who(said["by"], said["reason"], said["version"])
    done = treat_risk(session.workspace, risk_id, intent, who, said["proof"])
    say(
        gettext("{treatment} is added; {risk} waits for approval (version {version}).").format(
            treatment=done.treatments[-1].id, risk=done.id, version=done.version
        )
    )
    if intent.residual is not None:
        say(gettext("What will be left is an estimate until the findings are verified."))


def _end(session: Session, risk_id: str, said: dict[str, Any]) -> None:
    from secaudit.app.risk_decisions import Who, end_treatment
    from secaudit.risk.model import TreatmentState

    state = TreatmentState.DONE if said["done"] else TreatmentState.CANCELLED
    name = said["done"] or said["cancel"]
    who = Who(said["by"], said["reason"], said["version"])
    end_treatment(session.workspace, risk_id, name, state, who)
    words = (
        gettext("{treatment} is done. Scans show what is left.")
        if said["done"]
        else gettext("{treatment} is cancelled; the risk waits for approval.")
    )
    say(words.format(treatment=name.upper()))


COMMANDS = (treat,)
