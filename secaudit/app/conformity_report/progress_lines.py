"""What moved since the report before: its kept content against what stands now."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from reports.conformity.model import (
    ConformityData,
    FindingLine,
    MoveLine,
    PlanLine,
    PreviousLine,
    Progress,
    RequirementLine,
    RiskLine,
)
from reports.conformity.results import read_conformity
from secaudit.app.sla import today
from secaudit.app.workspace import Workspace
from secaudit.assurance.conformity_reports import ConformityReport, StepKind
from secaudit.core.errors import NotFoundError, VerificationError
from secaudit.core.vocabulary import FindingState
from secaudit.ledger.findings import CLOSED, LIVE
from secaudit.ledger.findings.model import id_order

_STANDS = {*LIVE, FindingState.ACCEPTED}
_CLOSED = {*CLOSED, FindingState.FALSE_POSITIVE}
_PLAIN = {"supported_in_part": "supported"}
"""Whether a scan can test a requirement in part does not move."""
States = Mapping[str, tuple[FindingState, datetime]]


def content_of(workspace: Workspace, report: ConformityReport) -> ConformityData:
    """The content of an issued report. Raises VerificationError where it is gone or changed."""
    try:
        return read_conformity(workspace.evidence.get(report.content_sha256))
    except NotFoundError:
        raise VerificationError(
            "the content of {report} is gone from the evidence store",
            hint="bring it back from a backup: secaudit restore FILE FOLDER",
            report=report.id,
        ) from None


def previous_line(
    workspace: Workspace, report: ConformityReport, content: ConformityData, judged_at: datetime
) -> PreviousLine:
    """What the report before was, and what the mayor said to it by then."""
    received = report.step(StepKind.RECEIVED)
    if received is not None and received.recorded_at > judged_at:
        received = None
    return PreviousLine(
        id=report.id,
        first=report.period_from,
        last=report.period_until,
        issued_on=today(workspace, report.issued_at),
        content_sha256=report.content_sha256,
        numbers=dict(content.numbers),
        received_on=None if received is None else received.done_on,
        direction="" if received is None else received.note,
    )


def progress_of(
    before: ConformityData,
    states: tuple[States, States],
    requirements: tuple[RequirementLine, ...],
    findings: tuple[FindingLine, ...],
    plans: tuple[PlanLine, ...],
    risks: tuple[RiskLine, ...],
) -> Progress:
    """Compare. ``states`` are those of all findings at the end of the report before, and now."""
    old = {item.id: item for item in before.requirements}
    new = {item.id: item for item in requirements}
    both = [(old[name], item) for name, item in new.items() if name in old]
    late_then = {item.id for item in before.findings if item.late}
    done_then = {item.id for item in before.plans if item.finished}
    above_then = {item.id for item in before.risks if item.above}
    above_now = {item.id for item in risks if item.above}
    then, now = states
    return Progress(
        verdicts=tuple(
            MoveLine(item.id, item.citation, item.title, was.verdict, item.verdict)
            for was, item in both
            if was.verdict != item.verdict
        ),
        evidence=tuple(
            MoveLine(item.id, item.citation, item.title, was.standing, item.standing)
            for was, item in both
            if _plain(was.standing) != _plain(item.standing)
        ),
        added=tuple(item.citation for name, item in new.items() if name not in old),
        dropped=tuple(item.citation for name, item in old.items() if name not in new),
        new=_sorted(name for name in now if name not in then),
        verified=_sorted(
            name
            for name, (state, since) in now.items()
            if state is FindingState.VERIFIED and since > before.at
        ),
        reopened=_sorted(
            name
            for name, (state, _) in now.items()
            if name in then and then[name][0] in _CLOSED and state in _STANDS
        ),
        closed_otherwise=_sorted(
            name
            for name, (state, since) in now.items()
            if state in _CLOSED and state is not FindingState.VERIFIED and since > before.at
        ),
        newly_late=_sorted(item.id for item in findings if item.late and item.id not in late_then),
        plans_done=tuple(item.id for item in plans if item.finished and item.id not in done_then),
        risks_risen=_sorted(above_now - above_then),
        risks_fallen=_sorted(above_then - above_now),
    )


def _plain(standing: str) -> str:
    return _PLAIN.get(standing, standing)


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names, key=id_order))
