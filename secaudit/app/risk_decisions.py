"""What people decide about risks as a use case: checked, signed where it must be, on the trail."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from controls.library import load_library
from controls.lookup import find
from secaudit.app.approvals import Approval, approve, require_asker, require_other
from secaudit.app.finding_acting import owners_of
from secaudit.app.risk_look import findings_now, method_of, moved, note_weighing
from secaudit.app.scopes import keep_file
from secaudit.app.sla import today
from secaudit.app.workspace import Change, Workspace
from secaudit.core.canonical import to_json
from secaudit.core.errors import InputError, NotFoundError, RefusedError
from secaudit.ledger import findings
from secaudit.registry import assets
from secaudit.risk import decisions, register, treatment
from secaudit.risk.changes import require_nobody_between
from secaudit.risk.content import load_categories, load_themes
from secaudit.risk.decisions import Act, NewScores
from secaudit.risk.model import Risk, TreatmentKind, TreatmentState
from secaudit.risk.moving import reweigh
from secaudit.risk.treatment import Intent
from secaudit.store.tables.ledger import remediation_plan


@dataclass(frozen=True)
class Who:
    """Who decides: the person named (else the account), why, and the version that was read."""

    by: str | None = None
    reason: str = ""
    version: int | None = None


@dataclass(frozen=True)
class RiskText:
    """A risk as a person describes it; None leaves a field as it is."""

    title: str | None = None
    threat: str | None = None
    vulnerability: str | None = None
    consequence: str | None = None
    category: str | None = None
    owner: str | None = None
    concerns: tuple[str, ...] = ()
    consequences: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()
    """Ids or names of assets."""
    review_on: date | None = None


_TEXTS = ("title", "threat", "vulnerability", "consequence")


def add_risk(
    workspace: Workspace,
    text: RiskText,
    scores: NewScores,
    who: Who,
    finding_ids: Sequence[str] = (),
) -> str:
    """Put a person's risk into the register; return its id."""
    with workspace.change() as change:
        made = add_in(workspace, change, text, scores, who, finding_ids)
        note_weighing(workspace, change)
        return made


def add_in(
    workspace: Workspace,
    change: Change,
    text: RiskText,
    scores: NewScores,
    who: Who,
    finding_ids: Sequence[str] = (),
) -> str:
    """Put a person's risk into the register, inside a change that may do more."""
    method = method_of(workspace)
    category = _category(text.category or "keamanan")
    act = _act(change, who)
    named = _assets(change.connection, text.assets)
    made = decisions.person_risk(
        scores=scores,
        scale=method.scale,
        act=act,
        texts={name: getattr(text, name) or "" for name in _TEXTS},
        category=category,
        owner=(text.owner or "").strip(),
        concerns=text.concerns,
        consequences=text.consequences,
        assets=named,
        named_assets=named,
        review_on=_day_to_come(workspace, change, text.review_on),
    )
    risk = decisions.add(change.connection, made, method.scale, act)
    if finding_ids:
        risk = _join(workspace, change, risk, finding_ids)
    details = {"title": text.title, "score": str(risk.current), "findings": finding_ids}
    change.record("risk.added", risk.id, details, reason=act.reason)
    return risk.id


def set_risk(workspace: Workspace, risk_id: str, text: RiskText, who: Who) -> tuple[str, ...]:
    """Change what a risk says of itself; return the names of the fields that changed.

    Raises RefusedError where it could undo what somebody else changed and this account has not
    read: ``who.version`` says what was read.
    """
    seen = _seen(workspace, [risk_id])
    with workspace.change() as change:
        _require_read(change, seen, who)
        moved(workspace, change)
        fields = set_in(workspace, change, risk_id, text, who)
        note_weighing(workspace, change)
        return fields


