"""Servers with several certificates at once: which kinds of keys they sign with, and how to ask.

A server with an RSA and an ECDSA certificate chooses by what the client offers (RFC 8446, section
4.4.2.2; in TLS 1.2 by the suite). Who offers everything sees one of them alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any

from scanners.certificate.entries import ASKED
from scanners.tls.hello import SIGNATURE_ALGORITHMS, Offer
from scanners.tls.schedule import READABLE_SUITES
from scanners.tls.suites import all_suites, suites_by_name, suites_for
from scanners.tls.version import Protocol
from scanners.tls.wire import vector
from secaudit.core.observation import Observation

_CERTIFICATE_SIGNATURES = 50
"""``signature_algorithms_cert``: what may sign the certificates themselves (RFC 8446, 4.2.3)."""


class KeyFamily(StrEnum):
    """Kinds of server keys, by how a client asks for them."""

    RSA = "RSA"
    ECDSA = "ECDSA"
    EDDSA = "EdDSA"


_SCHEMES: Mapping[KeyFamily, Sequence[int]] = {
    KeyFamily.RSA: (0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0201),
    KeyFamily.ECDSA: (0x0403, 0x0503, 0x0603, 0x0203),
    KeyFamily.EDDSA: (0x0807, 0x0808),
}
_BY_SCHEME = (
    ("rsa_", KeyFamily.RSA),
    ("ecdsa_", KeyFamily.ECDSA),
    ("ed", KeyFamily.EDDSA),
)
_BY_KEY = {
    "RSA": KeyFamily.RSA,
    "EC": KeyFamily.ECDSA,
    "Ed25519": KeyFamily.EDDSA,
    "Ed448": KeyFamily.EDDSA,
}


def families_seen(found: Sequence[Observation]) -> frozenset[KeyFamily]:
    """The kinds of keys that an endpoint showed to have, by its suites and signatures.

    ``found`` are its ``tls.endpoint`` and ``tls.handshake`` observations, where they were made.
    """
    families: set[KeyFamily] = set()
    table = suites_by_name()
    for item in found:
        if item.kind == "tls.endpoint":
            names = {name for suites in item.data["suites"].values() for name in suites}
            kinds = {table[name].authentication for name in names if name in table}
            families |= {family for family in KeyFamily if family.value in kinds}
        elif item.kind == "tls.handshake":
            schemes = [name for names in item.data["signature_schemes"].values() for name in names]
            families |= {
                family
                for begin, family in _BY_SCHEME
                if any(name.startswith(begin) for name in schemes)
            }
    return frozenset(families)


def family_of(leaf: Mapping[str, Any]) -> KeyFamily | None:
    """The kind of key in a certificate, by its facts; None for one that is not asked for."""
    key = leaf.get("key") or {}
    return _BY_KEY.get(str(key.get("type")))


def offers_for(family: KeyFamily, name: str | None) -> tuple[Offer, ...]:
    """Hellos that a server can answer by a certificate of this kind alone, in clear first."""
    signers = _numbers(SIGNATURE_ALGORITHMS)
    table = all_suites()
    wanted = KeyFamily.RSA if family is KeyFamily.RSA else KeyFamily.ECDSA
    suites = [code for code in suites_for(Protocol.TLS1_2) if table[code].authentication == wanted]
    older = Offer(
        Protocol.TLS1_2,
        suites,
        name,
        signatures=_SCHEMES[family],
        extensions={**ASKED, _CERTIFICATE_SIGNATURES: signers},
    )
    return older, replace(older, protocol=Protocol.TLS1_3, suites=READABLE_SUITES)


def _numbers(codes: Sequence[int]) -> bytes:
    return vector(2, b"".join(code.to_bytes(2) for code in codes))
