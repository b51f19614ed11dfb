"""Whole handshakes of TLS 1.3 with real servers: each suite and group, retries, tickets."""

import asyncio
from pathlib import Path

import pytest
from tls_pki import Issued, Wish, issue, rsa_key
from tls_probing import endpoint_at, free_dialer
from tls_servers import nginx_server, openssl_server, tlslite_server

from scanners.base import ProbeError
from scanners.tls.exchange import Exchanger
from scanners.tls.hello import Offer
from scanners.tls.limits import Meter, TlsSettings
from scanners.tls.modern import ModernSession, Resumption, modern_offer, open_modern
from scanners.tls.records import AlertError


@pytest.fixture(scope="module")
def issued() -> Issued:
    return issue(wish=Wish(key=rsa_key()))


def run(port: int, offer: Offer | None = None, resume: Resumption | None = None) -> ModernSession:
    async def one() -> ModernSession:
        exchanger = Exchanger(endpoint_at(port), free_dialer(), Meter(TlsSettings()))
        async with open_modern(exchanger, offer or modern_offer(), "test", resume) as session:
            await session.greet()
            await session.finish()
            await session.read_tickets(0.5, most=1)
        return session

    return asyncio.run(one())


@pytest.mark.parametrize("suite", [0x1301, 0x1302, 0x1303, 0x1304, 0x1305])
def test_every_suite(issued: Issued, tmp_path: Path, suite: int) -> None:
    names = ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256")
    names += ("TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_8_SHA256")
    with openssl_server(issued, tmp_path, "-ciphersuites", ":".join(names)) as port:
        session = run(port, modern_offer(suites=[suite]))
    assert session.tickets
    assert session.hello is not None
    assert session.hello.suite == suite
    assert session.certificates
    assert session.signature_scheme == 0x0804


@pytest.mark.parametrize("group", ["X25519", "X448", "P-256", "P-384", "P-521"])
def test_every_group_by_a_retry(issued: Issued, tmp_path: Path, group: str) -> None:
    with openssl_server(issued, tmp_path, "-tls1_3", "-groups", group) as port:
        session = run(port)
        assert (session.retry is None) is (group == "X25519")
        assert run(port, resume=session.tickets[0]).resumed


def test_early_data_is_announced_in_the_ticket(issued: Issued, tmp_path: Path) -> None:
    with openssl_server(issued, tmp_path, "-early_data", "-max_early_data", "4321") as port:
        assert run(port).tickets[0].ticket.early_data == 4321
    with openssl_server(issued, tmp_path) as port:
        assert run(port).tickets[0].ticket.early_data is None


def test_nginx_resumes_by_ticket(issued: Issued, tmp_path: Path) -> None:
    with nginx_server(
        issued, tmp_path, "ssl_protocols TLSv1.3;", "ssl_session_timeout 99s;"
    ) as port:
        first = run(port)
        assert first.tickets[0].ticket.lifetime == 99
        assert not first.resumed
        second = run(port, resume=first.tickets[0])
        assert second.resumed
        assert second.tickets


def test_a_client_certificate_that_is_asked_for(issued: Issued, tmp_path: Path) -> None:
    with openssl_server(issued, tmp_path, "-verify", "1") as port:
        assert run(port).asks_client
    with openssl_server(issued, tmp_path, "-Verify", "1") as port, pytest.raises(AlertError):
        run(port)


def test_without_tickets(issued: Issued, tmp_path: Path) -> None:
    with openssl_server(issued, tmp_path, "-num_tickets", "0") as port:
        assert run(port).tickets == []


def test_tlslite(issued: Issued) -> None:
    with tlslite_server(issued) as port:
        assert run(port).hello is not None


def test_a_server_without_tls1_3(issued: Issued, tmp_path: Path) -> None:
    with openssl_server(issued, tmp_path, "-tls1_2") as port, pytest.raises(ProbeError):
        run(port)
