"""What is wrong with a register: each fault by its code and the facts of its sentence. Pure."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from secaudit.risk.model import STANDING, Risk, RiskState, Score, TreatmentKind, TreatmentState
from secaudit.risk.scale import Scale
from secaudit.text.language import N_

MESSAGES: Mapping[str, str] = {
    "no_owner": N_("{risk} has no owner"),
    "no_assets": N_("{risk} names no assets"),
    "no_review_day": N_("{risk} is approved, but no day is set for its review"),
    "review_overdue": N_("{risk} was to be reviewed by {day}"),
    "above_without_treatment": N_(
        "{risk} is above the appetite ({magnitude}, to treat from {appetite}), and nothing is done"
    ),
    "treatment_overdue": N_("{treatment} was due on {day} and is not done"),
    "accepted_without_expiry": N_("{treatment} accepts {risk} without a last day"),
    "accepted_without_proof": N_("{treatment} accepts {risk} without a signed document"),
    "acceptance_expired": N_("the acceptance {treatment} of {risk} expired on {day}"),
    "residual_above_current": N_(
        "{risk} is expected to be larger after treatment ({after}) than it is now ({now})"
    ),
    "inherent_below_current": N_(
        "{risk} is smaller as if nothing had been done ({before}) than it is now ({now})"
    ),
    "residual_missing": N_("{risk} is treated, but nobody said what risk will be left"),
    "other_scale": N_(
        "{risk} was scored with {former}, and the scale is {scale} now: score it anew"
    ),
    "unknown_category": N_("{risk} has the category {category}, which is not listed"),
    "evidence_missing": N_("{name} for {risk} is gone from the evidence store"),
    "evidence_changed": N_("{name} for {risk} was changed in the evidence store"),
    "asset_unknown": N_("{risk} names {asset}, which is not among the assets in use"),
}


@dataclass(frozen=True)
class Fault:
    """One fault of one risk."""

    code: str
    risk: str
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Measure:
    """What a register is held against on one day."""

    day: date
    scale: Scale
    """The workspace's scale of now."""
    scales: Mapping[str, Scale]
    """All scales by digest."""
    appetite: Callable[[Risk], int]
    categories: Collection[str]
    assets: Collection[str]
    """Ids of the assets in use."""
    lost: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    """By risk the pieces of evidence that are not as they were kept: ``missing`` or ``changed``,
    and what each is called."""


def faults_of(risks: Iterable[Risk], measure: Measure) -> Iterator[Fault]:
    """All faults of the risks that stand, in the order of the risks; lost evidence of any."""
    for risk in risks:
        if risk.state in STANDING:
            for code, facts in _faults(risk, measure):
                yield Fault(code, risk.id, {"risk": risk.id, **facts})
        for loss, name in measure.lost.get(risk.id, ()):
            yield Fault(f"evidence_{loss}", risk.id, {"risk": risk.id, "name": name})


def _faults(risk: Risk, measure: Measure) -> Iterator[tuple[str, dict[str, Any]]]:
    scale = measure.scales[risk.scale]
    if not risk.owner.strip():
        yield "no_owner", {}
    if not risk.assets and not risk.named_assets:
        yield "no_assets", {}
    for asset in risk.named_assets:
        if asset not in measure.assets:
            yield "asset_unknown", {"asset": asset}
    if risk.category not in measure.categories:
        yield "unknown_category", {"category": risk.category}
    if risk.scale != measure.scale.digest:
        yield "other_scale", {"former": scale.id, "scale": measure.scale.id}
    if risk.review_on is not None and risk.review_on < measure.day:
        yield "review_overdue", {"day": risk.review_on}
    elif risk.review_on is None and risk.state is RiskState.APPROVED:
        yield "no_review_day", {}
    now = _size(scale, risk.current)
    standing = risk.standing_treatments(measure.day)
    if now >= (appetite := measure.appetite(risk)) and not standing:
        yield "above_without_treatment", {"magnitude": now, "appetite": appetite}
    before = _size(scale, risk.inherent)
    if before < now:
        yield "inherent_below_current", {"before": before, "now": now}
    if risk.residual is not None and _size(scale, risk.residual) > now:
        yield (
            "residual_above_current",
            {"after": _size(scale, risk.residual), "now": now},
        )
    if risk.residual is None and any(item.kind is not TreatmentKind.ACCEPT for item in standing):
        yield "residual_missing", {}
    yield from _treatment_faults(risk, measure.day)


def _treatment_faults(risk: Risk, day: date) -> Iterator[tuple[str, dict[str, Any]]]:
    for item in risk.treatments:
        if item.state is TreatmentState.CANCELLED:
            continue
        about = {"treatment": item.id}
        if item.kind is TreatmentKind.ACCEPT:
            if item.expires_on is None:
                yield "accepted_without_expiry", about
            elif item.expired(day) and not _accepted_again(risk, day):
                yield "acceptance_expired", {**about, "day": item.expires_on}
            if item.proof is None:
                yield "accepted_without_proof", about
        elif item.state is TreatmentState.PLANNED and item.due is not None and item.due < day:
            yield "treatment_overdue", {**about, "day": item.due}


def _accepted_again(risk: Risk, day: date) -> bool:
    return any(item.kind is TreatmentKind.ACCEPT for item in risk.standing_treatments(day))


def _size(scale: Scale, score: Score) -> int:
    return scale.magnitude(score.likelihood, score.impact)
