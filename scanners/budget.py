"""How fast a scan may go: token buckets in packets, and bounds on connections.

A connection is charged for every packet that it makes this machine send: the handshake, the close
and the kernel's retries (:data:`CONNECT_PACKETS`), and each send besides (:data:`SEND_PACKETS`).
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass

from secaudit.core.authorisation import RateCaps
from secaudit.core.network import Address

CONNECT_PACKETS = 4
"""SYN, ACK, FIN and the ACK of the peer's FIN."""
SEND_PACKETS = 2
"""A segment of ours and the ACK of the answer."""
REFUSED_PACKETS = 1
"""All that a connection cost when the peer refused it at once: our SYN."""
SLOWEST_SHARE = 1 / 8
"""A host that loses packets is slowed down to this share of its cap, and not further."""
_SHORTEST_PATIENCE = 1.3
"""Seconds. The kernel sends a lost SYN again after one second (RFC 6298): leave it the chance."""
_REMEMBERED_HOSTS = 4096


@dataclass(frozen=True)
class Spent:
    """What one host has cost so far."""

    packets: int = 0
    connections: int = 0


class TokenBucket:
    """Lets ``rate`` tokens a second through, and at most ``burst`` at once."""

    def __init__(self, rate: float, burst: float | None = None) -> None:
        self._rate = rate
        self._burst = burst if burst is not None else max(rate / 4, 8)
        self._tokens = self._burst
        self._at = 0.0

    def reserve(self, count: float, now: float) -> float:
        """Take ``count`` tokens and return the seconds to wait before they may be used."""
        if self._at:
            self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        self._tokens -= count
        return 0.0 if self._tokens >= 0 else -self._tokens / self._rate

    def give_back(self, count: float) -> None:
        """Return tokens that were not used after all."""
        self._tokens = min(self._burst, self._tokens + count)

    def slow_down(self, slowest: float) -> None:
        """Halve the rate, but not below ``slowest`` tokens a second; the burst shrinks with it."""
        rate = max(self._rate / 2, slowest)
        self._burst *= rate / self._rate
        self._rate = rate
        self._tokens = min(self._tokens, self._burst)


class _HostBudget:
    """What one host may cost, and has cost."""

    def __init__(self, whole: "Budget") -> None:
        self._whole = whole
        self.bucket = TokenBucket(whole.caps.packets_per_second_per_host)
        self.connections = asyncio.Semaphore(whole.caps.connections_per_host)
        self.in_use = 0
        self.packets = 0
        self.connection_count = 0
        self.round_trip: float | None = None
        self.rests_until = 0.0

    async def spend(self, packets: int) -> None:
        whole = self._whole
        whole.packets_sent += packets
        self.packets += packets
        now = asyncio.get_running_loop().time()
        delay = max(whole.bucket.reserve(packets, now), self.bucket.reserve(packets, now))
        if delay > 0:
            await asyncio.sleep(delay)

    def give_back(self, packets: int) -> None:
        self._whole.packets_sent -= packets
        self.packets -= packets
        self._whole.bucket.give_back(packets)
        self.bucket.give_back(packets)

    def count_connections(self, connections: int) -> None:
        self._whole.connections_opened += connections
        self.connection_count += connections

    def heard(self, seconds: float) -> None:
        before = seconds if self.round_trip is None else self.round_trip
        self.round_trip = max(seconds, (7 * before + seconds) / 8)

    def patience(self, longest: float) -> float:
        if self.round_trip is None:
            return longest
        return min(longest, max(_SHORTEST_PATIENCE, 4 * self.round_trip))


class Place:
    """One connection's place among those of its host and of the scan. Must be left once."""

    def __init__(self, whole: "Budget", host: _HostBudget) -> None:
        self._whole = whole
        self.host = host
        self._held: list[asyncio.Semaphore] = []

    async def enter(self) -> None:
        """Wait for the place, and for the packets of the connection."""
        self.host.in_use += 1
        try:
            for semaphore in (self.host.connections, self._whole.connections):
                await semaphore.acquire()
                self._held.append(semaphore)
            await self._let_rest()
            await self.host.spend(CONNECT_PACKETS)
        except BaseException:
            self._release()
            raise
        self.host.count_connections(1)

    def leave(self) -> None:
        """Give the place back; the host rests from now on."""
        self.host.rests_until = asyncio.get_running_loop().time() + self._whole.gap
        self._release()

    def unopened(self) -> None:
        """Give the place and its packets back: there was no connection after all."""
        self.host.give_back(CONNECT_PACKETS)
        self.host.count_connections(-1)
        self.leave()

    def _release(self) -> None:
        for semaphore in self._held:
            semaphore.release()
        self._held.clear()
        self.host.in_use -= 1

    async def _let_rest(self) -> None:
        if self._whole.gap:
            left = self.host.rests_until - asyncio.get_running_loop().time()
            if left > 0:
                await asyncio.sleep(left)


class Budget:
    """The caps of one authorisation, shared by everything that one scan sends."""

    def __init__(self, caps: RateCaps, *, gap: float = 0.0) -> None:
        """``gap``: seconds that a host rests after each connection before the next begins."""
        self.caps = caps
        self.gap = gap
        self.packets_sent = 0
        self.connections_opened = 0
        self.bucket = TokenBucket(caps.packets_per_second)
        self.connections = asyncio.Semaphore(caps.connections)
        self._hosts: OrderedDict[Address, _HostBudget] = OrderedDict()

    async def spend(self, address: Address, packets: int) -> None:
        """Wait until ``packets`` may be sent to ``address``, and count them."""
        await self._host(address).spend(packets)

    def count_connections(self, address: Address, connections: int) -> None:
        """Count connections that another program makes for us; see :meth:`spend` for packets."""
        self._host(address).count_connections(connections)

    def give_back(self, address: Address, packets: int) -> None:
        """Return packets that were charged and not sent after all."""
        self._host(address).give_back(packets)

    def slow_down(self, address: Address) -> None:
        """Halve the rate to one host, which loses packets; never below the slowest share."""
        slowest = self.caps.packets_per_second_per_host * SLOWEST_SHARE
        self._host(address).bucket.slow_down(slowest)

    def heard(self, address: Address, seconds: float) -> None:
        """Learn how long the host took to answer a SYN."""
        self._host(address).heard(seconds)

    def patience(self, address: Address, longest: float) -> float:
        """Seconds to wait for an answer to a SYN: less for a host that is known to be near."""
        return self._host(address).patience(longest)

    def spent(self, address: Address) -> Spent:
        """What the host has cost so far."""
        host = self._host(address)
        return Spent(host.packets, host.connection_count)

    async def place(self, address: Address) -> Place:
        """Wait for one of the host's and one of the scan's connections."""
        place = Place(self, self._host(address))
        await place.enter()
        return place

    def _host(self, address: Address) -> _HostBudget:
        host = self._hosts.get(address)
        if host is None:
            host = self._hosts[address] = _HostBudget(self)
            self._forget_idle()
        else:
            self._hosts.move_to_end(address)
        return host

    def _forget_idle(self) -> None:
        if len(self._hosts) <= _REMEMBERED_HOSTS:
            return
        for address, host in list(self._hosts.items())[: len(self._hosts) - _REMEMBERED_HOSTS]:
            if host.in_use == 0:
                del self._hosts[address]
