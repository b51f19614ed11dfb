"""Servers that never come to the point before TLS: each ends in time, with the right reason."""

import asyncio
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from starttls_pretenders import context, lines_server
from starttls_probing import QUICK, seen_at, words_dialer
from tls_probing import MemoryEvidence, endpoint_at, free_dialer
from tls_servers import raw_server

from scanners.base import ProbeError
from scanners.certificate.probe import probe_certificates
from scanners.certificate.trust import TrustStores
from scanners.dialer import utc_now
from scanners.starttls.dialer import Patience, StartTlsDialer
from scanners.starttls.dialogues import DIALOGUES
from scanners.starttls.preamble import Bounds
from scanners.starttls.probe import StartTlsSettings
from scanners.tls.probe import probe_tls
from secaudit.core.network import parse_address
from secaudit.core.vocabulary import ProbeClass, Reason

HERE = parse_address("127.0.0.1")
SHORT = Patience(Bounds(seconds=0.6), total_seconds=3.0)
Handler = Callable[[socket.socket], None]


def until_gone(connection: socket.socket, content: bytes, pause: float = 0.0) -> None:
    with suppress(OSError):
        for _ in range(100_000):
            connection.sendall(content)
            if pause:
                time.sleep(pause)


def silent(connection: socket.socket) -> None:
    with suppress(OSError):
        while connection.recv(4096):
            pass


def endless_lines(connection: socket.socket) -> None:
    until_gone(connection, b"220-selamat datang\r\n" * 100)


def dripping(connection: socket.socket) -> None:
    until_gone(connection, b"2", 0.1)


def long_line(connection: socket.socket) -> None:
    with suppress(OSError):
        for _ in range(160):
            connection.sendall(b"A" * 65536)


def then_garbage(connection: socket.socket) -> None:
    connection.sendall(b"220 siap\r\n")
    connection.recv(4096)
    connection.sendall(b"250-contoh\r\n250 STARTTLS\r\n")
    connection.recv(4096)
    connection.sendall(b"220 go ahead\r\nthis is not TLS at all\r\n")
    silent(connection)


def refusing(connection: socket.socket) -> None:
    connection.sendall(b"220 siap\r\n")
    connection.recv(4096)
    connection.sendall(b"250-contoh\r\n250 STARTTLS\r\n")
    connection.recv(4096)
    connection.sendall(b"554 TLS not available\r\n")
    silent(connection)


def without(connection: socket.socket) -> None:
    connection.sendall(b"220 siap\r\n")
    connection.recv(4096)
    connection.sendall(b"250 contoh\r\n")
    silent(connection)


def busy(connection: socket.socket) -> None:
    connection.sendall(b"421 too many connections\r\n")


def closing(connection: socket.socket) -> None:
    connection.sendall(b"220 siap\r\n")
    connection.recv(4096)


def another(connection: socket.socket) -> None:
    connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
    silent(connection)


FATES = [
    (silent, Reason.TIMED_OUT, None),
    (dripping, Reason.TIMED_OUT, None),
    (endless_lines, Reason.LIMIT_EXCEEDED, None),
    (long_line, Reason.LIMIT_EXCEEDED, None),
    (refusing, Reason.TLS_REFUSED, "refused"),
    (without, Reason.NOT_OFFERED, "not_offered"),
    (busy, Reason.CONNECTION_REFUSED, "unavailable"),
    (another, Reason.PROTOCOL_MISMATCH, "wrong_protocol"),
    (closing, Reason.TLS_REFUSED, None),
]


@pytest.mark.parametrize(("handler", "reason", "refusal"), FATES)
def test_each_fate_has_its_reason(handler: Handler, reason: Reason, refusal: str | None) -> None:
    with raw_server(handler) as port:
        dialer = words_dialer("smtp", patience=SHORT)

        async def connect() -> ProbeError:
            with pytest.raises(ProbeError) as caught:
                await dialer.connect(HERE, port, ProbeClass.TLS)
            return caught.value

        assert asyncio.run(connect()).reason is reason
        kept = MemoryEvidence()
        assert dialer.keep_words(kept)
        seen = seen_at("smtp", port, settings=QUICK)
    told = Reason.CONNECTION_CLOSED if handler is closing else reason
    assert (seen["starts"], seen["reason"], seen["refusal"]) == (False, told.value, refusal)
    assert seen["injection"] == "not_tried"


@pytest.mark.parametrize(("handler", "reason"), [(fate[0], fate[1]) for fate in FATES])
def test_the_probes_of_tls_say_inconclusive_and_no_more(handler: Handler, reason: Reason) -> None:
    """No version is called refused because the words before TLS failed."""
    connections: list[int] = []

    def counted(connection: socket.socket) -> None:
        connections.append(1)
        handler(connection)

    with raw_server(counted) as port:
        endpoint = endpoint_at(port)
        dialer = StartTlsDialer(free_dialer(), DIALOGUES["smtp"], (), SHORT)

        async def survey() -> tuple[list[str], list[str]]:
            kept = MemoryEvidence()
            found = await probe_tls(endpoint, dialer, kept)
            chain = await probe_certificates(endpoint, dialer, kept, TrustStores.of(()), utc_now())
            states = list(found[0].data["protocols"].values())
            return states, [chain[0].data["problem"], *found[0].data["reasons"].values()]

        states, reasons = asyncio.run(survey())
    assert set(states) == {"inconclusive"}
    assert set(reasons) == {reason.value}
    assert len(connections) <= SHORT.strikes


