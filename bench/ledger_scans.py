"""The scans of ``ledger.py``: what taking them in costs, and that they change what they must."""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from ledger_ground import (
    FAILING_OF_A_HOST,
    RELAPSING_OF_A_HOST,
    Ground,
    address_of,
    days_ago,
    host_record,
    open_scan,
)

from secaudit.app.sla import due_dates, holiday_calendar
from secaudit.core.observation import CheckResult
from secaudit.core.vocabulary import FindingState, Outcome
from secaudit.ledger import findings, results, scans
from secaudit.registry.asset_index import AssetIndex

REPAIRED_OF_A_HOST = 5
_Key = tuple[str, str]
_States = Mapping[_Key, FindingState]
_LIVE_OR_ACCEPTED = findings.LIVE | {FindingState.ACCEPTED, FindingState.FALSE_POSITIVE}


@dataclass(frozen=True)
class ScanFigure:
    """One scan: how long taking it in took, and what it changed, in words."""

    name: str
    hosts: int
    results: int
    seconds: float
    cpu: float
    changed: str


def take_in(ground: Ground) -> list[ScanFigure]:
    """Take in a scan of one host, of a zone with silent hosts, and of a tenth with repairs."""
    zone = ground.hosts_of("zona-2")
    tenth = [host for host in range(ground.size.hosts) if host % 10 == 7]
    silent = frozenset(zone[::10])
    return [
        _figure(ground, "one host", zone[:1], silent=frozenset(), repaired=0),
        _figure(ground, "a zone, a tenth of it silent", zone, silent=silent, repaired=0),
        _figure(
            ground, "a tenth of everything, with repairs", tenth,
            silent=frozenset(), repaired=REPAIRED_OF_A_HOST,
        ),
    ]  # fmt: skip


def _figure(
    ground: Ground, name: str, hosts: list[int], *, silent: frozenset[int], repaired: int
) -> ScanFigure:
    at = days_ago(0)
    told: dict[int, list[CheckResult]] = {}
    for host in hosts:
        failing = _failing_now(ground, host)[repaired:]
        if host in silent:
            told[host] = [
                ground.answer(host, number, Outcome.NOT_REACHED, at)
                for number in ground.failing[host]
            ]
        else:
            told[host] = ground.seen(host, at, frozenset(failing))
    before = _states(ground)
    seconds, cpu = _scan(ground, told)
    after = _states(ground)
    _require(ground, before, after, told)
    moves = Counter((before[key], state) for key, state in after.items() if before[key] != state)
    said = ", ".join(
        f"{count:,} {was.value} → {now.value}" for (was, now), count in sorted(moves.items())
    )
    count = sum(map(len, told.values()))
    return ScanFigure(name, len(hosts), count, seconds, cpu, said or "none")


def _failing_now(ground: Ground, host: int) -> list[int]:
    """What failed when the host was last seen."""
    numbers = ground.failing[host]
    return [*numbers[FAILING_OF_A_HOST // 2 :], *numbers[:RELAPSING_OF_A_HOST]]


def _scan(ground: Ground, told: Mapping[int, list[CheckResult]]) -> tuple[float, float]:
    """Take in what the hosts showed as a scan does; the seconds it took, and of the processor."""
    workspace, at = ground.workspace, days_ago(0)
    due_on, calendar = due_dates(workspace), holiday_calendar(workspace)
    seconds = cpu = 0.0
    for zone in ground.zones:
        mine = [host for host in told if ground.zone_of(host) == zone]
        if not mine:
            continue
        with workspace.change() as change:
            identity = open_scan(change, zone, len(mine), at)
            owner_of = AssetIndex.of(change.connection).owner_of
        for host in mine:
            begin, busy = time.perf_counter(), time.process_time()
            with workspace.database.write() as connection:
                findings.watched(connection, zone, address_of(host))
                scans.keep_host(connection, identity, host_record(ground, host, at))
                results.record(connection, identity, at, told[host])
                findings.apply(connection, identity, at, told[host], due_on, owner_of, calendar)
            seconds += time.perf_counter() - begin
            cpu += time.process_time() - busy
        with workspace.change() as change:
            scans.finish(change.connection, identity, at)
            change.record("scan.done", identity)
    return seconds, cpu


def _states(ground: Ground) -> dict[_Key, FindingState]:
    with ground.workspace.view() as connection:
        rows = connection.exec_driver_sql("SELECT check_id, subject, state FROM finding")
        return {(row[0], row[1]): FindingState(row[2]) for row in rows}


def _require(
    ground: Ground, before: _States, after: _States, told: Mapping[int, list[CheckResult]]
) -> None:
    """Raise where a finding is lost, new, or in another state than the answer about it makes."""
    if before.keys() != after.keys():
        raise AssertionError("a scan of what is known loses no finding and brings no new one")
    answers = {
        (item.check, str(item.subject)): item.outcome for items in told.values() for item in items
    }
    for key, was in before.items():
        expected = _expected(was, answers.get(key))
        if after[key] is not expected:
            raise AssertionError(f"{key}: {was} became {after[key]}, not {expected}")
    with ground.workspace.view() as connection:
        standing = connection.exec_driver_sql(
            "SELECT count(*) FROM result_interval WHERE until_at IS NULL"
        ).scalar_one()
    if standing != ground.size.results:
        raise AssertionError(f"{standing} results stand, not {ground.size.results}")


def _expected(was: FindingState, outcome: Outcome | None) -> FindingState:
    if outcome is Outcome.PASSED and was in _LIVE_OR_ACCEPTED:
        return FindingState.VERIFIED
    if outcome is Outcome.FAILED and was in (FindingState.CLAIMED_FIXED, FindingState.VERIFIED):
        return FindingState.REOPENED
    return was
