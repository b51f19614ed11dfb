"""What is read in whole handshakes: any bytes end in the one declared error, never in a crash."""

import asyncio
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.base import ProbeError
from scanners.handshake.extensions import alpn, alpn_chosen
from scanners.handshake.offered import OfferedNames
from scanners.handshake.ssl2 import CIPHERS, parse_ssl2_server_hello, ssl2_client_hello
from scanners.tls.agreement import answer_exchange
from scanners.tls.dh import all_dh_facts, dh_facts, is_probable_prime, known_primes, prime_digest
from scanners.tls.limits import Meter, TlsSettings
from scanners.tls.messages import (
    KeyExchange,
    parse_certificate_entries,
    parse_key_exchange,
    parse_modern_ticket,
    parse_stapled,
    parse_ticket,
)
from scanners.tls.modern import ModernSession, modern_offer
from scanners.tls.prf import prf
from scanners.tls.protection import CbcProtection, plan_for, protection_for
from scanners.tls.records import RecordStream
from scanners.tls.session import TlsSession, session_offer
from scanners.tls.suites import suites_by_name
from scanners.tls.version import Protocol
from scanners.tls.wire import MalformedError, vector

LEGACY = (Protocol.TLS1_0, Protocol.TLS1_1, Protocol.TLS1_2)
SUITES = (
    "TLS_RSA_WITH_AES_128_CBC_SHA",
    "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
    "TLS_RSA_WITH_RC4_128_MD5",
    "TLS_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_malformed(content: bytes) -> None:
    table = suites_by_name()
    for parser in (
        *(parse_modern_ticket, parse_ticket, parse_stapled, parse_certificate_entries),
        *(parse_ssl2_server_hello, alpn_chosen),
        lambda body: parse_ssl2_server_hello(b"\x04\x00\x01\x00\x02" + body),
        lambda body: parse_key_exchange(body, table["TLS_DHE_RSA_WITH_AES_128_CBC_SHA"]),
    ):
        with suppress(MalformedError):
            parser(content)


@given(st.binary(max_size=120))
def test_no_record_opens_without_the_keys(content: bytes) -> None:
    for name in SUITES:
        plan = plan_for(suites_by_name()[name])
        assert plan is not None
        for mac_last in (False, True):
            for protocol in LEGACY:
                keys = (bytes(plan.key_size), b"k" * plan.mac_size, bytes(plan.iv_size))
                opened = protection_for(plan, protocol, *keys, mac_last=mac_last)
                with pytest.raises(MalformedError):
                    opened.open(23, content)


@given(st.binary(max_size=90), st.sampled_from(SUITES), st.sampled_from(LEGACY), st.booleans())
def test_what_is_sealed_opens(content: bytes, name: str, protocol: Protocol, last: bool) -> None:
    plan = plan_for(suites_by_name()[name])
    assert plan is not None
    keys = (b"q" * plan.key_size, b"k" * plan.mac_size, bytes(plan.iv_size))
    mine, theirs = (protection_for(plan, protocol, *keys, mac_last=last) for _ in range(2))
    for kind in (22, 23):
        assert theirs.open(kind, mine.seal(kind, content)) == content


def test_a_cbc_record_can_be_sealed_wrongly() -> None:
    plan = plan_for(suites_by_name()[SUITES[0]])
    assert plan is not None
    keys = (b"q" * 16, b"k" * 20, bytes(16))
    for wrong in ({"mac": bytes(20)}, {"padding": b"\x01\x02" * 5 + b"\x0b"}):
        mine, theirs = (
            protection_for(plan, Protocol.TLS1_2, *keys, mac_last=False) for _ in range(2)
        )
        assert isinstance(mine, CbcProtection)
        with pytest.raises(MalformedError):
            theirs.open(23, mine.seal_with(23, b"x", **wrong))


class Scripted:
    """A stream that says what it was given, and takes whatever is sent."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    async def send(self, content: bytes) -> None:
        pass

    async def receive(self, limit: int, timeout: float | None = None) -> bytes:
        piece, self._content = self._content[:limit], self._content[limit:]
        return piece

    async def receive_exactly(self, count: int, timeout: float | None = None) -> bytes:
        return await self.receive(count)

    async def close(self) -> None:
        pass

    async def __aenter__(self) -> "Scripted":
        return self

    async def __aexit__(self, *_: object) -> None:
        pass


HELLO = b"\x03\x03" + bytes(32) + b"\x00" + b"\x00\x2f" + b"\x00"
MESSAGES = st.lists(
    st.tuples(
        st.sampled_from([20, 21, 22, 23, 24]),
        st.one_of(
            st.binary(max_size=60),
            st.just(b"\x02" + vector(3, HELLO)),
            st.just(b"\x0e\x00\x00\x00"),
            st.just(b"\x01"),
            st.just(b"\x02\x28"),
            st.binary(max_size=30).map(lambda body: b"\x0b" + vector(3, body)),
            st.binary(max_size=30).map(lambda body: b"\x04" + vector(3, body)),
        ),
    ),
    max_size=8,
)


@settings(max_examples=150, deadline=None)
@given(MESSAGES)
def test_no_server_crashes_a_session(records: list[tuple[int, bytes]]) -> None:
    said = b"".join(bytes([kind]) + b"\x03\x03" + vector(2, body) for kind, body in records)

    async def talk() -> None:
        stream = RecordStream(Scripted(said), Meter(TlsSettings()))
        legacy = TlsSession(stream, session_offer(Protocol.TLS1_2))
        with suppress(ProbeError):
            await legacy.handshake()
        assert not legacy.reading
        stream = RecordStream(Scripted(said), Meter(TlsSettings()))
        modern = ModernSession(stream, modern_offer())
        with suppress(ProbeError):
            await modern.greet()
        assert not modern.certificates

    asyncio.run(talk())


@given(st.integers(0, 2**80), st.integers(0, 2**80), st.binary(max_size=12))
def test_no_diffie_hellman_parameters_crash(prime: int, generator: int, public: bytes) -> None:
    suite = suites_by_name()["TLS_DHE_RSA_WITH_AES_128_CBC_SHA"]
    exchange = KeyExchange(prime.bit_length(), prime=prime, generator=generator, public=public)
    with suppress(MalformedError):
        answer_exchange(suite, exchange, b"", 0x0303)
    with suppress(MalformedError):
        answer_exchange(suites_by_name()["TLS_RSA_WITH_AES_128_CBC_SHA"], None, public, 0x0303)
    if prime:
        assert dh_facts(exchange)["prime"] in (True, False)


def test_a_server_that_makes_up_primes_has_few_of_them_tested() -> None:
    many = [KeyExchange(61, prime=2**61 - 1 + 2 * index) for index in range(50)]
    facts = all_dh_facts([*many, KeyExchange(group="x25519")])
    assert len(facts) == 16
    assert [item["prime"] is None for item in facts] == [False] * 3 + [True] * 13
    assert facts[0]["prime"] is True


def test_primes() -> None:
    small = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83]
    assert [number for number in range(84) if is_probable_prime(number)] == small
    assert is_probable_prime(2**127 - 1)
    assert not is_probable_prime((2**61 - 1) * (2**89 - 1))
    assert not is_probable_prime(561)


def test_the_table_of_primes_is_right_about_its_own() -> None:
    table = known_primes()
    assert len(table) > 100
    oakley_two = int(
        "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A0879"
        "8E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B"
        "0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF",
        16,
    )
    known = table[prime_digest(oakley_two)]
    assert (known.name, known.bits, known.safe) == ("Oakley group 2 (RFC 2409)", 1024, True)
    assert is_probable_prime(oakley_two)
    assert is_probable_prime((oakley_two - 1) // 2)
    assert {name.name for name in table.values() if name.standard and name.bits >= 2048} >= {
        "ffdhe2048 (RFC 7919)",
        "MODP group 14 (RFC 3526)",
    }


def test_the_pseudorandom_functions_give_the_published_values() -> None:
    # A test vector for TLS 1.2 with SHA-256 that implementers share since 2009.
    secret = bytes.fromhex("9bbe436ba940f017b17652849a71db35")
    seed = bytes.fromhex("a0ba9f936cda311827a6f796ffd5198c")
    expected = "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a"
    made = prf(Protocol.TLS1_2, "sha256", secret, b"test label" + seed, 100)
    assert made[:32].hex() == expected
    assert len(prf(Protocol.TLS1_0, "sha256", secret, b"odd", 13)) == 13


def test_ssl2_hellos() -> None:
    hello = ssl2_client_hello()
    assert int.from_bytes(hello[:2]) & 0x7FFF == len(hello) - 2
    kinds = b"\x01\x00\x80\x07\x00\xc0\x09\x09\x09"
    body = b"\x04\x00\x01\x00\x02" + b"\x00\x03\x00\x09\x00\x01" + b"abc" + kinds + b"z"
    read = parse_ssl2_server_hello(body)
    assert read.certificate == b"abc"
    assert read.ciphers == (CIPHERS[0x010080], CIPHERS[0x0700C0], "0x090909")


def test_application_protocols_shrink() -> None:
    names = OfferedNames()
    assert alpn_chosen(vector(2, vector(1, b"h2"))) == "h2"
    assert alpn(["h2"]) == vector(2, vector(1, b"h2"))
    names.note("h2")
    names.note("h2")
    assert names.found == ["h2"]
    assert not names.done
    names.note(None)
    names.refuse()
    assert (names.done, names.unknown) == (True, "ignored")
    with pytest.raises(MalformedError):
        alpn_chosen(vector(2, vector(1, b"\xff")))