def set_in(
    workspace: Workspace, change: Change, risk_id: str, text: RiskText, who: Who
) -> tuple[str, ...]:
    """Change what a risk says of itself, inside a change that may do more."""
    changes: dict[str, Any] = {
        name: {"id": value.strip(), "en": value.strip()}
        for name in _TEXTS
        if (value := getattr(text, name)) is not None
    }
    if text.title is not None and not text.title.strip():
        raise InputError("the {what} is empty", what="title")
    if text.owner is not None:
        changes["owner"] = text.owner.strip()
    if text.category is not None:
        changes["category"] = _category(text.category)
    for name in ("concerns", "consequences"):
        if getattr(text, name):
            changes[name] = getattr(text, name)
    if text.assets:
        changes["named_assets"] = _assets(change.connection, text.assets)
    if text.review_on is not None:
        changes["review_on"] = _day_to_come(workspace, change, text.review_on)
    if not changes:
        raise InputError("there is nothing to set", hint="see: secaudit risk set --help")
    act = _act(change, who)
    _, fields = decisions.edit(change.connection, risk_id, changes, act)
    details = {name: to_json(changes[name]) for name in fields}
    change.record("risk.edited", risk_id, details, reason=act.reason)
    return fields


def score_risks(
    workspace: Workspace, ids: Sequence[str], scores: NewScores, who: Who
) -> list[Risk]:
    """Score risks on the workspace's scale of now; all of them, or none. Refused as `set_risk`."""
    if scores == NewScores():
        raise InputError(
            "there is no score",
            hint="give one with --current 3x4, --inherent, --residual or --computed",
        )
    seen = _seen(workspace, ids)
    with workspace.change() as change:
        _require_read(change, seen, who)
        moved(workspace, change)
        done = [score_in(workspace, change, risk_id, scores, who) for risk_id in dict.fromkeys(ids)]
        note_weighing(workspace, change)
        return done


def score_in(
    workspace: Workspace, change: Change, risk_id: str, scores: NewScores, who: Who
) -> Risk:
    """Score a risk on the workspace's scale of now, inside a change that may do more."""
    method, act = method_of(workspace), _act(change, who)
    risk = decisions.score(change.connection, risk_id, scores, method.scale, act)
    if scores.computed:
        risk = _reweighed(workspace, change, risk)
    details = {"score": str(risk.current), "by": act.by, "scale": method.scale.id}
    change.record("risk.scored", risk_id, details, reason=act.reason)
    return risk


def treat_risk(
    workspace: Workspace, risk_id: str, intent: Intent, who: Who, proof: Path | None = None
) -> Risk:
    """Add a treatment to a risk, with what it is linked to; the proof is kept as evidence."""
    intent = replace(intent, controls=_controls(workspace, intent.controls))
    now = today(workspace, datetime.now(UTC))
    accepts = intent.kind is TreatmentKind.ACCEPT
    if accepts:
        _require_short(workspace, intent.expires_on, now)
        treatment.require_given(risk_id, replace(intent, proof=str(proof or "")), who.reason)
    with workspace.view() as connection:
        for identity in intent.findings:
            findings.get(connection, identity)
        for plan in intent.plans:
            _require_plan(connection, plan)
    approval = None
    if accepts:
        approval = approve(
            workspace, "risk.accepted", by=intent.approver, document=proof, option="--proof FILE"
        )
        intent = replace(intent, proof=approval.document)
    elif proof is not None:
        intent = replace(intent, proof=keep_file(workspace, proof))
    seen = _seen(workspace, [risk_id]) if intent.residual is not None else {}
    with workspace.change() as change:
        _require_read(change, seen, who)
        moved(workspace, change)
        risk = treat_in(workspace, change, risk_id, intent, who, approval)
        note_weighing(workspace, change)
        return risk


def treat_in(
    workspace: Workspace,
    change: Change,
    risk_id: str,
    intent: Intent,
    who: Who,
    approval: Approval | None = None,
) -> Risk:
    """Add a treatment to a risk, inside a change that may do more; its proof is kept already.

    Raises RefusedError for an acceptance without approval.
    """
    act, day = _act(change, who), today(workspace, change.at)
    wanted = replace(intent, requested_by=intent.requested_by or change.actor.account)
    if approval is not None:
        known = register.get(change.connection, risk_id)
        owners = [known.owner, *owners_of(change, known.findings)]
        asker = require_asker(change.authority, approval, intent.requested_by, owners)
        _require_other(change, approval, risk_id, asked=(asker,))
        wanted = replace(intent, approver=approval.name, requested_by=asker)
    risk = treatment.treat(change.connection, risk_id, wanted, act, day)
    details = {"treatment": to_json(risk.treatments[-1]), "residual": str(risk.residual or "")}
    action = "risk.accepted" if intent.kind is TreatmentKind.ACCEPT else "risk.treated"
    change.record(action, risk_id, details, reason=act.reason, approval=approval)
    return risk


