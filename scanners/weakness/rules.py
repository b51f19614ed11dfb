"""What a known weakness means. Pure functions: observations to results, one an endpoint."""

from collections.abc import Iterator, Mapping
from typing import Any

from scanners.base import Sight, result
from scanners.catalogue import Check
from scanners.weakness.verdict import State, Weakness
from secaudit.core.observation import CheckResult, Observation
from secaudit.core.subject import Subject
from secaudit.core.vocabulary import Outcome, Reason

KIND = "tls.weakness"
_CHAIN = "certificate.chain"
_OUTCOMES = {
    State.PROVED: Outcome.FAILED,
    State.ABSENT: Outcome.PASSED,
    State.INCONCLUSIVE: Outcome.INCONCLUSIVE,
}


def known_weakness(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where the weakness in the parameter ``weakness`` was proved; pass where it is absent."""
    name = str(check.parameters["weakness"])
    for seen in sight.of(KIND):
        found = seen.data["weaknesses"].get(name)
        if found is not None:
            yield _by_state(check, seen, found)


def _by_state(check: Check, seen: Observation, found: Mapping[str, Any]) -> CheckResult:
    plain = {key: value for key, value in found["facts"].items() if not isinstance(value, dict)}
    outcome, reason = _OUTCOMES[State(found["state"])], Reason(found["reason"])
    return result(check, seen.subject, outcome, seen, reason, why=found["why"], **plain)


def drown(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where SSL 2.0 is spoken here, or at another port of this host with our certificate.

    What another host does with the key cannot be seen here.
    """
    found = {seen.subject: seen.data["weaknesses"][Weakness.DROWN] for seen in sight.of(KIND)}
    open_doors = [subject for subject, item in found.items() if item["state"] == State.PROVED]
    for seen in sight.of(KIND):
        own = _certificates(sight, seen)
        doors = [
            item.subject
            for item in sight.of(KIND)
            if item.subject in open_doors
            and (item.subject == seen.subject or own & _certificates(sight, item))
        ]
        if doors:
            where = ", ".join(str(subject) for subject in doors)
            yield result(check, seen.subject, Outcome.FAILED, seen, where=where)
        else:
            yield _by_state(check, seen, found[seen.subject])


def _certificates(sight: Sight, seen: Observation) -> set[str]:
    """Hashes of the certificates that an endpoint shows for itself, under any name."""
    return {
        chain.data["chain"][0]["sha256"]
        for chain in sight.of(_CHAIN)
        if isinstance(chain.subject, Subject)
        and chain.subject.endpoint == seen.subject
        and chain.data.get("chain")
    }
