"""Servers that do not survive what they pick: finite fields without a prime, as in Dovecot."""

import asyncio
import socket
import ssl
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import starttls_servers as mail
from read_again import assert_borne_out
from starttls_probing import words_dialer
from tls_pki import Issued, Wish, issue, rsa_key
from tls_probing import MemoryEvidence, endpoint_at, outcomes, survey
from tls_servers import nginx_server, raw_server, server_context

from scanners.tls.limits import TlsSettings
from scanners.tls.probe import probe_tls
from scanners.tls.suites import suites_by_name
from secaudit.core.observation import Observation

SERVER_LEADS = ("ssl_prefer_server_ciphers = yes",)
OLD = ("ssl_min_protocol = TLSv1", "ssl_cipher_list = ALL:@SECLEVEL=0")
CURVES = {
    f"TLS_ECDHE_RSA_WITH_{cipher}"
    for cipher in ("AES_128_GCM_SHA256", "AES_256_GCM_SHA384", "AES_128_CBC_SHA")
}
MANY = 10_000


@pytest.fixture(scope="module")
def issued() -> Issued:
    return issue(wish=Wish(key=rsa_key()))


def kinds(seen: Observation, protocol: str) -> set[str]:
    """The key exchanges of the accepted suites."""
    return {suites_by_name()[name].key_exchange for name in seen.data["suites"][protocol]}


def prime(folder: Path) -> Path:
    """A prime quickly found; how good it is does not matter here."""
    parameters = folder / "prime.pem"
    command = ["openssl", "dhparam", "-out", str(parameters), "-dsaparam", "1024"]
    subprocess.run(command, check=True, capture_output=True)
    return parameters


def of_dovecot(folder: Path, issued: Issued, *settings: str) -> Observation:
    certificate, key = mail.credentials(mail.open_to_all(folder / "rsa"), issued)
    own = (f"ssl_cert = <{certificate}", f"ssl_key = <{key}")
    kept = MemoryEvidence()
    with mail.dovecot(folder / "server", *own, *settings) as ports:
        endpoint = endpoint_at(ports["imap"], address=mail.HOST)
        found = asyncio.run(probe_tls(endpoint, words_dialer("imap"), kept, TlsSettings()))
    assert_borne_out(found, kept)
    return found[0]


@pytest.mark.parametrize("settings", [(), SERVER_LEADS])
def test_dovecot_without_a_prime(issued: Issued, tmp_path: Path, settings: tuple[str, ...]) -> None:
    seen = of_dovecot(tmp_path, issued, *settings)
    assert seen.data["protocols"]["TLS 1.2"] == "accepted"
    assert set(seen.data["suites"]["TLS 1.2"]) >= CURVES
    assert kinds(seen, "TLS 1.2") == {"ECDHE_RSA"}
    assert seen.data["incomplete"] == {"TLS 1.2": "connection_closed"}
    assert seen.data["preference"]["TLS 1.2"] == ("server" if settings else "client")
    assert "x25519" in seen.data["groups"]["TLS 1.2"]
    assert outcomes(seen)["tls.dh.weak"] == "inconclusive"


@pytest.mark.parametrize("settings", [OLD, OLD + SERVER_LEADS])
def test_old_versions_of_dovecot_without_a_prime(
    issued: Issued, tmp_path: Path, settings: tuple[str, ...]
) -> None:
    seen = of_dovecot(tmp_path, issued, *settings)
    for protocol in ("TLS 1.0", "TLS 1.1", "TLS 1.2"):
        assert seen.data["protocols"][protocol] == "accepted"
        assert kinds(seen, protocol) == {"ECDHE_RSA", "RSA", "ECDH_anon"}
        assert seen.data["incomplete"][protocol] == "connection_closed"
    assert seen.data["protocols"]["SSL 3.0"] == "refused"


