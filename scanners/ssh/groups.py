"""The Diffie-Hellman groups that SSH names (RFC 4253, 8268), and those that everybody shares.

Their primes are not copied but made from their definition (RFC 2409, section 6.2; RFC 3526): the
bits of pi between 64 ones at either end.
"""

from dataclasses import dataclass
from functools import cache

_PRIMES = {
    "modp768": (768, 149686),
    "modp1024": (1024, 129093),
    "modp1536": (1536, 741804),
    "modp2048": (2048, 124476),
    "modp3072": (3072, 1690314),
    "modp4096": (4096, 240904),
    "modp6144": (6144, 929484),
    "modp8192": (8192, 4743158),
}
"""Bits, and the number in the definition of the prime."""
BY_NUMBER = {
    1: "modp1024",  # SSH's "group 1" is Oakley group 2
    14: "modp2048",
    15: "modp3072",
    16: "modp4096",
    17: "modp6144",
    18: "modp8192",
}


@dataclass(frozen=True)
class Group:
    """A prime and a generator."""

    prime: int
    generator: int


@cache
def _scaled_pi() -> tuple[int, int]:
    """Pi times two to a power, and the power; by Machin's formula."""
    power = 8192 + 64

    def arctan_of_inverse(number: int) -> int:
        term = (1 << power) // number
        total, square, divisor, sign = term, number * number, 3, -1
        while term:
            term //= square
            total += sign * (term // divisor)
            divisor, sign = divisor + 2, -sign
        return total

    return 4 * (4 * arctan_of_inverse(5) - arctan_of_inverse(239)), power


@cache
def modp(name: str) -> Group:
    """One of the MODP groups."""
    bits, number = _PRIMES[name]
    pi, power = _scaled_pi()
    middle = (pi >> (power - (bits - 130))) + number
    return Group(2**bits - 2 ** (bits - 64) - 1 + 2**64 * middle, 2)


def common_name(prime: int) -> str | None:
    """The name of a well-known prime of this value."""
    bits = prime.bit_length()
    near = [name for name, (size, _) in _PRIMES.items() if size == bits]
    return next((name for name in near if modp(name).prime == prime), None)
