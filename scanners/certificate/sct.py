"""Signed certificate timestamps (RFC 6962, section 3): read, and verified against known logs.

An SCT in a certificate is over the precertificate: the certificate's own content without the list
of SCTs, with the hash of the issuer's key. One in the TLS extension or in an OCSP response is over
the certificate itself. A log of static-ct-api signs the same bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from scanners.certificate.ct_logs import Log, LogList
from scanners.certificate.der import OCTET_STRING, DerError, certificate_extensions, only
from scanners.tls.wire import MalformedError, Reader, vector
from secaudit.core.instant import format_instant

Source = Literal["embedded", "tls", "ocsp"]
_EMBEDDED = bytes.fromhex("2b06010401d679020402")
"""1.3.6.1.4.1.11129.2.4.2"""
_SHA256 = 4
_RSA, _ECDSA = 1, 3
_X509_ENTRY, _PRECERT_ENTRY = b"\x00\x00", b"\x00\x01"
MOST = 50
"""SCTs of one source that are looked at."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = 253_402_300_799_000
"""Milliseconds up to the end of the year 9999."""


@dataclass(frozen=True)
class Sct:
    """One SCT as it was read."""

    version: int
    log_id: bytes
    milliseconds: int
    extensions: bytes
    hash: int
    algorithm: int
    signature: bytes

    @property
    def at(self) -> datetime:
        """When the log promised to add the certificate."""
        return _EPOCH + timedelta(milliseconds=self.milliseconds)


def parse_list(content: bytes) -> tuple[Sct, ...]:
    """Read a SignedCertificateTimestampList. Raises MalformedError for any wrong length.

    SCTs of another version are passed over, as section 3.3 wants it.
    """
    outer = Reader(content)
    listed = Reader(outer.vector(2))
    outer.expect_end()
    if not listed.left:
        raise MalformedError("a list of no SCTs")
    found: list[Sct] = []
    while listed.left:
        one = Reader(listed.vector(2))
        version = one.number(1)
        if version != 0:
            continue
        sct = Sct(
            version,
            one.take(32),
            one.number(8),
            one.vector(2),
            one.number(1),
            one.number(1),
            one.vector(2),
        )
        one.expect_end()
        if sct.milliseconds > _LATEST:
            raise MalformedError("an SCT from beyond all time")
        if len(found) < MOST:
            found.append(sct)
    return tuple(found)


def embedded_list(der: bytes) -> bytes | None:
    """Return the list in a certificate as it was encoded. Raises MalformedError for its wrapping.

    None where there is none, or the certificate cannot be walked through to its extensions: what is
    no certificate has no wrong list either.
    """
    try:
        extensions = certificate_extensions(der)
    except DerError:
        return None
    for item in extensions:
        if item.oid == _EMBEDDED:
            try:
                return only(item.value, OCTET_STRING)
            except DerError as error:
                raise MalformedError(str(error)) from None
    return None


def signed_content(sct: Sct, entry: bytes) -> bytes:
    """Return what the log signed (section 3.2). ``entry`` begins with its LogEntryType."""
    timestamp = sct.milliseconds.to_bytes(8)
    return b"\x00\x00" + timestamp + entry + vector(2, sct.extensions)


def certificate_entry(certificate: x509.Certificate) -> bytes:
    """The entry of a certificate as it is."""
    return _X509_ENTRY + vector(3, certificate.public_bytes(Encoding.DER))


def precertificate_entry(certificate: x509.Certificate, issuer: x509.Certificate) -> bytes:
    """The entry of the precertificate that the certificate came from."""
    return precertificate_entry_of(certificate.tbs_precertificate_bytes, issuer)


def precertificate_entry_of(content: bytes, issuer: x509.Certificate) -> bytes:
    """The entry of a TBSCertificate without SCTs and without the poison."""
    key = issuer.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return _PRECERT_ENTRY + sha256(key).digest() + vector(3, content)


def is_signed_by(sct: Sct, log: Log, content: bytes) -> bool:
    """Tell whether the log signed ``content`` (section 2.1.4: SHA-256 with ECDSA or RSA)."""
    key = log.key
    if sct.hash != _SHA256:
        return False
    try:
        if isinstance(key, ec.EllipticCurvePublicKey) and sct.algorithm == _ECDSA:
            key.verify(sct.signature, content, ec.ECDSA(hashes.SHA256()))
            return True
        if not isinstance(key, ec.EllipticCurvePublicKey) and sct.algorithm == _RSA:
            key.verify(sct.signature, content, padding.PKCS1v15(), hashes.SHA256())
            return True
    except InvalidSignature:
        return False
    return False


@dataclass(frozen=True)
class Shown:
    """A certificate with what is needed to verify the SCTs about it."""

    certificate: x509.Certificate | None
    """None where it cannot be read strictly: nothing can be verified then."""
    issuers: tuple[x509.Certificate, ...]
    """Those that may have issued it; none where nobody knows."""


def sct_facts(
    sct: Sct, source: Source, shown: Shown, logs: LogList | None, at: datetime
) -> dict[str, Any]:
    """Return one SCT as JSON values.

    ``verdict``: ``valid``, ``invalid`` (the signature is wrong), ``future``, ``unknown_log`` (not
    in the list), ``unverified`` (there is no list, or no issuer to know the precertificate by).
    """
    log = None if logs is None else logs.logs.get(sct.log_id)
    facts: dict[str, Any] = {
        "source": source,
        "log_id": sct.log_id.hex(),
        "at": format_instant(sct.at),
        "log": log.description if log else None,
        "operator": log.operator if log else None,
        "tiled": log.tiled if log else None,
        "state": log.state if log else None,
        "state_since": format_instant(log.since) if log and log.since else None,
    }
    return facts | {"verdict": _verdict(sct, source, shown, log, logs, at)}


def _verdict(
    sct: Sct, source: Source, shown: Shown, log: Log | None, logs: LogList | None, at: datetime
) -> str:
    if logs is None:
        return "unverified"
    if log is None:
        return "unknown_log"
    entries = _entries(source, shown)
    if not entries:
        return "unverified"
    if not any(is_signed_by(sct, log, signed_content(sct, entry)) for entry in entries):
        return "invalid"
    return "future" if sct.at > at else "valid"


def _entries(source: Source, shown: Shown) -> Sequence[bytes]:
    if shown.certificate is None:
        return ()
    if source != "embedded":
        return (certificate_entry(shown.certificate),)
    certificate = shown.certificate
    try:
        return tuple(precertificate_entry(certificate, item) for item in shown.issuers)
    except ValueError:
        return ()
