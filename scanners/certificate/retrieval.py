"""Fetching what a certificate points to over plain HTTP: bounded in bytes and time, no redirects.

The addresses stand in a certificate, so that a hostile one could point anywhere. What may be asked
is decided by the authorisation (:meth:`secaudit.core.authorisation.Authorisation.refusal`): inside
its scope as any other probe, outside of it public addresses on port 80 alone, and nothing without
the probe class. Names are resolved once, and the address that was checked is the one connected to.
"""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from scanners.base import Dialer, ProbeError, ScopeRefusedError, Stream
from secaudit.core.errors import InputError
from secaudit.core.network import Address, is_host_name, parse_address
from secaudit.core.vocabulary import ProbeClass, Reason

Resolver = Callable[[str], Awaitable[tuple[str, ...]]]
"""From a host name to its addresses; none where it has none. May raise OSError."""
_LONGEST_HEAD = 16 * 1024
_LONGEST_URL = 1000
_MOST_ADDRESSES = 4
_TARGET = re.compile(r"/[\x21-\x7e]*", re.ASCII)
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: |\r|$)")
_OK = 200


@dataclass(frozen=True)
class Place:
    """Where a URL points."""

    host: str
    port: int
    target: str


@dataclass(frozen=True)
class Retrieved:
    """What came back: the content, or the reason why there is none."""

    content: bytes | None = None
    problem: Reason | None = None
    status: int | None = None
    """Of HTTP, where there was an answer. A redirect is told by it, and not followed."""
    address: str | None = None
    """The address that was asked, or that was refused."""


async def system_addresses(name: str) -> tuple[str, ...]:
    """Ask the system (hosts file, then DNS). Raises OSError where it knows none."""
    loop = asyncio.get_running_loop()
    answers = await loop.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(item[4][0]).partition("%")[0] for item in answers))


def place_of(url: str) -> Place | None:
    """Read a plain HTTP address; None for any other, and for one that is not clean."""
    if len(url) > _LONGEST_URL:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port or 80
    except ValueError:
        return None
    host = parts.hostname or ""
    if parts.scheme.lower() != "http" or "@" in parts.netloc or not _is_host(host):
        return None
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Place(host, port, target) if _TARGET.fullmatch(target) else None


def _is_host(host: str) -> bool:
    return is_host_name(host) or _literal(host) is not None


def _literal(host: str) -> Address | None:
    try:
        return parse_address(host)
    except InputError:
        return None


@dataclass(frozen=True)
class Retriever:
    """Asks HTTP servers through the one dialer."""

    dialer: Dialer
    resolver: Resolver = system_addresses
    seconds: float = 15.0
    """For one answer, from the first byte sent to the last one received."""

    async def get(self, url: str, limit: int) -> Retrieved:
        """Fetch at most ``limit`` bytes. Never raises for what the peer does."""
        return await self._ask(url, "GET", b"", "", limit)

    async def post(self, url: str, body: bytes, media_type: str, limit: int) -> Retrieved:
        """Send ``body``, and return what is answered."""
        return await self._ask(url, "POST", body, media_type, limit)

    async def _ask(
        self, url: str, method: str, body: bytes, media_type: str, limit: int
    ) -> Retrieved:
        place = place_of(url)
        if place is None:
            return Retrieved(problem=Reason.NOT_OFFERED)
        addresses = await self._addresses(place.host)
        if not addresses:
            return Retrieved(problem=Reason.UNRESOLVED_NAME)
        answer = Retrieved()
        for address in addresses[:_MOST_ADDRESSES]:
            try:
                answer = await self._ask_at(address, place, method, body, media_type, limit)
            except (ProbeError, ScopeRefusedError) as error:
                answer = Retrieved(problem=error.reason, address=str(address))
                continue
            return answer
        return answer

    async def _addresses(self, host: str) -> list[Address]:
        literal = _literal(host)
        if literal is not None:
            return [literal]
        try:
            async with asyncio.timeout(self.seconds):
                texts = await self.resolver(host)
        except (OSError, TimeoutError, UnicodeError):
            return []
        return [found for text in texts if (found := _literal(text)) is not None]

    async def _ask_at(
        self, address: Address, place: Place, method: str, body: bytes, media_type: str, limit: int
    ) -> Retrieved:
        host = f"[{place.host}]" if ":" in place.host else place.host
        lines = [
            f"{method} {place.target} HTTP/1.1",
            f"Host: {host}" if place.port == 80 else f"Host: {host}:{place.port}",
            "User-Agent: secaudit",
            "Accept: */*",
            "Connection: close",
        ]
        if method == "POST":
            lines += [f"Content-Type: {media_type}", f"Content-Length: {len(body)}"]
        request = "\r\n".join([*lines, "", ""]).encode("ascii") + body
        async with await self.dialer.connect(address, place.port, ProbeClass.REVOCATION) as stream:
            await stream.send(request)
            reading = _Reading(stream, asyncio.get_running_loop().time() + self.seconds)
            status, content = await reading.answer(limit)
        if status != _OK:
            return Retrieved(None, Reason.NOT_OFFERED, status, str(address))
        return Retrieved(content, None, status, str(address))


