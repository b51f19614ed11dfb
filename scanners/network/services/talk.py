"""One connection with a service: bounded in bytes and time, and kept as evidence."""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Self

from scanners.base import Dialer, Endpoint, ProbeError, Stream
from scanners.http.cookies import without_values
from secaudit.core.vocabulary import ProbeClass, Reason

MOST_BYTES = 16 * 1024
"""Read from one service in one conversation; a flood is cut off here."""
PIECE = 4096


class Transcript:
    """What was said, both ways, in order; bounded because every conversation is.

    The values of cookies that a web server sets are left out.
    """

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._heard = bytearray()

    def sent(self, content: bytes) -> None:
        """Note what we sent."""
        self._end_of_answer()
        self._parts.append(b"\n>>> " + content)

    def received(self, content: bytes) -> None:
        """Note what came back; pieces of one answer are put together."""
        self._heard += content

    def note(self, text: str) -> None:
        """Note what happened besides."""
        self._end_of_answer()
        self._parts.append(b"\n--- " + text.encode())

    def content(self) -> bytes:
        """The whole transcript: ``>>>`` before what we sent, ``<<<`` before what came."""
        self._end_of_answer()
        return b"".join(self._parts).lstrip(b"\n") + b"\n"

    def _end_of_answer(self) -> None:
        if self._heard:
            self._parts.append(b"\n<<< " + without_values(bytes(self._heard)))
            self._heard.clear()


class Talk:
    """Sends and reads on one stream; never waits longer than it is told."""

    def __init__(self, stream: Stream, transcript: Transcript) -> None:
        self._stream = stream
        self._transcript = transcript
        self._left = MOST_BYTES
        self.ended: Reason | None = None
        """Why the last reading stopped before it had enough; None when it had."""

    @classmethod
    async def open(
        cls,
        endpoint: Endpoint,
        dialer: Dialer,
        transcript: Transcript,
        probe_class: ProbeClass = ProbeClass.SERVICE,
    ) -> Self:
        """Connect. Raises ScopeRefusedError or ProbeError."""
        transcript.note("connect")
        return cls(await dialer.connect(endpoint.address, endpoint.port, probe_class), transcript)

    async def __aenter__(self) -> Self:
        """Use the conversation in a ``with`` block."""
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Close at the end of the block."""
        await self._stream.close()

    async def say(self, content: bytes) -> None:
        """Send. Raises ProbeError."""
        self._transcript.sent(content)
        await self._stream.send(content)

    async def hear(self, seconds: float, enough: Callable[[bytes], bool]) -> bytes:
        """Read until ``enough`` says so, the peer stops, or a bound is met; return what came.

        Silence and a closed connection are answers too: this never raises ProbeError.
        """
        heard = bytearray()
        self.ended = None
        deadline = asyncio.get_running_loop().time() + seconds
        while not enough(bytes(heard)):
            left = deadline - asyncio.get_running_loop().time()
            piece = await self._piece(left)
            if not piece:
                break
            heard += piece
        return bytes(heard)

    async def _piece(self, seconds: float) -> bytes:
        """The next bytes; b"" and a reason in ``ended`` when there are none within the bounds."""
        piece = b""
        if self._left <= 0:
            self.ended = Reason.LIMIT_EXCEEDED
        elif seconds <= 0:
            self.ended = Reason.TIMED_OUT
        else:
            try:
                piece = await self._stream.receive(min(PIECE, self._left), seconds)
            except ProbeError as error:
                self.ended = error.reason
            else:
                self.ended = None if piece else Reason.CONNECTION_CLOSED
        if self.ended is not None:
            self._transcript.note(self.ended.value)
            return b""
        self._left -= len(piece)
        self._transcript.received(piece)
        return piece

    async def ask(self, content: bytes, seconds: float, enough: Callable[[bytes], bool]) -> bytes:
        """Say, then hear. Raises ProbeError when it cannot be said."""
        await self.say(content)
        return await self.hear(seconds, enough)


def anything(content: bytes) -> bool:
    """Enough: the first piece."""
    return bool(content)


def a_line(content: bytes) -> bool:
    """Enough: one line."""
    return b"\n" in content


def nothing_is_enough(_content: bytes) -> bool:
    """Read until the peer stops or a bound is met."""
    return False


def all_lines(content: bytes) -> bool:
    """Enough: a whole reply of FTP or SMTP, whose last line has a space after its code."""
    if not content.endswith(b"\n"):
        return False
    last = content.rstrip(b"\r\n").rpartition(b"\n")[2]
    return len(last) < 4 or last[3:4] == b" " or not last[:3].isdigit()
