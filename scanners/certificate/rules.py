"""What the certificates of a chain mean. Pure functions: observations to results.

What a malformed certificate hides is inconclusive. The rules about what stands beside a chain are
in modules of their own, and named here because a check finds its rule here.
"""

from datetime import date, timedelta

from scanners.catalogue import Check
from scanners.certificate.name_constraints import looks_like_host
from scanners.certificate.names import common_name_matches, names_match
from scanners.certificate.rules_path import (  # noqa: F401  (a check finds its rule here)
    issuer_unfit,
    name_constraints,
    policy_constraints,
    unknown_critical_extension,
)
from scanners.certificate.rules_status import (  # noqa: F401  (likewise)
    must_staple,
    ocsp_invalid,
    revocation_unsound,
    revoked,
)
from scanners.certificate.rules_transparency import ct_invalid, ct_policy  # noqa: F401  (likewise)
from scanners.certificate.verdicts import (
    BESIDE_THE_POINT,
    DAY,
    NOT_THERE,
    UNREADABLE,
    Facts,
    Verdict,
    called,
    each,
    failed,
    listed,
    not_public,
    number,
    on,
    passed,
    trusted,
    validity,
)
from secaudit.core.observation import Observation
from secaudit.core.vocabulary import Outcome, Reason

_SERVER_AUTH, _CLIENT_AUTH = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"
_ANY_PURPOSE = "2.5.29.37.0"


@each
def expired(seen: Observation, leaf: Facts, _check: Check) -> Verdict:
    """Fail where the certificate's validity ended before it was seen."""
    span = validity(leaf)
    if span is None:
        return UNREADABLE
    if seen.observed_at > span[1]:
        days = (seen.observed_at - span[1]) // DAY
        return failed(not_after=on(span[1]), days=days)
    return passed(not_after=on(span[1]))


@each
def not_yet_valid(seen: Observation, leaf: Facts, _check: Check) -> Verdict:
    """Fail where the certificate's validity has not begun."""
    span = validity(leaf)
    if span is None:
        return UNREADABLE
    outcome = failed if seen.observed_at < span[0] else passed
    return outcome(not_before=on(span[0]))


