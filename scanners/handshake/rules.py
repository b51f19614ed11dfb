"""What groups, primes and handshakes mean. Pure functions: observations to results.

Each judges ``tls.endpoint`` or ``tls.handshake`` observations, one result an endpoint. A fact that
was not to be seen is inconclusive; one that cannot be there (``not_offered``) does not apply. A
list that may be too short can convict, but never acquit.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from scanners.base import Sight, result
from scanners.catalogue import Check
from scanners.tls.suites import suites_by_name
from secaudit.core.observation import CheckResult, Observation
from secaudit.core.subject import Subject
from secaudit.core.vocabulary import Outcome, Reason

ENDPOINT, HANDSHAKE = "tls.endpoint", "tls.handshake"


def weak_group(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where a group in the parameter ``groups`` is accepted in one of ``versions``."""
    unwanted = set(_texts(check.parameters["groups"]))
    versions = _texts(check.parameters["versions"])
    for seen in sight.of(ENDPOINT):
        groups = _groups(seen)
        found = [name for name in groups if name in unwanted]
        doubt = _group_doubt(seen, versions)
        if found:
            yield result(check, seen.subject, Outcome.FAILED, seen, groups=", ".join(found))
        elif doubt is not None:
            yield result(check, seen.subject, Outcome.INCONCLUSIVE, seen, doubt)
        elif groups:
            yield result(check, seen.subject, Outcome.PASSED, seen)
        else:
            yield _inapplicable(check, seen)


