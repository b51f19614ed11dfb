"""``secaudit risk``: what may happen, how large it is, and what people decided about it."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from secaudit.cli import risk_decide, risk_exchange, risk_matrix, risk_treat
from secaudit.cli.command import Group, argument, format_option, record_format_option
from secaudit.cli.output import Column, Format, emit_json, emit_list, say
from secaudit.cli.risk_options import at_option, filter_options, plain_day
from secaudit.cli.session import Session, pass_session
from secaudit.text.language import N_, NN_, gettext, ngettext

if TYPE_CHECKING:
    from secaudit.risk.moving import Move


@click.group("risk", cls=Group, help=N_("What the findings could cost."))
def group() -> None:
    """Hold the verbs."""


TABLE_COLUMNS = (
    Column("id", N_("Id"), no_wrap=True),
    Column("level_word", N_("Level"), no_wrap=True),
    Column("product", N_("Score"), no_wrap=True),
    Column("appetite_shown", N_("Appetite"), rank=3),
    Column("residual_shown", N_("Residual"), rank=2),
    Column("state_shown", N_("State"), rank=2),
    Column("title", N_("Risk"), rank=1),
    Column("owner", N_("Owner"), rank=1),
    Column("findings", N_("Findings"), show=lambda ids: str(len(ids)), right=True, rank=2),
)
CSV_COLUMNS = tuple(
    Column(key, key)
    for key in (
        *("id", "version", "state", "title", "category", "owner", "zone", "scale", "likelihood"),
        *("likelihood_word", "impact", "impact_word", "score", "level_word", "above", "treated"),
        *("inherent_score", "residual_score", "residual_estimate", "review_on", "review_overdue"),
        *("approver", "approved_at", "assets", "findings"),
    )
)


@group.command("propose", help=N_("Group the open findings into suggested risks."))
@format_option
@pass_session
def propose(session: Session, format_: Format) -> None:
    """Propose risks."""
    from secaudit.app.risks import list_risks, propose_risks

    workspace = session.workspace
    intake = propose_risks(workspace)
    _list(list_risks(workspace), format_)
    say(
        gettext(
            "New: {new}. With new findings: {joined}. Unchanged: {unchanged}. Lapsed: {lapsed}."
        ).format(
            new=len(intake.new),
            joined=len(intake.joined),
            unchanged=len(intake.unchanged),
            lapsed=len(intake.lapsed),
        )
    )
    for move in intake.moves:
        say(_moved(move))
    if intake.rescaled:
        forms = NN_(
            "{count} risk that nobody had decided on is on the new scale now.",
            "{count} risks that nobody had decided on are on the new scale now.",
        )
        say(ngettext(*forms, len(intake.rescaled)).format(count=len(intake.rescaled)))
    if intake.new or intake.joined:
        say(gettext("Read one and decide: secaudit risk show RISK, secaudit risk approve RISK"))


def _moved(move: "Move") -> str:
    said = gettext("{risk}: by its findings {before} ({from_}) becomes {after} ({to}).").format(
        risk=move.risk,
        before=move.before,
        after=move.after,
        from_=move.magnitude_before,
        to=move.magnitude_after,
    )
    if not move.own:
        return said
    return f"{said} {gettext('The score that a person gave stays: review it.')}"


@group.command("list", help=N_("List the risks, the highest first."))
@filter_options
@at_option
@format_option
@pass_session
def list_(
    session: Session,
    /,
    states: tuple[str, ...],
    day: datetime | None,
    format_: Format,
    **query: Any,
) -> None:
    """List risks."""
    from secaudit.app.risks import RiskQuery, list_risks
    from secaudit.risk.model import RiskState

    wanted = RiskQuery(
        states=tuple(RiskState(state) for state in states), at=plain_day(day), **query
    )
    _list(list_risks(session.workspace, wanted), format_)


def _list(risks: list[dict[str, Any]], format_: Format) -> None:
    if format_ == "json":
        emit_json(risks)
        return
    for risk in risks:
        _with_words(risk)
    emit_list(
        risks,
        TABLE_COLUMNS if format_ == "table" else CSV_COLUMNS,
        format_,
        empty=N_("No risks. They are proposed from open findings: secaudit risk propose"),
    )
    _notes(risks)


def _with_words(risk: dict[str, Any]) -> None:
    from secaudit.risk.model import RiskState
    from secaudit.risk.words import state_word

    residual = risk["scores"]["residual"]
    late = gettext("review overdue") if risk["review_overdue"] else ""
    risk["product"] = f"{risk['score']} ({risk['likelihood']}x{risk['impact']})"
    risk["appetite_shown"] = gettext("above") if risk["above"] else ""
    risk["state_shown"] = ", ".join(filter(None, (str(state_word(RiskState(risk["state"]))), late)))
    risk["inherent_score"] = risk["scores"]["inherent"]["score"]
    risk["residual_score"] = residual and residual["score"]
    risk["residual_estimate"] = residual and residual["estimate"]
    risk["residual_shown"] = ""
    if residual:
        note = gettext("estimate") if residual["estimate"] else gettext("seen")
        risk["residual_shown"] = f"{residual['score']} ({note})"


def _notes(risks: list[dict[str, Any]]) -> None:
    waiting = sum(risk["above"] and not risk["treated"] for risk in risks)
    if waiting:
        forms = NN_(
            "{count} risk is above the appetite, and nothing is done about it.",
            "{count} risks are above the appetite, and nothing is done about them.",
        )
        say(ngettext(*forms, waiting).format(count=waiting))
    elsewhere = [risk for risk in risks if not risk["scale_in_use"]]
    if elsewhere:
        forms = NN_(
            "{count} risk was scored with another scale ({scales}): score it anew with"
            " secaudit risk score.",
            "{count} risks were scored with another scale ({scales}): score them anew with"
            " secaudit risk score.",
        )
        scales = ", ".join(sorted({risk["scale"] for risk in elsewhere}))
        say(ngettext(*forms, len(elsewhere)).format(count=len(elsewhere), scales=scales))
    if any(not risk["scale_confirmed"] for risk in risks):
        say(gettext("The numbers of this scale are not confirmed: secaudit risk scales"))


@group.command("show", help=N_("Tell all about one risk, with the reasoning."))
@argument("risk")
@at_option
@record_format_option
@pass_session
def show(session: Session, risk: str, day: datetime | None, format_: str) -> None:
    """Show one risk."""
    from secaudit.app.risks import show_risk

    record = show_risk(session.workspace, risk.upper(), plain_day(day))
    if format_ == "json":
        emit_json(record)
        return
    from secaudit.cli.risk_show import tell

    tell(session, record)


HISTORY_COLUMNS = (
    Column("version", N_("Version"), right=True),
    Column("at", N_("When"), no_wrap=True),
    Column("what", N_("What")),
    Column("actor", N_("Who"), rank=1),
    Column("reason", N_("Why"), rank=1),
)
HISTORY_CSV = tuple(
    Column(key, key) for key in ("version", "at", "kind", "actor", "reason", "details", "changes")
)


@group.command("history", help=N_("Tell what became of one risk, who changed what, and why."))
@argument("risk")
@format_option
@pass_session
def history(session: Session, risk: str, format_: Format) -> None:
    """Show the events of one risk."""
    from secaudit.app.risks import risk_history

    events = risk_history(session.workspace, risk.upper())
    if format_ != "table":
        emit_list(events, HISTORY_CSV, format_)
        return
    from secaudit.cli.risk_show import what_happened
    from secaudit.core.instant import parse_instant

    rows = [
        {**event, "at": session.local(parse_instant(event["at"])), "what": what_happened(event)}
        for event in events
    ]
    emit_list(rows, HISTORY_COLUMNS, format_)


for command in (
    *risk_decide.COMMANDS,
    *risk_treat.COMMANDS,
    *risk_matrix.COMMANDS,
    *risk_exchange.COMMANDS,
):
    group.add_command(command)
