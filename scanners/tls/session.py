"""A client of our own for whole TLS 1.0 to 1.2 handshakes, made for probing.

No certificate is verified (what they say is judged elsewhere) and no client certificate is sent: a
server that asks for one gets an empty list. Within the meter's limits; what goes wrong is a
ProbeError: AlertError with the ``code`` of a fatal alert, MalformedError for nonsense.

Opening one, which dials, counts and keeps the transcript (``exchanger`` is an Exchanger of
:mod:`scanners.tls.exchange`; the offer may be changed by ``dataclasses.replace``)::

    offer = session_offer(Protocol.TLS1_2, name=None, suites=None)
    async with open_session(exchanger, offer, "what for") as session:
        await session.handshake()                  # greet() and finish()

or ``TlsSession(RecordStream(stream, meter), offer)`` over any Stream.

In two halves, for what happens in mid-handshake::

    await session.greet()        # hello sent; the server's flight read up to ServerHelloDone
    session.hello, session.suite, session.protocol, session.certificates, session.key_exchange
    await session.finish()       # ClientKeyExchange, ChangeCipherSpec, Finished; theirs verified
    await session.finish(key_exchange=body, premaster=b"...")     # with an exchange of your own

Facts after the handshake: ``resumed``, ``extended_master``, ``mac_last`` (encrypt-then-MAC),
``ocsp`` (the stapled response, DER), ``asks_client``, ``ticket``, ``ticket_lifetime`` (seconds),
``hello.session_id``, ``hello.extensions`` (kind -> bytes), ``hello.compression``.

Resumption: ``kept = session.resumable()``, and later ``again = resuming(offer, kept)`` with
``TlsSession(records, again, kept)`` or ``open_session(exchanger, again, "...", kept)``. Put another
session id or ticket into the offer (``replace(again, session_id=..., extensions={35: ...})``) to
see what the server makes of it; ``session.resumed`` tells.

Afterwards:

- ``send_record(kind, content)``, protected once the keys are on; ``read_record()`` -> (kind,
  content) in clear: an alert is returned, not raised.
- ``send_message(kind, body)``: a handshake message. ``send_raw(bytes)``: bytes as they are.
- ``send_fragment(kind, fragment)``: one record whose protected fragment is given.
- ``send_cbc(kind, content, mac=..., padding=...)``: a CBC record with a chosen MAC or padding.
  ``session.writing`` is then a CbcProtection: ``mac(kind, content)``, ``encrypt(blocks)``,
  ``padding_for(size)``, ``block_size``.
- ``say_goodbye()``: close_notify, which many servers want before they let a session be resumed.
- ``renegotiate()``: a client-initiated renegotiation, which returns when the second handshake is
  through and raises when it is refused.
- ``records.wait_at_most(seconds)`` cuts the wait for an answer short.
"""

import hmac
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from scanners.base import ProbeError
from scanners.tls.agreement import answer_exchange
from scanners.tls.exchange import Exchanger, dialled
from scanners.tls.hello import Offer, client_hello
from scanners.tls.messages import (
    CERTIFICATE,
    CERTIFICATE_REQUEST,
    CERTIFICATE_STATUS,
    CLIENT_KEY_EXCHANGE,
    FINISHED,
    HELLO_REQUEST,
    NEW_SESSION_TICKET,
    SERVER_HELLO,
    SERVER_HELLO_DONE,
    SERVER_KEY_EXCHANGE,
    KeyExchange,
    ServerHello,
    parse_certificates,
    parse_key_exchange,
    parse_server_hello,
    parse_stapled,
    parse_ticket,
)
from scanners.tls.offers import SESSION_PROTOCOLS as SESSION_PROTOCOLS
from scanners.tls.offers import Resumable as Resumable
from scanners.tls.offers import resuming as resuming
from scanners.tls.offers import session_offer as session_offer
from scanners.tls.offers import session_suites as session_suites
from scanners.tls.prf import Secrets
from scanners.tls.protection import (
    CbcProtection,
    CipherPlan,
    Protection,
    both_sides,
    plan_for,
    record_bytes,
    records_of,
)
from scanners.tls.records import (
    ALERT,
    APPLICATION,
    CHANGE_CIPHER,
    HANDSHAKE,
    HEARTBEAT,
    AlertError,
    RecordStream,
    check_alert,
    split_message,
)
from scanners.tls.suites import Suite, all_suites
from scanners.tls.version import Protocol
from scanners.tls.wire import MalformedError, vector
from secaudit.core.vocabulary import Reason

