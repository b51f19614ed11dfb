"""What findings say about the size of a risk, with the reasons in both languages. Pure.

A likelihood and an impact are thought in five steps and then brought to the scale. What comes out
is a proposal: a person's own score stands beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from secaudit.core.vocabulary import FindingState, Severity
from secaudit.risk.content import Theme, Themes
from secaudit.risk.scale import PROPOSED_STEPS, Scale

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
KEPT_FACTS = (
    *("count", "severity", "public", "late", "assets", "unregistered", "criticality", "critical"),
)
"""The numbers behind a score that are kept with the risk."""
FAILING = frozenset(
    {
        FindingState.OPEN,
        FindingState.PLANNED,
        FindingState.CLAIMED_FIXED,
        FindingState.REOPENED,
        FindingState.ACCEPTED,
    }
)
"""Nobody has seen these repaired: what was only claimed, or accepted, is still there."""
NO_RISK = frozenset({FindingState.FALSE_POSITIVE, FindingState.WITHDRAWN})
"""These never were what they seemed: they say nothing about a risk, not even about the inherent."""


@dataclass(frozen=True)
class AffectedAsset:
    """What an asset's loss would cost, from 1 to 3 for each property."""

    id: str
    confidentiality: int
    integrity: int
    availability: int


@dataclass(frozen=True)
class OpenFinding:
    """What the weighing needs to know of one finding."""

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
    state: FindingState = FindingState.OPEN

    @property
    def failing(self) -> bool:
        """Tell whether it is still there."""
        return self.state in FAILING


@dataclass(frozen=True)
class Weight:
    """A score on a scale, the numbers that it rests on, and a sentence on each line for each."""

    likelihood: int
    impact: int
    facts: Mapping[str, Any]
    reasoning: Mapping[str, str]


_Reasons = list[tuple[str, dict[str, Any]]]


def weigh(
    members: Sequence[OpenFinding], theme: Theme, themes: Themes, scale: Scale
) -> Weight | None:
    """Weigh a risk as it is now: by those of its findings that are still there.

    With none left, the likelihood is the least and the impact stays. None for a risk whose findings
    all turned out to be none.
    """
    counted = [member for member in members if member.state not in NO_RISK]
    if not counted:
        return None
    failing = [member for member in counted if member.failing]
    impact, why_impact = _impact(failing or counted, theme)
    if failing:
        likelihood, why_likelihood = _likelihood(failing)
    else:
        likelihood, why_likelihood = 1, []
    row, column = scale.fitted(likelihood, impact)
    if failing:
        steps: dict[str, Any] = {"likelihood": row, "steps": len(scale.likelihood)}
        said = ("likelihood", {**steps, "word": scale.likelihood[row - 1]})
    else:
        row = 1
        said = ("repaired", {"likelihood": row, "count": len(counted)})
    of_impact = {"impact": column, "steps": len(scale.impact), "word": scale.impact[column - 1]}
    reasons: _Reasons = [*why_likelihood, said, *why_impact, ("impact", of_impact)]
    facts = {
        name: values[name]
        for _, values in (*why_likelihood, *why_impact)
        for name in KEPT_FACTS
        if name in values
    }
    return Weight(
        row,
        column,
        {"count": 0, **facts},
        {
            language: "\n".join(_said(themes, name, values, language) for name, values in reasons)
            for language in LANGUAGES
        },
    )


def weigh_inherent(
    members: Sequence[OpenFinding], theme: Theme, scale: Scale
) -> tuple[int, int] | None:
    """Weigh a risk as it would be if nothing had been repaired. None as for :func:`weigh`."""
    counted = [member for member in members if member.state not in NO_RISK]
    if not counted:
        return None
    return scale.fitted(_likelihood(counted)[0], _impact(counted, theme)[0])


def _likelihood(members: Sequence[OpenFinding]) -> tuple[int, _Reasons]:
    worst = min({member.severity for member in members}, key=lambda item: item.rank)
    base = LIKELIHOOD_OF_SEVERITY[worst]
    reasons: _Reasons = [
        ("severity", {"base": base, "count": len(members), "severity": worst.value})
    ]
    public = sum(member.public for member in members)
    late = sum(
        member.failing and (member.overdue or member.days_open > LONG_OPEN_DAYS)
        for member in members
    )
    if public:
        reasons.append(("public", {"public": public}))
    if len(members) >= MANY_FINDINGS:
        reasons.append(("many", {"many": MANY_FINDINGS}))
    if late:
        reasons.append(("late", {"late": late, "days": LONG_OPEN_DAYS}))
    return min(base + len(reasons) - 1, PROPOSED_STEPS), reasons


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
        impact = min(impact + 1, PROPOSED_STEPS)
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
