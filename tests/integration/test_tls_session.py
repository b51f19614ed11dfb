"""Whole handshakes of TLS 1.0 to 1.2 with real servers, in every suite that a session speaks."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tls_pki import Issued, Wish, issue, rsa_key
from tls_probing import endpoint_at, free_dialer
from tls_servers import OPENSSL_OLD, nginx_server, openssl_server, tlslite_server

from scanners.base import ProbeError
from scanners.tls.exchange import Exchanger
from scanners.tls.hello import Offer
from scanners.tls.limits import Meter, TlsSettings
from scanners.tls.protection import CbcProtection
from scanners.tls.records import ALERT, APPLICATION, AlertError
from scanners.tls.session import (
    Resumable,
    TlsSession,
    open_session,
    resuming,
    session_offer,
    session_suites,
)
from scanners.tls.suites import all_suites, suites_by_name
from scanners.tls.version import Protocol

Work = Callable[[TlsSession], Awaitable[None]]


@pytest.fixture(scope="module")
def issued() -> Issued:
    return issue(wish=Wish(key=rsa_key()))


def run(
    port: int, offer: Offer, work: Work | None = None, resume: Resumable | None = None
) -> TlsSession:
    """Go through one handshake, do ``work`` on it, and return the session."""

    async def one() -> TlsSession:
        exchanger = Exchanger(endpoint_at(port), free_dialer(), Meter(TlsSettings()))
        async with open_session(exchanger, offer, "test", resume) as session:
            await session.handshake()
            if work is not None:
                await work(session)
        assert len(exchanger.transcript.lines) == 1
        return session

    return asyncio.run(one())


def suite(name: str) -> int:
    return suites_by_name()[name].code


async def get_page(session: TlsSession) -> None:
    await session.send_record(APPLICATION, b"GET / HTTP/1.0\r\n\r\n")
    kind, content = await session.read_record()
    while kind == APPLICATION and not content:  # OpenSSL's empty record against BEAST
        kind, content = await session.read_record()
    assert kind == APPLICATION
    assert content.startswith(b"H")


@pytest.mark.parametrize("protocol", [Protocol.TLS1_2, Protocol.TLS1_1, Protocol.TLS1_0])
def test_every_suite_that_openssl_has(issued: Issued, tmp_path: Path, protocol: Protocol) -> None:
    spoken = []
    with openssl_server(issued, tmp_path, "-cipher", OPENSSL_OLD, "-www") as port:
        for code in session_suites(protocol):
            try:
                session = run(port, session_offer(protocol, suites=[code]), get_page)
            except AlertError:
                continue
            assert session.protocol is protocol
            assert session.extended_master
            assert session.hello is not None
            spoken.append(all_suites()[session.hello.suite])
    exchanges = {item.key_exchange for item in spoken}
    assert {"RSA", "DHE_RSA", "ECDHE_RSA", "DH_anon", "ECDH_anon"} <= exchanges
    ciphers = {"AES_128_CBC_SHA", "AES_256_CBC_SHA"}
    if protocol is Protocol.TLS1_2:
        ciphers |= {"AES_128_CBC_SHA256", "AES_256_CBC_SHA384", "AES_128_GCM_SHA256"}
        ciphers |= {"AES_256_GCM_SHA384", "CHACHA20_POLY1305_SHA256"}
    assert ciphers <= {item.cipher for item in spoken}


def test_rc4_and_triple_des(issued: Issued) -> None:
    old = {"minVersion": (3, 1), "maxVersion": (3, 3), "cipherNames": ["rc4", "3des"]}
    with tlslite_server(issued, macNames=["sha", "md5"], **old) as port:
        for name in ("TLS_RSA_WITH_3DES_EDE_CBC_SHA", "TLS_RSA_WITH_RC4_128_SHA"):
            for protocol in (Protocol.TLS1_2, Protocol.TLS1_0):
                run(port, session_offer(protocol, suites=[suite(name)]))


@pytest.mark.parametrize("group", ["X25519", "X448", "P-256", "P-384", "P-521"])
def test_every_curve(issued: Issued, tmp_path: Path, group: str) -> None:
    with openssl_server(issued, tmp_path, "-tls1_2", "-groups", group) as port:
        session = run(port, session_offer(Protocol.TLS1_2))
    assert session.key_exchange is not None
    assert session.key_exchange.public


@pytest.mark.parametrize("protocol", [Protocol.TLS1_2, Protocol.TLS1_0])
def test_encrypt_then_mac(issued: Issued, tmp_path: Path, protocol: Protocol) -> None:
    code = suite("TLS_RSA_WITH_AES_128_CBC_SHA")
    offer = replace(session_offer(protocol, suites=[code]), extensions={22: b""})
    with openssl_server(issued, tmp_path, "-cipher", OPENSSL_OLD, "-www") as port:
        assert run(port, offer, get_page).mac_last


def test_without_the_extended_master_secret(issued: Issued, tmp_path: Path) -> None:
    offer = replace(session_offer(Protocol.TLS1_2), extensions={23: None})
    with openssl_server(issued, tmp_path, "-www") as port:
        assert not run(port, offer, get_page).extended_master


def test_resumption_by_ticket_and_by_id(issued: Issued, tmp_path: Path) -> None:
    directives = ("ssl_session_cache shared:one:1m;", "ssl_session_timeout 77s;")
    offer = replace(session_offer(Protocol.TLS1_2), extensions={35: b""})
    with nginx_server(issued, tmp_path, *directives) as port:
        first = run(port, offer, get_page)
        assert first.ticket
        assert first.ticket_lifetime == 77
        kept = first.resumable()
        second = run(port, resuming(offer, kept), get_page, kept)
        assert second.resumed
        unknown = replace(resuming(offer, kept), extensions={35: b"\1" * 160})
        assert not run(port, unknown, get_page, kept).resumed
        plain = replace(offer, extensions={})
        by_id = run(port, plain, get_page).resumable()
        assert not by_id.ticket
        assert run(port, resuming(plain, by_id), get_page, by_id).resumed


def test_client_renegotiation(issued: Issued, tmp_path: Path) -> None:
    async def renegotiate(session: TlsSession) -> None:
        await session.renegotiate()

    offer = session_offer(Protocol.TLS1_2)
    with openssl_server(issued, tmp_path, "-client_renegotiation") as port:
        run(port, offer, renegotiate)
    with openssl_server(issued, tmp_path) as port, pytest.raises(AlertError):
        run(port, offer, renegotiate)
    with nginx_server(issued, tmp_path) as port, pytest.raises(ProbeError):
        run(port, offer, renegotiate)


def test_a_server_that_asks_for_a_client_certificate(issued: Issued, tmp_path: Path) -> None:
    with openssl_server(issued, tmp_path, "-verify", "1", "-www") as port:
        assert run(port, session_offer(Protocol.TLS1_2), get_page).asks_client


def test_a_record_with_a_wrong_mac_or_padding_is_refused(issued: Issued, tmp_path: Path) -> None:
    code = suite("TLS_RSA_WITH_AES_128_CBC_SHA")
    answers: list[tuple[int, bytes]] = []

    async def wrong_mac(session: TlsSession) -> None:
        await session.send_cbc(APPLICATION, b"x" * 11, mac=bytes(20))
        answers.append(await session.read_record())

    async def wrong_padding(session: TlsSession) -> None:
        assert isinstance(session.writing, CbcProtection)
        await session.send_cbc(APPLICATION, b"x" * 11, padding=bytes(16) + b"\x10")
        answers.append(await session.read_record())

    async def long_padding(session: TlsSession) -> None:
        await session.send_cbc(APPLICATION, b"GET / HTTP/1.0\r\n\r\n", padding=b"\x29" * 42)
        answers.append(await session.read_record())

    with openssl_server(issued, tmp_path, "-cipher", OPENSSL_OLD, "-www") as port:
        for work in (wrong_mac, wrong_padding, long_padding):
            run(port, session_offer(Protocol.TLS1_2, suites=[code]), work)
    assert answers[0] == answers[1] == (ALERT, b"\x02\x14")
    assert answers[2][0] == APPLICATION
