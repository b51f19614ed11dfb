"""What a server's first bytes say, whether it spoke unasked or answered a stranger's question.

Pure functions from bytes to a :class:`Service`, or None for what they do not recognise. Sources:
RFC 4253 (SSH), 5321 (SMTP), 2033 (LMTP), 959 (FTP), 1939 (POP3), 9051 (IMAP), 3977 (NNTP), 5804
(ManageSieve), 6120 (XMPP), 2812 (IRC), 854 (Telnet), 6143 (VNC), 9112 (HTTP), the MySQL
client/server protocol, and the documented texts of rsync, Redis and memcached.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from scanners.network.services.facts import HttpAnswer, Service, short, shown
from secaudit.text.escape import visible

_FTP_PORTS = frozenset({20, 21, 990, 2121, 8021})
_LMTP_PORT = 24
_NEWS_PORTS = frozenset({119, 433, 563})
_TELNET_COMMANDS = frozenset(b"\xfb\xfc\xfd\xfe")
_PROMPT = re.compile(rb"(?i)(?:^|[\s\x00])(?:login|username|user name|password)\s*:\s*$")
_STATUS = re.compile(rb"HTTP/\d(?:\.\d)? (\d{3})(?: |\r?\n|$)")
_WANTS_TLS = re.compile(
    rb"plain HTTP request was sent to HTTPS port|speaking plain HTTP to an SSL-enabled server port"
    rb"|sent an HTTP request to an HTTPS server"
)
"""nginx, Apache and Go, to whoever speaks in clear where they want TLS."""
_SERVER = re.compile(r"(?P<product>[^/\s(]+)(?:/(?P<version>[^\s(]+))?")
_SSH = re.compile(r"SSH-[\d.]+-(?P<product>[A-Za-z]+)[_-](?P<version>[^\s]+(?: [^\s]+)?)")
_MAIL_PRODUCT = re.compile(r"(Postfix|Exim|Sendmail|Dovecot|Zimbra|hMailServer|Cyrus|Courier)")
_FTP_PRODUCT = re.compile(
    r"(?P<product>vsFTPd|ProFTPD|Pure-FTPd|FileZilla Server|Microsoft FTP Service)"
    r"(?:[ /v]+(?P<version>\d[\w.]*))?"
)
_MYSQL_TLS = 0x0800
"""CLIENT_SSL among the capability flags."""
_MYSQL_REFUSALS = {1129, 1130}
"""ER_HOST_IS_BLOCKED, ER_HOST_NOT_PRIVILEGED: the server names itself by refusing us."""


def recognise(content: bytes, port: int) -> Service | None:
    """Recognise a service by what it sent. ``port`` only tells apart two that greet alike."""
    if not content:
        return None
    for reader in _READERS:
        service = reader(content, port)
        if service is not None:
            return service
    return None


def _ssh(content: bytes, _port: int) -> Service | None:
    if not content.startswith(b"SSH-"):
        return None
    line = content.splitlines()[0]
    match = _SSH.match(line.decode("latin-1"))
    return Service(
        "ssh",
        banner=shown(line),
        product=short(match["product"]) if match else "",
        version=short(match["version"]) if match else "",
    )


def _mail_or_files(content: bytes, port: int) -> Service | None:
    """Tell FTP, SMTP and LMTP apart: all greet with 220 (or refuse with 421 and 554)."""
    if content[:4] not in (b"220 ", b"220-", b"421 ", b"554 ", b"554-"):
        return None
    text = content.decode("latin-1")
    lower = text.lower()
    banner = shown(content)
    if "ftp" in lower or (port in _FTP_PORTS and "smtp" not in lower):
        match = _FTP_PRODUCT.search(text)
        product, version = (match["product"], match["version"] or "") if match else ("", "")
        return Service("ftp", banner=banner, product=product, version=short(version))
    match = _MAIL_PRODUCT.search(text)
    local = re.search(r"\blmtp\b", lower) or (port == _LMTP_PORT and "smtp" not in lower)
    name = "lmtp" if local else "smtp"
    return Service(name, banner=banner, product=match[0] if match else "")


def _mailbox(content: bytes, _port: int) -> Service | None:
    match = _MAIL_PRODUCT.search(content.decode("latin-1"))
    product = match[0] if match else ""
    if content.startswith((b"* OK", b"* PREAUTH", b"* BYE")):
        return Service("imap", banner=shown(content), product=product)
    if content.startswith(b"+OK"):
        return Service("pop3", banner=shown(content), product=product)
    return None


def _news(content: bytes, port: int) -> Service | None:
    """200 and 201 greet in news (RFC 3977, 5.1) and in much else: its port or its word decides."""
    if content[:4] not in (b"200 ", b"201 "):
        return None
    if port not in _NEWS_PORTS and not re.search(rb"(?i)\b(?:nntp|nnrp|news)", content[:200]):
        return None
    match = re.search(r"InterNetNews|INN|Diablo|leafnode", content[:200].decode("latin-1"))
    return Service("nntp", banner=shown(content), product=match[0] if match else "")


def _filters(content: bytes, _port: int) -> Service | None:
    """ManageSieve lists its capabilities unasked (RFC 5804, 1.7)."""
    if not re.match(rb'"[A-Z]{2,20}"[ \r]', content) or b'"SIEVE"' not in content:
        return None
    match = re.search(rb'"IMPLEMENTATION" "([^"\r]{1,80})"', content)
    return Service(
        "sieve",
        starttls=b'"STARTTLS"' in content.upper(),
        banner=shown(content),
        product=short(match[1].decode("latin-1")) if match else "",
    )


def _streams(content: bytes, _port: int) -> Service | None:
    """An XMPP stream, by the namespace of its header (RFC 6120, 4.8)."""
    if b"http://etherx.jabber.org/streams" not in content[:2048]:
        return None
    server = b"jabber:server" in content[:2048]
    asked = b"features" in content
    return Service(
        "xmpp-server" if server else "xmpp",
        starttls=b"urn:ietf:params:xml:ns:xmpp-tls" in content if asked else None,
        banner=shown(content),
    )


def _relay_chat(content: bytes, _port: int) -> Service | None:
    """An IRC server's answer to CAP LS, or its notices before anyone asks."""
    notice = rb"(?::\S{1,100} )?NOTICE (?:AUTH|\*) :|:\S{1,100} (?:CAP \S+ LS|451 \S+|421 \S+) "
    if re.match(notice, content) is None:
        return None
    listed = re.search(rb"(?i) CAP \S+ LS (?:\* )?:?([^\r\n]*)", content)
    tls = None if listed is None else b"tls" in listed[1].lower().split()
    return Service("irc", starttls=tls, banner=shown(content))


