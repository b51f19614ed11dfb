"""A client of our own for whole TLS 1.3 handshakes (RFC 8446), made for probing.

As in :mod:`scanners.tls.session`, no certificate is verified and none of ours is sent. Usage::

    offer = modern_offer(name=None, suites=None, groups=None)
    async with open_modern(exchanger, offer, "what for") as session:
        await session.greet()      # up to the server's Finished, which is verified
        await session.finish()     # our Finished; application keys are on
        await session.read_tickets(seconds)        # or: say_goodbye() first, and no waiting

Facts after ``greet``: ``hello`` (of the handshake proper), ``retry`` (a HelloRetryRequest came
first), ``encrypted_extensions`` (kind -> bytes), ``certificates``, ``ocsp`` (DER), ``scts`` (the
list as sent), ``signature_scheme``, ``asks_client``, ``resumed``. After ``read_tickets``:
``tickets``, any of which ``open_modern(..., ticket)`` takes for a resumption by pre-shared key.
"""

import hmac
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from scanners.base import ProbeError
from scanners.tls.exchange import Exchanger, dialled
from scanners.tls.hello import HANDSHAKE_RECORD, Offer, client_hello, hello_record
from scanners.tls.messages import (
    CERTIFICATE,
    CERTIFICATE_REQUEST,
    CERTIFICATE_VERIFY,
    ENCRYPTED_EXTENSIONS,
    FINISHED,
    NEW_SESSION_TICKET,
    SERVER_HELLO,
    ModernTicket,
    ServerHello,
    parse_certificate_entries,
    parse_extensions,
    parse_modern_ticket,
    parse_server_hello,
    parse_stapled,
)
from scanners.tls.records import (
    ALERT,
    APPLICATION,
    CHANGE_CIPHER,
    HANDSHAKE,
    AlertError,
    RecordStream,
    check_alert,
    split_message,
)
from scanners.tls.schedule import (
    READABLE_GROUPS,
    READABLE_SUITES,
    KeySchedule,
    KeyShare,
    TrafficKeys,
    fresh_session_id,
    message_hash,
    suite_hash,
)
from scanners.tls.version import Protocol
from scanners.tls.wire import MalformedError, Reader, vector
from secaudit.core.vocabulary import Reason

_PRE_SHARED_KEY, _STATUS, _SCT = 41, 5, 18
_SIZE_OF_BINDERS = 2 + 1
_CLOSE_NOTIFY = 0
_ENDS = {Reason.TIMED_OUT, Reason.CONNECTION_CLOSED, Reason.CONNECTION_RESET}


@dataclass(frozen=True)
class Resumption:
    """A ticket with the key that belongs to it."""

    ticket: ModernTicket
    suite: int
    key: bytes
    group: int


def modern_offer(
    name: str | None = None,
    suites: Sequence[int] | None = None,
    groups: Sequence[int] | None = None,
) -> Offer:
    """An offer that a session can go through with: suites and groups that we can read."""
    chosen = [code for code in suites or READABLE_SUITES if code in READABLE_SUITES]
    curves = [code for code in groups or READABLE_GROUPS if code in READABLE_GROUPS]
    return Offer(
        Protocol.TLS1_3,
        chosen or READABLE_SUITES,
        name,
        groups=curves or READABLE_GROUPS,
        session_id=fresh_session_id(),
        random=os.urandom(32),
    )


@asynccontextmanager
async def open_modern(
    exchanger: Exchanger, offer: Offer, purpose: str, resume: Resumption | None = None
) -> AsyncIterator["ModernSession"]:
    """Dial, and keep what was said in the exchanger's transcript. Raises ProbeError."""
    async with dialled(exchanger, purpose) as records:
        yield ModernSession(records, offer, resume)


