"""What a scan would do: hosts, refusals and costs. Pure: nothing is sent to find out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from typing import Any, ClassVar

from scanners.budget import CONNECT_PACKETS, REFUSED_PACKETS
from scanners.ports import PortProfile
from secaudit.core.authorisation import FORBIDDEN_PORTS, Authorisation
from secaudit.core.errors import InputError
from secaudit.core.network import Address, AddressSet
from secaudit.core.vocabulary import ProbeClass, Reason, ZoneKind

MOST_HOSTS = 2**18
"""Addresses in one plan: four /16. More is split into several scans."""
FIRST_LOOK = 32
"""Ports after whose silence a host counts as silent, the commonest first."""
OT_GAP_SECONDS = 1.0
"""Old controllers have few sockets and are slow to free them."""
ASSUMED_OPEN = 12
"""Open ports of a host that the upper estimate assumes; nobody knows before asking."""
SERVICE_COST = 60
"""Packets to identify one service, nmap's share included."""
SERVICE_CONNECTIONS = 8
TLS_COST = 400
"""Packets for protocols, suites and chains of one TLS endpoint (a connection is about six)."""
TLS_CONNECTIONS = 60
WEAKNESS_COST = 90
"""Packets to look for the known weaknesses of one TLS endpoint."""
WEAKNESS_CONNECTIONS = 14
REVOCATION_COST = 40
"""Packets to the responders that one TLS endpoint's certificates name: two or three questions."""
REVOCATION_CONNECTIONS = 3
WEB_COST = 12
"""Packets to ask a web server for one page under one name, inside TLS."""
DNS_COST = 60
"""Packets to a resolver for what DNS says about one name, and about the mail of its domain."""
_ANSWER_SECONDS = 0.05
"""What a near host takes to refuse a connection, for the lower estimate."""


@dataclass(frozen=True)
class ScanOrder:
    """All that a scan is told. ``zone`` is where we look from; times in seconds."""

    authorisation: Authorisation
    zone: str
    zone_kind: ZoneKind
    targets: AddressSet
    ports: PortProfile
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Server names to ask for, by the text of the address."""
    known_ports: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Ports to probe besides the profile, by the text of the address: what was open before."""
    services: bool = True
    use_nmap: bool = True
    timeout: float = 3.0
    """Seconds to wait for a host that has not answered yet."""
    retries: int = 1
    trust_roots: tuple[bytes, ...] = ()
    """The workspace's own roots, in PEM."""
    ct_logs: bytes | None = None
    """The workspace's list of CT logs, in Google's format."""
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Host:
    """One address to look at, the names to ask it for, and its ports in the order of probing."""

    address: Address
    names: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()


@dataclass(frozen=True)
class ScanPlan:
    """What would be scanned, what is refused and why, and what it would cost.

    The lower estimate assumes hosts that refuse or ignore everything, the upper one hosts that drop
    every packet but have :data:`ASSUMED_OPEN` open ports, half of them TLS.
    """

    schema_version: ClassVar[int] = 1

    order: ScanOrder
    hosts: tuple[Host, ...]
    refused: tuple[tuple[str, Reason], ...]
    packets_low: int
    packets_high: int
    connections: int
    """At the upper estimate."""
    seconds_low: int
    seconds_high: int


def make_plan(order: ScanOrder, at: datetime) -> ScanPlan:
    """Plan a scan as the letter stands at ``at``. Raises InputError for too many addresses."""
    scope, refused = _in_scope(order, at)
    if scope.count > MOST_HOSTS:
        raise InputError(
            "{count} addresses are too many for one scan (at most {most})",
            hint="split the targets, or scan the ranges that are in use",
            count=scope.count,
            most=MOST_HOSTS,
        )
    hosts = tuple(_hosts(order, scope))
    cost = _cost(order, hosts)
    return ScanPlan(order, hosts, tuple(refused), *cost)


def host_seconds(order: ScanOrder, port_count: int) -> float:
    """The longest that one host should take, by the upper estimate."""
    packets, connections = _host_high(order, port_count)
    lanes = connection_lanes(order)
    rate = order.authorisation.caps.packets_per_second_per_host
    return packets / rate + connections * (order.timeout / lanes + connection_gap(order))


def connection_lanes(order: ScanOrder) -> int:
    """Connections at once to one host: one in a zone of operational technology."""
    return 1 if order.zone_kind is ZoneKind.OT else order.authorisation.caps.connections_per_host


def connection_gap(order: ScanOrder) -> float:
    """Seconds that a host of operational technology rests between two connections."""
    return OT_GAP_SECONDS if order.zone_kind is ZoneKind.OT else 0.0


