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
_PAGE = "http.response"
_WHOLE = range(200, 300)
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


def compressed_page(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """BREACH's condition: fail where a page over TLS is compressed, pass where a whole page is not.

    What is no page (a redirect, an error) acquits nobody. Whether a page repeats what a visitor
    sends beside a secret cannot be seen from outside, so that the attack itself is never proved.
    """
    for seen in sight.of(_PAGE):
        pages = [page for page in (seen.data, seen.data.get("followed")) if page]
        if seen.data.get("scheme") != "https":
            continue
        encodings = [_encodings(page) for page in pages if page.get("compressed")]
        if encodings:
            yield result(check, seen.subject, Outcome.FAILED, seen, encoding=encodings[0])
        elif any(page.get("status") in _WHOLE and not page.get("problem") for page in pages):
            yield result(check, seen.subject, Outcome.PASSED, seen)
        else:
            reason = Reason(seen.data.get("problem") or Reason.NO_OBSERVATION)
            yield result(check, seen.subject, Outcome.INCONCLUSIVE, seen, reason)


def _encodings(page: Mapping[str, Any]) -> str:
    value = page.get("content_encoding") or ()
    return value if isinstance(value, str) else ", ".join(str(item) for item in value)


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
