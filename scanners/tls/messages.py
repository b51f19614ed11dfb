"""Reading what a server says in its handshake (RFC 5246, 8446). Every fault is a MalformedError."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from scanners.tls.suites import Suite
from scanners.tls.version import Protocol, protocol_of
from scanners.tls.wire import MalformedError, Reader

SERVER_HELLO = 2
CERTIFICATE = 11
SERVER_KEY_EXCHANGE = 12
CERTIFICATE_REQUEST = 13
SERVER_HELLO_DONE = 14
HELLO_REQUEST = 0
NEW_SESSION_TICKET = 4
ENCRYPTED_EXTENSIONS = 8
CERTIFICATE_VERIFY = 15
CLIENT_KEY_EXCHANGE = 16
FINISHED = 20
CERTIFICATE_STATUS = 22
_RETRY_RANDOM = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
"""SHA-256 of "HelloRetryRequest": the random value that marks one (RFC 8446, section 4.1.3)."""
_NAMED_CURVE = 3
_OCSP = 1
_EARLY_DATA = 42
GROUP_NAMES: Mapping[int, str] = {
    1: "sect163k1", 2: "sect163r1", 3: "sect163r2", 4: "sect193r1", 5: "sect193r2",
    6: "sect233k1", 7: "sect233r1", 8: "sect239k1", 9: "sect283k1", 10: "sect283r1",
    11: "sect409k1", 12: "sect409r1", 13: "sect571k1", 14: "sect571r1", 15: "secp160k1",
    16: "secp160r1", 17: "secp160r2", 18: "secp192k1", 19: "secp192r1", 20: "secp224k1",
    21: "secp224r1", 22: "secp256k1", 23: "secp256r1", 24: "secp384r1", 25: "secp521r1",
    26: "brainpoolP256r1", 27: "brainpoolP384r1", 28: "brainpoolP512r1", 29: "x25519",
    30: "x448", 31: "brainpoolP256r1tls13", 32: "brainpoolP384r1tls13",
    33: "brainpoolP512r1tls13", 256: "ffdhe2048", 257: "ffdhe3072", 258: "ffdhe4096",
    259: "ffdhe6144", 260: "ffdhe8192", 512: "MLKEM512", 513: "MLKEM768", 514: "MLKEM1024",
    4587: "SecP256r1MLKEM768", 4588: "X25519MLKEM768", 4589: "SecP384r1MLKEM1024",
    0x6399: "X25519Kyber768Draft00", 0x639A: "SecP256r1Kyber768Draft00", 0x0022: "GC256A",
    0x0023: "GC256B", 0x0024: "GC256C", 0x0025: "GC256D", 0x0026: "GC512A", 0x0027: "GC512B",
    0x0028: "GC512C", 0x0029: "curveSM2", 0x11EE: "curveSM2MLKEM768",
}  # fmt: skip
"""IANA "TLS Supported Groups"."""


@dataclass(frozen=True)
class ServerHello:
    """What the server chose."""

    version: int
    suite: int
    random: bytes
    session_id: bytes
    group: int | None = None
    """TLS 1.3: the group of its key share, or the one that a retry asks for."""
    share: bytes = b""
    cookie: bytes = b""
    compression: int = 0
    """The method chosen (RFC 3749); 0 is none."""
    extensions: Mapping[int, bytes] = field(default_factory=dict)
    """Every extension as it was sent."""

    @property
    def is_retry(self) -> bool:
        """Tell whether this is a HelloRetryRequest."""
        return self.random == _RETRY_RANDOM

    @property
    def protocol(self) -> Protocol | None:
        """The version that will be spoken, where we know it."""
        return protocol_of(self.version)


@dataclass(frozen=True)
class KeyExchange:
    """Ephemeral parameters as the server sent them: bits of the prime, or a group's name."""

    dh_bits: int | None = None
    group: str | None = None
    prime: int = 0
    generator: int = 0
    public: bytes = b""
    """The server's ephemeral public key: a number or a point, as it was sent."""
    code: int | None = None
    """The code point of the group."""
    signature: int | None = None
    """The signature scheme, where the version (TLS 1.2) says one."""


def parse_server_hello(body: bytes) -> ServerHello:
    """Read a ServerHello or a HelloRetryRequest."""
    reader = Reader(body)
    version = reader.number(2)
    random = reader.take(32)
    session_id = reader.vector(1)
    if len(session_id) > 32:
        raise MalformedError("a session id is longer than 32 bytes")
    suite = reader.number(2)
    compression = reader.number(1)
    extensions = parse_extensions(reader.vector(2)) if reader.left else {}
    reader.expect_end()
    group, share = None, b""
    if 43 in extensions:
        selected = Reader(extensions[43])
        version = selected.number(2)
        selected.expect_end()
    if version == Protocol.TLS1_3.code and 51 in extensions:
        key_share = Reader(extensions[51])
        group = key_share.number(2)
        if random != _RETRY_RANDOM:
            share = key_share.vector(2)
        key_share.expect_end()
    cookie = Reader(extensions[44]).vector(2) if 44 in extensions else b""
    return ServerHello(
        version, suite, random, session_id, group, share, cookie, compression, extensions
    )