@each
def expiring(seen: Observation, leaf: Facts, check: Check) -> Verdict:
    """Fail where less than ``share_percent`` of the lifetime is left, and ``most_days`` at most.

    An expired certificate is not expiring: another check says that it is expired.
    """
    span = validity(leaf)
    if span is None:
        return UNREADABLE
    begin, end = span
    if seen.observed_at > end:
        return BESIDE_THE_POINT
    lifetime, left = end - begin, end - seen.observed_at
    share = lifetime * number(check, "share_percent") / 100
    warned = min(share, number(check, "most_days") * DAY)
    details = {"days": left // DAY, "not_after": on(end), "lifetime": lifetime // DAY}
    return failed(**details) if left < warned else passed(**details)


@each
def self_signed(seen: Observation, leaf: Facts, _check: Check) -> Verdict:
    """Fail where the certificate vouches for itself, unless a trust store holds it."""
    return failed() if leaf["self_signed"] and not trusted(seen) else passed()


@each
def untrusted(seen: Observation, leaf: Facts, _check: Check) -> Verdict:
    """Fail where the chain leads to no known root. A self-signed one is another check's."""
    if leaf["malformed"] is not None:
        return UNREADABLE
    if trusted(seen):
        stores = (name for name, found in seen.data["verification"].items() if found["trusted"])
        return passed(stores=", ".join(stores))
    if leaf["self_signed"]:
        return BESIDE_THE_POINT
    return failed(issuer=leaf["issuer"] or "-")


@each
def name_mismatch(seen: Observation, leaf: Facts, _check: Check) -> Verdict:
    """Fail where no alternative name covers the name that was asked for."""
    name = seen.data["asked_name"]
    if name is None:
        return Outcome.NOT_APPLICABLE, Reason.NO_OBSERVATION, {}
    if seen.data["name_matches"]:
        return passed(name=name)
    if leaf["malformed"] is not None and not leaf["dns_names"]:
        return UNREADABLE
    if not leaf["has_san"] and common_name_matches(leaf, name):
        return BESIDE_THE_POINT
    covered = [*leaf["dns_names"], *leaf["ip_addresses"]] or leaf["common_names"]
    return failed(name=name, names=listed(covered))


@each
def missing_san(_seen: Observation, leaf: Facts, _check: Check) -> Verdict:
    """Fail where the certificate has no alternative names at all."""
    if leaf["has_san"]:
        return passed()
    return UNREADABLE if leaf["malformed"] is not None else failed()


@each
def weak_key(seen: Observation, _leaf: Facts, check: Check) -> Verdict:
    """Fail where a key of the chain is shorter than ``rsa_bits`` or ``ec_bits``, or is DSA."""
    least = {"RSA": number(check, "rsa_bits"), "EC": number(check, "ec_bits")}
    weak = []
    for fact in seen.data["chain"]:
        key = fact["key"]
        short = key["bits"] is not None and key["bits"] < least.get(key["type"], 0)
        if short or key["type"] == "DSA":
            weak.append(f"{called(fact)}: {key['type']} {key['bits']}")
    if weak:
        return failed(keys=listed(weak))
    known = all(fact["key"]["type"] != "unknown" for fact in seen.data["chain"])
    return passed() if known else UNREADABLE


@each
def weak_signature(seen: Observation, _leaf: Facts, check: Check) -> Verdict:
    """Fail where a signature uses one of the ``hashes``. That of a root above protects nothing."""
    hashes = str(check.parameters["hashes"]).split(",")
    weak, unknown = [], False
    for index, fact in enumerate(seen.data["chain"]):
        if index and fact["self_signed"]:
            continue
        signature = fact["signature"]
        if signature["hash"] in hashes:
            weak.append(f"{called(fact)}: {signature['name']}")
        unknown = unknown or (signature["hash"] is None and signature["name"] is None)
    if weak:
        return failed(signatures=listed(weak))
    return UNREADABLE if unknown else passed()


@each
def lifetime_too_long(seen: Observation, leaf: Facts, check: Check) -> Verdict:
    """Fail where a publicly rooted certificate lives longer than its issue date permits.

    A validity counts both its ends (Baseline Requirements, 6.3.2).
    """
    span = validity(leaf)
    if span is None:
        return UNREADABLE
    if not seen.data["publicly_rooted"]:
        return BESIDE_THE_POINT
    limit = _lifetime_limit(check, span[0].date())
    if limit is None:
        return BESIDE_THE_POINT
    lifetime = span[1] - span[0] + timedelta(seconds=1)
    days = -(-lifetime // DAY)
    details = {"days": days, "limit": limit, "issued": on(span[0])}
    return failed(**details) if lifetime > limit * DAY else passed(**details)


@each
def chain_incomplete(seen: Observation, _leaf: Facts, _check: Check) -> Verdict:
    """Fail where the chain ends at an issuer that is neither sent nor known, but is published.

    Without such an address the issuer may be a private root, which need not be sent (RFC 8446,
    4.4.2): inconclusive, and that it is not trusted is another check's business.
    """
    complete = seen.data["complete"]
    if complete is None:
        return UNREADABLE
    if complete:
        return passed()
    missing = seen.data["missing_issuer"]
    ends = [fact for fact in seen.data["chain"] if fact["issuer"] == missing]
    if any(fact.get("issuer_addresses") for fact in ends):
        return failed(issuer=missing or "-")
    return Outcome.INCONCLUSIVE, Reason.NO_OBSERVATION, {"issuer": missing or "-"}


@each
def chain_order(seen: Observation, _leaf: Facts, _check: Check) -> Verdict:
    """Fail where a certificate does not stand right behind the one that it certifies."""
    if seen.data["length"] < 2:
        return BESIDE_THE_POINT
    ordered = seen.data["ordered"]
    if ordered is None:
        return UNREADABLE
    sent = listed([called(fact) for fact in seen.data["chain"]])
    return passed() if ordered else failed(sent=sent)


@each
def malformed(seen: Observation, _leaf: Facts, _check: Check) -> Verdict:
    """Fail where a strict parser refuses a certificate of the chain."""
    broken = [
        f"{index}: {fact['malformed']}"
        for index, fact in enumerate(seen.data["chain"], start=1)
        if fact["malformed"] is not None
    ]
    return failed(faults=listed(broken)) if broken else passed()


@each
def not_for_server_auth(_seen: Observation, leaf: Facts, _check: Check) -> Verdict:
    """Fail where the certificate names its purposes, and a TLS server is not among them."""
    purposes = leaf["extended_key_usage"]
    if leaf["malformed"] is not None and purposes is None:
        return UNREADABLE
    if purposes is None or _SERVER_AUTH in purposes or _ANY_PURPOSE in purposes:
        return passed()
    return failed(purposes=listed(purposes))


@each
def name_in_cn_only(_seen: Observation, leaf: Facts, _check: Check) -> Verdict:
    """Fail where a host name stands in the common name and not among the alternatives.

    A certificate without any alternative name is another check's business.
    """
    if leaf["malformed"] is not None:
        return UNREADABLE
    hosts = [name for name in leaf["common_names"] if looks_like_host(name)]
    if not leaf["has_san"]:
        return BESIDE_THE_POINT
    if not hosts:
        return NOT_THERE
    missing = [name for name in hosts if not names_match(leaf, name)]
    return failed(names=listed(missing)) if missing else passed()


@each
def client_auth(seen: Observation, leaf: Facts, check: Check) -> Verdict:
    """Fail where a publicly rooted server certificate issued ``since`` is one for clients too."""
    span = validity(leaf)
    if span is None:
        return UNREADABLE
    if not seen.data["publicly_rooted"]:
        return not_public(seen)
    purposes = leaf["extended_key_usage"] or []
    begun = span[0].date() >= date.fromisoformat(str(check.parameters["since"]))
    both = _SERVER_AUTH in purposes and _CLIENT_AUTH in purposes
    return (failed if begun and both else passed)(issued=on(span[0]))


@each
def key_not_permitted(seen: Observation, leaf: Facts, check: Check) -> Verdict:
    """Fail where a publicly rooted certificate has a key that public CAs may not certify."""
    if not seen.data["publicly_rooted"]:
        return not_public(seen)
    key = leaf["key"]
    if key["type"] == "unknown":
        return UNREADABLE
    whole = key["type"] == "RSA" and key["bits"] % 8 == 0
    curves = str(check.parameters["curves"]).split(",")
    permitted = whole or (key["type"] == "EC" and key["curve"] in curves)
    told = f"{key['type']} {key['curve'] or key['bits']}"
    return passed(key=told) if permitted else failed(key=told)


def _lifetime_limit(check: Check, issued: date) -> int | None:
    """The limit in days in force on the issue date, from ``limits``: ``2026-03-15=200,...``."""
    limits = (item.partition("=") for item in str(check.parameters["limits"]).split(","))
    held = [int(days) for since, _, days in limits if date.fromisoformat(since.strip()) <= issued]
    return held[-1] if held else None
