"""The client's side of ML-KEM-768 (FIPS 203) with a key that keeps no secret.

To verify a host's signature over a hybrid key exchange one must know the secret that the server
encapsulated. Nothing is ever encrypted with it here, so the simplest valid encapsulation key does:
one whose vector is zero. What the server sends back then carries its message in the clear (FIPS
203, algorithm 14: v is the message and a small error), and no arithmetic on polynomials is needed.
"""

import hashlib
import os

_VECTOR_BYTES = 3 * 384
_U_BYTES = 3 * 320
_V_BYTES = 128
PUBLIC_BYTES = _VECTOR_BYTES + 32
CIPHERTEXT_BYTES = _U_BYTES + _V_BYTES
_ONES = range(5, 12)
"""The compressed coefficients (four bits each) that are nearer to q/2 than to zero."""


class TrivialKey:
    """An encapsulation key of which everybody knows the other half."""

    def __init__(self) -> None:
        """Take a zero vector and a random seed: it passes the checks of FIPS 203, section 7.2."""
        self.public = bytes(_VECTOR_BYTES) + os.urandom(32)

    def decapsulate(self, ciphertext: bytes) -> bytes:
        """Return the 32 bytes that both sides share. Raises ValueError for a wrong length."""
        if len(ciphertext) != CIPHERTEXT_BYTES:
            raise ValueError(len(ciphertext))
        nibbles = [nibble for byte in ciphertext[_U_BYTES:] for nibble in (byte & 15, byte >> 4)]
        number = sum(1 << place for place, value in enumerate(nibbles) if value in _ONES)
        message = number.to_bytes(32, "little")
        digest = hashlib.sha3_256(self.public).digest()
        return hashlib.sha3_512(message + digest).digest()[:32]
