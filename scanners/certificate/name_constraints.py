"""Name constraints of every form (RFC 5280, sections 4.2.1.10 and 7.1).

The verifier looks at DNS names and addresses alone. Here directory names, mail addresses and URIs
are looked at too, and a host name that stands only in the common name.
"""

import ipaddress
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.x509.oid import NameOID

_MOST_COMPARISONS = 20_000
"""For one chain: a hostile one could ask for millions."""
_HOST = re.compile(r"(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)+\.?", re.IGNORECASE | re.ASCII)


class UnjudgedError(ValueError):
    """The constraint is of a form, or of a size, that is not looked at."""


Pair = tuple[type[x509.GeneralName], Any]
"""The form of a name, and its value."""


def names_of(certificate: x509.Certificate, *, common_names: bool) -> list[Pair]:
    """All names of a certificate that constraints speak about: the subject's and the alternatives.

    With ``common_names``, those that look like a host name count as one where no DNS name is
    among the alternatives, since old clients take them for one.
    """
    found: list[Pair] = []
    if list(certificate.subject):
        found.append((x509.DirectoryName, certificate.subject))
    alternatives = _value(certificate, x509.SubjectAlternativeName) or ()
    found += [(type(name), name.value) for name in alternatives]
    kinds = {kind for kind, _ in found}
    if x509.RFC822Name not in kinds:
        addresses = certificate.subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS)
        found += [(x509.RFC822Name, str(item.value)) for item in addresses]
    if common_names and x509.DNSName not in kinds:
        texts = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        found += [(x509.DNSName, str(t.value)) for t in texts if looks_like_host(str(t.value))]
    return found


def looks_like_host(text: str) -> bool:
    """Tell whether a common name is meant as a host name: labels and dots, no address."""
    if _HOST.fullmatch(text) is None:
        return False
    return not text.rstrip(".").rpartition(".")[2].isdecimal()


class Comparisons:
    """How many comparisons one chain may still cost."""

    def __init__(self) -> None:
        self.left = _MOST_COMPARISONS

    def spend(self, count: int) -> None:
        """Count comparisons. Raises UnjudgedError where they are too many."""
        self.left -= count
        if self.left < 0:
            raise UnjudgedError("too many names and constraints")


def broken_by(
    names: Sequence[Pair], constraints: x509.NameConstraints, comparisons: Comparisons
) -> Iterator[str]:
    """Say of each name that the constraints forbid which one and why. Raises UnjudgedError."""
    permitted = list(constraints.permitted_subtrees or ())
    excluded = list(constraints.excluded_subtrees or ())
    comparisons.spend(len(names) * (len(permitted) + len(excluded)))
    for kind, value in names:
        inside = [item for item in permitted if isinstance(item, kind)]
        outside = [item for item in excluded if isinstance(item, kind)]
        if not inside and not outside:
            continue
        matches = _FORMS.get(kind)
        if matches is None:
            raise UnjudgedError(f"names of the form {kind.__name__}")
        shown = value.rfc4514_string() if isinstance(value, x509.Name) else str(value)
        if inside and not any(matches(value, item.value) for item in inside):
            yield f"{shown[:200]} (not permitted)"
        if any(matches(value, item.value) for item in outside):
            yield f"{shown[:200]} (excluded)"


def _value(certificate: x509.Certificate, kind: type[Any]) -> Any:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _in_domain(host: str, domain: str) -> bool:
    """A DNS constraint covers its own name and all below it; with a dot in front, only those."""
    host, domain = host.lower().rstrip("."), domain.lower().rstrip(".")
    if not domain:
        return True
    if domain.startswith("."):
        return host.endswith(domain)
    return host == domain or host.endswith("." + domain)


def _host_is(host: str, constraint: str) -> bool:
    """Mail and URI constraints name one host, or with a dot in front all hosts below a domain."""
    host, constraint = host.lower().rstrip("."), constraint.lower().rstrip(".")
    return host.endswith(constraint) if constraint.startswith(".") else host == constraint


def _mail_matches(address: str, constraint: str) -> bool:
    local, _, host = address.rpartition("@")
    if "@" in constraint:
        own, _, domain = constraint.rpartition("@")
        return local == own and host.lower() == domain.lower()
    return not constraint or _host_is(host, constraint)


def _uri_matches(uri: str, constraint: str) -> bool:
    try:
        host = urlsplit(uri).hostname
    except ValueError:
        host = None
    if not host:
        raise UnjudgedError("a URI without a host")
    return _host_is(host, constraint)


_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def _address_matches(address: _Address, constraint: _Network) -> bool:
    return address in constraint


def _directory_matches(name: x509.Name, constraint: x509.Name) -> bool:
    """The constraint's RDNs stand first in the name, compared as section 7.1 has it."""
    wanted = [_comparable(rdn) for rdn in constraint.rdns]
    return [_comparable(rdn) for rdn in list(name.rdns)[: len(wanted)]] == wanted


def _comparable(rdn: x509.RelativeDistinguishedName) -> frozenset[tuple[str, str]]:
    return frozenset((item.oid.dotted_string, _prepared(item.value)) for item in rdn)


def _prepared(value: str | bytes) -> str:
    """Fold case and inner spaces, as string preparation does (RFC 4518)."""
    if isinstance(value, bytes):
        return value.hex()
    return " ".join(unicodedata.normalize("NFKC", value).casefold().split())


_FORMS: dict[type[x509.GeneralName], Callable[[Any, Any], bool]] = {
    x509.DNSName: _in_domain,
    x509.IPAddress: _address_matches,
    x509.DirectoryName: _directory_matches,
    x509.RFC822Name: _mail_matches,
    x509.UniformResourceIdentifier: _uri_matches,
}
