"""Does a certificate carry a server name (RFC 6125, RFC 9525)?"""

import ipaddress
from collections.abc import Mapping
from typing import Any


def names_match(facts: Mapping[str, Any], name: str) -> bool:
    """Tell whether a subject alternative name of the certificate is ``name`` or covers it."""
    address = _address(name)
    if address is not None:
        return any(_address(text) == address for text in facts["ip_addresses"])
    return any(_covers(pattern, name) for pattern in facts["dns_names"])


def common_name_matches(facts: Mapping[str, Any], name: str) -> bool:
    """Tell whether the common name would do, as clients before 2017 took it."""
    return any(
        text == name or (_address(name) is None and _covers(text, name))
        for text in facts["common_names"]
    )


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _covers(pattern: str, name: str) -> bool:
    pattern, name = pattern.lower().removesuffix("."), name.lower().removesuffix(".")
    if not pattern.startswith("*."):
        return pattern == name
    # A wildcard stands for one whole left-most label, and not directly above a top-level domain.
    _, _, parent = name.partition(".")
    return "." in parent and parent == pattern[2:]
