"""OCSP responses (RFC 6960): what one says about a certificate, and who says it.

A response counts only when its signature is right, and made by the certificate's issuer or by a
responder to which the issuer has delegated it (section 4.2.2.2): a certificate that the issuer
signed itself, with the purpose id-kp-OCSPSigning. Whether it is fresh is a rule's business.
"""

import warnings
from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha1
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, SignatureAlgorithmOID

from scanners.certificate.der import DerError, elements
from scanners.certificate.pss import Parameters, parameters_of_response, verifies_pss
from scanners.certificate.signature import is_issued_by, verifies
from secaudit.core.canonical import sha256_hex
from secaudit.core.instant import format_instant

OCSP_TYPE = "application/ocsp-response"
LARGEST = 128 * 1024
_MOST_ANSWERS = 200
_MOST_SIGNERS = 10
Facts = dict[str, Any]
_NOTHING: Facts = {
    "malformed": None,
    "response_status": None,
    "answers": 0,
    "concerns_certificate": None,
    "status": None,
    "revoked_at": None,
    "revocation_reason": None,
    "produced_at": None,
    "this_update": None,
    "next_update": None,
    "signature": None,
    "signer": None,
    "signer_problem": None,
    "hash": None,
}


def ocsp_facts(
    der: bytes, certificate: x509.Certificate, issuers: Sequence[x509.Certificate], at: datetime
) -> Facts:
    """Return what a response says as JSON values. Never raises for its content.

    ``issuers`` are the certificates that may have issued ``certificate``. ``signature`` is
    ``valid``, ``invalid``, ``unauthorised`` (``signer_problem`` says why) or ``unverifiable`` (no
    issuer is known, or the algorithm is not). ``signer``: ``issuer`` or ``delegate``.
    """
    facts = {"sha256": sha256_hex(der), "size": len(der)} | _NOTHING
    if len(der) > LARGEST:
        return facts | {"malformed": "too long"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return facts | _read(der, certificate, issuers, at)
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
    der: bytes, certificate: x509.Certificate, issuers: Sequence[x509.Certificate], at: datetime
) -> Facts:
    response = ocsp.load_der_ocsp_response(der)
    if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        return {"response_status": response.response_status.name.lower()}
    answers = list(response.responses)[:_MOST_ANSWERS]
    concerned = _answer_about(answers, certificate, issuers)
    shown = concerned if concerned is not None else (answers[0] if answers else None)
    return {
        "response_status": "successful",
        "answers": len(answers),
        "concerns_certificate": concerned is not None if issuers else None,
        "produced_at": format_instant(response.produced_at_utc),
        **_signature(der, response, issuers, at),
        **({} if shown is None else _answer(shown)),
    }


def _answer(answer: ocsp.OCSPSingleResponse) -> Facts:
    revoked_at, reason = answer.revocation_time_utc, answer.revocation_reason
    until = answer.next_update_utc
    return {
        "status": answer.certificate_status.name.lower(),
        "revoked_at": format_instant(revoked_at) if revoked_at else None,
        "revocation_reason": reason.value if reason else None,
        "this_update": format_instant(answer.this_update_utc),
        "next_update": format_instant(until) if until else None,
    }


def _answer_about(
    answers: Sequence[ocsp.OCSPSingleResponse],
    certificate: x509.Certificate,
    issuers: Sequence[x509.Certificate],
) -> ocsp.OCSPSingleResponse | None:
    """The answer whose CertID is that of the certificate (section 4.1.1)."""
    for answer in answers:
        if answer.serial_number != certificate.serial_number:
            continue
        for issuer in issuers:
            if answer.issuer_name_hash == _hash(
                issuer.subject.public_bytes(), answer.hash_algorithm
            ) and answer.issuer_key_hash == _hash(_key_bits(issuer), answer.hash_algorithm):
                return answer
    return None


def _hash(content: bytes, algorithm: hashes.HashAlgorithm) -> bytes:
    state = hashes.Hash(algorithm)
    state.update(content)
    return state.finalize()


def _key_bits(certificate: x509.Certificate) -> bytes:
    """The content of the BIT STRING subjectPublicKey, which CertIDs and responder ids hash."""
    spki = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    outer = next(elements(spki))
    _, bits = elements(outer.content)
    if not bits.content:
        raise DerError("an empty key")
    return bits.content[1:]


