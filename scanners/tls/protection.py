"""Record protection of TLS 1.0 to 1.2: CBC with HMAC, AES-GCM, ChaCha20-Poly1305, 3DES, RC4.

Made for probing: a CBC record can be sealed with any padding and any MAC.
"""

import hmac
import os
from dataclasses import dataclass
from typing import Protocol as Interface

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4, TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.ciphers.algorithms import AES

from scanners.tls.suites import Suite
from scanners.tls.version import Protocol
from scanners.tls.wire import MalformedError, vector

_MACS = {
    "MD5": ("md5", 16),
    "SHA": ("sha1", 20),
    "SHA256": ("sha256", 32),
    "SHA384": ("sha384", 48),
}
_CIPHERS = {
    "AES_128_CBC": ("aes", 16),
    "AES_256_CBC": ("aes", 32),
    "3DES_EDE_CBC": ("3des", 24),
    "RC4_128": ("rc4", 16),
    "AES_128_GCM": ("gcm", 16),
    "AES_256_GCM": ("gcm", 32),
    "CHACHA20_POLY1305": ("chacha", 32),
}
_BLOCKS = {"aes": 16, "3des": 8}
_FIXED_IV = {"gcm": 4, "chacha": 12}
_LARGEST_CONTENT = 2**14
"""Bytes of content in one record (RFC 5246, section 6.2.1)."""


@dataclass(frozen=True)
class CipherPlan:
    """How a suite protects records: kind, and sizes in bytes of what is cut from the key block."""

    kind: str
    key_size: int
    mac: str
    mac_size: int
    iv_size: int

    @property
    def key_block_size(self) -> int:
        """Bytes for both directions."""
        return 2 * (self.mac_size + self.key_size + self.iv_size)


def plan_for(suite: Suite) -> CipherPlan | None:
    """Return how to speak a suite; None for one that we cannot."""
    name, _, ends = suite.cipher.rpartition("_")
    if name not in _CIPHERS:
        return None
    kind, key_size = _CIPHERS[name]
    if kind in _FIXED_IV:
        return CipherPlan(kind, key_size, "", 0, _FIXED_IV[kind])
    if ends not in _MACS:
        return None
    mac, mac_size = _MACS[ends]
    return CipherPlan(kind, key_size, mac, mac_size, _BLOCKS.get(kind, 0))


class Protection(Interface):
    """One direction of a connection under keys."""

    def seal(self, kind: int, content: bytes) -> bytes:
        """Return the fragment that carries ``content``."""
        ...

    def open(self, kind: int, fragment: bytes) -> bytes:
        """Return the content of a fragment. Raises MalformedError."""
        ...


def protection_for(
    plan: CipherPlan, protocol: Protocol, key: bytes, mac_key: bytes, iv: bytes, *, mac_last: bool
) -> "Protection":
    """Return a fresh direction. ``mac_last``: encrypt-then-MAC was agreed on (RFC 7366)."""
    if plan.kind == "gcm":
        return _Gcm(protocol, key, iv)
    if plan.kind == "chacha":
        return _ChaCha(protocol, key, iv)
    if plan.kind == "rc4":
        return _Rc4(protocol, plan, key, mac_key)
    return CbcProtection(protocol, plan, key, mac_key, iv, mac_last=mac_last)


class _Direction:
    def __init__(self, protocol: Protocol) -> None:
        self.protocol = protocol
        self.sequence = 0

    def header(self, kind: int, size: int) -> bytes:
        """The sequence number and the record's header, which every MAC and tag covers."""
        header = self.sequence.to_bytes(8) + bytes([kind]) + self.protocol.code.to_bytes(2)
        return header + size.to_bytes(2)


