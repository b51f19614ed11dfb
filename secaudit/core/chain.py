"""A hash chain: each link covers the one before it, so that no row can be changed behind its back.

``hash = SHA-256(previous hash, as 64 hexadecimal digits, newline, canonical JSON of the entry)``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from secaudit.core.canonical import canonical_json, sha256_hex

GENESIS = "0" * 64


def link(previous: str, entry: Mapping[str, Any]) -> str:
    """Return the hash that seals ``entry`` after the link ``previous``."""
    return sha256_hex(previous.encode("ascii") + b"\n" + canonical_json(entry))


@dataclass(frozen=True)
class ChainFault:
    """Where a chain breaks. ``position`` counts from 1."""

    position: int
    reason: str


def first_fault(links: Iterable[tuple[str, Mapping[str, Any], str]]) -> ChainFault | None:
    """Check ``(previous, entry, hash)`` triples in order; None means that the chain is whole."""
    expected = GENESIS
    for position, (previous, entry, sealed) in enumerate(links, start=1):
        if previous != expected:
            return ChainFault(position, "does not follow the entry before it")
        if link(previous, entry) != sealed:
            return ChainFault(position, "was changed after it was written")
        expected = sealed
    return None
