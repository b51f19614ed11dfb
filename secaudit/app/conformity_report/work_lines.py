"""What is wrong and what is done about it: findings, plans, audit findings, risks, obligations."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from reports.conformity.model import (
    AcceptedLine,
    AuditFindingLine,
    FindingLine,
    ObligationLine,
    PlanLine,
    RequirementLine,
    RiskLine,
)
from secaudit.app.calendar import obligations_of, rhythm_of, words_of
from secaudit.app.checks import checks_of
from secaudit.app.conformity_report.requirement_lines import Ground
from secaudit.app.controls import full_citation
from secaudit.app.finding_metrics import episodes_until
from secaudit.app.owners import owned
from secaudit.app.risk_view import Viewpoint, standing_risks
from secaudit.app.sla import today
from secaudit.app.statements import title_of
from secaudit.assurance import performances
from secaudit.assurance.obligations import status
from secaudit.assurance.performances import Performance
from secaudit.assurance.vocabulary import ObligationState
from secaudit.audit import findings as audit_findings
from secaudit.audit.vocabulary import FindingState as AuditFindingState
from secaudit.core.vocabulary import FindingState
from secaudit.ledger import findings, plans
from secaudit.ledger.findings import LIVE, Acceptance
from secaudit.text.language import current_language

_STANDING = {
    ObligationState.OVERDUE: "late",
    ObligationState.DUE: "due",
    ObligationState.DONE: "met",
    ObligationState.UNDATED: "undated",
}


@dataclass(frozen=True)
class Work:
    """The findings that stand, every finding's state, and the plans."""

    findings: tuple[FindingLine, ...]
    states: Mapping[str, tuple[FindingState, datetime]]
    plans: tuple[PlanLine, ...]


def work_of(
    ground: Ground, connection: Connection, requirements: Iterable[RequirementLine]
) -> Work:
    """The findings and plans at the end of the period."""
    span, workspace = ground.span, ground.workspace
    states = findings.states_at(connection, span.at)
    members = plans.members_at(connection, span.at)
    plan_of = {finding: plan for plan, inside in members.items() for finding in inside}
    asked = {item.id: item.short_title for item in ground.library.frameworks.values()}
    language = current_language().value
    cited: dict[str, list[str]] = {}
    for line in requirements:
        short = asked[line.framework].in_language(language)
        for name in line.contradicting:
            cited.setdefault(name, []).append(f"{short} {line.citation}")
    standing = [
        item
        for item in findings.list_all(connection)
        if item.id in states and states[item.id][0] in {*LIVE, FindingState.ACCEPTED}
    ]
    accepted = findings.acceptance_of(connection, [item.id for item in standing], span.at)
    told = episodes_until(workspace, connection, span.day)
    checks = checks_of(workspace)
    lines = []
    for item in standing:
        state = states[item.id][0]
        episode = told[item.id][-1] if told.get(item.id) else None
        due = item.due if episode is None else episode.due
        opened = today(workspace, item.opened_at) if episode is None else episode.opened
        asset = ground.base.assets.asset_of(item.subject)
        lines.append(
            FindingLine(
                id=item.id,
                check=item.check,
                title=title_of(checks.get(item.check), item.check),
                subject=item.subject,
                severity=item.severity.value,
                state=state.value,
                owner=owned(item, ground.base.assets).owner,
                asset="" if asset is None else asset.name,
                opened=opened,
                due=due,
                late=state in LIVE and due is not None and due < span.day,
                plan=plan_of.get(item.id, ""),
                requirements=tuple(cited.get(item.id, ())),
                evidence=item.evidence,
                accepted=_accepted(ground, accepted.get(item.id))
                if state is FindingState.ACCEPTED
                else None,
            )
        )
    return Work(tuple(lines), states, _plans(ground, connection, members, states))