def wanted_group(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where none of the groups in the parameter ``groups`` is accepted in ``versions``."""
    wanted = set(_texts(check.parameters["groups"]))
    versions = _texts(check.parameters["versions"])
    for seen in sight.of(ENDPOINT):
        groups = _groups(seen)
        doubt = _group_doubt(seen, versions)
        if any(name in wanted for name in groups):
            yield result(check, seen.subject, Outcome.PASSED, seen)
        elif doubt is not None:
            yield result(check, seen.subject, Outcome.INCONCLUSIVE, seen, doubt)
        else:
            shown = ", ".join(groups[:8]) or "-"
            yield result(check, seen.subject, Outcome.FAILED, seen, groups=shown)


def common_prime(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where a prime that many servers share is shorter than ``least_bits``."""
    least = int(str(check.parameters["least_bits"]))
    for seen in sight.of(ENDPOINT):
        primes = _primes(seen)
        if primes is None:
            yield _without_primes(check, seen)
            continue
        shared = [item for item in primes if item["known"] and item["bits"] < least]
        if shared:
            worst = min(shared, key=lambda item: int(item["bits"]))
            facts = {"prime": worst["known"], "bits": worst["bits"], "least": least}
            yield result(check, seen.subject, Outcome.FAILED, seen, **facts)
        else:
            yield result(check, seen.subject, Outcome.PASSED, seen)


def unsafe_prime(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where the number is no prime, or no safe one."""
    for seen in sight.of(ENDPOINT):
        primes = _primes(seen)
        if primes is None:
            yield _without_primes(check, seen)
            continue
        unsafe = [item for item in primes if item["safe"] is False or item["prime"] is False]
        if unsafe:
            first = unsafe[0]
            facts = {"bits": first["bits"], "prime": first["known"] or first["sha256"][:16]}
            yield result(check, seen.subject, Outcome.FAILED, seen, **facts)
        elif any(item["safe"] is None for item in primes):
            yield result(check, seen.subject, Outcome.INCONCLUSIVE, seen, Reason.LIMIT_EXCEEDED)
        else:
            yield result(check, seen.subject, Outcome.PASSED, seen)


def reused_key(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where an ephemeral key was seen on more than one connection."""
    for seen in sight.of(ENDPOINT):
        exchange = seen.data["key_exchange"]
        later = _beside(sight, HANDSHAKE, seen)
        reused = {*exchange.get("reused", ()), *(later.data["keys_reused"] if later else ())}
        compared = {*exchange.get("compared", ()), *(later.data["keys_compared"] if later else ())}
        if reused:
            shown = ", ".join(sorted(reused))
            basis = seen if exchange.get("reused") or later is None else later
            yield result(check, seen.subject, Outcome.FAILED, basis, groups=shown)
        elif compared:
            yield result(check, seen.subject, Outcome.PASSED, seen)
        elif exchange["curves"] or exchange["dh_bits"] or not seen.data["suites"]:
            doubt = _doubt(seen) or Reason.NO_OBSERVATION
            yield result(check, seen.subject, Outcome.INCONCLUSIVE, seen, doubt)
        else:
            yield _inapplicable(check, seen)


def feature_missing(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where the fact in the parameter ``fact`` is false."""
    yield from _by_fact(sight, check, failing=False)


def feature_present(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where the fact in the parameter ``fact`` is true."""
    yield from _by_fact(sight, check, failing=True)


def _by_fact(sight: Sight, check: Check, *, failing: bool) -> Iterator[CheckResult]:
    fact = str(check.parameters["fact"])
    for seen in sight.of(HANDSHAKE):
        value = seen.data.get(fact)
        if value is None:
            yield _unseen(check, seen, fact)
        else:
            outcome = Outcome.FAILED if bool(value) is failing else Outcome.PASSED
            version = seen.data["legacy_protocol"] or "TLS 1.3"
            yield result(check, seen.subject, outcome, seen, version=version)


def old_protocol(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where SSL 2.0 is spoken."""
    for seen in sight.of(HANDSHAKE):
        spoken = seen.data.get("ssl2")
        if spoken is None:
            yield _unseen(check, seen, "ssl2")
        elif spoken:
            suites = ", ".join(seen.data["ssl2_suites"]) or "-"
            yield result(check, seen.subject, Outcome.FAILED, seen, suites=suites)
        else:
            yield result(check, seen.subject, Outcome.PASSED, seen)


def ticket_lifetime(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where a ticket is said to be good for longer than ``most_seconds``."""
    most = int(str(check.parameters["most_seconds"]))
    for seen in sight.of(HANDSHAKE):
        lifetimes = [
            seen.data[key]
            for key in ("ticket_lifetime_legacy", "ticket_lifetime_modern")
            if seen.data[key] is not None
        ]
        reasons = [
            Reason(seen.data["reasons"][key])
            for key in ("tickets_legacy", "tickets_modern")
            if key in seen.data["reasons"]
        ]
        doubts = [reason for reason in reasons if reason is not Reason.NOT_OFFERED]
        if lifetimes and max(lifetimes) > most:
            facts = {"hours": max(lifetimes) // 3600, "most": most // 3600}
            yield result(check, seen.subject, Outcome.FAILED, seen, **facts)
        elif doubts:
            yield result(check, seen.subject, Outcome.INCONCLUSIVE, seen, doubts[0])
        elif lifetimes:
            yield result(check, seen.subject, Outcome.PASSED, seen)
        else:
            yield _inapplicable(check, seen)


def early_data(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where a ticket announces that early data is taken."""
    for seen in sight.of(HANDSHAKE):
        size = seen.data.get("early_data")
        if size is None:
            yield _unseen(check, seen, "early_data")
        elif size:
            yield result(check, seen.subject, Outcome.FAILED, seen, bytes=size)
        else:
            yield result(check, seen.subject, Outcome.PASSED, seen)


def old_signature(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where the server signs its key exchange with a hash in the parameter ``hashes``."""
    hashes = tuple(_texts(check.parameters["hashes"]))
    for seen in sight.of(HANDSHAKE):
        schemes = seen.data["signature_schemes"]
        found = [name for names in schemes.values() for name in names if name.endswith(hashes)]
        if found:
            shown = ", ".join(dict.fromkeys(found))
            yield result(check, seen.subject, Outcome.FAILED, seen, schemes=shown)
        elif seen.data["schemes_incomplete"]:
            reason = Reason(next(iter(seen.data["schemes_incomplete"].values())))
            yield result(check, seen.subject, Outcome.INCONCLUSIVE, seen, reason)
        elif any(schemes.values()):
            yield result(check, seen.subject, Outcome.PASSED, seen)
        else:
            reason = seen.data["reasons"].get("unknown_name", Reason.NOT_OFFERED.value)
            yield _unknown(check, seen, Reason(reason))


def not_stapled(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where the certificate names an OCSP responder and no response is stapled."""
    for seen in sight.of(HANDSHAKE):
        stapled = seen.data["ocsp"]["stapled"]
        chain = next((item for item in _chains(sight, seen) if item.data["chain"]), None)
        if stapled:
            yield result(check, seen.subject, Outcome.PASSED, seen)
        elif stapled is None or chain is None:
            yield result(check, seen.subject, Outcome.INCONCLUSIVE, seen, Reason.NO_OBSERVATION)
        elif not chain.data["chain"][0].get("ocsp_addresses"):
            yield _inapplicable(check, seen)
        else:
            yield result(check, seen.subject, Outcome.FAILED, seen)


def any_name(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where a name that nobody has is answered with the service's own certificate."""
    for seen in sight.of(HANDSHAKE):
        answer = seen.data.get("unknown_name")
        if answer is None:
            yield _unseen(check, seen, "unknown_name")
        elif seen.data["asked_name"] is None:
            yield _inapplicable(check, seen)
        else:
            outcome = Outcome.FAILED if answer.get("same") else Outcome.PASSED
            yield result(check, seen.subject, outcome, seen, name=seen.data["asked_name"])


def mac_before_encryption(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where CBC suites are accepted and encrypt-then-MAC is not."""
    for seen in sight.of(HANDSHAKE):
        agreed = seen.data.get("encrypt_then_mac")
        endpoint = _beside(sight, ENDPOINT, seen)
        if agreed is None:
            if endpoint is not None and _doubt(endpoint) is None and not _has_cbc(endpoint):
                yield _inapplicable(check, seen)
            else:
                yield _unseen(check, seen, "encrypt_then_mac")
        else:
            outcome = Outcome.PASSED if agreed else Outcome.FAILED
            yield result(check, seen.subject, outcome, seen)


def _beside(sight: Sight, kind: str, seen: Observation) -> Observation | None:
    """The observation of another kind about the same endpoint."""
    return next((item for item in sight.of(kind) if item.subject == seen.subject), None)


def _chains(sight: Sight, seen: Observation) -> Iterator[Observation]:
    for item in sight.of("certificate.chain"):
        if isinstance(item.subject, Subject) and item.subject.endpoint == seen.subject:
            yield item


def _has_cbc(seen: Observation) -> bool:
    table = suites_by_name()
    return any(
        table[name].cbc for names in seen.data["suites"].values() for name in names if name in table
    )


def _groups(seen: Observation) -> list[str]:
    groups = seen.data.get("groups", {})
    return list(dict.fromkeys(name for names in groups.values() for name in names))


def _group_doubt(seen: Observation, versions: Sequence[str]) -> Reason | None:
    """Why groups of some versions may have been missed."""
    if "groups" not in seen.data or not seen.data["suites"]:
        return _doubt(seen) or Reason.NO_OBSERVATION
    doubts = {**seen.data["reasons"], **seen.data["groups_incomplete"]}
    return next((Reason(doubts[version]) for version in versions if version in doubts), None)


def _doubt(seen: Observation) -> Reason | None:
    reasons = (*seen.data["incomplete"].values(), *seen.data["reasons"].values())
    if reasons:
        return Reason(reasons[0])
    return None if seen.data["suites"] else Reason.NO_OBSERVATION


def _primes(seen: Observation) -> list[dict[str, Any]] | None:
    return seen.data["key_exchange"].get("dh") or None


def _without_primes(check: Check, seen: Observation) -> CheckResult:
    table = suites_by_name()
    used = any(
        table[name].ephemeral_dh
        for names in seen.data["suites"].values()
        for name in names
        if name in table
    )
    doubt = Reason.NO_OBSERVATION if used else _doubt(seen)
    if doubt is None:
        return _inapplicable(check, seen)
    return result(check, seen.subject, Outcome.INCONCLUSIVE, seen, doubt)


def _unseen(check: Check, seen: Observation, fact: str) -> CheckResult:
    reason = seen.data["reasons"].get(fact, Reason.NO_OBSERVATION.value)
    return _unknown(check, seen, Reason(reason))


def _unknown(check: Check, seen: Observation, reason: Reason) -> CheckResult:
    if reason is Reason.NOT_OFFERED:
        return _inapplicable(check, seen)
    return result(check, seen.subject, Outcome.INCONCLUSIVE, seen, reason)


def _inapplicable(check: Check, seen: Observation) -> CheckResult:
    return result(check, seen.subject, Outcome.NOT_APPLICABLE, seen, Reason.NOT_OFFERED)


def _texts(value: object) -> Sequence[str]:
    return (value,) if isinstance(value, str) else tuple(value)  # type: ignore[arg-type]
