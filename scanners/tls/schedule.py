"""The key schedule of TLS 1.3, and the protection of its records (RFC 8446, 5.2 and 7)."""

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
_CCM_8 = 0x1305
_CURVES: dict[int, Callable[[], ec.EllipticCurve]] = {
    23: ec.SECP256R1,
    24: ec.SECP384R1,
    25: ec.SECP521R1,
}


class _Aead(Interface):
    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...
    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...


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


class TrafficKeys:
    """One direction under one traffic secret: seals and opens records (RFC 8446, section 5.2)."""

    def __init__(self, suite: int, secret: bytes) -> None:
        algorithm, key_size, aead = _SUITES[suite]
        self._aead = aead(expand_label(algorithm(), secret, b"key", b"", key_size))
        self._iv = int.from_bytes(expand_label(algorithm(), secret, b"iv", b"", 12))
        self._tag_size = 8 if suite == _CCM_8 else 16
        self._sequence = 0

    def _nonce(self) -> bytes:
        nonce = (self._iv ^ self._sequence).to_bytes(12)
        self._sequence += 1
        return nonce

    def open(self, header: bytes, content: bytes) -> tuple[int, bytes]:
        """Decrypt one record; return its inner type and content. Raises MalformedError."""
        try:
            inner = self._aead.decrypt(self._nonce(), content, header).rstrip(b"\0")
        except (InvalidTag, ValueError):
            raise MalformedError("a record does not decrypt") from None
        if not inner:
            raise MalformedError("a record without a content type")
        return inner[-1], inner[:-1]

    def seal(self, kind: int, content: bytes) -> bytes:
        """Return a whole record that carries ``content``."""
        header = b"\x17\x03\x03" + (len(content) + 1 + self._tag_size).to_bytes(2)
        return header + self._aead.encrypt(self._nonce(), content + bytes([kind]), header)


class HandshakeKeys(TrafficKeys):
    """Opens the records that the server protects with its handshake traffic secret."""

    def __init__(self, suite: int, shared: bytes, transcript: bytes) -> None:
        """``transcript`` is every handshake message up to and with the ServerHello."""
        schedule = KeySchedule(suite)
        super().__init__(suite, schedule.handshake(shared, transcript)[1])


class KeySchedule:
    """The secrets of one connection, stage by stage (RFC 8446, section 7.1)."""

    def __init__(self, suite: int, pre_shared: bytes = b"") -> None:
        self.suite = suite
        self.hash = suite_hash(suite)
        self._nothing = bytes(self.hash.digest_size)
        self._secret = self._extract(self._nothing, pre_shared or self._nothing)

    def handshake(self, shared: bytes, transcript: bytes) -> tuple[bytes, bytes]:
        """The client's and the server's handshake traffic secrets."""
        self._secret = self._extract(self._derive(b"derived", b""), shared)
        return self._derive(b"c hs traffic", transcript), self._derive(b"s hs traffic", transcript)

    def application(self, transcript: bytes) -> tuple[bytes, bytes]:
        """The client's and the server's application secrets, up to the server's Finished."""
        self._secret = self._extract(self._derive(b"derived", b""), self._nothing)
        return self._derive(b"c ap traffic", transcript), self._derive(b"s ap traffic", transcript)

    def resumption(self, transcript: bytes) -> bytes:
        """The resumption master secret, up to the client's Finished; after ``application``."""
        return self._derive(b"res master", transcript)

    def ticket_key(self, resumption: bytes, nonce: bytes) -> bytes:
        """The pre-shared key that belongs to one ticket (section 4.6.1)."""
        return expand_label(self.hash, resumption, b"resumption", nonce, self.hash.digest_size)

    def binder(self, hello: bytes) -> bytes:
        """The binder over a hello cut off before its binders (section 4.2.11.2)."""
        return self.finished(self._derive(b"res binder", b""), hello)

    def finished(self, secret: bytes, transcript: bytes) -> bytes:
        """The ``verify_data`` under one traffic secret (section 4.4.4)."""
        key = expand_label(self.hash, secret, b"finished", b"", self.hash.digest_size)
        return hmac.digest(key, digest(self.hash, transcript), self.hash.name)

    def _extract(self, salt: bytes, secret: bytes) -> bytes:
        return hmac.digest(salt, secret, self.hash.name)

    def _derive(self, label: bytes, messages: bytes) -> bytes:
        context = digest(self.hash, messages)
        return expand_label(self.hash, self._secret, label, context, self.hash.digest_size)


def suite_hash(suite: int) -> hashes.HashAlgorithm:
    """The hash of a suite. Raises MalformedError for one that was not offered."""
    if suite not in _SUITES:
        raise MalformedError("a suite that was not offered")
    return _SUITES[suite][0]()


def expand_label(
    algorithm: hashes.HashAlgorithm, secret: bytes, label: bytes, context: bytes, size: int
) -> bytes:
    """HKDF-Expand-Label (section 7.1)."""
    info = size.to_bytes(2) + vector(1, b"tls13 " + label) + vector(1, context)
    return HKDFExpand(algorithm, size, info).derive(secret)


def digest(algorithm: hashes.HashAlgorithm, content: bytes) -> bytes:
    """Hash some bytes."""
    state = hashes.Hash(algorithm)
    state.update(content)
    return state.finalize()


def message_hash(suite: int, hello: bytes) -> bytes:
    """What stands for the first ClientHello in the transcript after a retry (section 4.4.1)."""
    return b"\xfe" + vector(3, digest(suite_hash(suite), hello))


def fresh_session_id() -> bytes:
    """A session id that makes a TLS 1.3 hello look like TLS 1.2's (appendix D.4)."""
    return os.urandom(32)
