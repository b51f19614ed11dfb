"""The inputs of a management review (clause 9.3.2), each computed from what the workspace knows."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from controls.library import Library
from secaudit.app.binding import binding_frameworks
from secaudit.app.calendar import standing as obligations
from secaudit.app.gathered import gather_evidence
from secaudit.app.sla import end_of, today
from secaudit.app.workspace import Workspace
from secaudit.assurance import statements
from secaudit.assurance.vocabulary import ObligationState
from secaudit.audit import engagements, findings, reviews
from secaudit.audit.vocabulary import AuditGrade, EngagementState
from secaudit.audit.vocabulary import FindingState as AuditFindingState
from secaudit.audit.words import word as audit_word
from secaudit.core.vocabulary import Standing
from secaudit.ledger import findings as ledger
from secaudit.ledger import scans, trail
from secaudit.ledger.findings import LIVE
from secaudit.risk.model import RiskState, TreatmentState
from secaudit.risk.words import state_word
from secaudit.text.language import current_language, gettext


@dataclass(frozen=True)
class Inputs:
    """What was gathered for one input: lines to read, and where each number comes from."""

    lines: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    attention: bool = False
    """Something in it is late, open or refuted."""
    by_people: bool = False
    """The workspace does not know it, or not all of it: people bring it along."""


@dataclass(frozen=True)
class Ground:
    """What all inputs are computed from."""

    workspace: Workspace
    connection: Connection
    library: Library
    since: date
    day: date
    risks: Sequence[Mapping[str, Any]]
    begin: datetime = field(init=False)

    def __post_init__(self) -> None:
        """Work out the first instant after the day of the review before."""
        object.__setattr__(self, "begin", end_of(self.workspace, self.since))


def _actions(ground: Ground) -> Inputs:
    every = [item for held in reviews.list_all(ground.connection) for item in held.actions]
    left = [item for item in every if item.done_on is None]
    late = [item for item in left if item.overdue(ground.day)]
    if not every:
        return Inputs((gettext("No earlier review has decided anything."),), ("audit review list",))
    lines = [
        gettext("Decided: {all}. Done: {done}. Open: {open}, of these late: {late}.").format(
            all=len(every), done=len(every) - len(left), open=len(left), late=len(late)
        )
    ]
    lines += [f"{item.id} {item.action} ({item.owner}, {item.due})" for item in left]
    return Inputs(tuple(lines), ("audit review list",), attention=bool(late))


def _issues(ground: Ground) -> Inputs:
    counted = Counter(
        entry.action
        for entry in trail.entries(ground.connection)
        if entry.at >= ground.begin and entry.action.startswith(("asset.", "scope.", "soa."))
    )
    lines = [
        gettext("In the audit trail since {day}: {what}").format(
            day=ground.since,
            what=", ".join(f"{name} {count}" for name, count in sorted(counted.items())) or "-",
        )
    ]
    sources = ("doctor --audit-trail", "asset list", "scope list")
    return Inputs(tuple(lines), sources, by_people=True)


def _parties(ground: Ground) -> Inputs:
    frameworks = binding_frameworks(ground.library, ground.workspace.settings.binding)
    new = [
        item
        for item in frameworks
        if item.in_force_since is not None and item.in_force_since > ground.since
    ]
    language = current_language().value
    lines = [
        gettext("Catalogues that bind: {count}. In force since {day}: {new}").format(
            count=len(frameworks),
            day=ground.since,
            new=", ".join(item.short_title.in_language(language) for item in new) or "-",
        )
    ]
    states = Counter(
        status.state
        for _, status, _ in obligations(
            ground.workspace, ground.connection, ground.library, ground.day
        )
    )
    late = states[ObligationState.OVERDUE]
    lines.append(
        gettext("Obligations in the calendar: {all}, of these late: {late}.").format(
            all=sum(states.values()), late=late
        )
    )
    sources = ("control list", "calendar")
    return Inputs(tuple(lines), sources, attention=bool(late), by_people=True)


def _nonconformities(ground: Ground) -> Inputs:
    every = [item for item in findings.list_all(ground.connection) if item.grade.nonconformity]
    left = [item for item in every if item.state is not AuditFindingState.CLOSED]
    late = [item for item in left if item.overdue(ground.day)]
    again = [item for item in every if item.repeats is not None]
    if not every:
        return Inputs((), ("audit nonconformity list",))
    lines = [
        gettext(
            "Nonconformities: {all}. Open: {open}, of these late: {late}. Repeated: {again}."
        ).format(all=len(every), open=len(left), late=len(late), again=len(again))
    ]
    for grade in (AuditGrade.MAJOR, AuditGrade.MINOR):
        ids = [item.id for item in left if item.grade is grade]
        if ids:
            lines.append(f"{audit_word(grade)}: {', '.join(ids)}")
    return Inputs(tuple(lines), ("audit follow-up list",), attention=bool(left))


def _monitoring(ground: Ground) -> Inputs:
    live = ledger.list_all(ground.connection, ledger.FindingFilter(states=LIVE))
    late = sum(1 for item in live if item.overdue(ground.day))
    done = sum(
        1
        for item in scans.list_all(ground.connection)
        if item.started_at >= ground.begin and item.finished_at is not None
    )
    base = gather_evidence(ground.connection)
    reached = len(base.reached & set(base.scope))
    lines = (
        gettext("Scans since {day}: {count}").format(day=ground.since, count=done),
        gettext("Assets in scope that a scan has reached: {reached} of {all}").format(
            reached=reached, all=len(base.scope)
        ),
        gettext("Open findings: {open}, of these late: {late}.").format(open=len(live), late=late),
    )
    sources = ("scan list", "control coverage", "finding list")
    return Inputs(lines, sources, attention=bool(late) or reached < len(base.scope))


def _audits(ground: Ground) -> Inputs:
    lines: list[str] = []
    attention = False
    for item in engagements.list_all(ground.connection):
        if item.state is EngagementState.CONCLUDED and item.opinion is not None:
            if item.concluded_at is None or item.concluded_at < ground.begin:
                continue
            raised = findings.list_all(ground.connection, engagement=item.id)
            grades = Counter(one.grade for one in raised)
            counted = ", ".join(
                f"{audit_word(grade)} {grades[grade]}" for grade in AuditGrade if grades[grade]
            )
            lines.append(f"{item.id} {item.title}: {audit_word(item.opinion)}; {counted or '-'}")
            attention = attention or bool(grades[AuditGrade.MAJOR])
        elif item.state is not EngagementState.CANCELLED:
            late = item.planned_until < ground.day
            attention = attention or late
            lines.append(
                f"{item.id} {item.title}: {audit_word(item.state)}"
                + (f" ({gettext('late')})" if late else "")
            )
    return Inputs(tuple(lines), ("audit list",), attention=attention)


def _objectives(ground: Ground) -> Inputs:
    verified = [
        item
        for item in ledger.list_all(ground.connection)
        if item.verified_at is not None and item.verified_at >= ground.begin
    ]
    in_time = sum(
        1
        for item in verified
        if item.due is None
        or (item.verified_at and today(ground.workspace, item.verified_at) <= item.due)
    )
    lines = (
        gettext("Repairs verified since {day}: {all}, of these by their day: {in_time}").format(
            day=ground.since, all=len(verified), in_time=in_time
        ),
        gettext("The objectives themselves are not kept here: hold them against these numbers."),
    )
    return Inputs(lines, ("finding list --all",), by_people=True)


def _feedback(ground: Ground) -> Inputs:
    return Inputs(by_people=True)


def _risks(ground: Ground) -> Inputs:
    if not ground.risks:
        return Inputs((gettext("The risk register is empty."),), ("risk list",), attention=True)
    states = Counter(str(state_word(RiskState(row["state"]))) for row in ground.risks)
    levels = Counter(str(row["level_word"]) for row in ground.risks)
    undecided = sum(1 for row in ground.risks if row["state"] == RiskState.PROPOSED)
    above = [row["id"] for row in ground.risks if row["above"]]
    treatments = [item for row in ground.risks for item in row["treatments"]]
    ways = Counter(str(item["state"]) for item in treatments)
    late = [
        item["id"]
        for item in treatments
        if item["state"] == TreatmentState.PLANNED
        and item["due"] is not None
        and item["due"] < ground.day.isoformat()
    ]
    lines = (
        gettext("Risks: {all}. By state: {states}.").format(
            all=len(ground.risks), states=_told(states)
        ),
        gettext("By level: {levels}.").format(levels=_told(levels)),
        gettext("Above the appetite: {risks}").format(risks=", ".join(above) or "-"),
        gettext("Treatments: {all}, done: {done}, late: {late}").format(
            all=len(treatments), done=ways[TreatmentState.DONE], late=", ".join(late) or "-"
        ),
    )
    sources = ("risk list", "risk matrix")
    return Inputs(lines, sources, attention=bool(undecided or above or late))


def _told(counted: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counted.items())


def _opportunities(ground: Ground) -> Inputs:
    found = [
        item
        for item in findings.list_all(ground.connection)
        if item.grade in {AuditGrade.OPPORTUNITY, AuditGrade.OBSERVATION}
        and item.state is not AuditFindingState.CLOSED
    ]
    lines = tuple(f"{item.id} {audit_word(item.grade)}: {item.title}" for item in found)
    return Inputs((*lines, *_contradicted(ground)), ("audit follow-up list", "control gap"))


def _contradicted(ground: Ground) -> Iterator[str]:
    newest = statements.latest(ground.connection)
    if newest is None:
        return
    base = gather_evidence(ground.connection)
    refuted = [
        item.requirement.partition(":")[2]
        for item in base.against(ground.library, newest.framework)
        if item.standing is Standing.CONTRADICTED
    ]
    if refuted:
        yield gettext("Controls that findings contradict: {controls}").format(
            controls=", ".join(refuted)
        )


GATHER: Mapping[str, Callable[[Ground], Inputs]] = {
    "actions": _actions,
    "issues": _issues,
    "parties": _parties,
    "nonconformities": _nonconformities,
    "monitoring": _monitoring,
    "audits": _audits,
    "objectives": _objectives,
    "feedback": _feedback,
    "risks": _risks,
    "opportunities": _opportunities,
}
"""By the id of an input, as the checklist has it."""
