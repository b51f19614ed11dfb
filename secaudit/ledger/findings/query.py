"""Reading findings: one, many by filter, and those that a scan owes an answer."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, false, func, or_, select

from secaudit.core.errors import NotFoundError
from secaudit.core.vocabulary import FindingState, Outcome, Reason, Severity
from secaudit.ledger.findings.model import LIVE, Finding
from secaudit.ledger.sights import chunks
from secaudit.store.tables.ledger import acceptance, dispute, plan_finding, scan_finding
from secaudit.store.tables.ledger import finding as table
from secaudit.store.tables.remediation import sla_pause

_ORDER = (table.c.severity_rank, table.c.due, table.c.number)
_LIVE = tuple(state.value for state in LIVE)
_UNWATCHED = (FindingState.RETIRED.value, FindingState.WITHDRAWN.value)


Place = tuple[str, str]
"""A zone and an address in it."""


@dataclass(frozen=True)
class Near:
    """Where findings may be whose asset or owner is asked for: more than are wanted, not fewer."""

    places: Collection[Place]
    owner: str | None = None
    """Also those that this owner is written on."""
    named: bool = False
    """Also those about a server name, wherever they are."""


@dataclass(frozen=True)
class FindingFilter:
    """Which findings to list; an empty field asks for nothing in particular."""

    states: Collection[FindingState] = ()
    severities: Collection[Severity] = ()
    check: str | None = None
    """A check's id, or the beginning of one before a dot: ``tls`` for all of TLS."""
    owner: str | None = None
    zone: str | None = None
    addresses: Collection[str] = ()
    near: Near | None = None
    scan: str | None = None
    """Those that this scan reported on."""
    overdue_on: date | None = None
    """Those that should have been repaired before this day."""
    due_by: date | None = None
    """Live ones whose last day is this day or before."""
    escalated: bool = False
    """Live ones that came to a level of escalation."""
    disputed: bool = False
    """Those that somebody calls a false positive, and nobody has settled that yet."""
    expiring_by: date | None = None
    """Accepted ones whose acceptance ends on this day or before."""
    plan: str | None = None
    """Those that this plan is about."""
    paused_on: date | None = None
    """Those whose clock stands still on this day."""


def get(connection: Connection, finding_id: str) -> Finding:
    """Return one finding. Raises NotFoundError."""
    row = connection.execute(select(table).where(table.c.id == finding_id)).first()
    if row is None:
        raise NotFoundError(
            "there is no finding {finding}",
            hint="see them with: secaudit finding list --all",
            finding=finding_id,
        )
    return finding_of(row)


def list_all(
    connection: Connection, wanted: FindingFilter | None = None, *, limit: int | None = None
) -> list[Finding]:
    """Return findings, worst first: by severity, then by due date, then by id."""
    query = in_order(select(table).where(*conditions_of(wanted or FindingFilter()))).limit(limit)
    return [finding_of(row) for row in connection.execute(query)]


def in_order(query: Select[Any]) -> Select[Any]:
    """The order of every list: by severity, then by due date, then by id."""
    return query.order_by(*_ORDER)


@dataclass(frozen=True)
class Owned:
    """What decides who repairs a finding, without all else: for many findings at once."""

    id: str
    subject: str
    zone: str
    address: str
    owner: str
    owner_assigned: bool
    severity: str


def owned_rows(connection: Connection, wanted: FindingFilter) -> list[Owned]:
    """Return the same findings as :func:`list_all`, in its order, with these few fields."""
    columns = (table.c[name] for name in Owned.__dataclass_fields__)
    query = in_order(select(*columns).where(*conditions_of(wanted)))
    return [Owned(*row) for row in connection.execute(query)]


def places(connection: Connection) -> list[Place]:
    """Return each zone and address that a finding was ever about."""
    query = select(table.c.zone, table.c.address).distinct()
    return [(row.zone, row.address) for row in connection.execute(query)]


def by_ids(connection: Connection, ids: Sequence[str]) -> list[Finding]:
    """Return these findings, in the order given; unknown ids are left out."""
    known = {
        row.id: finding_of(row)
        for chunk in chunks(ids)
        for row in connection.execute(select(table).where(table.c.id.in_(chunk)))
    }
    return [known[identity] for identity in ids if identity in known]


def count(connection: Connection, wanted: FindingFilter | None = None) -> int:
    """Count the findings that :func:`list_all` would return without a limit."""
    conditions = conditions_of(wanted or FindingFilter())
    return int(
        connection.execute(select(func.count()).select_from(table).where(*conditions)).scalar_one()
    )


def of_scan(connection: Connection, scan_id: str) -> list[Finding]:
    """Return the findings that a scan said something about, worst first."""
    return list_all(connection, FindingFilter(scan=scan_id))


