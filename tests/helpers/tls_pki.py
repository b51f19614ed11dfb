"""Certificates made for a test: good ones, and each fault that a check is about."""

import ipaddress
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
NAME = "layanan.contoh.go.id"


@cache
def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


@dataclass(frozen=True)
class Issued:
    """A key, its certificate, and what a server sends with it (the certificate itself first)."""

    key: Key
    certificate: x509.Certificate
    sent: tuple[x509.Certificate, ...] = ()

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        return (self.certificate, *self.sent)

    @property
    def chain_pem(self) -> bytes:
        return b"".join(item.public_bytes(Encoding.PEM) for item in self.chain)

    @property
    def key_pem(self) -> bytes:
        form = PrivateFormat.TraditionalOpenSSL
        return self.key.private_bytes(Encoding.PEM, form, NoEncryption())

    def sending(self, *others: "Issued") -> "Issued":
        return Issued(self.key, self.certificate, tuple(item.certificate for item in others))

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Write chain and key as PEM files of their own names."""
        stem = uuid.uuid4().hex
        chain, key = folder / f"{stem}.pem", folder / f"{stem}.key"
        chain.write_bytes(self.chain_pem)
        key.write_bytes(self.key_pem)
        return chain, key


@dataclass(frozen=True)
class Wish:
    """What a certificate shall be like."""

    name: str = NAME
    names: Sequence[str] | None = (NAME,)
    begin: timedelta = timedelta(days=-1)
    end: timedelta = timedelta(days=89)
    ca: bool = False
    usage: Sequence[x509.ObjectIdentifier] | None = (ExtendedKeyUsageOID.SERVER_AUTH,)
    key: Key | None = None
    published: str | None = None
    """Where the issuer's certificate can be fetched (AIA caIssuers)."""
    subject: x509.Name | None = None
    """Another subject than the common name alone."""
    path_length: int | None = None
    ca_usage: bool = True
    """A CA's key usage has what a CA needs."""
    extra: Sequence[tuple[x509.ExtensionType, bool]] = ()
    """Further extensions, each with whether it is critical."""
    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))


def issue(issuer: Issued | None = None, wish: Wish | None = None) -> Issued:
    """Make a certificate, self-signed without an ``issuer``."""
    wish = wish or Wish()
    key = wish.key or ec.generate_private_key(ec.SECP256R1())
    signer = issuer.key if issuer else key
    return Issued(key, prepare(key, issuer, wish).sign(signer, hashes.SHA256()))


def prepare(key: Key, issuer: Issued | None, wish: Wish) -> x509.CertificateBuilder:
    """A certificate that only has to be signed."""
    subject = wish.subject or _name(wish.name)
    signer = issuer.key if issuer else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(wish.now + wish.begin)
        .not_valid_after(wish.now + wish.end)
        .add_extension(x509.BasicConstraints(wish.ca, wish.path_length), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    if wish.ca and wish.ca_usage:
        builder = builder.add_extension(_CA_USAGE, critical=True)
    if wish.names is not None:
        names = [_general_name(name) for name in wish.names]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    if wish.usage is not None and not wish.ca:
        builder = builder.add_extension(x509.ExtendedKeyUsage(wish.usage), critical=False)
    if wish.published is not None:
        place = x509.UniformResourceIdentifier(wish.published)
        access = x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, place)
        builder = builder.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
    for extension, critical in wish.extra:
        builder = builder.add_extension(extension, critical=critical)
    return builder


def authority(name: str, issuer: Issued | None = None) -> Issued:
    """Make a certification authority."""
    lifetime = timedelta(days=3650)
    return issue(issuer, Wish(name, None, timedelta(days=-900), lifetime, ca=True))


def pem(issued: Issued) -> bytes:
    return issued.certificate.public_bytes(Encoding.PEM)


_CA_USAGE = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _general_name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)
