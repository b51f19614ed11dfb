"""Where a chain leads: to a known root, in which order, and what is missing.

Paths are built and checked by ``cryptography.x509.verification``. Its policy is that of the public
web; what it refuses only for a weakness that checks of their own name (an old version, a short key,
SHA-1, a key type the web does not use) or because it does not know the extension (policy
constraints) is looked at one step further up, so that each finding says one thing. What it leaves
out is in :mod:`scanners.certificate.constraints`.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import verification

from scanners.certificate.constraints import has_policy_extensions, path_faults
from scanners.certificate.signature import is_issued_by, is_self_signed
from scanners.certificate.trust import Roots

_STEPS = 4
_DEPTH = 5
"""Certificates between the first and the root."""
_CANDIDATES = 12
_FOR_ONE_KEY = 2
_LEAST_RSA_BITS = 2048
_PART_OF_TRUST = frozenset({"name_constraints", "path_length", "not_a_ca", "key_usage"})
"""Faults that the verifier itself would not have let pass."""
_WEB_CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
_WEB_HASHES = ("sha256", "sha384", "sha512")


@dataclass(frozen=True)
class Path:
    """The way up from the first certificate, through those that were sent with it."""

    indexes: tuple[int, ...]
    complete: bool
    missing_issuer: str | None
    """Subject of the certificate that should have followed, where one is missing."""
    root: x509.Certificate | None = None
    """A known root that issued the last one, where it was not sent itself."""

    def ordered(self) -> bool:
        """Each certificate follows right behind the one that it certifies (RFC 5246, 7.4.2)."""
        return self.indexes == tuple(range(len(self.indexes)))


def find_path(sent: Sequence[x509.Certificate], stores: Sequence[Roots]) -> Path:
    """Follow the issuers among the certificates sent, up to a root or to where they end."""
    indexes = [0]
    while len(indexes) < len(sent):
        current = sent[indexes[-1]]
        if is_self_signed(current):
            break
        following = next(
            (
                index
                for index, candidate in enumerate(sent)
                if index not in indexes and is_issued_by(current, candidate)
            ),
            None,
        )
        if following is None:
            break
        indexes.append(following)
    last = sent[indexes[-1]]
    if is_self_signed(last):
        return Path(tuple(indexes), complete=True, missing_issuer=None)
    above = (root for roots in stores for root in roots.named(last.issuer))
    root = next((item for item in above if is_issued_by(last, item)), None)
    missing = last.issuer.rfc4514_string()[:1000] if root is None else None
    return Path(tuple(indexes), root is not None, missing, root)


@dataclass(frozen=True)
class Trust:
    """What one set of roots says of a chain."""

    problem: str | None
    """Why the first certificate does not lead to a root, in words; None where it does."""
    path: tuple[x509.Certificate, ...] = ()
    """From the first certificate up to the root, where it does."""
    by_hand: bool = False
    """A step of the path was taken by us, where the verifier could not."""


def trust_in(sent: Sequence[x509.Certificate], roots: Roots, at: datetime) -> Trust:
    """Tell whether and how the first certificate leads to one of ``roots``.

    An expired or a future certificate is judged at the nearest moment of its own validity: that it
    is out of date is another check's business.
    """
    first = sent[0]
    moment = min(max(at, first.not_valid_before_utc), first.not_valid_after_utc)
    trust = _trust(first, _worth_trying(sent[1:]), roots, moment, _STEPS)
    if trust.by_hand:
        # The verifier looked at the constraints of those below it alone.
        broken = [fault for fault in path_faults(trust.path) if fault["kind"] in _PART_OF_TRUST]
        if broken:
            return Trust(f"{broken[0]['kind']}: {broken[0]['detail']}"[:200])
    return trust


def _worth_trying(others: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """Choose the certificates that paths are built from.

    The verifier tries every combination, so that a hostile chain of many certificates for one key
    would keep it busy for ever: two for one name and key (one may be cross-signed) are enough.
    """
    chosen: list[x509.Certificate] = []
    times: Counter[bytes] = Counter()
    for certificate in dict.fromkeys(others):
        try:
            key = certificate.public_key().public_bytes(
                Encoding.DER, PublicFormat.SubjectPublicKeyInfo
            )
        except (ValueError, UnsupportedAlgorithm):
            continue
        identity = certificate.subject.public_bytes() + key
        times[identity] += 1
        if times[identity] <= _FOR_ONE_KEY and len(chosen) < _CANDIDATES:
            chosen.append(certificate)
    return chosen


def _trust(
    certificate: x509.Certificate,
    others: Sequence[x509.Certificate],
    roots: Roots,
    at: datetime,
    steps: int,
) -> Trust:
    if certificate in roots.certificates:
        return Trust(None, (certificate,))
    builder = verification.PolicyBuilder().store(roots.store).time(at).max_chain_depth(_DEPTH)
    builder = builder.extension_policies(ca_policy=_CA_POLICY, ee_policy=_ANY)
    try:
        verified = builder.build_client_verifier().verify(certificate, list(others))
    except (verification.VerificationError, ValueError) as error:
        problem = str(error).split("<")[0].strip(": (") or type(error).__name__
    else:
        return Trust(None, tuple(verified.chain))
    candidates = (*others, *roots.named(certificate.issuer))
    if not steps or not candidates:
        return Trust(problem[:200])
    by_hand = not _within_policy(certificate)
    for issuer in candidates:
        valid = issuer.not_valid_before_utc <= at <= issuer.not_valid_after_utc
        # The verifier knows neither policy constraints nor the like, which have to be critical.
        if not by_hand and not has_policy_extensions(issuer):
            continue
        if valid and _may_issue(issuer) and is_issued_by(certificate, issuer):
            above = _trust(issuer, others, roots, at, steps - 1)
            if above.problem is None:
                return Trust(None, (certificate, *above.path), by_hand=True)
    return Trust(problem[:200])


def _may_issue(certificate: x509.Certificate) -> bool:
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return False
    return constraints.value.ca


def _within_policy(certificate: x509.Certificate) -> bool:
    """Tell whether version, key and signature are what the verifier's policy takes at all."""
    try:
        key = certificate.public_key()
        algorithm = certificate.signature_hash_algorithm
    except (ValueError, UnsupportedAlgorithm):
        return False
    strong = (isinstance(key, rsa.RSAPublicKey) and key.key_size >= _LEAST_RSA_BITS) or (
        isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, _WEB_CURVES)
    )
    known = algorithm is not None and algorithm.name in _WEB_HASHES
    return (
        strong
        and known
        and certificate.version is x509.Version.v3
        and not has_policy_extensions(certificate)
    )


def _must_be_ca(
    _policy: verification.Policy, _certificate: x509.Certificate, value: x509.BasicConstraints
) -> None:
    if not value.ca:
        raise ValueError("an issuer is not a certificate authority")


def _must_sign(
    _policy: verification.Policy, _certificate: x509.Certificate, value: x509.KeyUsage | None
) -> None:
    if value is not None and not value.key_cert_sign:
        raise ValueError("an issuer may not sign certificates")


_ANY = verification.ExtensionPolicy.permit_all()
_CA_POLICY = (
    verification.ExtensionPolicy.permit_all()
    .require_present(x509.BasicConstraints, verification.Criticality.AGNOSTIC, _must_be_ca)
    .may_be_present(x509.KeyUsage, verification.Criticality.AGNOSTIC, _must_sign)
)
"""Of an issuer we ask that it is one; which purposes it serves is the leaf's own check."""
