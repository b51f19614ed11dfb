"""The chain of certificates as a server sends it, in clear or under TLS 1.3's handshake keys.

What stands beside the chain is asked for in the same hello: a stapled OCSP response (RFC 6066,
section 8; RFC 8446, section 4.4.2.1) and signed certificate timestamps (RFC 6962, section 3.3). No
handshake is ever finished, so that servers which want a client certificate show theirs too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from scanners.base import Dialer, Endpoint, ProbeError
from scanners.certificate.entries import (
    ASKED,
    CERTIFICATE_STATUS,
    STATUS,
    TIMESTAMPS,
    parse_entries,
    parse_status,
)
from scanners.certificate.families import KeyFamily, offers_for
from scanners.tls.exchange import Transcript
from scanners.tls.hello import HANDSHAKE_RECORD, Offer, client_hello, hello_record
from scanners.tls.limits import Meter
from scanners.tls.messages import (
    CERTIFICATE,
    CERTIFICATE_REQUEST,
    SERVER_HELLO,
    SERVER_HELLO_DONE,
    ServerHello,
    parse_server_hello,
)
from scanners.tls.records import (
    ALERT,
    APPLICATION,
    HANDSHAKE,
    AlertError,
    RecordStream,
    check_alert,
    split_message,
)
from scanners.tls.schedule import (
    READABLE_GROUPS,
    READABLE_SUITES,
    HandshakeKeys,
    KeyShare,
    fresh_session_id,
    message_hash,
)
from scanners.tls.suites import all_suites, common_suites_for, suites_for
from scanners.tls.version import Protocol
from scanners.tls.wire import MalformedError, vector
from secaudit.core.vocabulary import ProbeClass, Reason

_UNRECOGNISED_NAME = 112


@dataclass(frozen=True)
class SentChain:
    """The certificates in the order in which they were sent, or why there are none."""

    certificates: tuple[bytes, ...] = ()
    protocol: Protocol | None = None
    reason: Reason | None = None
    alert: int | None = None
    asks_client: bool = False
    """The server asks for a client certificate."""
    asked_status: bool = False
    """The hello could ask for a stapled OCSP response: SSL 3.0 has no such thing."""
    staple: bytes | None = None
    """The OCSP response stapled for the first certificate, as it was sent."""
    staple_problem: Reason | None = None
    """Why a staple that was on its way was not read."""
    timestamps: bytes | None = None
    """The list of SCTs in the TLS extension, as it was sent."""


@dataclass
class ChainFetcher:
    """Asks one endpoint for its chain under one name."""

    endpoint: Endpoint
    dialer: Dialer
    meter: Meter
    transcript: Transcript = field(default_factory=Transcript)

    async def fetch(self, name: str | None) -> SentChain:
        """Try TLS 1.2 and older first (in clear), then TLS 1.3. Raises ScopeRefusedError alone."""
        attempts = (
            Offer(Protocol.TLS1_2, _certified_suites(), name, extensions=ASKED),
            Offer(Protocol.TLS1_3, READABLE_SUITES, name, extensions=ASKED),
            Offer(Protocol.TLS1_2, common_suites_for(Protocol.TLS1_2), name, extensions=ASKED),
            Offer(Protocol.TLS1_0, common_suites_for(Protocol.TLS1_0), name, extensions=ASKED),
            Offer(Protocol.SSL3, common_suites_for(Protocol.SSL3), None),
        )
        return await self._first_of(attempts)

    async def fetch_of(self, family: KeyFamily, name: str | None) -> SentChain:
        """Ask for a certificate with a key of one kind alone. Raises ScopeRefusedError alone."""
        return await self._first_of(offers_for(family, name))

    async def _first_of(self, attempts: Sequence[Offer]) -> SentChain:
        chain = SentChain(reason=Reason.NO_OBSERVATION)
        for offer in attempts:
            chain = await self._attempt(offer)
            if chain.certificates or chain.alert == _UNRECOGNISED_NAME:
                break
            if chain.alert is None and chain.reason not in _WORTH_ANOTHER:
                break
        return chain

    async def _attempt(self, offer: Offer) -> SentChain:
        seen = sent = b""
        modern = offer.protocol is Protocol.TLS1_3
        try:
            self.meter.open()
            address, port = self.endpoint.address, self.endpoint.port
            async with await self.dialer.connect(address, port, ProbeClass.TLS) as stream:
                records = RecordStream(stream, self.meter)
                try:
                    read = _read_protected if modern else _read_clear
                    chain = await read(records, offer)
                finally:
                    seen, sent = bytes(records.seen), bytes(records.said)
        except AlertError as error:
            chain = SentChain(reason=error.reason, alert=error.code)
        except ProbeError as error:
            chain = SentChain(reason=error.reason)
        outcome = f"{len(chain.certificates)} certificates, {chain.reason or chain.protocol}"
        purpose = f"certificate by {offer.protocol}, name {offer.name or '-'}"
        self.transcript.add(purpose, sent, seen, outcome)
        return chain


@cache
def _certified_suites() -> tuple[int, ...]:
    """The suites with which a server shows a certificate in clear."""
    table = all_suites()
    return tuple(code for code in suites_for(Protocol.TLS1_2) if table[code].certified)


_WORTH_ANOTHER = {
    Reason.CONNECTION_CLOSED,
    Reason.CONNECTION_RESET,
    Reason.NOT_OFFERED,
    Reason.MALFORMED_ANSWER,
}


async def _read_clear(records: RecordStream, offer: Offer) -> SentChain:
    await records.send(hello_record(client_hello(offer), offer.protocol))
    kind, body = await records.message()
    if kind != SERVER_HELLO:
        raise MalformedError("the first message is no ServerHello")
    hello = parse_server_hello(body)
    protocol = hello.protocol
    if protocol is None or protocol is Protocol.TLS1_3:
        raise MalformedError("a version that was not offered")
    chain = SentChain(
        protocol=protocol,
        asked_status=bool(offer.extensions),
        timestamps=hello.extensions.get(TIMESTAMPS),
    )
    while kind != SERVER_HELLO_DONE:
        try:
            kind, body = await records.message()
            if kind == CERTIFICATE and not chain.certificates:
                chain = replace(chain, certificates=parse_entries(body, protocol).certificates)
            elif kind == CERTIFICATE_STATUS and chain.staple is None:
                chain = replace(chain, staple=parse_status(body))
            elif kind == CERTIFICATE_REQUEST:
                chain = replace(chain, asks_client=True)
        except ProbeError as error:
            if not chain.certificates:
                raise
            if STATUS in hello.extensions and chain.staple is None:
                chain = replace(chain, staple_problem=error.reason)
            break
    return chain if chain.certificates else replace(chain, reason=Reason.NOT_OFFERED)


async def _read_protected(records: RecordStream, offer: Offer) -> SentChain:
    key = KeyShare(READABLE_GROUPS[0])
    offer = replace(
        offer,
        share=(key.group, key.public),
        session_id=fresh_session_id(),
        groups=READABLE_GROUPS,  # a retry must not ask for a group that we cannot compute
    )
    message = client_hello(offer)
    await records.send(hello_record(message, offer.protocol))
    hello, said = await _server_hello(records)
    transcript = message + said
    if hello.is_retry:
        key = KeyShare(hello.group or 0)
        again = client_hello(replace(offer, share=(key.group, key.public), cookie=hello.cookie))
        record = bytes([HANDSHAKE_RECORD]) + b"\x03\x03" + vector(2, again)
        await records.send(record)
        transcript = message_hash(hello.suite, message) + said + again
        hello, said = await _server_hello(records)
        transcript += said
    if hello.protocol is not Protocol.TLS1_3 or hello.is_retry or hello.group != key.group:
        raise MalformedError("not an answer to what was offered")
    keys = HandshakeKeys(hello.suite, key.agree(hello.share), transcript)
    return await _decrypt_chain(records, keys)


async def _server_hello(records: RecordStream) -> tuple[ServerHello, bytes]:
    kind, body = await records.message()
    if kind != SERVER_HELLO:
        raise MalformedError("the first message is no ServerHello")
    return parse_server_hello(body), bytes([kind]) + vector(3, body)


async def _decrypt_chain(records: RecordStream, keys: HandshakeKeys) -> SentChain:
    messages = b""
    asks_client = False
    while True:
        split = split_message(messages, records.flight_limit)
        if split is not None:
            kind, body, messages = split
            if kind == CERTIFICATE:
                entries = parse_entries(body, Protocol.TLS1_3)
                return SentChain(
                    entries.certificates,
                    Protocol.TLS1_3,
                    None if entries.certificates else Reason.NOT_OFFERED,
                    asks_client=asks_client,
                    asked_status=True,
                    staple=entries.staple,
                    staple_problem=Reason.MALFORMED_ANSWER if entries.broken else None,
                    timestamps=entries.timestamps,
                )
            asks_client = asks_client or kind == CERTIFICATE_REQUEST
            continue
        record = await records.record()
        if record.kind == ALERT:
            check_alert(record.content)
        if record.kind != APPLICATION:
            continue
        inner, content = keys.open(record.header, record.content)
        if inner == ALERT:
            check_alert(content)
        elif inner == HANDSHAKE:
            messages += content
        else:
            raise MalformedError("an unexpected record under the handshake keys")