def _telnet(content: bytes, _port: int) -> Service | None:
    negotiates = content[0] == 0xFF and len(content) > 2 and content[1] in _TELNET_COMMANDS
    if not negotiates and not _PROMPT.search(content):
        return None
    return Service("telnet", banner=shown(_without_commands(content)))


def _without_commands(content: bytes) -> bytes:
    """Leave out the option negotiations, three bytes each (RFC 854)."""
    return re.sub(rb"\xff[\xfb-\xfe].", b"", content, flags=re.DOTALL)


def _screen(content: bytes, _port: int) -> Service | None:
    if not re.match(rb"RFB \d{3}\.\d{3}\n", content):
        return None
    return Service("vnc", banner=shown(content[:12]), version=content[4:11].decode("ascii"))


def _rsync(content: bytes, _port: int) -> Service | None:
    if not content.startswith(b"@RSYNCD: "):
        return None
    version = short(content[9:].split(b"\n")[0].decode("latin-1").split(" ")[0])
    return Service("rsync", banner=shown(content.splitlines()[0]), version=version)


def _mysql(content: bytes, _port: int) -> Service | None:
    """Read the initial handshake (protocol 10) or the error that refuses our address."""
    if len(content) < 7 or content[3] != 0 or int.from_bytes(content[:3], "little") < 3:
        return None
    if content[4] == 0xFF and int.from_bytes(content[5:7], "little") in _MYSQL_REFUSALS:
        return Service("mysql", banner=shown(content[7:]))
    version, end, rest = content[5:].partition(b"\0")
    if content[4] != 10 or not end or not re.match(rb"\d+\.\d+", version):
        return None
    # After the version: thread id (4), the first part of the challenge (8), a filler (1), flags.
    flags = int.from_bytes(rest[13:15], "little") if len(rest) >= 15 else None
    text = version.decode("latin-1")
    product = "MariaDB" if "mariadb" in text.lower() else "MySQL"
    return Service(
        "mysql",
        starttls=None if flags is None else bool(flags & _MYSQL_TLS),
        banner=shown(version),
        product=product,
        version=short(text.removeprefix("5.5.5-") if product == "MariaDB" else text),
    )


