"""Servers that stall, flood, lie and send garbage: each a bounded, recorded outcome."""

import os
import socket
import time
from contextlib import ExitStack, suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from loopback_scans import identified, of_kind, order_for, scanned, serving

from scanners.base import Sight
from scanners.dialer import utc_now
from scanners.network.services.talk import MOST_BYTES
from scanners.registry import judge
from secaudit.core.canonical import canonical_json
from secaudit.core.vocabulary import Outcome, Reason


def stall(connection: socket.socket) -> None:
    while connection.recv(4096):
        pass


def flood(connection: socket.socket) -> None:
    block = b"A" * 65536
    for _ in range(64):
        connection.sendall(block)


def drip(connection: socket.socket) -> None:
    with suppress(OSError):
        for _ in range(40):
            connection.sendall(b"x")
            time.sleep(0.05)


def hang_up(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def garbage(connection: socket.socket) -> None:
    connection.sendall(os.urandom(3000))


def endless_reply(connection: socket.socket) -> None:
    connection.sendall(b"220 contoh ESMTP\r\n")
    connection.recv(100)
    for _ in range(2000):
        connection.sendall(b"250-" + b"X" * 500 + b"\r\n")


def endless_head(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in range(2000):
        connection.sendall(b"X-%d: %s\r\n" % (number, b"y" * 500))


@pytest.mark.parametrize("handler", [stall, flood, drip, hang_up, garbage, endless_reply])
def test_no_server_can_hold_or_drown_us(handler: object) -> None:
    with serving(handler) as port:  # type: ignore[arg-type]
        service, transcript = identified(port)
    assert len(transcript) < 12 * MOST_BYTES
    assert service.name in ("unknown", "smtp")
    assert len(service.banner) <= 200


def test_a_flood_is_cut_off_and_said() -> None:
    with serving(flood) as port:
        service, transcript = identified(port)
    assert Reason.LIMIT_EXCEEDED in service.problems
    assert b"limit_exceeded" in transcript


def endless_capabilities(connection: socket.socket) -> None:
    connection.sendall(b"* OK IMAP4rev1 siap\r\n")
    for _ in range(2000):
        connection.sendall(b"* CAPABILITY " + b"X" * 5000 + b"\r\n")


def test_an_endless_list_is_no_proof_that_tls_is_not_offered() -> None:
    with serving(endless_capabilities) as port:
        service, _ = identified(port)
    assert (service.name, service.starttls) == ("imap", None)
    assert Reason.LIMIT_EXCEEDED in service.problems


def test_endless_headers_are_cut_off() -> None:
    with serving(endless_head, "127.0.0.81", 8080) as port:
        service, transcript = identified(port, "127.0.0.81")
    assert service.name == "http"
    assert len(transcript) < 4 * MOST_BYTES


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(min_size=1, max_size=300))
def test_any_greeting_becomes_a_service_with_a_json_form(content: bytes) -> None:
    def handle(connection: socket.socket) -> None:
        connection.sendall(content)

    with serving(handle) as port:
        service, transcript = identified(port)
    assert canonical_json(service)
    assert content in transcript.replace(b"\n<<< ", b"") or len(content) > 1


def test_html_escapes_and_formulas_in_banners_do_no_harm_in_results() -> None:
    banner = b"220 FTP \x1b[2J<script>alert(1)</script>\r\n"

    def handle(connection: socket.socket) -> None:
        connection.sendall(banner)
        while connection.recv(100):
            connection.sendall(b"500 =cmd()\r\n")

    with serving(handle, "127.0.0.82") as port:
        outcomes, _, _ = scanned(order_for("127.0.0.82", str(port)))
    found = judge(Sight(outcomes["127.0.0.82"].observations), (), utc_now())
    failed = [item for item in found if item.outcome is Outcome.FAILED]
    assert {item.check for item in failed} == {"net.ftp.cleartext"}
    assert "\x1b" not in str(failed[0].details)


def test_a_scan_among_hostile_hosts_finishes_and_loses_none() -> None:
    with ExitStack() as servers:
        port = servers.enter_context(serving(stall, "127.0.0.83"))
        for number, handler in enumerate((flood, hang_up, garbage), start=84):
            servers.enter_context(serving(handler, f"127.0.0.{number}", port))
        outcomes, evidence, plan = scanned(order_for("127.0.0.83-87", str(port)))
    assert set(outcomes) == {str(host.address) for host in plan.hosts}
    assert {outcome.state for outcome in outcomes.values()} == {"up"}
    for number in (83, 84, 85, 86):
        seen = of_kind(outcomes[f"127.0.0.{number}"], "service")
        assert [item.data["name"] for item in seen] == ["unknown"]
    assert max(map(len, evidence.values())) < 12 * MOST_BYTES