def end_treatment(
    workspace: Workspace, risk_id: str, treatment_id: str, state: TreatmentState, who: Who
) -> Risk:
    """Mark a treatment as done, or cancel it."""

    def act_on(change: Change, act: Act) -> Risk:
        return treatment.end(change.connection, risk_id, treatment_id, state, act)

    action = "risk.treatment_done" if state is TreatmentState.DONE else "risk.treatment_cancelled"
    return _decide(
        workspace, action, risk_id, who, act_on, lambda _: {"treatment": treatment_id.upper()}
    )


def review_risk(
    workspace: Workspace,
    risk_id: str,
    next_on: date | None,
    who: Who,
    document: Path | None = None,
) -> Risk:
    """Note that a risk was looked at; without a day, the next review is after the usual time."""
    approval = approve(workspace, "risk.reviewed", by=who.by, document=document)
    who = replace(who, by=approval.name)

    def act_on(change: Change, act: Act) -> Risk:
        day = _day_to_come(workspace, change, next_on) or _usual_review(workspace, change)
        return decisions.review(change.connection, risk_id, day, act)

    return _decide(
        workspace,
        "risk.reviewed",
        risk_id,
        who,
        act_on,
        lambda risk: {"by": risk.reviewed_by, "next": risk.review_on},
        approval,
    )


def approve_risk(
    workspace: Workspace,
    risk_id: str,
    approver: str,
    reason: str,
    *,
    version: int | None = None,
    document: Path | None = None,
    next_on: date | None = None,
) -> Risk:
    """Approve a proposed risk by a registered person; the signed document is kept as evidence.

    Raises RefusedError where the approver owns the risk, or proposed, edited or scored it.
    """
    approval = approve(workspace, "risk.approved", by=approver, document=document)
    kept = approval.document

    def act_on(change: Change, act: Act) -> Risk:
        _require_other(change, approval, risk_id)
        day = _day_to_come(workspace, change, next_on) or _usual_review(workspace, change)
        return decisions.approve(change.connection, risk_id, act, review_on=day, document=kept)

    def details(risk: Risk) -> Mapping[str, Any]:
        return {
            "approver": approval.name,
            "version": risk.version,
            "likelihood": risk.likelihood,
            "impact": risk.impact,
            "findings": len(risk.findings),
            "document": kept,
        }

    who = Who(approval.name, reason, version)
    return _decide(workspace, "risk.approved", risk_id, who, act_on, details, approval)


def reject_risk(workspace: Workspace, risk_id: str, who: Who, document: Path | None = None) -> Risk:
    """Send a proposed risk back with the reason."""
    approval = approve(workspace, "risk.rejected", by=who.by, document=document)
    return _decide(
        workspace,
        "risk.rejected",
        risk_id,
        replace(who, by=approval.name),
        lambda change, act: decisions.reject(change.connection, risk_id, act),
        lambda risk: {"by": risk.rejection.by if risk.rejection else ""},
        approval,
    )


def retire_risk(workspace: Workspace, risk_id: str, who: Who) -> Risk:
    """Take a risk out of the register with the reason."""
    return _decide(
        workspace,
        "risk.retired",
        risk_id,
        who,
        lambda change, act: decisions.retire(change.connection, risk_id, act),
        lambda risk: {"score": str(risk.current)},
    )


def _decide(
    workspace: Workspace,
    action: str,
    risk_id: str,
    who: Who,
    act_on: Callable[[Change, Act], Risk],
    details: Callable[[Risk], Mapping[str, Any]],
    approval: Approval | None = None,
) -> Risk:
    """One decision about one risk that has followed its findings first."""
    with workspace.change() as change:
        moved(workspace, change)
        act = _act(change, who)
        risk = act_on(change, act)
        change.record(action, risk_id, to_json(details(risk)), reason=act.reason, approval=approval)
        note_weighing(workspace, change)
        return risk


