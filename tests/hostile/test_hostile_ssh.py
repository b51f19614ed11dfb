"""SSH servers that stall, flood and lie: the probe ends within its limits and says what it met."""

import os
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest
from ssh_probing import QUICK, failures, judged_ssh, ssh_outcomes, survey_ssh
from tls_servers import free_port, raw_server

from scanners.ssh.exchange import GEX_GROUP, INIT, REPLY
from scanners.ssh.kexinit import make_kexinit
from scanners.ssh.transport import DEBUG, DISCONNECT, IGNORE, packet
from scanners.ssh.wire import mpint, string, uint32

Handler = Callable[[socket.socket], None]
LINE = b"SSH-2.0-OpenSSH_9.2p1 Uji-1\r\n"
GEX = "diffie-hellman-group-exchange-sha256"


def until_closed(connection: socket.socket) -> None:
    """Read until the probe hangs up: a close on unread bytes would be a reset."""
    while connection.recv(4096):
        pass


def offer(
    kex: str = "curve25519-sha256", key: str = "ssh-ed25519", cipher: str = "aes128-ctr"
) -> bytes:
    mac = ("hmac-sha2-256-etm@openssh.com",)
    rest = ((cipher,), (cipher,), mac, mac, ("none",), ("none",))
    return make_kexinit((tuple(kex.split(",")), tuple(key.split(",")), *rest)).payload


def saying(*pieces: bytes) -> Handler:
    """Send these at once, and then nothing."""

    def handle(connection: socket.socket) -> None:
        connection.sendall(b"".join(pieces))
        until_closed(connection)

    return handle


def silent(connection: socket.socket) -> None:
    until_closed(connection)


def hang_up(connection: socket.socket) -> None:
    connection.recv(4096)


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


def reset_later(connection: socket.socket) -> None:
    connection.sendall(LINE + packet(offer())[:20])
    connection.recv(4096)
    reset(connection)


def drip(connection: socket.socket) -> None:
    for byte in LINE + packet(offer()):
        connection.sendall(bytes([byte]))
        time.sleep(0.05)


def endless_lines(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"Selamat datang\r\n" * 100)


def endless_line(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"A" * 4096)


def endless_ignores(connection: socket.socket) -> None:
    connection.sendall(LINE)
    while True:
        connection.sendall(packet(bytes([IGNORE]) + string(b"")) * 100)


