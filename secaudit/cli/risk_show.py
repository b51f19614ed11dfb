"""One risk in words: what may happen, its scores, its treatment, its history."""

from collections.abc import Mapping
from typing import Any

from secaudit.cli.approval_view import approval_lines
from secaudit.cli.output import emit_text
from secaudit.cli.session import Session
from secaudit.core.instant import parse_instant
from secaudit.risk.model import RiskState, TreatmentKind, TreatmentState
from secaudit.risk.words import harm_words, state_word, treatment_state_word, treatment_word
from secaudit.text.format import number_words
from secaudit.text.language import N_, NN_, gettext, ngettext
from secaudit.text.words import code_words

FINDINGS_IN_A_LINE = 12
FINDINGS_IN_A_MOVE = 6
_EVENTS = {
    "proposed": N_("proposed"),
    "proposed_again": N_("proposed anew"),
    "lapsed": N_("lapsed: no open finding suggests it any more"),
    "joined": N_("new findings joined"),
    "moved": N_("moved by its findings"),
    "rescaled": N_("brought from the scale {from} to {to}"),
    "edited": N_("changed"),
    "scored": N_("scored by {by}"),
    "treated": N_("treatment {treatment} added"),
    "treatment_done": N_("treatment {treatment} done"),
    "treatment_cancelled": N_("treatment {treatment} cancelled"),
    "reviewed": N_("reviewed by {by}; next review on {next}"),
    "approved": N_("approved by {approver}: likelihood {likelihood}, impact {impact}"),
    "rejected": N_("rejected by {by}"),
    "retired": N_("retired"),
}
_GROUPS = {
    "joined": N_("joined"),
    "verified": N_("verified"),
    "reopened": N_("reopened"),
    "set_aside": N_("set aside"),
}
_FACTS = {
    "count": N_("open findings"),
    "severity": N_("worst severity"),
    "public": N_("at public addresses"),
    "late": N_("late or long open"),
    "assets": N_("assets concerned"),
    "unregistered": N_("addresses outside the asset register"),
    "criticality": N_("highest value"),
    "critical": N_("assets of the highest value"),
}


def tell(session: Session, record: Mapping[str, Any]) -> None:
    """Print one risk."""
    emit_text(f"{record['id']}  {record['title']}\n")
    _pairs(_heads(session, record))
    emit_text(f"\n{gettext('Scores')}")
    _pairs(_scores(record), indent="  ")
    for heading, text in (
        (N_("Threat"), record["threat"]),
        (N_("Vulnerability"), record["vulnerability"]),
        (N_("Consequence"), record["consequence"]),
        (N_("Reasoning"), record["reasoning"]),
    ):
        if text:
            emit_text(f"\n{gettext(heading)}")
            for sentence in text.splitlines():
                emit_text(f"  {sentence}")
    if record["treatments"]:
        emit_text(f"\n{gettext('Treatment')}")
        for item in record["treatments"]:
            _treatment(item)
    emit_text(f"\n{gettext('Scales')}\n  {record['source']}")
    if not record["scale_confirmed"]:
        emit_text(f"  {gettext('The numbers of this scale are not confirmed.')}")
    emit_text(f"\n{gettext('History')}")
    for event in record["history"]:
        when = session.local(parse_instant(event["at"]))
        emit_text(f"  {event['version']}  {when}  {event['actor']}  {what_happened(event)}")
        if event["reason"]:
            emit_text(f"      {event['reason']}")


def _heads(session: Session, record: Mapping[str, Any]) -> list[tuple[str, str]]:
    state = str(state_word(RiskState(record["state"])))
    if record["state"] == "proposed" and record["approval"]:
        state += f", {gettext('changed since it was approved')}"
    lines = [(N_("State"), state), (N_("Version"), str(record["version"]))]
    if record["approval"]:
        approval = record["approval"]
        when = session.local(parse_instant(approval["at"]))
        said = f"{approval['approver']}, {when}: {approval['reason']}"
        lines.append((N_("Approved by"), said))
    lines += approval_lines(session, record["approvals"])
    if record["rejection"]:
        rejection = record["rejection"]
        lines.append((N_("Rejected by"), f"{rejection['by']}: {rejection['reason']}"))
    review = record["review_on"] or gettext("no day is set")
    if record["review_overdue"]:
        review += f", {gettext('overdue')}"
    lines += [
        (N_("Category"), record["category_word"]),
        (N_("Owner"), record["owner"] or gettext("nobody yet")),
        (N_("Touches"), harm_words(record["concerns"]) or "-"),
        (N_("Harm"), harm_words(record["consequences"]) or "-"),
        (N_("Assets"), _some(record["assets"]) or "-"),
        (N_("Zone"), record["zone"] or "-"),
        (N_("Findings"), _some(record["findings"]) or "-"),
        (N_("Still open"), str(len(record["open_findings"]))),
        (N_("Next review"), review),
    ]
    return lines


