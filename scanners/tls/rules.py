"""What a server's versions and suites mean. Pure functions: observations to results.

Each judges ``tls.endpoint`` observations, one result an endpoint. A list of suites that may be too
short can convict, but never acquit.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from scanners.base import Sight, result
from scanners.catalogue import Check
from scanners.tls.suites import Suite, suites_by_name
from scanners.tls.version import Protocol
from secaudit.core.observation import CheckResult, Observation
from secaudit.core.vocabulary import Outcome, Reason

KIND = "tls.endpoint"
_SHOWN = 8
_MODERN = (Protocol.TLS1_2, Protocol.TLS1_3)


def protocol_refused(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where the version in the parameter ``protocol`` is spoken."""
    protocol = str(check.parameters["protocol"])
    verdicts = {"accepted": Outcome.FAILED, "refused": Outcome.PASSED}
    for seen in sight.of(KIND):
        yield _by_state(check, seen, seen.data["protocols"][protocol], verdicts, protocol)


def protocol_offered(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where none of the versions in the parameter ``protocols`` is spoken."""
    wanted = _texts(check.parameters["protocols"])
    verdicts = {"accepted": Outcome.PASSED, "refused": Outcome.FAILED}
    for seen in sight.of(KIND):
        states = [seen.data["protocols"][protocol] for protocol in wanted]
        state = next(
            (state for state in ("accepted", "inconclusive") if state in states), "refused"
        )
        newest = list(seen.data["suites"])[-1:]
        if state == "refused" and not newest:
            state = "inconclusive"
        yield _by_state(
            check, seen, state, verdicts, wanted[0], newest=newest[0] if newest else "-"
        )


def _by_state(
    check: Check,
    seen: Observation,
    state: str,
    verdicts: Mapping[str, Outcome],
    protocol: str,
    **details: Any,
) -> CheckResult:
    outcome = verdicts.get(state, Outcome.INCONCLUSIVE)
    reason = Reason.OBSERVED
    if outcome is Outcome.INCONCLUSIVE:
        reason = _reason(seen, protocol)
    return result(check, seen.subject, outcome, seen, reason, protocol=protocol, **details)


def weak_suite(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where a suite with the weakness in the parameter ``weakness`` is accepted."""
    weakness = str(check.parameters["weakness"])
    for seen in sight.of(KIND):
        found = _accepted(seen, lambda suite: weakness in suite.weaknesses)
        yield _by_suites(check, seen, found)


def _by_suites(check: Check, seen: Observation, found: dict[str, list[str]]) -> CheckResult:
    if found:
        return result(check, seen.subject, Outcome.FAILED, seen, **_shown(found))
    doubt = _doubt(seen)
    if doubt is not None:
        return result(check, seen.subject, Outcome.INCONCLUSIVE, seen, doubt)
    return result(check, seen.subject, Outcome.PASSED, seen)


def no_forward_secrecy(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where a suite without forward secrecy is accepted."""
    for seen in sight.of(KIND):
        yield _by_suites(check, seen, _accepted(seen, lambda suite: not suite.forward_secret))


def cbc_only(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where TLS 1.2 is spoken and none of its suites is an AEAD."""
    protocol = Protocol.TLS1_2.value
    for seen in sight.of(KIND):
        suites = _suites(seen, protocol)
        if not suites:
            state = seen.data["protocols"][protocol]
            if state == "inconclusive":
                reason = _reason(seen, protocol)
                yield result(check, seen.subject, Outcome.INCONCLUSIVE, seen, reason)
            elif seen.data["suites"]:
                outcome = Outcome.NOT_APPLICABLE
                yield result(check, seen.subject, outcome, seen, Reason.NOT_OFFERED)
        elif any(suite.aead for suite in suites):
            yield result(check, seen.subject, Outcome.PASSED, seen)
        elif protocol in seen.data["incomplete"]:
            reason = Reason(seen.data["incomplete"][protocol])
            yield result(check, seen.subject, Outcome.INCONCLUSIVE, seen, reason)
        else:
            found = {protocol: [suite.name for suite in suites]}
            yield result(check, seen.subject, Outcome.FAILED, seen, **_shown(found))


def weak_dh(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where a Diffie-Hellman prime is shorter than the parameter ``least_bits``."""
    least = int(str(check.parameters["least_bits"]))
    for seen in sight.of(KIND):
        bits = seen.data["key_exchange"]["dh_bits"]
        used = _accepted(seen, lambda suite: suite.ephemeral_dh)
        if bits:
            outcome = Outcome.FAILED if bits[0] < least else Outcome.PASSED
            yield result(check, seen.subject, outcome, seen, bits=bits[0], least=least)
        elif used:
            reason = Reason.NO_OBSERVATION
            yield result(check, seen.subject, Outcome.INCONCLUSIVE, seen, reason)
        elif (doubt := _doubt(seen)) is not None:
            yield result(check, seen.subject, Outcome.INCONCLUSIVE, seen, doubt)
        else:
            outcome = Outcome.NOT_APPLICABLE
            yield result(check, seen.subject, outcome, seen, Reason.NOT_OFFERED)


def client_preference(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where the client's order decides, and what it may decide on includes a weak suite.

    Where every suite is sound the order is a matter of taste (Mozilla leaves it to the client).
    """
    for seen in sight.of(KIND):
        if not seen.data["suites"]:
            doubt = _doubt(seen) or Reason.NO_OBSERVATION
            yield result(check, seen.subject, Outcome.INCONCLUSIVE, seen, doubt)
            continue
        led = [
            protocol
            for protocol, order in seen.data["preference"].items()
            if order == "client" and _mixed(_suites(seen, protocol))
        ]
        if led:
            protocols = ", ".join(led)
            yield result(check, seen.subject, Outcome.FAILED, seen, protocols=protocols)
        elif (unseen := _doubt_of_order(seen)) is not None:
            yield result(check, seen.subject, Outcome.INCONCLUSIVE, seen, unseen)
        else:
            yield result(check, seen.subject, Outcome.PASSED, seen)


def _doubt_of_order(seen: Observation) -> Reason | None:
    """Why a client might lead all the same; None where each version's order is known or idle."""
    for protocol, order in seen.data["preference"].items():
        if order is None and protocol in seen.data["incomplete"]:
            return Reason(seen.data["incomplete"][protocol])
        if order is None and _mixed(_suites(seen, protocol)):
            return Reason.NO_OBSERVATION
    return next(map(Reason, seen.data["reasons"].values()), None)


def _mixed(suites: list[Suite]) -> bool:
    sound = [not suite.weaknesses and suite.forward_secret for suite in suites]
    return any(sound) and not all(sound)


def _suites(seen: Observation, protocol: str) -> list[Suite]:
    table = suites_by_name()
    names = seen.data["suites"].get(protocol, ())
    return [table[name] for name in names if name in table]


def _accepted(seen: Observation, wanted: Any) -> dict[str, list[str]]:
    """Protocol -> names of the accepted suites that are ``wanted``; none where there are none."""
    found = {
        protocol: [suite.name for suite in _suites(seen, protocol) if wanted(suite)]
        for protocol in seen.data["suites"]
    }
    return {protocol: names for protocol, names in found.items() if names}


def _shown(found: Mapping[str, list[str]]) -> dict[str, Any]:
    names = list(dict.fromkeys(name for suites in found.values() for name in suites))
    more = f" (+{len(names) - _SHOWN})" if len(names) > _SHOWN else ""
    return {
        "suites": ", ".join(names[:_SHOWN]) + more,
        "count": len(names),
        "protocols": ", ".join(found),
    }


def _doubt(seen: Observation) -> Reason | None:
    """Why suites may have been missed; None when every accepted version was searched through."""
    if not seen.data["suites"]:
        return _reason(seen, Protocol.TLS1_2.value)
    for reason in (*seen.data["incomplete"].values(), *seen.data["reasons"].values()):
        return Reason(reason)
    return None


def _reason(seen: Observation, protocol: str) -> Reason:
    reasons = seen.data["reasons"]
    told = reasons.get(protocol) or next(iter(reasons.values()), Reason.NO_OBSERVATION.value)
    return Reason(told)


def _texts(value: object) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)  # type: ignore[arg-type]
