"""Writing ClientHellos for SSL 3.0 to TLS 1.3 (RFC 6101, 5246, 8446)."""

import os
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from scanners.tls.version import Protocol
from scanners.tls.wire import vector

HANDSHAKE_RECORD = 22
CLIENT_HELLO = 1
RENEGOTIATION_SCSV = 0x00FF
_RANDOM, _RANDOM_AT = 32, 6
"""How long the random is, and where in the message: behind type, length and version."""
_PRE_SHARED_KEY = 41
"""Must be the last extension (RFC 8446, section 4.2.11)."""
_PADDED_TO = 512
"""Some load balancers take a record of 256 to 511 bytes for SSL 2.0 (RFC 7685)."""

GROUPS = (
    *(29, 23, 24, 25, 30, *range(256, 261), 9, 10, 11, 12, 13, 14, 22, 26, 27, 28, 19, 21),
    *(6, 7, 8, 20, 18, 15, 16, 17, 1, 2, 3, 4, 5),
)
"""X25519, P-256, P-384, P-521, X448, ffdhe2048 to ffdhe8192, then older, rarer and weak curves."""
POST_QUANTUM_GROUPS = (0x11EC, 0x11EB, 0x11ED, 0x0200, 0x0201, 0x0202)
"""X25519MLKEM768, SecP256r1MLKEM768, SecP384r1MLKEM1024, MLKEM512, MLKEM768, MLKEM1024."""
DRAFT_GROUPS = (0x6399, 0x639A)
"""Kyber as some shipped it before ML-KEM was a standard."""
GROUPS_TLS1_3 = (
    *POST_QUANTUM_GROUPS,
    *DRAFT_GROUPS,
    *(29, 23, 24, 25, 30, *range(256, 261), 31, 32, 33),
)
SIGNATURE_ALGORITHMS = (
    *(0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080A, 0x080B),
    *(0x0401, 0x0501, 0x0601, 0x0303, 0x0301, 0x0203, 0x0201, 0x0402, 0x0502, 0x0602),
    *(0x0302, 0x0202, 0x0101),
)
"""RFC 8446 (4.2.3), then what TLS 1.2 had: whatever certificate a server has, it may show it."""


@dataclass(frozen=True)
class Offer:
    """What one ClientHello offers.

    ``share`` is a group and our public key in it; without one, a TLS 1.3 server answers by a
    HelloRetryRequest, which names the suite and the group and costs it no signature.
    """

    protocol: Protocol
    suites: Sequence[int]
    name: str | None = None
    share: tuple[int, bytes] | None = None
    also: tuple[Protocol, ...] = ()
    """Further versions in ``supported_versions``, where ``protocol`` is TLS 1.3."""
    cookie: bytes = b""
    session_id: bytes = b""
    random: bytes = b""
    groups: Sequence[int] | None = None
    """Named groups; None is the usual list of the version, an empty one sends no such extension."""
    signatures: Sequence[int] | None = None
    """Signature schemes, likewise."""
    compressions: bytes = b"\x00"
    """Compression methods, one byte each."""
    legacy_version: int | None = None
    """Another number in the version field than the one that belongs there."""
    extensions: Mapping[int, bytes | None] = field(default_factory=dict)
    """Further extensions by kind, or another content for a usual one; None leaves it out."""


def client_hello(offer: Offer) -> bytes:
    """Return the handshake message (not yet a record) that makes ``offer``."""
    random = offer.random or os.urandom(_RANDOM)
    if offer.share or offer.cookie or offer.session_id or offer.extensions:
        return _hello(offer, random)
    head, tail = _usual_hello(
        offer.protocol,
        tuple(offer.suites),
        offer.name,
        offer.also,
        None if offer.groups is None else tuple(offer.groups),
        None if offer.signatures is None else tuple(offer.signatures),
        offer.compressions,
        offer.legacy_version,
    )
    return head + random + tail