class _Gcm(_Direction):
    def __init__(self, protocol: Protocol, key: bytes, salt: bytes) -> None:
        super().__init__(protocol)
        self._cipher = AESGCM(key)
        self._salt = salt

    def seal(self, kind: int, content: bytes) -> bytes:
        explicit = self.sequence.to_bytes(8)
        header = self.header(kind, len(content))
        self.sequence += 1
        return explicit + self._cipher.encrypt(self._salt + explicit, content, header)

    def open(self, kind: int, fragment: bytes) -> bytes:
        header = self.header(kind, max(len(fragment) - 24, 0))
        self.sequence += 1
        try:
            return self._cipher.decrypt(self._salt + fragment[:8], fragment[8:], header)
        except (InvalidTag, ValueError):
            raise MalformedError("a record does not decrypt") from None


class _ChaCha(_Direction):
    def __init__(self, protocol: Protocol, key: bytes, iv: bytes) -> None:
        super().__init__(protocol)
        self._cipher = ChaCha20Poly1305(key)
        self._iv = int.from_bytes(iv)

    def _nonce(self) -> bytes:
        return (self._iv ^ self.sequence).to_bytes(12)

    def seal(self, kind: int, content: bytes) -> bytes:
        nonce, header = self._nonce(), self.header(kind, len(content))
        self.sequence += 1
        return self._cipher.encrypt(nonce, content, header)

    def open(self, kind: int, fragment: bytes) -> bytes:
        nonce, header = self._nonce(), self.header(kind, max(len(fragment) - 16, 0))
        self.sequence += 1
        try:
            return self._cipher.decrypt(nonce, fragment, header)
        except (InvalidTag, ValueError):
            raise MalformedError("a record does not decrypt") from None


class _Authenticated(_Direction):
    def __init__(self, protocol: Protocol, plan: CipherPlan, mac_key: bytes) -> None:
        super().__init__(protocol)
        self.plan = plan
        self._mac_key = mac_key

    def mac(self, kind: int, content: bytes) -> bytes:
        """The MAC that the next record with this content must carry."""
        covered = self.header(kind, len(content)) + content
        return hmac.digest(self._mac_key, covered, self.plan.mac)

    def check(self, kind: int, content: bytes, mac: bytes) -> None:
        if not hmac.compare_digest(self.mac(kind, content), mac):
            raise MalformedError("a record's MAC is wrong")
        self.sequence += 1


class _Rc4(_Authenticated):
    def __init__(self, protocol: Protocol, plan: CipherPlan, key: bytes, mac_key: bytes) -> None:
        super().__init__(protocol, plan, mac_key)
        self._stream = Cipher(ARC4(key), None).encryptor()

    def seal(self, kind: int, content: bytes) -> bytes:
        plain = content + self.mac(kind, content)
        self.sequence += 1
        return self._stream.update(plain)

    def open(self, kind: int, fragment: bytes) -> bytes:
        plain = self._stream.update(fragment)
        if len(plain) < self.plan.mac_size:
            raise MalformedError("a record is shorter than its MAC")
        content, mac = plain[: -self.plan.mac_size], plain[-self.plan.mac_size :]
        self.check(kind, content, mac)
        return content


