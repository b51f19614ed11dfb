"""What people decide about findings: each refusal says why, and each decision leaves an event.

All of it belongs inside one write transaction; the use case records it in the audit trail.
A decision about several findings is made for all of them, or for none.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from secaudit.core.errors import InputError, RefusedError
from secaudit.core.vocabulary import FindingState
from secaudit.ledger.findings.history import add_events, event_row
from secaudit.ledger.findings.model import LIVE, EventKind, Finding
from secaudit.ledger.findings.query import get
from secaudit.ledger.sights import chunks
from secaudit.store.numbering import human_id, next_number
from secaudit.store.tables.ledger import acceptance, dispute, plan_finding, remediation_plan
from secaudit.store.tables.ledger import finding as table
from secaudit.text.language import N_
from secaudit.text.words import word

_TO_BE_CLAIMED = LIVE - {FindingState.CLAIMED_FIXED}
_SAME_PERSON_HINT = N_("a second person has to look at it: name someone else")


def assign(
    connection: Connection, ids: Sequence[str], *, owner: str, at: datetime, actor: str
) -> None:
    """Give findings to an owner; later scans leave that as it is."""
    for item in _all(connection, ids, frozenset(FindingState) - {FindingState.RETIRED}):
        connection.execute(
            update(table)
            .where(table.c.id == item.id)
            .values(owner=_needed(owner, "owner"), owner_assigned=True)
        )
        _note(connection, item, EventKind.ASSIGNED, at=at, actor=actor, details={"owner": owner})


def plan(
    connection: Connection,
    ids: Sequence[str],
    *,
    owner: str,
    action: str,
    due: date,
    at: datetime,
    actor: str,
) -> str:
    """Plan one repair for one or many findings; return the plan's id, such as ``P-0001``."""
    findings = _all(connection, ids, _TO_BE_CLAIMED)
    number = next_number(connection, remediation_plan)
    identity = human_id("P", number)
    connection.execute(
        insert(remediation_plan).values(
            id=identity,
            number=number,
            owner=_needed(owner, "owner"),
            action=_needed(action, "action"),
            due=due,
            created_at=at,
            created_by=actor,
        )
    )
    connection.execute(
        insert(plan_finding),
        [{"plan_id": identity, "finding_id": item.id} for item in findings],
    )
    details = {"plan": identity, "owner": owner, "action": action, "due": due}
    for item in findings:
        _move(
            connection, item, EventKind.PLANNED, FindingState.PLANNED,
            at=at, actor=actor, details=details,
        )  # fmt: skip
    return identity


def claim(
    connection: Connection, ids: Sequence[str], *, by: str, note: str, at: datetime, actor: str
) -> None:
    """Note that somebody says these are repaired. Only a scan verifies it."""
    for item in _all(connection, ids, _TO_BE_CLAIMED):
        connection.execute(
            update(table)
            .where(table.c.id == item.id)
            .values(claimed_by=_needed(by, "name"), claimed_at=at, claim_note=note)
        )
        _move(
            connection, item, EventKind.CLAIMED, FindingState.CLAIMED_FIXED,
            at=at, actor=actor, reason=note, details={"by": by},
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
) -> None:
    """Accept findings as they are until ``expires_at``, the end of the day ``expires_on``.

    ``actor`` is ``account@host``. Raises RefusedError where the approver asked for it, or acts.
    """
    if any(_same_person(approver, name) for name in (actor, actor.partition("@")[0])):
        raise RefusedError(
            "{name} enters the acceptance and cannot approve it too",
            hint=_SAME_PERSON_HINT,
            name=approver,
        )
    if requested_by is not None and _same_person(approver, requested_by):
        raise RefusedError(
            "{name} asked for the acceptance and cannot approve it too",
            hint=_SAME_PERSON_HINT,
            name=approver,
        )
    if expires_at <= at:
        raise InputError("the acceptance would have expired on {day} already", day=expires_on)
    for item in _all(connection, ids, LIVE):
        connection.execute(
            insert(acceptance).values(
                finding_id=item.id,
                requested_by=requested_by,
                approver=_needed(approver, "approver"),
                reason=_needed(reason, "reason"),
                proof_sha256=proof_sha256,
                accepted_at=at,
                expires_on=expires_on,
                expires_at=expires_at,
            )
        )
        _move(
            connection, item, EventKind.ACCEPTED, FindingState.ACCEPTED,
            at=at, actor=actor, reason=reason,
            details={"approver": approver, "expires_on": expires_on, "proof": proof_sha256},
        )  # fmt: skip


