"""Services as they introduce themselves over real sockets, and what is asked of them."""

import socket
import ssl
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from loopback_scans import (
    Handler,
    answering,
    closed_port,
    greeting,
    identified,
    order_for,
    scanned,
    serving,
)
from more_starttls_servers import slapd
from starttls_servers import HOST
from tls_pki import issue
from tls_servers import nginx_server

from scanners.base import Sight
from scanners.dialer import utc_now
from scanners.network.services import databases, platforms
from scanners.registry import judge
from secaudit.core.vocabulary import DEFAULT_PROBE_CLASSES, ProbeClass, Reason

EHLO_WITH = b"250-contoh.example\r\n250-STARTTLS\r\n250 8BITMIME\r\n"
FEAT_WITH = b"211-Features:\r\n AUTH TLS\r\n211 End\r\n"
CAPABILITY_WITH = b"* CAPABILITY IMAP4rev1 STARTTLS\r\na1 OK\r\n"
EHLO_WITHOUT = b"250-contoh.example\r\n250 X-STARTTLS-LATER\r\n"


@pytest.mark.parametrize(
    ("hello", "answers", "name", "starttls"),
    [
        (b"220 contoh.example ESMTP Postfix\r\n", [(b"EHLO", EHLO_WITH)], "smtp", True),
        (b"220 contoh.example ESMTP\r\n", [(b"EHLO", EHLO_WITHOUT)], "smtp", False),
        (b"220 contoh.example SMTP\r\n", [(b"EHLO", b"502 what?\r\n")], "smtp", False),
        (b"220 contoh.example SMTP\r\n", [(b"EHLO", b"421 busy\r\n")], "smtp", None),
        (b"220 FTP siap\r\n", [(b"FEAT", FEAT_WITH)], "ftp", True),
        (b"220 FTP\r\n", [(b"FEAT", b"500 no\r\n"), (b"AUTH", b"234 go\r\n")], "ftp", True),
        (b"220 FTP\r\n", [(b"FEAT", b"500 no\r\n"), (b"AUTH", b"530 login\r\n")], "ftp", False),
        (b"* OK siap\r\n", [(b"a1", CAPABILITY_WITH)], "imap", True),
        (b"* OK siap\r\n", [(b"a1", b"* CAPABILITY IMAP4rev1\r\na1 OK\r\n")], "imap", False),
        (b"* OK siap\r\n", [(b"a1", b"* CAPABILITY IMAP4rev1\r\n")], "imap", None),
        (b"* OK siap\r\n", [], "imap", None),
        (b"+OK siap\r\n", [(b"CAPA", b"+OK\r\nTOP\r\nSTLS\r\n.\r\n")], "pop3", True),
        (b"+OK siap\r\n", [(b"CAPA", b"+OK\r\nTOP\r\n.\r\n")], "pop3", False),
        (b"+OK siap\r\n", [(b"CAPA", b"+OK\r\nTOP\r\n")], "pop3", None),
        (b"+OK siap\r\n", [(b"CAPA", b"-ERR\r\n"), (b"STLS", b"-ERR\r\n")], "pop3", False),
    ],
)  # fmt: skip
def test_starttls_is_offered_or_not(
    hello: bytes, answers: list[tuple[bytes, bytes]], name: str, starttls: bool | None
) -> None:
    with serving(greeting(hello, answers)) as port:
        service, _ = identified(port, permitted=DEFAULT_PROBE_CLASSES)
    assert (service.name, service.starttls, service.tls) == (name, starttls, False)


class Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(302)
        self.send_header("Location", "https://data.kota-contoh.example/")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_http_of_pythons_own_server() -> None:
    server = HTTPServer(("127.0.0.1", 0), Page)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        service, transcript = identified(server.server_port, names=("situs.kota-contoh.example",))
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
    assert (service.name, service.product) == ("http", "BaseHTTP")
    assert service.http is not None
    assert (service.http.status, service.http.location) == (
        302,
        "https://data.kota-contoh.example/",
    )
    assert b"Host: situs.kota-contoh.example" in transcript


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_openssh_tells_product_and_version(address: str, tmp_path: Path) -> None:
    with sshd(address, tmp_path) as port:
        service, _ = identified(port, address)
    assert (service.name, service.product) == ("ssh", "OpenSSH")
    assert service.version


