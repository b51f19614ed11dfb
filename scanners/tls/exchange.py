"""One hello, one answer: the only thing that the TLS probe ever does to a server."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from scanners.base import Dialer, Endpoint, ProbeError
from scanners.tls.hello import Offer, client_hello, hello_record
from scanners.tls.limits import Meter
from scanners.tls.liveness import Liveness
from scanners.tls.messages import (
    SERVER_HELLO,
    SERVER_HELLO_DONE,
    SERVER_KEY_EXCHANGE,
    KeyExchange,
    ServerHello,
    parse_key_exchange,
    parse_server_hello,
)
from scanners.tls.records import HANDSHAKE, AlertError, RecordStream
from scanners.tls.suites import all_suites
from scanners.tls.wire import MalformedError
from secaudit.core.vocabulary import ProbeClass, Reason

TRANSCRIPT_TYPE = "application/jsonl"
_HANDSHAKE, _HELLO = bytes([HANDSHAKE]), bytes([SERVER_HELLO])
_TEXT = json.JSONEncoder().encode
STILL_THERE = "still there"
"""How the transcript calls a hello that was answered before and is sent once more."""
SEEN_BYTES = 16384
"""How much of an answer goes into the transcript: a long chain and the key exchange behind it."""


@dataclass
class Transcript:
    """What was sent and received, as JSON lines with hexadecimal bytes: the raw evidence."""

    lines: list[str] = field(default_factory=list)

    def add(self, purpose: str, sent: bytes, received: bytes, outcome: str) -> None:
        """Keep one exchange."""
        # An encoder would look at each of the many digits, which need no escapes.
        self.lines.append(
            f'{{"purpose":{_TEXT(purpose)},"sent":"{sent.hex()}",'
            f'"received":"{received[:SEEN_BYTES].hex()}","outcome":{_TEXT(outcome)}}}'
        )

    def content(self) -> bytes:
        """Return all lines."""
        return ("\n".join(self.lines) + "\n").encode("ascii")


@dataclass(frozen=True)
class Answer:
    """What became of one hello: a ServerHello, an alert (its code), or a reason."""

    hello: ServerHello | None = None
    key_exchange: KeyExchange | None = None
    alert: int | None = None
    reason: Reason | None = None
    seconds: float = 0.0
    began: bool = False
    """The answer began as TLS does, even where it was broken, or too slow, from there on."""

    @property
    def speaks_tls(self) -> bool:
        """Whatever answered is a TLS server."""
        return self.hello is not None or self.alert is not None

    @property
    def group(self) -> int | None:
        """The group that the server chose, where the hello or the key exchange names one."""
        if self.hello is not None and self.hello.group is not None:
            return self.hello.group
        return self.key_exchange.code if self.key_exchange is not None else None


@dataclass
class Exchanger:
    """Sends hellos to one endpoint within its limits, and keeps the transcript."""

    endpoint: Endpoint
    dialer: Dialer
    meter: Meter
    transcript: Transcript = field(default_factory=Transcript)
    liveness: Liveness = field(default_factory=Liveness)

    async def ask(
        self, offer: Offer, *, parameters: bool = False, purpose: str | None = None
    ) -> Answer:
        """Make one offer on a connection of its own.

        With ``parameters`` the key exchange is read too where the suite chosen has one. ``purpose``
        is how the transcript calls it. Raises ScopeRefusedError; whatever else happens is in the
        answer.
        """
        sent = hello_record(client_hello(offer), offer.protocol)
        seen, began = b"", False
        number = self.liveness.begin()
        try:
            self.meter.open()
            address, port = self.endpoint.address, self.endpoint.port
            async with await self.dialer.connect(address, port, ProbeClass.TLS) as stream:
                records = RecordStream(stream, self.meter)
                try:
                    answer = await self._read(records, sent, parameters=parameters)
                finally:
                    seen, began = bytes(records.seen), records.began_as_tls
        except AlertError as error:
            answer = Answer(alert=error.code)
        except ProbeError as error:
            answer = Answer(reason=error.reason, began=began)
        if answer.hello is not None:
            self.liveness.answered(number, offer)
        self.transcript.add(purpose or _purpose(offer), sent, seen, _outcome(answer))
        return answer

    async def assure(self) -> None:
        """Where the last thing heard was a refusal, see whether the server still answers at all.

        What it was asked is what it answered before. If it does not, the refusals are taken back.
        Raises ScopeRefusedError.
        """
        offer = self.liveness.offer
        if offer is None or not self.liveness.in_doubt:
            return
        answer = await self.ask(offer, purpose=STILL_THERE)
        if answer.hello is None:
            self.liveness.give_up(answer.reason or Reason.TLS_REFUSED)

    async def _read(self, records: RecordStream, sent: bytes, *, parameters: bool) -> Answer:
        await records.send(sent)
        started = asyncio.get_running_loop().time()
        kind, body = await records.message()
        seconds = asyncio.get_running_loop().time() - started
        if kind != SERVER_HELLO:
            raise MalformedError("the first message is no ServerHello")
        hello = parse_server_hello(body)
        exchange = None
        suite = all_suites().get(hello.suite)
        if parameters and suite is not None and (suite.ephemeral_dh or suite.ephemeral_ec):
            try:
                while kind not in (SERVER_KEY_EXCHANGE, SERVER_HELLO_DONE):
                    kind, body = await records.message()
                if kind == SERVER_KEY_EXCHANGE:
                    exchange = parse_key_exchange(body, suite)
            except ProbeError as error:
                return Answer(hello, seconds=seconds, reason=error.reason)
        return Answer(hello, exchange, seconds=seconds)


@asynccontextmanager
async def dialled(exchanger: Exchanger, purpose: str) -> AsyncIterator[RecordStream]:
    """Open a connection for a longer talk, and keep it in the transcript. Raises ProbeError."""
    outcome = "done"
    records: RecordStream | None = None
    number = exchanger.liveness.begin()
    try:
        exchanger.meter.open()
        address, port = exchanger.endpoint.address, exchanger.endpoint.port
        async with await exchanger.dialer.connect(address, port, ProbeClass.TLS) as stream:
            records = RecordStream(stream, exchanger.meter)
            yield records
    except AlertError as error:
        outcome = f"alert {error.code}"
        raise
    except ProbeError as error:
        outcome = error.reason.value
        raise
    finally:
        said = bytes(records.said) if records else b""
        seen = bytes(records.seen) if records else b""
        if seen[:1] == _HANDSHAKE and seen[5:6] == _HELLO:
            exchanger.liveness.answered(number)
        exchanger.transcript.add(purpose, said, seen, outcome)


def _purpose(offer: Offer) -> str:
    return f"{offer.protocol}: {len(offer.suites)} suites, name {offer.name or '-'}"


def _outcome(answer: Answer) -> str:
    if answer.hello is not None:
        kind = "retry" if answer.hello.is_retry else "hello"
        return f"{kind} 0x{answer.hello.version:04x} suite 0x{answer.hello.suite:04x}"
    return f"alert {answer.alert}" if answer.alert is not None else str(answer.reason)
