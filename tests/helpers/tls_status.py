"""What stands beside certificates, made for a test: OCSP responses, CRLs, CT logs and SCTs."""

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID
from tls_pki import Issued, Key, Wish, issue, prepare

EMBEDDED_SCTS = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
OCSP_SCTS = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.5")
MUST_STAPLE = (x509.TLSFeature([x509.TLSFeatureType.status_request]), False)
DAY = timedelta(days=1)


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True)
class Answer:
    """What an OCSP response shall say."""

    status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD
    begin: timedelta = -DAY
    end: timedelta | None = 6 * DAY
    signer: Issued | None = None
    """Who signs, where it is not the issuer; its certificate goes with the response."""
    hash: hashes.HashAlgorithm = field(default_factory=hashes.SHA256)
    by_name: bool = True
    certid: hashes.HashAlgorithm = field(default_factory=hashes.SHA1)


def ocsp_response(
    leaf: Issued,
    issuer: Issued,
    answer: Answer | None = None,
    extra: Sequence[x509.ExtensionType] = (),
) -> bytes:
    answer = answer or Answer()
    revoked = answer.status is ocsp.OCSPCertStatus.REVOKED
    signer = answer.signer or issuer
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=leaf.certificate,
        issuer=issuer.certificate,
        algorithm=answer.certid,
        cert_status=answer.status,
        this_update=now() + answer.begin,
        next_update=None if answer.end is None else now() + answer.end,
        revocation_time=now() - 2 * DAY if revoked else None,
        revocation_reason=x509.ReasonFlags.key_compromise if revoked else None,
    )
    form = ocsp.OCSPResponderEncoding.NAME if answer.by_name else ocsp.OCSPResponderEncoding.HASH
    builder = builder.responder_id(form, signer.certificate)
    if answer.signer is not None:
        builder = builder.certificates([signer.certificate])
    for extension in extra:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(signer.key, answer.hash).public_bytes(Encoding.DER)


def refusal(status: ocsp.OCSPResponseStatus) -> bytes:
    return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(Encoding.DER)


def responder(issuer: Issued, **wishes: object) -> Issued:
    """A delegated OCSP responder."""
    usage = (ExtendedKeyUsageOID.OCSP_SIGNING,)
    wish = replace(Wish("Responden OCSP", None, usage=usage), **wishes)  # type: ignore[arg-type]
    return issue(issuer, wish)


def revocation_list(
    issuer: Issued,
    revoked: Sequence[Issued] = (),
    *,
    begin: timedelta = -DAY,
    end: timedelta = 6 * DAY,
    signer: Issued | None = None,
    extra: Sequence[tuple[x509.ExtensionType, bool]] = (),
    reason: x509.ReasonFlags = x509.ReasonFlags.key_compromise,
) -> bytes:
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(now() + begin)
        .next_update(now() + end)
    )
    for item in revoked:
        entry = (
            x509.RevokedCertificateBuilder()
            .serial_number(item.certificate.serial_number)
            .revocation_date(now() - 3 * DAY)
            .add_extension(x509.CRLReason(reason), critical=False)
        )
        builder = builder.add_revoked_certificate(entry.build())
    for extension, critical in extra:
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign((signer or issuer).key, hashes.SHA256()).public_bytes(Encoding.DER)


def sources(*, ocsp_at: str = "", crl_at: str = "") -> list[tuple[x509.ExtensionType, bool]]:
    """Extensions that say where the status of a certificate can be asked."""
    found: list[tuple[x509.ExtensionType, bool]] = []
    if ocsp_at:
        place = x509.UniformResourceIdentifier(ocsp_at)
        access = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, place)
        found.append((x509.AuthorityInformationAccess([access]), False))
    if crl_at:
        names = [x509.UniformResourceIdentifier(crl_at)]
        point = x509.DistributionPoint(names, None, None, None)
        found.append((x509.CRLDistributionPoints([point]), False))
    return found


@dataclass(frozen=True)
class TestLog:
    """A CT log with its key."""

    __test__ = False

    name: str
    operator: str
    key: Key = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    state: str = "usable"
    since: str = "2024-01-01T00:00:00Z"
    tiled: bool = False

    @cached_property
    def spki(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @property
    def log_id(self) -> bytes:
        return sha256(self.spki).digest()

    def sct(self, entry: bytes, at: datetime | None = None, extensions: bytes = b"") -> bytes:
        """Sign an entry (its type first) as RFC 6962 has it."""
        timestamp = int((at or now()).timestamp() * 1000).to_bytes(8)
        content = b"\x00\x00" + timestamp + entry + vector(2, extensions)
        if isinstance(self.key, rsa.RSAPrivateKey):
            kind, signature = 1, self.key.sign(content, PKCS1v15(), hashes.SHA256())
        else:
            kind, signature = 3, self.key.sign(content, ec.ECDSA(hashes.SHA256()))
        head = b"\x00" + self.log_id + timestamp + vector(2, extensions)
        return head + bytes([4, kind]) + vector(2, signature)


def vector(width: int, content: bytes) -> bytes:
    return len(content).to_bytes(width) + content


def sct_list(*scts: bytes) -> bytes:
    return vector(2, b"".join(vector(2, sct) for sct in scts))


def log_list(*logs: TestLog, made_at: str = "2026-11-20T12:00:00Z") -> bytes:
    """The list in Google's format, version 3."""
    operators = []
    for name in dict.fromkeys(log.operator for log in logs):
        own = [log for log in logs if log.operator == name]
        entry: dict[str, object] = {"name": name, "email": ["ct@contoh.example"]}
        for key, tiled in (("logs", False), ("tiled_logs", True)):
            entry[key] = [
                {
                    "description": log.name,
                    "log_id": b64encode(log.log_id).decode(),
                    "key": b64encode(log.spki).decode(),
                    "mmd": 86400,
                    "state": {log.state: {"timestamp": log.since}},
                }
                for log in own
                if log.tiled is tiled
            ]
        operators.append(entry)
    document = {"version": "81.0", "log_list_timestamp": made_at, "operators": operators}
    return json.dumps(document).encode()


def precertificate_entry(content: bytes, issuer: Issued) -> bytes:
    """What a log signs for a precertificate, by the text of RFC 6962 and not by our reading."""
    spki = issuer.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b"\x00\x01" + sha256(spki).digest() + vector(3, content)


def certificate_entry(issued: Issued) -> bytes:
    return b"\x00\x00" + vector(3, issued.certificate.public_bytes(Encoding.DER))


def logged(issuer: Issued, wish: Wish, *logs: TestLog, at: datetime | None = None) -> Issued:
    """A certificate with an embedded SCT of each log, over its real precertificate."""
    key = wish.key or ec.generate_private_key(ec.SECP256R1())
    builder = prepare(key, issuer, wish)
    bare = builder.sign(issuer.key, hashes.SHA256())
    entry = precertificate_entry(bare.tbs_certificate_bytes, issuer)
    return with_scts(builder, key, issuer, sct_list(*(log.sct(entry, at) for log in logs)))


def with_scts(builder: x509.CertificateBuilder, key: Key, issuer: Issued, listed: bytes) -> Issued:
    """Sign a certificate with this list in it, right or wrong."""
    size = len(listed)
    width = 0 if size < 128 else (size.bit_length() + 7) // 8
    length = bytes([0x80 | width]) + size.to_bytes(width) if width else bytes([size])
    head = b"\x04" + length
    extension = x509.UnrecognizedExtension(EMBEDDED_SCTS, head + listed)
    whole = builder.add_extension(extension, critical=False).sign(issuer.key, hashes.SHA256())
    return Issued(key, whole)
