"""What one connection should ask, so that the fewest of them decide everything.

The names of the algorithms tell the size of every host key but RSA's, so RSA is asked for first, on
the same connection as the modulus of the group exchange. A certificate holds the key, too: it is
asked for in the place of its key. What decides nothing more, but has a fingerprint that clients
store, comes after that: Ed25519, which they prefer, before ECDSA and the rest.
"""

from collections.abc import Iterable, Sequence

from scanners.ssh.exchange import GROUP_EXCHANGES, METHODS
from scanners.ssh.hostkey import family, is_certificate
from scanners.ssh.kexinit import KexInit

_BEST_FIRST = (
    "rsa-sha2-512",
    "rsa-sha2-256",
    "ssh-rsa",
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "ecdsa-sha2-1.3.132.0.10",
    "ssh-ed448",
    "ssh-dss",
)
_MARK = "-cert-v01@openssh.com"
READABLE = (*(name + _MARK for name in _BEST_FIRST), *_BEST_FIRST)
"""The algorithms whose host keys we can read, in the order in which they are asked for."""


def keys_to_ask(offer: KexInit, *, every_key: bool = False) -> list[str]:
    """The algorithms to ask for, one a connection; the first is asked for in any case."""
    offered = [name for name in READABLE if name in offer.named("host_key")]
    certificates = _one_each(name for name in offered if is_certificate(name))
    plain = _one_each(name for name in offered if not is_certificate(name))
    certified = {key_of(name) for name in certificates}
    rest = [name for name in plain if key_of(name) not in certified]
    needed = [name for name in rest if family(name) == "rsa"] + certificates
    if not needed or every_key:
        needed += [name for name in rest if name not in needed]
        needed = needed if every_key else needed[:1]
    return needed


def open_keys(offer: KexInit) -> set[str]:
    """The algorithms among :func:`keys_to_ask` without whose key something stays undecided."""
    asked = keys_to_ask(offer)
    return {name for name in asked if is_certificate(name) or family(name) == "rsa"}


def _one_each(names: Iterable[str]) -> list[str]:
    """One algorithm for each key: the same RSA key signs with three hashes."""
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(key_of(name), name)
    return list(found.values())


def key_of(name: str) -> str:
    """Which of the server's keys an algorithm shows: the type, or the curve of an ECDSA key."""
    kind = family(name)
    return name.partition("-cert-")[0] if kind == "ecdsa" else kind


def group_exchange_of(offered: Sequence[str]) -> str | None:
    """The group exchange to run, if the server has one."""
    return next((name for name in GROUP_EXCHANGES if name in offered), None)


def method_of(offered: Sequence[str]) -> str | None:
    """The cheapest key exchange that both sides can run, if there is one."""
    return next((name for name in METHODS if name in offered), None)