class CbcProtection(_Authenticated):
    """A block cipher in CBC mode with HMAC."""

    def __init__(
        self,
        protocol: Protocol,
        plan: CipherPlan,
        key: bytes,
        mac_key: bytes,
        iv: bytes,
        *,
        mac_last: bool,
    ) -> None:
        super().__init__(protocol, plan, mac_key)
        self._cipher = AES(key) if plan.kind == "aes" else TripleDES(key)
        self._chained = iv if protocol is Protocol.TLS1_0 else None
        self.mac_last = mac_last
        self.block_size = _BLOCKS[plan.kind]

    def padding_for(self, size: int) -> bytes:
        """The shortest right padding behind ``size`` bytes, its length byte included."""
        count = self.block_size - 1 - size % self.block_size
        return bytes([count]) * (count + 1)

    def encrypt(self, plain: bytes) -> bytes:
        """Encrypt whole blocks as they are, with the IV that the version wants before them."""
        iv = os.urandom(self.block_size) if self._chained is None else self._chained
        encryptor = Cipher(self._cipher, modes.CBC(iv)).encryptor()
        fragment = encryptor.update(plain) + encryptor.finalize()
        if self._chained is None:
            return iv + fragment
        self._chained = fragment[-self.block_size :]
        return fragment

    def seal(self, kind: int, content: bytes) -> bytes:
        """Return the fragment that carries ``content``."""
        return self.seal_with(kind, content)

    def seal_with(
        self, kind: int, content: bytes, *, mac: bytes | None = None, padding: bytes | None = None
    ) -> bytes:
        """Seal with a MAC or a padding other than the right one.

        Content, MAC and padding together must fill whole blocks. The sequence number goes on.
        """
        if self.mac_last:
            body = content + (self.padding_for(len(content)) if padding is None else padding)
            fragment = self.encrypt(body)
            right = self.mac(kind, fragment)
            self.sequence += 1
            return fragment + (right if mac is None else mac)
        plain = content + (self.mac(kind, content) if mac is None else mac)
        plain += self.padding_for(len(plain)) if padding is None else padding
        self.sequence += 1
        return self.encrypt(plain)

    def open(self, kind: int, fragment: bytes) -> bytes:
        """Return the content of a fragment. Raises MalformedError."""
        if self.mac_last:
            split = max(len(fragment) - self.plan.mac_size, 0)
            fragment, mac = fragment[:split], fragment[split:]
            self.check(kind, fragment, mac)
            return self._unpad(self._decrypt(fragment))
        body = self._unpad(self._decrypt(fragment))
        if len(body) < self.plan.mac_size:
            raise MalformedError("a record is shorter than its MAC")
        split = len(body) - self.plan.mac_size
        self.check(kind, body[:split], body[split:])
        return body[:split]

    def _decrypt(self, fragment: bytes) -> bytes:
        if self._chained is None:
            iv, fragment = fragment[: self.block_size], fragment[self.block_size :]
        else:
            iv = self._chained
        if len(iv) != self.block_size or not fragment or len(fragment) % self.block_size:
            raise MalformedError("a record is not whole blocks")
        if self._chained is not None:
            self._chained = fragment[-self.block_size :]
        decryptor = Cipher(self._cipher, modes.CBC(iv)).decryptor()
        return decryptor.update(fragment) + decryptor.finalize()

    def _unpad(self, plain: bytes) -> bytes:
        count = plain[-1] + 1
        if count > len(plain) or plain[-count:] != bytes([plain[-1]]) * count:
            raise MalformedError("a record's padding is wrong")
        return plain[:-count]


def record_bytes(kind: int, protocol: Protocol, fragment: bytes) -> bytes:
    """Put a header before a fragment."""
    return bytes([kind]) + protocol.code.to_bytes(2) + vector(2, fragment)


def both_sides(
    plan: CipherPlan, protocol: Protocol, block: bytes, *, mac_last: bool
) -> tuple[Protection, Protection]:
    """Cut a key block (RFC 5246, section 6.3) into the client's protection and the server's."""
    pieces = []
    for size in (plan.mac_size, plan.key_size, plan.iv_size):
        pieces.append((block[:size], block[size : 2 * size]))
        block = block[2 * size :]
    mac, key, iv = pieces
    mine, theirs = (
        protection_for(plan, protocol, key[side], mac[side], iv[side], mac_last=mac_last)
        for side in (0, 1)
    )
    return mine, theirs


def records_of(
    kind: int, protocol: Protocol, content: bytes, protection: Protection | None
) -> bytes:
    """Write content as records, as few as it takes, under a protection where there is one."""
    out = b""
    for start in range(0, max(len(content), 1), _LARGEST_CONTENT):
        piece = content[start : start + _LARGEST_CONTENT]
        if protection is not None:
            piece = protection.seal(kind, piece)
        out += record_bytes(kind, protocol, piece)
    return out
