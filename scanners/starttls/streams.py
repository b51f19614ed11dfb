"""Streams over other streams: the same promises, with something in between."""

import asyncio
from typing import Self

from scanners.base import ProbeError, Stream
from scanners.dialer import DEFAULT_READ_TIMEOUT
from secaudit.core.vocabulary import Reason


class StreamOver:
    """Passes everything through; a subclass changes what it must."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    async def send(self, content: bytes) -> None:
        """Send all of ``content``. Raises ProbeError."""
        await self._stream.send(content)

    async def receive(self, limit: int, timeout: float | None = None) -> bytes:
        """Return 1 to ``limit`` bytes, or b"" at the end. Raises ProbeError."""
        return await self._stream.receive(limit, timeout)

    async def receive_exactly(self, count: int, timeout: float | None = None) -> bytes:
        """Return just ``count`` bytes within ``timeout`` in all. Raises ProbeError."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (DEFAULT_READ_TIMEOUT if timeout is None else timeout)
        received = bytearray()
        while len(received) < count:
            left = deadline - loop.time()
            if left <= 0:
                raise ProbeError(Reason.TIMED_OUT)
            piece = await self.receive(count - len(received), left)
            if not piece:
                raise ProbeError(Reason.CONNECTION_CLOSED)
            received += piece
        return bytes(received)

    async def close(self) -> None:
        """Close the stream below. Never raises."""
        await self._stream.close()

    async def __aenter__(self) -> Self:
        """Use the stream in a ``with`` block."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close it at the end of the block."""
        await self.close()


class StreamAfter(StreamOver):
    """Gives first what had already come in when the preamble ended."""

    def __init__(self, stream: Stream, leftover: bytes) -> None:
        super().__init__(stream)
        self._leftover = leftover

    async def receive(self, limit: int, timeout: float | None = None) -> bytes:
        """Return 1 to ``limit`` bytes, or b"" at the end. Raises ProbeError."""
        if self._leftover:
            piece, self._leftover = self._leftover[:limit], self._leftover[limit:]
            return piece
        return await self._stream.receive(limit, timeout)
