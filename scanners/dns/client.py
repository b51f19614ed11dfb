"""The one place from which DNS is asked: one resolver, chosen by whoever runs the scan.

A resolver is no target and lies outside of them as a rule. It is asked only where the authorisation
permits the probe class ``dns``, never where it is excluded, within the budget of packets, and again
before each packet. Its address never comes from what a target sent. What was asked and answered is
kept, and asked once a scan.
"""

import asyncio
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
from dns.rdata import Rdata

from scanners.base import ProbeError, ScopeRefusedError
from scanners.budget import CONNECT_PACKETS, Budget
from scanners.dialer import Standing, always_standing, reason_of, utc_now
from scanners.dns.server import Server
from secaudit.core.authorisation import Authorisation
from secaudit.core.vocabulary import Reason

_PAYLOAD = 1232
"""Bytes of a UDP answer that need no fragments (DNS flag day 2020)."""
_MOST_STRAYS = 16
"""Datagrams that are no answer to the question, and are passed over."""
_MOST_KEPT = 20_000
"""Replies remembered in one scan."""
_ODD = (dns.exception.DNSException, ValueError, IndexError, KeyError, TypeError, struct.error)
"""What reading hostile bytes may raise."""
_ABOUT_THE_RESOLVER = {Reason.EXCLUDED, Reason.FORBIDDEN_PORT, Reason.CLASS_NOT_PERMITTED}
"""Refusals that say nothing of the host at hand: the rest of it may be scanned."""


@dataclass(frozen=True)
class Patience:
    """When to stop waiting; times in seconds."""

    seconds: float = 2.0
    """For one answer."""
    tries: int = 2
    strikes: int = 6
    """Questions in a row without any answer, after which the resolver is left alone."""


@dataclass(frozen=True)
class Reply:
    """What became of one question. Records are those of the type asked for, behind aliases."""

    name: str
    kind: str
    records: tuple[Rdata, ...] = ()
    exists: bool | None = None
    """The name exists; None where that was not told."""
    authenticated: bool = False
    """The resolver says that it verified the answer (the AD bit)."""
    zone: str | None = None
    """The owner of the SOA record that came along: the zone of the name."""
    problem: Reason | None = None
    """Why there is no answer; all else is then empty."""
    rcode: str | None = None
    sent: bytes = field(default=b"", repr=False)
    received: bytes = field(default=b"", repr=False)

    @property
    def outcome(self) -> str:
        """In a word: for the list of what was asked."""
        if self.problem is not None:
            return f"{self.problem.value} {self.rcode or ''}".strip()
        return f"{len(self.records)} records" if self.exists else "no such name"


class DnsClient:
    """Asks the resolvers of one scan, under its authorisation and within its budget."""

    def __init__(
        self,
        servers: tuple[Server, ...],
        authorisation: Authorisation,
        budget: Budget,
        *,
        patience: Patience = Patience(),
        clock: Callable[[], datetime] = utc_now,
        standing: Standing = always_standing,
    ) -> None:
        self.servers = servers
        self._authorisation = authorisation
        self._budget = budget
        self._patience = patience
        self._clock = clock
        self._standing = standing
        self._asking: dict[tuple[str, str], asyncio.Future[Reply]] = {}
        self._strikes = 0
        self.questions = 0
        """Put to a resolver, repeats included."""

    async def ask(self, name: str, kind: str) -> Reply:
        """Ask for the records of one type; what went wrong is in the reply.

        Raises ScopeRefusedError where the letter has ended; that the resolver itself may not be
        asked is a problem of the reply.
        """
        key = (name.lower().removesuffix(".") or ".", kind)
        asking = self._asking.get(key)
        if asking is None:
            asking = asyncio.ensure_future(self._ask_each(*key))
            if len(self._asking) < _MOST_KEPT:
                self._asking[key] = asking
        # A host whose time is over takes the question away from nobody else.
        return await asyncio.shield(asking)

    def may_ask(self, server: Server) -> Reason | None:
        """Why nothing may be sent to this resolver at this instant; None where it may be."""
        return self._standing() or self._authorisation.resolver_refusal(
            server.address, server.port, self._clock()
        )

    async def _ask_each(self, name: str, kind: str) -> Reply:
        try:
            question = dns.message.make_query(
                dns.name.from_text(name), kind, use_edns=0, payload=_PAYLOAD, want_dnssec=True
            )
        except _ODD:
            return Reply(name, kind, problem=Reason.UNRESOLVED_NAME)
        question.flags |= dns.flags.AD
        if not self.servers:
            return Reply(name, kind, problem=Reason.NOT_OFFERED)
        reply = Reply(name, kind, problem=Reason.TIMED_OUT)
        if self._strikes >= self._patience.strikes:
            return reply
        for attempt in range(self._patience.tries):
            server = self.servers[attempt % len(self.servers)]
            try:
                wire = await self._exchange(server, question)
            except ProbeError as error:
                reply = Reply(name, kind, problem=error.reason, sent=question.to_wire())
                continue
            except ScopeRefusedError as error:
                if error.reason not in _ABOUT_THE_RESOLVER:
                    raise
                reply = Reply(name, kind, problem=error.reason)
                continue
            self._strikes = 0
            reply = read_reply(name, kind, question, wire)
            if reply.problem is None:
                return reply
        if not reply.received:
            self._strikes += 1
        return reply

    def _permit(self, server: Server) -> None:
        refusal = self.may_ask(server)
        if refusal is not None:
            raise ScopeRefusedError(server.address, server.port, refusal)

    async def _spend(self, server: Server, packets: int) -> None:
        """Wait for the budget, and ask the letter again: it may have ended meanwhile."""
        await self._budget.spend(server.address, packets)
        try:
            self._permit(server)
        except ScopeRefusedError:
            self._budget.give_back(server.address, packets)
            raise

    async def _exchange(self, server: Server, question: dns.message.Message) -> bytes:
        """One question and its answer, over TCP where it is too long for UDP."""
        self._permit(server)
        await self._spend(server, 2)
        self.questions += 1
        try:
            async with asyncio.timeout(self._patience.seconds):
                answer = await self._over_udp(server, question)
            if _is_truncated(answer):
                await self._spend(server, CONNECT_PACKETS + 2)
                async with asyncio.timeout(self._patience.seconds):
                    answer = await self._over_tcp(server, question)
        except TimeoutError:
            raise ProbeError(Reason.TIMED_OUT) from None
        except OSError as error:
            raise ProbeError(reason_of(error), str(error)) from None
        return answer

    async def _over_udp(self, server: Server, question: dns.message.Message) -> bytes:
        loop = asyncio.get_running_loop()
        with _socket_to(server, socket.SOCK_DGRAM) as connection:
            # Connected: the kernel passes on what comes from this resolver alone.
            connection.connect((str(server.address), server.port))
            await loop.sock_sendall(connection, question.to_wire())
            for _ in range(_MOST_STRAYS):
                answer = await loop.sock_recv(connection, 65535)
                if _answers(question, answer):
                    return answer
        raise ProbeError(Reason.MALFORMED_ANSWER)

    async def _over_tcp(self, server: Server, question: dns.message.Message) -> bytes:
        loop = asyncio.get_running_loop()
        with _socket_to(server, socket.SOCK_STREAM) as connection:
            await loop.sock_connect(connection, (str(server.address), server.port))
            wire = question.to_wire()
            await loop.sock_sendall(connection, struct.pack("!H", len(wire)) + wire)
            size = struct.unpack("!H", await _exactly(connection, 2))[0]
            answer = await _exactly(connection, size)
        if not _answers(question, answer):
            raise ProbeError(Reason.MALFORMED_ANSWER)
        return answer


