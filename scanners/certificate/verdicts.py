"""How a judgement of one chain becomes a rule, and what all of them need.

A rule judges one ``certificate.chain`` observation at a time: one for every name asked for, and the
one without a name only where the endpoint has no known name.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from scanners.base import Rule, Sight, result
from scanners.catalogue import Check
from secaudit.core.instant import parse_instant
from secaudit.core.observation import CheckResult, Observation
from secaudit.core.subject import AnySubject, Subject
from secaudit.core.vocabulary import Outcome, Reason

KIND = "certificate.chain"
DAY = timedelta(days=1)
_SHOWN = 8
_WORST_FIRST = (
    *(Outcome.FAILED, Outcome.ERROR, Outcome.INCONCLUSIVE),
    *(Outcome.PASSED, Outcome.NOT_APPLICABLE),
)

Facts = Mapping[str, Any]
Verdict = tuple[Outcome, Reason, dict[str, Any]]
Judge = Callable[[Observation, Facts, Check], Verdict]
JudgeInSight = Callable[[Sight, Observation, Facts, Check], Verdict]
UNREADABLE: Verdict = (Outcome.INCONCLUSIVE, Reason.UNPARSABLE_CERTIFICATE, {})
BESIDE_THE_POINT: Verdict = (Outcome.NOT_APPLICABLE, Reason.NOT_OFFERED, {})
NOT_THERE: Verdict = (Outcome.NOT_APPLICABLE, Reason.NOT_OFFERED, {"gone": True})
"""What the check is about is not there. Where it was and was wrong, that is its repair: a pass."""


def passed(**details: Any) -> Verdict:
    """The check passes."""
    return Outcome.PASSED, Reason.OBSERVED, details


def failed(**details: Any) -> Verdict:
    """The check fails."""
    return Outcome.FAILED, Reason.OBSERVED, details


def undecided(reason: Reason = Reason.NO_OBSERVATION, **details: Any) -> Verdict:
    """What was seen does not decide."""
    return Outcome.INCONCLUSIVE, reason, details


def each(judge: Judge) -> Rule:
    """Make a rule of the judgement of one chain and its first certificate."""

    @wraps(judge)
    def alone(_sight: Sight, seen: Observation, leaf: Facts, check: Check) -> Verdict:
        return judge(seen, leaf, check)

    return each_in_sight(alone)


def each_in_sight(judge: JudgeInSight) -> Rule:
    """Make a rule of a judgement that needs what else was seen of the host.

    A fact that older observations do not have yet leaves the check undecided. Where a server has
    certificates of several kinds, the worst of them decides, and is the one that is named.
    """

    @wraps(judge)
    def rule(sight: Sight, check: Check) -> Iterator[CheckResult]:
        worst: dict[AnySubject, CheckResult] = {}
        for found in judged(sight, check):
            known = worst.setdefault(found.subject, found)
            if _WORST_FIRST.index(found.outcome) < _WORST_FIRST.index(known.outcome):
                worst[found.subject] = found
        yield from worst.values()

    def judged(sight: Sight, check: Check) -> Iterator[CheckResult]:
        seen = sight.of(KIND)
        several = {
            (item.subject, item.data["asked_name"])
            for item in seen
            if item.data.get("restricted_to") is not None
        }
        named = {endpoint_of(item) for item in seen if item.data["asked_name"] is not None}
        for item in seen:
            if item.data["asked_name"] is None and endpoint_of(item) in named:
                continue
            if item.data["chain"]:
                leaf = item.data["chain"][0]
                try:
                    verdict = judge(sight, item, leaf, check)
                    if verdict is NOT_THERE:
                        mended = any(
                            owed.check == check.id and owed.subject == item.subject
                            for owed in sight.watched
                        )
                        verdict = passed() if mended else BESIDE_THE_POINT
                    outcome, reason, details = verdict
                except MissingFactError:
                    outcome, reason, details = undecided()
                facts = {"certificate": called(leaf), "fingerprint": leaf["sha256"]}
                if (item.subject, item.data["asked_name"]) in several:
                    facts["key_type"] = leaf["key"]["type"]
                yield result(check, item.subject, outcome, item, reason, **facts, **details)
            else:
                reason = Reason(item.data["problem"] or Reason.NO_OBSERVATION)
                yield result(check, item.subject, Outcome.INCONCLUSIVE, item, reason)

    return rule


class MissingFactError(Exception):
    """The observation was made before this fact was looked at."""


def fact(data: Facts, key: str) -> Any:
    """A fact that older observations lack. Raises MissingFactError."""
    if key not in data:
        raise MissingFactError
    return data[key]


def endpoint_of(seen: Observation) -> object:
    """The endpoint, whatever the name."""
    return seen.subject.endpoint if isinstance(seen.subject, Subject) else seen.subject


def called(facts: Facts) -> str:
    """What to call a certificate by."""
    return facts["subject"] or (facts["common_names"] or ["-"])[0] or f"#{facts['serial']}"


def validity(facts: Facts) -> tuple[datetime, datetime] | None:
    """From when to when it is valid; None where that cannot be read."""
    if facts["not_before"] is None or facts["not_after"] is None:
        return None
    return parse_instant(facts["not_before"]), parse_instant(facts["not_after"])


def on(instant: datetime) -> str:
    """The day of an instant."""
    return instant.date().isoformat()


def trusted(seen: Observation) -> bool:
    """Tell whether some store trusts the chain."""
    return any(found["trusted"] for found in seen.data["verification"].values())


def not_public(seen: Observation) -> Verdict:
    """For a chain that leads to no public root: is it somebody's own, or only not understood?"""
    return NOT_THERE if trusted(seen) else BESIDE_THE_POINT


def listed(texts: Sequence[str]) -> str:
    """Name the first few."""
    more = f" (+{len(texts) - _SHOWN})" if len(texts) > _SHOWN else ""
    return ", ".join(texts[:_SHOWN]) + more if texts else "-"


def number(check: Check, name: str) -> float:
    """A parameter of the check."""
    return float(str(check.parameters[name]))
