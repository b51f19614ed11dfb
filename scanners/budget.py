"""How fast a scan may go: token buckets in packets, and bounds on connections.

A connection is charged for every packet that it makes this machine send: the handshake, the close
and the kernel's retries (:data:`CONNECT_PACKETS`), and each send besides (:data:`SEND_PACKETS`).
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from secaudit.core.authorisation import RateCaps
from secaudit.core.network import Address

CONNECT_PACKETS = 4
"""SYN, ACK, FIN and the ACK of the peer's FIN."""
SEND_PACKETS = 2
"""A segment of ours and the ACK of the answer."""
_REMEMBERED_HOSTS = 4096


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


class _HostBudget:
    def __init__(self, caps: RateCaps) -> None:
        self.bucket = TokenBucket(caps.packets_per_second_per_host)
        self.connections = asyncio.Semaphore(caps.connections_per_host)
        self.in_use = 0


class Budget:
    """The caps of one authorisation, shared by everything that one scan sends."""

    def __init__(self, caps: RateCaps) -> None:
        self.caps = caps
        self.packets_sent = 0
        self.connections_opened = 0
        self._bucket = TokenBucket(caps.packets_per_second)
        self._connections = asyncio.Semaphore(caps.connections)
        self._hosts: OrderedDict[Address, _HostBudget] = OrderedDict()

    async def spend(self, address: Address, packets: int) -> None:
        """Wait until ``packets`` may be sent to ``address``, and count them."""
        self.packets_sent += packets
        now = asyncio.get_running_loop().time()
        delay = max(
            self._bucket.reserve(packets, now), self._host(address).bucket.reserve(packets, now)
        )
        if delay > 0:
            await asyncio.sleep(delay)

    @asynccontextmanager
    async def connection(self, address: Address) -> AsyncIterator[None]:
        """Hold one of the host's and one of the scan's connections."""
        host = self._host(address)
        host.in_use += 1
        try:
            async with host.connections, self._connections:
                await self.spend(address, CONNECT_PACKETS)
                self.connections_opened += 1
                yield
        finally:
            host.in_use -= 1

    def _host(self, address: Address) -> _HostBudget:
        host = self._hosts.get(address)
        if host is None:
            host = self._hosts[address] = _HostBudget(self.caps)
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
