"""What the moment before TLS means. Pure functions: observations to results.

Parameter ``services``: the protocols that a check is about.
"""

from collections.abc import Iterator
from typing import Any

from scanners.base import Sight, result
from scanners.catalogue import Check
from secaudit.core.observation import CheckResult, Observation
from secaudit.core.subject import Subject
from secaudit.core.vocabulary import Outcome, Reason

KIND = "starttls.endpoint"


def login_in_clear(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where a password may be sent readable before TLS; pass where that was shown not to be.

    Where nothing told (a login would have to be tried, or an answer did not come): inconclusive.
    """
    for seen in _of_services(sight, check):
        allowed = seen.data["login_in_clear"]
        if allowed is None:
            yield result(
                check, seen.subject, Outcome.INCONCLUSIVE, seen, _doubt(seen), **_facts(seen)
            )
        else:
            outcome = Outcome.FAILED if allowed else Outcome.PASSED
            yield result(check, seen.subject, outcome, seen, **_facts(seen))
    yield from _gone(sight, check)


def injection(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where a command sent in clear was carried out inside TLS."""
    outcomes = {"proved": Outcome.FAILED, "absent": Outcome.PASSED}
    for seen in _of_services(sight, check):
        state = seen.data["injection"]
        if state in outcomes:
            yield result(check, seen.subject, outcomes[state], seen, **_facts(seen))
        elif seen.data["refusal"] == "not_offered":
            yield from _no_starttls(sight, check, seen)
        elif state == "inconclusive":
            told = seen.data["injection_reason"] or Reason.NO_OBSERVATION.value
            yield result(
                check, seen.subject, Outcome.INCONCLUSIVE, seen, Reason(told), **_facts(seen)
            )
    yield from _gone(sight, check)


def broken(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where STARTTLS is announced and then refused; pass where TLS starts.

    A refusal for a time (a limit, a busy server) convicts nobody, nor one at a port where TLS was
    started in the same scan.
    """
    for seen in _of_services(sight, check):
        refusal = seen.data["refusal"]
        if refusal == "unavailable" or (refusal == "refused" and _started(sight, seen)):
            outcome, reason = Outcome.INCONCLUSIVE, _doubt(seen)
            yield result(check, seen.subject, outcome, seen, reason, **_facts(seen))
        elif refusal == "refused":
            yield result(check, seen.subject, Outcome.FAILED, seen, **_facts(seen))
        elif seen.data["starts"]:
            yield result(check, seen.subject, Outcome.PASSED, seen, **_facts(seen))
        elif seen.data["refusal"] == "not_offered":
            yield from _no_starttls(sight, check, seen)
    yield from _gone(sight, check)


def _of_services(sight: Sight, check: Check) -> Iterator[Observation]:
    for seen in sight.of(KIND):
        if seen.data["protocol"] in _services(check):
            yield seen


def _started(sight: Sight, seen: Observation) -> bool:
    """Whether another probe of the same scan came to TLS there."""
    if not isinstance(seen.subject, Subject):
        return False
    survey = sight.about("tls.endpoint", seen.subject)
    return survey is not None and "accepted" in survey.data["protocols"].values()


def _no_starttls(sight: Sight, check: Check, seen: Observation) -> Iterator[CheckResult]:
    """Say where the check failed before, and STARTTLS is no longer announced."""
    if any(item.check == check.id and item.subject == seen.subject for item in sight.watched):
        reason = Reason.NOT_OFFERED
        yield result(check, seen.subject, Outcome.NOT_APPLICABLE, seen, reason, **_facts(seen))


def _gone(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Where the check failed before and the moment that it judges is no more.

    TLS from the first byte on, or another protocol altogether: passed, for what failed is gone.
    """
    judged = {seen.subject for seen in _of_services(sight, check)}
    for item in sight.watched:
        if item.check != check.id or item.subject in judged:
            continue
        service = sight.about("service", item.subject)
        if service is None or service.data["name"] == "unknown":
            continue
        if service.data["tls"] or service.data["name"] not in _services(check):
            facts = {"port": item.subject.port, "protocol": service.data["name"]}
            outcome, reason = Outcome.PASSED, Reason.NOT_OFFERED
            yield result(check, item.subject, outcome, service, reason, **facts)


def _doubt(seen: Observation) -> Reason:
    reasons = [seen.data["reason"], *seen.data["problems"], Reason.NO_OBSERVATION.value]
    return Reason(next(reason for reason in reasons if reason))


def _facts(seen: Observation) -> dict[str, Any]:
    if not isinstance(seen.subject, Subject):
        raise TypeError("starttls.endpoint is about an endpoint")
    data = seen.data
    return {
        "port": seen.subject.port,
        "protocol": data["protocol"].upper(),
        "methods": ", ".join(data["login_methods"]) or "-",
        "injected": data["injected"] or "-",
        "answered": data["answered"] or "-",
    }


def _services(check: Check) -> tuple[str, ...]:
    services = check.parameters["services"]
    return services if isinstance(services, tuple) else (str(services),)
