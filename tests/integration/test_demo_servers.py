"""The sample city answers as the real things do, and leaves nothing behind."""

import ftplib
import socket
import ssl
import threading
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from cryptography import x509

from secaudit.app.demo.servers import DOMAIN, INVENTORY, DemoCity
from secaudit.core.errors import NotFoundError
from secaudit.core.network import LOOPBACK, parse_address

ADDRESS = {asset.key: asset.address for asset in INVENTORY}


@pytest.fixture(scope="module")
def city() -> Iterator[DemoCity]:
    with DemoCity() as running:
        yield running


def plain_connection(city: DemoCity, key: str) -> socket.socket:
    return socket.create_connection((ADDRESS[key], city.ports[key]), timeout=10)


def strict_context(city: DemoCity) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=city.ca_pem.decode("ascii"))


def handshake(city: DemoCity, key: str, context: ssl.SSLContext, name: str | None = None) -> dict:
    with (
        plain_connection(city, key) as connection,
        context.wrap_socket(connection, server_hostname=name or f"{key}.{DOMAIN}") as secured,
    ):
        certificate = secured.getpeercert(binary_form=True)
        assert certificate is not None
        version = secured.version()
        secured.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = b""
        while piece := secured.recv(65536):
            answer += piece
        return {
            "version": version,
            "answer": answer,
            "certificate": x509.load_der_x509_certificate(certificate),
        }


def careless_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def old_context(version: ssl.TLSVersion, suites: str) -> ssl.SSLContext:
    context = careless_context()
    context.set_ciphers(f"{suites}:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = version
    return context


def test_everything_is_on_loopback_and_has_an_address_of_its_own() -> None:
    assert len(set(ADDRESS.values())) == len(INVENTORY) == 9
    assert all(parse_address(address) in LOOPBACK for address in ADDRESS.values())
    assert all(asset.owner.endswith("(contoh)") for asset in INVENTORY)
    assert all(asset.port >= 1024 for asset in INVENTORY)


def test_the_good_server_satisfies_a_strict_client(city: DemoCity) -> None:
    seen = handshake(city, "data", strict_context(city))
    assert seen["version"] == "TLSv1.3"
    assert b"Strict-Transport-Security: max-age=31536000" in seen["answer"]
    assert seen["answer"].startswith(b"HTTP/1.1 200 OK\r\n")


def test_the_good_server_refuses_cbc(city: DemoCity) -> None:
    with pytest.raises(ssl.SSLError):
        handshake(city, "data", old_context(ssl.TLSVersion.TLSv1_2, "ECDHE+AES:!AESGCM:!AESCCM"))


@pytest.mark.parametrize(
    ("key", "complaint"),
    [
        ("portal", "certificate has expired"),
        ("surat", "self-signed certificate"),
        ("izin", "Hostname mismatch"),
    ],
)
def test_each_certificate_fails_for_its_own_reason(
    city: DemoCity, key: str, complaint: str
) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match=complaint):
        handshake(city, key, strict_context(city))


def test_the_expired_certificate_is_replaced_by_a_good_one() -> None:
    with DemoCity() as city:
        before = handshake(city, "portal", careless_context())["certificate"]
        assert before.not_valid_after_utc < datetime.now(UTC)
        city.repair("portal")
        after = handshake(city, "portal", strict_context(city))["certificate"]
        assert after.not_valid_after_utc > datetime.now(UTC)
        assert after.public_key() != before.public_key()
        with pytest.raises(NotFoundError):
            city.repair("cctv")
        with pytest.raises(NotFoundError):
            city.repair("nowhere")


