"""Host keys as servers send them, and the signatures by which they prove that they hold them.

RFC 4253 section 6.6 (RSA, DSA), RFC 5656 (ECDSA), RFC 8709 (Ed25519, Ed448), RFC 8332 (RSA with
SHA-2), and OpenSSH's PROTOCOL.u2f for keys in security hardware. Certificates are in
:mod:`scanners.ssh.certificate`.
"""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from scanners.ssh.wire import SshReader
from scanners.tls.wire import MalformedError

_CURVES: dict[str, ec.EllipticCurve] = {
    "nistp256": ec.SECP256R1(),
    "nistp384": ec.SECP384R1(),
    "nistp521": ec.SECP521R1(),
    "1.3.132.0.10": ec.SECP256K1(),
}
_LARGEST_KEY = 16384
"""Bits. A larger number costs us time, and no key is."""
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "ssh-rsa": hashes.SHA1(),  # noqa: S303  # what the server chose; it is judged elsewhere
    "rsa-sha2-256": hashes.SHA256(),
    "rsa-sha2-512": hashes.SHA512(),
}
RSA_NAMES = frozenset(_HASHES)
CERTIFICATE_MARK = "-cert-v0"


@dataclass(frozen=True)
class PublicKey:
    """A public key: ``kind`` (``rsa``, ``dsa``, ``ecdsa``, ``ed25519``, ``ed448``), its size."""

    kind: str
    bits: int
    curve: str | None
    blob: bytes
    check: Callable[[str, bytes, bytes], None]
    """Verify (algorithm, signature, content); raises InvalidSignature or the like."""

    @property
    def algorithms(self) -> frozenset[str]:
        """The names that a signature by this key may carry."""
        if self.kind == "rsa":
            return RSA_NAMES
        names = {"dsa": "ssh-dss", "ecdsa": f"ecdsa-sha2-{self.curve}"}
        return frozenset([names.get(self.kind, f"ssh-{self.kind}")])

    @property
    def fingerprint(self) -> str:
        """As OpenSSH writes it: SHA-256 in base64 without padding."""
        return fingerprint(self.blob)


def fingerprint(blob: bytes) -> str:
    """The fingerprint of a key's blob, as OpenSSH writes it."""
    digest = base64.b64encode(hashlib.sha256(blob).digest()).decode("ascii")
    return f"SHA256:{digest.rstrip('=')}"


def family(algorithm: str) -> str:
    """The kind of key that an algorithm for host keys needs: ``rsa``, ``ecdsa``, ..."""
    name = plain_name(algorithm)
    if name in RSA_NAMES:
        return "rsa"
    if name == "ssh-dss":
        return "dsa"
    if name.startswith("ecdsa-sha2-"):
        return "ecdsa"
    return {"ssh-ed25519": "ed25519", "ssh-ed448": "ed448"}.get(name, "unknown")


def is_certificate(algorithm: str) -> bool:
    """Whether the algorithm sends a certificate of OpenSSH's."""
    return CERTIFICATE_MARK in algorithm


def plain_name(algorithm: str) -> str:
    """The algorithm without the mark of a certificate."""
    return algorithm.partition(CERTIFICATE_MARK)[0]


def parse_key(blob: bytes) -> PublicKey:
    """Read a plain public key. Raises MalformedError, also for a kind that we do not know."""
    reader = SshReader(blob)
    name = reader.text()
    key = read_key(name, reader, blob)
    reader.expect_end()
    return key


def read_key(name: str, reader: SshReader, blob: bytes) -> PublicKey:
    """Read the fields of a key of the kind ``name``; raises MalformedError for what is no key."""
    try:
        if name in RSA_NAMES:
            return _rsa(reader, blob)
        if name == "ssh-dss":
            return _dsa(reader, blob)
        if name.startswith("ecdsa-sha2-"):
            return _ecdsa(name.removeprefix("ecdsa-sha2-"), reader, blob)
        if name == "ssh-ed25519":
            key = ed25519.Ed25519PublicKey.from_public_bytes(reader.string())
            return _edwards("ed25519", 256, key, blob)
        if name == "ssh-ed448":
            return _edwards(
                "ed448", 456, ed448.Ed448PublicKey.from_public_bytes(reader.string()), blob
            )
    except (ValueError, UnsupportedAlgorithm):
        raise MalformedError("a host key is no valid key") from None
    raise MalformedError("a host key of an unknown kind")