def _in_scope(order: ScanOrder, at: datetime) -> tuple[AddressSet, list[tuple[str, Reason]]]:
    letter = order.authorisation
    nothing = letter.standing_refusal(at) or _zone_refusal(order)
    if nothing is None and ProbeClass.DISCOVERY not in letter.probe_classes:
        nothing = Reason.CLASS_NOT_PERMITTED
    if nothing is not None:
        return AddressSet(), _texts(order.targets, nothing)
    excluded = order.targets & letter.exclusions
    outside = order.targets - letter.permitted - excluded
    refused = [*_texts(excluded, Reason.EXCLUDED), *_texts(outside, Reason.OUT_OF_SCOPE)]
    forbidden = sorted(
        (text, port)
        for text, ports in order.known_ports.items()
        for port in ports
        if port in FORBIDDEN_PORTS
    )
    refused += [(f"{text} port {port}", Reason.FORBIDDEN_PORT) for text, port in forbidden]
    return (order.targets - excluded) & letter.permitted, refused


def _zone_refusal(order: ScanOrder) -> Reason | None:
    """OT is off unless the letter says of this very zone that it is OT."""
    letter = order.authorisation
    if not letter.permits_zone(order.zone):
        return Reason.ZONE_NOT_PERMITTED
    if order.zone_kind is ZoneKind.OT and letter.zone_kind(order.zone) is not ZoneKind.OT:
        return Reason.ZONE_NOT_PERMITTED
    return None


def _texts(addresses: AddressSet, reason: Reason) -> list[tuple[str, Reason]]:
    return [(str(run), reason) for run in addresses.runs]


def _hosts(order: ScanOrder, scope: AddressSet) -> Iterator[Host]:
    usual = order.ports.ports
    for address in scope:
        text = str(address)
        known = tuple(
            dict.fromkeys(p for p in order.known_ports.get(text, ()) if p not in FORBIDDEN_PORTS)
        )
        ports = tuple(dict.fromkeys((*known, *usual))) if known else usual
        yield Host(address, order.names.get(text, ()), ports)


def _host_high(order: ScanOrder, port_count: int) -> tuple[int, int]:
    """Packets and connections of one host at the upper estimate."""
    opened = min(ASSUMED_OPEN, port_count)
    connections = port_count * (1 + order.retries)
    packets = connections * CONNECT_PACKETS
    if order.services and ProbeClass.SERVICE in order.authorisation.probe_classes:
        packets += opened * (SERVICE_COST + WEB_COST)
        connections += opened * (SERVICE_CONNECTIONS + 1)
    if ProbeClass.TLS in order.authorisation.probe_classes:
        packets += ceil(opened / 2) * (TLS_COST + WEAKNESS_COST)
        connections += ceil(opened / 2) * (TLS_CONNECTIONS + WEAKNESS_CONNECTIONS)
        if ProbeClass.REVOCATION in order.authorisation.probe_classes:
            packets += ceil(opened / 2) * REVOCATION_COST
            connections += ceil(opened / 2) * REVOCATION_CONNECTIONS
    if ProbeClass.DNS in order.authorisation.probe_classes:
        packets += ceil(opened / 2) * DNS_COST
    return packets, connections


def _cost(order: ScanOrder, hosts: tuple[Host, ...]) -> tuple[int, int, int, int, int]:
    """Packets low and high, connections, seconds low and high."""
    if not hosts:
        return 0, 0, 0, 0, 0
    caps = order.authorisation.caps
    packets_low = packets_high = connections = 0
    longest_low = longest_high = work_high = 0.0
    for host in hosts:
        count = len(host.ports)
        silent = min(count, FIRST_LOOK) * (1 + order.retries) * CONNECT_PACKETS
        low = min(count * REFUSED_PACKETS, silent)
        high, opened = _host_high(order, count)
        packets_low += low
        packets_high += high
        connections += opened
        waits = count * (_ANSWER_SECONDS / connection_lanes(order) + connection_gap(order))
        longest_low = max(longest_low, low / caps.packets_per_second_per_host, waits)
        high_seconds = host_seconds(order, count)
        longest_high = max(longest_high, high_seconds)
        work_high += high_seconds
    rate = caps.packets_per_second
    seconds_low = max(packets_low / rate, longest_low)
    at_once = hosts_in_flight(order)
    seconds_high = max(packets_high / rate, longest_high, work_high / at_once, seconds_low)
    return packets_low, packets_high, connections, ceil(seconds_low), ceil(seconds_high)


def hosts_in_flight(order: ScanOrder) -> int:
    """Hosts looked at together: as many as the connections allow, at most 64."""
    return max(1, min(64, order.authorisation.caps.connections // connection_lanes(order)))
