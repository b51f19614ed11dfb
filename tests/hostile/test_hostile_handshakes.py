"""Whole handshakes with servers that stall, lie and break off at every place: each probe ends.

A spoiler stands between the probe and a real server, and spoils the server's answer at one record.
Nothing is concluded from what it did, and no fact is null without a reason.
"""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tls_pki import Issued, Wish, issue, rsa_key
from tls_probing import MemoryEvidence, endpoint_at, free_dialer, outcomes, survey
from tls_servers import openssl_server, raw_server

from scanners.handshake.probe import probe_handshake
from scanners.tls.limits import TlsSettings
from scanners.tls.wire import vector
from secaudit.core.canonical import canonical_json
from secaudit.core.observation import Observation

QUICK = TlsSettings(exchange_seconds=0.3, total_seconds=2.0, flight_bytes=64 * 1024)
Handler = Callable[[socket.socket], None]
Spoil = Callable[[bytes], bytes | None]
NULLABLE = {"legacy_protocol", "fallback_alert", "alpn_unknown", "asked_name"}
"""What may be null without a reason: descriptions, not facts about safety."""


@pytest.fixture(scope="module")
def issued() -> Issued:
    return issue(wish=Wish(key=rsa_key()))


def endpoint_seen(**suites: list[str]) -> Observation:
    """What the visit before would have found."""
    spoken = {
        "TLS 1.2": ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_128_CBC_SHA"],
        "TLS 1.3": ["TLS_AES_128_GCM_SHA256"],
    }
    data: dict[str, Any] = {
        "protocols": dict.fromkeys(spoken, "accepted"),
        "reasons": {},
        "incomplete": {},
        "suites": suites or spoken,
        "groups": {"TLS 1.3": ["x25519"]},
        "groups_incomplete": {},
        "group_preference": {},
        "preference": {},
        "key_exchange": {"dh_bits": [], "curves": ["x25519"]},
    }
    return Observation("tls.endpoint", endpoint_at(1).subject, datetime.now(UTC), data)


def look(port: int, seen: Observation) -> Observation:
    kept = MemoryEvidence()
    where = endpoint_at(port)
    (found,) = asyncio.run(probe_handshake(where, free_dialer(), kept, seen, QUICK))
    canonical_json(found)
    for key, value in found.data.items():
        assert (
            value is not None
            or key in found.data["reasons"]
            or key in NULLABLE
            or (key.startswith("ticket_lifetime"))
        ), key
    return found


def silent(connection: socket.socket) -> None:
    while connection.recv(4096):
        pass


def hang_up(connection: socket.socket) -> None:
    connection.recv(4096)


