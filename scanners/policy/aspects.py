"""One function for each aspect that a rule may look at: facts in, what was found out."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from scanners.policy import profile
from scanners.policy.facts import EndpointFacts
from scanners.tls.suites import suites_by_name
from secaudit.core.instant import parse_instant

_DAY = 86_400
_GROUP_VERSIONS = ("TLS 1.2", "TLS 1.3")
_OLDER = ("TLS 1.0", "TLS 1.1", "TLS 1.2")


@dataclass(frozen=True)
class Finding:
    """Whether the facts conform (None: not to be decided), and what was found, as plain words.

    What was found is what departs from the rule, or what is missing; where all is well, nothing.
    """

    conforms: bool | None
    found: tuple[str, ...] = ()


def _protocols_allowed(
    rule: profile.ProtocolsAllowed, facts: EndpointFacts, on: date
) -> Finding | None:
    allowed = _still(rule.names, rule.ends, on)
    states = facts.tls.data["protocols"]
    wrong = [name for name, state in states.items() if state == "accepted" and name not in allowed]
    unknown = any(state == "inconclusive" and name not in allowed for name, state in states.items())
    return _listed(wrong, whole=not unknown)


def _protocol_offered(
    rule: profile.ProtocolOffered, facts: EndpointFacts, on: date
) -> Finding | None:
    states = [facts.tls.data["protocols"].get(name, "inconclusive") for name in rule.names]
    if "accepted" in states:
        return Finding(conforms=True)
    return Finding(None if "inconclusive" in states else False, rule.names)


def _suites_allowed(rule: profile.SuitesAllowed, facts: EndpointFacts, on: date) -> Finding | None:
    data = facts.tls.data
    state = data["protocols"].get(rule.protocol, "inconclusive")
    if state == "refused":
        return None
    allowed = _still(rule.names, rule.ends, on)
    wrong = [name for name in data["suites"].get(rule.protocol, ()) if name not in allowed]
    return _listed(wrong, whole=state == "accepted" and rule.protocol not in data["incomplete"])


def _groups(facts: EndpointFacts) -> tuple[list[str], bool]:
    """All groups that were agreed on, once each, and whether that is all."""
    data = facts.tls.data
    lists = data.get("groups", {})
    incomplete = data.get("groups_incomplete", {})
    wanted = [name for name in _GROUP_VERSIONS if data["protocols"].get(name) == "accepted"]
    found = [name for version in wanted for name in lists.get(version, ())]
    found += data["key_exchange"]["curves"]
    whole = all(version in lists and version not in incomplete for version in wanted)
    return list(dict.fromkeys(found)), whole


def _groups_allowed(rule: profile.GroupsAllowed, facts: EndpointFacts, on: date) -> Finding | None:
    found, whole = _groups(facts)
    if whole and not found:
        return None
    allowed = _still(rule.names, rule.ends, on)
    return _listed([name for name in found if name not in allowed], whole=whole)


def _group_offered(rule: profile.GroupOffered, facts: EndpointFacts, on: date) -> Finding | None:
    found, whole = _groups(facts)
    if any(name in rule.names for name in found):
        return Finding(conforms=True)
    return Finding(False if whole else None, rule.names)


def _dh_bits(rule: profile.DhBits, facts: EndpointFacts, on: date) -> Finding | None:
    sizes = facts.tls.data["key_exchange"]["dh_bits"]
    if not sizes:
        return None
    return _listed([f"{bits} bit" for bits in sizes if bits < rule.least])


def _certificate_keys(
    rule: profile.CertificateKeys, facts: EndpointFacts, on: date
) -> Finding | None:
    keys = [leaf.get("key") or {} for leaf in facts.leaves]
    wrong = [_key_words(key) for key in keys if not any(_fits(key, kind) for kind in rule.kinds)]
    return _listed(wrong, whole=bool(keys))


def _fits(key: Mapping[str, Any], kind: profile.KeyKind) -> bool:
    if key.get("type") != kind.type:
        return False
    if kind.least is not None and (key.get("bits") or 0) < kind.least:
        return False
    return not kind.curves or key.get("curve") in kind.curves


def _key_words(key: Mapping[str, Any]) -> str:
    kind, bits = key.get("type", "?"), key.get("bits")
    return f"{kind} {key.get('curve') or (f'{bits} bit' if bits else '')}".strip()


def _certificate_hashes(
    rule: profile.CertificateHashes, facts: EndpointFacts, on: date
) -> Finding | None:
    hashes = [(leaf.get("signature") or {}).get("hash") for leaf in facts.leaves]
    wrong = [name for name in hashes if name is not None and name not in rule.names]
    return _listed(wrong, whole=bool(hashes) and None not in hashes)


def _certificate_days(
    rule: profile.CertificateDays, facts: EndpointFacts, on: date
) -> Finding | None:
    wrong = []
    known = bool(facts.leaves)
    for leaf in facts.leaves:
        if not leaf.get("not_before") or not leaf.get("not_after"):
            known = False
            continue
        span = parse_instant(leaf["not_after"]) - parse_instant(leaf["not_before"])
        seconds = span.total_seconds()
        if seconds > rule.most * _DAY:
            wrong.append(f"{seconds / _DAY:.1f} d")
    return _listed(wrong, whole=known)


def _feature(rule: profile.Feature, facts: EndpointFacts, on: date) -> Finding | None:
    if rule.name in _BEFORE_TLS1_3 and not _speaks_older(facts):
        return None
    if rule.name == "early_data" and facts.tls.data["protocols"].get("TLS 1.3") == "refused":
        return None
    if rule.name == "encrypt_then_mac" and _without_cbc(facts):
        return None
    seen = None if facts.handshake is None else _READINGS[rule.name](facts.handshake.data)
    if seen is None:
        return Finding(None)
    return Finding(seen is rule.expected, () if seen is rule.expected else (rule.name,))


def _speaks_older(facts: EndpointFacts) -> bool:
    states = facts.tls.data["protocols"]
    return any(states.get(name) != "refused" for name in _OLDER)


def _without_cbc(facts: EndpointFacts) -> bool:
    """The MAC stands alone in CBC suites only: elsewhere there is no order to choose (RFC 7366)."""
    data, table = facts.tls.data, suites_by_name()
    known = all(
        data["protocols"].get(name) == "refused"
        or (data["protocols"].get(name) == "accepted" and name not in data["incomplete"])
        for name in _OLDER
    )
    names = [suite for version in _OLDER for suite in data["suites"].get(version, ())]
    return known and not any(name in table and table[name].cbc for name in names)


def _flag(name: str) -> Callable[[Mapping[str, Any]], bool | None]:
    def read(data: Mapping[str, Any]) -> bool | None:
        value = data.get(name)
        return value if isinstance(value, bool) else None

    return read


def _compressed(data: Mapping[str, Any]) -> bool | None:
    method = data.get("compression")
    return None if method is None else method != "none"


def _takes_early_data(data: Mapping[str, Any]) -> bool | None:
    """Early data is announced in bytes, in tickets; a server without tickets cannot take any."""
    size = data.get("early_data")
    return None if size is None else size > 0


def _staples(data: Mapping[str, Any]) -> bool | None:
    seen = data.get("ocsp") or {}
    return seen.get("stapled")


_READINGS: Mapping[str, Callable[[Mapping[str, Any]], bool | None]] = {
    **{
        name: _flag(name)
        for name in (
            *("secure_renegotiation", "client_renegotiation", "extended_master_secret"),
            *("encrypt_then_mac", "fallback_scsv", "heartbeat"),
        )
    },
    "compression": _compressed,
    "early_data": _takes_early_data,
    "ocsp_stapling": _staples,
}
"""How each feature is read from the data of a ``tls.handshake`` observation."""
_BEFORE_TLS1_3 = frozenset(
    {
        *("secure_renegotiation", "client_renegotiation", "extended_master_secret"),
        *("encrypt_then_mac", "fallback_scsv", "compression", "heartbeat"),
    }
)
"""Features that TLS 1.3 has no more, or always has."""


def _preference(rule: profile.Preference, facts: EndpointFacts, on: date) -> Finding | None:
    seen = {
        version: found
        for version, found in facts.tls.data["preference"].items()
        if len(facts.tls.data["suites"].get(version, ())) > 1
    }
    if not seen:
        return None
    wrong = [version for version, found in seen.items() if found not in (None, rule.expected)]
    return _listed(wrong, whole=None not in seen.values())


def _hsts(rule: profile.Hsts, facts: EndpointFacts, on: date) -> Finding | None:
    """Under names alone (RFC 6797, 8.1.1). An error page without the field decides nothing."""
    asked = [page.data for page in facts.pages if page.data.get("hsts_applies", True)]
    if not asked:
        return None
    decisive = [
        page
        for page in asked
        if page.get("hsts_max_age") is not None
        or (not page.get("problem") and (page.get("status") or 200) < 400)
    ]
    ages = [page.get("hsts_max_age") or 0 for page in decisive]
    wrong = [f"max-age {age}" for age in ages if age < rule.least]
    return _listed(wrong, whole=len(decisive) == len(asked))


def _still(names: Iterable[str], ends: Mapping[Any, date], on: date) -> set[str]:
    return {name for name in names if name not in ends or on <= ends[name]}


def _listed(wrong: Iterable[str], *, whole: bool = True) -> Finding:
    found = tuple(dict.fromkeys(wrong))
    if found:
        return Finding(conforms=False, found=found)
    return Finding(conforms=True if whole else None)


ASPECTS: Mapping[type[Any], Callable[[Any, EndpointFacts, date], Finding | None]] = {
    profile.ProtocolsAllowed: _protocols_allowed,
    profile.ProtocolOffered: _protocol_offered,
    profile.SuitesAllowed: _suites_allowed,
    profile.GroupsAllowed: _groups_allowed,
    profile.GroupOffered: _group_offered,
    profile.DhBits: _dh_bits,
    profile.CertificateKeys: _certificate_keys,
    profile.CertificateHashes: _certificate_hashes,
    profile.CertificateDays: _certificate_days,
    profile.Feature: _feature,
    profile.Preference: _preference,
    profile.Hsts: _hsts,
}
"""By the class of the rule. None: the rule has nothing to do with this endpoint."""
