"""Addresses, ranges and names as an authorisation writes them, and sets of addresses.

Textual forms: ``192.0.2.7``, ``192.0.2.0/24``, ``192.0.2.10-192.0.2.20``, ``192.0.2.10-20``,
``2001:db8::1``, ``2001:db8::/64``, ``[2001:db8::1]`` and host names (RFC 1123).
"""

import ipaddress
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from secaudit.core.errors import InputError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.IGNORECASE | re.ASCII)
_NUMERIC = re.compile(r"[0-9.]+")
_SEPARATOR = re.compile(r" *- *")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.IGNORECASE)
"""A last label that resolvers read as an address, not as a name (``0x7f.1``, ``2130706433``)."""
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")


def _address(version: int, number: int) -> Address:
    return ipaddress.IPv4Address(number) if version == 4 else ipaddress.IPv6Address(number)


class TargetKind(StrEnum):
    """What a target's text denotes."""

    ADDRESSES = "addresses"
    NAME = "name"


@dataclass(frozen=True, order=True)
class AddressRange:
    """An inclusive run of addresses of one family, as integers."""

    version: int
    first: int
    last: int

    def __str__(self) -> str:
        """Write one address, a CIDR block where the run is one, or ``first-last``."""
        first, last = (_address(self.version, number) for number in (self.first, self.last))
        if self.first == self.last:
            return str(first)
        size = self.last - self.first + 1
        if size.bit_count() == 1 and self.first % size == 0:
            return f"{first}/{first.max_prefixlen - size.bit_length() + 1}"
        return f"{first}-{last}"


@dataclass(frozen=True)
class Target:
    """One target as written: a run of addresses, or a host name that is still to be resolved."""

    text: str
    kind: TargetKind
    addresses: AddressRange | None = None


def parse_target(text: str) -> Target:
    """Read one target. Raises InputError that names the text and says what is wrong with it."""
    text = text.strip()
    if not text:
        raise InputError("a target is empty")
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if "/" in bare:
        return Target(text, TargetKind.ADDRESSES, _block(bare))
    if "-" in bare and (":" in bare or _NUMERIC.fullmatch(_SEPARATOR.sub(".", bare))):
        return Target(text, TargetKind.ADDRESSES, _run(bare))
    if ":" in bare or _NUMERIC.fullmatch(bare):
        address = parse_address(bare)
        return Target(
            text, TargetKind.ADDRESSES, AddressRange(address.version, int(address), int(address))
        )
    return Target(text, TargetKind.NAME) if is_host_name(bare) else _unusable(text)


def parse_address(text: str) -> Address:
    """Read one literal address. Raises InputError.

    IPv4 addresses written as IPv6 (``::ffff:192.0.2.7``) are refused: the same host under a second
    spelling would slip past exclusions. So are zone indexes (``fe80::1%eth0``).
    """
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        raise InputError("{text!r} is not an IPv4 or IPv6 address", text=text) from None
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            raise InputError(
                "{text!r} is an IPv4 address written as IPv6",
                hint="write it as {address}",
                text=text,
                address=address.ipv4_mapped,
            )
        if address.scope_id is not None:
            raise InputError("{text!r} has a zone index, which means nothing elsewhere", text=text)
    return address


def is_host_name(text: str) -> bool:
    """Tell whether ``text`` is a host name (RFC 1123; underscores and a final dot are allowed)."""
    name = text.removesuffix(".")
    labels = name.split(".")
    return (
        0 < len(name) <= 253
        and all(_LABEL.fullmatch(label) for label in labels)
        and _NUMBER.fullmatch(labels[-1]) is None
    )


def _unusable(text: str) -> Target:
    raise InputError(
        "{text!r} is neither an address, a CIDR block, a range nor a host name",
        hint="examples: 192.0.2.7, 192.0.2.0/24, 192.0.2.10-20, 2001:db8::/64, www.example.go.id",
        text=text,
    )


def _block(text: str) -> AddressRange:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise InputError("{text!r} is not a CIDR block", text=text) from None
    if isinstance(network, ipaddress.IPv6Network) and network.subnet_of(_MAPPED):
        raise InputError("{text!r} is an IPv4 block written as IPv6", text=text)
    if parse_address(text.split("/")[0]) != network.network_address:
        raise InputError(
            "{text!r} is not a CIDR block",
            hint="did you mean {network}?",
            text=text,
            network=network,
        )
    return AddressRange(
        network.version, int(network.network_address), int(network.broadcast_address)
    )


