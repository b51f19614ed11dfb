"""A risk as JSON values for people: scores with their words, the appetite, who decided what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from secaudit.app.risk_look import DEFAULT, Method, method_of, seen_repaired
from secaudit.app.sla import today
from secaudit.app.workspace import Workspace
from secaudit.core.canonical import to_json
from secaudit.core.vocabulary import FindingState
from secaudit.ledger import findings
from secaudit.risk import register
from secaudit.risk.content import load_categories
from secaudit.risk.model import STANDING, Risk, Score, Treatment
from secaudit.risk.scale import Scale
from secaudit.text.language import current_language


@dataclass(frozen=True)
class Viewpoint:
    """What risks are seen against: the scales, the appetite, the findings, and the day."""

    method: Method
    scales: Mapping[str, Scale]
    states: Mapping[str, FindingState]
    day: date
    language: str

    @classmethod
    def of(
        cls, workspace: Workspace, connection: Connection, now: datetime, at: datetime | None = None
    ) -> "Viewpoint":
        """The view of now, or of the end of a past day."""
        method = method_of(workspace)
        if at is None:
            members = register.member_states(connection).values()
            states = {
                identity: FindingState(state)
                for risk in members
                for identity, state in risk.items()
            }
        else:
            states = {
                identity: state
                for identity, (state, _) in findings.states_at(connection, at).items()
            }
        return cls(
            method,
            {**method.known, **register.scales_kept(connection)},
            states,
            today(workspace, at or now),
            current_language().value,
        )

    def scale_of(self, risk: Risk) -> Scale:
        """The scale that a risk was scored with."""
        return self.scales[risk.scale]

    def above(self, risk: Risk) -> bool:
        """Tell whether a risk is to be treated."""
        scale, score = self.scale_of(risk), risk.current
        size = scale.magnitude(score.likelihood, score.impact)
        return size >= self.method.appetite(risk, scale)

    def record(self, risk: Risk) -> dict[str, Any]:
        """The risk as JSON values."""
        return risk_record(risk, self)

    def usual_appetite(self, scale: Scale) -> int:
        """The least magnitude to treat, for what has no appetite of its own."""
        if scale.digest != self.method.scale.digest:
            return scale.appetite
        return self.method.own_appetite.get(DEFAULT, scale.appetite)

    def own_appetites(self, scale: Scale) -> tuple[tuple[str, int], ...]:
        """The categories with an appetite of their own, in words, and their least magnitudes."""
        if scale.digest != self.method.scale.digest:
            return ()
        usual, categories = self.usual_appetite(scale), load_categories()
        return tuple(
            (categories.word(name, self.language), magnitude)
            for name, magnitude in self.method.own_appetite.items()
            if name != DEFAULT and magnitude != usual
        )


def drawn_scale(risks: Sequence[Risk], view: Viewpoint) -> Scale:
    """The workspace's scale; that of the register while nothing is scored by the new one."""
    used = {risk.scale for risk in risks}
    if not used or view.method.scale.digest in used:
        return view.method.scale
    return view.scales[risks[0].scale]


def score_record(score: Score | None, scale: Scale, language: str) -> dict[str, Any] | None:
    """One score with its magnitude, its level and the words; None for none."""
    if score is None:
        return None
    magnitude = scale.magnitude(score.likelihood, score.impact)
    level = scale.level(magnitude)
    return {
        "likelihood": score.likelihood,
        "likelihood_word": scale.likelihood_word(score.likelihood, language),
        "impact": score.impact,
        "impact_word": scale.impact_word(score.impact, language),
        "score": magnitude,
        "level": level,
        "level_word": scale.level_word(level, language),
    }


def risk_record(risk: Risk, view: Viewpoint) -> dict[str, Any]:
    """All of one risk as JSON values, its prose in the current language."""
    language, scale = view.language, view.scale_of(risk)
    current = score_record(risk.current, scale, language) or {}
    kept: dict[str, Any] = to_json(risk)
    texts = {
        name: _said(getattr(risk, name), language)
        for name in ("title", "threat", "vulnerability", "consequence", "reasoning")
    }
    residual = score_record(risk.residual, scale, language)
    if residual is not None:
        residual["estimate"] = not seen_repaired(risk, view.states)
    treatments = risk.standing_treatments(view.day)
    return {
        **kept,
        **texts,
        "titles": kept["title"],
        "reasonings": kept["reasoning"],
        **current,
        "scores": {
            "inherent": score_record(risk.inherent, scale, language),
            "current": {**current, "by": "findings" if risk.own is None else "person"},
            "computed": score_record(risk.computed, scale, language),
            "residual": residual,
        },
        "differs": risk.own is not None
        and risk.computed is not None
        and risk.own.score != risk.computed,
        "category_word": load_categories().word(risk.category, language),
        "appetite": view.method.appetite(risk, scale),
        "above": view.above(risk),
        "treated": bool(treatments),
        "followed": risk.state in STANDING,
        "scale": scale.id,
        "scale_confirmed": scale.confirmed,
        "scale_in_use": scale.digest == view.method.scale.digest,
        "review_overdue": risk.review_on is not None and risk.review_on < view.day,
        "treatments": [_treatment(item, view.day) for item in risk.treatments],
        "approver": risk.approval.approver if risk.approval else None,
        "approved_at": to_json(risk.approval.at) if risk.approval else None,
        "approval_reason": risk.approval.reason if risk.approval else None,
        "open_findings": [
            identity
            for identity in risk.findings
            if view.states.get(identity) in findings.LIVE | {FindingState.ACCEPTED}
        ],
    }


def standing_risks(
    connection: Connection, at: datetime | None = None, *, everything: bool = False
) -> list[Risk]:
    """The risks of the register, the largest first; those set aside only on request."""
    return register.list_all(connection, () if everything else STANDING, at)


def cells_of(risks: Sequence[Risk], scale: Scale, which: str) -> list[dict[str, Any]]:
    """The cells of a matrix as JSON values, each with its score, level and the ids in it."""
    places: dict[tuple[int, int], list[str]] = {}
    for risk in risks:
        score = score_of(risk, which)
        if score is not None and risk.scale == scale.digest:
            places.setdefault((score.likelihood, score.impact), []).append(risk.id)
    return [
        {
            "likelihood": likelihood,
            "impact": impact,
            "score": scale.cells[likelihood - 1][impact - 1],
            "level": scale.level(scale.cells[likelihood - 1][impact - 1]),
            "risks": places.get((likelihood, impact), []),
        }
        for likelihood in scale.likelihoods
        for impact in scale.impacts
    ]


def score_of(risk: Risk, which: str) -> Score | None:
    """The inherent, current or residual score; what is not treated keeps its current one."""
    if which == "inherent":
        return risk.inherent
    return (risk.residual or risk.current) if which == "residual" else risk.current


def _said(text: Mapping[str, str], language: str) -> str:
    return text.get(language) or next(iter(text.values()), "")


def _treatment(item: Treatment, day: date) -> dict[str, Any]:
    record: dict[str, Any] = to_json(item)
    return {**record, "expired": item.expired(day)}
