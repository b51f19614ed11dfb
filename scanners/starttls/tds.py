"""TLS inside TDS 7 (MS-TDS 2.2.6.5): PRELOGIN, then the handshake's records in TDS packets.

Once the handshake is done the records travel bare. TDS 8 begins with TLS at once: it needs nothing
of this.
"""

import struct

from scanners.base import ProbeError, Stream
from scanners.starttls.preamble import Preamble, Refusal, StartTlsError, wrong_protocol
from scanners.starttls.streams import StreamOver
from secaudit.core.vocabulary import Reason

_PRELOGIN, _RESPONSE = 0x12, 0x04
_HEADER = struct.Struct(">BBHHBB")
_LARGEST = 4096
_VERSION, _ENCRYPTION, _INSTANCE, _THREAD, _MARS = range(5)
_OFF, _ON, _NOT_SUPPORTED, _REQUIRED = range(4)
_NAMES = {_OFF: "login_only", _ON: "on", _NOT_SUPPORTED: "not_supported", _REQUIRED: "required"}
_APPLICATION_RECORD = 0x17


def packets(content: bytes) -> bytes:
    """``content`` as PRELOGIN packets, the last one marked as such."""
    room = _LARGEST - _HEADER.size
    pieces = [content[at : at + room] for at in range(0, len(content), room)] or [b""]
    return b"".join(
        _HEADER.pack(_PRELOGIN, index == len(pieces) - 1, 8 + len(piece), 0, index % 256, 0) + piece
        for index, piece in enumerate(pieces)
    )


def prelogin(encryption: int = _ON) -> bytes:
    """A PRELOGIN message with all options that servers insist on."""
    options = (
        (_VERSION, b"\x10\x00\x00\x00\x00\x00"),
        (_ENCRYPTION, bytes([encryption])),
        (_INSTANCE, b"\x00"),
        (_THREAD, bytes(4)),
        (_MARS, b"\x00"),
    )
    head, body, at = b"", b"", 5 * len(options) + 1
    for kind, value in options:
        head += struct.pack(">BHH", kind, at + len(body), len(value))
        body += value
    return packets(head + b"\xff" + body)


def options_of(content: bytes) -> dict[int, bytes]:
    """The options of a PRELOGIN message, by their tokens; what points outside is empty."""
    options: dict[int, bytes] = {}
    at = 0
    while at + 5 <= len(content) and content[at] != 0xFF and len(options) < 16:
        kind, start, length = struct.unpack_from(">BHH", content, at)
        options[kind] = content[start : start + length]
        at += 5
    return options


async def mssql(preamble: Preamble) -> None:
    """Ask for encryption; every answer but "not supported" is followed by TLS."""
    await preamble.start(prelogin())
    head = await preamble.exactly(_HEADER.size)
    size = int.from_bytes(head[2:4])
    if head[0] not in (_RESPONSE, _PRELOGIN) or not 9 <= size <= _LARGEST:
        raise wrong_protocol(head)
    options = options_of(await preamble.exactly(size - _HEADER.size))
    encryption = options.get(_ENCRYPTION, b"")
    if len(encryption) != 1 or encryption[0] not in _NAMES or len(options.get(_VERSION, b"")) != 6:
        raise wrong_protocol(head)
    preamble.facts["encryption"] = _NAMES[encryption[0]]
    if encryption[0] == _NOT_SUPPORTED:
        raise StartTlsError(Refusal.NOT_OFFERED)
    preamble.wrap = TdsStream


class TdsStream(StreamOver):
    """TLS records in TDS packets, both ways, with the promises of the stream below.

    Application data goes out bare, and bare records are taken as they come: that is how TDS 7 goes
    on after its handshake.
    """

    def __init__(self, stream: Stream) -> None:
        super().__init__(stream)
        self._left = 0
        """Bytes of the present packet that are still to come."""
        self._bare = False

    async def send(self, content: bytes) -> None:
        """Send all of ``content``. Raises ProbeError."""
        bare = content[:1] == bytes([_APPLICATION_RECORD])
        await self._stream.send(content if bare else packets(content))

    async def receive(self, limit: int, timeout: float | None = None) -> bytes:
        """Return 1 to ``limit`` bytes, or b"" at the end. Raises ProbeError."""
        empty = 0
        while not self._bare and self._left == 0:
            head = await self._stream.receive(1, timeout)
            if not head:
                return b""
            if head[0] not in (_PRELOGIN, _RESPONSE):
                # A record, or something that its reader will take offence at.
                self._bare = True
                return head
            head += await self._stream.receive_exactly(_HEADER.size - 1, timeout)
            self._left = int.from_bytes(head[2:4]) - _HEADER.size
            empty += 1
            if self._left < 0 or empty > 16:
                raise ProbeError(Reason.MALFORMED_ANSWER)
        if self._bare:
            return await self._stream.receive(limit, timeout)
        piece = await self._stream.receive(min(limit, self._left), timeout)
        self._left -= len(piece)
        return piece
