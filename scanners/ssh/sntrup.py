"""The client's side of Streamlined NTRU Prime 761 with a key that keeps no secret.

As in :mod:`scanners.ssh.mlkem`: to verify a signature we must know what the server encapsulated,
and nothing is encrypted with it. With a public polynomial that is a constant, the ciphertext shows
the server's short polynomial as it is. Source: the specification of NTRU Prime (round 3), sections
3.2 to 3.5, and draft-josefsson-ntruprime-ssh.
"""

import hashlib
from functools import cache

_P = 761
_Q = 4591
_HALF = (_Q - 1) // 2
_CONSTANT = 1000
"""Any constant far from zero: its product with -1, 0 and 1 is told apart after rounding."""
_ROUNDED_BYTES = 1007
_CONFIRM_BYTES = 32
CIPHERTEXT_BYTES = _ROUNDED_BYTES + _CONFIRM_BYTES
_LIMIT = 16384


def _encode(values: list[int], bounds: list[int]) -> bytes:
    """Write numbers below their bounds (section 3.3)."""
    out = bytearray()
    while len(values) > 1:
        next_values, next_bounds = [], []
        for at in range(0, len(values) - 1, 2):
            value = values[at] + values[at + 1] * bounds[at]
            bound = bounds[at + 1] * bounds[at]
            while bound >= _LIMIT:
                out.append(value & 255)
                value, bound = value >> 8, (bound + 255) >> 8
            next_values.append(value)
            next_bounds.append(bound)
        if len(values) & 1:
            next_values.append(values[-1])
            next_bounds.append(bounds[-1])
        values, bounds = next_values, next_bounds
    value, bound = values[0], bounds[0]
    while bound > 1:
        out.append(value & 255)
        value, bound = value >> 8, (bound + 255) >> 8
    return bytes(out)


@cache
def _levels(count: int, bound: int) -> tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]:
    """For each step of the decoding, the bounds and how many bytes each pair leaves behind."""
    levels = []
    bounds = (bound,) * count
    while len(bounds) > 1:
        widths, merged = [], []
        for at in range(0, len(bounds) - 1, 2):
            product, width = bounds[at] * bounds[at + 1], 0
            while product >= _LIMIT:
                product, width = (product + 255) >> 8, width + 1
            widths.append(width)
            merged.append(product)
        if len(bounds) & 1:
            merged.append(bounds[-1])
        levels.append((bounds, tuple(widths)))
        bounds = tuple(merged)
    levels.append((bounds, ()))
    return tuple(levels)


def _decode(content: bytes, count: int, bound: int) -> list[int]:
    """Read what :func:`_encode` wrote for ``count`` numbers below ``bound``."""
    levels = _levels(count, bound)
    at, lows = 0, []
    for _bounds, widths in levels[:-1]:
        row = []
        for width in widths:
            row.append(int.from_bytes(content[at : at + width], "little"))
            at += width
        lows.append(row)
    values = [int.from_bytes(content[at:], "little") % levels[-1][0][0]]
    for (bounds, widths), row in zip(reversed(levels[:-1]), reversed(lows), strict=True):
        wider: list[int] = []
        for place, (width, low) in enumerate(zip(widths, row, strict=True)):
            value = low + (values[place] << 8 * width)
            first = bounds[2 * place]
            wider += [value % first, value // first % bounds[2 * place + 1]]
        values = wider + values[len(widths) :]
    return values


PUBLIC = _encode([_CONSTANT + _HALF] + [_HALF] * (_P - 1), [_Q] * _P)
"""The public key: the constant polynomial."""


def _hash(prefix: int, content: bytes) -> bytes:
    return hashlib.sha512(bytes([prefix]) + content).digest()[:32]


def decapsulate(ciphertext: bytes) -> bytes:
    """Return the 32 bytes that both sides share. Raises ValueError where none come out."""
    if len(ciphertext) != CIPHERTEXT_BYTES:
        raise ValueError(len(ciphertext))
    rounded = _decode(ciphertext[:_ROUNDED_BYTES], _P, (_Q + 2) // 3)
    small = [_sign(3 * value - _HALF) + 1 for value in rounded]
    short = bytearray()
    for at in range(0, _P, 4):
        short.append(sum(value << 2 * place for place, value in enumerate(small[at : at + 4])))
    secret = _hash(3, bytes(short))
    if _hash(2, secret + _hash(4, PUBLIC)) != ciphertext[_ROUNDED_BYTES:]:
        raise ValueError("the ciphertext does not confirm")
    return _hash(1, secret + ciphertext)


def _sign(number: int) -> int:
    return (number > _CONSTANT // 2) - (number < -_CONSTANT // 2)
