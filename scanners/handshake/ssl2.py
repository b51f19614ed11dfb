"""SSL 2.0: one CLIENT-HELLO in its own format, and what answers it.

The format is that of the draft by Hickman (1995), as RFC 6101, appendix E, still quotes it.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from scanners.base import ProbeError
from scanners.handshake.facts import Facts
from scanners.tls.exchange import dialled
from scanners.tls.hello import Offer
from scanners.tls.records import RecordStream
from scanners.tls.version import Protocol
from scanners.tls.wire import MalformedError, Reader
from secaudit.core.vocabulary import Reason

CIPHERS: Mapping[int, str] = {
    0x010080: "SSL_CK_RC4_128_WITH_MD5",
    0x020080: "SSL_CK_RC4_128_EXPORT40_WITH_MD5",
    0x030080: "SSL_CK_RC2_128_CBC_WITH_MD5",
    0x040080: "SSL_CK_RC2_128_CBC_EXPORT40_WITH_MD5",
    0x050080: "SSL_CK_IDEA_128_CBC_WITH_MD5",
    0x060040: "SSL_CK_DES_64_CBC_WITH_MD5",
    0x0700C0: "SSL_CK_DES_192_EDE3_CBC_WITH_MD5",
    0x080080: "SSL_CK_RC4_64_WITH_MD5",
}
_ERROR, _CLIENT_HELLO, _SERVER_HELLO = 0, 1, 4
_VERSION = 0x0002
_REFUSALS = {Reason.CONNECTION_CLOSED, Reason.CONNECTION_RESET}
KEYS = ("ssl2", "ssl2_suites")
SSL2_ASKED = "SSL 2.0: CLIENT-HELLO"
"""How the transcript calls this question."""


@dataclass(frozen=True)
class Ssl2Hello:
    """A SERVER-HELLO: the cipher kinds that the server has, and its certificate."""

    ciphers: tuple[str, ...]
    certificate: bytes


def ssl2_client_hello() -> bytes:
    """Return a CLIENT-HELLO that offers every cipher kind."""
    kinds = b"".join(code.to_bytes(3) for code in CIPHERS)
    challenge = os.urandom(16)
    body = bytes([_CLIENT_HELLO]) + _VERSION.to_bytes(2)
    body += b"".join(len(part).to_bytes(2) for part in (kinds, b"", challenge))
    body += kinds + challenge
    return (0x8000 | len(body)).to_bytes(2) + body


def parse_ssl2_server_hello(body: bytes) -> Ssl2Hello:
    """Read a SERVER-HELLO without its header. Raises MalformedError."""
    reader = Reader(body)
    if reader.number(1) != _SERVER_HELLO:
        raise MalformedError("no SERVER-HELLO of SSL 2.0")
    reader.take(2)
    if reader.number(2) != _VERSION:
        raise MalformedError("a version that was not offered")
    sizes = [reader.number(2) for _ in range(3)]
    certificate, kinds, _ = (reader.take(size) for size in sizes)
    reader.expect_end()
    if len(kinds) % 3:
        raise MalformedError("cipher kinds are three bytes long")
    codes = [int.from_bytes(kinds[at : at + 3]) for at in range(0, len(kinds), 3)]
    return Ssl2Hello(tuple(CIPHERS.get(code, f"0x{code:06x}") for code in codes), certificate)


async def look_for_ssl2(facts: Facts) -> None:
    """Find out whether SSL 2.0 is spoken. Raises ScopeRefusedError alone."""
    if facts.gentle:
        facts.miss(Reason.ZONE_NOT_PERMITTED, *KEYS)
        return
    error = await facts.attempt(lambda: _ask(facts), *KEYS)
    if error is not None and error.reason in _REFUSALS and await _still_speaks_tls(facts):
        # A server that speaks TLS and hangs up at this hello does not speak SSL 2.0.
        facts.put(ssl2=False, ssl2_suites=[])


async def _still_speaks_tls(facts: Facts) -> bool:
    newest = facts.known.newest(Protocol)
    if newest is None:
        return False
    answer = await facts.exchanger.ask(Offer(newest, facts.known.suites[newest], facts.name))
    return answer.hello is not None


async def _ask(facts: Facts) -> None:
    async with dialled(facts.exchanger, SSL2_ASKED) as records:
        await records.send(ssl2_client_hello())
        first = await records.peek(3)
        if first[0] in (0x15, 0x16) and first[1] == 3:
            facts.put(ssl2=False, ssl2_suites=[])
            facts.doubt(*KEYS)
            return
        if not first[0] & 0x80:
            raise ProbeError(Reason.PROTOCOL_MISMATCH)
        hello = await _read(records, first)
        facts.put(ssl2=hello is not None, ssl2_suites=list(hello.ciphers) if hello else [])


async def _read(records: RecordStream, first: bytes) -> Ssl2Hello | None:
    """The SERVER-HELLO; None for the error that says that there is no cipher in common."""
    size = int.from_bytes(first[:2]) & 0x7FFF
    body = (await records.peek(2 + size))[2:]
    if first[2] == _ERROR:
        return None
    return parse_ssl2_server_hello(body)
