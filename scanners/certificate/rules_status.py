"""What a staple and the answers of OCSP responders and CRLs mean."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import wraps
from typing import Any

from scanners.base import Rule, Sight
from scanners.catalogue import Check
from scanners.certificate.revocation import KIND, fault_of
from scanners.certificate.verdicts import (
    BESIDE_THE_POINT,
    NOT_THERE,
    Facts,
    Verdict,
    each,
    each_in_sight,
    fact,
    failed,
    listed,
    passed,
    trusted,
    undecided,
)
from secaudit.core.observation import CheckResult, Observation
from secaudit.core.subject import AnySubject
from secaudit.core.vocabulary import Outcome, Reason

_WEAK_HASHES = ("md5", "sha1")
_GONE = (404, 410)


def _staple_fault(seen: Observation) -> str | None:
    staple = seen.data["staple"]
    fault = fault_of(staple, seen.observed_at)
    if fault is not None:
        return fault
    return "weak_hash" if staple["hash"] in _WEAK_HASHES else None


@each
def ocsp_invalid(seen: Observation, _leaf: Facts, _check: Check) -> Verdict:
    """Fail where a staple came that no client can rely on. That it says revoked is another's."""
    problem = fact(seen.data, "staple_problem")
    staple = seen.data["staple"]
    if problem == Reason.MALFORMED_ANSWER:
        return failed(fault="malformed")
    if problem is not None:
        return undecided(Reason(problem))
    if staple is None:
        return NOT_THERE if seen.data["asked_status"] else undecided()
    fault = _staple_fault(seen)
    if fault is None and staple["status"] == "unknown":
        fault = "unknown"
    if fault == "unverifiable":
        return undecided(fault=fault)
    if fault is not None:
        detail = f"{fault} ({staple['signer_problem']})" if staple["signer_problem"] else fault
        return failed(fault=detail)
    return passed(until=staple["next_update"] or "-")


@each
def must_staple(seen: Observation, leaf: Facts, _check: Check) -> Verdict:
    """Fail where the certificate obliges its server to staple (RFC 7633), and it does not."""
    if not fact(leaf, "must_staple"):
        return NOT_THERE
    if not fact(seen.data, "asked_status"):
        return undecided()
    if seen.data["staple_problem"] is not None:
        return undecided(Reason(seen.data["staple_problem"]))
    return failed() if seen.data["staple"] is None else passed()


def _with_answers(rule: Rule) -> Rule:
    """Let the raw answers about revocation be evidence of what rests on them."""

    @wraps(rule)
    def shown(sight: Sight, check: Check) -> Iterator[CheckResult]:
        answers: dict[AnySubject, tuple[str, ...]] = {}
        for item in sight.of(KIND):
            answers[item.subject] = (*answers.get(item.subject, ()), *item.evidence)
        for found in rule(sight, check):
            yield replace(found, evidence=(*found.evidence, *answers.get(found.subject, ())))

    return shown


@_with_answers
@each_in_sight
def revoked(sight: Sight, seen: Observation, leaf: Facts, _check: Check) -> Verdict:
    """Fail where the staple or a source that counts says that a certificate is revoked."""
    lookup = _lookup(sight, seen)
    found = list(_revocations(seen, lookup))
    if found:
        return failed(revoked=listed(found))
    staple = fact(seen.data, "staple")
    if staple and staple["status"] == "good" and fault_of(staple, seen.observed_at) is None:
        return passed(source="staple")
    if lookup is None:
        if not trusted(seen):
            return Outcome.NOT_APPLICABLE, Reason.NO_OBSERVATION, {}
        if not (leaf["ocsp_addresses"] or leaf["crl_addresses"]):
            return BESIDE_THE_POINT
        return undecided(_failure(sight, seen) or Reason.CLASS_NOT_PERMITTED)
    own = [item for item in lookup.data["certificates"] if item["sha256"] == leaf["sha256"]]
    if not own or not own[0]["sources"]:
        return BESIDE_THE_POINT
    if own[0]["status"] == "good":
        return passed(source=own[0]["sources"][-1]["url"])
    return undecided(_reason(own[0]["sources"]))


def _lookup(sight: Sight, seen: Observation) -> Observation | None:
    """What was asked about this certificate: of several at one endpoint, each has its own."""
    own = seen.data["chain"][0]["sha256"]
    answers = [item for item in sight.of(KIND) if item.subject == seen.subject]
    for item in answers:
        if any(asked["sha256"] == own for asked in item.data["certificates"]):
            return item
    return answers[0] if answers and seen.data.get("restricted_to") is None else None


def _failure(sight: Sight, seen: Observation) -> Reason | None:
    """Why the probe ended before it could ask."""
    failures = [item for item in sight.of("error") if item.data["probe"] == "certificate"]
    here = getattr(seen.subject, "endpoint", seen.subject)
    return next((Reason(item.data["reason"]) for item in failures if item.subject == here), None)


def _revocations(seen: Observation, lookup: Observation | None) -> Iterator[str]:
    staple = fact(seen.data, "staple")
    if staple and staple["status"] == "revoked" and fault_of(staple, seen.observed_at) is None:
        yield _told(seen.data["chain"][0]["subject"] or "-", staple, "staple")
    for item in lookup.data["certificates"] if lookup else ():
        for source in item["sources"]:
            if source["sound"] and source["says"]["status"] == "revoked":
                yield _told(item["subject"], source["says"], source["kind"].upper())


def _told(subject: str, says: Mapping[str, Any], source: str) -> str:
    since = (says["revoked_at"] or "-")[:10]
    return f"{subject} ({since}, {says['revocation_reason'] or 'unspecified'}, {source})"


def _reason(sources: list[Mapping[str, Any]]) -> Reason:
    problems = [source["problem"] for source in sources if source["problem"]]
    return Reason(problems[0]) if problems else Reason.NO_OBSERVATION


@_with_answers
@each_in_sight
def revocation_unsound(sight: Sight, seen: Observation, _leaf: Facts, _check: Check) -> Verdict:
    """Fail where a source that the certificate names answers with what nobody can rely on.

    That we could not reach one says nothing about it.
    """
    lookup = _lookup(sight, seen)
    if lookup is None:
        return Outcome.NOT_APPLICABLE, Reason.NO_OBSERVATION, {}
    sources = [item for entry in lookup.data["certificates"] for item in entry["sources"]]
    if not sources:
        return NOT_THERE
    broken = [told for source in sources if (told := _unsound(source, lookup)) is not None]
    if broken:
        return failed(faults=listed(broken))
    entries = [entry for entry in lookup.data["certificates"] if entry["sources"]]
    if all(entry["status"] is not None for entry in entries):
        return passed()
    return undecided(_reason(sources))


def _unsound(source: Mapping[str, Any], lookup: Observation) -> str | None:
    if source["http_status"] in _GONE:
        return f"{source['url']}: HTTP {source['http_status']}"
    says = source["says"]
    if says is None:
        return None
    fault = fault_of(says, lookup.observed_at)
    if fault is None and says["status"] == "unknown":
        fault = "unknown"
    if fault is None or fault == "unverifiable":
        return None
    return f"{source['url']}: {fault}"
