"""The scans of a period, the letters they ran under, and how the last one differs."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from reports.model import AuthorisationLine, ScanLine, Trend
from secaudit.app.reporting.request import Span
from secaudit.app.reporting.selection import Selection
from secaudit.core.authorisation import Authorisation, loopback_authorisation
from secaudit.core.network import AddressSet
from secaudit.ledger import findings, scans
from secaudit.ledger.scans import Scan, ScanState
from secaudit.registry import authorisations

_LOOPBACK = loopback_authorisation(datetime(2000, 1, 1, tzinfo=UTC)).number


def scans_of(connection: Connection, selection: Selection, span: Span) -> tuple[Scan, ...]:
    """The scans that began in the period, oldest first."""
    return tuple(
        scan
        for scan in reversed(scans.list_all(connection))
        if span.holds(scan.started_at)
        and (not selection.zones or scan.zone in selection.zones)
        and scan.state is not ScanState.RUNNING
    )


def scan_line(connection: Connection, scan: Scan) -> ScanLine:
    """One scan with its sums."""
    totals = scans.totals(connection, scan.id)
    profile = _text(scan.request, "ports")
    return ScanLine(
        id=scan.id,
        authorisation=scan.authorisation,
        zone=scan.zone,
        profile=profile,
        started_at=scan.started_at,
        finished_at=scan.finished_at,
        complete=scan.state is ScanState.DONE,
        hosts=scan.hosts_planned,
        up=totals.hosts.get("up", 0),
        silent=totals.hosts.get("silent", 0),
        failed=totals.hosts.get("error", 0),
        refused=totals.hosts.get("refused", 0),
        packets=totals.packets,
        by=scan.actor,
    )


def _text(request: Mapping[str, Any], key: str) -> str:
    value = request.get(key, "")
    return value if isinstance(value, str) else str(value)


def letter_lines(
    connection: Connection, done: Iterable[Scan], span: Span
) -> tuple[AuthorisationLine, ...]:
    """The letters that the scans ran under, and those in force at some time of the period."""
    used = {scan.authorisation for scan in done}
    letters = [
        letter
        for letter in authorisations.list_all(connection)
        if letter.number in used
        or (letter.valid_from < span.end and letter.valid_until >= span.begin)
    ]
    if _LOOPBACK in used and all(letter.number != _LOOPBACK for letter in letters):
        letters.append(loopback_authorisation(span.begin))
    return tuple(_letter(letter) for letter in sorted(letters, key=lambda item: item.number))


def _letter(letter: Authorisation) -> AuthorisationLine:
    return AuthorisationLine(
        number=letter.number,
        issuer=letter.issuer,
        valid_from=letter.valid_from,
        valid_until=letter.valid_until,
        targets=letter.targets,
        exclusions=_runs(letter.exclusions),
        zones=tuple(permit.name for permit in letter.zones),
        probe_classes=tuple(sorted(item.value for item in letter.probe_classes)),
        addresses=str(letter.scope.count),
        revoked_at=letter.revoked_at,
        document_sha256=letter.document_sha256,
    )


def _runs(addresses: AddressSet) -> tuple[str, ...]:
    return tuple(str(run) for run in addresses.runs)


def trend_of(connection: Connection, done: tuple[Scan, ...], selection: Selection) -> Trend | None:
    """The last scan of the period against the latest before it that looked at the same hosts.

    Both are of one zone, and what is counted is on the hosts that both looked at; None where no
    earlier scan shares any.
    """
    if not done:
        return None
    last = done[-1]
    looked_at = scans.hosts_done(connection, last.id)
    for scan in scans.list_all(connection, zone=last.zone):
        if scan.started_at >= last.started_at or scan.state is ScanState.RUNNING:
            continue
        if shared := looked_at & scans.hosts_done(connection, scan.id):
            return _trend(connection, last, scan, shared, selection)
    return None


def _trend(
    connection: Connection, last: Scan, earlier: Scan, shared: frozenset[str], selection: Selection
) -> Trend:
    counted = {
        item.id
        for item in findings.of_scan(connection, last.id)
        if item.address in shared and selection.holds(item.subject)
    }
    changes = findings.changes_of(connection, last.id)
    return Trend(
        scan=last.id,
        previous=earlier.id,
        hosts=len(shared),
        new=len(counted.intersection(changes.new)),
        still_open=len(counted.intersection(changes.still_open)),
        verified=len(counted.intersection(changes.verified)),
        reopened=len(counted.intersection(changes.reopened)),
        not_reached=len(counted.intersection(changes.not_reached)),
        inconclusive=len(counted.intersection(changes.inconclusive)),
    )