def test_garbage_after_the_go_ahead_is_a_fact_and_no_tls() -> None:
    with raw_server(then_garbage) as port:
        seen = seen_at("smtp", port, settings=QUICK)
        dialer = words_dialer("smtp", patience=SHORT)
        found = asyncio.run(probe_tls(endpoint_at(port), dialer, MemoryEvidence()))
    assert seen["starts"] is True
    assert seen["leftover"] == len(b"this is not TLS at all\r\n")
    assert seen["injection"] == "inconclusive"
    assert set(found[0].data["protocols"].values()) == {"inconclusive"}
    assert "protocol_mismatch" in found[0].data["problems"]


def test_a_server_that_bans_after_some_connections_is_not_called_sound(tmp_path: Path) -> None:
    """What was not asked stays open; it is not taken for a refusal of the old versions."""
    sound = lines_server("smtp", context(tmp_path), keeps=False)
    served: list[int] = []

    def handle(connection: socket.socket) -> None:
        served.append(1)
        if len(served) > 6:
            busy(connection)
        else:
            sound(connection)

    with raw_server(handle) as port:
        found = asyncio.run(
            probe_tls(endpoint_at(port), words_dialer("smtp", patience=SHORT), MemoryEvidence())
        )
    data = found[0].data
    assert data["protocols"]["SSL 3.0"] == "inconclusive"
    assert "connection_refused" in data["problems"]


def test_the_limit_of_connections_holds(tmp_path: Path) -> None:
    most = DIALOGUES["mysql"].most
    assert most is not None
    greeting = b"10.11.6-MariaDB\0" + bytes(13) + b"\xff\xff" + bytes(30)
    packet = (1 + len(greeting)).to_bytes(3, "little") + b"\0" + b"\x0a" + greeting
    served: list[int] = []

    def handle(connection: socket.socket) -> None:
        served.append(1)
        connection.sendall(packet)
        silent(connection)

    with raw_server(handle) as port:
        dialer = words_dialer("mysql")

        async def many() -> list[Reason]:
            reasons = []
            for _ in range(most + 5):
                try:
                    stream = await dialer.connect(HERE, port, ProbeClass.TLS)
                except ProbeError as error:
                    reasons.append(error.reason)
                else:
                    await stream.close()
            return reasons

        assert asyncio.run(many()) == [Reason.LIMIT_EXCEEDED] * 5
    assert len(served) == most


IMPATIENT = StartTlsSettings(preamble=Bounds(seconds=0.15), inside_seconds=0.15)
ALL = ["ldap", "postgresql", "mysql", "rdp", "mssql", "xmpp", "imap", "pop3", "sieve", "nntp",
          "irc", "ftp", "lmtp"]  # fmt: skip


NONSENSE = [
    b"\0" * 40,
    b"\xff" * 40,
    b"0\x84\x7f\xff\xff\xff",
    b"\x03\0\xff\xff",
    b"HTTP/1.1 400 no\r\n\r\n",
    b"\x04\x01\x00\x08\0\0\0\0" * 5,
    b"\x12\x01\xff\xff\0\0\0\0",
    b"E\xff\xff\xff\xff",
]


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("content", NONSENSE)
def test_nonsense_is_another_protocol_or_a_bound(name: str, content: bytes) -> None:
    def handle(connection: socket.socket) -> None:
        connection.sendall(content)
        silent(connection)

    with raw_server(handle) as port:
        seen = seen_at(name, port, settings=IMPATIENT)
    assert seen["starts"] is False
    assert seen["reason"] in ("protocol_mismatch", "timed_out", "limit_exceeded")
    assert seen["login_in_clear"] is None


def test_a_server_that_closes_before_starttls_is_not_called_sound(tmp_path: Path) -> None:
    """The second session was never injected into: nothing is absent, and nothing proved."""
    sound = lines_server("smtp", context(tmp_path), keeps=True)
    served: list[int] = []

    def handle(connection: socket.socket) -> None:
        served.append(1)
        if len(served) == 1:
            sound(connection)

    with raw_server(handle) as port:
        seen = seen_at("smtp", port, settings=QUICK)
    assert (seen["starts"], seen["injection"]) == (True, "inconclusive")
    assert seen["injection_reason"] == "connection_closed"


def test_more_answers_than_questions_prove_nothing(tmp_path: Path) -> None:
    """A server that greets again inside TLS would look as if it had answered the injection."""
    secured = context(tmp_path)

    def handle(connection: socket.socket) -> None:
        connection.sendall(b"220 siap\r\n")
        connection.recv(4096)
        connection.sendall(b"250-contoh\r\n250 STARTTLS\r\n")
        connection.recv(4096)
        connection.sendall(b"220 go ahead\r\n")
        with suppress(OSError), secured.wrap_socket(connection, server_side=True) as inside:
            inside.sendall(b"220 siap lagi\r\n")
            inside.recv(4096)
            inside.sendall(b"221 bye\r\n")

    with raw_server(handle) as port:
        seen = seen_at("smtp", port, settings=QUICK)
    assert seen["injection"] == "inconclusive"
