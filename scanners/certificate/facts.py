"""What one certificate says about itself, as JSON values (RFC 5280).

``cryptography`` reads strictly; what it refuses is read leniently by asn1crypto, and ``malformed``
then says why it was refused. No certificate is ever lost: the least that is known of one is its
hash and size.
"""

import warnings
from functools import lru_cache
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID as _Access
from cryptography.x509.oid import ExtensionOID, NameOID

from scanners.certificate.pins import pin_facts
from scanners.certificate.signature import is_self_signed
from secaudit.core.canonical import sha256_hex
from secaudit.core.instant import format_instant

Facts = dict[str, Any]
NAMES_KEPT = 500
TEXT_KEPT = 1000
_ADDRESSES_KEPT = 10
_REFUSALS = (
    ValueError,
    TypeError,
    OverflowError,
    NotImplementedError,
    KeyError,  # a name of an ASN.1 type that cryptography has no word for
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
    x509.InvalidVersion,
)


def load_strictly(der: bytes) -> x509.Certificate | None:
    """Parse by ``cryptography``, or None where it refuses."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return x509.load_der_x509_certificate(der)
        except _REFUSALS:
            return None


@lru_cache(maxsize=1024)
def certificate_facts(der: bytes) -> Facts:
    """Return the facts of one certificate. Never raises for its content; do not change them."""
    facts: Facts = {"sha256": sha256_hex(der), "size": len(der), "malformed": None}
    facts |= pin_facts(der)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return facts | _strict(x509.load_der_x509_certificate(der))
        except _REFUSALS as error:
            from scanners.certificate.lenient import lenient_facts  # its parser loads slowly

            why = (str(error).splitlines() or [type(error).__name__])[0]
            return facts | lenient_facts(der) | {"malformed": _short(why, 200)}


def _strict(certificate: x509.Certificate) -> Facts:
    extensions = certificate.extensions
    constraints = _extension(extensions, ExtensionOID.BASIC_CONSTRAINTS)
    return {
        "subject": _short(certificate.subject.rfc4514_string()),
        "issuer": _short(certificate.issuer.rfc4514_string()),
        "common_names": [
            _short(str(item.value))
            for item in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        ][:NAMES_KEPT],
        "serial": f"{certificate.serial_number:x}",
        "version": certificate.version.value + 1,
        "not_before": format_instant(certificate.not_valid_before_utc),
        "not_after": format_instant(certificate.not_valid_after_utc),
        "key": _key(certificate),
        "signature": _signature(certificate),
        **_alternative_names(extensions),
        "is_ca": bool(constraints and constraints.ca),
        "path_length": constraints.path_length if constraints else None,
        "key_usage": _key_usage(extensions),
        "extended_key_usage": _extended_key_usage(extensions),
        "authority_key": _hex(extensions, ExtensionOID.AUTHORITY_KEY_IDENTIFIER, "key_identifier"),
        "subject_key": _hex(extensions, ExtensionOID.SUBJECT_KEY_IDENTIFIER, "digest"),
        "issuer_addresses": _access_addresses(extensions, _Access.CA_ISSUERS),
        "ocsp_addresses": _access_addresses(extensions, _Access.OCSP),
        "crl_addresses": _crl_addresses(extensions),
        "must_staple": _must_staple(extensions),
        "self_signed": is_self_signed(certificate),
    }


def _short(text: str, limit: int = TEXT_KEPT) -> str:
    return text.encode("utf-8", "backslashreplace").decode()[:limit]


def _extension(extensions: x509.Extensions, oid: x509.ObjectIdentifier) -> Any:
    try:
        return extensions.get_extension_for_oid(oid).value
    except x509.ExtensionNotFound:
        return None


def _key(certificate: x509.Certificate) -> Facts:
    oid = certificate.public_key_algorithm_oid.dotted_string
    try:
        key = certificate.public_key()
    except UnsupportedAlgorithm:
        return {"type": "unknown", "bits": None, "curve": None, "oid": oid}
    facts: Facts = {"type": "unknown", "bits": None, "curve": None, "oid": oid}
    if isinstance(key, rsa.RSAPublicKey):
        facts |= {"type": "RSA", "bits": key.key_size}
    elif isinstance(key, ec.EllipticCurvePublicKey):
        facts |= {"type": "EC", "bits": key.key_size, "curve": key.curve.name}
    elif isinstance(key, dsa.DSAPublicKey):
        facts |= {"type": "DSA", "bits": key.key_size}
    elif isinstance(key, ed25519.Ed25519PublicKey):
        facts |= {"type": "Ed25519", "bits": 256}
    elif isinstance(key, ed448.Ed448PublicKey):
        facts |= {"type": "Ed448", "bits": 456}
    return facts


def _signature(certificate: x509.Certificate) -> Facts:
    oid = certificate.signature_algorithm_oid
    try:
        algorithm = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        algorithm = None
    # The library names no public list of signature algorithms: this is its own name for the OID.
    name = getattr(oid, "_name", oid.dotted_string)
    return {
        "oid": oid.dotted_string,
        "name": name,
        "hash": algorithm.name if algorithm is not None else hash_of(name),
    }


def hash_of(name: str) -> str | None:
    """The hash in the name of a signature algorithm, for those that are only known by name."""
    lowered = name.lower().replace("-", "")
    return next((known for known in ("md2", "md4", "md5", "sha1") if known in lowered), None)


def _alternative_names(extensions: x509.Extensions) -> Facts:
    names = _extension(extensions, ExtensionOID.SUBJECT_ALTERNATIVE_NAME)
    if names is None:
        return {"dns_names": [], "ip_addresses": [], "other_names": 0, "has_san": False}
    domains = names.get_values_for_type(x509.DNSName)
    addresses = names.get_values_for_type(x509.IPAddress)
    return {
        "dns_names": [_short(name) for name in domains[:NAMES_KEPT]],
        "ip_addresses": [str(address) for address in addresses[:NAMES_KEPT]],
        "other_names": len(names) - len(domains) - len(addresses),
        "has_san": True,
    }


_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
)


def _key_usage(extensions: x509.Extensions) -> list[str] | None:
    usage = _extension(extensions, ExtensionOID.KEY_USAGE)
    return None if usage is None else [name for name in _USAGES if getattr(usage, name)]


def _extended_key_usage(extensions: x509.Extensions) -> list[str] | None:
    usage = _extension(extensions, ExtensionOID.EXTENDED_KEY_USAGE)
    return None if usage is None else [oid.dotted_string for oid in usage][:NAMES_KEPT]


def _hex(extensions: x509.Extensions, oid: x509.ObjectIdentifier, field: str) -> str | None:
    value = getattr(_extension(extensions, oid), field, None)
    return value.hex() if isinstance(value, bytes) else None


def _access_addresses(extensions: x509.Extensions, method: x509.ObjectIdentifier) -> list[str]:
    access = _extension(extensions, ExtensionOID.AUTHORITY_INFORMATION_ACCESS) or ()
    return [
        _short(item.access_location.value)
        for item in access
        if item.access_method == method
        and isinstance(item.access_location, x509.UniformResourceIdentifier)
    ][:_ADDRESSES_KEPT]


def _crl_addresses(extensions: x509.Extensions) -> list[str]:
    """Where whole CRLs of the certificate's own issuer are: not those for some reasons alone."""
    points = _extension(extensions, ExtensionOID.CRL_DISTRIBUTION_POINTS) or ()
    return [
        _short(name.value)
        for point in points
        if point.reasons is None and point.crl_issuer is None
        for name in point.full_name or ()
        if isinstance(name, x509.UniformResourceIdentifier)
    ][:_ADDRESSES_KEPT]


def _must_staple(extensions: x509.Extensions) -> bool:
    """The certificate obliges its server to staple an OCSP response (RFC 7633)."""
    features = _extension(extensions, ExtensionOID.TLS_FEATURE) or ()
    return x509.TLSFeatureType.status_request in features