class ModernSession:
    """One TLS 1.3 connection, from the hello to its tickets."""

    def __init__(
        self, records: RecordStream, offer: Offer, resume: Resumption | None = None
    ) -> None:
        self.records = records
        self.offer = offer
        self._resume = resume
        self._said = bytearray()
        self._buffer = b""
        self._reading: TrafficKeys | None = None
        self._writing: TrafficKeys | None = None
        self._schedule: KeySchedule | None = None
        self._key: KeyShare | None = None
        self._client_secret = b""
        self._resumption_secret = b""
        self.hello: ServerHello | None = None
        self.retry: ServerHello | None = None
        self.encrypted_extensions: dict[int, bytes] = {}
        self.certificates: tuple[bytes, ...] = ()
        self.ocsp = b""
        self.scts = b""
        self.signature_scheme: int | None = None
        self.asks_client = False
        self._context = b""
        self.tickets: list[Resumption] = []

    @property
    def resumed(self) -> bool:
        """The server took the pre-shared key."""
        return self.hello is not None and _PRE_SHARED_KEY in self.hello.extensions

    async def greet(self) -> None:
        """Read the server's whole flight and verify its Finished."""
        hello = await self._exchange_hellos()
        if hello.protocol is not Protocol.TLS1_3 or hello.is_retry or self._key is None:
            raise MalformedError("not an answer to what was offered")
        if hello.suite not in self.offer.suites or hello.group != self._key.group:
            raise MalformedError("a suite or a group that was not offered")
        self.hello = hello
        shared_before = self._resume.key if self._resume and self.resumed else b""
        self._schedule = KeySchedule(hello.suite, shared_before)
        shared = self._key.agree(hello.share)
        mine, theirs = self._schedule.handshake(shared, bytes(self._said))
        self._client_secret = mine
        self._reading = TrafficKeys(hello.suite, theirs)
        while True:
            before = bytes(self._said)
            kind, body = await self._message()
            if kind == FINISHED:
                if not hmac.compare_digest(body, self._schedule.finished(theirs, before)):
                    raise MalformedError("the server's Finished is wrong")
                return
            self._take(kind, body)

    async def finish(self) -> None:
        """Send our Finished, with an empty list of certificates where one is asked for."""
        if self._schedule is None or self.hello is None:
            raise ProbeError(Reason.PROBE_FAILED, "the server's flight was not read")
        suite = self.hello.suite
        mine, theirs = self._schedule.application(bytes(self._said))
        writing = TrafficKeys(suite, self._client_secret)
        flight = b"\x14\x03\x03\x00\x01\x01"
        if self.asks_client:
            flight += writing.seal(HANDSHAKE, self._say(CERTIFICATE, self._no_certificate()))
        verify = self._schedule.finished(self._client_secret, bytes(self._said))
        flight += writing.seal(HANDSHAKE, self._say(FINISHED, verify))
        self._resumption_secret = self._schedule.resumption(bytes(self._said))
        self._reading = TrafficKeys(suite, theirs)
        self._writing = TrafficKeys(suite, mine)
        await self.records.send(flight)

    async def say_goodbye(self) -> None:
        """Send close_notify, so that a server which has said all it has to say closes too."""
        if self._writing is not None:
            await self.records.send(self._writing.seal(ALERT, b"\x01\x00"))

    async def read_tickets(self, seconds: float, most: int = 4) -> None:
        """Wait for tickets; the first silence, alert or application data ends the wait.

        ``seconds`` bounds the whole wait. A server that closes or says nothing has no tickets; one
        that rejects our empty certificate raises AlertError.
        """
        self.records.wait_at_most(seconds)
        while len(self.tickets) < most:
            try:
                kind, body = await self._message()
            except AlertError as error:
                if error.code == _CLOSE_NOTIFY:
                    return
                raise
            except ProbeError as error:
                if error.reason in _ENDS:
                    return
                raise
            if kind == NEW_SESSION_TICKET:
                self._take_ticket(parse_modern_ticket(body))

    def _take_ticket(self, ticket: ModernTicket) -> None:
        if self._schedule is None or self.hello is None:
            raise ProbeError(Reason.PROBE_FAILED, "a ticket before the handshake")
        key = self._schedule.ticket_key(self._resumption_secret, ticket.nonce)
        self.tickets.append(Resumption(ticket, self.hello.suite, key, self.hello.group or 0))

    async def _exchange_hellos(self) -> ServerHello:
        groups = self.offer.groups or READABLE_GROUPS
        self._key = KeyShare(self._resume.group if self._resume else groups[0])
        offer = replace(self.offer, share=(self._key.group, self._key.public))
        message = self._with_ticket(offer) if self._resume else client_hello(offer)
        await self.records.send(hello_record(message, Protocol.TLS1_3))
        self._said = bytearray(message)
        hello = await self._read_hello()
        if not hello.is_retry:
            return hello
        if self._resume is not None:
            raise ProbeError(Reason.NO_OBSERVATION, "the server asks for another group")
        if hello.group is None or hello.group not in groups:
            raise MalformedError("the server asks for a group that was not offered")
        self.retry = hello
        self._key = KeyShare(hello.group)
        share = (self._key.group, self._key.public)
        again = client_hello(replace(self.offer, share=share, cookie=hello.cookie))
        self._said = bytearray(
            message_hash(hello.suite, message) + self._said[len(message) :] + again
        )
        await self.records.send(bytes([HANDSHAKE_RECORD]) + b"\x03\x03" + vector(2, again))
        return await self._read_hello()

    def _with_ticket(self, offer: Offer) -> bytes:
        """The hello with the ticket as its last extension, and the binder over all before it."""
        kept = self._resume
        if kept is None:
            raise ProbeError(Reason.PROBE_FAILED, "no ticket")
        size = suite_hash(kept.suite).digest_size
        age = kept.ticket.age_add % 2**32
        identity = vector(2, kept.ticket.ticket) + age.to_bytes(4)
        binders = vector(2, vector(1, bytes(size)))
        content = vector(2, identity) + binders
        whole = client_hello(
            replace(offer, extensions={**offer.extensions, _PRE_SHARED_KEY: content})
        )
        cut = whole[: -(_SIZE_OF_BINDERS + size)]
        return cut + vector(2, vector(1, KeySchedule(kept.suite, kept.key).binder(cut)))

    async def _read_hello(self) -> ServerHello:
        kind, body = await self._message()
        if kind != SERVER_HELLO:
            raise MalformedError("the first message is no ServerHello")
        return parse_server_hello(body)

    async def _message(self) -> tuple[int, bytes]:
        """The next handshake message, in clear or under the keys, noted in the transcript."""
        while True:
            split = split_message(self._buffer, self.records.flight_limit)
            if split is not None:
                kind, body, self._buffer = split
                self._said += bytes([kind]) + vector(3, body)
                return kind, body
            record = await self.records.record()
            inner, content = record.kind, record.content
            if inner == CHANGE_CIPHER:
                continue
            if inner == APPLICATION:
                if self._reading is None:
                    raise MalformedError("application data during the handshake")
                inner, content = self._reading.open(record.header, record.content)
            if inner == ALERT:
                check_alert(content)
            elif inner == HANDSHAKE:
                self._buffer += content
            elif inner != APPLICATION:
                raise MalformedError("an unexpected record under the keys")

    def _take(self, kind: int, body: bytes) -> None:
        if kind == ENCRYPTED_EXTENSIONS:
            self.encrypted_extensions = parse_extensions(Reader(body).vector(2))
        elif kind == CERTIFICATE_REQUEST:
            self.asks_client = True
            self._context = Reader(body).vector(1)
        elif kind == CERTIFICATE:
            entries = parse_certificate_entries(body)
            self.certificates = tuple(der for der, _ in entries)
            first = parse_extensions(entries[0][1]) if entries else {}
            self.ocsp = parse_stapled(first[_STATUS]) if _STATUS in first else b""
            self.scts = first.get(_SCT, b"")
        elif kind == CERTIFICATE_VERIFY:
            self.signature_scheme = Reader(body).number(2)
        else:
            raise MalformedError("a message out of order")

    def _no_certificate(self) -> bytes:
        return vector(1, self._context) + vector(3, b"")

    def _say(self, kind: int, body: bytes) -> bytes:
        message = bytes([kind]) + vector(3, body)
        self._said += message
        return message
