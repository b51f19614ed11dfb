"""Findings as they stood at the end of a period, with what people decided about them."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from reports.model import (
    CLOSED_STATES,
    AcceptanceLine,
    CheckLine,
    FindingLine,
    ReferenceLine,
    ResultLine,
)
from scanners.catalogue import Check
from secaudit.app.approvals import SignedNames
from secaudit.app.owners import owned
from secaudit.app.reporting.request import Span
from secaudit.app.reporting.selection import Selection
from secaudit.app.statements import statement_of
from secaudit.core.vocabulary import FindingState
from secaudit.ledger import findings, results
from secaudit.ledger.findings import Acceptance, Finding
from secaudit.ledger.results import StandingResult


@dataclass(frozen=True)
class Dated:
    """A finding with the state that it was in at the end of the period."""

    finding: Finding
    state: FindingState


def findings_at(connection: Connection, selection: Selection, span: Span) -> tuple[Dated, ...]:
    """The findings that stood in the period: all but those closed before it began."""
    states = findings.states_at(connection, span.final)
    found = []
    for item in findings.list_all(connection):
        known = states.get(item.id)
        if known is None or not selection.holds(item.subject):
            continue
        state, since = known
        if state not in CLOSED_STATES or since >= span.begin:
            found.append(Dated(item, state))
    return tuple(found)


def results_at(
    connection: Connection, selection: Selection, span: Span
) -> tuple[StandingResult, ...]:
    """What every check said about every subject at the end of the period."""
    return tuple(
        item for item in results.standing(connection, span.final) if selection.holds(item.subject)
    )


def finding_lines(
    connection: Connection,
    found: tuple[Dated, ...],
    checks: Mapping[str, Check],
    selection: Selection,
    citations: Mapping[str, tuple[str, ...]],
    span: Span,
) -> tuple[FindingLine, ...]:
    """The findings as lines; ``citations`` are those of the requirements each contradicts."""
    accepted = findings.acceptance_of(
        connection,
        [item.finding.id for item in found if item.state is FindingState.ACCEPTED],
    )
    signed = SignedNames.of(connection)
    return tuple(
        _line(
            item,
            checks.get(item.finding.check),
            selection,
            citations.get(item.finding.id, ()),
            _accepted(accepted.get(item.finding.id), signed),
            span,
        )
        for item in found
    )


def _line(
    item: Dated,
    check: Check | None,
    selection: Selection,
    citations: tuple[str, ...],
    acceptance: AcceptanceLine | None,
    span: Span,
) -> FindingLine:
    finding = item.finding
    return FindingLine(
        id=finding.id,
        check=finding.check,
        subject=finding.subject,
        severity=finding.severity,
        state=item.state,
        statement=statement_of(check, finding.details),
        first_seen=finding.first_seen,
        last_seen=min(finding.last_seen, span.final),
        owner=owned(finding, selection.index).owner,
        asset=selection.asset_id(finding.subject),
        due=finding.due,
        last_outcome=finding.last_outcome,
        last_reason=finding.last_reason,
        evidence=finding.evidence,
        citations=citations,
        acceptance=acceptance,
    )


def _accepted(found: Acceptance | None, signed: SignedNames) -> AcceptanceLine | None:
    if found is None:
        return None
    name = signed.name(found.approver, found.proof_sha256)
    return AcceptanceLine(name, found.reason, found.expires_on)


def result_line(item: StandingResult, span: Span) -> ResultLine:
    """One standing result."""
    return ResultLine(
        check=item.check,
        subject=item.subject,
        outcome=item.outcome,
        reason=item.reason,
        severity=item.severity,
        first_seen=item.first_seen,
        last_seen=min(item.last_seen, span.final),
        evidence=item.evidence,
    )


def check_lines(
    checks: Mapping[str, Check], named: set[str], language: str
) -> dict[str, CheckLine]:
    """The texts of the checks that the report names."""
    return {
        check.id: CheckLine(
            id=check.id,
            title=check.title.in_language(language),
            description=check.description.in_language(language),
            severity_reason=check.severity_reason.in_language(language),
            remediation=check.remediation.in_language(language),
            references=tuple(ReferenceLine(item.title, item.url) for item in check.references),
        )
        for check in checks.values()
        if check.id in named
    }
