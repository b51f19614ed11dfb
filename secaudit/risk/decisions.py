"""What people decide about risks: each refusal says why, and each decision leaves an event.

All of it belongs inside one write transaction; the use case records it in the audit trail.
``version`` is the version that a person has read: an edit of an older one than the last is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from secaudit.core.errors import InputError, RefusedError
from secaudit.risk import register
from secaudit.risk.changes import require_version
from secaudit.risk.intake import on_scale
from secaudit.risk.model import (
    STANDING,
    Approval,
    Origin,
    OwnScore,
    Rejection,
    Risk,
    RiskState,
    Score,
)
from secaudit.risk.scale import Scale
from secaudit.risk.words import state_word
from secaudit.text.language import N_

EDITABLE = frozenset({*STANDING, RiskState.REJECTED})
_WHY_NOT = {
    RiskState.LAPSED: N_("no finding suggests it any more; weigh anew with: secaudit risk propose"),
    RiskState.RETIRED: N_("it was retired; add a new one with: secaudit risk add"),
    RiskState.REJECTED: N_(
        "it was rejected; change it first: secaudit risk score, secaudit risk set"
    ),
    RiskState.PROPOSED: N_("it is not approved yet"),
    RiskState.APPROVED: N_("it is approved already, and nothing was changed since"),
}


@dataclass(frozen=True)
class Act:
    """Who does what when: ``by`` is the person named, ``actor`` the account."""

    at: datetime
    actor: str
    by: str
    reason: str = ""
    version: int | None = None


@dataclass(frozen=True)
class NewScores:
    """What a person scores; None leaves as it is. ``computed`` takes the own score back."""

    current: Score | None = None
    inherent: Score | None = None
    residual: Score | None = None
    computed: bool = False


def add(connection: Connection, risk: Risk, scale: Scale, act: Act) -> Risk:
    """Put a person's risk into the register. Raises InputError for one without owner or reason."""
    _needed(risk.owner, "owner")
    register.keep_scale(connection, scale, act.at)
    for given in (risk.current, risk.inherent, risk.residual):
        if given is not None:
            scale.magnitude(given.likelihood, given.impact)
    _require_inherent_above(risk, scale)
    return register.add(connection, risk, act.at, act.actor, reason=_needed(act.reason, "reason"))


def edit(
    connection: Connection, risk_id: str, changes: Mapping[str, Any], act: Act
) -> tuple[Risk, tuple[str, ...]]:
    """Change fields of a risk; return it, and the names of those that differ from before.

    A risk that was approved waits for approval again, unless only its review day moved.
    """
    risk = opened(connection, risk_id, act.version)
    if "owner" in changes:
        _needed(str(changes["owner"]), "owner")
    changed = tuple(name for name, value in changes.items() if getattr(risk, name) != value)
    if not changed:
        raise InputError("{risk} has these values already", risk=risk.id)
    made = replace(risk, **{name: changes[name] for name in changed})
    if set(changed) != {"review_on"}:
        made = reopened(made)
    details = {"fields": changed, **{name: changes[name] for name in changed}}
    saved = register.save(
        connection, made, "edited", act.at, act.actor, reason=act.reason, details=details
    )
    return saved, changed


def score(connection: Connection, risk_id: str, scores: NewScores, scale: Scale, act: Act) -> Risk:
    """Score a risk on the scale that the workspace uses now; what is approved waits again.

    On a scale other than the one it was scored with, a current score has to be given or taken from
    the findings anew; the other scores are brought over in proportion.
    """
    risk = opened(connection, risk_id, act.version)
    _needed(act.reason, "reason")
    for given in filter(None, (scores.current, scores.inherent, scores.residual)):
        scale.magnitude(given.likelihood, given.impact)
    if scores.computed and risk.computed is None:
        raise RefusedError(
            "{risk} has no findings to be scored by",
            hint="give a score with: secaudit risk score {risk} --current 3x4 --reason TEXT",
            risk=risk.id,
        )
    before = _scores(risk)
    former = register.scales_kept(connection)[risk.scale]
    if former.digest != scale.digest:
        if scores.current is None and not scores.computed:
            raise RefusedError(
                "{risk} was scored with {former}, and the scale is {scale} now: score the current"
                " risk anew",
                hint="give --current 3x4, or --computed for what its findings say",
                risk=risk.id,
                former=former.id,
                scale=scale.id,
            )
        register.keep_scale(connection, scale, act.at)
        risk = on_scale(risk, former, scale)
    made = replace(
        risk,
        inherent=scores.inherent or risk.inherent,
        inherent_own=risk.inherent_own or scores.inherent is not None,
        residual=scores.residual or risk.residual,
    )
    if scores.computed:
        made = replace(made, own=None)
    elif scores.current is not None:
        made = replace(made, own=OwnScore(scores.current, act.by, act.at, act.reason))
    if scores.current is not None or scores.inherent is not None:
        _require_inherent_above(made, scale)
    after = _scores(made)
    details = {
        "by": act.by,
        "scale": scale.id,
        "before": before,
        "after": after,
    }
    return register.save(
        connection, reopened(made), "scored", act.at, act.actor, reason=act.reason, details=details
    )