def _run(text: str) -> AddressRange:
    start, _, end = text.partition("-")
    first = parse_address(start.strip())
    end = end.strip()
    if first.version == 4 and end.isdigit():
        end = str(first).rsplit(".", 1)[0] + "." + end
    last = parse_address(end)
    if first.version != last.version:
        raise InputError("the range {text!r} mixes IPv4 and IPv6", text=text)
    if int(last) < int(first):
        raise InputError("the range {text!r} ends before it begins", text=text)
    return AddressRange(first.version, int(first), int(last))


@dataclass(frozen=True)
class AddressSet:
    """A set of addresses as sorted, disjoint, inclusive runs: a /8 costs as much as one address."""

    runs: tuple[AddressRange, ...] = ()

    @classmethod
    def of(cls, runs: Iterable[AddressRange]) -> "AddressSet":
        """Build a set: overlapping and touching runs become one."""
        merged: list[AddressRange] = []
        for run in sorted(runs):
            before = merged[-1] if merged else None
            if before is not None and (run.version, run.first) <= (before.version, before.last + 1):
                merged[-1] = AddressRange(run.version, before.first, max(before.last, run.last))
            else:
                merged.append(run)
        return cls(tuple(merged))

    @classmethod
    def parse(cls, texts: Iterable[str]) -> "AddressSet":
        """Build a set from literal targets. Raises InputError for a host name."""
        runs = []
        for text in texts:
            target = parse_target(text)
            if target.addresses is None:
                raise InputError("{text!r} is a name: an address is needed here", text=text)
            runs.append(target.addresses)
        return cls.of(runs)

    def __contains__(self, address: object) -> bool:
        """Tell whether an address, given as text or as an address, is in the set."""
        if isinstance(address, str):
            address = parse_address(address)
        if isinstance(address, ipaddress.IPv6Address):
            address = address.ipv4_mapped or address
        elif not isinstance(address, ipaddress.IPv4Address):
            return False
        version, number = address.version, int(address)
        index = bisect_right(self._starts, (version, number)) - 1
        if index < 0:
            return False
        run = self.runs[index]
        return run.version == version and number <= run.last

    @cached_property
    def _starts(self) -> tuple[tuple[int, int], ...]:
        return tuple((run.version, run.first) for run in self.runs)

    def __iter__(self) -> Iterator[Address]:
        """Walk through the addresses in order, IPv4 first."""
        for run in self.runs:
            for number in range(run.first, run.last + 1):
                yield _address(run.version, number)

    def __bool__(self) -> bool:
        """Tell whether the set has any address."""
        return bool(self.runs)

    @property
    def count(self) -> int:
        """Number of addresses."""
        return sum(run.last - run.first + 1 for run in self.runs)

    def __or__(self, other: "AddressSet") -> "AddressSet":
        """Return the addresses of either set."""
        return AddressSet.of((*self.runs, *other.runs))

    def __sub__(self, other: "AddressSet") -> "AddressSet":
        """Return the addresses that are not in ``other``. Takes time linear in the runs."""
        left: list[AddressRange] = []
        holes = list(reversed(other.runs))
        for run in self.runs:
            first = run.first
            while holes and (holes[-1].version, holes[-1].last) < (run.version, first):
                holes.pop()
            for hole in reversed(holes):
                if (hole.version, hole.first) > (run.version, run.last):
                    break
                if first < hole.first:
                    left.append(AddressRange(run.version, first, hole.first - 1))
                first = hole.last + 1
            if first <= run.last:
                left.append(AddressRange(run.version, first, run.last))
        return AddressSet(tuple(left))

    def __and__(self, other: "AddressSet") -> "AddressSet":
        """Return the addresses of both sets. Takes time linear in the runs."""
        both: list[AddressRange] = []
        mine, theirs = 0, 0
        while mine < len(self.runs) and theirs < len(other.runs):
            one, two = self.runs[mine], other.runs[theirs]
            if one.version == two.version:
                first, last = max(one.first, two.first), min(one.last, two.last)
                if first <= last:
                    both.append(AddressRange(one.version, first, last))
            if (one.version, one.last) <= (two.version, two.last):
                mine += 1
            else:
                theirs += 1
        return AddressSet(tuple(both))

    def __str__(self) -> str:
        """Write the runs, separated by commas."""
        return ", ".join(str(run) for run in self.runs)


NO_ADDRESSES = AddressSet()
LOOPBACK = AddressSet.parse(["127.0.0.0/8", "::1"])
