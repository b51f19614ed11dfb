"""How one audit, one step and one audit finding are told in a terminal."""

from collections.abc import Mapping
from typing import Any

from secaudit.audit.vocabulary import (
    AuditGrade,
    Conclusion,
    ConflictKind,
    EngagementState,
    FindingEventKind,
    FindingState,
    Opinion,
    Role,
    Step,
)
from secaudit.audit.words import say as word_of
from secaudit.cli.approval_view import approval_lines
from secaudit.cli.output import emit_text
from secaudit.cli.session import Session
from secaudit.text.language import N_, gettext
from secaudit.text.words import code_words

_SHOWN = 8


def pairs(lines: list[tuple[str, str]]) -> None:
    """Print labels with values, those without a value left out."""
    shown = [(gettext(name), value) for name, value in lines if value]
    width = max((len(name) for name, _ in shown), default=0)
    for name, value in shown:
        emit_text(f"{name:<{width}}  {value}")


def told_engagement(session: Session, record: Mapping[str, Any]) -> None:
    """Print all about one engagement."""
    from secaudit.core.instant import parse_instant

    emit_text(f"{record['id']}  {record['title']}\n")
    scope = record["scope"]
    narrowed = ", ".join((*scope["assets"], *scope["zones"], *scope["units"]))
    state = word_of(EngagementState, record["state"])
    pairs(
        [
            (N_("State"), f"{state} ({gettext('late')})" if record["late"] else state),
            (N_("Opinion"), word_of(Opinion, record["opinion"])),
            (N_("The opinion in words"), record["opinion_text"] or ""),
            (N_("Limitations"), record["limitations"] or ""),
            (N_("Objective"), record["objective"]),
            (N_("Programme"), record["programme_id"] or ""),
            (N_("Obligation"), record["obligation"] or ""),
            (N_("Letter"), record["letter"]),
            (N_("Criteria"), ", ".join(record["criteria"])),
            (N_("Scope"), narrowed or gettext("the whole inventory in scope")),
            (N_("Assets"), str(len(record["assets"]))),
            *approval_lines(session, record["approvals"]),
            (N_("Audited period"), f"{record['period_from']} - {record['period_until']}"),
            (N_("Work"), f"{record['planned_from']} - {record['planned_until']}"),
            (N_("Steps tested"), f"{record['steps_tested']} / {record['steps']}"),
            (N_("Not tested, with a reason"), str(record["steps_done"] - record["steps_tested"])),
            (N_("Left out"), str(len(record["excluded"]) or "")),
            (N_("Audit findings"), " ".join(record["findings"])),
            (N_("Not closed"), " ".join(record["open_findings"])),
            (
                N_("Concluded"),
                session.local(parse_instant(record["concluded_at"]))
                if record["concluded_at"]
                else "",
            ),
            (N_("Record (SHA-256)"), record["record_sha256"] or ""),
        ]
    )
    emit_text(f"\n{gettext('Audit team')}")
    for member in record["team"]:
        role = word_of(Role, member["role"])
        gone = f" - {gettext('left the team')}" if member["removed_at"] else ""
        emit_text(f"  {member['name']} ({role}, {member['unit']}){gone}")
        for line in conflict_lines(member["conflicts"]):
            emit_text(f"    ! {line}")


def conflict_lines(conflicts: list[dict[str, Any]]) -> list[str]:
    """Conflicts of interest with what guards against them, those alike in one line."""
    together: dict[tuple[str, str, str | None, str | None], list[str]] = {}
    for item in conflicts:
        key = (item["kind"], item["owner"], item["safeguard"], item["approver"])
        together.setdefault(key, []).append(item["object"])
    lines = []
    for (kind, owner, safeguard, approver), objects in together.items():
        more = f" (+{len(objects) - _SHOWN})" if len(objects) > _SHOWN else ""
        what = f"{', '.join(objects[:_SHOWN])}{more}"
        said = gettext("no safeguard")
        if safeguard is not None:
            said = gettext("{safeguard} (approved by {approver})").format(
                safeguard=safeguard, approver=approver
            )
        lines.append(f"{word_of(ConflictKind, kind)}: {what} ({owner}) - {said}")
    return lines


def told_steps(rows: list[dict[str, Any]]) -> None:
    """Print the work programme, criterion by criterion."""
    last = None
    for row in rows:
        if row["requirement"] != last:
            last = row["requirement"]
            emit_text(f"\n{row['citation']}  {row['title']}")
            emit_text(f"  {row['requirement']} - {standing_words(row['facts'])}")
        done = row["test"]
        mark = word_of(Conclusion, row["conclusion"]) if done else gettext("no result yet")
        emit_text(f"  [{row['step']}] {word_of(Step, row['step'])}: {mark}")
        if done:
            emit_text(f"      {done['work'] or done['reason']} ({done['person']}, {done['id']})")
        for question in row["questions"]:
            by = f" ({question['by']})" if question["by"] else ""
            emit_text(f"      - {question['text']}{by}")


def standing_words(facts: Mapping[str, Any]) -> str:
    """What the scans said when the work began."""
    said = code_words(facts["standing"])
    if facts["standing"].startswith("supported"):
        return gettext("{standing} on {supported} of {assets} assets").format(
            standing=said, supported=facts["supported"], assets=facts["assets"]
        )
    found = ", ".join(facts["contradicting"])
    return f"{said}: {found}" if found else said


def told_finding(session: Session, record: Mapping[str, Any]) -> None:
    """Print all about one audit finding."""
    from secaudit.core.instant import parse_instant

    emit_text(f"{record['id']}  {record['title']}\n")
    state = word_of(FindingState, record["state"])
    pairs(
        [
            (N_("Version"), record["version"]),
            (N_("Grade"), word_of(AuditGrade, record["grade"])),
            (N_("State"), f"{state} ({gettext('late')})" if record["overdue"] else state),
            (N_("Audit"), record["engagement_id"]),
            (N_("Criterion"), record["citation"]),
            (N_("Condition"), record["condition"]),
            (N_("Root cause"), record["cause"]),
            (N_("Effect"), record["effect"]),
            (N_("Correction"), record["correction"]),
            (N_("Corrective action"), record["action"]),
            (N_("Owner"), record["owner"]),
            (N_("Due"), record["due"] or ""),
            (N_("Repeats"), record["repeats"] or ""),
            (N_("Repeated by"), " ".join(record["repeated_by"])),
            (N_("Done"), _by(record["done_on"], record["done_by"])),
            (N_("Checked"), _by(record["checked_on"], record["checked_by"])),
            (N_("How it was checked"), record["checked_how"] or ""),
            (N_("Closed"), _by(record["closed_on"], record["closed_by"])),
            (N_("Evidence"), ", ".join(item["reference"] for item in record["proofs"])),
        ]
    )
    emit_text(f"\n{gettext('History')}")
    for event in record["events"]:
        when = session.local(parse_instant(event["at"]))
        what = word_of(FindingEventKind, event["kind"])
        why = f": {event['reason']}" if event["reason"] else ""
        emit_text(f"  {when}  {event['person']} ({event['account']})  {what}{why}")


def _by(day: str | None, person: str | None) -> str:
    return f"{day} ({person})" if day else ""