def _redis(content: bytes, _port: int) -> Service | None:
    refusals = (b"-NOAUTH", b"-DENIED Redis", b"-ERR unknown command", b"-ERR wrong number of arg")
    if not content.startswith((*refusals, b"+PONG\r\n")):
        return None
    return Service("redis", banner=shown(content.splitlines()[0]), product="Redis")


def _memcached(content: bytes, port: int) -> Service | None:
    if content.startswith(b"VERSION ") or content == b"MN\r\n":
        return Service("memcached", banner=shown(content))
    if port == 11211 and re.fullmatch(rb"(?:ERROR\r\n)+", content):
        return Service("memcached", banner=shown(content))
    return None


def _http(content: bytes, _port: int) -> Service | None:
    match = _STATUS.match(content)
    if match is None:
        return None
    head, _, body = content.partition(b"\r\n\r\n")
    headers = _headers(head)
    server = headers.get("server")
    product, version = _product(server or "")
    service = Service(
        _http_name(headers, body),
        tls=match[1] == b"400" and _WANTS_TLS.search(body) is not None,
        banner=shown(head.splitlines()[0]),
        product=product,
        version=version,
        http=HttpAnswer(
            int(match[1]),
            visible(headers["location"], limit=500) if "location" in headers else None,
            short(server) if server is not None else None,
        ),
    )
    return _search_engine(service, body)


def _headers(head: bytes) -> dict[str, str]:
    """The first value of each header, by its name in lower case."""
    headers: dict[str, str] = {}
    for line in head.decode("latin-1").split("\r\n")[1:100]:
        name, colon, value = line.partition(":")
        if colon:
            headers.setdefault(name.strip().lower(), value.strip())
    return headers


def _product(server: str) -> tuple[str, str]:
    match = _SERVER.match(server)
    return (short(match["product"]), short(match["version"] or "")) if match else ("", "")


def _http_name(headers: dict[str, str], body: bytes) -> str:
    """Name what merely uses HTTP as its carrier, by what only it says."""
    if "api-version" in headers and headers.get("server", "").startswith("Docker/"):
        return "docker"
    if b"MongoDB over HTTP on the native driver port" in body:
        return "mongodb"
    if b'"etcdserver"' in body and b'"etcdcluster"' in body:
        return "etcd"
    return "http"


def _search_engine(service: Service, body: bytes) -> Service:
    """Elasticsearch and OpenSearch introduce themselves at ``/``, or ask for a password there."""
    status = service.http.status if service.http else 0
    opensearch = b"The OpenSearch Project" in body
    if status == 200 and b'"cluster_name"' in body and (opensearch or b"You Know, for Sea" in body):
        match = re.search(rb'"number"\s*:\s*"([^"]{1,40})"', body)
        return replace(
            service,
            name="elasticsearch",
            product="OpenSearch" if opensearch else "Elasticsearch",
            version=short(match[1].decode("latin-1")) if match else "",
            anonymous=True,
        )
    if status == 401 and b"security_exception" in body:
        return replace(service, name="elasticsearch", product="Elasticsearch", anonymous=False)
    return service


_READERS: Sequence[Callable[[bytes, int], Service | None]] = (
    _ssh,
    _http,
    _mail_or_files,
    _mailbox,
    _news,
    _filters,
    _streams,
    _relay_chat,
    _screen,
    _rsync,
    _redis,
    _memcached,
    _mysql,
    _telnet,
)
