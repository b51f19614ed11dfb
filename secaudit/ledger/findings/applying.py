"""Taking the results of a scan into the findings: once for each host, and never twice."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from secaudit.core.canonical import to_json
from secaudit.core.observation import CheckResult
from secaudit.core.subject import Subject
from secaudit.core.vocabulary import FindingState, Outcome, Reason
from secaudit.ledger.findings.clock import DueOn, stops_of
from secaudit.ledger.findings.decisions import end_decisions, expire_acceptances
from secaudit.ledger.findings.history import add_events, event_row
from secaudit.ledger.findings.lifecycle import (
    SILENCE,
    Step,
    after_answer,
    only_silent,
    says_more,
    seen_gone,
)
from secaudit.ledger.findings.model import Change, EventKind, FindingChanges
from secaudit.ledger.findings.query import rows_of_subjects
from secaudit.ledger.sights import Key, chunks, strongest
from secaudit.ledger.working_days import HolidayCalendar
from secaudit.store.numbering import human_id, next_number
from secaudit.store.tables.ledger import finding as table
from secaudit.store.tables.ledger import scan_finding

OwnerOf = Callable[[str], str]
"""The owner (Perangkat Daerah) of a subject's asset; empty where nobody is known."""

_CHANGING = (
    "severity",
    "severity_rank",
    "state",
    "owner",
    "due",
    "escalated",
    "details",
    "evidence",
    "last_seen",
    "opened_at",
    "checked_at",
    "last_outcome",
    "last_reason",
    "last_scan",
    "verified_scan",
    "verified_at",
    "silent_since",
    "silent_scan",
)


def apply(
    connection: Connection,
    scan_id: str,
    at: datetime,
    results: Iterable[CheckResult],
    due_on: DueOn,
    owner_of: OwnerOf,
    calendar: HolidayCalendar | None = None,
    today: date | None = None,
) -> FindingChanges:
    """Take in what one host, or more, showed at ``at``, and tell what that changed.

    Applying the same results again in the same scan changes nothing and tells the same. An answer
    older than the last one from another scan is left out. ``today`` is the day of ``at`` where the
    workspace is; without it, that of UTC.
    """
    expire_acceptances(connection, at, scan_id, calendar)
    chosen = strongest(results)
    known = {
        (row.check_id, row.subject): row
        for row in rows_of_subjects(connection, sorted({subject for _, subject in chosen}))
    }
    said = _said_before(connection, scan_id, [row.id for row in known.values()])
    intake = _Intake(connection, scan_id, at, due_on, owner_of)
    for key, result in chosen.items():
        row = known.get(key)
        if row is not None:
            intake.answer(row, result, said.get(row.id))
        elif result.outcome is Outcome.FAILED:
            intake.found(key, result)
    return intake.write(today)


def changes_of(connection: Connection, scan_id: str) -> FindingChanges:
    """Return all that a scan changed so far, over all its hosts."""
    rows = connection.execute(
        select(scan_finding.c.finding_id, scan_finding.c.change).where(
            scan_finding.c.scan_id == scan_id
        )
    )
    return FindingChanges.of((row.finding_id, Change(row.change)) for row in rows)


def _said_before(connection: Connection, scan_id: str, ids: list[str]) -> dict[str, Change]:
    return {
        row.finding_id: Change(row.change)
        for chunk in chunks(ids)
        for row in connection.execute(
            select(scan_finding.c.finding_id, scan_finding.c.change).where(
                scan_finding.c.scan_id == scan_id, scan_finding.c.finding_id.in_(chunk)
            )
        )
    }