class _Seal:
    """The signature under a response. Raises DerError for parameters that cannot be computed."""

    def __init__(self, der: bytes, response: ocsp.OCSPResponse) -> None:
        self._response = response
        self._pss: Parameters | None = None
        if response.signature_algorithm_oid == SignatureAlgorithmOID.RSASSA_PSS:
            self._pss = parameters_of_response(der)
            self.hash: hashes.HashAlgorithm | None = self._pss[1]
        else:
            self.hash = response.signature_hash_algorithm

    def is_by(self, signer: x509.Certificate) -> bool | None:
        """Whether this key made it; None where nobody here can compute it."""
        key, signature = signer.public_key(), self._response.signature
        content = self._response.tbs_response_bytes
        if self._pss is not None:
            return verifies_pss(key, signature, content, self._pss)
        return verifies(key, signature, content, self.hash)


def _signature(
    der: bytes, response: ocsp.OCSPResponse, issuers: Sequence[x509.Certificate], at: datetime
) -> Facts:
    try:
        seal = _Seal(der, response)
    except DerError:
        return {"hash": None, "signature": "unverifiable"}
    found: Facts = {"hash": seal.hash.name if seal.hash else None}
    if not issuers:
        return found | {"signature": "unverifiable"}
    problem = None
    for signer, issuer in _signers(response, issuers):
        right = seal.is_by(signer)
        if right is None:
            problem = problem or "algorithm"
        elif right:
            if signer == issuer:
                return found | {"signature": "valid", "signer": "issuer"}
            problem = _not_delegated(signer, issuer, at)
            if problem is None:
                return found | {"signature": "valid", "signer": "delegate"}
    if problem is None:
        return found | {"signature": "invalid"}
    if problem == "algorithm":
        return found | {"signature": "unverifiable"}
    return found | {"signature": "unauthorised", "signer_problem": problem}


def _signers(
    response: ocsp.OCSPResponse, issuers: Sequence[x509.Certificate]
) -> Iterator[tuple[x509.Certificate, x509.Certificate]]:
    """Those who may have signed, each with the issuer that answers for it."""
    for issuer in issuers:
        if _is_named(response, issuer):
            yield issuer, issuer
    for signer in response.certificates[:_MOST_SIGNERS]:
        if _is_named(response, signer) and signer not in issuers:
            # Without an issuer of its own it is shown beside the first one, and then refused.
            yield signer, next((i for i in issuers if is_issued_by(signer, i)), issuers[0])


def _is_named(response: ocsp.OCSPResponse, certificate: x509.Certificate) -> bool:
    """Tell whether the responder id is that of the certificate, by name or by key."""
    if response.responder_name is not None:
        return response.responder_name == certificate.subject
    # RFC 6960, section 4.2.1: the key hash is by SHA-1; it only points to a key.
    digest = sha1(_key_bits(certificate), usedforsecurity=False).digest()
    return response.responder_key_hash == digest


def _not_delegated(signer: x509.Certificate, issuer: x509.Certificate, at: datetime) -> str | None:
    """Say why ``signer`` may not answer for ``issuer``; None where it may."""
    if not is_issued_by(signer, issuer):
        return "not_by_the_issuer"
    try:
        usage = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return "no_ocsp_signing"
    if ExtendedKeyUsageOID.OCSP_SIGNING not in usage:
        return "no_ocsp_signing"
    if not signer.not_valid_before_utc <= at <= signer.not_valid_after_utc:
        return "out_of_date"
    return None


def single_timestamps(der: bytes) -> tuple[bytes, ...]:
    """The content of SCT extensions in a response (RFC 6962, section 3.3), as they were encoded."""
    found: list[bytes] = []
    at = der.find(_TIMESTAMPS)
    while at >= 0 and len(found) < _MOST_ANSWERS:
        try:
            following = next(elements(der[at + len(_TIMESTAMPS) :]), None)
            inner = next(elements(following.content), None) if following else None
        except DerError:
            inner = None
        if inner is not None:
            found.append(inner.content)
        at = der.find(_TIMESTAMPS, at + 1)
    return tuple(found)


_TIMESTAMPS = bytes.fromhex("060a2b06010401d679020405")
"""The OID 1.3.6.1.4.1.11129.2.4.5 as an element. What follows is signed by a log, or worth nothing,
so that it may be found wherever it stands."""