def _accepted(ground: Ground, item: Acceptance | None) -> AcceptedLine | None:
    if item is None:
        return None
    return AcceptedLine(
        approver=item.approver,
        reason=item.reason,
        on=today(ground.workspace, item.accepted_at),
        until=item.expires_on,
        proof=item.proof_sha256 or "",
    )


def _plans(
    ground: Ground,
    connection: Connection,
    members: Mapping[str, list[str]],
    states: Mapping[str, tuple[FindingState, datetime]],
) -> tuple[PlanLine, ...]:
    lines = []
    for item in plans.list_all(connection):
        inside = members.get(item.id)
        if inside is None:
            continue
        done = sum(name in states and states[name][0] in plans.DONE_STATES for name in inside)
        lines.append(
            PlanLine(
                id=item.id,
                owner=item.owner,
                action=item.action,
                due=item.due,
                late=item.due < ground.span.day and done < len(inside),
                total=len(inside),
                done=done,
                cost=item.cost,
                currency=item.currency,
            )
        )
    return tuple(lines)


def audit_finding_lines(ground: Ground, connection: Connection) -> tuple[AuditFindingLine, ...]:
    """The nonconformities of internal audits that were not closed, the gravest first."""
    span, language = ground.span, current_language().value
    lines = []
    for item in audit_findings.list_all(connection):
        closed = item.state is AuditFindingState.CLOSED and (
            item.closed_on is None or item.closed_on <= span.day
        )
        if not item.grade.nonconformity or item.raised_at > span.at or closed:
            continue
        lines.append(
            AuditFindingLine(
                id=item.id,
                engagement=item.engagement_id,
                grade=item.grade.value,
                title=item.title,
                requirement=item.requirement,
                citation=item.criterion[language],
                owner=item.owner,
                due=item.due,
                late=item.overdue(span.day),
                state=item.state.value,
            )
        )
    return tuple(sorted(lines, key=lambda line: (line.grade != "major", line.id)))


def risk_lines(ground: Ground, connection: Connection) -> tuple[RiskLine, ...]:
    """The register at the end of the period, the largest first."""
    span = ground.span
    view = Viewpoint.of(ground.workspace, connection, span.judged_at, span.at)
    lines = []
    for risk in standing_risks(connection, span.at):
        row = view.record(risk)
        going = risk.standing_treatments(view.day)
        said = "; ".join(item.action or item.reason for item in going)
        lines.append(
            RiskLine(
                id=risk.id,
                title=row["title"],
                level=row["level_word"],
                score=row["score"],
                owner=risk.owner,
                above=row["above"],
                treated=row["treated"],
                treatment=said,
                review_on=risk.review_on,
            )
        )
    return tuple(lines)


def obligation_lines(ground: Ground, connection: Connection) -> tuple[ObligationLine, ...]:
    """The duties of the calendar: the late first, then the met ones, those without a day last."""
    span, library = ground.span, ground.library
    done: dict[str, list[Performance]] = {}
    for item in performances.list_all(connection, withdrawn=True):
        stood = item.withdrawn_at is None or item.withdrawn_at > span.judged_at
        if item.recorded_at <= span.judged_at and stood:
            done.setdefault(item.obligation, []).append(item)
    lines = []
    for one in obligations_of(ground.workspace, connection, library):
        days = [item.done_on for item in done.get(one.key, ())]
        found = status(one.duty, days, span.day)
        inside = tuple(day for day in days if span.first <= day <= span.last)
        standing = _STANDING[found.state]
        if standing in {"due", "undated"} and inside:
            standing = "met"
        lines.append(
            ObligationLine(
                key=one.key,
                citation=full_citation(library, one.requirement),
                title=words_of(one.requirement.title) or "",
                rhythm=rhythm_of(one),
                standing=standing,
                next=found.next,
                done_on=inside,
            )
        )
    order = ("late", "met", "due", "undated")
    return tuple(sorted(lines, key=lambda line: (order.index(line.standing), line.citation)))
