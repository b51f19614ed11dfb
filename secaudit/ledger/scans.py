"""Scans as the ledger keeps them: what was asked, how far it came, and what each host showed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from secaudit.core.canonical import to_json
from secaudit.core.errors import NotFoundError
from secaudit.core.instant import parse_instant
from secaudit.core.observation import Observation
from secaudit.core.subject import parse_subject
from secaudit.core.vocabulary import Reason
from secaudit.store.numbering import human_id, next_number
from secaudit.store.tables.scans import scan, scan_host

HOST_UP = "up"
"""The state of a host that answered."""
HOST_ERROR = "error"
"""The state of a host whose probe failed on our side: it is tried again on resume."""
HOST_REFUSED = "refused"
"""The state of a host at which the letter ended."""
HOST_INTERRUPTED = "interrupted"
"""The state of a host that was in flight when the scan was stopped: only its cost is kept."""
UNFINISHED = (HOST_ERROR, HOST_REFUSED, HOST_INTERRUPTED)
"""The states of hosts that a resumed scan visits again."""


class ScanState(StrEnum):
    """How a scan stands. An interrupted one can be resumed."""

    RUNNING = "running"
    DONE = "done"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


@dataclass(frozen=True)
class Scan:
    """One scan. ``request`` is the JSON of what was asked, so that it can be resumed."""

    id: str
    authorisation: str
    zone: str
    state: ScanState
    request: Mapping[str, Any]
    hosts_planned: int
    started_at: datetime
    finished_at: datetime | None
    actor: str
    tool_version: str
    message: str


@dataclass(frozen=True)
class HostRecord:
    """What one host showed in one scan, and what that cost on the wire."""

    address: str
    state: str
    reason: Reason | None
    observations: tuple[Observation, ...]
    packets: int
    connections: int
    finished_at: datetime


@dataclass(frozen=True)
class ScanTotals:
    """Sums over the hosts of one scan; ``hosts`` counts them by state."""

    hosts: Mapping[str, int]
    packets: int
    connections: int

    @property
    def done(self) -> int:
        """Hosts with a record, failed ones included."""
        return sum(self.hosts.values())


def start(
    connection: Connection,
    *,
    authorisation: str,
    zone: str,
    request: Mapping[str, Any],
    hosts_planned: int,
    at: datetime,
    actor: str,
    tool_version: str,
) -> str:
    """Open a scan and return its id, such as ``S-0001``."""
    number = next_number(connection, scan)
    identity = human_id("S", number)
    connection.execute(
        insert(scan).values(
            id=identity,
            number=number,
            authorisation=authorisation,
            zone=zone,
            state=ScanState.RUNNING.value,
            request=to_json(request),
            hosts_planned=hosts_planned,
            started_at=at,
            actor=actor,
            tool_version=tool_version,
            message="",
        )
    )
    return identity


def resume(connection: Connection, scan_id: str) -> None:
    """Set a scan running again; its hosts that are done stay done."""
    _set(connection, scan_id, state=ScanState.RUNNING.value, finished_at=None, message="")


def finish(
    connection: Connection,
    scan_id: str,
    at: datetime,
    state: ScanState = ScanState.DONE,
    message: str = "",
) -> None:
    """Close a scan as done, interrupted or failed; ``message`` says why it is not done."""
    _set(connection, scan_id, state=state.value, finished_at=at, message=message)


def _set(connection: Connection, scan_id: str, **values: Any) -> None:
    get(connection, scan_id)
    connection.execute(update(scan).where(scan.c.id == scan_id).values(**values))


def keep_host(connection: Connection, scan_id: str, record: HostRecord) -> None:
    """Keep what one host showed. A second try at the same host replaces the first, whose cost is
    added to its own: it was sent all the same.
    """
    same = (scan_host.c.scan_id == scan_id, scan_host.c.address == record.address)
    before = connection.execute(
        select(scan_host.c.packets, scan_host.c.connections).where(*same)
    ).first()
    connection.execute(delete(scan_host).where(*same))
    connection.execute(
        insert(scan_host).values(
            scan_id=scan_id,
            address=record.address,
            state=record.state,
            reason=record.reason.value if record.reason else None,
            observations=to_json(record.observations),
            packets=record.packets + (before.packets if before else 0),
            connections=record.connections + (before.connections if before else 0),
            finished_at=record.finished_at,
        )
    )


def get(connection: Connection, scan_id: str) -> Scan:
    """Return one scan. Raises NotFoundError."""
    row = connection.execute(select(scan).where(scan.c.id == scan_id)).first()
    if row is None:
        raise NotFoundError(
            "there is no scan {scan}", hint="see them with: secaudit scan list", scan=scan_id
        )
    return _scan(row)


def list_all(
    connection: Connection, *, zone: str | None = None, state: ScanState | None = None
) -> list[Scan]:
    """Return the scans, newest first; all, or those of one zone or in one state."""
    query = select(scan).order_by(scan.c.number.desc())
    if zone is not None:
        query = query.where(scan.c.zone == zone)
    if state is not None:
        query = query.where(scan.c.state == state.value)
    return [_scan(row) for row in connection.execute(query)]


def hosts_done(connection: Connection, scan_id: str) -> frozenset[str]:
    """The addresses that need no second visit: all with a record, but the unfinished ones."""
    query = select(scan_host.c.address).where(
        scan_host.c.scan_id == scan_id, scan_host.c.state.not_in(UNFINISHED)
    )
    return frozenset(connection.execute(query).scalars())


def hosts(connection: Connection, scan_id: str) -> Iterator[HostRecord]:
    """The records of a scan's hosts, in the order of their addresses as text."""
    query = select(scan_host).where(scan_host.c.scan_id == scan_id).order_by(scan_host.c.address)
    for row in connection.execute(query):
        yield _host(row)


