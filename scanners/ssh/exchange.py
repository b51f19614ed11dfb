"""One key exchange, as far as the server's host key and its signature.

RFC 4253 section 8 (finite fields), RFC 5656 and 8731 (curves), RFC 4419 (group exchange), and the
hybrid with ML-KEM (draft-ietf-sshm-mlkem-hybrid-kex). We never finish it: no NEWKEYS is sent, so
there is no session to protect, and our side's secrets need not be hard to guess.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ec, x448, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from scanners.ssh import sntrup
from scanners.ssh.groups import BY_NUMBER, Group, modp
from scanners.ssh.mlkem import CIPHERTEXT_BYTES, TrivialKey
from scanners.ssh.wire import SshReader, mpint, string, uint32
from scanners.tls.wire import MalformedError

INIT, REPLY = 30, 31
GEX_GROUP, GEX_INIT, GEX_REPLY, GEX_REQUEST = 31, 32, 33, 34
GEX_ASKED = (1024, 1024, 8192)
"""The smallest modulus, the one preferred, the largest (RFC 4419): the least that it would give."""
_EXPONENT_BITS = 64
LARGEST_MODULUS = 16384
_HYBRID_SHARE = 32


@dataclass(frozen=True)
class Shared:
    """What the exchange hash takes: both public values and the secret, as encoded in it."""

    ours: bytes
    theirs: bytes
    secret: bytes


@dataclass(frozen=True)
class Method:
    """A key exchange that we can run. ``share`` begins one."""

    name: str
    digest: str
    share: Callable[[], "Share"]


@dataclass(frozen=True)
class Share:
    """Our public value as the message carries it, and what to do with the server's."""

    public: bytes
    agree: Callable[[bytes], Shared] = field(repr=False)
    """From the content of the server's string or mpint. Raises MalformedError."""


def _agree_curve25519() -> Share:
    private = x25519.X25519PrivateKey.generate()
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def agree(theirs: bytes) -> Shared:
        secret = private.exchange(x25519.X25519PublicKey.from_public_bytes(theirs))
        return Shared(string(public), string(theirs), mpint(int.from_bytes(secret)))

    return Share(string(public), _guarded(agree))


def _agree_curve448() -> Share:
    private = x448.X448PrivateKey.generate()
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def agree(theirs: bytes) -> Shared:
        secret = private.exchange(x448.X448PublicKey.from_public_bytes(theirs))
        return Shared(string(public), string(theirs), mpint(int.from_bytes(secret)))

    return Share(string(public), _guarded(agree))


def _agree_ecdh(curve: ec.EllipticCurve) -> Callable[[], Share]:
    def begin() -> Share:
        private = ec.generate_private_key(curve)
        public = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

        def agree(theirs: bytes) -> Shared:
            point = ec.EllipticCurvePublicKey.from_encoded_point(curve, theirs)
            secret = private.exchange(ec.ECDH(), point)
            return Shared(string(public), string(theirs), mpint(int.from_bytes(secret)))

        return Share(string(public), _guarded(agree))

    return begin


def in_field(group: Group) -> Share:
    """Begin Diffie-Hellman in this group, with an exponent as short as our needs."""
    exponent = secrets.randbits(_EXPONENT_BITS) | 1 << _EXPONENT_BITS - 1
    public = pow(group.generator, exponent, group.prime)

    def agree(theirs: bytes) -> Shared:
        reader = SshReader(string(theirs))
        value = reader.mpint()
        if not 1 < value < group.prime - 1:
            raise MalformedError("the server's public value is not in the group")
        secret = pow(value, exponent, group.prime)
        return Shared(mpint(public), mpint(value), mpint(secret))

    return Share(mpint(public), agree)


def _agree_in(group: str) -> Callable[[], Share]:
    return lambda: in_field(modp(group))


def _hybrid(
    begin: Callable[[], tuple[bytes, Callable[[bytes], bytes]]], ciphertext: int, digest: str
) -> Callable[[], Share]:
    """A key encapsulation beside X25519: the hash of both secrets is the secret, as a string."""

    def start() -> Share:
        encapsulation_key, open_ = begin()
        private = x25519.X25519PrivateKey.generate()
        share = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        public = encapsulation_key + share

        def agree(theirs: bytes) -> Shared:
            if len(theirs) != ciphertext + _HYBRID_SHARE:
                raise MalformedError("a hybrid share of the wrong length")
            first = open_(theirs[:ciphertext])
            peer = x25519.X25519PublicKey.from_public_bytes(theirs[ciphertext:])
            both = hashlib.new(digest, first + private.exchange(peer)).digest()
            return Shared(string(public), string(theirs), string(both))

        return Share(string(public), _guarded(agree))

    return start