class _Reading:
    """Reads one answer of HTTP/1.x."""

    def __init__(self, stream: Stream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline
        self._buffer = bytearray()
        self._ended = False

    async def answer(self, limit: int) -> tuple[int, bytes]:
        """Return status and body. Raises ProbeError."""
        while b"\r\n\r\n" not in self._buffer:
            if len(self._buffer) > _LONGEST_HEAD:
                raise ProbeError(Reason.LIMIT_EXCEEDED)
            if not await self._more():
                raise ProbeError(Reason.CONNECTION_CLOSED)
        head, _, rest = bytes(self._buffer).partition(b"\r\n\r\n")
        self._buffer = bytearray(rest)
        lines = head.split(b"\r\n")
        status = _STATUS.match(lines[0])
        if status is None:
            raise ProbeError(Reason.PROTOCOL_MISMATCH)
        if int(status[1]) != _OK:
            return int(status[1]), b""
        fields = dict(_field(line) for line in lines[1:])
        if b"chunked" in fields.get(b"transfer-encoding", b"").lower():
            return _OK, await self._chunks(limit)
        declared = fields.get(b"content-length")
        if declared is None:
            return _OK, await self._rest(limit)
        if not declared.isdigit() or len(declared) > 12:
            raise ProbeError(Reason.MALFORMED_ANSWER)
        if int(declared) > limit:
            raise ProbeError(Reason.LIMIT_EXCEEDED)
        return _OK, await self._take(int(declared))

    async def _more(self) -> bool:
        left = self._deadline - asyncio.get_running_loop().time()
        if left <= 0:
            raise ProbeError(Reason.TIMED_OUT)
        piece = await self._stream.receive(65536, left)
        self._buffer += piece
        return bool(piece)

    async def _take(self, count: int) -> bytes:
        while len(self._buffer) < count:
            if not await self._more():
                raise ProbeError(Reason.CONNECTION_CLOSED)
        piece = bytes(self._buffer[:count])
        del self._buffer[:count]
        return piece

    async def _rest(self, limit: int) -> bytes:
        while await self._more():
            if len(self._buffer) > limit:
                raise ProbeError(Reason.LIMIT_EXCEEDED)
        return bytes(self._buffer)

    async def _chunks(self, limit: int) -> bytes:
        content = bytearray()
        while True:
            while (end := self._buffer.find(b"\r\n")) < 0:
                if len(self._buffer) > _LONGEST_HEAD or not await self._more():
                    raise ProbeError(Reason.MALFORMED_ANSWER)
            text = bytes(self._buffer[:end]).partition(b";")[0].strip()
            del self._buffer[: end + 2]
            try:
                size = int(text[:8], 16)
            except ValueError:
                raise ProbeError(Reason.MALFORMED_ANSWER) from None
            if size == 0:
                return bytes(content)
            if size < 0 or len(content) + size > limit:
                raise ProbeError(Reason.LIMIT_EXCEEDED)
            content += (await self._take(size + 2))[:size]


def _field(line: bytes) -> tuple[bytes, bytes]:
    name, _, value = line.partition(b":")
    return name.strip().lower(), value.strip()
