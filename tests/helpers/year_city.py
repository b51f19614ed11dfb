"""The servers of a city over a year: real ones on 127.0.88.0/24, which change from month to month.

A place is a host (the last byte of its address) and a port. What stands there is of a kind, and may
be repaired, broken again, switched off (the port refuses) or out of reach (its host keeps silent).
"""

import socket
import ssl
import struct
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tls_pki import Issued, Wish, issue, pem, rsa_key

from secaudit.app.demo import conversations
from secaudit.app.demo.certificates import MODERN_SUITES
from secaudit.app.demo.listener import Conversation, Listener

NETWORK = "127.0.88"
YEAR = datetime(2026, 1, 1, tzinfo=UTC)
PORTS = (2022, 2121, 2323, 6379, 8080, 8443, 9443)
"""What every scan asks for; a host that is out of reach keeps silent on all of them."""
NAME = "layanan.kota-contoh.example"
OLD_SUITES = "AES128-SHA:AES256-SHA:NULL-SHA:AECDH-AES128-SHA@SECLEVEL=0"
_COMMON = ("none", "none", "", "")
_OLD_SSH = (
    "diffie-hellman-group1-sha1,diffie-hellman-group14-sha1",
    "ssh-dss,ssh-rsa",
    *("3des-cbc,aes128-cbc,arcfour",) * 2,
    *("hmac-md5,hmac-sha1,hmac-sha1-96",) * 2,
    *_COMMON,
)
_NEW_SSH = (
    "mlkem768x25519-sha256,curve25519-sha256,kex-strict-s-v00@openssh.com",
    "ssh-ed25519",
    *("aes256-gcm@openssh.com",) * 2,
    *("hmac-sha2-256-etm@openssh.com",) * 2,
    *_COMMON,
)

Place = tuple[int, int]


def address(host: int) -> str:
    """The address of a host."""
    return f"{NETWORK}.{host}"


def ssh(version: str, lists: Iterable[str]) -> Conversation:
    """Name itself and its algorithms (RFC 4253, 4.2 and 7.1), and hang up before any key."""
    payload = b"\x14" + bytes(range(16))
    for names in lists:
        payload += struct.pack(">I", len(names)) + names.encode("ascii")
    payload += b"\0" * 5
    padding = 8 - (len(payload) + 5) % 8
    padding += 8 if padding < 4 else 0
    packet = struct.pack(">IB", len(payload) + padding + 1, padding) + payload + b"\0" * padding
    hello = f"SSH-2.0-{version}\r\n".encode("ascii") + packet

    def converse(connection: socket.socket) -> None:
        connection.sendall(hello)
        connection.settimeout(0.3)  # it waits for no more than what the client says at once
        for _ in range(4):
            if not connection.recv(4096):
                return

    return converse


@dataclass(frozen=True)
class Kind:
    """What a service says, and the TLS that it speaks."""

    conversation: Conversation
    context: ssl.SSLContext | None = None


def kinds(folder: Path) -> tuple[bytes, Mapping[str, Kind]]:
    """The root of the city's authority as PEM, and every kind of service. Keys are made once."""
    root = _issue(None, "Otoritas Akar Kota Contoh", (-900, 3650), ca=True)
    issuing = _issue(root, "Otoritas Penerbit Kota Contoh", (-800, 1825), ca=True)
    good = _issue(issuing, NAME, (-30, 390)).sending(issuing)
    expired = _issue(issuing, NAME, (-400, -20)).sending(issuing)
    alone = _issue(None, NAME, (-700, 3650), key=rsa_key(2048))
    page, strict = conversations.web_page("Layanan"), conversations.web_page("L", strict=True)
    return pem(root), {
        "telnet": Kind(conversations.telnet),
        "ftp": Kind(conversations.ftp),
        "redis": Kind(conversations.redis),
        "web": Kind(page),
        "redirect": Kind(conversations.redirect(f"https://{NAME}/")),
        "ssh": Kind(ssh("dropbear_2012.55", _OLD_SSH)),
        "ssh_new": Kind(ssh("layanan", _NEW_SSH)),
        "tls_good": Kind(strict, _modern(good, folder)),
        "tls_expired": Kind(page, _modern(expired, folder)),
        "tls_alone": Kind(page, _modern(alone, folder)),
        "tls_old": Kind(page, _old(alone, folder)),
    }


def _issue(
    issuer: Issued | None, name: str, days: tuple[int, int], *, ca: bool = False, key: Any = None
) -> Issued:
    """A certificate that is valid between two days, counted from the first of the year."""
    begin, end = (timedelta(days=day) for day in days)
    names = None if ca else (NAME,)
    return issue(issuer, Wish(name, names, begin, end, ca=ca, key=key, now=YEAR))


