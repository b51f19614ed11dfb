"""Web servers that stall, flood and lie: each ends within its limit, with the right outcome."""

import socket
import time
from pathlib import Path

import pytest
from tls_pki import NAME, Issued, issue
from tls_servers import Handler, raw_server, server_context
from web_probing import HASTY, answered, following_dialer, outcomes_of, page

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


@pytest.fixture(scope="module")
def issued() -> Issued:
    return issue()


def saying(*pieces: bytes, pause: float = 0.0, times: int = 1) -> Handler:
    """Hear the request, say the pieces so many times, and hang up."""

    def handle(connection: socket.socket) -> None:
        connection.recv(4096)
        for _ in range(times):
            for piece in pieces:
                connection.sendall(piece)
                if pause:
                    time.sleep(pause)

    return handle


def silent(connection: socket.socket) -> None:
    while connection.recv(4096):
        pass


def reset(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


@pytest.mark.parametrize(
    ("handler", "problem"),
    [
        (silent, "timed_out"),
        (reset, "connection_reset"),
        (saying(), "connection_closed"),
        (saying(b"SSH-2.0-OpenSSH_9.2\r\n"), "protocol_mismatch"),
        (saying(b"\0" * 4096), "protocol_mismatch"),
        (saying(b"HTTP/1.1 OK\r\n\r\n"), "malformed_answer"),
        (saying(b"HTTP/1.1 999 Ya\r\n\r\n"), "malformed_answer"),
        (saying(b"HTTP/1.1 200 OK\r\nServer: x"), "malformed_answer"),
        (saying(OK, b"X: " + b"a" * 1024 * 1024, times=10), "limit_exceeded"),
        (saying(OK + b"X: y\r\n" * 100_000), "limit_exceeded"),
        (saying(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000), "limit_exceeded"),
        (saying(b"H", pause=0.3, times=40), "protocol_mismatch"),
        (saying(*(bytes([byte]) for byte in OK), pause=0.2), "timed_out"),
    ],
)
@pytest.mark.parametrize("tls", [False, True])
def test_without_a_whole_head_nothing_is_judged(
    issued: Issued, tmp_path: Path, handler: Handler, problem: str, *, tls: bool
) -> None:
    context = server_context(issued, tmp_path)

    def secured(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as inside:
            handler(inside)

    with raw_server(secured if tls else handler) as port:
        found, _ = answered(port, NAME, tls=tls, bounds=HASTY)
    data = found[0].data
    assert (data["status"], data["hsts_max_age"]) == (None, None)
    if not (tls and handler is reset):
        assert data["problem"] == problem
    outcomes = outcomes_of(*found)
    assert outcomes == ({"http.hsts.missing": "inconclusive"} if tls else {})


@pytest.mark.parametrize(
    ("body", "problem", "length", "complete"),
    [
        (b"Content-Length: 5\r\n\r\nhalo!", None, 5, True),
        (b"Content-Length: 5\r\n\r\nhalo! dan lebih", None, 5, True),
        (b"Content-Length: 50\r\n\r\nhalo!", "connection_closed", 5, False),
        (b"Content-Length: -5\r\n\r\nhalo!", "malformed_answer", 0, False),
        (b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhalo!", "malformed_answer", 0, False),
        (b"Content-Length: " + b"9" * 30 + b"\r\n\r\n", "malformed_answer", 0, False),
        (b"\r\nsampai akhir", None, 12, True),
        (b"\r\n" + b"a" * 1024 * 1024, None, 16 * 1024, False),
        (b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", None, 3, True),
        (
            b"Transfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n0\r\n\r\n",
            "malformed_answer",
            3,
            False,
        ),
        (b"Transfer-Encoding: chunked\r\n\r\n-3\r\nabc\r\n", "malformed_answer", 0, False),
        (b"Transfer-Encoding: chunked\r\n\r\nffffffffff\r\nabc", "malformed_answer", 0, False),
        (b"Transfer-Encoding: chunked\r\n\r\nffffff\r\nabc", "connection_closed", 3, False),
        (b"Transfer-Encoding: chunked\r\n\r\n" + b"1;x\r\na\r\n" * 20_000, None, 4096, False),
        (b"Transfer-Encoding: chunked\r\n\r\n" + b"1" * 9000, "malformed_answer", 0, False),
    ],
)
def test_a_whole_head_stands_whatever_the_body_does(
    body: bytes, problem: str | None, length: int, *, complete: bool
) -> None:
    with raw_server(saying(OK + body)) as port:
        data = page(port, NAME, bounds=HASTY)
    assert (data["status"], data["problem"]) == (200, None)
    told = data["body"]
    assert (told["problem"], told["complete"]) == (problem, complete)
    assert told["length"] == length or length == 4096


def test_a_body_that_drips_ends_with_the_time() -> None:
    with raw_server(saying(OK + b"\r\n", b"a", pause=0.1, times=100)) as port:
        data = page(port, NAME, bounds=HASTY)
    assert (data["status"], data["body"]["problem"]) == (200, "timed_out")


def test_a_bomb_of_gzip_is_not_blown_up() -> None:
    import zlib

    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = packer.compress(b"\0" * 50_000_000) + packer.flush()
    head = OK + b"Content-Encoding: gzip\r\n\r\n"
    with raw_server(saying(head + bomb)) as port:
        data = page(port, NAME)
    assert data["compressed"] is True
    assert data["body"]["length"] <= 64 * 1024


def test_what_is_said_is_made_harmless_and_cookies_are_not_kept() -> None:
    head = (
        OK
        + b"Server: \x1b[31mnginx\x1b[0m/1.0\r\n"
        + b"Set-Cookie: sesi=RAHASIA; Path=/\r\n"
        + b"set-cookie : jahat=RAHASIA\r\n"
        + b"Set-Cookie: lipat=\r\n RAHASIA\r\n"
        + b"Set-Cookie: RAHASIA\r\n"
        + b"bukan tajuk\r\n: kosong\r\n"
        + b"Location: https://x/\xe2\x80\xae\r\n"
        + b"Strict-Transport-Security: max-age=1; max-age=2\r\n"
        + b"\r\n"
    )
    with raw_server(saying(head)) as port:
        found, kept = answered(port, NAME, bounds=HASTY)
    data = found[0].data
    whole = repr(data).encode() + b"".join(kept.values())
    assert b"RAHASIA" not in whole
    assert b"RAHASIA".hex().encode() not in whole
    assert data["malformed_fields"] == 3
    assert data["hsts"]["malformed"] == "directive_twice"
    assert "\x1b" not in data["headers"]["server"][0]
    assert data["redirect"] is None


def test_a_redirect_is_not_followed_unless_permitted_and_then_once() -> None:
    asked: list[bytes] = []

    def handle(connection: socket.socket) -> None:
        line = connection.recv(4096).partition(b"\r\n")[0]
        asked.append(line)
        target = b"/a" if line.startswith(b"GET / ") else b"/b"
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: " + target + b"\r\n\r\n")

    with raw_server(handle) as port:
        alone = page(port, NAME)
        refused = page(port, NAME, follow=True)
        followed = page(port, NAME, follow=True, dialer=following_dialer())
    assert refused["followed"]["problem"] == "class_not_permitted"
    assert asked == [*[b"GET / HTTP/1.1"] * 3, b"GET /a HTTP/1.1"]
    assert (alone["followed"], alone["connections"]) == (None, 1)
    assert (followed["followed"]["status"], followed["connections"]) == (302, 2)


@pytest.mark.parametrize(
    "location",
    [
        b"https://192.0.2.1/",
        b"http://lain.contoh.go.id/",
        b"//192.0.2.1/x",
        b"http://layanan.contoh.go.id:1/",
        b"http://layanan.contoh.go.id@192.0.2.1/",
        b"gopher://layanan.contoh.go.id/",
        b"javascript:alert(1)",
        b"http://[::1",
        b"http://layanan.contoh.go.id:99999/",
        b"/" + b"a" * 5000,
        b"\xff\xfe",
        b"",
    ],
)
def test_no_redirect_leads_out_of_the_endpoint(location: bytes) -> None:
    answer = b"HTTP/1.1 301 Pindah\r\nLocation: " + location + b"\r\n\r\n"
    with raw_server(saying(answer)) as port:
        data = page(port, NAME, follow=True, dialer=following_dialer())
    assert data["connections"] == 1 or location == b""
    assert data["redirect"]["same_endpoint"] is not True or location == b""


def test_tls_that_never_ends_its_handshake(issued: Issued, tmp_path: Path) -> None:
    def drip(connection: socket.socket) -> None:
        connection.recv(4096)
        for byte in b"\x16\x03\x03\x40\x00" + b"\x02" * 100:
            connection.sendall(bytes([byte]))
            time.sleep(0.1)

    with raw_server(drip) as port:
        data = page(port, NAME, tls=True, bounds=HASTY)
    assert data["problem"] == "timed_out"
    with raw_server(saying(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
        data = page(port, NAME, tls=True, bounds=HASTY)
    assert data["problem"] == "protocol_mismatch"