def test_dovecot_with_an_ecdsa_certificate_misses_nothing(tmp_path: Path) -> None:
    seen = of_dovecot(tmp_path, issue())
    assert seen.data["protocols"]["TLS 1.2"] == "accepted"
    assert kinds(seen, "TLS 1.2") == {"ECDHE_ECDSA"}
    assert seen.data["incomplete"] == {}


@contextmanager
def dying(issued: Issued, folder: Path, deaths: int = MANY, *, alone: bool = True) -> Iterator[int]:
    """OpenSSL's TLS 1.2 whose prime is missing: it closes where finite fields are offered.

    ``deaths``: so many times; ``alone``: even where nothing else is offered.
    """
    context = server_context(issued, folder)
    context.set_ciphers("DHE+AESGCM:ECDHE+AESGCM:AES128-SHA:@SECLEVEL=0")
    context.load_dh_params(prime(folder))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python would rather not speak TLS 1.1
        context.minimum_version = ssl.TLSVersion.TLSv1_1
    died = 0

    def handle(connection: socket.socket) -> None:
        nonlocal died
        hello = connection.recv(8192, socket.MSG_PEEK)
        finite, curves = b"\x00\x9e\x00\x9f" in hello, b"\xc0\x2f\xc0\x30" in hello
        if finite and (curves or alone) and died < deaths:
            died += 1
            connection.recv(8192)
            return
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(1)

    with raw_server(handle) as port:
        yield port


def test_what_is_hung_up_on_is_neither_accepted_nor_refused(issued: Issued, tmp_path: Path) -> None:
    with dying(issued, tmp_path) as port:
        seen = survey(port)
    assert seen.data["protocols"]["TLS 1.2"] == "accepted"
    assert kinds(seen, "TLS 1.2") == {"ECDHE_RSA", "RSA"}
    assert seen.data["incomplete"]["TLS 1.2"] == "connection_closed"


@pytest.mark.parametrize(("deaths", "alone"), [(1, True), (MANY, False)])
def test_finite_fields_that_are_answered_alone_are_accepted(
    issued: Issued, tmp_path: Path, deaths: int, alone: bool
) -> None:
    with dying(issued, tmp_path, deaths, alone=alone) as port:
        seen = survey(port)
    assert kinds(seen, "TLS 1.2") == {"DHE_RSA", "ECDHE_RSA", "RSA"}
    assert seen.data["incomplete"] == {}
    assert seen.data["unordered"] == ["TLS 1.2"]


def test_who_hangs_up_on_everything_is_asked_once_more_and_no_oftener() -> None:
    hellos: list[bytes] = []

    def handle(connection: socket.socket) -> None:
        hellos.append(connection.recv(8192))

    with raw_server(handle) as port:
        seen = survey(port)
    assert seen.data["reasons"]["TLS 1.2"] == "connection_closed"
    without = [hello for hello in hellos if b"\x00\x9e" not in hello and b"\xc0\x2f" in hello]
    assert len(without) == 1


def test_who_refuses_by_an_alert_costs_no_hello_more(issued: Issued, tmp_path: Path) -> None:
    directives = ("ssl_protocols TLSv1.2;", "ssl_ciphers ECDHE+AESGCM;")
    with nginx_server(issued, tmp_path, *directives) as port:
        seen = survey(port)
    assert seen.data["incomplete"] == {}
    assert seen.data["unordered"] == []


def test_who_minds_the_length_and_takes_finite_fields_alone_is_still_found(
    issued: Issued, tmp_path: Path
) -> None:
    context = server_context(issued, tmp_path)
    context.set_ciphers("DHE+AESGCM:@SECLEVEL=0")
    context.load_dh_params(prime(tmp_path))
    context.maximum_version = ssl.TLSVersion.TLSv1_2

    def handle(connection: socket.socket) -> None:
        hello = connection.recv(8192, socket.MSG_PEEK)
        if len(hello) > 700 and b"\x00\x9e" in hello:
            connection.recv(8192)
            return
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(1)

    with raw_server(handle) as port:
        seen = survey(port)
    assert kinds(seen, "TLS 1.2") == {"DHE_RSA"}
