"""A stream inside TLS, to hear what is spoken there. It trusts anyone: judging is not its job."""

import asyncio
import ssl
from typing import Self

from scanners.base import ProbeError, Stream
from secaudit.core.vocabulary import Reason

_PIECE = 16 * 1024
_MOST_BYTES = 256 * 1024
"""What may come without a byte of content (handshake, session tickets), in whatever pieces."""
_WAITS = 4
"""So many times the patience of one read is what all of them together may take."""


class _Bounds:
    """How much may still come, and when, until there is content: pieces are not counted."""

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds
        self._left = _MOST_BYTES
        now = asyncio.get_running_loop().time()
        self._end = None if seconds is None else now + _WAITS * seconds

    def seconds(self) -> float | None:
        """How long the next read may take. Raises ProbeError(LIMIT_EXCEEDED)."""
        if self._seconds is None or self._end is None:
            return None
        left = self._end - asyncio.get_running_loop().time()
        if left <= 0:
            raise ProbeError(Reason.LIMIT_EXCEEDED)
        return min(self._seconds, left)

    def take(self, count: int) -> None:
        """Count what came. Raises ProbeError(LIMIT_EXCEEDED)."""
        self._left -= count
        if self._left < 0:
            raise ProbeError(Reason.LIMIT_EXCEEDED)


def _lenient_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.options |= getattr(ssl, "OP_LEGACY_SERVER_CONNECT", 0x4)
    return context


class TlsStream:
    """TLS over another stream; the same promises as that stream."""

    def __init__(self, stream: Stream, name: str | None) -> None:
        self._stream = stream
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = _lenient_context().wrap_bio(
            self._incoming, self._outgoing, server_hostname=name
        )

    @classmethod
    async def over(cls, stream: Stream, name: str | None, seconds: float) -> Self:
        """Shake hands. Raises ProbeError; the other stream is then still open."""
        wrapped = cls(stream, name)
        bounds = _Bounds(seconds)
        while True:
            try:
                wrapped._tls.do_handshake()
            except ssl.SSLWantReadError:
                await wrapped._flush()
                await wrapped._fill(bounds)
            except ssl.SSLError as error:
                raise ProbeError(Reason.PROTOCOL_MISMATCH, error.reason or "") from None
            else:
                await wrapped._flush()
                return wrapped

    async def send(self, content: bytes) -> None:
        """Send all of ``content``. Raises ProbeError."""
        try:
            self._tls.write(content)
        except ssl.SSLError as error:
            raise ProbeError(Reason.PROTOCOL_MISMATCH, error.reason or "") from None
        await self._flush()

    async def receive(self, limit: int, timeout: float | None = None) -> bytes:
        """Return 1 to ``limit`` bytes, or b"" at the end. Raises ProbeError."""
        bounds = _Bounds(timeout)
        while True:
            try:
                return self._tls.read(limit)
            except ssl.SSLWantReadError:
                await self._flush()
                if not await self._fill(bounds):
                    return b""
            except ssl.SSLZeroReturnError:
                return b""
            except ssl.SSLError as error:
                raise ProbeError(Reason.PROTOCOL_MISMATCH, error.reason or "") from None

    async def receive_exactly(self, count: int, timeout: float | None = None) -> bytes:
        """Return just ``count`` bytes. Raises ProbeError."""
        received = b""
        while len(received) < count:
            piece = await self.receive(count - len(received), timeout)
            if not piece:
                raise ProbeError(Reason.CONNECTION_CLOSED)
            received += piece
        return received

    async def close(self) -> None:
        """Close the stream below; no close_notify, since nothing more is read. Never raises."""
        await self._stream.close()

    async def __aenter__(self) -> Self:
        """Use the stream in a ``with`` block."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close it at the end of the block."""
        await self.close()

    async def _flush(self) -> None:
        content = self._outgoing.read()
        if content:
            await self._stream.send(content)

    async def _fill(self, bounds: _Bounds) -> bool:
        piece = await self._stream.receive(_PIECE, bounds.seconds())
        if piece:
            bounds.take(len(piece))
            self._incoming.write(piece)
        else:
            self._incoming.write_eof()
        return bool(piece)
