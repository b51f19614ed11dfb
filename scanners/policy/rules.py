"""Who keeps the profiles that the workspace has chosen. The sight's settings carry them."""

from collections.abc import Iterator

from scanners.base import Sight, result
from scanners.catalogue import Check
from scanners.policy.facts import endpoints
from scanners.policy.profile import Profile
from scanners.policy.verdict import EndpointVerdict, Verdict, judge_endpoint
from secaudit.core.observation import CheckResult
from secaudit.core.vocabulary import Outcome, Reason

SETTING = "tls_policies"
"""The key of ``Sight.settings`` that holds the chosen profiles; none are chosen without it."""
_OUTCOMES = {
    Verdict.CONFORMS: Outcome.PASSED,
    Verdict.DEVIATES: Outcome.FAILED,
    Verdict.UNDECIDED: Outcome.INCONCLUSIVE,
    Verdict.NOT_APPLICABLE: Outcome.NOT_APPLICABLE,
}
_SHOWN = 8


def policy_kept(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where an endpoint departs from a rule that decides, of any of the chosen profiles.

    The rules are those of the day of the observation.
    """
    chosen: tuple[Profile, ...] = tuple(sight.settings.get(SETTING, ()))
    if not chosen:
        return
    for facts in endpoints(sight.observations):
        verdicts = [
            judge_endpoint(profile, facts, facts.tls.observed_at.date()) for profile in chosen
        ]
        worst = next(
            verdict
            for verdict in (*_ORDER, Verdict.NOT_APPLICABLE)
            if verdict in {item.verdict for item in verdicts}
        )
        reason = Reason.NO_OBSERVATION if worst is Verdict.UNDECIDED else Reason.OBSERVED
        broken = [words for item in verdicts for words in _broken(item)]
        seen = facts.tls
        found = result(
            check,
            seen.subject,
            _OUTCOMES[worst],
            seen,
            reason,
            policies=", ".join(item.profile for item in verdicts),
            rules="; ".join(broken[:_SHOWN]) + ("; …" if len(broken) > _SHOWN else ""),
            count=len(broken),
        )
        yield found


_ORDER = (Verdict.DEVIATES, Verdict.UNDECIDED, Verdict.CONFORMS)


def _broken(verdict: EndpointVerdict) -> list[str]:
    """Each rule that is departed from, with its profile and its date."""
    return [
        f"{verdict.profile} {item.rule} ({item.holds_since.isoformat()}): "
        + ", ".join(item.found[:_SHOWN])
        for item in verdict.of(Verdict.DEVIATES)
        if item.level == "shall"
    ]
