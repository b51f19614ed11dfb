"""From many open findings to few suggested risks. Pure.

Findings are grouped by threat (:mod:`secaudit.risk.content`), by the owner of the assets, and by
zone. Where that makes more risks than a person reads, the zones of one owner are put together, and
then the smallest groups of one threat into one that several owners share. A person decides.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from secaudit.risk.content import Theme, Themes, load_themes
from secaudit.risk.scale import Scale, load_scales
from secaudit.risk.weigh import LANGUAGES, OpenFinding, Weight, weigh

MOST_RISKS = 36
"""As many risks as a person still reads as one register: three dozen."""
BUNDLE = "several"
SEVERAL_OWNERS = {"id": "beberapa pemilik", "en": "several owners"}


@dataclass(frozen=True)
class SuggestedRisk:
    """One risk as the findings suggest it. ``key`` is its identity when it is suggested again."""

    key: str
    theme: str
    owner: str
    zones: tuple[str, ...]
    title: Mapping[str, str]
    weight: Weight
    magnitude: int
    findings: tuple[str, ...]

    @property
    def likelihood(self) -> int:
        """The likelihood on the scale."""
        return self.weight.likelihood

    @property
    def impact(self) -> int:
        """The impact on the scale."""
        return self.weight.impact

    @property
    def reasoning(self) -> Mapping[str, str]:
        """Why, a sentence on each line."""
        return self.weight.reasoning

    @property
    def facts(self) -> Mapping[str, Any]:
        """The numbers behind it."""
        return self.weight.facts


def id_order(identity: str) -> tuple[int, str]:
    """Order ids by number: F-10000 comes after F-9999."""
    return len(identity), identity


def keys_of(finding: OpenFinding, themes: Themes) -> tuple[str, str, str]:
    """The keys of the risks that a finding may belong to, the narrowest first."""
    theme = themes.of_check(finding.check).id
    if not finding.owner:
        own = f"{theme}/zone:{finding.zone}"
        return own, own, f"{theme}/{BUNDLE}"
    wide = f"{theme}/owner:{finding.owner}"
    return f"{wide}/zone:{finding.zone}", wide, f"{theme}/{BUNDLE}"


def propose(
    findings: Iterable[OpenFinding],
    themes: Themes | None = None,
    scale: Scale | None = None,
    *,
    room: int = MOST_RISKS,
) -> list[SuggestedRisk]:
    """Group findings into suggested risks, the largest first, then by key.

    ``room`` is how many new risks the register can take; one for each threat there is at least.
    """
    themes, scale = themes or load_themes(), scale or load_scales()["product-5x5"]
    groups: dict[str, list[OpenFinding]] = {}
    wider: dict[str, str] = {}
    for finding in findings:
        narrow, wide, _ = keys_of(finding, themes)
        groups.setdefault(narrow, []).append(finding)
        wider[narrow] = wide
    if len(groups) > room:
        groups = _merged(groups, wider)
    if len(groups) > room:
        groups = _bundled(groups, themes, scale, len(groups) - room)
    risks = [
        risk
        for key, members in groups.items()
        if (risk := _suggest(key, members, themes, scale)) is not None
    ]
    return sorted(risks, key=lambda risk: (-risk.magnitude, -risk.impact, risk.key))


def _merged(
    groups: Mapping[str, Sequence[OpenFinding]], names: Mapping[str, str]
) -> dict[str, list[OpenFinding]]:
    merged: dict[str, list[OpenFinding]] = {}
    for key, members in groups.items():
        merged.setdefault(names[key], []).extend(members)
    return merged


def _bundled(
    groups: Mapping[str, Sequence[OpenFinding]],
    themes: Themes,
    scale: Scale,
    over: int,
) -> dict[str, list[OpenFinding]]:
    """Put the smallest groups of each threat together, until ``over`` risks are saved."""

    def size(key: str) -> tuple[int, int, str]:
        suggestion = _suggest(key, groups[key], themes, scale)
        return (suggestion.magnitude if suggestion else 0, len(groups[key]), key)

    def bundle_of(key: str) -> str:
        return f"{key.partition('/')[0]}/{BUNDLE}"

    names = {key: key for key in groups}
    bundles: set[str] = set()
    for key in sorted(groups, key=size):
        if over <= 0:
            break
        bundle = bundle_of(key)
        # The first that goes into a new bundle saves nothing: the bundle is a risk itself.
        over -= bundle in bundles
        bundles.add(bundle)
        names[key] = bundle
    return _merged(groups, names)


def _suggest(
    key: str, members: Sequence[OpenFinding], themes: Themes, scale: Scale
) -> SuggestedRisk | None:
    theme = themes.of_check(members[0].check)
    weight = weigh(members, theme, themes, scale)
    if weight is None:
        return None
    owners = {member.owner for member in members}
    owner = owners.pop() if len(owners) == 1 else ""
    zones = tuple(sorted({member.zone for member in members}))
    return SuggestedRisk(
        key=key,
        theme=theme.id,
        owner=owner,
        zones=zones,
        title=_title(theme, owner, zones, shared=len(owners) > 1, by_zone="/zone:" in key),
        weight=weight,
        magnitude=scale.magnitude(weight.likelihood, weight.impact),
        findings=tuple(sorted((member.id for member in members), key=id_order)),
    )


def _title(
    theme: Theme, owner: str, zones: Sequence[str], *, shared: bool, by_zone: bool
) -> dict[str, str]:
    place = ", ".join(zones)
    holders = {
        language: SEVERAL_OWNERS[language]
        if shared
        else (f"{owner}, {place}" if owner and by_zone else owner or place)
        for language in LANGUAGES
    }
    return {
        language: f"{theme.title.in_language(language)} ({holders[language]})"
        for language in LANGUAGES
    }
