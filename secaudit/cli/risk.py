"""``secaudit risk``: what the findings could cost, proposed by the program, decided by people."""

from typing import TYPE_CHECKING, Any

import click

from secaudit.cli.command import Group, argument, format_option, option, record_format_option
from secaudit.cli.output import Column, Format, emit_json, emit_list, emit_text, say
from secaudit.cli.session import Session, pass_session
from secaudit.text.language import N_, NN_, gettext, ngettext

if TYPE_CHECKING:
    from secaudit.app.workspace import Workspace
    from secaudit.risk.register import Drift

STATE_WORDS = {
    "proposed": N_("proposed"),
    "approved": N_("approved"),
    "lapsed": N_("lapsed"),
}
EVENT_WORDS = {
    "proposed": N_("proposed: likelihood {likelihood}, impact {impact}, findings: {findings}"),
    "proposed_again": N_(
        "proposed anew: likelihood {likelihood}, impact {impact}, findings: {findings}"
    ),
    "lapsed": N_("lapsed: no open finding suggests it any more"),
    "approved": N_("approved by {approver}: likelihood {likelihood}, impact {impact}"),
}
FINDINGS_IN_A_LINE = 12


@click.group("risk", cls=Group, help=N_("What the findings could cost."))
def group() -> None:
    """Hold the verbs."""


def _state(value: Any) -> str:
    return gettext(STATE_WORDS[str(value)])


TABLE_COLUMNS = (
    Column("id", N_("Id"), no_wrap=True),
    Column("level_word", N_("Level"), no_wrap=True),
    Column("product", N_("Score"), no_wrap=True),
    Column("state", N_("State"), show=_state, no_wrap=True),
    Column("title", N_("Risk"), rank=1),
    Column("findings", N_("Findings"), show=lambda ids: str(len(ids)), right=True),
)
CSV_COLUMNS = tuple(
    Column(key, key)
    for key in (
        *("id", "state", "title", "owner", "zone", "likelihood", "likelihood_word", "impact"),
        *("impact_word", "score", "level_word", "approver", "approved_at", "findings"),
    )
)


@group.command("propose", help=N_("Group the open findings into suggested risks."))
@format_option
@pass_session
def propose(session: Session, format_: Format) -> None:
    """Propose risks."""
    from secaudit.app.risks import propose_risks

    workspace = session.workspace
    intake = propose_risks(workspace)
    _list(workspace, format_, everything=False)
    say(
        gettext("New: {new}. Updated: {updated}. Unchanged: {unchanged}. Lapsed: {lapsed}.").format(
            new=len(intake.new),
            updated=len(intake.updated),
            unchanged=len(intake.unchanged),
            lapsed=len(intake.lapsed),
        )
    )
    for drift in intake.drifted:
        say(_drifted(drift))
    if intake.new or intake.updated:
        say(gettext("Read one and decide: secaudit risk show RISK, secaudit risk approve RISK"))


def _drifted(drift: "Drift") -> str:
    return gettext(
        "{risk} was approved with score {then} and {findings_then} findings; it would now be "
        "{now} with {findings_now}. The decision stays: review it."
    ).format(
        risk=drift.id,
        then=drift.score_then,
        findings_then=drift.findings_then,
        now=drift.score_now,
        findings_now=drift.findings_now,
    )


@group.command("list", help=N_("List the risks, the highest first."))
@option("--all", "everything", is_flag=True, help=N_("The lapsed ones too."))
@format_option
@pass_session
def list_(session: Session, everything: bool, format_: Format) -> None:
    """List risks."""
    _list(session.workspace, format_, everything=everything)


def _list(workspace: "Workspace", format_: Format, *, everything: bool) -> None:
    from secaudit.app.risks import list_risks

    risks = list_risks(workspace, everything=everything)
    if format_ == "table":
        for risk in risks:
            risk["product"] = f"{risk['likelihood']} x {risk['impact']} = {risk['score']}"
    emit_list(
        risks,
        TABLE_COLUMNS if format_ == "table" else CSV_COLUMNS,
        format_,
        empty=N_("No risks. They are proposed from open findings: secaudit risk propose"),
    )


@group.command("show", help=N_("Tell all about one risk, with the reasoning."))
@argument("risk")
@record_format_option
@pass_session
def show(session: Session, risk: str, format_: str) -> None:
    """Show one risk."""
    from secaudit.app.risks import show_risk
    from secaudit.core.instant import parse_instant

    record = show_risk(session.workspace, risk.upper())
    if format_ == "json":
        emit_json(record)
        return
    emit_text(f"{record['id']}  {record['title']}\n")
    lines = [
        (N_("State"), _state(record["state"])),
        (N_("Level"), f"{record['level_word']} ({record['score']})"),
        (N_("Likelihood"), f"{record['likelihood']}  {record['likelihood_word']}"),
        (N_("Impact"), f"{record['impact']}  {record['impact_word']}"),
        (N_("Owner"), record["owner"] or gettext("nobody yet")),
        (N_("Zone"), record["zone"]),
        (N_("Findings"), _some(record["findings"])),
        (N_("Still open"), str(len(record["open_findings"]))),
    ]
    if record["approver"]:
        approved = f"{record['approver']}: {record['approval_reason']}"
        lines.insert(1, (N_("Approved by"), approved))
    width = max(len(gettext(name)) for name, _ in lines)
    for name, value in lines:
        emit_text(f"{gettext(name):<{width}}  {value}")
    emit_text(f"\n{gettext('Reasoning')}")
    for sentence in record["reasoning"].splitlines():
        emit_text(f"  {sentence}")
    emit_text(f"\n{gettext('Scales')}\n  {record['source']}")
    emit_text(f"\n{gettext('History')}")
    for event in record["history"]:
        when = session.local(parse_instant(event["at"]))
        what = gettext(EVENT_WORDS[event["kind"]]).format_map(event["details"])
        emit_text(f"  {when}  {event['actor']}  {what}")


def _some(ids: list[str]) -> str:
    more = len(ids) - FINDINGS_IN_A_LINE
    shown = " ".join(ids[:FINDINGS_IN_A_LINE])
    if more <= 0:
        return shown
    forms = NN_("and {count} more", "and {count} more")
    return f"{shown} {ngettext(*forms, more).format(count=more)}"


@group.command("approve", help=N_("Take a proposed risk into the register, in a person's name."))
@argument("risk")
@option("--approver", required=True, help=N_("Who approves it."))
@option("--reason", required=True, help=N_("Why the likelihood and the impact are right."))
@pass_session
def approve(session: Session, risk: str, approver: str, reason: str) -> None:
    """Approve a risk."""
    from secaudit.app.risks import approve_risk

    approve_risk(session.workspace, risk.upper(), approver, reason)
    say(gettext("{risk} is approved by {name}.").format(risk=risk.upper(), name=approver))


@group.command("matrix", help=N_("Draw the register as a matrix of likelihood and impact."))
@record_format_option
@pass_session
def matrix(session: Session, format_: str) -> None:
    """Draw the matrix."""
    from secaudit.app.risks import risk_matrix

    cells = risk_matrix(session.workspace)
    if format_ == "json":
        emit_json(cells)
        return
    from secaudit.cli.risk_matrix import draw

    draw(cells)