def parse_extensions(content: bytes) -> dict[int, bytes]:
    """Read a block of extensions. A kind that comes twice is a fault (RFC 8446, section 4.2)."""
    reader = Reader(content)
    extensions: dict[int, bytes] = {}
    while reader.left:
        kind = reader.number(2)
        if kind in extensions:
            raise MalformedError("an extension is repeated")
        extensions[kind] = reader.vector(2)
    return extensions


def parse_certificates(body: bytes, protocol: Protocol) -> tuple[bytes, ...]:
    """Read a Certificate message into the DER of each certificate, as sent."""
    if protocol is Protocol.TLS1_3:
        return tuple(der for der, _ in parse_certificate_entries(body))
    reader = Reader(body)
    entries = Reader(reader.vector(3))
    reader.expect_end()
    certificates = []
    while entries.left:
        certificates.append(entries.vector(3))
    return tuple(certificates)


def parse_certificate_entries(body: bytes) -> list[tuple[bytes, bytes]]:
    """Read a Certificate message of TLS 1.3: each DER with the block of extensions behind it."""
    reader = Reader(body)
    reader.vector(1)
    block = Reader(reader.vector(3))
    reader.expect_end()
    entries = []
    while block.left:
        certificate = block.vector(3)
        entries.append((certificate, block.vector(2)))
    return entries


def parse_key_exchange(body: bytes, suite: Suite) -> KeyExchange:
    """Read the parameters of a ServerKeyExchange; the signature behind them is not verified."""
    reader = Reader(body)
    if suite.ephemeral_dh:
        prime = int.from_bytes(reader.vector(2))
        generator = int.from_bytes(reader.vector(2))
        public = reader.vector(2)
        if prime == 0:
            raise MalformedError("a Diffie-Hellman prime of zero")
        signature = _signature_scheme(reader)
        return KeyExchange(
            prime.bit_length(),
            prime=prime,
            generator=generator,
            public=public,
            signature=signature,
        )
    if suite.ephemeral_ec:
        if reader.number(1) != _NAMED_CURVE:
            return KeyExchange(group="explicit")
        code = reader.number(2)
        public = reader.vector(1)
        signature = _signature_scheme(reader)
        return KeyExchange(group=group_name(code), public=public, code=code, signature=signature)
    return KeyExchange()


def parse_ticket(body: bytes) -> tuple[int, bytes]:
    """Read a NewSessionTicket of TLS 1.2 (RFC 5077): the lifetime hint in seconds, the ticket."""
    reader = Reader(body)
    lifetime = reader.number(4)
    ticket = reader.vector(2)
    reader.expect_end()
    return lifetime, ticket


def _signature_scheme(reader: Reader) -> int | None:
    """The scheme before a signature of TLS 1.2; None for an older one, which has none."""
    if reader.left < 4:
        return None
    scheme, size = reader.number(2), reader.number(2)
    return scheme if size == reader.left else None


@dataclass(frozen=True)
class ModernTicket:
    """A NewSessionTicket of TLS 1.3."""

    lifetime: int
    """In seconds."""
    age_add: int
    nonce: bytes
    ticket: bytes
    early_data: int | None = None
    """How many bytes of early data the server takes; None where it takes none."""


def parse_modern_ticket(body: bytes) -> ModernTicket:
    """Read a NewSessionTicket of TLS 1.3 (RFC 8446, section 4.6.1)."""
    reader = Reader(body)
    lifetime, age_add = reader.number(4), reader.number(4)
    nonce, ticket = reader.vector(1), reader.vector(2)
    extensions = parse_extensions(reader.vector(2))
    reader.expect_end()
    early = None
    if _EARLY_DATA in extensions:
        size = Reader(extensions[_EARLY_DATA])
        early = size.number(4)
        size.expect_end()
    return ModernTicket(lifetime, age_add, nonce, ticket, early)


def parse_stapled(body: bytes) -> bytes:
    """Read a CertificateStatus (RFC 6066, section 8): the OCSP response in DER."""
    reader = Reader(body)
    if reader.number(1) != _OCSP:
        raise MalformedError("a certificate status that was not asked for")
    response = reader.vector(3)
    reader.expect_end()
    return response


def group_name(code: int) -> str:
    """The registered name of a group, or its number."""
    return GROUP_NAMES.get(code, f"0x{code:04x}")
