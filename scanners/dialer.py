"""TCP connections that cannot leave the authorisation and cannot outrun the budget."""

import asyncio
import errno
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Self

from scanners import sockets
from scanners.base import ProbeError, ScopeRefusedError
from scanners.budget import CONNECT_PACKETS, REFUSED_PACKETS, SEND_PACKETS, Budget, Place
from secaudit.core.authorisation import Authorisation
from secaudit.core.network import Address
from secaudit.core.vocabulary import ProbeClass, Reason

DEFAULT_CONNECT_TIMEOUT = 3.0
DEFAULT_READ_TIMEOUT = 5.0

_REASONS = {
    errno.ECONNREFUSED: Reason.CONNECTION_REFUSED,
    errno.ECONNRESET: Reason.CONNECTION_RESET,
    errno.EPIPE: Reason.CONNECTION_RESET,
    errno.ETIMEDOUT: Reason.TIMED_OUT,
    errno.EHOSTUNREACH: Reason.UNREACHABLE,
    errno.ENETUNREACH: Reason.UNREACHABLE,
    errno.EHOSTDOWN: Reason.UNREACHABLE,
    errno.EACCES: Reason.UNREACHABLE,  # a broadcast address is no host
}


def reason_of(error: OSError) -> Reason:
    """Name what an operating-system error says about the peer."""
    return _REASONS.get(error.errno or 0, Reason.PROBE_FAILED)


Standing = Callable[[], Reason | None]
"""Asked again before anything is sent: why nothing may be sent any more, or None. Must be cheap."""


def always_standing() -> Reason | None:
    """For a letter that nobody can revoke while the scan runs."""
    return None


def utc_now() -> datetime:
    """The clock that scans read: the system's, since no switch sets it."""
    return datetime.now(UTC)


class TcpDialer:
    """Opens connections for one scan under one authorisation."""

    def __init__(
        self,
        authorisation: Authorisation,
        budget: Budget,
        *,
        connect_timeout: float = DEFAULT_CONNECT_TIMEOUT,
        read_timeout: float = DEFAULT_READ_TIMEOUT,
        clock: Callable[[], datetime] = utc_now,
        standing: Standing = always_standing,
    ) -> None:
        self._authorisation = authorisation
        self._budget = budget
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._clock = clock
        self._standing = standing

    def _ask(self, address: Address, port: int, probe_class: ProbeClass) -> None:
        """Raise ScopeRefusedError where this probe may not be sent at this instant."""
        refusal = self._standing() or self._authorisation.refusal(
            address, port, probe_class, self._clock()
        )
        if refusal is not None:
            raise ScopeRefusedError(address, port, refusal)

    def _ask_again(self, address: Address, port: int) -> None:
        """Raise ScopeRefusedError where a letter that permitted this probe has ended since."""
        refusal = self._standing() or self._authorisation.standing_refusal(self._clock())
        if refusal is not None:
            raise ScopeRefusedError(address, port, refusal)

    async def connect(self, address: Address, port: int, probe_class: ProbeClass) -> "TcpStream":
        """Open one connection. Raises ScopeRefusedError before anything is sent, or ProbeError.

        The letter is asked before the wait for the budget, and again after it: it may have ended.
        """
        self._ask(address, port, probe_class)
        place = await self._budget.place(address)
        try:
            self._ask_again(address, port)
        except ScopeRefusedError:
            place.unopened()
            raise
        family = socket.AF_INET if address.version == 4 else socket.AF_INET6
        connection = None
        try:
            connection = socket.socket(family, socket.SOCK_STREAM)
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await self._shake_hands(connection, (str(address), port), place)
        except BaseException:
            if connection is not None:
                connection.close()
            place.leave()
            raise
        ask = partial(self._ask_again, address, port)
        return TcpStream(connection, place, self._read_timeout, ask=ask)

    async def _shake_hands(
        self, connection: socket.socket, where: tuple[str, int], place: Place
    ) -> None:
        started = time.monotonic()
        try:
            await sockets.connect(connection, where, place.host.patience(self._connect_timeout))
        except TimeoutError:
            raise ProbeError(Reason.TIMED_OUT) from None
        except ConnectionRefusedError as error:
            place.host.heard(time.monotonic() - started)
            place.host.give_back(CONNECT_PACKETS - REFUSED_PACKETS)
            raise ProbeError(Reason.CONNECTION_REFUSED, str(error)) from None
        except OSError as error:
            raise ProbeError(reason_of(error), str(error)) from None
        place.host.heard(time.monotonic() - started)


class TcpStream:
    """One open connection; ``close`` gives its place in the budget back."""

    def __init__(
        self,
        connection: socket.socket,
        place: Place,
        read_timeout: float,
        *,
        ask: Callable[[], None],
    ) -> None:
        """``ask`` raises ScopeRefusedError where nothing more may be sent to this peer."""
        self._socket = connection
        self._place = place
        self._read_timeout = read_timeout
        self._ask = ask
        self._open = True

    async def __aenter__(self) -> Self:
        """Use the stream in a ``with`` block."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close it at the end of the block."""
        await self.close()

    async def send(self, content: bytes) -> None:
        """Send all of ``content``. Raises ProbeError, and ScopeRefusedError before it is sent."""
        await self._place.host.spend(SEND_PACKETS)
        try:
            self._ask()
        except ScopeRefusedError:
            self._place.host.give_back(SEND_PACKETS)
            raise
        try:
            content = content[self._send_at_once(content) :]
            if content:
                async with asyncio.timeout(self._read_timeout):
                    await asyncio.get_running_loop().sock_sendall(self._socket, content)
        except TimeoutError:
            raise ProbeError(Reason.TIMED_OUT) from None
        except OSError as error:
            raise ProbeError(reason_of(error), str(error)) from None

    def _send_at_once(self, content: bytes) -> int:
        """Send what fits into the kernel's buffer: mostly all. Raises OSError."""
        try:
            return self._socket.send(content)
        except (BlockingIOError, InterruptedError):
            return 0

    async def receive(self, limit: int, timeout: float | None = None) -> bytes:
        """Return 1 to ``limit`` bytes as they arrive, or b"" at the end. Raises ProbeError."""
        try:
            seconds = self._read_timeout if timeout is None else timeout
            return await sockets.receive(self._socket, limit, seconds)
        except TimeoutError:
            raise ProbeError(Reason.TIMED_OUT) from None
        except OSError as error:
            raise ProbeError(reason_of(error), str(error)) from None

    async def receive_exactly(self, count: int, timeout: float | None = None) -> bytes:
        """Return just ``count`` bytes within ``timeout`` in all. Raises ProbeError."""
        received = bytearray()
        deadline = asyncio.get_running_loop().time() + (
            self._read_timeout if timeout is None else timeout
        )
        while len(received) < count:
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                raise ProbeError(Reason.TIMED_OUT)
            piece = await self.receive(count - len(received), left)
            if not piece:
                raise ProbeError(Reason.CONNECTION_CLOSED)
            received += piece
        return bytes(received)

    async def close(self) -> None:
        """Close without waiting for the peer. Never raises."""
        if self._open:
            self._open = False
            with suppress(OSError):
                self._socket.close()
            self._place.leave()