@pytest.mark.parametrize(
    ("version", "suites", "agreed"),
    [
        (ssl.TLSVersion.TLSv1, "AES128-SHA", "TLSv1"),
        (ssl.TLSVersion.TLSv1_1, "AES256-SHA", "TLSv1.1"),
        (ssl.TLSVersion.TLSv1, "AECDH-AES128-SHA", "TLSv1"),
        (ssl.TLSVersion.TLSv1, "NULL-SHA", "TLSv1"),
    ],
)
def test_the_neglected_server_takes_what_it_should_not(
    city: DemoCity, version: ssl.TLSVersion, suites: str, agreed: str
) -> None:
    with (
        plain_connection(city, "pegawai") as connection,
        old_context(version, suites).wrap_socket(connection) as secured,
    ):
        assert secured.version() == agreed
        assert secured.cipher()[0] == suites  # type: ignore[index]


def test_the_neglected_server_cannot_speak_tls_1_2(city: DemoCity) -> None:
    with pytest.raises(ssl.SSLError):
        handshake(city, "pegawai", careless_context())


def test_http_sends_the_visitor_to_https(city: DemoCity) -> None:
    with plain_connection(city, "situs") as connection:
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 301 ")
    assert f"Location: https://data.{DOMAIN}:{city.ports['data']}/".encode() in answer


def test_telnet_negotiates_and_asks_for_a_password(city: DemoCity) -> None:
    with plain_connection(city, "cctv") as connection, connection.makefile("rwb", 0) as stream:
        opening = stream.read(9)
        assert opening == b"\xff\xfd\x18\xff\xfb\x03\xff\xfb\x01"
        assert b"login: " in connection.recv(200)
        stream.write(b"admin\r\n")
        assert connection.recv(200) == b"Password: "


def test_ftp_takes_a_password_in_clear_and_no_tls(city: DemoCity) -> None:
    client = ftplib.FTP_TLS(timeout=10)  # noqa: S321 (that FTP is unsafe is the point)
    try:
        assert client.connect(ADDRESS["berkas"], city.ports["berkas"]).startswith("220 ")
        with pytest.raises(ftplib.error_perm, match="502"):
            client.auth()
        assert client.sendcmd("USER anonymous").startswith("331 ")
        with pytest.raises(ftplib.error_perm, match="530"):
            client.sendcmd("PASS guest")
        assert client.quit().startswith("221 ")
    finally:
        client.close()


def test_redis_answers_anyone(city: DemoCity) -> None:
    with plain_connection(city, "antrean") as connection:
        connection.sendall(b"PING\r\n")
        assert connection.recv(100) == b"+PONG\r\n"
        connection.sendall(b"*1\r\n$4\r\nINFO\r\n")
        assert b"redis_version:" in connection.recv(1000)
        connection.sendall(b"*2\r\n$4\r\nAUTH\r\n$1\r\nx\r\n")
        assert b"no password is set" in connection.recv(1000)
        connection.sendall(b"SET a b\r\n")
        assert connection.recv(100).startswith(b"-ERR")
        connection.sendall(b"QUIT\r\n")
        assert connection.recv(100) == b"+OK\r\n"
        assert connection.recv(100) == b""


@pytest.mark.parametrize("key", [asset.key for asset in INVENTORY])
def test_garbage_and_floods_do_no_harm(city: DemoCity, key: str) -> None:
    with plain_connection(city, key) as connection:
        try:
            for _ in range(50):
                connection.sendall(b"\x00\xff*99999\r\n" * 1000)
        except OSError:
            pass
    with plain_connection(city, key):
        pass


def test_a_taken_port_has_a_stand_in() -> None:
    with socket.create_server((ADDRESS["antrean"], 0)) as taken, DemoCity() as city:
        assert city.ports["antrean"] != taken.getsockname()[1]
    with DemoCity() as first, DemoCity() as second:
        assert set(first.ports) == set(second.ports)
        assert all(first.ports[key] != second.ports[key] for key in first.ports)


def test_nothing_outlives_the_city() -> None:
    threads = threading.active_count()
    with DemoCity() as city:
        left_open = [plain_connection(city, key) for key in city.ports]
        ports = dict(city.ports)
    assert city.ports == {}
    assert threading.active_count() == threads
    for connection in left_open:
        connection.close()
    for key, port in ports.items():
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((ADDRESS[key], port), timeout=5)
    city.stop()
