"""Servers that break in the middle of a probe: nothing is proved, and nothing is acquitted."""

import asyncio
import socket
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tls_pki import NAME, Issued, Wish, issue, rsa_key
from tls_probing import MemoryEvidence, endpoint_at, outcomes, survey
from tls_servers import free_port, raw_server
from weak_probing import HASTY, look
from weak_servers import Bleeding, breaking, weak_server

from scanners.base import ProbeError
from scanners.tls.hello import client_hello, hello_record
from scanners.tls.limits import TlsSettings
from scanners.tls.session import session_offer
from scanners.tls.version import Protocol
from scanners.weakness.probe import probe_weaknesses
from scanners.weakness.settings import WeaknessSettings
from secaudit.core.network import Address
from secaudit.core.observation import Observation
from secaudit.core.vocabulary import ProbeClass, Reason

TICKETS = {"ticketKeys": [bytearray(32)], "ticket_count": 1}
REASONS = {
    "reset": "connection_reset",
    "silent": "timed_out",
    "garbage": "malformed_answer",
    "nonsense": "malformed_answer",
}
UNDER_KEYS = ("poodle_tls", "padding_oracle")
ALL = ("heartbleed", "ccs_injection", "robot", "ticketbleed", *UNDER_KEYS)


@pytest.fixture(scope="module")
def issued() -> Issued:
    return issue(wish=Wish(key=rsa_key()))


@pytest.mark.parametrize("how", REASONS)
def test_a_server_that_breaks_after_its_hello_is_inconclusive(issued: Issued, how: str) -> None:
    with weak_server(issued, breaking(how), **TICKETS) as port:
        seen = look(port, NAME, settings=HASTY)

    found = seen.observation.data["weaknesses"]
    assert {found[name]["state"] for name in ALL} == {"inconclusive"}
    assert {found[name]["reason"] for name in ALL} == {REASONS[how]}
    judged = outcomes(seen.survey, seen.observation)
    assert judged["tls.heartbleed"] == judged["tls.robot"] == "inconclusive"
    assert judged["tls.poodle_tls"] == judged["tls.ticketbleed"] == "inconclusive"


@pytest.mark.parametrize("how", REASONS)
def test_a_server_that_breaks_after_the_handshake_too(issued: Issued, how: str) -> None:
    with weak_server(issued, breaking(how, after_handshake=True)) as port:
        seen = look(port, NAME, settings=HASTY)

    found = seen.observation.data["weaknesses"]
    assert {found[name]["state"] for name in UNDER_KEYS} == {"inconclusive"}
    assert {found[name]["reason"] for name in UNDER_KEYS} == {REASONS[how]}
    assert not seen.in_state("proved") & set(ALL)
    assert seen.state("robot") == "absent"


def silent(connection: socket.socket) -> None:
    while connection.recv(4096):
        pass


def reset(connection: socket.socket) -> None:
    at_once = b"\x01\x00\x00\x00\x00\x00\x00\x00"
    connection.recv(4096)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)


def endless_heartbeats(connection: socket.socket) -> None:
    connection.recv(4096)
    while True:
        connection.sendall(b"\x18\x03\x03\x40\x00" + b"\x02\x3f\xff" + bytes(0x3FFD))


def another_protocol(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"SSH-2.0-OpenSSH_9.2p1\r\n")


@pytest.mark.parametrize("handler", [silent, reset, endless_heartbeats, another_protocol])
def test_a_server_that_changed_since_the_survey(
    issued: Issued, handler: Callable[[socket.socket], None]
) -> None:
    with weak_server(issued, **TICKETS) as port:
        before = survey(port, NAME)
    with raw_server(handler) as port:
        seen = look(port, NAME, settings=HASTY, before=before)

    assert seen.in_state("inconclusive") >= set(ALL)
    assert not seen.in_state("proved") & set(ALL)


def test_a_server_that_is_gone(issued: Issued) -> None:
    with weak_server(issued) as port:
        before = survey(port, NAME)
    seen = look(free_port(), NAME, settings=HASTY, before=before)

    found = seen.observation.data["weaknesses"]
    assert {found[name]["reason"] for name in ALL} == {"connection_refused"}


class Scripted:
    """A stream that says one thing whatever it hears, and a dialer that opens nothing else."""

    def __init__(self, said: bytes) -> None:
        self._said = said
        self._left = said

    async def connect(self, address: Address, port: int, probe_class: ProbeClass) -> "Scripted":
        return Scripted(self._said)

    async def send(self, content: bytes) -> None:
        pass

    async def receive(self, limit: int, timeout: float | None = None) -> bytes:
        piece, self._left = self._left[:limit], self._left[limit:]
        return piece

    async def receive_exactly(self, count: int, timeout: float | None = None) -> bytes:
        piece = await self.receive(count)
        if len(piece) < count:
            raise ProbeError(Reason.CONNECTION_CLOSED)
        return piece

    async def close(self) -> None:
        pass

    async def __aenter__(self) -> "Scripted":
        return self

    async def __aexit__(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def flight(issued: Issued) -> tuple[Observation, bytes]:
    """A survey, and the flight of the real server that it is about."""
    with weak_server(issued, Bleeding, cipherNames=["aes128"], macNames=["sha"]) as port:
        before = survey(port, NAME)
        with socket.create_connection(("127.0.0.1", port), 5) as client:
            offer = session_offer(Protocol.TLS1_2, NAME, (0x002F,))
            client.sendall(hello_record(client_hello(offer), Protocol.TLS1_2))
            return before, client.recv(65536)


def probe(before: Observation, said: bytes) -> dict[str, str]:
    quick = WeaknessSettings(TlsSettings(exchange_seconds=0.2, lanes=1), pause_seconds=0.1)
    kept = MemoryEvidence()
    endpoint = endpoint_at(1, NAME)
    seen = asyncio.run(probe_weaknesses(endpoint, Scripted(said), kept, [before], quick))
    found = seen[0].data["weaknesses"]
    return {name: found[name]["state"] for name in found}


@settings(max_examples=150, suppress_health_check=list(HealthCheck), deadline=None)
@given(data=st.data())
def test_no_bytes_break_the_probe_or_prove_what_needs_two_answers(
    flight: tuple[Observation, bytes], data: st.DataObject
) -> None:
    before, said = flight
    broken = bytearray(said[: data.draw(st.integers(0, len(said)))])
    for place, value in data.draw(
        st.lists(st.tuples(st.integers(0, len(said)), st.integers(0, 255)), max_size=6)
    ):
        if place < len(broken):
            broken[place] = value
    broken += data.draw(st.binary(max_size=40))
    states = probe(before, bytes(broken))

    assert set(states.values()) <= {"proved", "absent", "inconclusive"}
    for name in ("robot", "padding_oracle", "poodle_tls", "renegotiation", "ticketbleed"):
        assert states[name] != "proved"
    assert probe(before, data.draw(st.binary(max_size=200)))["ccs_injection"] != "proved"
