"""What a finite-field Diffie-Hellman prime is worth: common, standard, safe, or none at all."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from scanners.tls.messages import KeyExchange

_FILE = Path(__file__).with_name("dh_primes.yaml")
_MOST_TESTED_BITS = 4096
"""Longer unknown primes are not tested: that takes seconds, and tells little."""
_MOST_PRIMES, _MOST_TESTED = 16, 3
_SMALL_PRIMES = (3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79)
_BASES = (2, 3, 5, 7)
_BASES_OF_LONG_PRIMES = (2,)
"""Beyond 2048 bits one base takes a quarter of a second, and errs less often than the machine."""
_LONG = 2048


@dataclass(frozen=True)
class KnownPrime:
    """A prime that more than one server uses. ``standard``: it comes from an RFC."""

    name: str
    bits: int
    standard: bool
    safe: bool
    prime: bool = True


@cache
def known_primes() -> MappingProxyType[str, KnownPrime]:
    """The table, by the SHA-256 of the prime."""
    # Loads slowly, and few servers still agree on keys in finite fields.
    from secaudit.content.yaml import read_document

    rows = read_document(_FILE).value["primes"]
    return MappingProxyType({digest: KnownPrime(**row) for digest, row in rows.items()})


def prime_digest(prime: int) -> str:
    """The SHA-256 of a prime in as few bytes as it needs."""
    return hashlib.sha256(prime.to_bytes((prime.bit_length() + 7) // 8)).hexdigest()


def all_dh_facts(exchanges: Iterable[KeyExchange]) -> list[dict[str, Any]]:
    """The facts of each prime, the smallest first; a server that makes up many has few tested."""
    by_prime = {item.prime: item for item in exchanges if item.prime}
    first = sorted(by_prime)[:_MOST_PRIMES]
    return [
        dh_facts(by_prime[prime], test=index < _MOST_TESTED) for index, prime in enumerate(first)
    ]


def dh_facts(exchange: KeyExchange, *, test: bool = True) -> dict[str, Any]:
    """Return ``bits``, ``sha256``, ``generator``, ``known`` (name or null), ``standard``, ``safe``.

    ``safe`` and ``prime`` are null for a number that nobody knows, where it was too long to be
    tested or was not to be.
    """
    digest = prime_digest(exchange.prime)
    known = known_primes().get(digest)
    if known is not None:
        prime, safe = known.prime, known.safe
        return _facts(exchange, digest, prime=prime, safe=safe) | {
            "known": known.name,
            "standard": known.standard,
        }
    prime_tested, safe_tested = tested(exchange.prime) if test else (None, None)
    return _facts(exchange, digest, prime=prime_tested, safe=safe_tested)


def _facts(
    exchange: KeyExchange, digest: str, *, prime: bool | None, safe: bool | None
) -> dict[str, Any]:
    generator = exchange.generator
    return {
        "bits": exchange.dh_bits,
        "sha256": digest,
        "generator": generator if generator < 2**16 else None,
        "known": None,
        "standard": False,
        "prime": prime,
        "safe": safe,
    }


@lru_cache(maxsize=256)
def tested(number: int) -> tuple[bool | None, bool | None]:
    """Tell whether a number is prime, and a safe prime; None where it is too long to be tested."""
    if number.bit_length() > _MOST_TESTED_BITS:
        return None, None
    prime = is_probable_prime(number)
    return prime, prime and is_probable_prime((number - 1) // 2)


def is_probable_prime(number: int) -> bool:
    """Miller and Rabin's test to a few bases: enough for a number that nobody chose to fool it."""
    if number < 4:
        return number in (2, 3)
    if number % 2 == 0 or any(number % p == 0 and number != p for p in _SMALL_PRIMES):
        return False
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    bases = _BASES if number.bit_length() <= _LONG else _BASES_OF_LONG_PRIMES
    return all(_passes(number, base, odd, twos) for base in bases if base < number)


def _passes(number: int, base: int, odd: int, twos: int) -> bool:
    power = pow(base, odd, number)
    if power in (1, number - 1):
        return True
    for _ in range(twos - 1):
        power = power * power % number
        if power == number - 1:
            return True
    return False
