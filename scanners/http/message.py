"""One answer of HTTP/1.x, read within bounds of bytes and time (RFC 9112).

The body is counted and hashed, and not kept. What is wrong with an answer is told beside what was
read of it: a head that came whole stands, whatever the body does.
"""

import asyncio
import hashlib
import re
import zlib
from dataclasses import dataclass, field

from scanners.base import ProbeError, Stream
from secaudit.core.vocabulary import Reason

_STATUS = re.compile(rb"HTTP/(1\.[01]|2|3) ([1-5][0-9]{2})(?: ([^\r\n]*))?$")
_FIELD_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,8}")
_LONGEST_CHUNK_LINE = 4096
_PIECE = 16 * 1024
_MOST_INTERIM = 8
"""Answers of the class 1xx that may come before the one that counts."""
_MOST_FIELDS = 500
_META = re.compile(
    rb"<meta\s[^>]{0,400}?(?:http-equiv|name)\s*=\s*[\"']?(content-security-policy|referrer)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Bounds:
    """What is read of one answer at most."""

    seconds: float = 10.0
    """From the connection to the last byte."""
    head_bytes: int = 64 * 1024
    body_bytes: int = 64 * 1024


DEFAULT_BOUNDS = Bounds()


@dataclass(frozen=True)
class Body:
    """What is known of a body that is not kept."""

    length: int = 0
    """Bytes read, without the framing of chunks, as they were sent (compressed perhaps)."""
    sha256: str | None = None
    complete: bool = False
    """It came to its end, and was no longer than we read."""
    problem: Reason | None = None
    metas: frozenset[str] = frozenset()
    """Which of ``content-security-policy`` and ``referrer`` the page sets by a meta element."""


@dataclass
class Answer:
    """What came back. ``status`` is None where no head of HTTP came: ``problem`` says why."""

    status: int | None = None
    version: str = ""
    phrase: bytes = b""
    fields: list[tuple[str, bytes]] = field(default_factory=list)
    """Names in lower case and values, in the order in which they came."""
    malformed: int = 0
    """Lines of the head that are no header field."""
    problem: Reason | None = None
    head: bytes = b""
    body: Body = Body()

    def values(self, name: str) -> list[bytes]:
        """The values of one header, in order."""
        return [value for known, value in self.fields if known == name]


class Reading:
    """Reads one answer; ``answer`` holds what is known whenever the reading is broken off."""

    def __init__(self, stream: Stream, bounds: Bounds = DEFAULT_BOUNDS) -> None:
        self._stream = stream
        self._bounds = bounds
        self._buffer = bytearray()
        self._content = bytearray()
        self._seen = 0
        self.answer = Answer()

    async def run(self) -> None:
        """Read head and body. Never raises ProbeError: a problem is part of the answer."""
        try:
            await self._head()
        except ProbeError as error:
            self.answer.problem = error.reason
            self.answer.head = self.answer.head or bytes(self._buffer)
            return
        complete, problem = False, None
        try:
            complete = await self._body()
        except ProbeError as error:
            problem = error.reason
        self._note_body(complete=complete, problem=problem)

    def broken_off(self) -> None:
        """The time is over: note how far it came."""
        if self.answer.status is None:
            self.answer.problem = Reason.TIMED_OUT
            self.answer.head = self.answer.head or bytes(self._buffer)
        else:
            self._note_body(complete=False, problem=Reason.TIMED_OUT)

    def _note_body(self, *, complete: bool, problem: Reason | None) -> None:
        content = bytes(self._content)
        self.answer.body = Body(
            length=len(content),
            sha256=hashlib.sha256(content).hexdigest() if content else None,
            complete=complete,
            problem=problem,
            metas=_metas(content, gzipped=b"gzip" in b",".join(self._values("content-encoding"))),
        )

    def _values(self, name: str) -> list[bytes]:
        return [value.lower() for value in self.answer.values(name)]

    async def _more(self) -> bool:
        piece = await self._stream.receive(_PIECE, self._bounds.seconds)
        self._buffer += piece
        return bool(piece)

    async def _head(self) -> None:
        read = 0
        for _ in range(_MOST_INTERIM):
            while (end := _HEAD_END.search(self._buffer)) is None:
                if _is_not_http(self._buffer):
                    raise ProbeError(Reason.PROTOCOL_MISMATCH)
                if read + len(self._buffer) > self._bounds.head_bytes:
                    raise ProbeError(Reason.LIMIT_EXCEEDED)
                if not await self._more():
                    raise ProbeError(
                        Reason.MALFORMED_ANSWER if self._buffer else Reason.CONNECTION_CLOSED
                    )
            if read + end.start() > self._bounds.head_bytes:
                raise ProbeError(Reason.LIMIT_EXCEEDED)
            head = bytes(self._buffer[: end.start()])
            del self._buffer[: end.end()]
            read += end.end()
            self.answer.head = head
            status = parse_head(head, self.answer)
            if status >= 200 or status == 101:
                self.answer.status = status
                return
        raise ProbeError(Reason.LIMIT_EXCEEDED)

    async def _body(self) -> bool:
        """Read what there is of a body; True where it came to its end."""
        if self.answer.status in (101, 204, 304):
            return True
        if b"chunked" in b",".join(self._values("transfer-encoding")):
            return await self._chunks()
        lengths = set(self._values("content-length"))
        if not lengths:
            return await self._until_the_end()
        declared = lengths.pop()
        if lengths or not declared.isdigit() or len(declared) > 18:
            raise ProbeError(Reason.MALFORMED_ANSWER)
        return await self._take(int(declared))

    async def _until_the_end(self) -> bool:
        while self._keep(len(self._buffer)):
            if not await self._more():
                return True
        return False

    async def _take(self, count: int) -> bool:
        """Move ``count`` bytes into the body; False where that is more than we read."""
        while count:
            if not self._buffer and not await self._more():
                raise ProbeError(Reason.CONNECTION_CLOSED)
            piece = min(count, len(self._buffer))
            if not self._keep(piece):
                return False
            count -= piece
        return True

    def _keep(self, count: int) -> bool:
        room = self._bounds.body_bytes - len(self._content)
        self._content += self._buffer[: min(count, room)]
        del self._buffer[:count]
        return count <= room

    async def _chunks(self) -> bool:
        framing = 0
        while True:
            while (end := self._buffer.find(b"\n")) < 0:
                if len(self._buffer) > _LONGEST_CHUNK_LINE:
                    raise ProbeError(Reason.MALFORMED_ANSWER)
                if not await self._more():
                    raise ProbeError(Reason.CONNECTION_CLOSED)
            size = bytes(self._buffer[:end]).partition(b";")[0].strip()
            del self._buffer[: end + 1]
            framing += end + 1
            if framing > self._bounds.body_bytes:
                return False
            if not _CHUNK_SIZE.fullmatch(size):
                raise ProbeError(Reason.MALFORMED_ANSWER)
            count = int(size, 16)
            if count == 0:
                return True
            if not await self._take(count):
                return False
            await self._end_of_chunk()

    async def _end_of_chunk(self) -> None:
        while b"\n" not in self._buffer[:2]:
            if len(self._buffer) >= 2:
                raise ProbeError(Reason.MALFORMED_ANSWER)
            if not await self._more():
                raise ProbeError(Reason.CONNECTION_CLOSED)
        del self._buffer[: self._buffer.index(b"\n") + 1]


def _is_not_http(content: bytearray) -> bool:
    return not b"HTTP/".startswith(bytes(content[:5]))


def parse_head(head: bytes, answer: Answer) -> int:
    """Read a status line and its fields into ``answer``; return the status. Raises ProbeError."""
    first, *lines = (line.removesuffix(b"\r") for line in head.split(b"\n"))
    status = _STATUS.match(first)
    if status is None:
        raise ProbeError(
            Reason.MALFORMED_ANSWER if head.startswith(b"HTTP/") else Reason.PROTOCOL_MISMATCH
        )
    answer.version, answer.phrase = status[1].decode("ascii"), status[3] or b""
    answer.fields, answer.malformed = [], 0
    for line in lines:
        if line[:1] in (b" ", b"\t") and answer.fields:
            # A folded line goes on with the value before it (RFC 9112, section 5.2).
            known, value = answer.fields[-1]
            answer.fields[-1] = (known, value + b" " + line.strip())
            continue
        name, colon, value = line.partition(b":")
        if not colon or not _FIELD_NAME.fullmatch(name) or len(answer.fields) >= _MOST_FIELDS:
            answer.malformed += 1
        else:
            answer.fields.append((name.decode("ascii").lower(), value.strip(b" \t")))
    return int(status[2])


def _metas(content: bytes, *, gzipped: bool) -> frozenset[str]:
    if gzipped:
        try:
            content = zlib.decompressobj(31).decompress(content, 4 * DEFAULT_BOUNDS.body_bytes)
        except zlib.error:
            return frozenset()
    return frozenset(found[1].decode("ascii").lower() for found in _META.finditer(content))


async def read_answer(stream: Stream, bounds: Bounds = DEFAULT_BOUNDS) -> Answer:
    """Read one answer within ``bounds.seconds`` in all. Never raises ProbeError."""
    reading = Reading(stream, bounds)
    try:
        async with asyncio.timeout(bounds.seconds):
            await reading.run()
    except TimeoutError:
        reading.broken_off()
    return reading.answer