def _require_other(
    change: Change, approval: Approval, risk_id: str, asked: tuple[str, ...] = ()
) -> None:
    """Refuse an approver who asked for it, owns the risk, or entered or scored what it says.

    To have accepted it before is no obstacle: that was their decision too.
    """
    risk = register.get(change.connection, risk_id)
    events = register.history(change.connection, risk.id)
    require_other(
        change.authority,
        approval,
        what=risk.id,
        asked=asked,
        owned=(risk.owner,),
        entered=(risk.proposed_by, *(event["actor"] for event in events if _enters(event))),
        scored=(
            risk.own.by if risk.own else "",
            *(event["actor"] for event in events if event["kind"] == "scored"),
        ),
    )


def _seen(workspace: Workspace, ids: Sequence[str]) -> dict[str, int]:
    """The versions that are there before the write lock is waited for."""
    with workspace.view() as connection:
        return {risk_id: register.get(connection, risk_id).version for risk_id in ids}


def _require_read(change: Change, seen: Mapping[str, int], who: Who) -> None:
    if who.version is None:
        for risk_id, version in seen.items():
            require_nobody_between(change.connection, risk_id, str(change.actor), version)


def _enters(event: Mapping[str, Any]) -> bool:
    if event["kind"] == "treated":
        return bool(event["details"].get("kind") != TreatmentKind.ACCEPT)
    return event["kind"] in {"added", "edited"}


def _act(change: Change, who: Who) -> Act:
    by = change.actor.account if who.by is None else who.by
    return Act(change.at, str(change.actor), by.strip(), who.reason.strip(), who.version)


def _join(workspace: Workspace, change: Change, risk: Risk, ids: Sequence[str]) -> Risk:
    states = {
        identity: findings.get(change.connection, identity).state.value
        for identity in dict.fromkeys(ids)
    }
    register.join(change.connection, risk.id, states, change.at)
    return _reweighed(workspace, change, register.get(change.connection, risk.id))


def _reweighed(workspace: Workspace, change: Change, risk: Risk) -> Risk:
    """The risk weighed by its findings on the scale that it is on now."""
    then = register.member_states(change.connection).get(risk.id, {})
    scale = register.scales_kept(change.connection)[risk.scale]
    now = findings_now(workspace, change.connection, change.at)
    return reweigh(change.connection, risk, scale, then, now, load_themes(), change.at)[0]


def _category(name: str) -> str:
    known = load_categories().categories
    if name not in known:
        raise NotFoundError(
            "there is no risk category {name!r}",
            hint="there are: {known}",
            name=name,
            known=", ".join(known),
        )
    return name


def _assets(connection: Connection, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(assets.get(connection, name).id for name in names))


def _day_to_come(workspace: Workspace, change: Change, day: date | None) -> date | None:
    if day is not None and day < today(workspace, change.at):
        raise InputError("{day} has passed already: plan for a later day", day=day)
    return day


def _usual_review(workspace: Workspace, change: Change) -> date:
    return today(workspace, change.at) + timedelta(days=workspace.settings.risk.review_days)


def _controls(workspace: Workspace, names: Sequence[str]) -> tuple[str, ...]:
    if not names:
        return ()
    library = load_library(workspace.folder / workspace.settings.content)
    return tuple(dict.fromkeys(find(library, name).id for name in names))


def _require_short(workspace: Workspace, until: date | None, now: date) -> None:
    most = workspace.settings.acceptance_days_at_most
    latest = now + timedelta(days=most)
    if until is not None and until > latest:
        raise InputError(
            "the acceptance lasts too long: {until} is after {latest}, the latest day permitted",
            hint="secaudit.yaml permits acceptance_days_at_most: {days}; accept it again later",
            until=until,
            latest=latest,
            days=most,
        )


def _require_plan(connection: Connection, plan: str) -> None:
    query = select(remediation_plan.c.cancelled_because, remediation_plan.c.cancelled_at)
    known = connection.execute(query.where(remediation_plan.c.id == plan)).first()
    if known is None:
        raise NotFoundError("there is no repair plan {plan}", plan=plan)
    if known.cancelled_at is not None:
        raise RefusedError(
            "{plan} was cancelled: {why}",
            hint="name a plan that is carried out; see: secaudit plan list",
            plan=plan,
            why=known.cancelled_because or "-",
        )
