"""What we ask services that wait to be spoken to, where, and how we tell that they understood."""

from collections.abc import Callable
from dataclasses import dataclass

from scanners.base import Endpoint
from scanners.network.services import databases, platforms
from scanners.network.services.facts import Service
from scanners.network.services.greetings import recognise
from scanners.network.services.talk import anything
from scanners.tls.probe import sni_of

HTTP = "http"
_ETCD_PORT = 2379


@dataclass(frozen=True)
class Question:
    """One well-formed request. ``usual`` are the ports where it is asked first.

    ``anywhere``: it is also asked where an unknown port stays silent. ``in_tls`` are the ports
    where it is asked inside TLS.
    """

    name: str
    request: Callable[[Endpoint], bytes]
    read: Callable[[bytes], Service | None]
    usual: frozenset[int] = frozenset()
    in_tls: frozenset[int] = frozenset()
    anywhere: bool = False
    enough: Callable[[bytes], bool] = anything


def http_request(endpoint: Endpoint) -> bytes:
    """GET / (or etcd's version, where etcd lives) for the first name, or for the address."""
    host = sni_of(endpoint.names) or (
        f"[{endpoint.address}]" if endpoint.address.version == 6 else str(endpoint.address)
    )
    path = "/version" if endpoint.port == _ETCD_PORT else "/"
    return (
        f"GET {path} HTTP/1.1\r\nHost: {host}:{endpoint.port}\r\nUser-Agent: secaudit\r\n"
        "Accept: */*\r\nConnection: close\r\n\r\n"
    ).encode("ascii", "ignore")


def http_is_enough(content: bytes) -> bool:
    """Enough: the head and a little of the body, or an answer that is not HTTP."""
    if len(content) >= 5 and not content.startswith(b"HTTP/"):
        return True
    head, end, body = content.partition(b"\r\n\r\n")
    return bool(end) and (len(body) >= 2048 or b"\r\nLocation:" in head)


def _fixed(content: bytes) -> Callable[[Endpoint], bytes]:
    return lambda _endpoint: content


def _http_ports() -> frozenset[int]:
    usual = {80, 81, 82, 83, 84, 85, 88, 591, 593, 631, 2375, 2379, 2480, 3000, 3128, 5000, 5601}
    usual |= {5984, 5985, 7001, 7547, 8000, 8001, 8008, 8009, 8080, 8081, 8082, 8083, 8088, 8090}
    usual |= {8123, 8180, 8181, 8888, 9000, 9080, 9090, 9200, 10000, 15672, 47001, 49152}
    return frozenset(usual)


QUESTIONS: tuple[Question, ...] = (
    Question(
        HTTP,
        http_request,
        lambda answer: recognise(answer, 80),
        _http_ports(),
        anywhere=True,
        enough=http_is_enough,
    ),
    Question(
        "redis",
        _fixed(databases.REDIS_ECHO),
        databases.read_redis,
        frozenset({6379, 6380, 16379, 26379}),
        anywhere=True,
    ),
    Question(
        "postgresql",
        _fixed(databases.POSTGRESQL_SSL_REQUEST),
        databases.read_postgresql,
        frozenset({5432, 5433, 6432}),
        anywhere=True,
    ),
    Question(
        "memcached", _fixed(databases.MEMCACHED_NOOP), databases.read_memcached, frozenset({11211})
    ),
    Question(
        "mongodb",
        _fixed(databases.mongodb_is_master()),
        databases.read_mongodb,
        frozenset({27017, 27018, 27019}),
    ),
    Question(
        "mssql",
        _fixed(databases.mssql_prelogin()),
        databases.read_mssql,
        frozenset({1433, 1434}),
        frozenset({1433, 1434}),
    ),
    Question(
        "oracle",
        _fixed(databases.oracle_ping()),
        databases.read_oracle,
        frozenset({1521, 1522, 1526, 1630}),
    ),
    Question(
        "rdp", _fixed(platforms.rdp_request()), platforms.read_rdp, frozenset({3388, 3389, 3390})
    ),
    Question("smb", _fixed(platforms.smb2_negotiate()), platforms.read_smb2, frozenset({445})),
    Question(
        "ldap",
        _fixed(platforms.ldap_starttls()),
        platforms.read_ldap,
        frozenset({389, 3268, 10389}),
        frozenset({636, 3269}),
        anywhere=True,
    ),
    Question(
        "x11", _fixed(platforms.x11_setup()), platforms.read_x11, frozenset(range(6000, 6010))
    ),
    Question(
        "mqtt",
        _fixed(platforms.mqtt_connect(platforms.MQTT_UNUSED_LEVEL)),
        platforms.read_mqtt,
        frozenset({1883}),
        frozenset({8883}),
    ),
    Question(
        "xmpp",
        lambda endpoint: platforms.xmpp_stream(sni_of(endpoint.names), "client"),
        platforms.read_xmpp,
        frozenset({5222}),
        frozenset({5223}),
        enough=platforms.xmpp_is_enough,
    ),
    Question(
        "xmpp-server",
        lambda endpoint: platforms.xmpp_stream(sni_of(endpoint.names), "server"),
        platforms.read_xmpp,
        frozenset({5269}),
        frozenset({5270}),
        enough=platforms.xmpp_is_enough,
    ),
    Question(
        "irc",
        _fixed(platforms.IRC_CAPABILITIES),
        platforms.read_irc,
        frozenset({194, *range(6660, 6670), 7000}),
        frozenset({6697}),
        enough=platforms.irc_is_enough,
    ),
    Question("rpcbind", _fixed(platforms.rpcbind_null()), platforms.read_rpcbind, frozenset({111})),
)

TLS_PORTS = frozenset(
    {443, 465, 563, 636, 853, 989, 990, 992, 993, 994, 995, 2376, 3269, 4433, 4443, 5061, 5223}
    | {5270, 5986, 6443, 6697, 8443, 8834, 8883, 9443, 10250}
)
"""Where TLS is tried before anything else."""
SPEAK_FIRST_IN_TLS = frozenset({465, 563, 990, 992, 993, 994, 995})
"""Where what is inside TLS greets first."""


def asked_first(port: int) -> list[Question]:
    """The questions that this port usually understands."""
    return [question for question in QUESTIONS if port in question.usual]


def asked_anywhere(port: int) -> list[Question]:
    """The questions for a port that says nothing and is not known for anything."""
    return [item for item in QUESTIONS if item.anywhere and port not in item.usual]


def asked_inside_tls(port: int) -> list[Question]:
    """The questions for what is inside TLS: those of the port, and HTTP."""
    usual = [question for question in QUESTIONS if port in question.in_tls]
    return usual or [question for question in QUESTIONS if question.name == HTTP]
