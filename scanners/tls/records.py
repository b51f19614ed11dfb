"""The record layer of one connection: what arrives, as records and as handshake messages."""

import asyncio
from dataclasses import dataclass

from scanners.base import ProbeError, Stream
from scanners.tls.limits import Meter
from scanners.tls.wire import MalformedError
from secaudit.core.vocabulary import Reason

CHANGE_CIPHER, ALERT, HANDSHAKE, APPLICATION, HEARTBEAT = 20, 21, 22, 23, 24
_LARGEST_RECORD = 2**14 + 2048
_RECORDS = 2048
"""A peer that sends more records than this in one answer is playing with us."""
_WARNING = 1
_CLOSE_NOTIFY = 0


class AlertError(ProbeError):
    """The server answered with a fatal alert (RFC 8446, section 6), or closed by one."""

    def __init__(self, code: int, reason: Reason = Reason.NOT_OFFERED) -> None:
        super().__init__(reason, f"alert {code}")
        self.code = code


@dataclass(frozen=True)
class Record:
    """One record: its type and content, with the header that it came under."""

    kind: int
    content: bytes
    header: bytes


class RecordStream:
    """Reads one server's answer within the limits. ``said`` and ``seen`` are for evidence."""

    def __init__(self, stream: Stream, meter: Meter) -> None:
        self._stream = stream
        self._meter = meter
        self._buffer = b""
        self._messages = b""
        self._taken = 0
        self._records = 0
        self._deadline = 0.0
        self.seen = bytearray()
        self.said = bytearray()

    @property
    def flight_limit(self) -> int:
        """How long one answer, and so one message, may be."""
        return self._meter.settings.flight_bytes

    @property
    def began_as_tls(self) -> bool:
        """What came so far begins as a handshake or an alert does, whatever became of it."""
        start = bytes((self.seen or self._buffer)[:2])
        return len(start) == 2 and start[0] in (ALERT, HANDSHAKE) and start[1] == 3

    async def send(self, content: bytes) -> None:
        """Send, and start the clock of the answer."""
        self.said += content
        await self._stream.send(content)
        self._deadline = asyncio.get_running_loop().time() + self._meter.settings.exchange_seconds

    def wait_at_most(self, seconds: float) -> None:
        """Let what is awaited now come within ``seconds`` from now, at the latest."""
        self._deadline = min(self._deadline, asyncio.get_running_loop().time() + seconds)

    async def record(self) -> Record:
        """Return the next record. Raises ProbeError, MalformedError among others."""
        await self._fill(5)
        kind, major = self._buffer[0], self._buffer[1]
        if not CHANGE_CIPHER <= kind <= HEARTBEAT or major != 3:
            if self._records == 0:
                self.seen += self._buffer[:64]
                raise ProbeError(Reason.PROTOCOL_MISMATCH)
            raise MalformedError("not a TLS record")
        size = int.from_bytes(self._buffer[3:5])
        self._records += 1
        if size > _LARGEST_RECORD:
            raise MalformedError("a record is longer than the protocol allows")
        if self._records > _RECORDS:
            raise ProbeError(Reason.LIMIT_EXCEEDED)
        await self._fill(5 + size)
        header, content = self._buffer[:5], self._buffer[5 : 5 + size]
        self.seen += self._buffer[: 5 + size]
        self._buffer = self._buffer[5 + size :]
        return Record(kind, content, header)

    async def peek(self, count: int) -> bytes:
        """Return the first ``count`` bytes of what comes, in whatever format, and keep them."""
        await self._fill(count)
        self.seen[:] = self._buffer
        return self._buffer[:count]

    async def message(self) -> tuple[int, bytes]:
        """Return the next handshake message in clear: its type and its body.

        Warnings are passed over. Raises AlertError for any other alert, and ProbeError.
        """
        while (message := self._whole_message()) is None:
            record = await self.record()
            if record.kind == ALERT:
                check_alert(record.content)
            elif record.kind == HANDSHAKE:
                self._messages += record.content
            elif record.kind in (APPLICATION, HEARTBEAT):
                raise MalformedError("application data during the handshake")
        return message

    def _whole_message(self) -> tuple[int, bytes] | None:
        split = split_message(self._messages, self.flight_limit)
        if split is None:
            return None
        kind, body, self._messages = split
        return kind, body

    async def _fill(self, count: int) -> None:
        while len(self._buffer) < count:
            loop = asyncio.get_running_loop()
            started = loop.time()
            left = min(self._deadline - started, self._meter.seconds_left)
            if left <= 0:
                raise ProbeError(Reason.TIMED_OUT)
            try:
                piece = await self._stream.receive(16384, left)
            finally:
                self._meter.seconds += loop.time() - started
            if not piece:
                raise ProbeError(Reason.CONNECTION_CLOSED)
            self._meter.take(len(piece))
            self._taken += len(piece)
            self._buffer += piece
            if self._taken > self.flight_limit:
                raise ProbeError(Reason.LIMIT_EXCEEDED)


def split_message(content: bytes, limit: int) -> tuple[int, bytes, bytes] | None:
    """Cut the first handshake message off: its type, its body, the rest; None when not whole yet.

    Raises ProbeError(LIMIT_EXCEEDED) as soon as its declared length says it is too long.
    """
    if len(content) < 4:
        return None
    size = int.from_bytes(content[1:4])
    if size > limit:
        raise ProbeError(Reason.LIMIT_EXCEEDED)
    if len(content) < 4 + size:
        return None
    return content[0], content[4 : 4 + size], content[4 + size :]


def check_alert(content: bytes) -> None:
    """Raise AlertError unless the alert is a warning that the handshake may go on after."""
    if len(content) != 2:
        raise MalformedError("an alert is two bytes long")
    level, code = content
    if level != _WARNING or code == _CLOSE_NOTIFY:
        raise AlertError(code)
