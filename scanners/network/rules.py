"""What open ports and the services behind them mean. Pure functions: observations to results.

Parameters of the declarations: ``services`` (names that the check is about), ``ports`` (where that
service conventionally listens, as run text), and for :func:`fact` which ``fact`` is ``bad``.
"""

from collections.abc import Iterator
from typing import Any

from scanners.base import Sight, result
from scanners.catalogue import Check
from scanners.network.view import HostView, described, host_views, named_services
from secaudit.core.observation import CheckResult, Observation
from secaudit.core.vocabulary import Outcome, Reason

_UNHEARD = {
    reason.value
    for reason in (
        Reason.TIMED_OUT,
        Reason.CONNECTION_REFUSED,
        Reason.CONNECTION_RESET,
        Reason.UNREACHABLE,
        Reason.PROBE_FAILED,
    )
}
"""Problems after which we do not know what the port would have said."""
_NOT_UNDERSTOOD = 400
"""Bad Request, as TLS ports answer words in clear: it says nothing of what is served."""


def exposed(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where the service answers at all; pass where its port is shut or serves another."""
    for view in host_views(sight):
        for service in named_services(view, check):
            yield result(check, service.subject, Outcome.FAILED, service, **described(service))
        yield from _without_the_service(view, check, sight)


def exposed_in_clear(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where the service answers without TLS around it; pass inside TLS, and as above."""
    for view in host_views(sight):
        for service in named_services(view, check):
            outcome = Outcome.PASSED if service.data["tls"] else Outcome.FAILED
            yield result(check, service.subject, outcome, service, **described(service))
        yield from _without_the_service(view, check, sight)


def cleartext(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where the service neither speaks TLS at once nor offers to start it."""
    for view in host_views(sight):
        for service in named_services(view, check):
            yield _by_encryption(check, service)
        yield from _without_the_service(view, check, sight)


def _by_encryption(check: Check, service: Observation) -> CheckResult:
    offered = True if service.data["tls"] else service.data["starttls"]
    if offered is None:
        flooded = Reason.LIMIT_EXCEEDED.value in service.data["problems"]
        return result(
            check,
            service.subject,
            Outcome.INCONCLUSIVE,
            service,
            Reason.LIMIT_EXCEEDED if flooded else Reason.NO_OBSERVATION,
            **described(service),
        )
    outcome = Outcome.PASSED if offered else Outcome.FAILED
    return result(check, service.subject, outcome, service, **described(service))


def http_redirect(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where a web server answers in clear with anything but a redirect to ``https``.

    A request that was not understood shows neither.
    """
    for view in host_views(sight):
        for service in named_services(view, check):
            answer = service.data["http"]
            facts = described(service)
            if answer is None:
                yield result(
                    check,
                    service.subject,
                    Outcome.INCONCLUSIVE,
                    service,
                    Reason.MALFORMED_ANSWER,
                    **facts,
                )
                continue
            facts |= {"status": answer["status"], "location": answer["location"] or ""}
            if answer["status"] == _NOT_UNDERSTOOD:
                yield result(
                    check,
                    service.subject,
                    Outcome.INCONCLUSIVE,
                    service,
                    Reason.NO_OBSERVATION,
                    **facts,
                )
                continue
            outcome = Outcome.PASSED if _leads_to_https(answer) else Outcome.FAILED
            yield result(check, service.subject, outcome, service, **facts)
        yield from _without_the_service(view, check, sight)


def _leads_to_https(answer: dict[str, Any]) -> bool:
    """Redirects (RFC 9110, 15.4) to https, and 426 Upgrade Required, which serves nothing."""
    location = (answer["location"] or "").strip().lower()
    if answer["status"] in (301, 302, 303, 307, 308):
        return bool(location.startswith("https://"))
    return bool(answer["status"] == 426)


def anonymous(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where the service let us read without a name; where we may not ask, say so."""
    for view in host_views(sight):
        for service in named_services(view, check):
            let_in = service.data["anonymous"]
            if let_in is None:
                refused = Reason.CLASS_NOT_PERMITTED.value in service.data["problems"]
                yield result(
                    check,
                    service.subject,
                    Outcome.INCONCLUSIVE,
                    service,
                    Reason.CLASS_NOT_PERMITTED if refused else Reason.NO_OBSERVATION,
                    **described(service),
                )
            else:
                outcome = Outcome.FAILED if let_in else Outcome.PASSED
                yield result(check, service.subject, outcome, service, **described(service))
        yield from _without_the_service(view, check, sight, watched_only=True)


def fact(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where one fact of the service has its bad value; silent where it was not seen."""
    name, bad = str(check.parameters["fact"]), str(check.parameters["bad"])
    for view in host_views(sight):
        for service in named_services(view, check):
            seen = service.data["facts"].get(name)
            if seen is not None:
                outcome = Outcome.FAILED if str(seen).lower() == bad else Outcome.PASSED
                yield result(check, service.subject, outcome, service, **described(service))
        yield from _without_the_service(view, check, sight, watched_only=True)


def unknown_service(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where something answers and neither we nor nmap can name it."""
    for service in sight.of("service"):
        if service.data["name"] != "unknown":
            outcome, reason = Outcome.PASSED, Reason.OBSERVED
        elif unheard := _UNHEARD.intersection(service.data["problems"]):
            outcome, reason = Outcome.INCONCLUSIVE, Reason(min(unheard))
        elif service.data["tls"]:
            outcome, reason = Outcome.INCONCLUSIVE, Reason.PROTOCOL_MISMATCH
        else:
            outcome, reason = Outcome.FAILED, Reason.OBSERVED
        yield result(check, service.subject, outcome, service, reason, **described(service))


def _without_the_service(
    view: HostView, check: Check, sight: Sight, *, watched_only: bool = False
) -> Iterator[CheckResult]:
    """Judge the ports where the service usually listens, or failed before, and is not seen now.

    Closed: passed. Silent: passed for a check of exposure, where a firewall is a remedy; else
    inconclusive where it failed before. Another service there: passed. Open and nothing recognised:
    inconclusive.
    """
    failed = {item.subject for item in sight.watched if item.check == check.id}
    for port in view.expected_ports(check, sight.watched, watched_only=watched_only):
        state = view.state_of(port)
        subject = view.endpoint(port)
        if state == "closed":
            yield result(check, subject, Outcome.PASSED, view.ports, Reason.PORT_CLOSED, port=port)
        elif state == "filtered":
            outcome = Outcome(check.when_filtered)
            if outcome is Outcome.PASSED or subject in failed:
                yield result(check, subject, outcome, view.ports, Reason.PORT_FILTERED, port=port)
        elif state == "open":
            service = view.services.get(port)
            if service is None:
                yield result(
                    check,
                    subject,
                    Outcome.INCONCLUSIVE,
                    view.ports,
                    Reason.NO_OBSERVATION,
                    port=port,
                )
            elif service.data["name"] == "unknown":
                yield result(
                    check,
                    subject,
                    Outcome.INCONCLUSIVE,
                    service,
                    Reason.PROTOCOL_MISMATCH,
                    **described(service),
                )
            elif service.data["name"] not in _names(check):
                yield result(
                    check,
                    subject,
                    Outcome.PASSED,
                    service,
                    Reason.NOT_OFFERED,
                    **described(service),
                )


def _names(check: Check) -> tuple[str, ...]:
    services = check.parameters["services"]
    return services if isinstance(services, tuple) else (str(services),)
