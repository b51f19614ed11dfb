"""Documents signed by functions of the sample city: PDFs and detached signatures, really signed."""

import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pypdf
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko_certvalidator.registry import SimpleCertificateStore

LONG = timedelta(days=3650)


@dataclass(frozen=True)
class Identity:
    """A certificate with its key, and the certificate that issued it."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    issuer: x509.Certificate

    @property
    def pem(self) -> bytes:
        """The certificate as PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def authority(name: str = "CA Tanda Tangan Kota Contoh") -> Identity:
    """A root that issues certificates to sign with."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - LONG)
        .not_valid_after(now + LONG)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Identity(key, made, made)


def signer(
    root: Identity,
    name: str = "GCIO Kota Contoh",
    begins: datetime | None = None,
    ends: datetime | None = None,
) -> Identity:
    """Somebody who signs documents; valid for a year around now unless told otherwise."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(root.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins or now - timedelta(days=180))
        .not_valid_after(ends or now + timedelta(days=180))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .sign(root.key, hashes.SHA256())
    )
    return Identity(key, made, root.certificate)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def plain_pdf() -> bytes:
    """A PDF of one empty page."""
    writer = pypdf.PdfWriter()
    writer.add_blank_page(width=200, height=200)
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def signed_pdf(by: Identity, content: bytes | None = None, field: str = "TandaTangan") -> bytes:
    """A PDF that somebody signed; signed again where it was signed before."""
    store = SimpleCertificateStore()
    store.register(_asn1(by.issuer))
    key = by.key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    who = signers.SimpleSigner(
        signing_cert=_asn1(by.certificate),
        signing_key=asn1_keys.PrivateKeyInfo.load(key),
        cert_registry=store,
    )
    writer = IncrementalPdfFileWriter(io.BytesIO(content or plain_pdf()))
    out = signers.sign_pdf(writer, signers.PdfSignatureMetadata(field_name=field), signer=who)
    return bytes(out.getvalue())


def detached(by: Identity, content: bytes, *, pem: bool = False) -> bytes:
    """A detached signature (CMS) over any bytes."""
    encoding = serialization.Encoding.PEM if pem else serialization.Encoding.DER
    return (
        pkcs7.PKCS7SignatureBuilder()
        .set_data(content)
        .add_signer(by.certificate, by.key, hashes.SHA256())
        .add_certificate(by.issuer)
        .sign(encoding, [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary])
    )


def with_text_added(content: bytes) -> bytes:
    """The same PDF with something changed by an update at its end, as an editor does it."""
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    page = writer.root["/Pages"]["/Kids"][0]
    from pyhanko.pdf_utils import generic

    page["/Contents"] = writer.add_object(
        generic.StreamObject(stream_data=b"BT /F1 12 Tf (disetujui semua) Tj ET")
    )
    writer.update_container(page)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def with_certificates_kept(content: bytes, root: Identity) -> bytes:
    """The same PDF with a certificate added for later checks (DSS), as PAdES B-LT does it."""
    stream = io.BytesIO(content)
    DocumentSecurityStore.add_dss(stream, None, certs=[_asn1(root.certificate)])
    return stream.getvalue()


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))
