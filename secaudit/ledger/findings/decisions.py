"""What people decide about findings: each refusal says why, and each decision leaves an event.

All of it belongs inside one write transaction; the use case records it in the audit trail.
A decision about several findings is made for all of them, or for none.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from secaudit.core.errors import InputError, RefusedError
from secaudit.core.persons import same_person
from secaudit.core.vocabulary import FindingState
from secaudit.ledger.findings.acting import (
    SAME_PERSON_HINT,
    chosen,
    needed,
    write_down,
)
from secaudit.ledger.findings.clock import after_acceptance, end_pauses, set_due
from secaudit.ledger.findings.history import add_events, event_row
from secaudit.ledger.findings.model import LIVE, EventKind
from secaudit.ledger.sights import chunks
from secaudit.ledger.working_days import HolidayCalendar
from secaudit.store.tables.ledger import acceptance, dispute, finding_event
from secaudit.store.tables.ledger import finding as table

TO_BE_CLAIMED = LIVE - {FindingState.CLAIMED_FIXED}
"""What can be planned, or claimed as repaired."""
TO_BE_RETIRED = frozenset(FindingState) - {FindingState.RETIRED, FindingState.WITHDRAWN}
TO_BE_ASSIGNED = frozenset(FindingState) - {FindingState.RETIRED}


def assign(
    connection: Connection, ids: Sequence[str], *, owner: str, at: datetime, actor: str
) -> None:
    """Give findings to an owner; later scans leave that as it is."""
    name = needed(owner, "owner")
    items = chosen(connection, ids, TO_BE_ASSIGNED)
    write_down(
        connection, items, EventKind.ASSIGNED, at=at, actor=actor, details={"owner": name},
        values={"owner": name, "owner_assigned": True},
    )  # fmt: skip


def claim(
    connection: Connection, ids: Sequence[str], *, by: str, note: str, at: datetime, actor: str
) -> None:
    """Note that somebody says these are repaired. Only a scan verifies it."""
    name = needed(by, "name")
    items = chosen(connection, ids, TO_BE_CLAIMED)
    write_down(
        connection, items, EventKind.CLAIMED, state=FindingState.CLAIMED_FIXED,
        at=at, actor=actor, reason=note, details={"by": name},
        values={"claimed_by": name, "claimed_at": at, "claim_note": note},
    )  # fmt: skip


def accept(
    connection: Connection,
    ids: Sequence[str],
    *,
    approver: str,
    reason: str,
    expires_on: date,
    expires_at: datetime,
    at: datetime,
    actor: str,
    proof_sha256: str | None = None,
    requested_by: str | None = None,
    accepted_on: date | None = None,
) -> None:
    """Accept findings as they are until ``expires_at``, the end of the day ``expires_on``.

    ``actor`` is ``account@host``; ``accepted_on`` is the day of ``at`` where the workspace is.
    Raises RefusedError where the approver asked for it, or acts and nobody else asked.
    """
    acting = any(same_person(approver, name) for name in (actor, actor.partition("@")[0]))
    if acting and requested_by is None:
        raise RefusedError(
            "{name} enters the acceptance and cannot approve it too",
            hint=SAME_PERSON_HINT,
            name=approver,
        )
    if requested_by is not None and same_person(approver, requested_by):
        raise RefusedError(
            "{name} asked for the acceptance and cannot approve it too",
            hint=SAME_PERSON_HINT,
            name=approver,
        )
    if expires_at <= at:
        raise InputError("the acceptance would have expired on {day} already", day=expires_on)
    items = chosen(connection, ids, LIVE)
    row = {
        "requested_by": requested_by,
        "approver": needed(approver, "approver"),
        "reason": needed(reason, "reason"),
        "proof_sha256": proof_sha256,
        "accepted_at": at,
        "accepted_on": accepted_on,
        "expires_on": expires_on,
        "expires_at": expires_at,
    }
    connection.execute(insert(acceptance), [{"finding_id": item.id, **row} for item in items])
    write_down(
        connection, items, EventKind.ACCEPTED, state=FindingState.ACCEPTED,
        at=at, actor=actor, reason=reason,
        details={"approver": approver, "expires_on": expires_on, "proof": proof_sha256},
    )  # fmt: skip


def raise_dispute(
    connection: Connection, ids: Sequence[str], *, by: str, reason: str, at: datetime, actor: str
) -> None:
    """Say that findings are false positives. They stay as they are until a second person agrees."""
    items = chosen(connection, ids, LIVE)
    name, why = needed(by, "name"), needed(reason, "reason")
    for item in items:
        if standing_dispute(connection, item.id) is not None:
            raise RefusedError("{finding} is disputed already", finding=item.id)
    connection.execute(
        insert(dispute),
        [
            {"finding_id": item.id, "raised_by": name, "raised_at": at, "reason": why}
            for item in items
        ],
    )
    write_down(
        connection, items, EventKind.DISPUTED,
        at=at, actor=actor, reason=reason, details={"by": by},
    )  # fmt: skip


def settle_dispute(
    connection: Connection,
    ids: Sequence[str],
    *,
    by: str,
    agreed: bool,
    reason: str,
    at: datetime,
    actor: str,
) -> None:
    """Agree to a dispute, or decline it. Raises RefusedError for the person who raised it."""
    items = chosen(connection, ids, LIVE)
    raisers: dict[str, str] = {}
    for item in items:
        raised_by = standing_dispute(connection, item.id)
        if raised_by is None:
            raise RefusedError(
                "nobody disputes {finding}",
                hint="raise a dispute with: secaudit finding dispute {finding} --reason TEXT",
                finding=item.id,
            )
        if same_person(by, raised_by):
            raise RefusedError(
                "{name} disputed {finding} and cannot settle it too",
                hint=SAME_PERSON_HINT,
                name=by,
                finding=item.id,
            )
        raisers[item.id] = raised_by
    for chunk in chunks(list(raisers)):
        connection.execute(
            update(dispute)
            .where(dispute.c.finding_id.in_(chunk), dispute.c.settled_at.is_(None))
            .values(settled_by=by, settled_at=at, agreed=agreed, settled_because=reason)
        )
    write_down(
        connection, items,
        EventKind.DISPUTE_AGREED if agreed else EventKind.DISPUTE_DECLINED,
        state=FindingState.FALSE_POSITIVE if agreed else None,
        at=at, actor=actor, reason=reason,
        details=lambda item: {"by": by, "raised_by": raisers[item.id]},
    )  # fmt: skip


@dataclass(frozen=True)
class Dispute:
    """Who disputes a finding, and the account that entered it."""

    raised_by: str
    account: str


def disputes(connection: Connection, ids: Sequence[str]) -> dict[str, Dispute]:
    """The disputes of these findings that wait for a second person."""
    found: dict[str, Dispute] = {}
    for chunk in chunks(list(dict.fromkeys(ids))):
        entered = {
            row.finding_id: row.actor
            for row in connection.execute(
                select(finding_event.c.finding_id, finding_event.c.actor)
                .where(
                    finding_event.c.finding_id.in_(chunk),
                    finding_event.c.kind == EventKind.DISPUTED.value,
                )
                .order_by(finding_event.c.number)
            )
        }
        for row in connection.execute(
            select(dispute).where(dispute.c.finding_id.in_(chunk), dispute.c.settled_at.is_(None))
        ):
            found[row.finding_id] = Dispute(row.raised_by, entered.get(row.finding_id, ""))
    return found


def standing_dispute(connection: Connection, finding_id: str) -> str | None:
    """Who disputes a finding and waits for a second person; None where nobody does."""
    return connection.execute(
        select(dispute.c.raised_by).where(
            dispute.c.finding_id == finding_id, dispute.c.settled_at.is_(None)
        )
    ).scalar()


def retire(
    connection: Connection,
    ids: Sequence[str],
    *,
    reason: str,
    at: datetime,
    actor: str,
    proof_sha256: str | None = None,
    seen: Mapping[str, Mapping[str, Any]] | None = None,
    today: date | None = None,
) -> None:
    """Close findings whose asset was decommissioned, with the reason and its proof.

    ``seen`` tells for each finding which scan saw that only its service is gone, and by what.
    """
    items = chosen(connection, ids, TO_BE_RETIRED)
    facts = seen or {}
    write_down(
        connection, items, EventKind.RETIRED, state=FindingState.RETIRED,
        at=at, actor=actor, reason=needed(reason, "reason"),
        details=lambda item: {"proof": proof_sha256, **facts.get(item.id, {})},
    )  # fmt: skip
    end_decisions(connection, ids, at, EventKind.RETIRED, today)


def acceptance_run_out(connection: Connection, at: datetime) -> tuple[str, ...]:
    """The findings that are accepted still, though the acceptance has run out by ``at``."""
    query = (
        select(acceptance.c.finding_id)
        .where(acceptance.c.ended_at.is_(None), acceptance.c.expires_at <= at)
        .order_by(acceptance.c.number)
    )
    return tuple(connection.execute(query).scalars())


def expire_acceptances(
    connection: Connection,
    at: datetime,
    scan_id: str | None = None,
    calendar: HolidayCalendar | None = None,
) -> tuple[str, ...]:
    """Open the findings again whose acceptance has run out by ``at``; return their ids.

    With a ``calendar``, the last day of each moves by the working days of its acceptance. Each
    takes effect at the end of its acceptance, however much later it is recorded.
    """
    expired = acceptance_run_out(connection, at)
    if not expired:
        return ()
    spans: dict[str, tuple[date, date]] = {}
    ended: dict[str, datetime] = {}
    for chunk in chunks(expired):
        for row in connection.execute(
            select(acceptance).where(
                acceptance.c.finding_id.in_(chunk), acceptance.c.ended_at.is_(None)
            )
        ):
            spans[row.finding_id] = (row.accepted_on or row.accepted_at.date(), row.expires_on)
            ended[row.finding_id] = row.expires_at
    items = chosen(connection, expired)
    days = {item.id: item.due for item in items}
    if calendar is not None:
        for item in items:
            days[item.id] = after_acceptance(connection, item, *spans[item.id], calendar)
    for chunk in chunks(expired):
        connection.execute(
            update(table).where(table.c.id.in_(chunk)).values(state=FindingState.OPEN.value)
        )
    add_events(
        connection,
        [
            event_row(
                item.id, at, EventKind.ACCEPTANCE_EXPIRED, (item.state, FindingState.OPEN),
                scan_id=scan_id, effective_at=ended[item.id],
                details={
                    "expired_on": spans[item.id][1], "due_before": item.due, "due": days[item.id],
                },
            )
            for item in items
        ],
    )  # fmt: skip
    set_due(connection, {key: day for key, day in days.items() if day is not None})
    for chunk in chunks(expired):
        connection.execute(
            update(acceptance)
            .where(acceptance.c.finding_id.in_(chunk), acceptance.c.ended_at.is_(None))
            .values(
                ended_at=acceptance.c.expires_at,
                ended_because=EventKind.ACCEPTANCE_EXPIRED.value,
            )
        )
    return expired


def end_decisions(
    connection: Connection,
    ids: Iterable[str],
    at: datetime,
    because: EventKind,
    today: date | None = None,
) -> None:
    """Close what stands about findings, acceptances and disputes, since they moved on.

    ``today`` is the day of ``at`` where the workspace is; without it, that of UTC.
    """
    closed = list(ids)
    end_pauses(connection, closed, at, today or at.date(), because.value)
    for chunk in chunks(closed):
        connection.execute(
            update(acceptance)
            .where(acceptance.c.finding_id.in_(chunk), acceptance.c.ended_at.is_(None))
            .values(ended_at=at, ended_because=because.value)
        )
        connection.execute(
            update(dispute)
            .where(dispute.c.finding_id.in_(chunk), dispute.c.settled_at.is_(None))
            .values(settled_at=at, settled_because=because.value)
        )