@contextmanager
def sshd(address: str, folder: Path) -> Iterator[int]:
    program = Path("/usr/sbin/sshd")
    if not program.exists():
        pytest.skip("needs openssh-server (a real SSH greeting)")
    key, port = folder / "key", closed_port(address)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    Path("/run/sshd").mkdir(exist_ok=True)
    options = [f"ListenAddress={_bracketed(address)}", f"PidFile={folder}/pid", "UsePAM=no"]
    command = [str(program), "-D", "-e", "-f", "/dev/null", "-h", str(key), "-p", str(port)]
    for item in options:
        command += ["-o", item]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(address, port)
            yield port
        finally:
            process.terminate()


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _wait_for(address: str, port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection((address, port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"nothing listens on {address} port {port}")


def test_nginx_with_and_without_tls(tmp_path: Path) -> None:
    program = Path("/usr/sbin/nginx")
    if not program.exists():
        pytest.skip("needs nginx (a real web server with TLS)")
    certificate, key = issue().write(tmp_path)
    plain, secure = closed_port("127.0.0.3"), closed_port("127.0.0.4")
    configuration = tmp_path / "nginx.conf"
    configuration.write_text(
        f"daemon off; pid {tmp_path}/pid; error_log stderr crit; events {{}}\n"
        f"http {{ access_log off; client_body_temp_path {tmp_path}; proxy_temp_path {tmp_path};\n"
        f"fastcgi_temp_path {tmp_path}; uwsgi_temp_path {tmp_path}; scgi_temp_path {tmp_path};\n"
        f"server {{ listen 127.0.0.3:{plain}; return 301 https://$host/; }}\n"
        f"server {{ listen 127.0.0.4:{secure} ssl; ssl_certificate {certificate};\n"
        f"ssl_certificate_key {key}; return 200 siap; }} }}\n",
        encoding="utf-8",
    )
    with subprocess.Popen([str(program), "-c", str(configuration), "-p", str(tmp_path)]) as process:
        try:
            _wait_for("127.0.0.3", plain)
            _wait_for("127.0.0.4", secure)
            clear, _ = identified(plain, "127.0.0.3")
            inside, transcript = identified(
                secure, "127.0.0.4", names=("data.kota-contoh.example",)
            )
        finally:
            process.terminate()
    assert (clear.name, clear.product, clear.tls) == ("http", "nginx", False)
    assert clear.http is not None
    assert clear.http.location == "https://127.0.0.3/"
    assert (inside.name, inside.product, inside.tls) == ("https", "nginx", True)
    assert inside.http is not None
    assert inside.http.status == 200
    assert b"TLS: True" in transcript


def test_what_greets_inside_tls_is_heard(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*issue().write(tmp_path))

    def handle(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.sendall(b"* OK Dovecot siap\r\n")
            secured.recv(100)

    with serving(handle) as port:
        service, _ = identified(port)
    assert (service.name, service.tls, service.starttls) == ("imap", True, None)


MONGODB_IS_MASTER = bytes(20) + b"\x30\0\0\0\x08ismaster\0\x01\x10maxWireVersion\0\x11\0\0\0\0"
MONGODB_LIST = b"\0\0\0\0\0\x20\0\0\0\x04databases\0\x05\0\0\0\0\0"


def _mongodb(code: int, body: bytes) -> bytes:
    return struct.pack("<iiii", 16 + len(body), 9, 1, code) + body


@pytest.mark.parametrize(
    ("port", "answers", "name", "anonymous"),
    [
        (6379, [(b"ECHO", b"-ERR wrong number of arguments for 'echo' command\r\n"),
                (b"PING", b"+PONG\r\n")], "redis", True),
        (6379, [(b"ECHO", b"-NOAUTH Authentication required.\r\n"),
                (b"PING", b"-NOAUTH Authentication required.\r\n")], "redis", False),
        (11211, [(b"mn", b"MN\r\n"), (b"version", b"VERSION 1.6.18\r\n")], "memcached", True),
        (27017, [(databases.mongodb_is_master()[:16], _mongodb(1, MONGODB_IS_MASTER)),
                 (databases.mongodb_list_databases()[:16], _mongodb(2013, MONGODB_LIST))],
         "mongodb", True),
        (1883, [(platforms.mqtt_connect(127), bytes.fromhex("20020001")),
                (platforms.mqtt_connect(4), bytes.fromhex("20020000"))], "mqtt", True),
        (5432, [(databases.POSTGRESQL_SSL_REQUEST, b"S")], "postgresql", None),
        (3389, [(b"\x03\x00", bytes.fromhex("030000130ed000001234000200080001000000"))],
         "rdp", None),
    ],
)  # fmt: skip
def test_databases_and_desktops_on_their_usual_ports(
    port: int, answers: list[tuple[bytes, bytes]], name: str, anonymous: bool | None
) -> None:
    with serving(answering(answers), "127.0.0.21", port):
        service, _ = identified(port, "127.0.0.21")
    assert (service.name, service.anonymous) == (name, anonymous)
    assert service.problems == ()


def test_redis_is_found_on_any_port() -> None:
    answers = [(b"ECHO", b"-ERR wrong number of arguments for 'echo' command\r\n")]
    with serving(answering(answers)) as port:
        service, _ = identified(port, permitted=DEFAULT_PROBE_CLASSES)
    assert service.name == "redis"


@pytest.mark.parametrize("tls", [True, False])
def test_ldap_is_found_on_any_port(tls: bool, tmp_path: Path) -> None:
    with slapd(tmp_path / "server", tls=tls) as port:
        service, _ = identified(port, HOST, permitted=DEFAULT_PROBE_CLASSES)
    assert (service.name, service.starttls) == ("ldap", tls)


@pytest.mark.parametrize(
    ("types", "anonymous"), [(b"\x02\x01\x02", True), (b"\x01\x02", False), (b"\0", None)]
)
def test_vnc_shows_its_security_types(types: bytes, anonymous: bool | None) -> None:
    with serving(greeting(b"RFB 003.008\n", [(b"RFB 003.008", types)])) as port:
        service, transcript = identified(port)
    assert (service.name, service.anonymous) == ("vnc", anonymous)
    assert transcript.count(b">>>") == 1


def test_ftp_anonymous_is_asked_only_where_it_is_permitted() -> None:
    heard: list[bytes] = []

    def handle(connection: socket.socket) -> None:
        connection.sendall(b"220 FTP siap\r\n")
        while piece := connection.recv(4096):
            heard.append(piece)
            if piece.startswith(b"USER"):
                connection.sendall(b"331 kata sandi?\r\n")
            elif piece.startswith(b"PASS"):
                connection.sendall(b"230 masuk\r\n")
            else:
                connection.sendall(b"500 ?\r\n")

    with serving(handle) as port:
        asked, _ = identified(port)
        assert any(piece.startswith(b"USER anonymous") for piece in heard)
        heard.clear()
        unasked, _ = identified(port, permitted=DEFAULT_PROBE_CLASSES)
    assert asked.anonymous is True
    assert unasked.anonymous is None
    assert unasked.problems == (Reason.CLASS_NOT_PERMITTED,)
    assert not any(piece.startswith((b"USER", b"PASS")) for piece in heard)


def test_nothing_is_said_to_what_may_only_be_listened_to() -> None:
    heard: list[bytes] = []

    def handle(connection: socket.socket) -> None:
        heard.append(connection.recv(4096))

    with serving(handle) as port:
        service, _ = identified(port, gentle=True)
    assert service.name == "unknown"
    assert not any(heard)


def test_tls_behind_a_bad_request_in_clear_is_seen(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*issue().write(tmp_path))

    def handle(connection: socket.socket) -> None:
        if connection.recv(1, socket.MSG_PEEK) != b"\x16":
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n")
            return
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(4096)
            secured.sendall(b"HTTP/1.1 200 OK\r\nServer: nginx\r\n\r\n")

    with serving(handle, "127.0.0.22", 8080) as port:
        service, _ = identified(port, "127.0.0.22")
    assert (service.name, service.tls) == ("https", True)


def test_a_tls_port_says_in_clear_that_it_wants_tls(tmp_path: Path) -> None:
    """Where the letter permits no TLS, its own words tell, and it is no web server in clear."""
    if not Path("/usr/sbin/nginx").exists():
        pytest.skip("nginx is missing")
    permitted = DEFAULT_PROBE_CLASSES - {ProbeClass.TLS}
    with nginx_server(issue(), tmp_path) as port:
        service, transcript = identified(port, permitted=permitted)
    assert b"400 Bad Request" in transcript
    assert (service.name, service.tls) == ("https", True)


def dripping(connection: socket.socket) -> None:
    connection.recv(4096)
    for byte in b"\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03":
        connection.sendall(bytes([byte]))
        time.sleep(0.1)


def misfit(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(bytes.fromhex("160303000a02ffffff0303" + "00" * 4))


@pytest.mark.parametrize("handler", [dripping, misfit])
def test_tls_that_misbehaves_is_still_tls(handler: Handler) -> None:
    with serving(handler) as port:
        assert identified(port)[0].tls
        hosts, _, _ = scanned(order_for("127.0.0.1", str(port)))
    (outcome,) = hosts.values()
    seen = [item for item in outcome.observations if item.kind == "tls.endpoint"]
    assert len(seen) == 1
    assert set(seen[0].data["protocols"].values()) == {"inconclusive"}
    judged = judge(Sight(outcome.observations), (), utc_now())
    assert "net.service.unknown" not in {item.check for item in judged if item.outcome == "failed"}
    versions = [item for item in judged if item.check.startswith("tls.protocol")]
    assert versions
    assert {item.outcome for item in versions} == {"inconclusive"}
