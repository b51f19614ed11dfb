"""The sample city's own certification authority, made anew each time; nothing of it is trusted."""

import ssl
import tempfile
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

MODERN_SUITES = "ECDHE+AESGCM:ECDHE+CHACHA20"
OLD_SUITES = "AES128-SHA:AES256-SHA:DES-CBC3-SHA:RC4-SHA:AECDH-AES128-SHA:NULL-SHA@SECLEVEL=0"
"""What a neglected server still takes. OpenSSL leaves out those that it was built without."""
SERVER_LIFETIME = timedelta(days=90)
AUTHORITY_AGE = timedelta(days=730)
"""The authorities are older than all that they issued, the expired certificate included."""


@dataclass(frozen=True)
class Credentials:
    """A private key and the chain that a server sends with it, leaf first."""

    key: PrivateKey
    chain: tuple[x509.Certificate, ...]

    @property
    def chain_pem(self) -> bytes:
        """The chain as PEM blocks."""
        return b"".join(item.public_bytes(serialization.Encoding.PEM) for item in self.chain)

    def load_into(self, context: ssl.SSLContext) -> None:
        """Hand key and chain to OpenSSL, which reads them from a file that is then removed."""
        key = self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        with tempfile.TemporaryDirectory(prefix="secaudit-demo-") as folder:
            path = Path(folder) / "server.pem"
            path.write_bytes(key + self.chain_pem)
            context.load_cert_chain(path)


@dataclass(frozen=True)
class Validity:
    """From when until when a certificate is valid."""

    start: datetime
    end: datetime

    @classmethod
    def lasting(
        cls,
        lifetime: timedelta,
        *,
        begun: timedelta = timedelta(hours=1),
        ended: timedelta = timedelta(0),
    ) -> "Validity":
        """A span that began ``begun`` before now, or one that ended ``ended`` before now."""
        now = datetime.now(UTC).replace(microsecond=0)
        if ended:
            return cls(now - ended - lifetime, now - ended)
        return cls(now - begun, now - begun + lifetime)


class DemoAuthority:
    """A root and an issuing authority of the sample city."""

    @cached_property
    def _root(self) -> Credentials:
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name("Otoritas Sertifikat Akar Kota Contoh")
        validity = Validity.lasting(timedelta(days=3650), begun=AUTHORITY_AGE)
        return Credentials(key, (_sign(name, key, validity, name, key, path_length=1),))

    @cached_property
    def _issuing(self) -> Credentials:
        key = ec.generate_private_key(ec.SECP256R1())
        root = self._root
        certificate = _sign(
            _name("Otoritas Sertifikat Penerbit Kota Contoh"),
            key,
            Validity.lasting(timedelta(days=1825), begun=AUTHORITY_AGE),
            root.chain[0].subject,
            root.key,
            path_length=0,
        )
        return Credentials(key, (certificate,))

    @property
    def root_pem(self) -> bytes:
        """The root, as a workspace's trust folder wants it."""
        return self._root.chain_pem

    def issue(
        self, host_name: str, validity: Validity | None = None, *, rsa_key: bool = False
    ) -> Credentials:
        """Issue a server certificate; the chain that goes with it ends below the root."""
        key = _new_key(rsa_key=rsa_key)
        issuing = self._issuing
        leaf = _sign(
            _name(host_name),
            key,
            validity or Validity.lasting(SERVER_LIFETIME),
            issuing.chain[0].subject,
            issuing.key,
            host_name=host_name,
        )
        return Credentials(key, (leaf, *issuing.chain))


def self_signed(host_name: str, validity: Validity) -> Credentials:
    """A certificate that nobody but its own key vouches for."""
    key = _new_key(rsa_key=True)
    name = _name(host_name)
    return Credentials(key, (_sign(name, key, validity, name, key, host_name=host_name),))


def modern_context(credentials: Credentials) -> ssl.SSLContext:
    """TLS 1.2 and 1.3 with authenticated encryption and forward secrecy only."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(MODERN_SUITES)
    credentials.load_into(context)
    return context


def neglected_context(credentials: Credentials) -> ssl.SSLContext:
    """TLS 1.0 and 1.1 with suites without forward secrecy, authentication or encryption."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(OLD_SUITES)
    with warnings.catch_warnings():
        # Python deprecates these versions; that they are still spoken is what the demo shows.
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    credentials.load_into(context)
    return context


def _new_key(*, rsa_key: bool) -> PrivateKey:
    if rsa_key:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1())


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "ID"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Pemerintah Kota Contoh"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _sign(
    subject: x509.Name,
    key: PrivateKey,
    validity: Validity,
    issuer: x509.Name,
    issuer_key: PrivateKey,
    *,
    host_name: str | None = None,
    path_length: int | None = None,
) -> x509.Certificate:
    """Sign an authority's certificate (with a path length) or a server's (with a host name)."""
    authority = path_length is not None
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(validity.start)
        .not_valid_after(validity.end)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=path_length), critical=True)
        .add_extension(_key_usage(authority=authority), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
    )
    if host_name is not None:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.DNSName(host_name)]), critical=False
        ).add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _key_usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=not authority,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )
