"""How one finding is told in a terminal: its facts, its evidence and its history."""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any

from secaudit.cli.approval_view import approval_lines
from secaudit.cli.output import emit_text, say
from secaudit.cli.session import Session
from secaudit.core.vocabulary import FindingState, Outcome, Reason, Severity
from secaudit.text.language import N_, gettext, ngettext

_CLOSED = (FindingState.VERIFIED, FindingState.RETIRED, FindingState.WITHDRAWN)


def word_of(kind: type[Enum]) -> Callable[[Any], str]:
    """Return what shows the codes of one vocabulary as words."""

    def show(value: Any) -> str:
        from secaudit.text.words import word

        return "" if value is None else str(word(kind(value)))

    return show


def done(forms: tuple[str, str], count: int, **facts: object) -> None:
    """Say what was done with how many."""
    say(ngettext(*forms, count).format(count=count, **facts))


def tell(session: Session, record: Mapping[str, Any]) -> None:
    """Print all about one finding."""
    emit_text(f"{record['id']}  {record['title']}")
    if record.get("statement"):
        emit_text(f"\n{record['statement']}")
    emit_text("")
    _facts(session, record)
    for heading, key in (
        (N_("Why this severity"), "severity_reason"),
        (N_("How to repair it"), "remediation"),
    ):
        if record.get(key):
            emit_text(f"\n{gettext(heading)}\n{_indented(record[key])}")
    _evidence(record["evidence"])
    tell_files(session, record["attachments"])
    emit_text(f"\n{gettext('History')}")
    for event in record["events"]:
        emit_text(_indented(_event_line(session, event)))


def _facts(session: Session, record: Mapping[str, Any]) -> None:
    from secaudit.core.instant import parse_instant

    def moment(text: str) -> str:
        return session.local(parse_instant(text))

    lines = [
        (N_("State"), _state_of(record)),
        (N_("Severity"), word_of(Severity)(record["severity"])),
        (N_("Where"), record["subject"]),
        (N_("Asset"), _asset_of(record)),
        (N_("Owner"), record["owner"] or gettext("nobody yet")),
        (N_("Due"), _due_of(record)),
        (N_("Importance of the asset"), _importance_of(record)),
        (N_("First seen"), f"{moment(record['first_seen'])} ({record['first_scan']})"),
        (N_("Last failed"), f"{moment(record['last_seen'])} ({record['last_scan']})"),
        (
            N_("Last answer"),
            gettext("{outcome}: {reason}").format(
                outcome=word_of(Outcome)(record["last_outcome"]),
                reason=word_of(Reason)(record["last_reason"]),
            )
            + f" ({moment(record['checked_at'])})",
        ),
        (N_("Check"), record["check"]),
    ]
    if record["plan"]:
        plan_ = record["plan"]
        shown = f"{plan_['id']}: {plan_['action']} ({plan_['owner']}, {plan_['due']})"
        lines.insert(6, (N_("Plan"), shown))
    if record["acceptance"]:
        accepted = record["acceptance"]
        shown = gettext("by {approver} until {day}: {reason}").format(
            approver=accepted["approver"], day=accepted["expires_on"], reason=accepted["reason"]
        )
        lines.insert(1, (N_("Accepted"), shown))
    if record["escalation"]:
        told = record["escalation"]
        shown = gettext("to {name} on {day} (level {level})").format(
            name=told["recipient"], day=told["reached_on"], level=told["level"]
        )
        lines.insert(1, (N_("Escalated"), shown))
    if record["paused_until"]:
        held = next(one for one in reversed(record["pauses"]) if one["ended_on"] is None)
        shown = gettext("until {day}: {reason} ({names})").format(
            day=record["paused_until"],
            reason=held["reason"],
            names=", ".join(name for name in (held["asked_by"], held["approver"]) if name),
        )
        lines.insert(1, (N_("Paused"), shown))
    if record["silent_since"] and record["state"] not in _CLOSED:
        shown = gettext("since {at} ({scan}), to be confirmed by the next scan").format(
            at=moment(record["silent_since"]), scan=record["silent_scan"]
        )
        lines.insert(1, (N_("Silent"), shown))
    if record["disputed_by"]:
        shown = gettext("by {name}; a second person has to agree").format(
            name=record["disputed_by"]
        )
        lines.insert(1, (N_("Disputed"), shown))
    lines += approval_lines(session, record["approvals"])
    width = max(len(gettext(name)) for name, _ in lines)
    for name, value in lines:
        emit_text(f"{gettext(name):<{width}}  {value}")


def _state_of(record: Mapping[str, Any]) -> str:
    state = word_of(FindingState)(record["state"])
    if record["state"] == FindingState.CLAIMED_FIXED:
        return gettext("{state} by {name}, not verified yet: scan again").format(
            state=state, name=record["claimed_by"]
        )
    if record["state"] == FindingState.VERIFIED:
        return gettext("{state} by scan {scan}").format(state=state, scan=record["verified_scan"])
    return state


def _asset_of(record: Mapping[str, Any]) -> str:
    if record["asset"] is None:
        return gettext("not in the asset register")
    return f"{record['asset']} {record['asset_name']}"


def _importance_of(record: Mapping[str, Any]) -> str:
    names = {1: N_("low"), 2: N_("medium"), 3: N_("high")}
    said = gettext(names[record["criticality"]])
    if record["asset"] is None:
        said = gettext("{level}, as long as no asset is known").format(level=said)
    return said


def tell_files(session: Session, files: Sequence[Mapping[str, Any]]) -> None:
    """Print the files that people put beside it."""
    from secaudit.core.instant import parse_instant

    if files:
        emit_text("\n" + gettext("Attachments"))
    for item in files:
        at = session.local(parse_instant(item["at"]))
        note = f"  {item['note']}" if item["note"] else ""
        emit_text(f"  {at}  {item['name']}  {item['sha256']}{note}")


def _due_of(record: Mapping[str, Any]) -> str:
    notes = [gettext("late")] if record["overdue"] else []
    if record["due"]:
        listed, year = record["holidays_listed_until"], int(record["due"][:4])
        if listed is None:
            notes.append(gettext("no holidays are listed"))
        elif listed < year:
            notes.append(gettext("holidays are listed until {year}").format(year=listed))
    shown = str(record["due"] or "-")
    return f"{shown} ({'; '.join(notes)})" if notes else shown


def _evidence(digests: Sequence[str]) -> None:
    if digests:
        emit_text("\n" + gettext("Raw evidence (SHA-256)"))
        for digest in digests:
            emit_text(f"  {digest}")


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.strip().splitlines())


EVENT_WORDS = {
    "found": N_("found"),
    "assigned": N_("assigned to {owner}"),
    "planned": N_("planned in {plan}: {action} ({owner}, {due})"),
    "claimed": N_("claimed fixed by {by}"),
    "claim_refuted": N_("still failing: the claim does not hold, reopened"),
    "fell_silent": N_("the port does not answer any more: to be confirmed by the next scan"),
    "verified": N_("verified: the check passes"),
    "reopened": N_("failing again: reopened"),
    "accepted": N_("accepted by {approver} until {expires_on}"),
    "acceptance_expired": N_("the acceptance has expired: open again"),
    "disputed": N_("disputed by {by}: a false positive?"),
    "dispute_agreed": N_("{by} agrees with {raised_by}: a false positive"),
    "dispute_declined": N_("{by} does not agree with {raised_by}: it stays"),
    "retired": N_("closed: the asset was decommissioned"),
    "retired_port_closed": N_("closed: scan {scan} found the port shut, the service was retired"),
    "retired_name_gone": N_("closed: scan {scan} met its server name no more, it was retired"),
    "withdrawn": N_("withdrawn: the check is no longer made"),
    "renamed": N_("the check is now called {to}"),
    "severity_changed": N_("severity changed from {from} to {to}"),
    "unplanned": N_("no longer in {plan}"),
    "paused": N_("clock paused from {from} to {until}, asked by {by}; due {due} now"),
    "pause_ended": N_("clock running again from {on} on; due {due} now"),
    "due_changed": N_("due {to} now, not {from}: the asset is another, or of other importance"),
    "escalated": N_("late, due on {due}: escalated to {to} (level {level})"),
    "commented": N_("remark"),
    "attached": N_("file attached: {name}"),
}


def what_happened(event: Mapping[str, Any]) -> str:
    """Say one event in words, with the reason that a person gave."""
    facts = dict(event["details"])
    if event["kind"] == "severity_changed":
        facts = {key: word_of(Severity)(facts[key]) for key in ("from", "to")}
    kind = event["kind"]
    if kind == "retired" and "why" in facts:
        kind = f"retired_{facts['why']}"
    said = gettext(EVENT_WORDS[kind]).format_map(facts)
    return with_reason(said, event["reason"])


def with_reason(said: str, reason: str) -> str:
    """What happened, and then why; a question has its own mark at the end."""
    if not reason:
        return said
    return f"{said} {reason}" if said.endswith(("?", ".", "!")) else f"{said}. {reason}"


def _event_line(session: Session, event: Mapping[str, Any]) -> str:
    from secaudit.core.instant import parse_instant

    who = event["scan"] or event["actor"]
    return f"{session.local(parse_instant(event['at']))}  {who}  {what_happened(event)}"