def http(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")


def tls(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"\x15\x03\x01\x00\x02\x02\x46")
    until_closed(connection)


def greeting_of_mail(connection: socket.socket) -> None:
    connection.sendall(b"220 surat.kota-contoh.example ESMTP\r\n")
    until_closed(connection)


def long_packet(connection: socket.socket) -> None:
    connection.sendall(LINE + b"\x7f\xff\xff\xff\x04" + bytes(1000))
    until_closed(connection)


HUGE_NAMES = uint32(60_000) + b"a," * 30_000
WRONG_LENGTHS = {
    "empty": packet(b"\x14"),
    "list beyond the end": packet(b"\x14" + bytes(16) + uint32(2**31) + b"x"),
    "too many names": packet(b"\x14" + bytes(16) + HUGE_NAMES),
    "not printable": packet(b"\x14" + bytes(16) + string(b"a\x1b[2J") + bytes(50)),
    "a long name": packet(b"\x14" + bytes(16) + string(b"a" * 65) + bytes(50)),
    "bytes left over": packet(offer() + b"\x00"),
    "all padding": b"\x00\x00\x00\x0c\xff" + bytes(11),
    "another message": packet(b"\x15"),
    "too short": b"\x00\x00\x00\x01\x00" + bytes(8),
}

OUTCOMES: dict[str, tuple[Handler, str]] = {
    "silent": (silent, "timed_out"),
    "hangs up": (hang_up, "connection_closed"),
    "resets": (reset, "connection_reset"),
    "resets later": (reset_later, "connection_reset"),
    "drips": (drip, "timed_out"),
    "endless lines": (endless_lines, "protocol_mismatch"),
    "endless line": (endless_line, "protocol_mismatch"),
    "endless ignores": (endless_ignores, "limit_exceeded"),
    "HTTP": (http, "protocol_mismatch"),
    "TLS": (tls, "protocol_mismatch"),
    "mail": (greeting_of_mail, "protocol_mismatch"),
    "long packet": (long_packet, "malformed_answer"),
    "only a line": (saying(LINE), "timed_out"),
    "disconnects": (saying(LINE, packet(bytes([DISCONNECT]) + uint32(2))), "connection_closed"),
    **{
        name: (saying(LINE, content), "malformed_answer") for name, content in WRONG_LENGTHS.items()
    },
}


@pytest.mark.parametrize("name", OUTCOMES)
def test_each_ends_in_time_with_its_reason_and_no_verdict(name: str) -> None:
    handler, reason = OUTCOMES[name]
    with raw_server(handler) as port:
        seen = survey_ssh(port, QUICK)
    assert seen.data["reason"] == reason
    assert seen.data["connections"] == 1
    assert set(ssh_outcomes(seen).values()) <= {"inconclusive", "passed", "not_applicable"}
    assert {
        outcome
        for check, outcome in ssh_outcomes(seen).items()
        if check not in ("ssh.protocol.v1", "ssh.software.known_flaw")
    } == {"inconclusive"}


def test_a_closed_port() -> None:
    assert survey_ssh(free_port(), QUICK).data["reason"] == "connection_refused"


def after_offer(kex: str, *answers: bytes, key: str = "ssh-ed25519") -> Handler:
    """Offer, wait for the client's share, and answer it with these messages."""

    def handle(connection: socket.socket) -> None:
        connection.sendall(LINE + packet(offer(kex, key)))
        with connection.makefile("rb") as said:
            said.readline()
            for _ in ("offer", "share"):
                said.read(int.from_bytes(said.read(4)))
        with suppress(BrokenPipeError, ConnectionResetError):
            for answer in answers:
                connection.sendall(packet(answer))
                time.sleep(0.02)
            until_closed(connection)

    return handle


def reply(blob: bytes, public: bytes = bytes(32), signature: bytes = b"") -> bytes:
    return bytes([REPLY]) + string(blob) + string(public) + string(signature)


EDWARDS = string(b"ssh-ed25519") + string(os.urandom(32))
RSA_HUGE = string(b"ssh-rsa") + mpint(65537) + mpint(1 << 20_000)
RSA_EVEN = string(b"ssh-rsa") + mpint(2) + mpint(1 << 2047)
NEGATIVE = string(b"ssh-rsa") + string(b"\xff") + string(b"\xff" * 200)
CERTIFICATE = string(b"ssh-ed25519-cert-v01@openssh.com") + string(b"n") + string(bytes(32))
BASE_POINT = b"\x09" + bytes(31)
LIES: dict[str, bytes] = {
    "no key": reply(b""),
    "a key of no kind": reply(string(b"uji") + string(b"x")),
    "zero share": reply(EDWARDS),
    "a short share": reply(EDWARDS, b"x"),
    "a huge RSA key": reply(RSA_HUGE),
    "negative numbers": reply(NEGATIVE),
    "half a certificate": reply(CERTIFICATE + bytes(12)),
    "a point off the curve": reply(
        string(b"ecdsa-sha2-nistp256") + string(b"nistp256") + string(b"\x04" + bytes(64))
    ),
    "a truncated reply": reply(EDWARDS)[:20],
    "another message": b"\x15",
    "a signature of no form": reply(EDWARDS, BASE_POINT, b"\xff\xff\xff\xff"),
}


@pytest.mark.parametrize("name", LIES)
def test_lies_in_the_key_exchange_lose_the_key_and_nothing_else(name: str) -> None:
    with raw_server(after_offer("curve25519-sha256", LIES[name])) as port:
        seen = survey_ssh(port, QUICK)
    assert seen.data["algorithms"]["kex"] == ["curve25519-sha256"]
    assert seen.data["host_keys"] == []
    assert seen.data["connections"] <= 3
    judgement = ssh_outcomes(seen)
    assert judgement["ssh.host_key.unproven"] == "inconclusive"
    assert judgement["ssh.cipher.cbc"] == "passed"


def test_a_wrong_signature_is_a_finding() -> None:
    signature = string(b"ssh-ed25519") + string(bytes(64))
    with raw_server(
        after_offer("curve25519-sha256", reply(EDWARDS, BASE_POINT, signature))
    ) as port:
        seen = survey_ssh(port, QUICK)
    assert [item["signature"] for item in seen.data["host_keys"]] == ["invalid"]
    assert "ssh.host_key.unproven" in failures(seen)


def test_a_key_that_nobody_can_check_is_not_called_wrong() -> None:
    signature = string(b"rsa-sha2-256") + string(bytes(256))
    answer = reply(RSA_EVEN, BASE_POINT, signature)
    with raw_server(after_offer("curve25519-sha256", answer, key="rsa-sha2-256")) as port:
        seen = survey_ssh(port, QUICK)
    assert [item["signature"] for item in seen.data["host_keys"]] == ["not_checked"]
    assert ssh_outcomes(seen)["ssh.host_key.unproven"] == "inconclusive"


GROUPS: dict[str, bytes] = {
    "zero": mpint(0) + mpint(2),
    "even": mpint(1 << 2047) + mpint(2),
    "huge": mpint((1 << 20_000) + 1) + mpint(2),
    "generator one": mpint((1 << 2047) + 1) + mpint(1),
    "truncated": b"\x00\x00\x01\x00abc",
}


@pytest.mark.parametrize("name", GROUPS)
def test_groups_that_are_none_leave_the_modulus_undecided(name: str) -> None:
    answer = bytes([GEX_GROUP]) + GROUPS[name]
    with raw_server(after_offer(GEX, answer)) as port:
        seen = survey_ssh(port, QUICK)
    assert seen.data["group_exchange"]["reason"] == "malformed_answer"
    assert ssh_outcomes(seen)["ssh.kex.small_modulus"] == "inconclusive"


def test_a_server_that_refuses_a_small_group_is_asked_for_its_key_otherwise() -> None:
    """The second connection runs another key exchange; three are never exceeded."""
    with raw_server(after_offer(f"{GEX},curve25519-sha256")) as port:
        seen = survey_ssh(port, replace(QUICK, connection_seconds=0.4))
    assert seen.data["connections"] in (2, 3)
    assert seen.data["group_exchange"]["reason"] == "timed_out"


def test_a_server_that_waits_for_our_offer_gets_one() -> None:
    def shy(connection: socket.socket) -> None:
        connection.sendall(LINE)
        held = b""
        while len(held) < 200:
            held += connection.recv(4096)
        connection.sendall(packet(bytes([DEBUG]) + b"\x00" + string(b"hai") + string(b"")))
        connection.sendall(packet(offer(cipher="3des-cbc")))
        until_closed(connection)

    with raw_server(shy) as port:
        seen = survey_ssh(port, QUICK)
    assert seen.data["algorithms"]["cipher_in"] == ["3des-cbc"]
    assert {"ssh.cipher.cbc", "ssh.kex.terrapin"} <= failures(seen)


def test_lines_before_the_identification_and_names_that_paint_the_terminal() -> None:
    line = b"SSH-2.0-\x1b[2Jjahat \xe2\x80\xaekomentar\r\n"
    with raw_server(saying(b"Halo\r\n" * 3, line, packet(offer()))) as port:
        seen = survey_ssh(port, QUICK)
    told = seen.data["identification"]
    assert told["preceded_by"] == 3
    assert "\x1b" not in "".join(map(str, told.values()))
    assert "\u202e" not in told["comment"]


def old_packet(kind: int, body: bytes) -> bytes:
    content = bytes([kind]) + body + bytes(4)
    return uint32(len(content)) + bytes(8 - len(content) % 8) + content


def old_key(bits: int) -> bytes:
    return uint32(bits) + b"\x00\x11\x01\x00\x01" + bits.to_bytes(2) + b"\xff" * (bits // 8)


OLD_OFFER = bytes(8) + old_key(768) + old_key(1024) + bytes(4) + uint32(0b1001) + uint32(12)


@pytest.mark.parametrize("version", [b"1.99", b"1.5"])
def test_protocol_1_is_proved_by_its_first_packet(version: bytes) -> None:
    def both(connection: socket.socket) -> None:
        connection.sendall(b"SSH-" + version + b"-lama\n")
        asked = connection.recv(4096)
        if asked.startswith(b"SSH-1.5"):
            connection.sendall(old_packet(2, OLD_OFFER))
        elif version == b"1.99":
            connection.sendall(packet(offer()))
        until_closed(connection)

    with raw_server(both) as port:
        seen = survey_ssh(port, QUICK)
    assert seen.data["protocol_1"] == "accepted"
    assert seen.data["protocol_1_offer"] == {
        "host_key_bits": 1024,
        "server_key_bits": 768,
        "ciphers": ["none", "3des"],
    }
    judgement = judged_ssh(seen)
    assert judgement["ssh.protocol.v1"].outcome == "failed"
    assert judgement["ssh.protocol.v1"].details["bits"] == 1024
    alone = version == b"1.5"
    assert (judgement["ssh.cipher.cbc"].outcome == "not_applicable") == alone


@pytest.mark.parametrize("answer", [b"", bytes(64), old_packet(3, OLD_OFFER), b"\x00\x00\x00\x09"])
def test_what_only_says_1_99_is_not_called_proved(answer: bytes) -> None:
    def boast(connection: socket.socket) -> None:
        connection.sendall(b"SSH-1.99-lama\n")
        asked = connection.recv(4096)
        connection.sendall(answer if asked.startswith(b"SSH-1.5") else packet(offer()))
        until_closed(connection)

    with raw_server(boast) as port:
        seen = survey_ssh(port, QUICK)
    assert ssh_outcomes(seen)["ssh.protocol.v1"] == "inconclusive"


def test_bytes_of_the_client_never_ask_for_authentication() -> None:
    """What we send: a line, KEXINIT (20) and the first message of a key exchange (30)."""
    sent = bytearray()

    def listen(connection: socket.socket) -> None:
        connection.sendall(LINE + packet(offer()))
        with suppress(TimeoutError):
            connection.settimeout(1)
            while piece := connection.recv(4096):
                sent.extend(piece)

    with raw_server(listen) as port:
        survey_ssh(port, replace(QUICK, connections=1))
    line, _, rest = bytes(sent).partition(b"\r\n")
    assert line == b"SSH-2.0-secaudit"
    kinds = []
    while rest:
        size = int.from_bytes(rest[:4])
        kinds.append(rest[5])
        rest = rest[4 + size :]
    assert kinds == [20, INIT]