def verify(key: PublicKey, algorithm: str, signature: bytes, content: bytes) -> str:
    """Verify a signature blob: return the algorithm that it names.

    Raises InvalidSignature where it does not hold or is not by such a key, UnsupportedAlgorithm
    where we cannot tell (a key of a size that the library refuses), and MalformedError.
    A server that answers ``rsa-sha2-512`` with an ``ssh-rsa`` signature breaks RFC 8332; some old
    ones do, and it is the name in the signature that is verified.
    """
    reader = SshReader(signature)
    name = reader.text()
    value = reader.string()
    if name not in key.algorithms or family(algorithm) != key.kind:
        raise InvalidSignature
    try:
        key.check(name, value, content)
    except ValueError:
        raise UnsupportedAlgorithm(name) from None
    return name


def _rsa(reader: SshReader, blob: bytes) -> PublicKey:
    exponent, modulus = reader.mpint(), reader.mpint()
    if modulus.bit_length() > _LARGEST_KEY:
        raise MalformedError("an RSA key is larger than any")

    def check(name: str, value: bytes, content: bytes) -> None:
        key = rsa.RSAPublicNumbers(exponent, modulus).public_key()
        # Some servers drop leading zeros (RFC 8332 allows none, PuTTY and others accept it).
        whole = value.rjust((modulus.bit_length() + 7) // 8, b"\0")
        key.verify(whole, content, padding.PKCS1v15(), _HASHES[name])

    return PublicKey("rsa", modulus.bit_length(), None, blob, check)


def _dsa(reader: SshReader, blob: bytes) -> PublicKey:
    p, q, g, y = (reader.mpint() for _ in range(4))
    if p.bit_length() > _LARGEST_KEY:
        raise MalformedError("a DSA key is larger than any")

    def check(_name: str, value: bytes, content: bytes) -> None:
        if len(value) != 40:
            raise InvalidSignature
        numbers = dsa.DSAPublicNumbers(y, dsa.DSAParameterNumbers(p, q, g))
        pair = int.from_bytes(value[:20]), int.from_bytes(value[20:])
        sha1 = hashes.SHA1()  # noqa: S303  # ssh-dss knows no other
        numbers.public_key().verify(encode_dss_signature(*pair), content, sha1)

    return PublicKey("dsa", p.bit_length(), None, blob, check)


def _ecdsa(curve_name: str, reader: SshReader, blob: bytes) -> PublicKey:
    curve = _CURVES.get(curve_name)
    if curve is None:
        raise MalformedError("an unknown curve")
    if reader.text() != curve_name:
        raise MalformedError("a host key names two curves")
    key = ec.EllipticCurvePublicKey.from_encoded_point(curve, reader.string())
    size = curve.key_size
    digest = hashes.SHA256() if size <= 256 else hashes.SHA384() if size <= 384 else hashes.SHA512()

    def check(_name: str, value: bytes, content: bytes) -> None:
        pair = SshReader(value)
        encoded = encode_dss_signature(pair.mpint(), pair.mpint())
        pair.expect_end()
        key.verify(encoded, content, ec.ECDSA(digest))

    return PublicKey("ecdsa", size, curve_name, blob, check)


def _edwards(
    kind: str, bits: int, key: ed25519.Ed25519PublicKey | ed448.Ed448PublicKey, blob: bytes
) -> PublicKey:
    def check(_name: str, value: bytes, content: bytes) -> None:
        key.verify(value, content)

    return PublicKey(kind, bits, None, blob, check)
