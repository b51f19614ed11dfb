"""A server that has had enough of us refuses nothing: what it no longer answers is inconclusive."""

import socket
import ssl
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from handshake_probing import handshakes
from tls_pki import NAME, Issued, Wish, issue, rsa_key
from tls_probing import MemoryEvidence, outcomes, survey
from tls_servers import nginx_server, raw_server, server_context
from weak_probing import look

from scanners.tls.exchange import STILL_THERE

RESET_AT_ONCE = b"\x01\x00\x00\x00\x00\x00\x00\x00"
ALERTS = {"alert 40": 0x28, "alert 80": 0x50}
MANY = 10_000
"""More connections than any probe makes."""


@pytest.fixture(scope="module")
def issued() -> Issued:
    return issue(wish=Wish(key=rsa_key()))


@contextmanager
def tired(issued: Issued, folder: Path, after: int, how: str) -> Iterator[int]:
    """A server of TLS 1.0 to 1.3 that breaks off in one way after so many connections."""
    context = server_context(issued, folder)
    context.set_ciphers("ECDHE+AES:AES128-SHA:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python would rather not speak TLS 1.0
        context.minimum_version = ssl.TLSVersion.TLSv1
    served = 0

    def handle(connection: socket.socket) -> None:
        nonlocal served
        served += 1
        if served > after:
            refuse(connection, how)
            return
        with suppress(ssl.SSLError), context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(1)

    with raw_server(handle) as port:
        yield port


def refuse(connection: socket.socket, how: str) -> None:
    if how == "reset":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_ONCE)
        return
    connection.recv(8192)
    if how in ALERTS:
        connection.sendall(b"\x15\x03\x03\x00\x02\x02" + bytes([ALERTS[how]]))


@pytest.fixture(scope="module")
def truth(issued: Issued, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the same server comes to that never tires."""
    with tired(issued, tmp_path_factory.mktemp("calm"), MANY, "reset") as port:
        found = judged_all(port)
    assert found["tls.protocol.tls1_0"] == found["tls.cipher.no_forward_secrecy"] == "failed"
    assert found["tls.protocol.no_tls1_3"] == "passed"
    assert found["tls.beast"] == "failed"
    return found


def judged_all(port: int) -> dict[str, str]:
    first, second = handshakes(port)
    third = look(port, before=first, found=(second,)).observation
    found: dict[str, str] = outcomes(first, second, third)
    return found


@pytest.mark.parametrize("how", ["reset", "closed", *ALERTS])
@pytest.mark.parametrize("after", [6, 15, 24, 33, 45, 60])
def test_a_tired_server_acquits_and_convicts_nobody_wrongly(
    issued: Issued, tmp_path: Path, truth: dict[str, str], after: int, how: str
) -> None:
    with tired(issued, tmp_path, after, how) as port:
        found = judged_all(port)
    decided = ("passed", "failed")
    wrong = {
        name: (outcome, truth.get(name))
        for name, outcome in found.items()
        if outcome in decided and truth.get(name) in decided and outcome != truth[name]
    }
    assert wrong == {}


def test_a_server_that_refuses_by_hanging_up_is_still_told_from_a_tired_one(
    issued: Issued, tmp_path: Path
) -> None:
    context = server_context(issued, tmp_path)
    context.minimum_version = ssl.TLSVersion.TLSv1_2

    def handle(connection: socket.socket) -> None:
        hello = connection.recv(8192, socket.MSG_PEEK)
        if b"\x00\x2b" not in hello and hello[9:11] < b"\x03\x03":
            refuse(connection, "reset")
            return
        with suppress(ssl.SSLError), context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(1)

    with raw_server(handle) as port:
        seen = survey(port)
    assert {seen.data["protocols"][name] for name in ("SSL 3.0", "TLS 1.0", "TLS 1.1")} == {
        "refused"
    }
    assert outcomes(seen)["tls.protocol.tls1_0"] == "passed"


def test_a_calm_server_costs_no_hello_more(issued: Issued, tmp_path: Path) -> None:
    directives = ("ssl_protocols TLSv1.2 TLSv1.3;", "ssl_ciphers ECDHE+AESGCM;")
    kept = MemoryEvidence()
    with nginx_server(issued, tmp_path, *directives) as port:
        first, _ = handshakes(port, NAME, kept=kept)
    assert first.data["problems"] == []
    said = b"".join(kept.values())
    assert b"TLS 1.0: " in said
    assert STILL_THERE.encode() not in said
