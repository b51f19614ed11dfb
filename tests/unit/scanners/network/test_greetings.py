import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.network.services import databases, platforms
from scanners.network.services.facts import LONGEST_BANNER, Service
from scanners.network.services.greetings import recognise


def mysql_greeting(version: bytes, flags: int) -> bytes:
    body = b"\x0a" + version + b"\0" + bytes(4) + b"challeng" + b"\0" + struct.pack("<H", flags)
    body += b"\x2d\x02\x00\xff\xc1\x15" + bytes(10) + b"more-of-the-ch\0"
    return len(body).to_bytes(3, "little") + b"\0" + body


@pytest.mark.parametrize(
    ("content", "port", "name", "product", "version"),
    [
        (
            b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n",
            22,
            "ssh",
            "OpenSSH",
            "9.2p1 Debian-2+deb12u3",
        ),
        (b"SSH-2.0-dropbear_2022.83\r\n", 2222, "ssh", "dropbear", "2022.83"),
        (b"220 (vsFTPd 3.0.5)\r\n", 21, "ftp", "vsFTPd", "3.0.5"),
        (b"220 selamat datang\r\n", 21, "ftp", "", ""),
        (b"220 mail.example ESMTP Postfix (Debian/GNU)\r\n", 25, "smtp", "Postfix", ""),
        (b"220-mail.example\r\n220 siap\r\n", 2525, "smtp", "", ""),
        (b"+OK Dovecot ready.\r\n", 110, "pop3", "Dovecot", ""),
        (b"* OK [CAPABILITY IMAP4rev1] Dovecot ready.\r\n", 143, "imap", "Dovecot", ""),
        (b"\xff\xfd\x18\xff\xfb\x01\r\nlogin: ", 23, "telnet", "", ""),
        (b"\r\nUser Name : ", 2323, "telnet", "", ""),
        (b"RFB 003.008\n", 5900, "vnc", "", "003.008"),
        (b"@RSYNCD: 31.0 sha512 md5\n", 873, "rsync", "", "31.0"),
        (b"-NOAUTH Authentication required.\r\n", 6379, "redis", "Redis", ""),
        (mysql_greeting(b"8.0.36", 0xFFFF), 3306, "mysql", "MySQL", "8.0.36"),
        (
            mysql_greeting(b"5.5.5-10.11.6-MariaDB-0+deb12u1", 0xF7FE),
            3307,
            "mysql",
            "MariaDB",
            "10.11.6-MariaDB-0+deb12u1",
        ),
        (
            b"HTTP/1.1 200 OK\r\nServer: nginx/1.22.1 (Debian)\r\n\r\n",
            80,
            "http",
            "nginx",
            "1.22.1",
        ),
        (
            b"HTTP/1.1 404 Not Found\r\nApi-Version: 1.43\r\nServer: Docker/24.0.5 (linux)\r\n\r\n",
            2375,
            "docker",
            "Docker",
            "24.0.5",
        ),
        (
            b"HTTP/1.0 200 OK\r\n\r\nyou access MongoDB over HTTP on the native driver port.\r\n",
            27017,
            "mongodb",
            "",
            "",
        ),
        (
            b'HTTP/1.1 200 OK\r\n\r\n{"etcdserver":"3.5.9","etcdcluster":"3.5.0"}',
            2379,
            "etcd",
            "",
            "",
        ),
    ],
)
def test_a_greeting_tells_the_service(
    content: bytes, port: int, name: str, product: str, version: str
) -> None:
    service = recognise(content, port)
    assert service is not None
    assert (service.name, service.product, service.version) == (name, product, version)


@pytest.mark.parametrize(
    "content",
    [b"", b"\0", b"\xff", b"hello\r\n", b"HTTP/1.1 abc\r\n", b"ERROR\r\n", b"\x16\x03\x01\x00\x02"],
)
def test_what_is_nobodys_greeting_stays_unknown(content: bytes) -> None:
    assert recognise(content, 4000) is None


def test_mysql_tells_whether_it_speaks_tls() -> None:
    with_tls = recognise(mysql_greeting(b"8.0.36", 0xFFFF), 3306)
    without = recognise(mysql_greeting(b"8.0.36", 0xF7FF), 3306)
    assert with_tls is not None
    assert without is not None
    assert (with_tls.starttls, without.starttls) == (True, False)


def test_mysql_that_refuses_our_address_has_named_itself() -> None:
    text = b"Host '192.0.2.1' is not allowed to connect to this MySQL server"
    refusal = b"\xff" + struct.pack("<H", 1130) + text
    service = recognise(len(refusal).to_bytes(3, "little") + b"\0" + refusal, 3306)
    assert service is not None
    assert (service.name, service.starttls) == ("mysql", None)


def test_http_answers_keep_status_and_location_as_visible_text() -> None:
    service = recognise(
        b"HTTP/1.1 301 Moved\r\nlocation: https://contoh.example/\x1b[2J\r\n\r\n", 80
    )
    assert service is not None
    assert service.http is not None
    assert service.http.status == 301
    assert service.http.location == "https://contoh.example/\\x1b[2J"


SEARCH = b'{"cluster_name":"x","version":{"number":"8.9.0"},"tagline":"You Know, for Search"}'
REFUSAL = b'{"error":{"type":"security_exception"},"status":401}'


@pytest.mark.parametrize(
    ("status", "body", "anonymous"),
    [(b"200 OK", SEARCH, True), (b"401 Unauthorized", REFUSAL, False)],
)
def test_a_search_engine_tells_whether_it_wants_a_password(
    status: bytes, body: bytes, anonymous: bool
) -> None:
    service = recognise(b"HTTP/1.1 " + status + b"\r\n\r\n" + body, 9200)
    assert service is not None
    assert (service.name, service.anonymous) == ("elasticsearch", anonymous)


def test_hostile_banners_are_short_and_visible() -> None:
    hostile = b"220 ftp <script>\x1b[31m=cmd()\x07" + b"A" * 5000 + b"\r\n"
    service = recognise(hostile, 21)
    assert service is not None
    assert "\x1b" not in service.banner
    assert len(service.banner) <= LONGEST_BANNER


READERS = [
    databases.read_postgresql,
    databases.read_mssql,
    databases.read_mongodb,
    databases.read_mongodb_databases,
    databases.read_oracle,
    databases.read_redis,
    databases.read_redis_ping,
    databases.read_memcached,
    platforms.read_rdp,
    platforms.read_smb1,
    platforms.read_smb2,
    platforms.read_ldap,
    platforms.read_x11,
    platforms.read_mqtt,
    platforms.read_mqtt_welcome,
    platforms.read_rpcbind,
]
OPENINGS = [
    b"", b"\x04\x01", b"\x03\x00\x00\x13\x0e\xd0", b"\0\0\0\x6a\xfeSMB", b"\0\0\0\x2f\xffSMB\x72",
    b"\x30\x0c\x02\x01\x01\x78", b"\x0a", b"HTTP/1.1 200", b"RFB 003.008\n", b"\x20\x02", b"220 ",
    b"\xff\xfb",
]  # fmt: skip


@given(st.sampled_from(OPENINGS), st.binary(max_size=200), st.integers(1, 65535))
def test_no_bytes_break_a_reader(opening: bytes, rest: bytes, port: int) -> None:
    content = opening + rest
    service = recognise(content, port)
    assert service is None or isinstance(service, Service)
    for read in READERS:
        read(content)
