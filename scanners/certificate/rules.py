"""What the certificates of a chain mean. Pure functions: observations to results.

Each rule judges one ``certificate.chain`` observation at a time: one for every name asked for, and
the one without a name only where the endpoint has no known name. What a malformed certificate hides
is inconclusive.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import wraps
from typing import Any

from scanners.base import Sight, result
from scanners.catalogue import Check
from scanners.certificate.names import common_name_matches
from secaudit.core.instant import parse_instant
from secaudit.core.observation import CheckResult, Observation
from secaudit.core.subject import Subject
from secaudit.core.vocabulary import Outcome, Reason

KIND = "certificate.chain"
_DAY = timedelta(days=1)
_SERVER_AUTH = "1.3.6.1.5.5.7.3.1"
_ANY_PURPOSE = "2.5.29.37.0"
_SHOWN = 8

Facts = Mapping[str, Any]
Verdict = tuple[Outcome, Reason, dict[str, Any]]
Judge = Callable[[Observation, Facts, Check], Verdict]
_UNREADABLE: Verdict = (Outcome.INCONCLUSIVE, Reason.UNPARSABLE_CERTIFICATE, {})
_BESIDE_THE_POINT: Verdict = (Outcome.NOT_APPLICABLE, Reason.NOT_OFFERED, {})


def _passed(**details: Any) -> Verdict:
    return Outcome.PASSED, Reason.OBSERVED, details


def _failed(**details: Any) -> Verdict:
    return Outcome.FAILED, Reason.OBSERVED, details


def _each(judge: Judge) -> Callable[[Sight, Check], Iterable[CheckResult]]:
    """Make a rule of the judgement of one chain and its first certificate."""

    @wraps(judge)
    def rule(sight: Sight, check: Check) -> Iterator[CheckResult]:
        seen = sight.of(KIND)
        named = {_endpoint(item) for item in seen if item.data["asked_name"] is not None}
        for item in seen:
            if item.data["asked_name"] is None and _endpoint(item) in named:
                continue
            if item.data["chain"]:
                leaf = item.data["chain"][0]
                outcome, reason, details = judge(item, leaf, check)
                facts = {"certificate": _called(leaf), "fingerprint": leaf["sha256"]}
                yield result(check, item.subject, outcome, item, reason, **facts, **details)
            else:
                reason = Reason(item.data["problem"] or Reason.NO_OBSERVATION)
                yield result(check, item.subject, Outcome.INCONCLUSIVE, item, reason)

    return rule


@_each
def expired(seen: Observation, leaf: Facts, _check: Check) -> Verdict:
    """Fail where the certificate's validity ended before it was seen."""
    span = _validity(leaf)
    if span is None:
        return _UNREADABLE
    if seen.observed_at > span[1]:
        days = (seen.observed_at - span[1]) // _DAY
        return _failed(not_after=_on(span[1]), days=days)
    return _passed(not_after=_on(span[1]))


@_each
def not_yet_valid(seen: Observation, leaf: Facts, _check: Check) -> Verdict:
    """Fail where the certificate's validity has not begun."""
    span = _validity(leaf)
    if span is None:
        return _UNREADABLE
    outcome = _failed if seen.observed_at < span[0] else _passed
    return outcome(not_before=_on(span[0]))


