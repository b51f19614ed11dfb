"""What a result is about, and how its identity is written.

``zone/192.0.2.7:443/tcp#www.example.go.id``, ``zone/[2001:db8::1]:443/tcp``, ``zone/192.0.2.7``,
``file:store/path#alias``. The zone is where we looked from; the name is there only where the
answer depends on the server name that was asked for.
"""

import re
from dataclasses import dataclass

from secaudit.core.errors import InputError
from secaudit.core.network import parse_address

_ZONE = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_ENDPOINT = re.compile(
    r"(?P<zone>[^/]+)/(?P<host>\[[^\]]+\]|[^:/#\[\]]+)"
    r"(?::(?P<port>\d{1,5})/(?P<transport>tcp|udp))?(?:#(?P<name>.+))?"
)


@dataclass(frozen=True, order=True)
class Subject:
    """A host, an endpoint on it, or one server name at that endpoint, seen from ``zone``."""

    zone: str
    address: str
    port: int | None = None
    transport: str = "tcp"
    name: str | None = None

    def __str__(self) -> str:
        """Write the identity."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        text = f"{self.zone}/{host}"
        if self.port is not None:
            text += f":{self.port}/{self.transport}"
        return text if self.name is None else f"{text}#{self.name}"

    @property
    def host(self) -> "Subject":
        """The host that this subject is on."""
        return Subject(self.zone, self.address)

    @property
    def endpoint(self) -> "Subject":
        """The same endpoint without a server name."""
        return Subject(self.zone, self.address, self.port, self.transport)

    def named(self, name: str | None) -> "Subject":
        """The same endpoint as a server name sees it."""
        return Subject(self.zone, self.address, self.port, self.transport, name)


@dataclass(frozen=True, order=True)
class FileSubject:
    """A certificate at rest: ``path`` inside the named ``store``, and its ``alias`` in the file.

    ``#`` and ``%`` in a path are written as ``%23`` and ``%25``.
    """

    store: str
    path: str
    alias: str | None = None

    def __str__(self) -> str:
        """Write the identity."""
        path = self.path.replace("%", "%25").replace("#", "%23")
        text = f"file:{self.store}/{path}"
        return text if self.alias is None else f"{text}#{self.alias}"


AnySubject = Subject | FileSubject


def is_zone_name(text: str) -> bool:
    """Tell whether ``text`` can name a zone: lower-case letters, digits, ``-`` and ``_``."""
    return _ZONE.fullmatch(text) is not None


def parse_subject(text: str) -> AnySubject:
    """Read an identity. Raises InputError; ``str`` of the answer gives the canonical spelling."""
    if text.startswith("file:"):
        where, _, alias = text.removeprefix("file:").partition("#")
        store, _, path = where.partition("/")
        if not store or not path:
            raise InputError(
                "{text!r} is not a subject of the form file:store/path#alias", text=text
            )
        return FileSubject(store, path.replace("%23", "#").replace("%25", "%"), alias or None)
    match = _ENDPOINT.fullmatch(text)
    if match is None or not is_zone_name(match["zone"]):
        raise InputError("{text!r} is not a subject such as kantor/192.0.2.7:443/tcp", text=text)
    address = str(parse_address(match["host"].strip("[]")))
    if match["port"] is None:
        return Subject(match["zone"], address, name=match["name"])
    port = int(match["port"])
    if not 0 < port < 65536:
        raise InputError("port {port} in {text!r} is not between 1 and 65535", port=port, text=text)
    return Subject(match["zone"], address, port, match["transport"], match["name"])
