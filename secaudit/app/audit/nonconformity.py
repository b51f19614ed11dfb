"""Audit findings as a use case: raise, analyse, correct, check, close, reopen, follow up."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from secaudit.app.audit.common import (
    account,
    identity,
    kept,
    past_day,
    row_of,
    text_of,
    this_day,
)
from secaudit.app.audit.testing import (
    ProofRequest,
    acting,
    one_requirement,
    proofs_of,
    require_not_own,
)
from secaudit.app.audit.weighing import require_supporting
from secaudit.app.controls import library_of
from secaudit.app.sla import today
from secaudit.app.workspace import Change, Workspace
from secaudit.audit import engagements, findings, papers
from secaudit.audit.finding import UNSETTLED, Analysis, AuditFinding, NewFinding, Word
from secaudit.audit.vocabulary import AuditGrade, Binding, FindingEventKind, FindingState
from secaudit.core.errors import InputError, RefusedError

_BEGINS = frozenset(
    {FindingEventKind.RAISED, FindingEventKind.NOT_EFFECTIVE, FindingEventKind.REOPENED}
)
"""After these a finding awaits correction."""


@dataclass(frozen=True)
class RaiseRequest:
    """What an auditor found."""

    engagement: str
    requirement: str
    grade: AuditGrade
    title: str
    condition: str
    cause: str = ""
    effect: str = ""
    repeats: str | None = None
    person: str | None = None
    proofs: ProofRequest = field(default_factory=ProofRequest)


def raise_finding(workspace: Workspace, request: RaiseRequest) -> AuditFinding:
    """Record an audit finding against a criterion; the citation is kept as it is now.

    A finding of an earlier engagement about the same requirement is linked by itself where there
    is just one, or the newest. Raises RefusedError for a nonconformity against a draft.
    """
    library = library_of(workspace)
    files = kept(workspace, request.proofs.files)
    with workspace.change() as change:
        connection = change.connection
        found, person = acting(change, request.engagement, request.person)
        name = one_requirement(connection, library, found, request.requirement)
        require_not_own(connection, name, person, account(change))
        criterion = papers.criterion_of(connection, found.id, name)
        if request.grade.nonconformity and criterion.binding is not Binding.BINDING:
            raise RefusedError(
                "{requirement} does not bind here, so that nothing can be nonconform with it",
                hint="record an observation or an opportunity",
                requirement=name,
            )
        new = NewFinding(
            engagement_id=found.id,
            requirement=name,
            grade=request.grade,
            title=request.title,
            criterion=criterion.citation,
            condition=request.condition,
            person=person.name,
            cause=request.cause,
            effect=request.effect,
            repeats=_repeated(connection, found.id, name, request.repeats),
            proofs=(*files, *proofs_of(workspace, connection, found, request.proofs)),
        )
        require_supporting(connection, found, new.proofs)
        made = findings.raise_finding(connection, new, change.at, account(change))
        change.record("audit.finding_raised", made.id, row_of(made), reason=made.condition)
    return made


def analyse(
    workspace: Workspace,
    finding_id: str,
    analysis: Analysis,
    person: str | None = None,
    version: int | None = None,
) -> AuditFinding:
    """Write down cause, correction, corrective action, its owner and last day.

    ``version`` is the version that was read; it is needed where another account wrote since.
    """
    if analysis.due is not None and analysis.due < this_day(workspace):
        raise InputError("{day} is past already", day=analysis.due)
    with workspace.view() as connection:
        read = findings.version_of(connection, identity(finding_id))
    with workspace.change() as change:
        said = _word(workspace, change, person, None)
        made = findings.analyse(
            change.connection,
            identity(finding_id),
            analysis,
            said,
            read=read if version is None else version,
            named=version is not None,
        )
        change.record("audit.finding_analysed", made.id, row_of(analysis))
    return made


def correct(
    workspace: Workspace,
    finding_id: str,
    *,
    note: str,
    files: tuple[Path, ...],
    person: str | None = None,
    on: date | None = None,
) -> AuditFinding:
    """Record that the correction and the corrective action are done."""
    proofs = kept(workspace, files)
    with workspace.change() as change:
        said = _word(workspace, change, person, on)
        name = identity(finding_id)
        since = _since(workspace, change.connection, name)
        made = findings.correct(
            change.connection, name, said, since=since, note=note, proofs=proofs
        )
        details = {"by": said.person, "on": said.day, "proofs": row_of(made)["done_proofs"]}
        change.record("audit.finding_corrected", made.id, details, reason=note)
    return made


def check_effect(
    workspace: Workspace,
    finding_id: str,
    *,
    effective: bool,
    how: str,
    files: tuple[Path, ...],
    person: str | None = None,
    on: date | None = None,
) -> AuditFinding:
    """Record whether the action works, by another person than the doer."""
    proofs = kept(workspace, files)
    with workspace.change() as change:
        said = _word(workspace, change, person, on)
        made = findings.check(
            change.connection,
            identity(finding_id),
            said,
            effective=effective,
            how=how,
            proofs=proofs,
        )
        details = {
            "by": said.person,
            "on": said.day,
            "effective": effective,
            "proofs": row_of(made)["checked_proofs"],
        }
        change.record("audit.finding_checked", made.id, details, reason=how)
    return made


def close(
    workspace: Workspace, finding_id: str, reason: str = "", person: str | None = None
) -> AuditFinding:
    """Close an audit finding."""
    with workspace.change() as change:
        said = _word(workspace, change, person, None)
        made = findings.close(change.connection, identity(finding_id), said, reason)
        change.record("audit.finding_closed", made.id, {"by": said.person}, reason=reason)
    return made


def reopen(
    workspace: Workspace, finding_id: str, reason: str, person: str | None = None
) -> AuditFinding:
    """Reopen an audit finding."""
    with workspace.change() as change:
        said = _word(workspace, change, person, None)
        made = findings.reopen(change.connection, identity(finding_id), said, reason)
        change.record("audit.finding_reopened", made.id, {"by": said.person}, reason=reason)
    return made


def list_findings(
    workspace: Workspace,
    *,
    engagement: str | None = None,
    unsettled: bool = False,
) -> list[dict[str, Any]]:
    """List audit findings, of one engagement or of all; with ``unsettled`` those not closed."""
    states = UNSETTLED if unsettled else ()
    day = this_day(workspace)
    with workspace.view() as connection:
        name = None
        if engagement is not None:
            name = engagements.get(connection, identity(engagement)).id
        found = findings.list_all(connection, engagement=name, states=states)
    return [finding_row(item, day) for item in found]


def follow_up(workspace: Workspace) -> list[dict[str, Any]]:
    """The audit findings that are not closed, over all engagements: the late first, then by day."""
    rows = list_findings(workspace, unsettled=True)
    grades = [grade.value for grade in AuditGrade]
    return sorted(
        rows,
        key=lambda row: (
            not row["overdue"],
            row["due"] or "9999",
            grades.index(row["grade"]),
            row["id"],
        ),
    )


def show_finding(workspace: Workspace, finding_id: str) -> dict[str, Any]:
    """Tell all about one audit finding, with its history and what repeats it."""
    with workspace.view() as connection:
        found = findings.get(connection, identity(finding_id))
        events = findings.history(connection, found.id)
        later = [item.id for item in findings.list_all(connection) if item.repeats == found.id]
    return {
        **finding_row(found, this_day(workspace)),
        "version": len(events),
        "events": [row_of(item) for item in events],
        "repeated_by": later,
    }


def finding_row(item: AuditFinding, day: date) -> dict[str, Any]:
    """One audit finding as JSON values."""
    next_step = {
        FindingState.OPEN: "correct" if item.action else "analyse",
        FindingState.REOPENED: "correct" if item.action else "analyse",
        FindingState.CORRECTED: "check",
        FindingState.VERIFIED: "close",
        FindingState.CLOSED: "",
    }[item.state]
    return {
        **row_of(item),
        "citation": text_of(item.criterion),
        "overdue": item.overdue(day),
        "next": next_step,
    }


def _word(workspace: Workspace, change: Change, person: str | None, on: date | None) -> Word:
    said = (person or change.actor.account).strip()
    return Word(said, account(change), change.at, past_day(workspace, on))


def _since(workspace: Workspace, connection: Connection, finding_id: str) -> date:
    """The day on which a finding was raised, or last came back."""
    found = findings.get(connection, finding_id)
    last = [event for event in findings.history(connection, finding_id) if event.kind in _BEGINS][
        -1
    ]
    if last.kind is FindingEventKind.NOT_EFFECTIVE and found.checked_on is not None:
        return found.checked_on
    return today(workspace, last.at)


def _repeated(
    connection: Connection, engagement: str, requirement: str, named: str | None
) -> str | None:
    if named is not None:
        return findings.get(connection, identity(named)).id
    earlier = [
        item
        for item in findings.list_all(connection, requirement=requirement)
        if item.engagement_id != engagement
    ]
    return earlier[-1].id if earlier else None
