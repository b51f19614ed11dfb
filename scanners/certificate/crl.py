"""Certificate revocation lists (RFC 5280, sections 5 and 6.3): what one says of a certificate."""

import warnings
from collections.abc import Sequence
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import CRLEntryExtensionOID, ExtensionOID, SignatureAlgorithmOID

from scanners.certificate.signature import verifies
from secaudit.core.canonical import sha256_hex
from secaudit.core.instant import format_instant

CRL_TYPE = "application/pkix-crl"
LARGEST = 16 * 2**20
_KNOWN = frozenset(
    {
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
        ExtensionOID.CRL_NUMBER,
        ExtensionOID.ISSUING_DISTRIBUTION_POINT,
        ExtensionOID.FRESHEST_CRL,
        ExtensionOID.ISSUER_ALTERNATIVE_NAME,
        ExtensionOID.AUTHORITY_INFORMATION_ACCESS,
    }
)
Facts = dict[str, Any]
_NOTHING: Facts = {
    "malformed": None,
    "status": None,
    "revoked_at": None,
    "revocation_reason": None,
    "this_update": None,
    "next_update": None,
    "signature": None,
    "concerns_certificate": None,
    "scope_problem": None,
    "hash": None,
}


def crl_facts(
    der: bytes,
    certificate: x509.Certificate,
    issuers: Sequence[x509.Certificate],
    address: str = "",
) -> Facts:
    """Return what a CRL says about a certificate as JSON values. Never raises for its content.

    ``signature`` is ``valid``, ``invalid`` or ``unverifiable``; ``concerns_certificate`` tells
    whether it is its issuer's and its scope has the certificate in it (``scope_problem`` says why
    not); ``status`` is ``good`` or ``revoked``. ``address`` is where it was asked for.
    """
    facts = {"sha256": sha256_hex(der), "size": len(der)} | _NOTHING
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            if der.lstrip()[:11] == b"-----BEGIN ":
                crl = x509.load_pem_x509_crl(der)
            else:
                crl = x509.load_der_x509_crl(der)
            return facts | _read(crl, certificate, issuers, address)
        except _REFUSALS as error:
            return facts | {
                "malformed": (str(error).splitlines() or [type(error).__name__])[0][:200]
            }


_REFUSALS = (
    ValueError,
    TypeError,
    OverflowError,
    NotImplementedError,
    KeyError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
    x509.InvalidVersion,
)


def _read(
    crl: x509.CertificateRevocationList,
    certificate: x509.Certificate,
    issuers: Sequence[x509.Certificate],
    address: str,
) -> Facts:
    algorithm = crl.signature_hash_algorithm
    problem = _scope_problem(crl, certificate, address)
    until = crl.next_update_utc
    facts: Facts = {
        "this_update": format_instant(crl.last_update_utc),
        "next_update": format_instant(until) if until else None,
        "signature": _signature(crl, issuers),
        "concerns_certificate": problem is None,
        "scope_problem": problem,
        "hash": algorithm.name if algorithm else None,
        "status": "good",
    }
    entry = crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
    if entry is None:
        return facts
    try:
        found = entry.extensions.get_extension_for_oid(CRLEntryExtensionOID.CRL_REASON).value
        reason = found.reason.value if isinstance(found, x509.CRLReason) else None
    except x509.ExtensionNotFound:
        reason = None
    return facts | {
        "status": "good" if reason == x509.ReasonFlags.remove_from_crl.value else "revoked",
        "revoked_at": format_instant(entry.revocation_date_utc),
        "revocation_reason": reason,
    }


def _signature(crl: x509.CertificateRevocationList, issuers: Sequence[x509.Certificate]) -> str:
    verdict = "invalid" if issuers else "unverifiable"
    for issuer in issuers:
        right = _is_signed_by(crl, issuer)
        if right and _may_sign(issuer):
            return "valid"
        if right is None:
            verdict = "unverifiable"
    return verdict


def _is_signed_by(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool | None:
    key, algorithm = issuer.public_key(), crl.signature_hash_algorithm
    if crl.signature_algorithm_oid == SignatureAlgorithmOID.RSASSA_PSS:
        return isinstance(key, rsa.RSAPublicKey) and crl.is_signature_valid(key)
    return verifies(key, crl.signature, crl.tbs_certlist_bytes, algorithm)


def _may_sign(issuer: x509.Certificate) -> bool:
    """Section 6.3.3 (f): with a key usage, it has to include cRLSign."""
    try:
        return issuer.extensions.get_extension_for_class(x509.KeyUsage).value.crl_sign
    except x509.ExtensionNotFound:
        return True


def _scope_problem(
    crl: x509.CertificateRevocationList, certificate: x509.Certificate, address: str
) -> str | None:
    """Why the list does not speak about the certificate (section 6.3.3 (b)); None where it does."""
    if crl.issuer != certificate.issuer:
        return "another_issuer"
    for item in crl.extensions:
        if item.critical and item.oid not in _KNOWN:
            is_delta = item.oid == ExtensionOID.DELTA_CRL_INDICATOR
            return "delta" if is_delta else "unknown_critical_extension"
        if isinstance(item.value, x509.IssuingDistributionPoint):
            problem = _point_problem(item.value, certificate, address)
            if problem:
                return problem
    return None


def _point_problem(
    point: x509.IssuingDistributionPoint, certificate: x509.Certificate, address: str
) -> str | None:
    try:
        basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
        is_ca = basic.ca
    except x509.ExtensionNotFound:
        is_ca = False
    if point.indirect_crl or point.only_contains_attribute_certs:
        return "indirect"
    if (point.only_contains_user_certs and is_ca) or (point.only_contains_ca_certs and not is_ca):
        return "other_certificates"
    if point.only_some_reasons:
        return "some_reasons"
    names = [item.value for item in point.full_name or ()]
    if names and address and address not in names:
        return "another_distribution_point"
    return None