_CHANGED = -1
"""Stands for a ChangeCipherSpec among handshake messages."""
_EXTENDED_MASTER, _ENCRYPT_THEN_MAC = 23, 22
_RENEGOTIATION_INFO = 0xFF01
_NO_RENEGOTIATION = 100


@asynccontextmanager
async def open_session(
    exchanger: Exchanger, offer: Offer, purpose: str, resume: Resumable | None = None
) -> AsyncIterator["TlsSession"]:
    """Dial, and keep what was said in the exchanger's transcript. Raises ProbeError."""
    async with dialled(exchanger, purpose) as records:
        yield TlsSession(records, offer, resume)


class TlsSession:
    """One connection, from the hello to whatever a probe does under its keys."""

    def __init__(
        self, records: RecordStream, offer: Offer, resume: Resumable | None = None
    ) -> None:
        self.records = records
        self.offer = offer if offer.random else replace(offer, random=os.urandom(32))
        self._resume = resume
        self._secrets: Secrets | None = None
        self._plan: CipherPlan | None = None
        self._said = bytearray()
        self._buffer = b""
        self._pending: Protection | None = None
        self._writing_next: Protection | None = None
        self._verify = (b"", b"")
        self.reading: Protection | None = None
        self.writing: Protection | None = None
        self.hello: ServerHello | None = None
        self.suite: Suite | None = None
        self.certificates: tuple[bytes, ...] = ()
        self.key_exchange: KeyExchange | None = None
        self.ocsp = b""
        self.asks_client = False
        self.ticket = b""
        self.ticket_lifetime: int | None = None
        self.resumed = False

    @property
    def protocol(self) -> Protocol:
        """The version spoken: the server's choice, ours before it."""
        return (self.hello.protocol if self.hello else None) or self.offer.protocol

    @property
    def extended_master(self) -> bool:
        """The server took part in the extended master secret."""
        return self._acknowledged(_EXTENDED_MASTER)

    @property
    def mac_last(self) -> bool:
        """Encrypt-then-MAC was agreed on."""
        return self._acknowledged(_ENCRYPT_THEN_MAC)

    def resumable(self) -> Resumable:
        """What is needed to resume this session. Only after the handshake."""
        hello, secrets = self._agreed()
        return Resumable(
            self.protocol,
            hello.suite,
            secrets.master,
            hello.session_id,
            self.ticket,
            self.ticket_lifetime,
            self.extended_master,
        )

    async def handshake(self) -> None:
        """Go through the whole handshake, or its short form where the server resumes."""
        await self.greet()
        await self.finish()

    async def greet(self) -> None:
        """Send the hello and read the server's flight. Keys of a resumed session are ready then."""
        message = client_hello(self.offer)
        self._said = bytearray(message)
        await self.records.send(self._records_of(HANDSHAKE, message))
        kind, body = await self._event()
        while kind == HELLO_REQUEST:
            kind, body = await self._event()
        if kind != SERVER_HELLO:
            raise MalformedError("the first message is no ServerHello")
        self._take_hello(parse_server_hello(body))
        while kind not in (SERVER_HELLO_DONE, _CHANGED):
            kind, body = await self._event()
            self._take(kind, body)

    async def finish(self, *, key_exchange: bytes | None = None, premaster: bytes = b"") -> None:
        """Agree on keys and exchange Finished messages, in the order that the session needs."""
        hello, secrets = self._agreed()
        if self.resumed:
            await self._read_finished()
            await self._send_finished(b"")
            return
        flight = b""
        if self.asks_client:
            flight += self._said_message(CERTIFICATE, vector(3, b""))
        if key_exchange is None:
            suite, certificate = all_suites()[hello.suite], (self.certificates or (b"",))[0]
            version = min(self.offer.protocol.code, Protocol.TLS1_2.code)
            key_exchange, premaster = answer_exchange(
                suite, self.key_exchange, certificate, version
            )
        flight += self._said_message(CLIENT_KEY_EXCHANGE, key_exchange)
        secrets.transcript = self._said
        secrets.agree(premaster, extended=self.extended_master)
        writing = self._make_keys()
        try:
            await self._send_finished(flight, writing)
            kind, body = await self._event()
            while kind != _CHANGED:
                self._take(kind, body)
                kind, body = await self._event()
        except AlertError as error:
            wants = Reason.CLIENT_CERTIFICATE if self.asks_client else error.reason
            raise AlertError(error.code, wants) from None
        await self._read_finished()

    async def renegotiate(self, offer: Offer | None = None) -> None:
        """Start a second handshake under the keys of the first, and go through with it.

        Raises AlertError where the server refuses (100 is no_renegotiation, sent as a warning) and
        other ProbeErrors where it closes or ignores the hello.
        """
        mine = self._verify[0]
        again = offer or replace(self.offer, session_id=b"", random=os.urandom(32))
        # A server that does not know RFC 5746 gets a hello of its own time.
        content = vector(1, mine) if self._acknowledged(_RENEGOTIATION_INFO) else None
        self.offer = replace(again, extensions={**again.extensions, _RENEGOTIATION_INFO: content})
        self._resume = None
        self.resumed = False
        await self.handshake()

    async def say_goodbye(self) -> None:
        """Send close_notify. OpenSSL forgets sessions of connections that end without one."""
        await self.send_record(ALERT, b"\x01\x00")

    async def send_record(self, kind: int, content: bytes) -> None:
        """Send content in as few records as it takes, protected once the keys are on."""
        await self.records.send(self._records_of(kind, content))

    async def send_fragment(self, kind: int, fragment: bytes) -> None:
        """Send one record whose fragment is given as it goes on the wire."""
        await self.records.send(record_bytes(kind, self.protocol, fragment))

    async def send_raw(self, content: bytes) -> None:
        """Send bytes as they are."""
        await self.records.send(content)

    async def send_message(self, kind: int, body: bytes) -> None:
        """Send one handshake message, which counts for the transcript of Finished."""
        await self.records.send(self._said_message(kind, body))

    async def send_cbc(
        self,
        kind: int,
        content: bytes,
        *,
        mac: bytes | None = None,
        padding: bytes | None = None,
    ) -> None:
        """Send a CBC record with a MAC or a padding other than the right one."""
        if not isinstance(self.writing, CbcProtection):
            raise MalformedError("the suite is not in CBC mode")
        fragment = self.writing.seal_with(kind, content, mac=mac, padding=padding)
        await self.send_fragment(kind, fragment)

    async def read_record(self) -> tuple[int, bytes]:
        """Return the next record's type and content in clear, alerts included."""
        record = await self.records.record()
        if self.reading is not None and record.kind != CHANGE_CIPHER:
            return record.kind, self.reading.open(record.kind, record.content)
        return record.kind, record.content

    def _acknowledged(self, extension: int) -> bool:
        return self.hello is not None and extension in self.hello.extensions

    def _agreed(self) -> tuple[ServerHello, Secrets]:
        if self.hello is None or self._secrets is None:
            raise ProbeError(Reason.PROBE_FAILED, "the server's hello was not read")
        return self.hello, self._secrets

    async def _event(self) -> tuple[int, bytes]:
        """The next handshake message, noted in the transcript, or a change of ciphers."""
        while True:
            split = split_message(self._buffer, self.records.flight_limit)
            if split is not None:
                kind, body, self._buffer = split
                if kind not in (HELLO_REQUEST, FINISHED):
                    self._said += bytes([kind]) + vector(3, body)
                return kind, body
            kind, content = await self.read_record()
            if kind == ALERT:
                if content == bytes((1, _NO_RENEGOTIATION)):
                    raise AlertError(_NO_RENEGOTIATION)
                check_alert(content)
            elif kind == CHANGE_CIPHER:
                self._change_reading()
                return _CHANGED, b""
            elif kind == HANDSHAKE:
                self._buffer += content
            elif kind in (APPLICATION, HEARTBEAT) and self.reading is None:
                raise MalformedError("application data during the handshake")

    def _change_reading(self) -> None:
        if self._buffer:
            raise MalformedError("the ciphers change in the midst of a message")
        if self._pending is None and self._resume is not None and not self.certificates:
            self._accept_resumption(self._resume)
        if self._pending is None:
            raise MalformedError("the ciphers change before there are keys")
        self.reading, self._pending = self._pending, None

    def _accept_resumption(self, kept: Resumable) -> None:
        _, secrets = self._agreed()
        self.resumed = True
        secrets.master = kept.master
        self._writing_next = self._make_keys()

    def _take_hello(self, hello: ServerHello) -> None:
        suite = all_suites().get(hello.suite)
        if hello.protocol not in SESSION_PROTOCOLS or suite is None:
            raise MalformedError("a version or suite that was not offered")
        if hello.suite not in self.offer.suites:
            raise MalformedError("a suite that was not offered")
        self._plan = plan_for(suite)
        if self._plan is None:
            raise ProbeError(Reason.NOT_OFFERED, "a suite that cannot be spoken")
        algorithm = "sha384" if suite.cipher.endswith("SHA384") else "sha256"
        self.hello, self.suite = hello, suite
        self.key_exchange, self.certificates, self.asks_client = None, (), False
        self._secrets = Secrets(
            self.protocol, algorithm, self.offer.random, hello.random, self._said
        )

    def _take(self, kind: int, body: bytes) -> None:
        """Note what a message of the server's flight says."""
        if kind == CERTIFICATE:
            self.certificates = parse_certificates(body, self.protocol)
        elif kind == CERTIFICATE_STATUS:
            self.ocsp = parse_stapled(body)
        elif kind == SERVER_KEY_EXCHANGE and self.suite is not None:
            self.key_exchange = parse_key_exchange(body, self.suite)
        elif kind == CERTIFICATE_REQUEST:
            self.asks_client = True
        elif kind == NEW_SESSION_TICKET:
            self.ticket_lifetime, self.ticket = parse_ticket(body)
        elif kind not in (SERVER_HELLO_DONE, _CHANGED, HELLO_REQUEST):
            raise MalformedError("a message out of order")

    def _make_keys(self) -> Protection:
        """Derive the keys: what is read under them waits for the change, the other is returned."""
        _, secrets = self._agreed()
        plan = self._plan
        if plan is None:
            raise ProbeError(Reason.PROBE_FAILED, "there is no suite")
        block = secrets.key_block(plan.key_block_size)
        mine, self._pending = both_sides(plan, self.protocol, block, mac_last=self.mac_last)
        return mine

    def _said_message(self, kind: int, body: bytes) -> bytes:
        message = bytes([kind]) + vector(3, body)
        self._said += message
        return self._records_of(HANDSHAKE, message)

    def _records_of(self, kind: int, content: bytes) -> bytes:
        # The first hello goes out under an old version number, which offends the fewest servers.
        protocol = self.protocol if self.hello else Protocol.TLS1_0
        return records_of(kind, protocol, content, self.writing)

    async def _send_finished(self, before: bytes, writing: Protection | None = None) -> None:
        _, secrets = self._agreed()
        secrets.transcript = self._said
        mine = secrets.finished(client=True)
        flight = before + self._records_of(CHANGE_CIPHER, b"\x01")
        self.writing = writing or self._writing_next
        flight += self._said_message(FINISHED, mine)
        self._verify = (mine, self._verify[1])
        await self.records.send(flight)

    async def _read_finished(self) -> None:
        _, secrets = self._agreed()
        kind, body = await self._event()
        secrets.transcript = self._said
        expected = secrets.finished(client=False)
        if kind != FINISHED or not hmac.compare_digest(body, expected):
            raise MalformedError("the server's Finished is wrong")
        self._said += bytes([FINISHED]) + vector(3, body)
        self._verify = (self._verify[0], expected)
