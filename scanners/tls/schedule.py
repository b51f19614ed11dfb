"""Just enough of TLS 1.3 to read what a server sends under its handshake keys (RFC 8446, 7).

Nothing is verified here: what the certificates say is judged elsewhere, and no secret is sent.
"""

import hmac
import os
from collections.abc import Callable
from typing import Protocol as Interface

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, x448, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from scanners.tls.wire import MalformedError, vector

X25519, X448 = 29, 30
_CURVES: dict[int, Callable[[], ec.EllipticCurve]] = {
    23: ec.SECP256R1,
    24: ec.SECP384R1,
    25: ec.SECP521R1,
}


class _Aead(Interface):
    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...


def _ccm_8(key: bytes) -> AESCCM:
    return AESCCM(key, tag_length=8)


_SUITES: dict[int, tuple[type[hashes.HashAlgorithm], int, Callable[[bytes], _Aead]]] = {
    0x1301: (hashes.SHA256, 16, AESGCM),
    0x1302: (hashes.SHA384, 32, AESGCM),
    0x1303: (hashes.SHA256, 32, ChaCha20Poly1305),
    0x1304: (hashes.SHA256, 16, AESCCM),
    0x1305: (hashes.SHA256, 16, _ccm_8),
}
READABLE_SUITES = tuple(_SUITES)
READABLE_GROUPS = (X25519, X448, *_CURVES)


class KeyShare:
    """A fresh key pair in one group."""

    def __init__(self, group: int) -> None:
        self.group = group
        self._own: x25519.X25519PrivateKey | x448.X448PrivateKey | ec.EllipticCurvePrivateKey
        if group == X25519:
            self._own = x25519.X25519PrivateKey.generate()
        elif group == X448:
            self._own = x448.X448PrivateKey.generate()
        elif group in _CURVES:
            self._own = ec.generate_private_key(_CURVES[group]())
        else:
            raise MalformedError("the server asks for a group that was not offered")

    @property
    def public(self) -> bytes:
        """The public key as a key share carries it."""
        if isinstance(self._own, ec.EllipticCurvePrivateKey):
            form = PublicFormat.UncompressedPoint
            return self._own.public_key().public_bytes(Encoding.X962, form)
        return self._own.public_key().public_bytes_raw()

    def agree(self, peer: bytes) -> bytes:
        """The shared secret. Raises MalformedError for a key that is none."""
        try:
            if isinstance(self._own, x25519.X25519PrivateKey):
                return self._own.exchange(x25519.X25519PublicKey.from_public_bytes(peer))
            if isinstance(self._own, x448.X448PrivateKey):
                return self._own.exchange(x448.X448PublicKey.from_public_bytes(peer))
            curve = self._own.curve
            point = ec.EllipticCurvePublicKey.from_encoded_point(curve, peer)
            return self._own.exchange(ec.ECDH(), point)
        except ValueError:
            raise MalformedError("a key share is not a key") from None


class HandshakeKeys:
    """Opens the records that the server protects with its handshake traffic secret."""

    def __init__(self, suite: int, shared: bytes, transcript: bytes) -> None:
        """``transcript`` is every handshake message up to and with the ServerHello."""
        if suite not in _SUITES:
            raise MalformedError("a suite that was not offered")
        algorithm, key_size, aead = _SUITES[suite]
        self._hash = algorithm()
        nothing = bytes(self._hash.digest_size)
        early = self._extract(nothing, nothing)
        handshake = self._extract(self._derive(early, b"derived", b""), shared)
        traffic = self._derive(handshake, b"s hs traffic", transcript)
        self._aead = aead(self._expand(traffic, b"key", b"", key_size))
        self._iv = int.from_bytes(self._expand(traffic, b"iv", b"", 12))
        self._sequence = 0

    def open(self, header: bytes, content: bytes) -> tuple[int, bytes]:
        """Decrypt one record; return its inner type and content. Raises MalformedError."""
        nonce = (self._iv ^ self._sequence).to_bytes(12)
        self._sequence += 1
        try:
            inner = self._aead.decrypt(nonce, content, header).rstrip(b"\0")
        except (InvalidTag, ValueError):
            raise MalformedError("a record does not decrypt") from None
        if not inner:
            raise MalformedError("a record without a content type")
        return inner[-1], inner[:-1]

    def _extract(self, salt: bytes, secret: bytes) -> bytes:
        return hmac.digest(salt, secret, self._hash.name)

    def _derive(self, secret: bytes, label: bytes, messages: bytes) -> bytes:
        return self._expand(secret, label, digest(self._hash, messages), self._hash.digest_size)

    def _expand(self, secret: bytes, label: bytes, context: bytes, size: int) -> bytes:
        info = size.to_bytes(2) + vector(1, b"tls13 " + label) + vector(1, context)
        return HKDFExpand(self._hash, size, info).derive(secret)


def digest(algorithm: hashes.HashAlgorithm, content: bytes) -> bytes:
    """Hash some bytes."""
    state = hashes.Hash(algorithm)
    state.update(content)
    return state.finalize()


def message_hash(suite: int, hello: bytes) -> bytes:
    """What stands for the first ClientHello in the transcript after a retry (section 4.4.1)."""
    if suite not in _SUITES:
        raise MalformedError("a suite that was not offered")
    return b"\xfe" + vector(3, digest(_SUITES[suite][0](), hello))


def fresh_session_id() -> bytes:
    """A session id that makes a TLS 1.3 hello look like TLS 1.2's (appendix D.4)."""
    return os.urandom(32)
