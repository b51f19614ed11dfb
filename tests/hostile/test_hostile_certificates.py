"""Servers that send too much beside a chain, or the wrong thing: bounded, and said by its name."""

import socket
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from tls_pki import NAME, Wish, authority, issue, pem
from tls_probing import QUICK, chains, judged
from tls_servers import raw_server
from tls_status import MUST_STAPLE, vector

from scanners.certificate.fetch import SentChain
from scanners.certificate.probe import sent_data
from scanners.certificate.sct import parse_list
from scanners.certificate.trust import TrustStores
from scanners.tls.wire import MalformedError
from secaudit.core.observation import Observation

ROOT = authority("Akar Kota Contoh")
LEAF = issue(ROOT, Wish(extra=(MUST_STAPLE,)))
DER = LEAF.certificate.public_bytes(Encoding.DER)
STATUS_REQUEST = b"\x00\x05\x00\x00"


def records(content: bytes) -> bytes:
    pieces = [content[at : at + 2**14] for at in range(0, len(content), 2**14)]
    return b"".join(b"\x16\x03\x03" + vector(2, piece) for piece in pieces)


def message(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + vector(3, body)


def hello(extensions: bytes = STATUS_REQUEST) -> bytes:
    body = b"\x03\x03" + bytes(32) + b"\x00" + b"\xc0\x2b" + b"\x00"
    return message(2, body + (vector(2, extensions) if extensions else b""))


def certificates(*ders: bytes) -> bytes:
    return message(11, vector(3, b"".join(vector(3, der) for der in ders)))


def status(response: bytes, kind: int = 1) -> bytes:
    return message(22, bytes([kind]) + vector(3, response))


DONE = message(14, b"")


def answering(*flight: bytes) -> Callable[[socket.socket], None]:
    def serve(connection: socket.socket) -> None:
        connection.recv(8192)
        connection.sendall(records(b"".join(flight)))
        while connection.recv(8192):
            pass

    return serve


def seen(*flight: bytes) -> Observation:
    with raw_server(answering(*flight)) as port:
        found = chains(port, NAME, roots=(pem(ROOT),), settings=QUICK)
    return found[1]


def outcome(observation: Observation, check: str) -> str:
    return judged(observation)[f"cert.{check}"].outcome.value


@pytest.mark.parametrize(
    "response",
    [
        b"",
        b"\x00" * 1000,
        b"\x30\x80" * 10_000,
        b"\x30\x84\xff\xff\xff\xff",
        bytes(50_000),
        b"\x30\x03\x0a\x01\x63",
    ],
)
def test_garbage_for_a_staple_costs_nobody_the_chain(response: bytes) -> None:
    observation = seen(hello(), certificates(DER), status(response), DONE)
    assert observation.data["verification"]["workspace"]["trusted"]
    assert outcome(observation, "ocsp_invalid") == "failed"
    assert outcome(observation, "expired") == "passed"


@pytest.mark.parametrize(
    ("flight", "reason"),
    [
        ((status(bytes(5 * 2**20)), DONE), "limit_exceeded"),
        ((status(b"", kind=2), DONE), "malformed_answer"),
        ((message(22, b"\x01\x00\xff\xff"), DONE), "malformed_answer"),
        ((message(22, b""), DONE), "malformed_answer"),
        ((b"\x16\x00\x10",), "timed_out"),
    ],
)
def test_a_staple_that_is_too_long_or_never_comes(flight: tuple[bytes, ...], reason: str) -> None:
    observation = seen(hello(), certificates(DER), *flight)
    assert len(observation.data["chain"]) == 1
    assert observation.data["staple_problem"] == reason
    expected = "failed" if reason == "malformed_answer" else "inconclusive"
    assert outcome(observation, "ocsp_invalid") == expected
    assert outcome(observation, "must_staple") == "inconclusive"


def test_ten_megabytes_of_certificates_and_a_chain_without_end() -> None:
    observation = seen(hello(), certificates(*[DER] * (10 * 2**20 // len(DER))), DONE)
    assert observation.data["problem"] == "limit_exceeded"
    assert outcome(observation, "revoked") == "inconclusive"
    many = seen(hello(), certificates(*[DER] * 100), DONE)
    assert many.data["length"] == 100
    assert len(many.data["chain"]) == 50


@pytest.mark.parametrize(
    "content", [b"", b"\x00", b"\xff\xff", b"\x00\x05\x00\x09abc", bytes(60_000)]
)
def test_a_list_of_scts_of_wrong_lengths(content: bytes) -> None:
    extension = STATUS_REQUEST + b"\x00\x12" + vector(2, content)
    observation = seen(hello(extension), certificates(DER), DONE)
    assert observation.data["sct_problems"][0]["source"] == "tls"
    assert outcome(observation, "ct_invalid") == "failed"
    with pytest.raises(MalformedError):
        parse_list(content)


def test_a_thousand_scts_are_not_all_looked_at() -> None:
    one = b"\x00" + bytes(32) + bytes(8) + b"\x00\x00" + b"\x04\x03" + vector(2, bytes(8))
    content = vector(2, vector(2, one) * 1000)
    sent = SentChain((DER,), asked_status=True, timestamps=content)
    data = sent_data(sent, TrustStores.of((pem(ROOT),)), LEAF.certificate.not_valid_before_utc)
    assert len(data["scts"]) == 50
