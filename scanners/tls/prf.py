"""The secrets of TLS 1.0 to 1.2: the PRF and what is derived by it (RFC 2246, 5246, 7627)."""

import hashlib
import hmac
from dataclasses import dataclass, field

from scanners.tls.version import Protocol

MASTER_SIZE = 48
FINISHED_SIZE = 12


def prf(protocol: Protocol, algorithm: str, secret: bytes, label: bytes, size: int) -> bytes:
    """Derive ``size`` bytes from a secret; ``label`` includes the seed.

    ``algorithm`` (``sha256`` or ``sha384``) is that of the suite; TLS 1.0 and 1.1 use MD5 and SHA-1
    together, each over one half of the secret.
    """
    if protocol is Protocol.TLS1_2:
        return _p_hash(algorithm, secret, label, size)
    half = (len(secret) + 1) // 2
    first = _p_hash("md5", secret[:half], label, size)
    second = _p_hash("sha1", secret[len(secret) - half :], label, size)
    return bytes(a ^ b for a, b in zip(first, second, strict=True))


def _p_hash(algorithm: str, secret: bytes, seed: bytes, size: int) -> bytes:
    out = b""
    state = seed
    while len(out) < size:
        state = hmac.digest(secret, state, algorithm)
        out += hmac.digest(secret, state + seed, algorithm)
    return out[:size]


@dataclass
class Secrets:
    """One handshake's secrets. ``transcript`` holds every handshake message in order."""

    protocol: Protocol
    algorithm: str
    client_random: bytes
    server_random: bytes
    transcript: bytearray = field(default_factory=bytearray)
    master: bytes = b""

    def transcript_hash(self) -> bytes:
        """The hash that Finished and the extended master secret are made over."""
        content = bytes(self.transcript)
        if self.protocol is Protocol.TLS1_2:
            return hashlib.new(self.algorithm, content).digest()
        # The protocol prescribes both; nothing of ours is protected by them.
        return hashlib.md5(content, usedforsecurity=False).digest() + (
            hashlib.sha1(content, usedforsecurity=False).digest()
        )

    def agree(self, premaster: bytes, *, extended: bool) -> None:
        """Derive the master secret; ``extended`` binds it to the transcript (RFC 7627)."""
        if extended:
            label = b"extended master secret" + self.transcript_hash()
        else:
            label = b"master secret" + self.client_random + self.server_random
        self.master = self._prf(premaster, label, MASTER_SIZE)

    def key_block(self, size: int) -> bytes:
        """The bytes that all keys are cut from."""
        label = b"key expansion" + self.server_random + self.client_random
        return self._prf(self.master, label, size)

    def finished(self, *, client: bool) -> bytes:
        """The ``verify_data`` of one side over the transcript so far."""
        label = b"client finished" if client else b"server finished"
        return self._prf(self.master, label + self.transcript_hash(), FINISHED_SIZE)

    def _prf(self, secret: bytes, label: bytes, size: int) -> bytes:
        return prf(self.protocol, self.algorithm, secret, label, size)