def _modern(issued: Issued, folder: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(MODERN_SUITES)
    context.load_cert_chain(*issued.write(folder))
    return context


def _old(issued: Issued, folder: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(OLD_SUITES)
    with warnings.catch_warnings():
        # Python deprecates these versions; that they are still spoken is what is tested.
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.load_cert_chain(*issued.write(folder))
    return context


class Silence:
    """A port whose queue is full: the kernel drops whoever else asks, as a firewall would."""

    def __init__(self, where: str, port: int) -> None:
        self._sockets = [socket.socket() for _ in range(3)]
        listener, *clients = self._sockets
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((where, port))
        listener.listen(0)
        for client in clients:
            client.setblocking(False)
            client.connect_ex((where, port))

    def stop(self) -> None:
        """Let the port refuse again."""
        for one in reversed(self._sockets):
            one.close()


class Servers:
    """What listens now. Close it at the end: nothing of it outlives ``close``."""

    def __init__(self, folder: Path) -> None:
        self.root, self._kinds = kinds(folder)
        self._standing: dict[Place, Listener] = {}
        self._kind: dict[Place, str] = {}
        self._silent: dict[int, list[Silence]] = {}

    def put(self, kind: str, *places: Place) -> None:
        """Let a service of this kind stand at places, instead of what stood there."""
        for place in places:
            self.off(place)
            wanted = self._kinds[kind]
            where, port = address(place[0]), place[1]
            listener = Listener(where, port, wanted.conversation, wanted.context)
            self._standing[place] = listener
            assert listener.port == port, f"{where}:{port} is taken"
            listener.start()
            self._kind[place] = kind

    def off(self, *places: Place) -> None:
        """Switch services off: their ports refuse."""
        for place in places:
            self._kind.pop(place, None)
            standing = self._standing.pop(place, None)
            if standing is not None:
                standing.stop()

    def gone(self, *hosts: int) -> None:
        """Let hosts be out of reach: they keep silent, until they are back with what they had."""
        for host in hosts:
            for place in [place for place in self._standing if place[0] == host]:
                self._standing.pop(place).stop()
            self._silent[host] = [Silence(address(host), port) for port in PORTS]

    def back(self, *hosts: int) -> None:
        """Let hosts answer again."""
        for host in hosts:
            for one in self._silent.pop(host):
                one.stop()
            for place, kind in list(self._kind.items()):
                if place[0] == host:
                    self.put(kind, place)

    def month(self, number: int) -> None:
        """Let happen what happens before the scan of a month."""
        for what, places in MONTHS[number]:
            if what == "off":
                self.off(*places)
            elif what == "gone":
                self.gone(*(host for host, _ in places))
            elif what == "back":
                self.back(*(host for host, _ in places))
            else:
                self.put(what, *places)

    def close(self) -> None:
        """Stop everything."""
        self.off(*list(self._standing))
        self._kind.clear()
        for host in list(self._silent):
            for one in self._silent.pop(host):
                one.stop()


def at(port: int, *hosts: int | range) -> list[Place]:
    """Places of one port on hosts and ranges of them."""
    return [
        (host, port) for item in hosts for host in (item if isinstance(item, range) else (item,))
    ]


Step = tuple[str, list[Place]]
MONTHS: Mapping[int, tuple[Step, ...]] = {
    1: (
        ("ssh", at(2022, range(1, 17), range(31, 35))),
        ("tls_old", at(8443, range(5, 13))),
        ("tls_old", at(9443, 35, 36)),
        ("tls_expired", at(8443, 15, 16, 17)),
        ("tls_alone", at(8443, 18, 19, 20, 21)),
        ("tls_good", at(8443, range(22, 27), range(37, 41))),
        ("telnet", at(2323, range(1, 11), 31)),
        ("ftp", at(2121, range(11, 19))),
        ("web", at(8080, range(2, 31, 2))),
        ("redirect", at(8080, 25, 27, 29)),
        ("redis", at(6379, range(19, 25), 37, 38, 39, 40)),
    ),
    # Some are repaired, one only says so (host 4), and three servers come.
    2: (
        ("off", at(2323, 1, 2, 3)),
        ("ssh_new", at(2022, 1, 2, 3)),
        ("redirect", at(8080, 2, 4)),
        ("ssh", at(2022, 17, 18, 19)),
    ),
    3: (("tls_good", at(8443, 5, 6)), ("tls_old", at(9443, 27, 28))),
    # A restored backup brings the old SSH back.
    4: (
        ("ssh", at(2022, 1)),
        ("tls_good", at(8443, 15, 17)),
        ("off", at(6379, 19)),
        ("ssh_new", at(2022, 31, 32)),
        ("off", at(2323, 31)),
    ),
    5: (("ssh_new", at(2022, 7, 8, 9)), ("redirect", at(8080, 6, 8, 10)), ("off", at(2323, 5))),
    6: (("tls_good", at(8443, 7, 8, 18)), ("ssh", at(2022, 28, 29))),
    # Host 30 does not answer for two months; three machines are new.
    7: (
        ("gone", [(30, 0)]),
        ("tls_old", at(8443, 41, 42)),
        ("ftp", at(2121, 43)),
        ("telnet", at(2323, 41)),
        ("ssh_new", at(2022, 1, 10)),
    ),
    # Host 24 is taken out of use; FTP on 11 is switched off on a machine that stays.
    8: (
        ("off", at(6379, 24)), ("off", at(8443, 24)), ("off", at(8080, 24)),
        ("off", at(2121, 11)),
    ),
    9: (("back", [(30, 0)]), ("tls_good", at(8443, 9, 10, 41)), ("redirect", at(8080, 12, 14))),
    # The way to half of the hosts is cut.
    10: (("gone", [(host, 0) for host in range(1, 23)]), ("ssh_new", at(2022, 33, 34))),
    11: (
        ("back", [(host, 0) for host in range(1, 23)]),
        ("telnet", at(2323, 3)),
        ("ssh_new", at(2022, 11, 12, 13)),
        ("off", at(2323, 4, 6, 7)),
    ),
    12: (("tls_good", at(8443, 11, 12)), ("off", at(6379, 20, 21)), ("tls_old", at(8443, 5))),
}  # fmt: skip
"""What changes before the scan of each month."""


@contextmanager
def servers() -> Iterator[Servers]:
    """The servers of the city, until the end of the block."""
    with tempfile.TemporaryDirectory(prefix="secaudit-year-") as folder:
        made = Servers(Path(folder))
        try:
            yield made
        finally:
            made.close()
