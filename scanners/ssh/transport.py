"""One connection to an SSH server before encryption: lines, then packets (RFC 4253, section 6)."""

import asyncio
import os

from scanners.base import Dialer, Endpoint, ProbeError, Stream
from scanners.ssh.identification import (
    LATEST_LINE,
    LONGEST_LINE,
    LONGEST_PREFACE,
    Identification,
    parse_identification,
)
from scanners.ssh.limits import Meter
from scanners.tls.wire import MalformedError
from secaudit.core.vocabulary import ProbeClass, Reason

OUR_LINE = b"SSH-2.0-secaudit"
_LARGEST_PACKET = 64 * 1024
"""RFC 4253 asks for 35,000 bytes; certificates with many names may take more."""
_SMALLEST_PACKET = 5
_MOST_PACKETS = 64
DISCONNECT, IGNORE, UNIMPLEMENTED, DEBUG = 1, 2, 3, 4
_PASSED_OVER = (IGNORE, DEBUG)
_KEPT_BYTES = 32 * 1024
"""How much of an answer goes into the transcript."""


class DisconnectError(ProbeError):
    """The server ended the connection with a message; ``code`` is its reason (RFC 4250, 4.2.2)."""

    def __init__(self, code: int) -> None:
        super().__init__(Reason.CONNECTION_CLOSED, f"disconnect {code}")
        self.code = code


def packet(payload: bytes) -> bytes:
    """Frame a payload while nothing is encrypted: padded to a multiple of eight bytes."""
    padding = 8 - (5 + len(payload)) % 8
    padding += 8 if padding < 4 else 0
    body = bytes([padding]) + payload + os.urandom(padding)
    return len(body).to_bytes(4) + body


class SshConnection:
    """Reads one server's answers within the limits. ``said`` and ``seen`` are for evidence."""

    def __init__(self, stream: Stream, meter: Meter) -> None:
        self._stream = stream
        self._meter = meter
        self._buffer = bytearray()
        self._left = meter.settings.connection_seconds
        self._taken = 0
        self._packets = 0
        self.said = bytearray()
        self.seen = bytearray()

    @property
    def patience(self) -> float:
        """Seconds to wait for the server to make its offer first."""
        return self._meter.settings.silence_seconds

    async def send(self, content: bytes) -> None:
        """Send bytes as they are. Raises ProbeError."""
        self.said += content
        await self._stream.send(content)

    async def send_messages(self, *payloads: bytes) -> None:
        """Send messages in one go. Raises ProbeError."""
        await self.send(b"".join(packet(payload) for payload in payloads))

    async def identification(self) -> Identification:
        """Read lines up to the identification. Raises PROTOCOL_MISMATCH where none is to come."""
        preface = 0
        for count in range(LATEST_LINE + 1):
            line = await self._line(first=count == 0)
            found = parse_identification(line, count)
            if found is not None:
                return found
            preface += len(line)
            if line.startswith(b"SSH-") or preface > LONGEST_PREFACE:
                break
        raise ProbeError(Reason.PROTOCOL_MISMATCH, "no identification of SSH")

    async def _line(self, *, first: bool) -> bytes:
        while (end := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > LONGEST_LINE:
                raise ProbeError(Reason.PROTOCOL_MISMATCH, "an endless line")
            if first and _is_no_text(self._buffer):
                raise ProbeError(Reason.PROTOCOL_MISMATCH, "no line of text")
            try:
                await self._fill()
            except ProbeError as error:
                # Whoever said something else and hung up, or waits, does not speak SSH.
                other = self._buffer and not self._buffer.startswith(b"SSH-")
                if other or not (first or self._buffer):
                    raise ProbeError(Reason.PROTOCOL_MISMATCH, "no identification") from error
                raise
        if end > LONGEST_LINE:
            raise ProbeError(Reason.PROTOCOL_MISMATCH, "a line is too long")
        line = bytes(self._buffer[:end]).removesuffix(b"\r")
        del self._buffer[: end + 1]
        return line

    async def message(self, *, patience: float | None = None) -> bytes:
        """Return the next message that says something: its payload, never empty.

        Raises DisconnectError, MalformedError and ProbeError; TIMED_OUT after ``patience`` seconds
        without a whole packet, and what came until then is kept for the next call.
        """
        before = self._left
        while True:
            lasting = None if patience is None else patience - (before - self._left)
            payload = await self._packet(lasting)
            if payload[0] == DISCONNECT:
                raise DisconnectError(int.from_bytes(payload[1:5]))
            if payload[0] not in _PASSED_OVER:
                return payload

    async def _packet(self, patience: float | None) -> bytes:
        before = self._left
        while (payload := self._whole_packet()) is None:
            lasting = None if patience is None else patience - (before - self._left)
            await self._fill(lasting)
        self._packets += 1
        if self._packets > _MOST_PACKETS:
            raise ProbeError(Reason.LIMIT_EXCEEDED)
        return payload

    def _whole_packet(self) -> bytes | None:
        if len(self._buffer) < 5:
            return None
        size, padding = int.from_bytes(self._buffer[:4]), self._buffer[4]
        if not _SMALLEST_PACKET <= size <= _LARGEST_PACKET:
            raise MalformedError("the length of a packet is not what the protocol allows")
        if padding + 2 > size:
            raise MalformedError("a packet is all padding")
        if len(self._buffer) < 4 + size:
            return None
        payload = bytes(self._buffer[5 : 4 + size - padding])
        del self._buffer[: 4 + size]
        return payload

    async def exactly(self, count: int) -> bytes:
        """Return just ``count`` bytes, for the packets of protocol 1. Raises ProbeError."""
        while len(self._buffer) < count:
            await self._fill()
        content = bytes(self._buffer[:count])
        del self._buffer[:count]
        return content

    async def _fill(self, patience: float | None = None) -> None:
        """Wait for more bytes; all waiting counts."""
        loop = asyncio.get_running_loop()
        meter = self._meter
        left = min(self._left, meter.settings.total_seconds - meter.seconds)
        if patience is not None:
            left = min(left, patience)
        if left <= 0:
            raise ProbeError(Reason.TIMED_OUT)
        started = loop.time()
        try:
            piece = await self._stream.receive(16384, left)
        finally:
            spent = loop.time() - started
            self._left -= spent
            meter.seconds += spent
        if not piece:
            raise ProbeError(Reason.CONNECTION_CLOSED)
        self._taken += len(piece)
        self._buffer += piece
        self.seen += piece[: max(0, _KEPT_BYTES - len(self.seen))]
        if self._taken > meter.settings.connection_bytes:
            raise ProbeError(Reason.LIMIT_EXCEEDED)


async def opened(endpoint: Endpoint, dialer: Dialer, meter: Meter) -> Stream:
    """Open one counted connection. Raises ScopeRefusedError or ProbeError."""
    meter.open()
    return await dialer.connect(endpoint.address, endpoint.port, ProbeClass.TLS)


def _is_no_text(content: bytes | bytearray) -> bool:
    """What begins with a control byte will not turn into a line: a record of TLS, a greeting."""
    return bool(content) and content[0] < 0x20 and content[0] not in b"\r\n\t\x1b"
