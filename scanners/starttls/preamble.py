"""The words before TLS: one conversation in clear, bounded in bytes, lines and seconds."""

import asyncio
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from scanners.base import ProbeError, Stream
from secaudit.core.vocabulary import Reason


class Refusal(StrEnum):
    """Why a service does not go over to TLS."""

    NOT_OFFERED = "not_offered"
    """It does not announce STARTTLS, or does not know the command."""
    REFUSED = "refused"
    """It knows STARTTLS, and says no (no certificate, a limit, a policy)."""
    UNAVAILABLE = "unavailable"
    """It turns every client away just now: too many connections, a blocked address."""
    NAME_UNKNOWN = "name_unknown"
    """It serves by name (XMPP), and knows none of the names that we have for it."""
    WRONG_PROTOCOL = "wrong_protocol"
    """What answers does not speak the protocol of its name."""


_REASONS = {
    Refusal.NOT_OFFERED: Reason.NOT_OFFERED,
    Refusal.REFUSED: Reason.TLS_REFUSED,
    Refusal.UNAVAILABLE: Reason.CONNECTION_REFUSED,
    Refusal.NAME_UNKNOWN: Reason.NO_OBSERVATION,
    Refusal.WRONG_PROTOCOL: Reason.PROTOCOL_MISMATCH,
}


class StartTlsError(ProbeError):
    """The service does not go over to TLS; ``refusal`` says how, ``said`` in which words."""

    def __init__(self, refusal: Refusal, said: bytes = b"") -> None:
        super().__init__(_REASONS[refusal], f"STARTTLS {refusal.value}")
        self.refusal = refusal
        self.said = said


@dataclass(frozen=True)
class Bounds:
    """How much one preamble may cost us. ``seconds`` are those of waiting for the peer."""

    seconds: float = 10.0
    bytes: int = 64 * 1024
    lines: int = 256
    line_bytes: int = 8192


DEFAULT_BOUNDS = Bounds()
_PIECE = 4096


@dataclass
class Words:
    """Both directions of a preamble, as they go into the evidence."""

    sent: bytearray = field(default_factory=bytearray)
    received: bytearray = field(default_factory=bytearray)


def _as_it_is(stream: Stream) -> Stream:
    return stream


class Preamble:
    """What a dialogue speaks through. Whatever breaks a bound raises ProbeError.

    ``facts`` is where a dialogue leaves what it learned on the way. ``name`` is the server's name
    for the protocols that ask for it, or None. ``injected`` are bytes that go out in one segment
    with the command that starts TLS, where a real client would send none.
    """

    def __init__(
        self,
        stream: Stream,
        name: str | None = None,
        bounds: Bounds = DEFAULT_BOUNDS,
        injected: bytes = b"",
    ) -> None:
        self.stream = stream
        self.name = name
        self.words = Words()
        self.facts: MutableMapping[str, Any] = {}
        self.wrap: Callable[[Stream], Stream] = _as_it_is
        """What TLS goes through on this connection after the go-ahead."""
        self.started = False
        """The command that starts TLS has gone out, with what is injected after it."""
        self.seconds = 0.0
        """Waited for the peer so far."""
        self._bounds = bounds
        self._injected = injected
        self._buffer = bytearray()
        self._lines = 0

    @property
    def leftover(self) -> bytes:
        """What came in clear after the last word that was read."""
        return bytes(self._buffer)

    async def say(self, content: bytes) -> None:
        """Send. Raises ProbeError."""
        self.words.sent += content
        await self.stream.send(content)

    async def start(self, command: bytes) -> None:
        """Send the command that starts TLS, and in the same segment what is injected after it."""
        await self.say(command + self._injected)
        self.started = True

    async def line(self) -> bytes:
        """The next line without its end. Raises ProbeError."""
        self._lines += 1
        if self._lines > self._bounds.lines:
            raise ProbeError(Reason.LIMIT_EXCEEDED)
        end = await self._wait(self._line_end)
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line.rstrip(b"\r")

    def _line_end(self) -> int | None:
        end = self._buffer.find(b"\n")
        if (end if end >= 0 else len(self._buffer)) > self._bounds.line_bytes:
            raise ProbeError(Reason.LIMIT_EXCEEDED)
        return end if end >= 0 else None

    async def exactly(self, count: int) -> bytes:
        """Just ``count`` bytes. Raises ProbeError."""
        if count > self._bounds.bytes:
            raise ProbeError(Reason.LIMIT_EXCEEDED)
        await self._wait(lambda: count if len(self._buffer) >= count else None)
        content = bytes(self._buffer[:count])
        del self._buffer[:count]
        return content

    async def through(self, *marks: bytes) -> bytes:
        """Everything up to and with the first of ``marks``. Raises ProbeError."""

        def end() -> int | None:
            found = [at + len(mark) for mark in marks if (at := self._buffer.find(mark)) >= 0]
            return min(found) if found else None

        count = await self._wait(end)
        content = bytes(self._buffer[:count])
        del self._buffer[:count]
        return content

    async def _wait(self, found: Callable[[], int | None]) -> int:
        """Read until ``found`` says where what is wanted ends."""
        while (end := found()) is None:
            loop = asyncio.get_running_loop()
            left = self._bounds.seconds - self.seconds
            if left <= 0:
                raise ProbeError(Reason.TIMED_OUT)
            started = loop.time()
            try:
                piece = await self.stream.receive(_PIECE, left)
            finally:
                self.seconds += loop.time() - started
            if not piece:
                raise ProbeError(Reason.CONNECTION_CLOSED)
            self.words.received += piece
            self._buffer += piece
            if len(self.words.received) > self._bounds.bytes:
                raise ProbeError(Reason.LIMIT_EXCEEDED)
        return end


def wrong_protocol(said: bytes) -> StartTlsError:
    """What answered does not speak the protocol."""
    return StartTlsError(Refusal.WRONG_PROTOCOL, said)
