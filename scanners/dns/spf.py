"""The Sender Policy Framework of a domain, read without a sender (RFC 7208).

Each domain that a record refers to by ``include`` and ``redirect`` is asked for; ``a``, ``mx``,
``ptr`` and ``exists`` are counted and not asked. A term with a macro depends on the sender: it is
counted too. The count is that of a sender whom no term matches, as it is for every forger.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from scanners.dns.records import shown
from secaudit.core.network import is_host_name
from secaudit.core.vocabulary import Reason

MOST_LOOKUPS = 10
"""Terms that make a receiver ask DNS; with more the whole record is void (section 4.6.4)."""
_TERM = re.compile(r"([+?~-]?)([A-Za-z][A-Za-z0-9_.-]*)(?:([:=/])(.*))?", re.DOTALL)
_MECHANISMS = {"all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"}
_ASKING = {"include", "a", "mx", "ptr", "exists"}
_NEEDS_VALUE = {"include", "ip4", "ip6", "exists"}
_CIDR = re.compile(r"(?P<domain>[^/]*)(?:/(?P<four>\d{1,3}))?(?://(?P<six>\d{1,3}))?")
_MACRO = re.compile(r"%(\{[A-Za-z]\d*r?[.\-+,/_=]*\}|%|_|-)")

Found = Sequence[bytes] | Reason
"""The texts of TXT records, or why they are not known."""
Lookup = Callable[[str], Awaitable[Found]]


@dataclass(frozen=True)
class Term:
    """One mechanism or modifier."""

    qualifier: str
    name: str
    value: str
    modifier: bool = False


@dataclass
class _Count:
    lookups: int = 0
    seen: list[str] = field(default_factory=list)


class _VoidError(Exception):
    """The record is of no use to a receiver (``permerror``), or was not read to its end."""

    def __init__(self, state: str, fault: str, problem: Reason | None = None) -> None:
        super().__init__(fault)
        self.state, self.fault, self.problem = state, fault, problem


async def read_spf(domain: str, look_up: Lookup) -> dict[str, Any]:
    """Read the policy of a domain.

    ``state``: ``none``, ``valid``, ``multiple``, ``syntax``, ``too_many_lookups``,
    ``broken_reference`` (an include or redirect without a record), ``unknown`` (``problem`` says
    why). ``all`` is the qualifier that an unlisted sender gets (``?`` where nothing is said),
    ``passes_all`` whether any sender passes, ``fault`` the term that is wrong.
    """
    facts: dict[str, Any] = {
        "state": "none",
        "record": None,
        "records": 0,
        "all": None,
        "passes_all": False,
        "lookups": 0,
        "referred": [],
        "fault": None,
        "problem": None,
    }
    found = await look_up(domain)
    if isinstance(found, Reason):
        return facts | {"state": "unknown", "problem": found.value}
    records = spf_records(found)
    facts["records"] = len(records)
    if not records:
        return facts
    facts["record"] = shown(records[0])
    count = _Count(seen=[domain])
    try:
        verdict, passes_all = await _evaluate(found, domain, look_up, count)
        facts |= {"state": "valid", "all": verdict, "passes_all": passes_all}
    except _VoidError as error:
        facts |= {"state": error.state, "fault": shown(error.fault.encode())}
        facts["problem"] = error.problem.value if error.problem else None
    return facts | {"lookups": count.lookups, "referred": count.seen[1:]}


def spf_records(found: Sequence[bytes]) -> list[bytes]:
    """The records of SPF among TXT records (section 4.5)."""
    return [item for item in found if item[:6].lower() == b"v=spf1" and item[6:7] in (b"", b" ")]


async def _evaluate(
    found: Sequence[bytes], domain: str, look_up: Lookup, count: _Count
) -> tuple[str, bool]:
    """The qualifier of an unlisted sender, and whether anyone passes. Raises _VoidError."""
    records = spf_records(found)
    if len(records) != 1:
        state = "multiple" if count.seen == [domain] else "broken_reference"
        raise _VoidError(state, f"{domain}: {len(records)} records")
    terms = parse_terms(records[0])
    passes_all = False
    for term in terms:
        if term.modifier:
            continue
        if term.name == "all":
            qualifier = term.qualifier or "+"
            return qualifier, passes_all or qualifier == "+"
        if term.name in _ASKING:
            _count(count, term)
        if term.name == "include":
            opens = await _follow(term, look_up, count)
            passes_all |= opens is not None and opens[1] and term.qualifier in ("", "+")
        elif term.name in ("ip4", "ip6") and term.qualifier in ("", "+"):
            passes_all |= _network(term).prefixlen == 0
    redirect = next((term for term in terms if term.modifier and term.name == "redirect"), None)
    if redirect is None:
        return "?", passes_all
    _count(count, redirect)
    led = await _follow(redirect, look_up, count)
    return ("?", passes_all) if led is None else (led[0], led[1] or passes_all)


def _count(count: _Count, term: Term) -> None:
    count.lookups += 1
    if count.lookups > MOST_LOOKUPS:
        raise _VoidError("too_many_lookups", f"{term.name}:{term.value}")


async def _follow(term: Term, look_up: Lookup, count: _Count) -> tuple[str, bool] | None:
    """Evaluate the domain referred to; None where that depends on the sender."""
    if "%" in term.value:
        return None
    domain = term.value.lower().removesuffix(".")
    if not is_host_name(domain):
        raise _VoidError("syntax", f"{term.name}:{term.value}")
    count.seen.append(domain)
    found = await look_up(domain)
    if isinstance(found, Reason):
        raise _VoidError("unknown", domain, found)
    return await _evaluate(found, domain, look_up, count)


def parse_terms(record: bytes) -> list[Term]:
    """Split a record into its terms (section 12). Raises _VoidError for one that breaks it."""
    try:
        words = record.decode("ascii").split(" ")[1:]
    except UnicodeDecodeError:
        raise _VoidError("syntax", "not ASCII") from None
    terms = [_term(word) for word in words if word]
    for name in ("redirect", "exp"):
        if sum(term.modifier and term.name == name for term in terms) > 1:
            raise _VoidError("syntax", f"{name}= twice")
    return terms


def _term(word: str) -> Term:
    match = _TERM.fullmatch(word)
    if match is None:
        raise _VoidError("syntax", word)
    qualifier, name, sign, value = match[1], match[2].lower(), match[3], match[4] or ""
    if sign == "=":
        if qualifier or (name in ("redirect", "exp") and not value):
            raise _VoidError("syntax", word)
        return Term("", name, value, modifier=True)
    if sign == "/":
        value = "/" + value
    term = Term(qualifier, name, value)
    if not _is_sound(term, sign):
        raise _VoidError("syntax", word)
    return term


def _is_sound(term: Term, sign: str | None) -> bool:
    if term.name not in _MECHANISMS or "%" in _MACRO.sub("", term.value):
        return False
    if term.name == "all":
        return sign is None
    if term.name in _NEEDS_VALUE and (sign != ":" or not term.value):
        return False
    if sign == ":" and not term.value:
        return False
    if term.name in ("ip4", "ip6"):
        try:
            _network(term)
        except ValueError:
            return False
        return True
    if term.name in ("a", "mx"):
        parts = _CIDR.fullmatch(term.value)
        if parts is None:
            return False
        return int(parts["four"] or 0) <= 32 and int(parts["six"] or 0) <= 128
    return "/" not in term.value or "%" in term.value


def _network(term: Term) -> IPv4Network | IPv6Network:
    """The addresses of ``ip4`` and ``ip6``. Raises ValueError."""
    network = ip_network(term.value, strict=False)
    if network.version != int(term.name[2]):
        raise ValueError(term.value)
    return network