@lru_cache(maxsize=1024)
def _usual_hello(
    protocol: Protocol,
    suites: tuple[int, ...],
    name: str | None,
    also: tuple[Protocol, ...],
    groups: tuple[int, ...] | None,
    signatures: tuple[int, ...] | None,
    compressions: bytes,
    legacy_version: int | None,
) -> tuple[bytes, bytes]:
    """A hello without anything of its own, before and after its random: hosts get the same ones."""
    offer = Offer(
        protocol,
        suites,
        name,
        also=also,
        groups=groups,
        signatures=signatures,
        compressions=compressions,
        legacy_version=legacy_version,
    )
    whole = _hello(offer, bytes(_RANDOM))
    return whole[:_RANDOM_AT], whole[_RANDOM_AT + _RANDOM :]


def _hello(offer: Offer, random: bytes) -> bytes:
    legacy = offer.legacy_version or min(offer.protocol.code, Protocol.TLS1_2.code)
    suites = list(offer.suites)
    extensions = b""
    if offer.protocol is Protocol.SSL3:
        suites.append(RENEGOTIATION_SCSV)
    else:
        extensions = _extensions(offer)
    body = b"".join(
        (
            legacy.to_bytes(2),
            random,
            vector(1, offer.session_id),
            _numbers(suites),
            vector(1, offer.compressions),
        )
    )
    if offer.extensions.get(_PRE_SHARED_KEY) is not None:
        body += vector(2, extensions)
    elif extensions:
        body = _padded(body, extensions, offer.protocol)
    return bytes([CLIENT_HELLO]) + vector(3, body)


def hello_record(message: bytes, protocol: Protocol) -> bytes:
    """Wrap a ClientHello into its record. Old version numbers offend the fewest servers."""
    version = 0x0300 if protocol is Protocol.SSL3 else 0x0301
    return bytes([HANDSHAKE_RECORD]) + version.to_bytes(2) + vector(2, message)


def _padded(body: bytes, extensions: bytes, protocol: Protocol) -> bytes:
    """Put the extensions behind the body, with padding where some balancers need it."""
    size = 4 + len(body) + 2 + len(extensions)
    if protocol in (Protocol.TLS1_2, Protocol.TLS1_3) and 255 < size < _PADDED_TO:
        extensions += _extension(21, bytes(max(_PADDED_TO - size - 4, 1)))
    return body + vector(2, extensions)


def _extension(kind: int, content: bytes) -> bytes:
    return kind.to_bytes(2) + vector(2, content)


def _numbers(codes: Sequence[int]) -> bytes:
    return vector(2, struct.pack(f">{len(codes)}H", *codes))


_POINT_FORMATS = vector(1, b"\x00\x01\x02")


def server_name(name: str) -> bytes:
    """The content of the server_name extension (RFC 6066, section 3)."""
    host = b"\x00" + vector(2, name.encode("ascii", "ignore"))
    return vector(2, host)


def _usual(offer: Offer) -> dict[int, bytes]:
    """The extensions that any hello of ours has, by kind, in the order of sending."""
    modern = offer.protocol is Protocol.TLS1_3
    usual: dict[int, bytes] = {}
    if offer.name is not None:
        usual[0] = server_name(offer.name)
    groups = offer.groups
    if groups is None:
        groups = GROUPS_TLS1_3 if modern else GROUPS
    if groups:
        usual[10] = _numbers(groups)
    usual[11] = _POINT_FORMATS
    if offer.protocol in (Protocol.TLS1_2, Protocol.TLS1_3):
        signatures = SIGNATURE_ALGORITHMS if offer.signatures is None else offer.signatures
        if signatures:
            usual[13] = _numbers(signatures)
    usual[23] = b""
    usual[0xFF01] = b"\x00"
    if modern:
        versions = [item.code.to_bytes(2) for item in (offer.protocol, *offer.also)]
        usual[43] = vector(1, b"".join(versions))
        usual[45] = b"\x01\x01"
        share = b""
        if offer.share is not None:
            share = offer.share[0].to_bytes(2) + vector(2, offer.share[1])
        usual[51] = vector(2, share)
        if offer.cookie:
            usual[44] = vector(2, offer.cookie)
    return usual


def _extensions(offer: Offer) -> bytes:
    kinds: dict[int, bytes | None] = dict(_usual(offer))
    for kind, content in offer.extensions.items():
        kinds[kind] = content
    last = kinds.pop(_PRE_SHARED_KEY, None)
    parts = [_extension(kind, content) for kind, content in kinds.items() if content is not None]
    if last is not None:
        parts.append(_extension(_PRE_SHARED_KEY, last))
    return b"".join(parts)
