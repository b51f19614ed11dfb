"""A small DNS server on loopback, UDP and TCP, that answers from records given as zone-file lines.

It plays the resolver of a scan: it follows aliases, answers for every zone, and sets AD where it is
told to. Nothing is ever asked of another server.
"""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

ROOT = ". SOA a.root.example. hostmaster.root.example. 1 2 3 4 5"
Answer = Callable[[dns.message.Message], bytes | None]
"""From a question to the bytes that go back, or None for silence."""


def apex(zone: str) -> str:
    """The line that makes a zone of a name."""
    return f"{zone}. SOA ns.{zone}. hostmaster.{zone}. 1 3600 600 86400 300"


@dataclass
class Names:
    """Records as lines ``name type data``; ``failing`` names get SERVFAIL."""

    lines: Sequence[str]
    validates: bool = False
    """The AD bit is set, in answers about names below ``signed``."""
    signed: tuple[str, ...] = (".",)
    failing: tuple[str, ...] = ()
    small: int = 1232
    """The longest answer over UDP."""
    asked: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._records: dict[tuple[dns.name.Name, int], dns.rrset.RRset] = {}
        for line in (ROOT, *self.lines):
            name, kind, data = line.split(" ", 2)
            owner, number = dns.name.from_text(name), dns.rdatatype.from_text(kind)
            new = dns.rrset.from_text(owner, 300, "IN", kind, data)
            known = self._records.setdefault((owner, number), new)
            known.update(new)

    def answer(self, question: dns.message.Message) -> dns.message.Message:
        """The whole answer."""
        asked = question.question[0]
        self.asked.append((asked.name.to_text(omit_final_dot=True), asked.rdtype.name))
        answer = dns.message.make_response(question, recursion_available=True)
        if any(asked.name.is_subdomain(dns.name.from_text(item)) for item in self.failing):
            answer.set_rcode(dns.rcode.SERVFAIL)
            return answer
        name = asked.name
        for _ in range(8):
            found = self._records.get((name, asked.rdtype))
            alias = self._records.get((name, dns.rdatatype.CNAME))
            if found is not None:
                answer.answer.append(found)
                break
            if alias is None or asked.rdtype == dns.rdatatype.CNAME:
                self._say_no(answer, name)
                break
            answer.answer.append(alias)
            name = alias[0].target
        if self.validates and any(name.is_subdomain(_name(item)) for item in self.signed):
            exact = name == dns.name.root or self.signed != (".",)
            answer.flags |= dns.flags.AD if exact else 0
        return answer

    def _say_no(self, answer: dns.message.Message, name: dns.name.Name) -> None:
        if not any(owner.is_subdomain(name) for owner, _kind in self._records):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        zones = [owner for owner, kind in self._records if kind == dns.rdatatype.SOA]
        above = [owner for owner in zones if name.is_subdomain(owner)]
        closest = max(above, key=len)
        answer.authority.append(self._records[(closest, dns.rdatatype.SOA)])

    def over_udp(self, question: dns.message.Message) -> bytes:
        """Cut, with the TC bit, where it is too long."""
        answer = self.answer(question)
        wire = answer.to_wire(max_size=65535)
        if len(wire) <= self.small:
            return wire
        cut = dns.message.make_response(question, recursion_available=True)
        cut.flags |= dns.flags.TC
        return cut.to_wire()

    def over_tcp(self, question: dns.message.Message) -> bytes:
        """Whole."""
        return self.answer(question).to_wire(max_size=65535)


def _name(text: str) -> dns.name.Name:
    return dns.name.from_text(text)


@contextmanager
def dns_server(
    names: Names | None = None,
    *,
    udp: Answer | None = None,
    tcp: Answer | None = None,
    address: str = "127.0.0.53",
) -> Iterator[str]:
    """Serve on a free port of ``address``; give ``address:port`` as a setting writes it."""
    over_udp = udp or (names.over_udp if names else _silence)
    over_tcp = tcp or (names.over_tcp if names else _silence)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with contextlib.ExitStack() as stack:
        stream = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        stream.bind((address, 0))
        stream.listen(16)
        port = stream.getsockname()[1]
        packets = stack.enter_context(socket.socket(family, socket.SOCK_DGRAM))
        packets.bind((address, port))
        packets.settimeout(0.1)
        ended = threading.Event()
        threads = [
            threading.Thread(target=_serve_packets, args=(packets, over_udp, ended), daemon=True),
            threading.Thread(target=_serve_streams, args=(stream, over_tcp), daemon=True),
        ]
        for thread in threads:
            thread.start()
        try:
            yield f"[{address}]:{port}" if family == socket.AF_INET6 else f"{address}:{port}"
        finally:
            ended.set()
            stream.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join(10)


def _silence(_question: dns.message.Message) -> None:
    return None


def _serve_packets(packets: socket.socket, answer: Answer, ended: threading.Event) -> None:
    while not ended.is_set():
        try:
            wire, peer = packets.recvfrom(65535)
        except TimeoutError:
            continue
        reply = answer(dns.message.from_wire(wire))
        if reply is not None:
            packets.sendto(reply, peer)


def _serve_streams(listener: socket.socket, answer: Answer) -> None:
    while True:
        try:
            connection, _peer = listener.accept()
        except OSError:
            return
        with connection, suppress(OSError, struct.error):
            connection.settimeout(5)
            size = struct.unpack("!H", connection.recv(2))[0]
            reply = answer(dns.message.from_wire(connection.recv(size)))
            if reply is not None:
                connection.sendall(struct.pack("!H", len(reply)) + reply)


def question_id(question: dns.message.Message) -> bytes:
    """The number that an answer has to repeat."""
    return question.id.to_bytes(2, "big")