def _begin_mlkem() -> tuple[bytes, Callable[[bytes], bytes]]:
    key = TrivialKey()
    return key.public, key.decapsulate


def _begin_sntrup() -> tuple[bytes, Callable[[bytes], bytes]]:
    return sntrup.PUBLIC, sntrup.decapsulate


def _guarded(agree: Callable[[bytes], Shared]) -> Callable[[bytes], Shared]:
    def careful(theirs: bytes) -> Shared:
        try:
            return agree(theirs)
        except ValueError:
            raise MalformedError("the server's public value is not valid") from None

    return careful


def _listed() -> dict[str, Method]:
    found: list[Method] = [
        Method("curve25519-sha256", "sha256", _agree_curve25519),
        Method("curve25519-sha256@libssh.org", "sha256", _agree_curve25519),
        Method("ecdh-sha2-nistp256", "sha256", _agree_ecdh(ec.SECP256R1())),
        Method("ecdh-sha2-nistp384", "sha384", _agree_ecdh(ec.SECP384R1())),
        Method("ecdh-sha2-nistp521", "sha512", _agree_ecdh(ec.SECP521R1())),
        Method("ecdh-sha2-1.3.132.0.10", "sha256", _agree_ecdh(ec.SECP256K1())),
        Method("curve448-sha512", "sha512", _agree_curve448),
    ]
    mlkem = _hybrid(_begin_mlkem, CIPHERTEXT_BYTES, "sha256")
    found.append(Method("mlkem768x25519-sha256", "sha256", mlkem))
    ntru = _hybrid(_begin_sntrup, sntrup.CIPHERTEXT_BYTES, "sha512")
    found += [
        Method("sntrup761x25519-sha512", "sha512", ntru),
        Method("sntrup761x25519-sha512@openssh.com", "sha512", ntru),
    ]
    for number, digest in (
        (14, "sha256"),
        (15, "sha512"),
        (16, "sha512"),
        (17, "sha512"),
        (18, "sha512"),
        (14, "sha1"),
        (1, "sha1"),
    ):
        name = f"diffie-hellman-group{number}-{digest}"
        found.append(Method(name, digest, _agree_in(BY_NUMBER[number])))
    return {method.name: method for method in found}


METHODS = _listed()
"""What we can run, the cheapest for both sides first."""
GROUP_EXCHANGES = {
    "diffie-hellman-group-exchange-sha256": "sha256",
    "diffie-hellman-group-exchange-sha1": "sha1",
}


def exchange_hash(
    digest: str, lines: tuple[bytes, bytes], offers: tuple[bytes, bytes], *parts: bytes
) -> bytes:
    """H: the hash of both lines, both KEXINITs and then ``parts``, already encoded."""
    head = b"".join(string(item) for item in (*lines, *offers))
    return hashlib.new(digest, head + b"".join(parts)).digest()


def gex_request() -> bytes:
    """The message that asks for a group."""
    return bytes([GEX_REQUEST]) + b"".join(uint32(number) for number in GEX_ASKED)


def parse_group(payload: bytes) -> Group:
    """Read the group that a server gave. Raises MalformedError."""
    reader = SshReader(payload)
    if reader.number(1) != GEX_GROUP:
        raise MalformedError("another message where the group should be")
    prime, generator = reader.mpint(), reader.mpint()
    reader.expect_end()
    if not 256 <= prime.bit_length() <= LARGEST_MODULUS or not 1 < generator < prime - 1:
        raise MalformedError("what the server gave is no group")
    if not prime & 1:
        raise MalformedError("an even modulus")
    return Group(prime, generator)


def parse_reply(payload: bytes, kind: int) -> tuple[bytes, bytes, bytes]:
    """Read the server's answer: host key, public value, signature. Raises MalformedError."""
    reader = SshReader(payload)
    if reader.number(1) != kind:
        raise MalformedError("another message where the server's share should be")
    found = (reader.string(), reader.string(), reader.string())
    reader.expect_end()
    return found
