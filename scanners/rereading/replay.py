"""A stream that plays back what a server once said. Nothing is sent anywhere."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from scanners.base import ProbeError
from secaudit.core.vocabulary import Reason

KEPT_AT_MOST = 64 * 1024
"""Bytes of one answer that a transcript may hold."""


class ReplayStream:
    """Gives recorded bytes to a parser that expects a connection."""

    def __init__(self, recorded: bytes) -> None:
        self._left = recorded

    async def send(self, content: bytes) -> None:
        """Pass over what would be sent: it was sent long ago."""

    async def receive(self, limit: int, timeout: float | None = None) -> bytes:
        """Return the next bytes, or b"" at their end."""
        piece, self._left = self._left[:limit], self._left[limit:]
        return piece

    async def receive_exactly(self, count: int, timeout: float | None = None) -> bytes:
        """Return just ``count`` bytes. Raises ProbeError where fewer are left."""
        if len(self._left) < count:
            raise ProbeError(Reason.CONNECTION_CLOSED)
        return await self.receive(count)

    async def close(self) -> None:
        """Do nothing: there is no connection."""

    async def __aenter__(self) -> Self:
        """Use the stream in a ``with`` block."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Do nothing."""


@dataclass(frozen=True)
class Exchange:
    """One line of a transcript."""

    purpose: str
    sent: bytes
    received: bytes
    outcome: str
    inside: bytes = b""
    """What was received under the keys of TLS, where that is kept (STARTTLS)."""


def exchanges(transcript: bytes) -> Iterator[Exchange]:
    """Read a transcript of JSON lines. Raises ValueError for one that is none."""
    for line in transcript.splitlines():
        found = json.loads(line)
        if not isinstance(found, dict):
            raise ValueError("a line of the transcript is no object")  # noqa: TRY004  (one error)
        purpose, outcome = str(found.get("purpose", "")), str(found.get("outcome", ""))
        sent, received, inside = (
            bytes.fromhex(str(found.get(key, "")))
            for key in ("sent", "received", "received_inside")
        )
        yield Exchange(purpose, sent, received, outcome, inside)
