"""The verbs by which people put risks in, score them, and decide on them."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from secaudit.cli.command import Command, argument, format_option, option
from secaudit.cli.day import DAY
from secaudit.cli.output import Column, Format, emit_list, say
from secaudit.cli.risk_options import (
    by_option,
    plain_day,
    reason_option,
    score_options,
    text_options,
    version_option,
)
from secaudit.cli.session import Session, pass_session
from secaudit.core.errors import ExitCode
from secaudit.text.language import N_, gettext

if TYPE_CHECKING:
    from secaudit.app.risk_decisions import RiskText

_DOCUMENT = click.Path(exists=True, dir_okay=False, path_type=Path)


def _text(said: dict[str, Any]) -> "RiskText":
    from secaudit.app.risk_decisions import RiskText

    return RiskText(**{**said, "review_on": plain_day(said["review_on"])})


@click.command("add", cls=Command, help=N_("Put a risk into the register that no scan can see."))
@text_options(required=True)
@option("--finding", "findings", multiple=True, help=N_("A finding behind it (repeatable)."))
@score_options()
@by_option
@reason_option
@pass_session
def add(session: Session, /, **said: Any) -> None:
    """Add a risk."""
    from secaudit.app.risk_decisions import Who, add_risk
    from secaudit.risk.decisions import NewScores

    scores = NewScores(*(said.pop(name) for name in ("current", "inherent", "residual")))
    who = Who(said.pop("by"), said.pop("reason"))
    findings = [identity.upper() for identity in said.pop("findings")]
    made = add_risk(session.workspace, _text(said), scores, who, findings)
    say(gettext("{risk} is proposed: it waits for approval.").format(risk=made))


@click.command(
    "set", cls=Command, help=N_("Change what a risk says: owner, category, texts, assets.")
)
@argument("risk")
@text_options(required=False)
@option("--reason", default="", help=N_("Why."))
@version_option
@pass_session
def set_(session: Session, /, risk: str, reason: str, version: int | None, **said: Any) -> None:
    """Change a risk."""
    from secaudit.app.risk_decisions import Who, set_risk

    who = Who(reason=reason, version=version)
    fields = set_risk(session.workspace, risk.upper(), _text(said), who)
    say(
        gettext("{risk}: changed {fields}.").format(
            risk=risk.upper(), fields=", ".join(_field(name) for name in fields)
        )
    )


def _field(name: str) -> str:
    from secaudit.risk.changes import FIELDS

    return gettext(FIELDS.get(name, name))


@click.command(
    "score", cls=Command, help=N_("Score risks by likelihood and impact, with the reason.")
)
@argument("risks", nargs=-1, required=True, metavar="RISK...")
@score_options()
@option("--computed", is_flag=True, help=N_("Take your own score back: let the findings say it."))
@by_option
@reason_option
@version_option
@pass_session
def score(session: Session, /, risks: tuple[str, ...], **said: Any) -> None:
    """Score risks."""
    from secaudit.app.risk_decisions import Who, score_risks
    from secaudit.core.errors import InputError
    from secaudit.risk.decisions import NewScores

    if said["computed"] and said["current"] is not None:
        raise InputError("a current score and --computed contradict each other")
    if said["version"] is not None and len(risks) > 1:
        raise InputError("--version is for one risk: name that one alone")
    scores = NewScores(said["current"], said["inherent"], said["residual"], said["computed"])
    who = Who(said["by"], said["reason"], said["version"])
    done = score_risks(session.workspace, [risk.upper() for risk in risks], scores, who)
    for risk in done:
        say(
            gettext("{risk}: {score} now; it waits for approval (version {version}).").format(
                risk=risk.id, score=risk.current, version=risk.version
            )
        )
        if risk.own is not None and risk.computed is not None and risk.computed != risk.current:
            say(
                gettext("By its findings it would be {score}: the difference is shown.").format(
                    score=risk.computed
                )
            )


@click.command(
    "review", cls=Command, help=N_("Note that a risk was looked at, and when to look again.")
)
@argument("risk")
@option("--by", required=True, help=N_("Who looked at it."))
@option("--reason", required=True, help=N_("What they found."))
@option("--document", type=_DOCUMENT, help=N_("The document that they signed; kept as evidence."))
@option("--next", "day", type=DAY, metavar="YYYY-MM-DD", help=N_("The next review."))
@version_option
@pass_session
def review(
    session: Session,
    risk: str,
    by: str,
    reason: str,
    document: Path | None,
    day: datetime | None,
    version: int | None,
) -> None:
    """Review a risk."""
    from secaudit.app.risk_decisions import Who, review_risk

    who = Who(by, reason, version)
    done = review_risk(session.workspace, risk.upper(), plain_day(day), who, document)
    say(
        gettext("{risk} was reviewed by {name}; next review on {day}.").format(
            risk=done.id, name=by, day=done.review_on
        )
    )


@click.command(
    "approve", cls=Command, help=N_("Take a proposed risk into the register, in a person's name.")
)
@argument("risk")
@option("--approver", required=True, help=N_("Who approves it."))
@option("--reason", required=True, help=N_("Why the likelihood and the impact are right."))
@option("--document", type=_DOCUMENT, help=N_("The signed document; it is kept as evidence."))
@option("--next", "day", type=DAY, metavar="YYYY-MM-DD", help=N_("The next review."))
@version_option
@pass_session
def approve(session: Session, /, risk: str, day: datetime | None, **said: Any) -> None:
    """Approve a risk."""
    from secaudit.app.risk_decisions import approve_risk

    done = approve_risk(session.workspace, risk.upper(), next_on=plain_day(day), **said)
    say(
        gettext("{risk} is approved by {name}; review it by {day}.").format(
            risk=done.id, name=said["approver"], day=done.review_on
        )
    )


@click.command("reject", cls=Command, help=N_("Send a proposed risk back, with the reason."))
@argument("risk")
@option("--by", required=True, help=N_("Who rejects it."))
@reason_option
@option("--document", type=_DOCUMENT, help=N_("The document that they signed; kept as evidence."))
@version_option
@pass_session
def reject(
    session: Session,
    risk: str,
    by: str,
    reason: str,
    document: Path | None,
    version: int | None,
) -> None:
    """Reject a risk."""
    from secaudit.app.risk_decisions import Who, reject_risk

    reject_risk(session.workspace, risk.upper(), Who(by, reason, version), document)
    say(gettext("{risk} is rejected by {name}.").format(risk=risk.upper(), name=by))
    say(gettext("Change it and it is proposed anew: secaudit risk score, secaudit risk set"))


@click.command(
    "retire", cls=Command, help=N_("Take a risk out of the register: what it is about is gone.")
)
@argument("risk")
@by_option
@reason_option
@version_option
@pass_session
def retire(session: Session, risk: str, by: str | None, reason: str, version: int | None) -> None:
    """Retire a risk."""
    from secaudit.app.risk_decisions import Who, retire_risk

    retire_risk(session.workspace, risk.upper(), Who(by, reason, version))
    say(gettext("{risk} is retired; its history stays.").format(risk=risk.upper()))


LINT_COLUMNS = (
    Column("risk", N_("Risk"), no_wrap=True),
    Column("message", N_("What is wrong")),
)
LINT_CSV = tuple(Column(key, key) for key in ("risk", "code", "message"))


@click.command("lint", cls=Command, help=N_("Check the register; faults end with exit code 4."))
@format_option
@pass_session
def lint(session: Session, format_: Format) -> None:
    """Check the register."""
    from secaudit.app.risks import lint_risks

    faults = lint_risks(session.workspace)
    emit_list(
        faults,
        LINT_COLUMNS if format_ == "table" else LINT_CSV,
        format_,
        empty=N_("Nothing is wrong with the register."),
    )
    if faults:
        click.get_current_context().exit(ExitCode.FAULTS_FOUND)


COMMANDS = (add, set_, score, review, approve, reject, retire, lint)