def watched(connection: Connection, zone: str, address: str | None = None) -> list[tuple[str, str]]:
    """Return ``(check, subject text)`` of all that ever failed in a zone, or on one host there.

    A scan owes each an answer, the verified ones too: they may fail again. Left out are the
    retired and the withdrawn.
    """
    query = select(table.c.check_id, table.c.subject).where(
        table.c.zone == zone, table.c.state.not_in(_UNWATCHED)
    )
    if address is not None:
        query = query.where(table.c.address == address)
    query = query.order_by(table.c.number)
    return [(row.check_id, row.subject) for row in connection.execute(query)]


def rows_of_subjects(connection: Connection, subjects: Sequence[str]) -> list[Row[Any]]:
    """Return the rows of all findings on these subjects."""
    return [
        row
        for chunk in chunks(subjects)
        for row in connection.execute(select(table).where(table.c.subject.in_(chunk)))
    ]


def conditions_of(wanted: FindingFilter) -> list[ColumnElement[bool]]:
    """What a filter means for the table."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.states:
        conditions.append(_state_in([state.value for state in wanted.states]))
    if wanted.severities:
        conditions.append(table.c.severity_rank.in_([item.rank for item in wanted.severities]))
    if wanted.check is not None:
        below = f"{wanted.check}."
        conditions.append(
            (table.c.check_id == wanted.check)
            | ((table.c.check_id >= below) & (table.c.check_id < wanted.check + "/"))
        )
    if wanted.owner is not None:
        conditions.append(table.c.owner == wanted.owner)
    if wanted.zone is not None:
        conditions.append(table.c.zone == wanted.zone)
    if wanted.addresses:
        conditions.append(table.c.address.in_(sorted(wanted.addresses)))
    if wanted.near is not None:
        conditions.append(_near(wanted.near))
    if wanted.scan is not None:
        conditions.append(
            table.c.id.in_(
                select(scan_finding.c.finding_id).where(scan_finding.c.scan_id == wanted.scan)
            )
        )
    if wanted.overdue_on is not None:
        conditions += [table.c.due < wanted.overdue_on, _state_in(_LIVE)]
    if wanted.due_by is not None:
        conditions += [table.c.due <= wanted.due_by, _state_in(_LIVE)]
    if wanted.escalated:
        conditions += [table.c.escalated > 0, _state_in(_LIVE)]
    if wanted.expiring_by is not None:
        ending = select(acceptance.c.finding_id).where(
            acceptance.c.ended_at.is_(None), acceptance.c.expires_on <= wanted.expiring_by
        )
        conditions.append(table.c.id.in_(ending))
    if wanted.disputed:
        unsettled = select(dispute.c.finding_id).where(dispute.c.settled_at.is_(None))
        conditions.append(table.c.id.in_(unsettled))
    if wanted.plan is not None:
        inside = select(plan_finding.c.finding_id).where(
            plan_finding.c.plan_id == wanted.plan, plan_finding.c.removed_at.is_(None)
        )
        conditions.append(table.c.id.in_(inside))
    if wanted.paused_on is not None:
        still = select(sla_pause.c.finding_id).where(
            sla_pause.c.from_on <= wanted.paused_on,
            sla_pause.c.until_on >= wanted.paused_on,
            sla_pause.c.ended_on.is_(None) | (sla_pause.c.ended_on > wanted.paused_on),
        )
        conditions.append(table.c.id.in_(still))
    return conditions


def _near(wanted: Near) -> ColumnElement[bool]:
    by_zone: dict[str, list[str]] = {}
    for zone, address in wanted.places:
        by_zone.setdefault(zone, []).append(address)
    return or_(
        false(),
        *(
            (table.c.zone == zone) & table.c.address.in_(chunk)
            for zone, addresses in sorted(by_zone.items())
            for chunk in chunks(sorted(addresses))
        ),
        *([table.c.owner == wanted.owner] if wanted.owner is not None else []),
        *([func.instr(table.c.subject, "#") > 0] if wanted.named else []),
    )


def _state_in(states: Sequence[str]) -> ColumnElement[bool]:
    """A condition on the state by which no index is chosen.

    Half of a large ledger is in the states that one asks for: finding these by an index and sorting
    them takes longer than going through the list in its order, or than what else is asked for.
    """
    return func.coalesce(table.c.state, "").in_(states)


def finding_of(row: Row[Any]) -> Finding:
    """Build the value from a row of the table."""
    return Finding(
        id=row.id,
        check=row.check_id,
        subject=row.subject,
        zone=row.zone,
        address=row.address,
        severity=Severity(row.severity),
        state=FindingState(row.state),
        owner=row.owner,
        owner_assigned=row.owner_assigned,
        due=row.due,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        opened_at=row.opened_at,
        checked_at=row.checked_at,
        last_outcome=Outcome(row.last_outcome),
        last_reason=Reason(row.last_reason),
        first_scan=row.first_scan,
        last_scan=row.last_scan,
        verified_scan=row.verified_scan,
        verified_at=row.verified_at,
        claimed_by=row.claimed_by,
        claimed_at=row.claimed_at,
        claim_note=row.claim_note,
        details=row.details,
        evidence=tuple(row.evidence),
        silent_since=row.silent_since,
        silent_scan=row.silent_scan,
    )
