"""The chain of certificates as a server sends it, in clear or under TLS 1.3's handshake keys.

No handshake is ever finished, so that servers which want a client certificate show theirs too.
"""

from dataclasses import dataclass, field

from scanners.base import Dialer, Endpoint, ProbeError
from scanners.tls.exchange import Transcript
from scanners.tls.hello import HANDSHAKE_RECORD, Offer, client_hello, hello_record
from scanners.tls.limits import Meter
from scanners.tls.messages import (
    CERTIFICATE,
    CERTIFICATE_REQUEST,
    SERVER_HELLO,
    SERVER_HELLO_DONE,
    ServerHello,
    parse_certificates,
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


@dataclass
class ChainFetcher:
    """Asks one endpoint for its chain under one name."""

    endpoint: Endpoint
    dialer: Dialer
    meter: Meter
    transcript: Transcript = field(default_factory=Transcript)

    async def fetch(self, name: str | None) -> SentChain:
        """Try TLS 1.2 and older first (in clear), then TLS 1.3. Raises ScopeRefusedError alone."""
        table = all_suites()
        certified = [code for code in suites_for(Protocol.TLS1_2) if table[code].certified]
        attempts = (
            Offer(Protocol.TLS1_2, certified, name),
            Offer(Protocol.TLS1_3, READABLE_SUITES, name),
            Offer(Protocol.TLS1_2, common_suites_for(Protocol.TLS1_2), name),
            Offer(Protocol.TLS1_0, common_suites_for(Protocol.TLS1_0), name),
            Offer(Protocol.SSL3, common_suites_for(Protocol.SSL3), None),
        )
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
    protocol = parse_server_hello(body).protocol
    if protocol is None or protocol is Protocol.TLS1_3:
        raise MalformedError("a version that was not offered")
    certificates: tuple[bytes, ...] = ()
    asks_client = False
    while kind != SERVER_HELLO_DONE:
        try:
            kind, body = await records.message()
        except ProbeError:
            if certificates:
                break
            raise
        if kind == CERTIFICATE and not certificates:
            certificates = parse_certificates(body, protocol)
        asks_client = asks_client or kind == CERTIFICATE_REQUEST
    if not certificates:
        return SentChain(protocol=protocol, reason=Reason.NOT_OFFERED)
    return SentChain(certificates, protocol, asks_client=asks_client)


async def _read_protected(records: RecordStream, offer: Offer) -> SentChain:
    key = KeyShare(READABLE_GROUPS[0])
    offer = Offer(
        offer.protocol,
        offer.suites,
        offer.name,
        (key.group, key.public),
        session_id=fresh_session_id(),
    )
    message = client_hello(offer)
    await records.send(hello_record(message, offer.protocol))
    hello, said = await _server_hello(records)
    transcript = message + said
    if hello.is_retry:
        key = KeyShare(hello.group or 0)
        share = (key.group, key.public)
        again = client_hello(
            Offer(
                offer.protocol,
                offer.suites,
                offer.name,
                share,
                cookie=hello.cookie,
                session_id=offer.session_id,
            )
        )
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
                certificates = parse_certificates(body, Protocol.TLS1_3)
                reason = None if certificates else Reason.NOT_OFFERED
                return SentChain(certificates, Protocol.TLS1_3, reason, asks_client=asks_client)
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
