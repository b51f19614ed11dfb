"""What is spoken inside TLS is heard in whatever pieces it comes, and no flood is waited out."""

import asyncio
import socket
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from tls_pki import issue
from tls_probing import free_dialer
from tls_servers import python_server, raw_server, server_context

from scanners.base import ProbeError
from scanners.network.services.inside_tls import TlsStream
from secaudit.core.network import parse_address
from secaudit.core.vocabulary import ProbeClass, Reason

SEGMENT = 7


async def shaken_hands(port: int, seconds: float) -> bool:
    address = parse_address("127.0.0.1")
    async with await free_dialer().connect(address, port, ProbeClass.TLS) as plain:
        await TlsStream.over(plain, None, seconds)
        return True


def test_segments_of_seven_bytes_are_no_flood(tmp_path: Path) -> None:
    def relay(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with socket.create_connection(("127.0.0.1", behind), 10) as server:

            def forward() -> None:
                with suppress(OSError):
                    while content := connection.recv(4096):
                        server.sendall(content)

            threading.Thread(target=forward, daemon=True).start()
            while content := server.recv(4096):
                for start in range(0, len(content), SEGMENT):
                    connection.sendall(content[start : start + SEGMENT])

    with (
        python_server(server_context(issue(), tmp_path)) as behind,
        raw_server(relay) as port,
    ):
        assert asyncio.run(shaken_hands(port, 5.0))


def test_an_endless_handshake_ends_at_its_bound() -> None:
    def flood(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(b"\x16\x03\x03\x40\x00\x02\x00\xff\xff" + bytes(2**14 - 4))
        while True:
            connection.sendall(b"\x16\x03\x03\x00\x01\x00")

    with raw_server(flood) as port, pytest.raises(ProbeError) as caught:
        asyncio.run(shaken_hands(port, 0.5))
    assert caught.value.reason in (Reason.LIMIT_EXCEEDED, Reason.PROTOCOL_MISMATCH)


def test_a_drip_ends_when_patience_does() -> None:
    def drip(connection: socket.socket) -> None:
        connection.recv(4096)
        pause = threading.Event()
        for byte in b"\x16\x03\x03\x40\x00" + bytes(2**14):
            connection.sendall(bytes([byte]))
            pause.wait(0.05)

    with raw_server(drip) as port, pytest.raises(ProbeError) as caught:
        asyncio.run(shaken_hands(port, 0.2))
    assert caught.value.reason in (Reason.LIMIT_EXCEEDED, Reason.TIMED_OUT)
