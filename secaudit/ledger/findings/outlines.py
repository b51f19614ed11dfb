"""Findings in outline: enough to weigh a hundred thousand of them without reading their details."""

from dataclasses import dataclass
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