def http(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")


def refuse(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"\x15\x03\x03\x00\x02\x02\x28")
    silent(connection)


def flood(connection: socket.socket) -> None:
    connection.recv(4096)
    while True:
        connection.sendall(b"\x15\x03\x03\x00\x02\x01\x5a" * 500)


def ssl2_flood(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"\xff\xff\x04" + bytes(100))
    while True:
        connection.sendall(bytes(4096))


@pytest.mark.parametrize("handler", [silent, hang_up, http, refuse, flood, ssl2_flood])
def test_nothing_is_concluded_from_a_server_that_plays(handler: Handler) -> None:
    with raw_server(handler) as port:
        found = look(port, endpoint_seen())
    assert found.data["connections"] <= 40
    for fact in ("resumption_psk", "client_renegotiation", "early_data", "heartbeat"):
        assert found.data[fact] is None
    verdicts = outcomes(found)
    assert set(verdicts.values()) <= {"inconclusive", "passed"}
    assert {name for name in verdicts if verdicts[name] == "passed"} <= {"tls.protocol.ssl2"}
    if handler in (silent, hang_up):
        assert verdicts["tls.protocol.ssl2"] == "inconclusive"


def test_an_endpoint_that_nothing_is_known_about_is_not_asked() -> None:
    with raw_server(hang_up) as port:
        seen = survey(port, settings=QUICK)
        found = look(port, seen)
    assert found.data["connections"] == 0
    assert set(outcomes(found).values()) == {"inconclusive"}
    assert found.evidence == ()


@contextmanager
def spoiler(real: int, at: int, spoil: Spoil) -> Iterator[int]:
    """Pass everything on, but spoil the ``at``-th record that the server sends."""

    def between(client: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", real), 5) as server:
            server.settimeout(5)
            forward = threading.Thread(target=pump, args=(client, server), daemon=True)
            forward.start()
            with suppress(OSError, EOFError):
                for number in range(200):
                    record = read_record(server)
                    if number == at:
                        changed = spoil(record)
                        if changed is None:
                            while client.recv(4096):
                                pass
                            break
                        record = changed
                    client.sendall(record)
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
            forward.join(10)

    with raw_server(between) as port:
        yield port


def pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(16384):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)


def read_record(server: socket.socket) -> bytes:
    header = read_exactly(server, 5)
    return header + read_exactly(server, int.from_bytes(header[3:]))


def read_exactly(server: socket.socket, count: int) -> bytes:
    out = b""
    while len(out) < count:
        piece = server.recv(count - len(out))
        if not piece:
            raise EOFError
        out += piece
    return out


def stall(_: bytes) -> None:
    return None


def cut(record: bytes) -> bytes:
    return record[: len(record) // 2]


def flip(record: bytes) -> bytes:
    return record[:-1] + bytes([record[-1] ^ 1])


def twice(record: bytes) -> bytes:
    return record + record


def alert(_: bytes) -> bytes:
    return b"\x15\x03\x03\x00\x02\x02\x50"


def application(record: bytes) -> bytes:
    return b"\x17\x03\x03" + vector(2, b"hello") + record


def long_message(record: bytes) -> bytes:
    return b"\x16\x03\x03" + vector(2, b"\x0b\xff\xff\xff") + record


def change_cipher(record: bytes) -> bytes:
    return b"\x14\x03\x03\x00\x01\x01" + record


SPOILS: tuple[Spoil, ...] = (
    *(stall, cut, flip, twice, alert, application, long_message, change_cipher),
)


@pytest.mark.parametrize("at", [0, 1, 2, 4])
@pytest.mark.parametrize("spoil", SPOILS)
def test_a_handshake_that_is_spoilt_at_any_record_ends(
    issued: Issued, tmp_path: Path, spoil: Spoil, at: int
) -> None:
    with openssl_server(issued, tmp_path) as real, spoiler(real, at, spoil) as port:
        found = look(port, endpoint_seen())
    assert found.data["connections"] <= 60
    assert found.data["early_data"] in (None, 0)
    outcomes(found)


def test_a_server_that_refuses_after_a_few_connections(issued: Issued, tmp_path: Path) -> None:
    left = [3]

    with openssl_server(issued, tmp_path) as real:

        def few(client: socket.socket) -> None:
            left[0] -= 1
            if left[0] >= 0:
                with socket.create_connection(("127.0.0.1", real), 5) as server:
                    server.settimeout(5)
                    thread = threading.Thread(target=pump, args=(client, server), daemon=True)
                    thread.start()
                    pump(server, client)
                    with suppress(OSError):
                        client.shutdown(socket.SHUT_RDWR)
                    thread.join(10)

        with raw_server(few) as port:
            found = look(port, endpoint_seen())
    closed = {"connection_closed", "connection_reset"}
    assert closed & set(found.data["reasons"].values())
    verdicts = outcomes(found)
    assert "inconclusive" in verdicts.values()


def test_limits_hold_for_the_whole_probe() -> None:
    settings = TlsSettings(exchange_seconds=0.2, total_seconds=0.5, connections=3)
    with raw_server(silent) as port:
        where = endpoint_at(port)
        kept = MemoryEvidence()
        (found,) = asyncio.run(
            probe_handshake(where, free_dialer(), kept, endpoint_seen(), settings)
        )
    assert found.data["connections"] <= 3
    assert {"limit_exceeded", "timed_out"} & set(found.data["reasons"].values())


def share_or_nothing(connection: socket.socket) -> None:
    """TLS 1.3 as some appliances speak it: no retry, only an answer to a key share."""
    message = connection.recv(4096)
    share = b"\x00\x33\x00\x26\x00\x24\x00\x1d\x00\x20"
    if message[:1] != b"\x16" or share not in message or b"\x13\x01" not in message[40:400]:
        connection.sendall(b"\x15\x03\x03\x00\x02\x02\x28")
    else:
        extensions = b"\x00\x2b\x00\x02\x03\x04" + b"\x00\x33\x00\x24\x00\x1d\x00\x20" + bytes(32)
        body = b"\x03\x03" + bytes(32) + b"\x00\x13\x01\x00" + vector(2, extensions)
        connection.sendall(b"\x16\x03\x03" + vector(2, b"\x02" + vector(3, body)))
    silent(connection)


def test_a_server_that_wants_a_key_share_at_once_hides_its_groups() -> None:
    with raw_server(share_or_nothing) as port:
        seen = survey(port, settings=QUICK)
    assert seen.data["protocols"]["TLS 1.3"] == "accepted"
    assert seen.data["suites"]["TLS 1.3"] == ["TLS_AES_128_GCM_SHA256"]
    assert seen.data["groups"]["TLS 1.3"] == ["x25519"]
    assert seen.data["groups_incomplete"] == {"TLS 1.3": "no_observation"}
    assert outcomes(seen)["tls.group.no_post_quantum"] == "inconclusive"
