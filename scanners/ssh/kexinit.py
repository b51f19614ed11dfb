"""The lists of algorithms that both sides begin with (RFC 4253, section 7.1)."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from scanners.ssh.wire import SshReader, name_list

KEXINIT = 20
LISTS = (
    "kex",
    "host_key",
    "cipher_in",
    "cipher_out",
    "mac_in",
    "mac_out",
    "compression_in",
    "compression_out",
)
"""In the order of the message. ``in`` is from the client to the server, ``out`` the other way."""
STRICT_SERVER = ("kex-strict-s-v00@openssh.com", "kex-strict-s")
EXT_INFO = ("ext-info-s", "ext-info-c")
MARKERS = frozenset(
    [
        *STRICT_SERVER,
        *EXT_INFO,
        "kex-strict-c-v00@openssh.com",
        "kex-strict-c",
        "kexguess2@matt.ucc.asn.au",
    ]
)
"""Names among the key exchanges that only tell a capability."""


@dataclass(frozen=True)
class KexInit:
    """One side's offer. ``payload`` is the whole message, as the exchange hash takes it."""

    payload: bytes
    lists: tuple[tuple[str, ...], ...]
    languages: tuple[str, ...] = ()
    follows: bool = False
    """A packet of a guessed key exchange comes right after."""

    def named(self, name: str) -> tuple[str, ...]:
        """One of :data:`LISTS`, as sent."""
        return self.lists[LISTS.index(name)]

    @property
    def exchanges(self) -> tuple[str, ...]:
        """The key exchanges, without the names that only mark a capability."""
        return tuple(name for name in self.named("kex") if name not in MARKERS)

    @property
    def strict(self) -> bool:
        """The server knows the strict key exchange that closes Terrapin."""
        return any(name in self.named("kex") for name in STRICT_SERVER)

    @property
    def ext_info(self) -> bool:
        """The side asks for the extension message of RFC 8308."""
        return any(name in self.named("kex") for name in EXT_INFO)


def parse_kexinit(payload: bytes) -> KexInit:
    """Read a KEXINIT. Raises MalformedError."""
    reader = SshReader(payload)
    reader.take(1 + 16)
    lists = tuple(reader.names() for _ in LISTS)
    languages = (*reader.names(), *reader.names())
    follows = reader.number(1) != 0
    reader.take(4)
    reader.expect_end()
    return KexInit(payload, lists, tuple(dict.fromkeys(languages)), follows)


def make_kexinit(lists: Sequence[tuple[str, ...]]) -> KexInit:
    """Write our own, with eight lists in the order of :data:`LISTS`."""
    names = (*lists, (), ())
    body = b"".join(name_list(item) for item in names)
    payload = bytes([KEXINIT]) + os.urandom(16) + body + b"\x00" + bytes(4)
    return KexInit(payload, tuple(lists))


def chosen(ours: Sequence[str], theirs: Sequence[str]) -> str | None:
    """The first of the client's names that the server has too; None where they share none."""
    return next((name for name in ours if name in theirs), None)