def _scores(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    scores = record["scores"]
    lines = [(N_("Inherent"), _score(scores["inherent"]))]
    now = _score(scores["current"])
    if scores["current"]["by"] == "person":
        own = record["own"]
        now += gettext(", by {name}: {reason}").format(name=own["by"], reason=own["reason"])
    if not record["followed"]:
        now += f"; {gettext('as it was set aside: it no longer follows its findings')}"
    lines.append((N_("Current"), now))
    if record["differs"]:
        lines.append((N_("By the findings it would be"), _score(scores["computed"])))
    residual = scores["residual"]
    if residual is None:
        lines.append((N_("Residual"), gettext("nobody has said what will be left")))
    else:
        note = (
            gettext("an estimate, until its findings are verified")
            if residual["estimate"]
            else gettext("its findings are verified")
        )
        lines.append((N_("Residual"), f"{_score(residual)}; {note}"))
    bound = gettext("to treat from {magnitude} on").format(magnitude=record["appetite"])
    standing = gettext("above") if record["above"] else gettext("not above")
    lines.append((N_("Appetite"), f"{bound}: {standing}"))
    scale = record["scale"]
    if not record["scale_in_use"]:
        scale += f" ({gettext('no longer the scale of the workspace: score it anew')})"
    lines.append((N_("Scale"), scale))
    return lines


def _score(score: Mapping[str, Any]) -> str:
    return (
        f"{score['score']}, {score['level_word']}"
        f" ({score['likelihood']}x{score['impact']}: {score['likelihood_word']},"
        f" {score['impact_word']})"
    )


def _treatment(item: Mapping[str, Any]) -> None:
    kind = treatment_word(TreatmentKind(item["kind"]))
    state = str(treatment_state_word(TreatmentState(item["state"])))
    if item["kind"] == "accept":
        state = gettext("expired") if item["expired"] else gettext("accepted")
        if item["state"] == "cancelled":
            state = str(treatment_state_word(TreatmentState.CANCELLED))
    emit_text(f"  {item['id']}  {kind}  {state}  {item['action']}".rstrip())
    facts = [
        (N_("Owner"), item["owner"]),
        (N_("Due"), item["due"]),
        (N_("Cost"), None if item["cost"] is None else f"Rp {number_words(item['cost'])}"),
        (N_("Plans"), ", ".join(item["plans"])),
        (N_("Findings"), _some(item["findings"])),
        (N_("Controls"), ", ".join(item["controls"])),
        (N_("Approved by"), item["approver"]),
        (N_("Asked for by"), item["requested_by"] if item["approver"] else ""),
        (N_("Until"), item["expires_on"]),
        (N_("Proof"), (item["proof"] or "")[:12]),
        (N_("Why"), item["reason"]),
    ]
    _pairs([(name, str(value)) for name, value in facts if value], indent="      ")


def what_happened(event: Mapping[str, Any]) -> str:
    """One event in words, with the scores and findings that it is about."""
    details = event["details"]
    said = gettext(_EVENTS[event["kind"]]).format_map(details)
    if event["kind"] in ("moved", "joined"):
        return f"{said}: {_move(details)}"
    changes = "; ".join(
        f"{change['field']}: {change['before']} -> {change['after']}"
        for change in event.get("changes", ())
        if change["field"] != gettext("state")
    )
    return f"{said}: {changes}" if changes else said


def _move(details: Mapping[str, Any]) -> str:
    parts = []
    if details["before"] != details["after"]:
        parts.append(
            f"{_plain(details['before'])} ({details['magnitude_before']}) ->"
            f" {_plain(details['after'])} ({details['magnitude_after']})"
        )
    parts += [
        f"{gettext(heading)}: {_some(details[name], FINDINGS_IN_A_MOVE)}"
        for name, heading in _GROUPS.items()
        if details[name]
    ]
    parts += [
        f"{gettext(_FACTS[name])}: {_fact(was)} -> {_fact(now)}"
        for name, (was, now) in (details["facts"] or {}).items()
        if name in _FACTS
    ]
    return "; ".join(parts)


def _fact(value: Any) -> str:
    return "-" if value is None else code_words(value)


def _plain(score: Mapping[str, int]) -> str:
    return f"{score['likelihood']}x{score['impact']}"


def _pairs(lines: list[tuple[str, str]], indent: str = "") -> None:
    width = max(len(gettext(name)) for name, _ in lines)
    for name, value in lines:
        emit_text(f"{indent}{gettext(name):<{width}}  {value}")


def _some(ids: list[str], most: int = FINDINGS_IN_A_LINE) -> str:
    more = len(ids) - most
    shown = " ".join(ids[:most])
    if more <= 0:
        return shown
    forms = NN_("and {count} more", "and {count} more")
    return f"{shown} {ngettext(*forms, more).format(count=more)}"
