"""Findings in outline: enough to weigh a hundred thousand of them without reading their details."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection, select

from secaudit.core.vocabulary import FindingState, Outcome, Reason, Severity
from secaudit.ledger.findings.model import LIVE
from secaudit.store.tables.ledger import finding as table


@dataclass(frozen=True, slots=True)
class Outline:
    """What a finding is about, how it stands, and until when it is to be repaired."""

    id: str
    check: str
    subject: str
    zone: str
    address: str
    severity: Severity
    state: FindingState
    owner: str
    owner_assigned: bool
    due: date | None
    opened_at: datetime

    def overdue(self, today: date) -> bool:
        """Tell whether someone should have repaired it by now."""
        return self.state in LIVE and self.due is not None and self.due < today


@dataclass(frozen=True, slots=True)
class Answered:
    """How a finding stands, and the last answer of its check."""

    id: str
    check: str
    subject: str
    state: FindingState
    outcome: Outcome
    reason: Reason
    at: datetime


def answered(connection: Connection) -> list[Answered]:
    """Return the last answer about every finding, in the order in which they were found."""
    query = select(
        *(table.c.id, table.c.check_id, table.c.subject, table.c.state),
        *(table.c.last_outcome, table.c.last_reason, table.c.checked_at),
    ).order_by(table.c.number)
    return [
        Answered(*row[:3], FindingState(row[3]), Outcome(row[4]), Reason(row[5]), row[6])
        for row in connection.execute(query)
    ]


def outlines(connection: Connection) -> list[Outline]:
    """Return all findings in outline, in the order in which they were found."""
    columns = (
        *(table.c.id, table.c.check_id, table.c.subject, table.c.zone, table.c.address),
        *(table.c.severity, table.c.state, table.c.owner, table.c.owner_assigned),
        *(table.c.due, table.c.opened_at),
    )
    severities = {item.value: item for item in Severity}
    states = {item.value: item for item in FindingState}
    return [
        Outline(*row[:5], severities[row[5]], states[row[6]], *row[7:])
        for row in connection.execute(select(*columns).order_by(table.c.number))
    ]


@dataclass(frozen=True, slots=True)
class Undoing:
    """An event, by what it was like before: None where it left that as it was."""

    finding: str
    at: datetime
    """When it took effect."""
    state: str | None
    """None: it was not there."""
    due: date | None
    severity: Severity | None
    by_itself: bool
    """No scan wrote it, or it only noted it."""


def undone(items: Iterable[Outline], events: Iterable[Undoing]) -> list[Outline]:
    """The findings as they were before these events, which come newest first."""
    by_finding: dict[str, list[Undoing]] = {}
    for event in events:
        by_finding.setdefault(event.finding, []).append(event)
    made = []
    for item in items:
        then: Outline | None = item
        for event in by_finding.get(item.id, ()):
            if then is None or event.state is None:
                then = None
                break
            then = replace(
                then,
                state=FindingState(event.state),
                due=event.due or then.due,
                severity=event.severity or then.severity,
            )
        if then is not None:
            made.append(then)
    return made