def _socket_to(server: Server, kind: socket.SocketKind) -> socket.socket:
    family = socket.AF_INET if server.address.version == 4 else socket.AF_INET6
    connection = socket.socket(family, kind)
    connection.setblocking(False)
    return connection


async def _exactly(connection: socket.socket, count: int) -> bytes:
    loop = asyncio.get_running_loop()
    received = bytearray()
    while len(received) < count:
        piece = await loop.sock_recv(connection, count - len(received))
        if not piece:
            raise ProbeError(Reason.CONNECTION_CLOSED)
        received += piece
    return bytes(received)


def _answers(question: dns.message.Message, answer: bytes) -> bool:
    """Whether these bytes claim to answer the question: its number, and a reply."""
    return len(answer) >= 12 and answer[:2] == question.id.to_bytes(2, "big") and answer[2] >= 0x80


def _is_truncated(answer: bytes) -> bool:
    return bool(answer[2] & 0x02)


def read_reply(name: str, kind: str, question: dns.message.Message, wire: bytes) -> Reply:
    """Read an answer from the wire; never raises for its content."""
    sent = question.to_wire()
    try:
        answer = dns.message.from_wire(wire, ignore_trailing=True)
        if not question.is_response(answer) or not isinstance(answer, dns.message.QueryMessage):
            return Reply(name, kind, problem=Reason.MALFORMED_ANSWER, sent=sent, received=wire)
        rcode = answer.rcode()
        if rcode not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
            return Reply(
                name,
                kind,
                problem=Reason.PROBE_FAILED,
                rcode=dns.rcode.to_text(rcode),
                sent=sent,
                received=wire,
            )
        chain = answer.resolve_chaining()
        owners = [
            rrset.name
            for rrset in (*answer.answer, *answer.authority)
            if rrset.rdtype == dns.rdatatype.SOA and chain.canonical_name.is_subdomain(rrset.name)
        ]
        if chain.answer is None and not owners and _says_nothing(question, answer):
            return Reply(name, kind, problem=Reason.MALFORMED_ANSWER, sent=sent, received=wire)
        return Reply(
            name,
            kind,
            records=tuple(chain.answer) if chain.answer is not None else (),
            exists=rcode == dns.rcode.NOERROR,
            authenticated=bool(answer.flags & dns.flags.AD),
            zone=owners[0].to_text(omit_final_dot=True).lower() if owners else None,
            rcode=dns.rcode.to_text(rcode),
            sent=sent,
            received=wire,
        )
    except _ODD:
        return Reply(name, kind, problem=Reason.MALFORMED_ANSWER, sent=sent, received=wire)


def _says_nothing(question: dns.message.Message, answer: dns.message.Message) -> bool:
    """Whether an answer without records is no denial: about others alone, or a mere referral."""
    own = question.question[0].name
    strangers = bool(answer.answer) and all(rrset.name != own for rrset in answer.answer)
    return strangers or not answer.flags & (dns.flags.RA | dns.flags.AA)
