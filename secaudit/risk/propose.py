"""From many open findings to few suggested risks, with the reasons in both languages. Pure.

Findings are grouped by threat (:mod:`secaudit.risk.content`) and by the owner of the assets, or by
zone where nobody owns them. What a suggestion says is a proposal: a person decides.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from secaudit.core.vocabulary import Severity
from secaudit.risk import matrix
from secaudit.risk.content import Scale, Theme, Themes, load_scale, load_themes

LIKELIHOOD_OF_SEVERITY = {
    Severity.CRITICAL: 4,
    Severity.HIGH: 3,
    Severity.MEDIUM: 2,
    Severity.LOW: 1,
    Severity.INFO: 1,
}
MANY_FINDINGS = 10
LONG_OPEN_DAYS = 90
IMPACT_OF_CRITICALITY = {1: 2, 2: 3, 3: 4}
HIGHEST_CRITICALITY = 3
ASSUMED_CRITICALITY = 2
"""For addresses that are not in the asset register: the middle, and the reasoning says so."""
MANY_CRITICAL_ASSETS = 3
LANGUAGES = ("id", "en")
KEPT_FACTS = frozenset(
    {
        "count",
        "severity",
        "public",
        "late",
        "assets",
        "unregistered",
        "criticality",
        "critical",
    }
)
"""The numbers behind a score that are kept with the risk."""


@dataclass(frozen=True)
class AffectedAsset:
    """What an asset's loss would cost, from 1 to 3 for each property."""

    id: str
    confidentiality: int
    integrity: int
    availability: int


@dataclass(frozen=True)
class OpenFinding:
    """What the weighing needs to know of one finding that is not repaired."""

    id: str
    check: str
    severity: Severity
    owner: str
    zone: str
    address: str
    public: bool
    """At an address that the internet routes."""
    days_open: int
    overdue: bool
    asset: AffectedAsset | None


@dataclass(frozen=True)
class SuggestedRisk:
    """One risk as the findings suggest it. ``key`` is its identity when it is suggested again.

    ``reasoning`` has one sentence on each line.
    """

    key: str
    theme: str
    owner: str
    zones: tuple[str, ...]
    title: Mapping[str, str]
    reasoning: Mapping[str, str]
    likelihood: int
    impact: int
    facts: Mapping[str, Any]
    findings: tuple[str, ...]

    @property
    def score(self) -> int:
        """Likelihood times impact."""
        return matrix.score(self.likelihood, self.impact)


def id_order(identity: str) -> tuple[int, str]:
    """Order ids by number: F-10000 comes after F-9999."""
    return len(identity), identity


def propose(
    findings: Iterable[OpenFinding], themes: Themes | None = None, scale: Scale | None = None
) -> list[SuggestedRisk]:
    """Group findings into suggested risks, the highest score first, then by key."""
    themes, scale = themes or load_themes(), scale or load_scale()
    groups: dict[str, list[OpenFinding]] = {}
    for finding in findings:
        holder = f"owner:{finding.owner}" if finding.owner else f"zone:{finding.zone}"
        groups.setdefault(f"{themes.of_check(finding.check).id}/{holder}", []).append(finding)
    risks = [_suggest(key, members, themes, scale) for key, members in groups.items()]
    return sorted(risks, key=lambda risk: (-risk.score, -risk.impact, risk.key))


def _suggest(
    key: str, members: Sequence[OpenFinding], themes: Themes, scale: Scale
) -> SuggestedRisk:
    theme = themes.of_check(members[0].check)
    owner = members[0].owner
    zones = tuple(sorted({member.zone for member in members}))
    likelihood, why_likelihood = _likelihood(members)
    impact, why_impact = _impact(members, theme)
    reasons: _Reasons = [
        *why_likelihood,
        ("likelihood", {"likelihood": likelihood, "word": scale.likelihood[likelihood - 1]}),
        *why_impact,
        ("impact", {"impact": impact, "word": scale.impact[impact - 1]}),
    ]
    holder = owner or ", ".join(zones)
    return SuggestedRisk(
        key=key,
        theme=theme.id,
        owner=owner,
        zones=zones,
        title={
            language: f"{theme.title.in_language(language)} ({holder})" for language in LANGUAGES
        },
        reasoning={
            language: "\n".join(
                [theme.threat.in_language(language)]
                + [_said(themes, name, facts, language) for name, facts in reasons]
            )
            for language in LANGUAGES
        },
        likelihood=likelihood,
        impact=impact,
        facts={
            name: facts[name]
            for _, facts in (*why_likelihood, *why_impact)
            for name in facts
            if name in KEPT_FACTS
        },
        findings=tuple(sorted((member.id for member in members), key=id_order)),
    )


_Reasons = list[tuple[str, dict[str, Any]]]


def _likelihood(members: Sequence[OpenFinding]) -> tuple[int, _Reasons]:
    worst = min((member.severity for member in members), key=lambda item: item.rank)
    base = LIKELIHOOD_OF_SEVERITY[worst]
    reasons: _Reasons = [
        ("severity", {"base": base, "count": len(members), "severity": worst.value})
    ]
    public = sum(member.public for member in members)
    late = sum(member.overdue or member.days_open > LONG_OPEN_DAYS for member in members)
    if public:
        reasons.append(("public", {"public": public}))
    if len(members) >= MANY_FINDINGS:
        reasons.append(("many", {"many": MANY_FINDINGS}))
    if late:
        reasons.append(("late", {"late": late, "days": LONG_OPEN_DAYS}))
    return min(base + len(reasons) - 1, 5), reasons


def _impact(members: Sequence[OpenFinding], theme: Theme) -> tuple[int, _Reasons]:
    values = {
        member.asset.id: max(int(getattr(member.asset, name)) for name in theme.concerns)
        for member in members
        if member.asset is not None
    }
    strangers = {(member.zone, member.address) for member in members if member.asset is None}
    reasons: _Reasons = []
    highest = 0
    if values:
        highest = max(values.values())
        concerns = list(theme.concerns)
        reasons.append(("assets", {"assets": len(values), "concerns": concerns, "value": highest}))
    if strangers:
        highest = max(highest, ASSUMED_CRITICALITY)
        assumed = {"unregistered": len(strangers), "value": ASSUMED_CRITICALITY}
        reasons.append(("unregistered", assumed))
    impact = IMPACT_OF_CRITICALITY[highest]
    reasons.append(("criticality", {"base": impact, "criticality": highest}))
    critical = sum(value == HIGHEST_CRITICALITY for value in values.values())
    if critical >= MANY_CRITICAL_ASSETS:
        impact = min(impact + 1, 5)
        reasons.append(("many_critical", {"critical": critical}))
    return impact, reasons


def _said(themes: Themes, sentence: str, facts: Mapping[str, Any], language: str) -> str:
    def word(value: Any) -> Any:
        if isinstance(value, list):
            return ", ".join(str(word(item)) for item in value)
        if isinstance(value, str) and value in themes.words:
            return themes.words[value].in_language(language)
        return value.in_language(language) if hasattr(value, "in_language") else value

    shown = {name: word(value) for name, value in facts.items()}
    return themes.sentences[sentence].in_language(language).format(**shown)
