"""Servers that stall, flood and lie: each probe ends within its limits and says what it met."""

import socket
import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from tls_probing import QUICK, chains, outcomes, speaks_tls, survey
from tls_servers import free_port, raw_server

from scanners.tls.limits import TlsSettings
from scanners.tls.messages import CERTIFICATE
from scanners.tls.wire import vector

Handler = Callable[[socket.socket], None]


def record(kind: int, content: bytes, version: bytes = b"\x03\x03") -> bytes:
    return bytes([kind]) + version + vector(2, content)


def message(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + vector(3, body)


def server_hello(suite: int, version: bytes = b"\x03\x03") -> bytes:
    body = version + bytes(32) + vector(1, b"") + suite.to_bytes(2) + b"\x00"
    return record(22, message(2, body))


def until_closed(connection: socket.socket) -> None:
    """Read until the probe hangs up: a close on unread bytes would be a reset."""
    while connection.recv(4096):
        pass


def silent(connection: socket.socket) -> None:
    until_closed(connection)


def hang_up(connection: socket.socket) -> None:
    connection.recv(4096)


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


def drip(connection: socket.socket) -> None:
    connection.recv(4096)
    for byte in server_hello(0xC02F) * 20:
        connection.sendall(bytes([byte]))
        time.sleep(0.05)


def endless_handshake(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(record(22, b"\x02" + (2**20).to_bytes(3)))
    while True:
        connection.sendall(record(22, bytes(2**14)))


def endless_warnings(connection: socket.socket) -> None:
    connection.recv(4096)
    while True:
        connection.sendall(record(21, b"\x01\x5a") * 100)


def endless_empty_records(connection: socket.socket) -> None:
    connection.recv(4096)
    while True:
        connection.sendall(record(22, b"") * 1000)


def long_record(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"\x16\x03\x03\xff\xff" + bytes(100))
    until_closed(connection)


def wrong_lengths(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(record(22, message(2, b"\x03\x03" + bytes(32) + b"\xff\x00")))
    until_closed(connection)


def alerts(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(record(21, b"\x02\x28"))
    until_closed(connection)


def odd_alerts(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(record(21, b"\x02\x28\x00"))
    until_closed(connection)


def http(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")


def ssh(connection: socket.socket) -> None:
    connection.sendall(b"SSH-2.0-OpenSSH_10.0\r\n")
    until_closed(connection)


def unoffered_suite(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(server_hello(0x5600))
    until_closed(connection)


def always_the_same_suite(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(server_hello(0xC02F))
    until_closed(connection)


def mid_handshake_reset(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(server_hello(0xC02F)[:20])
    reset(connection)


CASES: list[tuple[Handler, str]] = [
    (silent, "timed_out"),
    (hang_up, "connection_closed"),
    (reset, "connection_reset"),
    (drip, "timed_out"),
    (endless_handshake, "limit_exceeded"),
    (endless_warnings, "limit_exceeded"),
    (endless_empty_records, "limit_exceeded"),
    (long_record, "malformed_answer"),
    (wrong_lengths, "malformed_answer"),
    (odd_alerts, "malformed_answer"),
    (http, "protocol_mismatch"),
    (ssh, "protocol_mismatch"),
    (mid_handshake_reset, "connection_reset"),
]


BEGIN_AS_TLS = {
    *(drip, endless_handshake, endless_warnings, endless_empty_records, long_record),
    *(wrong_lengths, odd_alerts, mid_handshake_reset),
}


@pytest.mark.parametrize(("handler", "reason"), CASES)
def test_nothing_is_concluded(handler: Handler, reason: str) -> None:
    with raw_server(handler) as port:
        # What begins as TLS and goes wrong from there is TLS that misbehaves, not another service.
        assert speaks_tls(port) == (handler in BEGIN_AS_TLS)
        seen = survey(port, settings=QUICK)
        assert set(seen.data["protocols"].values()) == {"inconclusive"}
        assert set(seen.data["reasons"].values()) == {reason}
        assert seen.data["connections"] <= 8
        (chain,) = chains(port, settings=QUICK)
        assert chain.data["problem"] == reason
        assert chain.data["chain"] == []
        assert set(outcomes(seen, chain).values()) == {"inconclusive"}


def test_a_shut_port_is_inconclusive() -> None:
    port = free_port()
    seen, (chain,) = survey(port), chains(port)
    assert set(seen.data["reasons"].values()) == {"connection_refused"}
    assert chain.data["problem"] == "connection_refused"


def test_alerts_everywhere_acquit_nobody() -> None:
    with raw_server(alerts) as port:
        assert speaks_tls(port)
        seen = survey(port, settings=QUICK)
    assert set(seen.data["protocols"].values()) == {"inconclusive"}
    assert set(seen.data["reasons"].values()) == {"tls_refused"}
    assert set(outcomes(seen).values()) == {"inconclusive"}


def test_a_suite_that_was_not_offered_is_no_suite() -> None:
    with raw_server(unoffered_suite) as port:
        seen = survey(port, settings=QUICK)
    assert seen.data["suites"] == {}
    assert seen.data["reasons"]["TLS 1.2"] == "malformed_answer"


def test_a_server_that_repeats_itself_is_not_asked_for_ever() -> None:
    with raw_server(always_the_same_suite) as port:
        seen = survey(port, settings=QUICK)
    assert seen.data["suites"]["TLS 1.2"] == ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"]
    assert seen.data["incomplete"] == {"TLS 1.2": "malformed_answer"}
    assert seen.data["connections"] <= 12
    assert outcomes(seen)["tls.cipher.null"] == "inconclusive"


def test_total_time_and_connections_are_bounded() -> None:
    count = 0

    def every_suite(connection: socket.socket) -> None:
        nonlocal count
        hello = connection.recv(4096)
        count += 1
        session = 43 + 1 + hello[43]
        suite = int.from_bytes(hello[session + 2 : session + 4])
        connection.sendall(server_hello(suite, hello[9:11]))

    settings = TlsSettings(exchange_seconds=0.5, total_seconds=2.0, connections=50)
    with raw_server(every_suite) as port:
        seen = survey(port, settings=settings)
    assert seen.data["connections"] == count <= 50
    assert "limit_exceeded" in seen.data["problems"]
    assert outcomes(seen)["tls.dh.weak"] == "inconclusive"


def test_a_server_that_chokes_on_a_long_offer_is_asked_again_with_less() -> None:
    accepted = {0xC02F, 0x009C, 0x002F}

    def short_sighted(connection: socket.socket) -> None:
        hello = connection.recv(4096)
        if len(hello) > 600:
            return
        start = 43 + 1 + hello[43]
        size = int.from_bytes(hello[start : start + 2])
        block = hello[start + 2 : start + 2 + size]
        offered = [int.from_bytes(block[at : at + 2]) for at in range(0, size, 2)]
        chosen = next((code for code in offered if code in accepted), None)
        if hello[9:11] != b"\x03\x03" or (len(offered) < 2 and chosen is None):
            connection.sendall(record(21, b"\x02\x46"))
        elif chosen is None:
            connection.sendall(record(21, b"\x02\x28"))
        else:
            connection.sendall(server_hello(chosen))
        until_closed(connection)

    with raw_server(short_sighted) as port:
        seen = survey(port, settings=QUICK)
    assert set(seen.data["suites"]["TLS 1.2"]) == {
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        "TLS_RSA_WITH_AES_128_GCM_SHA256",
        "TLS_RSA_WITH_AES_128_CBC_SHA",
    }
    assert seen.data["unordered"] == ["TLS 1.2"]
    assert seen.data["incomplete"] == {}


def certificates(*der: bytes) -> bytes:
    return message(CERTIFICATE, vector(3, b"".join(vector(3, item) for item in der)))


def sending(content: bytes) -> Handler:
    def handler(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(server_hello(0xC02F))
        with suppress(OSError):
            for start in range(0, len(content), 2**14):
                connection.sendall(record(22, content[start : start + 2**14]))
            connection.sendall(record(22, message(14, b"")))
            until_closed(connection)

    return handler


def test_a_certificate_message_of_ten_megabytes_is_refused() -> None:
    with raw_server(sending(certificates(bytes(10 * 2**20)))) as port:
        (seen,) = chains(port, settings=QUICK)
    assert seen.data["problem"] == "limit_exceeded"


def test_garbage_for_a_certificate_is_a_finding() -> None:
    with raw_server(sending(certificates(b"\x30\x82\xff\xff" + bytes(40), b""))) as port:
        (seen,) = chains(port, settings=QUICK)
    found = outcomes(seen)
    assert found["cert.malformed"] == "failed"
    assert found["cert.expired"] == found["cert.untrusted"] == "inconclusive"
    assert seen.data["length"] == 2


def test_an_empty_certificate_message_is_no_chain() -> None:
    with raw_server(sending(certificates())) as port:
        (seen,) = chains(port, settings=QUICK)
    assert seen.data["chain"] == []
    assert seen.data["problem"] is not None


@pytest.mark.parametrize("lanes", [1, 4])
def test_a_slow_server_with_many_suites_is_asked_in_parts(lanes: int) -> None:
    accepted = {*range(0x2F, 0x46), 0xC013, 0xC014}
    at_once: list[int] = [0, 0]

    def slow(connection: socket.socket) -> None:
        hello = connection.recv(4096)
        at_once[0] += 1
        at_once[1] = max(at_once)
        time.sleep(0.02)
        at_once[0] -= 1
        start = 43 + 1 + hello[43]
        size = int.from_bytes(hello[start : start + 2])
        block = hello[start + 2 : start + 2 + size]
        offered = [int.from_bytes(block[at : at + 2]) for at in range(0, size, 2)]
        chosen = next((code for code in offered if code in accepted), None)
        if hello[9:11] != b"\x03\x03" or chosen is None:
            connection.sendall(record(21, b"\x02\x46"))
        else:
            connection.sendall(server_hello(chosen) + record(22, message(14, b"")))
        until_closed(connection)

    settings = TlsSettings(exchange_seconds=2.0, split_above=0.01, lanes=lanes)
    with raw_server(slow) as port:
        seen = survey(port, settings=settings)
    assert len(seen.data["suites"]["TLS 1.2"]) == len(accepted)
    assert seen.data["unordered"] == (["TLS 1.2"] if lanes > 1 else [])
    assert seen.data["preference"]["TLS 1.2"] == "client"
    assert (at_once[1] > 1) is (lanes > 1)
