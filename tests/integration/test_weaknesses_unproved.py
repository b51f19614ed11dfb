"""Servers that refuse everybody at some stage: their refusals acquit of nothing."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from tls_pki import NAME, Issued, Wish, issue, rsa_key
from tls_probing import outcomes, survey
from tls_servers import openssl_server, raw_server
from weak_probing import HASTY, look
from weak_servers import BaseTLSException, Sound, prepared, weak_server

RSA_ALONE = {"keyExchangeNames": ["rsa"], "cipherNames": ["aes128"], "minVersion": (3, 3)}
HANDSHAKE_FAILURE = 40


@pytest.fixture(scope="module")
def issued() -> Issued:
    return issue(wish=Wish(key=rsa_key()))


class Demanding(Sound):  # type: ignore[misc]
    """Goes on only with a client certificate."""

    def _getMsg(self, *expected: Any) -> Iterator[Any]:  # noqa: N802
        for message in super()._getMsg(*expected):
            if type(message).__name__ == "Certificate" and not message.cert_chain:
                yield from self._sendError(HANDSHAKE_FAILURE)
            yield message


class HangingUp(Sound):  # type: ignore[misc]
    """Closes without a word where something is wrong."""

    def _sendError(self, *_: Any) -> Iterator[Any]:  # noqa: N802
        self.sock.shutdown(socket.SHUT_WR)
        with suppress(OSError):
            while self.sock.recv(4096):
                pass
        raise ConnectionAbortedError
        yield 0


@contextmanager
def serving(
    issued: Issued, flaw: type, after: Callable[[Any], None], **handshake: Any
) -> Iterator[int]:
    oracle = handshake.pop("oracle", "")

    def serve(connection: socket.socket) -> None:
        server, arguments = prepared(connection, issued, flaw, oracle=oracle, **RSA_ALONE)
        with suppress(BaseTLSException):
            server.handshakeServer(**arguments, **handshake)
            after(server)

    with raw_server(serve) as port:
        yield port


def read_on(server: Any) -> None:
    while server.read(max=256):
        pass


def leave(server: Any) -> None:
    server.sock.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize("oracle", ["", "alert"])
def test_a_demanded_client_certificate_hides_robot(issued: Issued, oracle: str) -> None:
    with serving(issued, Demanding, read_on, reqCert=True, oracle=oracle) as port:
        seen = look(port, NAME)
        found = seen.observation.data["weaknesses"]
    for name in ("robot", "padding_oracle", "poodle_tls"):
        assert (found[name]["state"], found[name]["reason"]) == (
            "inconclusive",
            "client_certificate",
        ), name
    assert found["robot"]["why"] == "client_certificate"
    judged = outcomes(seen.survey, seen.observation)
    assert judged["tls.robot"] == "inconclusive"
    assert found["ccs_injection"]["state"] == "absent"


def test_openssl_that_demands_a_client_certificate(issued: Issued, tmp_path: Path) -> None:
    with openssl_server(issued, tmp_path, "-Verify", "1", "-tls1_2", "-cipher", "RSA") as port:
        found = look(port, NAME).observation.data["weaknesses"]
    assert found["robot"]["reason"] == found["poodle_tls"]["reason"] == "client_certificate"
    assert found["ccs_injection"]["state"] == found["heartbleed"]["state"] == "absent"


def test_a_close_without_a_word_acquits_where_a_handshake_goes_through(issued: Issued) -> None:
    with serving(issued, HangingUp, read_on) as port:
        seen = look(port, NAME)
    for name in ("robot", "ccs_injection", "padding_oracle", "poodle_tls"):
        assert seen.state(name) == "absent", name


def test_a_server_that_leaves_after_each_handshake_refuses_no_record(issued: Issued) -> None:
    with serving(issued, Sound, leave) as port:
        found = look(port, NAME).observation.data["weaknesses"]
    for name in ("padding_oracle", "poodle_tls"):
        assert found[name]["state"] == "inconclusive"
        assert (found[name]["why"], found[name]["reason"]) == (
            "hangs_up_anyway",
            "connection_closed",
        )


def closes_after_its_flight(connection: socket.socket, issued: Issued) -> None:
    """The whole flight, and then nothing more, whatever comes."""

    class Flight(Sound):  # type: ignore[misc]
        def _getMsg(self, expected: Any, secondary: Any = None, *rest: Any) -> Iterator[Any]:  # noqa: N802
            if secondary == 16:  # client_key_exchange
                self.sock.shutdown(socket.SHUT_WR)
                with suppress(OSError):
                    while self.sock.recv(4096):
                        pass
                raise ConnectionAbortedError
            yield from super()._getMsg(expected, secondary, *rest)

    server, arguments = prepared(connection, issued, Flight, **RSA_ALONE)
    with suppress(BaseTLSException):
        server.handshakeServer(**arguments)


def test_a_server_that_closes_after_its_flight_acquits_of_nothing(issued: Issued) -> None:
    with weak_server(issued, Sound, **RSA_ALONE) as port:
        before = survey(port, NAME)
    with raw_server(lambda connection: closes_after_its_flight(connection, issued)) as port:
        found = look(port, NAME, before=before, settings=HASTY).observation.data["weaknesses"]
    for name in ("robot", "ccs_injection", "padding_oracle", "poodle_tls"):
        assert found[name]["state"] == "inconclusive", name
        assert found[name]["reason"] in ("connection_closed", "connection_reset")


@pytest.mark.parametrize("how", ["closed", "reset", "flood"])
def test_a_hello_without_the_rest_of_its_flight_is_judged_alike_when_read_again(
    issued: Issued, how: str
) -> None:
    body = b"\x03\x03" + bytes(32) + b"\x00" + b"\xc0\x2f" + b"\x00"
    message = b"\x02" + len(body).to_bytes(3) + body
    hello = b"\x16\x03\x03" + len(message).to_bytes(2) + message

    def half(connection: socket.socket) -> None:
        connection.recv(8192)
        connection.sendall(hello)
        if how == "reset":
            at_once = b"\x01\x00\x00\x00\x00\x00\x00\x00"
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        while how == "flood":
            connection.sendall(b"\x16\x03\x03\x40\x00" + bytes(2**14))

    with raw_server(half) as port:
        seen = look(port, NAME, settings=HASTY)  # reads its own evidence again
    for name in ("heartbleed", "ccs_injection", "crime", "ticketbleed"):
        assert seen.state(name) == "inconclusive"
