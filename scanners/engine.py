"""Runs a plan: several hosts at once under one budget; nothing that happens is lost in silence.

Besides the observations of its probes it makes ``error`` (``probe``, ``reason``, ``message``)
where a probe failed, and ``tool`` (``name``, ``reason``, ``message``) where a program we call was
not there or died: both about the host or endpoint that they concern.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal, Protocol

from scanners.base import ProbeError, ScopeRefusedError
from scanners.budget import Budget
from scanners.certificate.trust import TrustStores
from scanners.dialer import Standing, TcpDialer, always_standing, utc_now
from scanners.dns.client import DnsClient
from scanners.dns.server import RESOLVER, dns_servers
from scanners.host import HostScan, Tools, answers_for
from scanners.lanes import in_lanes
from scanners.network.nmap_tool import SEARCH_PATH, Nmap
from scanners.plan import (
    Host,
    ScanPlan,
    connection_gap,
    connection_lanes,
    host_seconds,
    hosts_in_flight,
)
from secaudit.core.errors import InternalError
from secaudit.core.garbage import settled
from secaudit.core.observation import EvidenceSink, Observation
from secaudit.core.vocabulary import ProbeClass, Reason, ZoneKind

HostState = Literal["up", "silent", "error", "refused", "interrupted"]
_PULSE_SECONDS = 1.0
_SLACK_SECONDS = 300.0
"""What a host may take beyond its own estimate, for services and TLS that stall."""

_log = logging.getLogger("secaudit.scanners.engine")


@dataclass(frozen=True)
class HostOutcome:
    """How one host went. ``error`` and ``refused`` keep what had been observed before.

    ``refused``: the authorisation does not, or no longer, permit what was to be sent.
    ``interrupted``: the scan was stopped meanwhile; only what the host had cost is kept.
    """

    schema_version: ClassVar[int] = 1

    address: str
    state: HostState
    observations: tuple[Observation, ...]
    reason: Reason | None
    packets: int
    connections: int


@dataclass(frozen=True)
class Pulse:
    """How far a run is, hosts in flight included. ``work`` is in hosts: 1.5 of 3 is half."""

    hosts_done: int
    hosts: int
    work: float
    packets: int


class ScanObserver(Protocol):
    """Told about progress, in the event loop; must not block."""

    def host_started(self, address: str) -> None:
        """A host is being looked at."""
        ...

    def host_done(self, outcome: HostOutcome) -> None:
        """A host is finished, and kept."""
        ...

    def progress(self, done: int, total: int, packets: int) -> None:
        """So many hosts of this run are finished, for so many packets."""
        ...

    def pulse(self, pulse: Pulse) -> None:
        """The run goes on: told at its beginning, each second, and at its end."""
        ...


class Silence:
    """An observer that says nothing."""

    def host_started(self, address: str) -> None:
        """Say nothing."""

    def host_done(self, outcome: HostOutcome) -> None:
        """Say nothing."""

    def progress(self, done: int, total: int, packets: int) -> None:
        """Say nothing."""

    def pulse(self, pulse: Pulse) -> None:
        """Say nothing."""


SILENT: ScanObserver = Silence()


async def run(
    plan: ScanPlan,
    hosts: Sequence[Host],
    evidence: EvidenceSink,
    keep: Callable[[HostOutcome], None],
    observer: ScanObserver = SILENT,
    *,
    clock: Callable[[], datetime] = utc_now,
    standing: Standing = always_standing,
) -> Reason | None:
    """Scan ``hosts`` of a plan. ``keep`` is called once for each host as it finishes.

    ``standing`` is asked again before anything is sent. When the letter ends, by its time or
    because ``standing`` says so, the hosts in flight are refused, those after them are not
    visited, and the reason is returned; None after a run to the end.

    Cancelling loses only the hosts in flight, and keeps what they had cost. A full disk
    (InternalError from ``evidence``) and whatever ``keep`` raises stop the scan; all else becomes
    the outcome of its host.
    """
    order = plan.order
    letter = order.authorisation
    budget = Budget(letter.caps, gap=connection_gap(order))
    dialer = TcpDialer(
        letter, budget, connect_timeout=order.timeout, clock=clock, standing=standing
    )
    search_path = order.settings.get("nmap", SEARCH_PATH)
    nmap = None
    if order.use_nmap and order.services and order.zone_kind is not ZoneKind.OT:
        nmap = Nmap(letter, budget, search_path=search_path, clock=clock, standing=standing)
    trust = TrustStores.of(order.trust_roots, order.ct_logs)
    names = None
    if ProbeClass.DNS in letter.probe_classes:
        servers = dns_servers(order.settings.get(RESOLVER))
        names = DnsClient(servers, letter, budget, clock=clock, standing=standing)
    tools = Tools(order, budget, dialer, evidence, nmap, trust, answers_for(order), names)
    done = 0
    ended: Reason | None = None
    in_flight: set[HostScan] = set()

    async def scan(host: Host) -> None:
        nonlocal done, ended
        ended = ended or standing() or letter.standing_refusal(clock())
        if ended is not None:
            return
        observer.host_started(str(host.address))
        looking = HostScan(tools, host)
        in_flight.add(looking)
        try:
            outcome = await _scan_host(tools, host, looking)
        except asyncio.CancelledError:
            # The scan is being stopped already: that this too fails must not hide why.
            with suppress(Exception):
                keep(_cost_alone(tools, host))
            raise
        finally:
            in_flight.discard(looking)
        if outcome.state == "refused":
            ended = ended or standing() or letter.standing_refusal(clock())
        keep(outcome)
        done += 1
        observer.host_done(outcome)
        observer.progress(done, len(hosts), budget.packets_sent)

    def pulse() -> None:
        work = done + sum(looking.share for looking in in_flight)
        observer.pulse(Pulse(done, len(hosts), work, budget.packets_sent))

    async def beat() -> None:
        while True:
            pulse()
            await asyncio.sleep(_PULSE_SECONDS)

    heart = asyncio.create_task(beat())
    try:
        with settled():
            await in_lanes(hosts, min(hosts_in_flight(order), max(1, len(hosts))), scan)
    finally:
        heart.cancel()
        await asyncio.wait({heart})
    pulse()
    return ended


def host_limit(tools: Tools, host: Host) -> float:
    """Seconds after which a host is left, with what is known by then."""
    chosen = tools.order.settings.get("host_seconds")
    if chosen is not None:
        return float(chosen)
    at_once = hosts_in_flight(tools.order)
    caps = tools.order.authorisation.caps
    # The share of the scan's rate that remains when every host in flight wants its own.
    crowding = max(1.0, at_once * caps.packets_per_second_per_host / caps.packets_per_second)
    crowding = max(crowding, at_once * connection_lanes(tools.order) / caps.connections)
    return crowding * 8 * host_seconds(tools.order, len(host.ports)) + _SLACK_SECONDS


def _cost_alone(tools: Tools, host: Host) -> HostOutcome:
    """What a host had cost when the scan was stopped."""
    spent = tools.budget.spent(host.address)
    return HostOutcome(str(host.address), "interrupted", (), None, spent.packets, spent.connections)


async def _scan_host(tools: Tools, host: Host, scan: HostScan) -> HostOutcome:
    state: HostState
    reason: Reason | None = None
    try:
        async with asyncio.timeout(host_limit(tools, host)):
            state = await scan.run()
    except TimeoutError:
        state, reason = "error", Reason.LIMIT_EXCEEDED
        scan.keep_ports()
        scan.note_error("host", reason, "the time for one host was over")
    except ScopeRefusedError as error:
        state, reason = "refused", error.reason
        scan.note_error("scope", reason, str(error))
    except InternalError:
        raise
    except (ProbeError, OSError) as error:
        reason = error.reason if isinstance(error, ProbeError) else Reason.PROBE_FAILED
        state = "error"
        scan.keep_ports()
        scan.note_error("discovery", reason, str(error))
    except Exception as error:
        # A fault of ours: whoever runs the scan is to send us this.
        _log.exception("the scan of %s failed", host.address)
        state, reason = "error", Reason.PROBE_FAILED
        scan.keep_ports()
        scan.note_error("discovery", reason, str(error))
    if state == "silent":
        reason = Reason.NO_ANSWER
    elif state == "up" and scan.refused is not None:
        state, reason = "refused", scan.refused
    spent = tools.budget.spent(host.address)
    return HostOutcome(
        str(host.address), state, tuple(scan.observations), reason, spent.packets, spent.connections
    )
