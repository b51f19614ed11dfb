"""The treatment of risks: mitigate, accept, avoid, transfer (ISO/IEC 27005 8.2)."""

from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection

from secaudit.core.errors import InputError, NotFoundError, RefusedError
from secaudit.core.persons import same_account, same_person
from secaudit.risk import register
from secaudit.risk.decisions import Act, opened, reopened, require_owner
from secaudit.risk.model import Risk, Score, Treatment, TreatmentKind, TreatmentState
from secaudit.risk.words import treatment_state_word
from secaudit.text.language import N_

_SECOND_PERSON = N_("a second person has to decide on it: name someone else")


@dataclass(frozen=True)
class Intent:
    """What a person wants to do about a risk; the last fields are those of an acceptance."""

    kind: TreatmentKind
    action: str = ""
    owner: str = ""
    due: date | None = None
    cost: int | None = None
    plans: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    residual: Score | None = None
    """What is expected to be left: an estimate until the findings are verified."""
    approver: str = ""
    requested_by: str = ""
    proof: str | None = None
    expires_on: date | None = None


def treat(connection: Connection, risk_id: str, intent: Intent, act: Act, today: date) -> Risk:
    """Add a treatment; what was approved waits for approval again, as the decision changed.

    An acceptance needs approver, reason, proof and a last day, and its approver is neither the one
    who asked for it, nor the account that enters it, nor the one that proposed the risk.
    """
    risk = opened(connection, risk_id, act.version)
    if intent.residual is not None:
        scale = register.scales_kept(connection)[risk.scale]
        scale.magnitude(intent.residual.likelihood, intent.residual.impact)
    if intent.kind is TreatmentKind.ACCEPT:
        _require_acceptance(risk, intent, act, today)
    else:
        _require_work(risk, intent, today)
    identity = f"{risk.id}-T{len(risk.treatments) + 1}"
    made = Treatment(
        id=identity,
        kind=intent.kind,
        action=intent.action.strip(),
        owner=intent.owner.strip() or risk.owner,
        due=intent.due,
        cost=intent.cost,
        plans=intent.plans,
        findings=intent.findings,
        controls=intent.controls,
        at=act.at,
        by=act.actor,
        approver=intent.approver.strip(),
        requested_by=intent.requested_by.strip(),
        reason=act.reason.strip(),
        proof=intent.proof,
        expires_on=intent.expires_on,
    )
    changed = replace(
        risk,
        treatments=(*risk.treatments, made),
        residual=intent.residual or risk.residual,
    )
    details = {
        "treatment": identity,
        "kind": made.kind,
        "action": made.action,
        "owner": made.owner,
        "due": made.due,
        "cost": made.cost,
        "residual": None if intent.residual is None else str(intent.residual),
        "approver": made.approver,
        "expires_on": made.expires_on,
    }
    return register.save(
        connection,
        reopened(changed),
        "treated",
        act.at,
        act.actor,
        reason=act.reason,
        details=details,
    )


def end(
    connection: Connection, risk_id: str, treatment_id: str, state: TreatmentState, act: Act
) -> Risk:
    """Mark a treatment as done, or cancel it. Neither lowers a score: findings or a person do."""
    risk = opened(connection, risk_id, act.version)
    wanted = treatment_id.upper()
    item = next(
        (item for item in risk.treatments if item.id in (wanted, f"{risk.id}-{wanted}")), None
    )
    if item is None:
        raise NotFoundError(
            "{risk} has no treatment {treatment}",
            hint="there are: {known}" if risk.treatments else "add one with: secaudit risk treat",
            risk=risk.id,
            treatment=treatment_id,
            known=", ".join(item.id for item in risk.treatments),
        )
    if item.state is not TreatmentState.PLANNED:
        raise RefusedError(
            "{treatment} is {state} already",
            treatment=item.id,
            state=treatment_state_word(item.state),
        )
    if not act.reason.strip():
        raise InputError("the {what} is empty", what="reason")
    ended = replace(item, state=state, ended_reason=act.reason.strip())
    changed = replace(
        risk,
        treatments=tuple(ended if other.id == item.id else other for other in risk.treatments),
    )
    if state is TreatmentState.CANCELLED:
        changed = reopened(changed)
    details = {"treatment": item.id, "kind": item.kind, "by": act.by}
    kind = "treatment_done" if state is TreatmentState.DONE else "treatment_cancelled"
    return register.save(
        connection, changed, kind, act.at, act.actor, reason=act.reason, details=details
    )


def _require_work(risk: Risk, intent: Intent, today: date) -> None:
    if not intent.action.strip():
        raise InputError("the {what} is empty", what="action")
    if not (intent.owner.strip() or risk.owner):
        raise InputError(
            "nobody would carry out the treatment of {risk}",
            hint="name an owner with --owner",
            risk=risk.id,
        )
    if intent.due is None:
        raise InputError("a treatment needs a last day", hint="give it with: --due 2026-11-30")
    if intent.due < today:
        raise InputError("{day} has passed already: plan for a later day", day=intent.due)


def require_given(risk_id: str, intent: Intent, reason: str) -> None:
    """Raise InputError that names what an acceptance lacks."""
    for value, option in (
        (intent.approver.strip(), "--approver"),
        (reason.strip(), "--reason"),
        (intent.proof, "--proof"),
        (intent.expires_on, "--until"),
    ):
        if not value:
            raise InputError(
                "to accept {risk} needs an approver, a reason, the signed document and a last day",
                hint="{option} is missing",
                risk=risk_id,
                option=option,
            )


def _require_acceptance(risk: Risk, intent: Intent, act: Act, today: date) -> None:
    require_given(risk.id, intent, act.reason)
    require_owner(risk)
    if intent.expires_on is not None and intent.expires_on < today:
        raise InputError(
            "the acceptance would have expired on {day} already", day=intent.expires_on
        )
    own_wish = not intent.requested_by or same_account(intent.requested_by, act.actor)
    if own_wish and same_account(intent.approver, act.actor):
        raise RefusedError(
            "{name} enters the acceptance and cannot approve it too",
            hint=_SECOND_PERSON,
            name=intent.approver,
        )
    if same_person(intent.approver, intent.requested_by):
        raise RefusedError(
            "{name} asked for the acceptance and cannot approve it too",
            hint=_SECOND_PERSON,
            name=intent.approver,
        )
    proposer = risk.own.by if risk.own else ""
    if same_account(intent.approver, risk.proposed_by) or same_person(intent.approver, proposer):
        raise RefusedError(
            "{name} proposed {risk}, or scored it, and cannot approve its acceptance too",
            hint=_SECOND_PERSON,
            name=intent.approver,
            risk=risk.id,
        )
