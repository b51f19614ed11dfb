"""What path validation asks for and ``cryptography``'s verifier leaves out (RFC 5280, section 6).

A path is found by the verifier; this looks once along it. Each fault is a JSON value: ``kind``,
``certificate`` (subject of the one at fault), ``detail`` in words. Kinds:

- ``not_a_ca``, ``key_usage``, ``path_length``: an issuer may not issue at all, or not so deep
  (6.1.4 (k) to (n)). The verifier refuses these too, without telling them apart.
- ``purpose``: the extended key usage of an issuer leaves out TLS servers. RFC 5280 does not ask for
  it; browsers and the Baseline Requirements (7.1.2.10.6) do.
- ``name_constraints``: a name that an issuer's constraints forbid; ``unjudged`` where its form is
  one that is not looked at.
- ``policies``: a policy is required, and none is valid.
- ``critical_extension``: an extension that must be understood, and is not (4.2).
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from scanners.certificate.name_constraints import (
    Comparisons,
    UnjudgedError,
    broken_by,
    names_of,
)
from scanners.certificate.policies import PolicyError, check_policies

Fault = dict[str, Any]
_POLICY_EXTENSIONS = frozenset({"2.5.29.33", "2.5.29.36", "2.5.29.54"})
"""policyMappings, policyConstraints, inhibitAnyPolicy."""
_PROCESSED = _POLICY_EXTENSIONS | {
    oid.dotted_string
    for oid in (
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
        ExtensionOID.SUBJECT_KEY_IDENTIFIER,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.NAME_CONSTRAINTS,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
        ExtensionOID.ISSUER_ALTERNATIVE_NAME,
        ExtensionOID.CERTIFICATE_POLICIES,
        ExtensionOID.CRL_DISTRIBUTION_POINTS,
        ExtensionOID.FRESHEST_CRL,
        ExtensionOID.AUTHORITY_INFORMATION_ACCESS,
        ExtensionOID.SUBJECT_INFORMATION_ACCESS,
        ExtensionOID.TLS_FEATURE,
        ExtensionOID.OCSP_NO_CHECK,
        ExtensionOID.PRECERT_SIGNED_CERTIFICATE_TIMESTAMPS,
    )
}
_SERVER_PURPOSES = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE)
_MOST_FAULTS = 20


def has_policy_extensions(certificate: x509.Certificate) -> bool:
    """Tell whether the verifier would stumble over a critical extension about policies."""
    try:
        return any(
            item.critical and item.oid.dotted_string in _POLICY_EXTENSIONS
            for item in certificate.extensions
        )
    except _UNREADABLE:
        return False


_UNREADABLE = (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType)


@lru_cache(maxsize=512)
def path_faults(path: tuple[x509.Certificate, ...], *, anchored: bool = True) -> tuple[Fault, ...]:
    """Return the faults along a path, the server's certificate first. Do not change them.

    ``anchored``: the last one is the trust anchor, and is believed as it is (section 6.1.1 (d)),
    but for the depth and the names that it sets, which every client holds to.
    """
    try:
        return tuple(_faults(path, anchored=anchored))[:_MOST_FAULTS]
    except _UNREADABLE as error:
        return (_fault("unjudged", path[0], str(error)[:200]),)


def _faults(path: Sequence[x509.Certificate], *, anchored: bool) -> Iterator[Fault]:
    for depth, certificate in enumerate(path):
        anchor = anchored and depth == len(path) - 1
        if not anchor or depth == 0:
            yield from _critical(certificate)
        if depth:
            yield from _issuer_faults(path, depth, anchor=anchor)
    yield from _forbidden_names(path)
    top_first = list(path[::-1])
    below = top_first[1:] if anchored or _self_issued(top_first[0]) else top_first
    try:
        check_policies(below)
    except PolicyError as error:
        yield _fault("policies", below[error.index], str(error))


def _fault(kind: str, certificate: x509.Certificate, detail: str) -> Fault:
    return {
        "kind": kind,
        "certificate": certificate.subject.rfc4514_string()[:300] or "-",
        "detail": detail.encode("utf-8", "backslashreplace").decode()[:300],
    }


def _self_issued(certificate: x509.Certificate) -> bool:
    return certificate.issuer == certificate.subject


def _critical(certificate: x509.Certificate) -> Iterator[Fault]:
    for item in certificate.extensions:
        if item.critical and item.oid.dotted_string not in _PROCESSED:
            yield _fault("critical_extension", certificate, item.oid.dotted_string)


def _issuer_faults(
    path: Sequence[x509.Certificate], depth: int, *, anchor: bool
) -> Iterator[Fault]:
    """What forbids the certificate at ``depth`` to issue the one below it."""
    issuer = path[depth]
    found = {item.oid: item.value for item in issuer.extensions}
    basic = found.get(ExtensionOID.BASIC_CONSTRAINTS)
    if issuer.version is x509.Version.v3 and not anchor and not getattr(basic, "ca", False):
        yield _fault("not_a_ca", issuer, "basicConstraints")
    usage = found.get(ExtensionOID.KEY_USAGE)
    if isinstance(usage, x509.KeyUsage) and not usage.key_cert_sign and not anchor:
        yield _fault("key_usage", issuer, "keyCertSign")
    purposes = found.get(ExtensionOID.EXTENDED_KEY_USAGE)
    purposes = purposes if isinstance(purposes, x509.ExtendedKeyUsage) and not anchor else None
    if purposes is not None and not any(item in purposes for item in _SERVER_PURPOSES):
        listed = ", ".join(purpose.dotted_string for purpose in purposes)
        yield _fault("purpose", issuer, listed[:200])
    length = getattr(basic, "path_length", None)
    between = sum(not _self_issued(item) for item in path[1:depth])
    if length is not None and between > length:
        yield _fault("path_length", issuer, f"{between} > {length}")


def _forbidden_names(path: Sequence[x509.Certificate]) -> Iterator[Fault]:
    comparisons = Comparisons()
    for above in range(len(path) - 1, 0, -1):
        found = {item.oid: item.value for item in path[above].extensions}
        constraints = found.get(ExtensionOID.NAME_CONSTRAINTS)
        if not isinstance(constraints, x509.NameConstraints):
            continue
        for depth in range(above - 1, -1, -1):
            certificate = path[depth]
            if depth and _self_issued(certificate):
                continue
            try:
                for told in broken_by(
                    names_of(certificate, common_names=depth == 0), constraints, comparisons
                ):
                    yield _fault("name_constraints", certificate, told)
            except UnjudgedError as error:
                yield _fault("unjudged", certificate, str(error))
