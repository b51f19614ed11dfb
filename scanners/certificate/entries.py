"""The Certificate and CertificateStatus messages, with what may stand beside a certificate."""

from collections.abc import Mapping
from dataclasses import dataclass

from scanners.tls.messages import parse_extensions
from scanners.tls.version import Protocol
from scanners.tls.wire import MalformedError, Reader, vector

CERTIFICATE_STATUS = 22
STATUS, TIMESTAMPS = 5, 18
"""The extensions status_request and signed_certificate_timestamp."""
_OCSP = 1
ASKED: Mapping[int, bytes] = {
    STATUS: bytes([_OCSP]) + vector(2, b"") + vector(2, b""),
    TIMESTAMPS: b"",
}
"""What a hello adds to be told both: no list of responders, no extensions (RFC 6066, section 8)."""


@dataclass(frozen=True)
class Entries:
    """What one Certificate message holds."""

    certificates: tuple[bytes, ...]
    """The DER of each, as sent."""
    staple: bytes | None = None
    """TLS 1.3: the OCSP response in the first entry."""
    timestamps: bytes | None = None
    """TLS 1.3: the list of SCTs in the first entry."""
    broken: bool = False
    """What stands beside the first certificate is malformed. The certificates are not."""


def parse_entries(body: bytes, protocol: Protocol) -> Entries:
    """Read a Certificate message. Raises MalformedError where its certificates cannot be told."""
    reader = Reader(body)
    modern = protocol is Protocol.TLS1_3
    if modern:
        reader.vector(1)
    entries = Reader(reader.vector(3))
    reader.expect_end()
    certificates = []
    beside = b""
    while entries.left:
        certificates.append(entries.vector(3))
        extensions = entries.vector(2) if modern else b""
        if len(certificates) == 1:
            beside = extensions
    try:
        first = parse_extensions(beside)
        staple = parse_status(first[STATUS]) if STATUS in first else None
    except MalformedError:
        return Entries(tuple(certificates), broken=True)
    return Entries(tuple(certificates), staple, first.get(TIMESTAMPS))


def parse_status(body: bytes) -> bytes:
    """Read a CertificateStatus: the OCSP response in it. Raises MalformedError."""
    reader = Reader(body)
    if reader.number(1) != _OCSP:
        raise MalformedError("a certificate status that is not OCSP")
    response = reader.vector(3)
    reader.expect_end()
    return response