def observations(connection: Connection, scan_id: str) -> Iterator[Observation]:
    """Every observation of a scan, host by host."""
    for record in hosts(connection, scan_id):
        yield from record.observations


def totals(connection: Connection, scan_id: str) -> ScanTotals:
    """Sum up the hosts of one scan."""
    rows = connection.execute(
        select(
            scan_host.c.state,
            func.count().label("hosts"),
            func.sum(scan_host.c.packets).label("packets"),
            func.sum(scan_host.c.connections).label("connections"),
        )
        .where(scan_host.c.scan_id == scan_id)
        .group_by(scan_host.c.state)
        .order_by(scan_host.c.state)
    ).all()
    return ScanTotals(
        {row.state: int(row.hosts) for row in rows},
        sum(int(row.packets) for row in rows),
        sum(int(row.connections) for row in rows),
    )


def last_host(connection: Connection, zone: str, address: str) -> tuple[str, HostRecord] | None:
    """The last scan from a zone that was to visit an address, with what became of the host."""
    row = connection.execute(
        select(scan_host)
        .join(scan, scan.c.id == scan_host.c.scan_id)
        .where(scan.c.zone == zone, scan_host.c.address == address)
        .order_by(scan_host.c.finished_at.desc(), scan.c.number.desc())
        .limit(1)
    ).first()
    return None if row is None else (row.scan_id, _host(row))


def last_reached(
    connection: Connection, until: datetime | None = None
) -> dict[tuple[str, str], datetime]:
    """Return when each ``(zone, address)`` last answered a scan; up to ``until`` if given."""
    query = (
        select(scan.c.zone, scan_host.c.address, func.max(scan_host.c.finished_at).label("last"))
        .join(scan, scan.c.id == scan_host.c.scan_id)
        .where(scan_host.c.state == HOST_UP)
        .group_by(scan.c.zone, scan_host.c.address)
    )
    if until is not None:
        query = query.where(scan_host.c.finished_at <= until)
    return {(row.zone, row.address): row.last for row in connection.execute(query)}


def _scan(row: Row[Any]) -> Scan:
    fields = dict(row._mapping)
    del fields["number"]
    return Scan(**{**fields, "state": ScanState(row.state)})


def _host(row: Row[Any]) -> HostRecord:
    return HostRecord(
        address=row.address,
        state=row.state,
        reason=Reason(row.reason) if row.reason else None,
        observations=tuple(_observation(record) for record in row.observations),
        packets=row.packets,
        connections=row.connections,
        finished_at=row.finished_at,
    )


def _observation(record: Mapping[str, Any]) -> Observation:
    return Observation(
        kind=record["kind"],
        subject=parse_subject(record["subject"]),
        observed_at=parse_instant(record["observed_at"]),
        data=record["data"],
        evidence=tuple(record["evidence"]),
    )
