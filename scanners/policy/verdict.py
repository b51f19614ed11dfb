"""What the facts of one endpoint say about each rule of a profile, on a given day.

A list that may be too short can convict, but never acquit; what was not observed is undecided.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from scanners.policy.aspects import ASPECTS, Finding
from scanners.policy.facts import EndpointFacts, endpoints
from scanners.policy.profile import Level, Profile, Rule
from secaudit.content.bilingual import Bilingual
from secaudit.core.observation import Observation


class Verdict(StrEnum):
    """What one rule comes to; of a whole profile: the worst of its rules that decide."""

    CONFORMS = "conforms"
    DEVIATES = "deviates"
    UNDECIDED = "undecided"
    """Nothing speaks against it, but not all was to be seen."""
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True)
class RuleVerdict:
    """One rule at one endpoint: ``found`` is what decided, ``holds_since`` the rule's own date."""

    rule: str
    level: Level
    verdict: Verdict
    found: tuple[str, ...]
    cite: str
    text: Bilingual
    holds_since: date
    holds_until: date | None


@dataclass(frozen=True)
class EndpointVerdict:
    """One profile at one endpoint. ``judged_on`` is the day whose rules were used."""

    subject: str
    profile: str
    version: str
    judged_on: date
    verdict: Verdict
    rules: tuple[RuleVerdict, ...]
    evidence: tuple[str, ...]

    def of(self, verdict: Verdict) -> tuple[RuleVerdict, ...]:
        """The rules that came to this."""
        return tuple(item for item in self.rules if item.verdict is verdict)


def judge_host(
    profile: Profile, observations: Sequence[Observation], on: date
) -> list[EndpointVerdict]:
    """Judge every TLS endpoint among the observations of one host."""
    return [judge_endpoint(profile, facts, on) for facts in endpoints(observations)]


def judge_endpoint(profile: Profile, facts: EndpointFacts, on: date) -> EndpointVerdict:
    """Judge one endpoint by the rules that hold on the day ``on``."""
    rules = tuple(
        _judge(profile, rule, facts, on)
        for rule in profile.rules
        if _since(profile, rule) <= on and (rule.until is None or on <= rule.until)
    )
    return EndpointVerdict(
        str(facts.subject),
        profile.id,
        profile.source.version,
        on,
        _worst(item.verdict for item in rules if item.level == "shall"),
        rules,
        facts.evidence,
    )


def _since(profile: Profile, rule: Rule) -> date:
    return rule.since or profile.source.published


def _worst(verdicts: Iterable[Verdict]) -> Verdict:
    found = set(verdicts)
    order = (Verdict.DEVIATES, Verdict.UNDECIDED, Verdict.CONFORMS)
    return next((verdict for verdict in order if verdict in found), Verdict.NOT_APPLICABLE)


_VERDICTS: Mapping[bool | None, Verdict] = {
    True: Verdict.CONFORMS,
    False: Verdict.DEVIATES,
    None: Verdict.UNDECIDED,
}


def _judge(profile: Profile, rule: Rule, facts: EndpointFacts, on: date) -> RuleVerdict:
    look: Callable[[Any, EndpointFacts, date], Finding | None] = ASPECTS[type(rule)]
    finding = look(rule, facts, on)
    verdict = Verdict.NOT_APPLICABLE if finding is None else _VERDICTS[finding.conforms]
    return RuleVerdict(
        rule.id,
        rule.level,
        verdict,
        () if finding is None else finding.found,
        rule.cite,
        rule.text,
        _since(profile, rule),
        rule.until,
    )