@_each
def expiring(seen: Observation, leaf: Facts, check: Check) -> Verdict:
    """Fail where less than ``share_percent`` of the lifetime is left, and ``most_days`` at most.

    An expired certificate is not expiring: another check says that it is expired.
    """
    span = _validity(leaf)
    if span is None:
        return _UNREADABLE
    begin, end = span
    if seen.observed_at > end:
        return _BESIDE_THE_POINT
    lifetime, left = end - begin, end - seen.observed_at
    share = lifetime * _number(check, "share_percent") / 100
    warned = min(share, _number(check, "most_days") * _DAY)
    details = {"days": left // _DAY, "not_after": _on(end), "lifetime": lifetime // _DAY}
    return _failed(**details) if left < warned else _passed(**details)


@_each
def self_signed(seen: Observation, leaf: Facts, _check: Check) -> Verdict:
    """Fail where the certificate vouches for itself, unless a trust store holds it."""
    return _failed() if leaf["self_signed"] and not _trusted(seen) else _passed()


@_each
def untrusted(seen: Observation, leaf: Facts, _check: Check) -> Verdict:
    """Fail where the chain leads to no known root. A self-signed one is another check's."""
    if leaf["malformed"] is not None:
        return _UNREADABLE
    if _trusted(seen):
        stores = (name for name, found in seen.data["verification"].items() if found["trusted"])
        return _passed(stores=", ".join(stores))
    if leaf["self_signed"]:
        return _BESIDE_THE_POINT
    return _failed(issuer=leaf["issuer"] or "-")


@_each
def name_mismatch(seen: Observation, leaf: Facts, _check: Check) -> Verdict:
    """Fail where no alternative name covers the name that was asked for."""
    name = seen.data["asked_name"]
    if name is None:
        return Outcome.NOT_APPLICABLE, Reason.NO_OBSERVATION, {}
    if seen.data["name_matches"]:
        return _passed(name=name)
    if leaf["malformed"] is not None and not leaf["dns_names"]:
        return _UNREADABLE
    if not leaf["has_san"] and common_name_matches(leaf, name):
        return _BESIDE_THE_POINT
    covered = [*leaf["dns_names"], *leaf["ip_addresses"]] or leaf["common_names"]
    return _failed(name=name, names=_listed(covered))


@_each
def missing_san(_seen: Observation, leaf: Facts, _check: Check) -> Verdict:
    """Fail where the certificate has no alternative names at all."""
    if leaf["has_san"]:
        return _passed()
    return _UNREADABLE if leaf["malformed"] is not None else _failed()


@_each
def weak_key(seen: Observation, _leaf: Facts, check: Check) -> Verdict:
    """Fail where a key of the chain is shorter than ``rsa_bits`` or ``ec_bits``, or is DSA."""
    least = {"RSA": _number(check, "rsa_bits"), "EC": _number(check, "ec_bits")}
    weak = []
    for fact in seen.data["chain"]:
        key = fact["key"]
        short = key["bits"] is not None and key["bits"] < least.get(key["type"], 0)
        if short or key["type"] == "DSA":
            weak.append(f"{_called(fact)}: {key['type']} {key['bits']}")
    if weak:
        return _failed(keys=_listed(weak))
    known = all(fact["key"]["type"] != "unknown" for fact in seen.data["chain"])
    return _passed() if known else _UNREADABLE


@_each
def weak_signature(seen: Observation, _leaf: Facts, check: Check) -> Verdict:
    """Fail where a signature uses one of the ``hashes``. That of a root above protects nothing."""
    hashes = str(check.parameters["hashes"]).split(",")
    weak, unknown = [], False
    for index, fact in enumerate(seen.data["chain"]):
        if index and fact["self_signed"]:
            continue
        signature = fact["signature"]
        if signature["hash"] in hashes:
            weak.append(f"{_called(fact)}: {signature['name']}")
        unknown = unknown or (signature["hash"] is None and signature["name"] is None)
    if weak:
        return _failed(signatures=_listed(weak))
    return _UNREADABLE if unknown else _passed()


@_each
def lifetime_too_long(seen: Observation, leaf: Facts, check: Check) -> Verdict:
    """Fail where a publicly rooted certificate lives longer than its issue date permits.

    A validity counts both its ends (Baseline Requirements, 6.3.2).
    """
    span = _validity(leaf)
    if span is None:
        return _UNREADABLE
    if not seen.data["publicly_rooted"]:
        return _BESIDE_THE_POINT
    limit = _lifetime_limit(check, span[0].date())
    if limit is None:
        return _BESIDE_THE_POINT
    lifetime = span[1] - span[0] + timedelta(seconds=1)
    days = -(-lifetime // _DAY)
    details = {"days": days, "limit": limit, "issued": _on(span[0])}
    return _failed(**details) if lifetime > limit * _DAY else _passed(**details)


@_each
def chain_incomplete(seen: Observation, _leaf: Facts, _check: Check) -> Verdict:
    """Fail where the chain ends at an issuer that is neither sent nor known, but is published.

    Without such an address the issuer may be a private root, which need not be sent (RFC 8446,
    4.4.2): inconclusive, and that it is not trusted is another check's business.
    """
    complete = seen.data["complete"]
    if complete is None:
        return _UNREADABLE
    if complete:
        return _passed()
    missing = seen.data["missing_issuer"]
    ends = [fact for fact in seen.data["chain"] if fact["issuer"] == missing]
    if any(fact.get("issuer_addresses") for fact in ends):
        return _failed(issuer=missing or "-")
    return Outcome.INCONCLUSIVE, Reason.NO_OBSERVATION, {"issuer": missing or "-"}


@_each
def chain_order(seen: Observation, _leaf: Facts, _check: Check) -> Verdict:
    """Fail where a certificate does not stand right behind the one that it certifies."""
    if seen.data["length"] < 2:
        return _BESIDE_THE_POINT
    ordered = seen.data["ordered"]
    if ordered is None:
        return _UNREADABLE
    sent = _listed([_called(fact) for fact in seen.data["chain"]])
    return _passed() if ordered else _failed(sent=sent)


@_each
def malformed(seen: Observation, _leaf: Facts, _check: Check) -> Verdict:
    """Fail where a strict parser refuses a certificate of the chain."""
    broken = [
        f"{index}: {fact['malformed']}"
        for index, fact in enumerate(seen.data["chain"], start=1)
        if fact["malformed"] is not None
    ]
    return _failed(faults=_listed(broken)) if broken else _passed()


@_each
def not_for_server_auth(_seen: Observation, leaf: Facts, _check: Check) -> Verdict:
    """Fail where the certificate names its purposes, and a TLS server is not among them."""
    purposes = leaf["extended_key_usage"]
    if leaf["malformed"] is not None and purposes is None:
        return _UNREADABLE
    if purposes is None or _SERVER_AUTH in purposes or _ANY_PURPOSE in purposes:
        return _passed()
    return _failed(purposes=_listed(purposes))


def _endpoint(seen: Observation) -> object:
    return seen.subject.endpoint if isinstance(seen.subject, Subject) else seen.subject


def _called(facts: Facts) -> str:
    return facts["subject"] or (facts["common_names"] or ["-"])[0] or f"#{facts['serial']}"


def _validity(facts: Facts) -> tuple[datetime, datetime] | None:
    if facts["not_before"] is None or facts["not_after"] is None:
        return None
    return parse_instant(facts["not_before"]), parse_instant(facts["not_after"])


def _on(instant: datetime) -> str:
    return instant.date().isoformat()


def _trusted(seen: Observation) -> bool:
    return any(found["trusted"] for found in seen.data["verification"].values())


def _listed(texts: list[str]) -> str:
    more = f" (+{len(texts) - _SHOWN})" if len(texts) > _SHOWN else ""
    return ", ".join(texts[:_SHOWN]) + more if texts else "-"


def _number(check: Check, name: str) -> float:
    return float(str(check.parameters[name]))


def _lifetime_limit(check: Check, issued: date) -> int | None:
    """The limit in days in force on the issue date, from ``limits``: ``2026-03-15=200,...``."""
    limits = (item.partition("=") for item in str(check.parameters["limits"]).split(","))
    held = [int(days) for since, _, days in limits if date.fromisoformat(since.strip()) <= issued]
    return held[-1] if held else None