class _Intake:
    """Collects what one call changes, and writes it in a few statements."""

    def __init__(
        self, connection: Connection, scan_id: str, at: datetime, due_on: DueOn, owner_of: OwnerOf
    ) -> None:
        self._connection = connection
        self._scan = scan_id
        self._at = at
        self._due_on = due_on
        self._owner_of = owner_of
        self._number = next_number(connection, table)
        self._new: list[dict[str, Any]] = []
        self._changed: list[dict[str, Any]] = []
        self._events: list[dict[str, Any]] = []
        self._changes: dict[str, Change] = {}
        self._restated: list[str] = []
        self._closed: list[str] = []

    def found(self, key: Key, result: CheckResult) -> None:
        identity = human_id("F", self._number)
        subject = result.subject
        due = self._due_on(result.severity, self._at, key[1], ())
        self._new.append(
            {
                "id": identity,
                "number": self._number,
                "check_id": key[0],
                "subject": key[1],
                "zone": subject.zone if isinstance(subject, Subject) else "",
                "address": subject.address if isinstance(subject, Subject) else "",
                "state": FindingState.OPEN.value,
                "owner": self._owner_of(key[1]),
                "owner_assigned": False,
                "due": due,
                "first_seen": self._at,
                "opened_at": self._at,
                "first_scan": self._scan,
                **self._answer(result),
                **self._failure(result),
            }
        )
        self._number += 1
        self._note(identity, EventKind.FOUND, (None, FindingState.OPEN), result, due)
        self._changes[identity] = Change.NEW

    def answer(self, row: Row[Any], result: CheckResult, said: Change | None) -> None:
        if said is not None and not says_more(result.outcome, said):
            self._changes[row.id] = said
            return
        if said is None and self._at < row.checked_at:
            return
        state = FindingState(row.state)
        silent = self._silence(row, result)
        step = after_answer(
            state,
            result.outcome,
            claimed_since=row.claimed_at is not None and row.claimed_at > self._at,
            doubtful=silent["silent_since"] is not None and not self._confirmed(silent),
            news=row.silent_since is None,
        )
        values = {name: row._mapping[name] for name in _CHANGING}
        values |= self._answer(result) | silent | {"state": step.state.value}
        if result.outcome is Outcome.FAILED:
            values |= self._failure(result) | self._terms(row, result, step)
        if step.event is EventKind.VERIFIED:
            values |= {"verified_scan": self._scan, "verified_at": self._at}
            self._closed.append(row.id)
        if step.event is not None:
            self._note(row.id, step.event, (state, step.state), result, values["due"])
        self._changed.append({"which": row.id, **values})
        if step.change is not None:
            self._changes[row.id] = step.change
            if said is not None:
                self._restated.append(row.id)

    def _silence(self, row: Row[Any], result: CheckResult) -> dict[str, Any]:
        """Since when, and since which scan, the port keeps silent; any other answer ends that."""
        if not only_silent(result.outcome, result.reason):
            return {"silent_since": None, "silent_scan": None}
        if row.silent_since is not None:
            return {"silent_since": row.silent_since, "silent_scan": row.silent_scan}
        return {"silent_since": self._at, "silent_scan": self._scan}

    def _confirmed(self, silent: dict[str, Any]) -> bool:
        """Tell whether another scan found the same, long enough before."""
        began: datetime = silent["silent_since"]
        return silent["silent_scan"] != self._scan and self._at - began >= SILENCE

    def _answer(self, result: CheckResult) -> dict[str, Any]:
        return {
            "checked_at": self._at,
            "last_outcome": result.outcome.value,
            "last_reason": result.reason.value,
        }

    def _failure(self, result: CheckResult) -> dict[str, Any]:
        return {
            "severity": result.severity.value,
            "severity_rank": result.severity.rank,
            "details": to_json(result.details),
            "evidence": list(result.evidence),
            "last_seen": self._at,
            "last_scan": self._scan,
        }

    def _terms(self, row: Row[Any], result: CheckResult, step: Step) -> dict[str, Any]:
        terms: dict[str, Any] = {}
        if not row.owner_assigned:
            terms["owner"] = self._owner_of(row.subject) or row.owner
        if step.event is EventKind.REOPENED and seen_gone(
            FindingState(row.state), Outcome(row.last_outcome), Reason(row.last_reason)
        ):
            terms["opened_at"] = self._at
            terms["due"] = self._due_on(result.severity, self._at, row.subject, ())
        elif row.severity != result.severity:
            # A claim that does not hold gives no new time: only a relapse begins anew.
            stops = stops_of(self._connection, row.id)
            terms["due"] = self._due_on(result.severity, row.opened_at, row.subject, stops)
        if terms.get("due", row.due) != row.due:
            terms["escalated"] = 0
        if row.severity != result.severity:
            self._events.append(
                event_row(
                    row.id,
                    self._at,
                    EventKind.SEVERITY_CHANGED,
                    (FindingState(row.state), FindingState(row.state)),
                    scan_id=self._scan,
                    details={
                        "from": row.severity,
                        "to": result.severity,
                        "due": terms.get("due", row.due),
                    },
                )
            )
        return terms

    def _note(
        self,
        identity: str,
        kind: EventKind,
        states: tuple[FindingState | None, FindingState],
        result: CheckResult,
        due: date | None,
    ) -> None:
        self._events.append(
            event_row(
                identity,
                self._at,
                kind,
                states,
                scan_id=self._scan,
                details={
                    "outcome": result.outcome,
                    "reason": result.reason,
                    "evidence": result.evidence,
                    "due": due,
                },
            )
        )

    def write(self, today: date | None) -> FindingChanges:
        run = self._connection.execute
        if self._new:
            run(insert(table), self._new)
        if self._changed:
            run(update(table).where(table.c.id == bindparam("which")), self._changed)
        add_events(self._connection, self._events)
        end_decisions(self._connection, self._closed, self._at, EventKind.VERIFIED, today)
        touched = {row["which"] for row in self._changed} | {row["id"] for row in self._new}
        fresh = [
            {"scan_id": self._scan, "finding_id": identity, "change": change.value}
            for identity, change in self._changes.items()
            if identity in touched and identity not in self._restated
        ]
        if fresh:
            run(insert(scan_finding), fresh)
        for identity in self._restated:
            run(
                update(scan_finding)
                .where(scan_finding.c.scan_id == self._scan, scan_finding.c.finding_id == identity)
                .values(change=self._changes[identity].value)
            )
        return FindingChanges.of(self._changes.items())
