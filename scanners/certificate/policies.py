"""The policy part of path validation (RFC 5280, section 6.1), which the verifier leaves out.

The valid_policy_tree is kept as its last level alone: with any-policy as the initial set, all that
counts is whether a node is left at the end, and parents do not matter to that. So certificates that
map policies onto each other cannot make it grow (RFC 9618).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from scanners.certificate.der import SEQUENCE, DerError, elements, only

ANY_POLICY = "2.5.29.32.0"
_MAPPINGS = x509.ObjectIdentifier("2.5.29.33")
_MOST = 200
"""Policies or mappings of one certificate that are followed."""

Level = dict[str, frozenset[str]]
"""The nodes of one depth: valid_policy -> expected_policy_set."""


@dataclass
class _State:
    explicit: int
    mapping: int
    any_policy: int
    level: Level | None = field(default_factory=lambda: {ANY_POLICY: frozenset({ANY_POLICY})})


class PolicyError(ValueError):
    """The path is not valid for any policy. ``index`` is the certificate's place, anchor first."""

    def __init__(self, index: int, message: str) -> None:
        super().__init__(message)
        self.index = index


def check_policies(chain: Sequence[x509.Certificate]) -> None:
    """Process the policies of a path without its anchor: the certificate below the anchor first.

    The initial policy set is any-policy, and nothing is required or inhibited from without. Raises
    PolicyError where an explicit policy is required and none is left.
    """
    size = len(chain)
    state = _State(size + 1, size + 1, size + 1)
    for index, certificate in enumerate(chain):
        last = index == size - 1
        own = _extension(certificate, ExtensionOID.CERTIFICATE_POLICIES)
        self_issued = certificate.issuer == certificate.subject
        may_be_any = state.any_policy > 0 or (self_issued and not last)
        state.level = _next_level(state.level, own, may_be_any=may_be_any)
        if state.explicit == 0 and state.level is None:
            raise PolicyError(index, "a policy is required, and none is valid here")
        if not last:
            _map(state, certificate, index)
        _count(state, certificate, counts=last or not self_issued)
    if state.explicit == 0 and state.level is None:
        raise PolicyError(size - 1, "a policy is required, and none is valid here")


def _next_level(level: Level | None, own: object, *, may_be_any: bool) -> Level | None:
    """Sections 6.1.3 (d) and (e)."""
    if level is None or not isinstance(own, x509.CertificatePolicies):
        return None
    named = [item.policy_identifier.dotted_string for item in own][:_MOST]
    below: Level = {}
    expected = frozenset().union(*level.values())
    for policy in named:
        if policy != ANY_POLICY and (policy in expected or ANY_POLICY in level):
            below[policy] = frozenset({policy})
    if ANY_POLICY in named and may_be_any:
        for policy in expected:
            below.setdefault(policy, frozenset({policy}))
    return below or None


def _map(state: _State, certificate: x509.Certificate, index: int) -> None:
    """Sections 6.1.4 (a) and (b)."""
    mapped: dict[str, set[str]] = {}
    for issuer, subject in _mappings(certificate):
        if ANY_POLICY in (issuer, subject):
            raise PolicyError(index, "a policy is mapped from or to any policy")
        mapped.setdefault(issuer, set()).add(subject)
    if not mapped or state.level is None:
        return
    for issuer, subjects in mapped.items():
        if state.mapping == 0:
            state.level.pop(issuer, None)
        elif issuer in state.level or ANY_POLICY in state.level:
            state.level[issuer] = frozenset(subjects)
    state.level = state.level or None


def _count(state: _State, certificate: x509.Certificate, *, counts: bool) -> None:
    """Sections 6.1.4 (h) to (j) and 6.1.5 (a) and (b)."""
    if counts:
        state.explicit = max(0, state.explicit - 1)
        state.mapping = max(0, state.mapping - 1)
        state.any_policy = max(0, state.any_policy - 1)
    constraints = _extension(certificate, ExtensionOID.POLICY_CONSTRAINTS)
    if isinstance(constraints, x509.PolicyConstraints):
        if constraints.require_explicit_policy is not None:
            state.explicit = min(state.explicit, constraints.require_explicit_policy)
        if constraints.inhibit_policy_mapping is not None:
            state.mapping = min(state.mapping, constraints.inhibit_policy_mapping)
    inhibited = _extension(certificate, ExtensionOID.INHIBIT_ANY_POLICY)
    if isinstance(inhibited, x509.InhibitAnyPolicy):
        state.any_policy = min(state.any_policy, inhibited.skip_certs)


def _mappings(certificate: x509.Certificate) -> list[tuple[str, str]]:
    """The pairs of a policyMappings extension as texts of their OIDs' content bytes, decoded."""
    value = _extension(certificate, _MAPPINGS)
    if not isinstance(value, x509.UnrecognizedExtension):
        return []
    pairs = []
    try:
        for pair in list(elements(only(value.value, SEQUENCE)))[:_MOST]:
            issuer, subject = elements(pair.content)
            pairs.append((dotted(issuer.content), dotted(subject.content)))
    except (DerError, ValueError):
        return []
    return pairs


def dotted(content: bytes) -> str:
    """Write the content of an OBJECT IDENTIFIER with dots. Raises DerError."""
    numbers: list[int] = []
    number = 0
    for byte in content[:64]:
        number = number << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(number)
            number = 0
    if not numbers:
        raise DerError("an empty object identifier")
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))


def _extension(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> object:
    try:
        return certificate.extensions.get_extension_for_oid(oid).value
    except x509.ExtensionNotFound:
        return None