def raise_dispute(
    connection: Connection, ids: Sequence[str], *, by: str, reason: str, at: datetime, actor: str
) -> None:
    """Say that findings are false positives. They stay as they are until a second person agrees."""
    for item in _all(connection, ids, LIVE):
        if standing_dispute(connection, item.id) is not None:
            raise RefusedError("{finding} is disputed already", finding=item.id)
        connection.execute(
            insert(dispute).values(
                finding_id=item.id,
                raised_by=_needed(by, "name"),
                raised_at=at,
                reason=_needed(reason, "reason"),
            )
        )
        _note(
            connection, item, EventKind.DISPUTED,
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
    for item in _all(connection, ids, LIVE):
        raised_by = standing_dispute(connection, item.id)
        if raised_by is None:
            raise RefusedError(
                "nobody disputes {finding}",
                hint="raise a dispute with: secaudit finding dispute {finding} --reason TEXT",
                finding=item.id,
            )
        if _same_person(by, raised_by):
            raise RefusedError(
                "{name} disputed {finding} and cannot settle it too",
                hint=_SAME_PERSON_HINT,
                name=by,
                finding=item.id,
            )
        connection.execute(
            update(dispute)
            .where(dispute.c.finding_id == item.id, dispute.c.settled_at.is_(None))
            .values(settled_by=by, settled_at=at, agreed=agreed, settled_because=reason)
        )
        kind = EventKind.DISPUTE_AGREED if agreed else EventKind.DISPUTE_DECLINED
        after = FindingState.FALSE_POSITIVE if agreed else item.state
        details = {"by": by, "raised_by": raised_by}
        _move(connection, item, kind, after, at=at, actor=actor, reason=reason, details=details)


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
) -> None:
    """Close findings whose asset was decommissioned, with the reason and its proof."""
    allowed = frozenset(FindingState) - {FindingState.RETIRED, FindingState.WITHDRAWN}
    for item in _all(connection, ids, allowed):
        _move(
            connection, item, EventKind.RETIRED, FindingState.RETIRED,
            at=at, actor=actor, reason=_needed(reason, "reason"), details={"proof": proof_sha256},
        )  # fmt: skip
    end_decisions(connection, ids, at, EventKind.RETIRED)


def acceptance_run_out(connection: Connection, at: datetime) -> tuple[str, ...]:
    """The findings that are accepted still, though the acceptance has run out by ``at``."""
    query = (
        select(acceptance.c.finding_id)
        .where(acceptance.c.ended_at.is_(None), acceptance.c.expires_at <= at)
        .order_by(acceptance.c.number)
    )
    return tuple(connection.execute(query).scalars())


def expire_acceptances(
    connection: Connection, at: datetime, scan_id: str | None = None
) -> tuple[str, ...]:
    """Open the findings again whose acceptance has run out by ``at``; return their ids."""
    expired = acceptance_run_out(connection, at)
    for finding_id in expired:
        item = get(connection, finding_id)
        connection.execute(
            update(table).where(table.c.id == item.id).values(state=FindingState.OPEN.value)
        )
        states = (item.state, FindingState.OPEN)
        event = event_row(item.id, at, EventKind.ACCEPTANCE_EXPIRED, states, scan_id=scan_id)
        add_events(connection, [event])
    end_decisions(connection, expired, at, EventKind.ACCEPTANCE_EXPIRED)
    return expired


def end_decisions(
    connection: Connection, ids: Iterable[str], at: datetime, because: EventKind
) -> None:
    """Close what stands about findings, acceptances and disputes, since they moved on."""
    for chunk in chunks(list(ids)):
        connection.execute(
            update(acceptance)
            .where(acceptance.c.finding_id.in_(chunk), acceptance.c.ended_at.is_(None))
            .values(ended_at=at, ended_because=because.value)
        )
        if because is not EventKind.ACCEPTANCE_EXPIRED:
            connection.execute(
                update(dispute)
                .where(dispute.c.finding_id.in_(chunk), dispute.c.settled_at.is_(None))
                .values(settled_at=at, settled_because=because.value)
            )


def _all(
    connection: Connection, ids: Sequence[str], allowed: Collection[FindingState]
) -> list[Finding]:
    """The findings, each once; refuse when one of them is not in a state that allows it."""
    findings = [get(connection, identity) for identity in dict.fromkeys(ids)]
    for item in findings:
        if item.state not in allowed:
            raise RefusedError(
                "{finding} is {state}: this cannot be done with it now",
                hint=_WHY_NOT.get(item.state, ""),
                finding=item.id,
                state=word(item.state),
            )
    return findings


_WHY_NOT = {
    FindingState.CLAIMED_FIXED: N_("its repair was claimed: a new scan verifies it, or reopens it"),
    FindingState.VERIFIED: N_("a scan saw that it is repaired: there is nothing left to do"),
    FindingState.ACCEPTED: N_(
        "it is accepted until a set day; see secaudit finding show {finding}"
    ),
    FindingState.FALSE_POSITIVE: N_("two persons agreed that it is a false positive"),
    FindingState.RETIRED: N_("its asset was decommissioned"),
    FindingState.WITHDRAWN: N_("its check is no longer made"),
}


def _move(
    connection: Connection,
    item: Finding,
    kind: EventKind,
    state: FindingState,
    *,
    at: datetime,
    actor: str,
    reason: str = "",
    details: dict[str, Any],
) -> None:
    connection.execute(update(table).where(table.c.id == item.id).values(state=state.value))
    states = (item.state, state)
    event = event_row(item.id, at, kind, states, actor=actor, reason=reason, details=details)
    add_events(connection, [event])


def _note(
    connection: Connection,
    item: Finding,
    kind: EventKind,
    *,
    at: datetime,
    actor: str,
    reason: str = "",
    details: dict[str, Any],
) -> None:
    states = (item.state, item.state)
    event = event_row(item.id, at, kind, states, actor=actor, reason=reason, details=details)
    add_events(connection, [event])


def _same_person(one: str, other: str) -> bool:
    return " ".join(one.casefold().split()) == " ".join(other.casefold().split())


def _needed(text: str, what: str) -> str:
    if not text.strip():
        raise InputError("the {what} is empty", what=what)
    return text.strip()