def review(connection: Connection, risk_id: str, next_on: date, act: Act) -> Risk:
    """Note that a person looked at a risk and leaves it as it is, and when to look again."""
    risk = opened(connection, risk_id, act.version)
    made = replace(
        risk,
        reviewed_at=act.at,
        reviewed_by=_needed(act.by, "name"),
        review_on=next_on,
    )
    details = {"by": act.by, "next": next_on, "score": risk.current}
    return register.save(
        connection,
        made,
        "reviewed",
        act.at,
        act.actor,
        reason=_needed(act.reason, "reason"),
        details=details,
    )


def require_owner(risk: Risk) -> None:
    """Raise RefusedError for a risk without an owner: it is neither approved nor accepted."""
    if not risk.owner:
        raise RefusedError(
            "{risk} has no owner: nobody would answer for it",
            hint="name one with: secaudit risk set {risk} --owner NAME",
            risk=risk.id,
        )


def approve(
    connection: Connection,
    risk_id: str,
    act: Act,
    *,
    review_on: date,
    document: str | None = None,
) -> Risk:
    """Take a risk into the register by the decision of ``act.by``; it needs an owner."""
    risk = opened(connection, risk_id, act.version, (RiskState.PROPOSED,))
    approver, reason = _needed(act.by, "approver"), _needed(act.reason, "reason")
    require_owner(risk)
    made = replace(
        risk,
        state=RiskState.APPROVED,
        approval=Approval(approver, act.at, reason, risk.version + 1, document),
        rejection=None,
        review_on=review_on,
    )
    details = {
        "approver": approver,
        "likelihood": risk.likelihood,
        "impact": risk.impact,
        "document": document,
        "review_on": made.review_on,
    }
    return register.save(
        connection, made, "approved", act.at, act.actor, reason=reason, details=details
    )


def reject(connection: Connection, risk_id: str, act: Act) -> Risk:
    """Send a risk back with the reason: it is none, or is not scored or treated well."""
    risk = opened(connection, risk_id, act.version, (RiskState.PROPOSED,))
    by, reason = _needed(act.by, "name"), _needed(act.reason, "reason")
    made = replace(risk, state=RiskState.REJECTED, rejection=Rejection(by, act.at, reason))
    return register.save(
        connection, made, "rejected", act.at, act.actor, reason=reason, details={"by": by}
    )


def retire(connection: Connection, risk_id: str, act: Act) -> Risk:
    """Take a risk out of the register, for what it is about is gone. Its history stays."""
    risk = opened(connection, risk_id, act.version)
    reason = _needed(act.reason, "reason")
    made = replace(risk, state=RiskState.RETIRED)
    details = {"by": act.by, "score": risk.current}
    return register.save(
        connection, made, "retired", act.at, act.actor, reason=reason, details=details
    )


def opened(
    connection: Connection,
    risk_id: str,
    version: int | None,
    states: tuple[RiskState, ...] = tuple(EDITABLE),
) -> Risk:
    """The risk, if it is in one of these states and still in this version."""
    risk = register.get(connection, risk_id)
    require_version(connection, risk, version)
    if risk.state not in states:
        raise RefusedError(
            "{risk} is {state}: this cannot be done with it now",
            hint=_WHY_NOT[risk.state],
            risk=risk.id,
            state=state_word(risk.state),
        )
    return risk


def reopened(risk: Risk) -> Risk:
    """The risk waiting for approval, since a person changed it."""
    return replace(risk, state=RiskState.PROPOSED)


def _scores(risk: Risk) -> dict[str, str]:
    given = {"inherent": risk.inherent, "current": risk.current, "residual": risk.residual}
    return {name: str(value) for name, value in given.items() if value is not None}


def _needed(text: str, what: str) -> str:
    if not text.strip():
        raise InputError("the {what} is empty", what=what)
    return text.strip()


def _require_inherent_above(risk: Risk, scale: Scale) -> None:
    """Refuse a risk that would be larger as it is than with nothing done about it."""
    inherent = scale.magnitude(risk.inherent.likelihood, risk.inherent.impact)
    current = scale.magnitude(risk.likelihood, risk.impact)
    if inherent < current:
        raise InputError(
            "the inherent risk ({inherent}, {before}) is below the current one ({current}, {now}):"
            " it is the risk as if nothing had been done",
            hint="give the inherent risk too, as large at least: --inherent {now}",
            inherent=inherent,
            before=risk.inherent,
            current=current,
            now=risk.current,
        )


def person_risk(
    *, scores: NewScores, scale: Scale, act: Act, texts: Mapping[str, str], **given: Any
) -> Risk:
    """A risk as a person describes it; ``texts`` are title, threat, vulnerability, consequence.

    A person writes in one language: it stands for both.
    """
    if scores.current is None:
        raise InputError("a risk needs a score", hint="give it with: --current 3x4")
    both = {name: {"id": text.strip(), "en": text.strip()} for name, text in texts.items()}
    _needed(texts["title"], "title")
    return Risk(
        id="",
        key="",
        origin=Origin.PERSON,
        state=RiskState.PROPOSED,
        version=1,
        theme="",
        zone="",
        reasoning={},
        facts={},
        scale=scale.digest,
        inherent=scores.inherent or scores.current,
        inherent_own=scores.inherent is not None,
        computed=None,
        own=OwnScore(scores.current, act.by, act.at, act.reason),
        residual=scores.residual,
        proposed_at=act.at,
        updated_at=act.at,
        updated_by=act.actor,
        proposed_by=act.actor,
        title=both["title"],
        threat=both["threat"],
        vulnerability=both["vulnerability"],
        consequence=both["consequence"],
        **given,
    )
