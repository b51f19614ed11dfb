"""One recorded TLS connection, played to the very parsers that read it when it was live.

Nothing of ours that was secret is kept, so a played session goes as far as its clear part: the
server's flight of TLS 1.2 and older with its tickets and alerts, the ServerHello of TLS 1.3.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from scanners.base import ProbeError
from scanners.rereading.replay import Exchange, ReplayStream, exchanges
from scanners.tls.hello import CLIENT_HELLO, HANDSHAKE_RECORD, Offer
from scanners.tls.limits import Meter, TlsSettings
from scanners.tls.messages import SERVER_HELLO, ServerHello, parse_extensions, parse_server_hello
from scanners.tls.records import ALERT, CHANGE_CIPHER, RecordStream
from scanners.tls.session import Resumable, TlsSession
from scanners.tls.version import Protocol, protocol_of
from scanners.tls.wire import MalformedError, Reader

_RECORD_HEADER = 5
_SUPPORTED_VERSIONS = 43


@dataclass(frozen=True)
class Asked:
    """What a ClientHello of ours offered."""

    version: int
    random: bytes
    session_id: bytes
    suites: tuple[int, ...]
    extensions: Mapping[int, bytes]

    @property
    def modern(self) -> bool:
        """TLS 1.3 is among what it offers."""
        return _SUPPORTED_VERSIONS in self.extensions


def read_client_hello(sent: bytes) -> Asked | None:
    """Read the hello that a recorded connection began with; None where it began otherwise."""
    try:
        record = Reader(sent)
        if record.number(1) != HANDSHAKE_RECORD:
            return None
        record.take(2)
        message = Reader(record.vector(2))
        if message.number(1) != CLIENT_HELLO:
            return None
        body = Reader(message.vector(3))
        version, random, session_id = body.number(2), body.take(32), body.vector(1)
        codes = Reader(body.vector(2))
        suites = tuple(codes.number(2) for _ in range(codes.left // 2))
        body.vector(1)
        extensions = parse_extensions(body.vector(2)) if body.left else {}
    except MalformedError:
        return None
    return Asked(version, random, session_id, suites, extensions)


@dataclass
class Talk:
    """One connection: what was asked, and how far the clear part of the answer goes."""

    exchange: Exchange
    asked: Asked
    session: TlsSession
    greeted: bool = False
    """The server's flight was read to its end."""
    alerts: list[int] = field(default_factory=list)
    """Alerts in clear, after the flight."""
    error: ProbeError | None = None
    """What ended the flight."""

    @property
    def hello(self) -> ServerHello | None:
        """The server's hello of TLS 1.2 or older, where it took one of the suites offered."""
        return self.session.hello

    @property
    def done(self) -> bool:
        """When it was live, the conversation went to its end."""
        return self.exchange.outcome == "done"


def records_of(received: bytes) -> RecordStream:
    """The record layer over recorded bytes."""
    return RecordStream(ReplayStream(received), Meter(TlsSettings()))


async def play(exchange: Exchange, *, resumed: bool = False, rest: bool = False) -> Talk | None:
    """Play a connection of TLS 1.2 or older up to its keys; None where no hello was sent.

    ``resumed``: the server may take up a session. ``rest``: the handshake was gone through, and
    the ticket that came in clear before the keys is read too.
    """
    asked = read_client_hello(exchange.sent)
    if asked is None:
        return None
    protocol = protocol_of(asked.version) or Protocol.TLS1_2
    offer = Offer(protocol, asked.suites, random=asked.random, session_id=asked.session_id)
    kept = Resumable(protocol, 0, bytes(48), b"", b"", None, False) if resumed else None
    talk = Talk(exchange, asked, TlsSession(records_of(exchange.received), offer, kept))
    try:
        await talk.session.greet()
        talk.greeted = True
        if rest and not talk.session.resumed:
            # It ends at the server's Finished at the latest: our keys of now are not those of then.
            await talk.session.finish()
    except ProbeError as error:
        talk.error = error
    return talk


async def read_alerts(talk: Talk) -> None:
    """Note the alerts in clear that follow the server's flight."""
    try:
        while True:
            kind, content = await talk.session.read_record()
            if kind == CHANGE_CIPHER:
                return
            if kind == ALERT and len(content) == 2:
                talk.alerts.append(content[1])
    except ProbeError:
        return


def first_alert(received: bytes) -> int | None:
    """The code of the fatal alert that an answer in clear ends with, if it does."""
    at, found = 0, None
    while len(received) >= at + _RECORD_HEADER:
        size = int.from_bytes(received[at + 3 : at + 5])
        content = received[at + _RECORD_HEADER : at + _RECORD_HEADER + size]
        if received[at] == CHANGE_CIPHER:
            return found
        if received[at] == ALERT and len(content) == 2:
            found = content[1]
        at += _RECORD_HEADER + size
    return found


def record_kinds(content: bytes) -> list[int]:
    """The types of the records that were sent or received one after the other."""
    kinds, at = [], 0
    while len(content) >= at + _RECORD_HEADER:
        kinds.append(content[at])
        at += _RECORD_HEADER + int.from_bytes(content[at + 3 : at + 5])
    return kinds


async def first_hello(received: bytes) -> ServerHello | None:
    """The ServerHello at the beginning of an answer, of whatever version; None without one."""
    records = records_of(received)
    await records.send(b"")
    try:
        kind, body = await records.message()
        return parse_server_hello(body) if kind == SERVER_HELLO else None
    except ProbeError:
        return None


async def last_hello(received: bytes) -> ServerHello | None:
    """The ServerHello that counts: the one behind a HelloRetryRequest, where that came first."""
    records = records_of(received)
    await records.send(b"")
    found: ServerHello | None = None
    try:
        while found is None or found.is_retry:
            kind, body = await records.message()
            if kind != SERVER_HELLO:
                return found
            found = parse_server_hello(body)
    except ProbeError:
        pass
    return found


def transcripts(evidence: Sequence[bytes]) -> list[Exchange]:
    """All lines of all transcripts among the evidence, passing over certificates and the like.

    Raises ValueError for a transcript that cannot be read.
    """
    return [line for content in evidence if content[:1] == b"{" for line in exchanges(content)]
