"""The risk register: suggestions come in, a named person decides, and decided ones stay decided."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import Connection, Row, delete, insert, select, update

from secaudit.core.canonical import to_json
from secaudit.core.errors import InputError, NotFoundError, RefusedError
from secaudit.risk import matrix
from secaudit.risk.propose import SuggestedRisk, id_order
from secaudit.store.numbering import human_id, next_number
from secaudit.store.tables.risk import risk as table
from secaudit.store.tables.risk import risk_event, risk_finding


class RiskState(StrEnum):
    """How a risk stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    LAPSED = "lapsed"
    """It was proposed, nobody decided, and no open finding suggests it any more."""


@dataclass(frozen=True)
class Risk:
    """One entry of the register. Title and reasoning are in both languages, ``id`` and ``en``."""

    schema_version: ClassVar[int] = 1

    id: str
    key: str
    theme: str
    owner: str
    zone: str
    state: RiskState
    title: Mapping[str, str]
    reasoning: Mapping[str, str]
    likelihood: int
    impact: int
    facts: Mapping[str, Any]
    proposed_at: datetime
    updated_at: datetime
    approver: str | None
    approved_at: datetime | None
    approval_reason: str | None
    findings: tuple[str, ...]

    @property
    def score(self) -> int:
        """Likelihood times impact."""
        return matrix.score(self.likelihood, self.impact)

    @property
    def level(self) -> int:
        """From 1 (very low) to 5 (very high)."""
        return matrix.level(self.likelihood, self.impact)


@dataclass(frozen=True)
class Drift:
    """An approved risk whose findings would now be weighed differently: time for a review."""

    id: str
    score_then: int
    score_now: int
    findings_then: int
    findings_now: int


@dataclass(frozen=True)
class Intake:
    """What the register made of a set of suggestions, as ids of risks."""

    new: tuple[str, ...]
    updated: tuple[str, ...]
    unchanged: tuple[str, ...]
    lapsed: tuple[str, ...]
    drifted: tuple[Drift, ...]


def take(
    connection: Connection, suggestions: Iterable[SuggestedRisk], at: datetime, actor: str
) -> Intake:
    """Bring the proposed risks in line with the suggestions; leave the approved ones as they are.

    Taking the same suggestions again changes nothing.
    """
    known = {risk.key: risk for risk in list_all(connection)}
    new: list[str] = []
    updated: list[str] = []
    unchanged: list[str] = []
    drifted: list[Drift] = []
    seen: set[str] = set()
    for suggestion in suggestions:
        seen.add(suggestion.key)
        standing = known.get(suggestion.key)
        if standing is None:
            new.append(_add(connection, suggestion, at, actor))
        elif standing.state is RiskState.APPROVED:
            if _weighs_otherwise(standing, suggestion):
                drifted.append(_drift(standing, suggestion.score, len(suggestion.findings)))
        elif standing.state is RiskState.PROPOSED and _says_the_same(standing, suggestion):
            unchanged.append(standing.id)
        else:
            _refresh(connection, standing.id, suggestion, at, actor)
            updated.append(standing.id)
    lapsed = []
    for standing in known.values():
        if standing.key in seen:
            continue
        if standing.state is RiskState.PROPOSED:
            _set_state(connection, standing.id, RiskState.LAPSED, at)
            _event(connection, standing.id, "lapsed", at, actor)
            lapsed.append(standing.id)
        elif standing.state is RiskState.APPROVED:
            drifted.append(_drift(standing, 0, 0))
    return Intake(tuple(new), tuple(updated), tuple(unchanged), tuple(lapsed), tuple(drifted))


def approve(
    connection: Connection,
    risk_id: str,
    *,
    approver: str,
    reason: str,
    at: datetime,
    actor: str,
) -> None:
    """Take a proposed risk into the register by a named person's decision."""
    if not approver.strip() or not reason.strip():
        raise InputError("an approval needs a name and a reason")
    standing = get(connection, risk_id)
    if standing.state is RiskState.APPROVED:
        raise RefusedError(
            "{risk} was approved already by {name}", risk=risk_id, name=standing.approver
        )
    if standing.state is RiskState.LAPSED:
        raise RefusedError(
            "{risk} has lapsed: no open finding suggests it any more",
            hint="weigh the findings anew with: secaudit risk propose",
            risk=risk_id,
        )
    connection.execute(
        update(table)
        .where(table.c.id == risk_id)
        .values(
            state=RiskState.APPROVED.value,
            approver=approver.strip(),
            approved_at=at,
            approval_reason=reason.strip(),
            updated_at=at,
        )
    )
    details = {
        "approver": approver.strip(),
        "likelihood": standing.likelihood,
        "impact": standing.impact,
    }
    _event(connection, risk_id, "approved", at, actor, reason=reason, details=details)


def get(connection: Connection, risk_id: str) -> Risk:
    """Return one risk. Raises NotFoundError."""
    row = connection.execute(select(table).where(table.c.id == risk_id)).first()
    if row is None:
        raise NotFoundError(
            "there is no risk {risk}", hint="see them with: secaudit risk list", risk=risk_id
        )
    return _risk(row, _findings(connection).get(risk_id, ()))


def list_all(connection: Connection, states: Sequence[RiskState] = ()) -> list[Risk]:
    """Return the risks, the highest score first; all, or those in these states."""
    query = select(table).order_by(
        (table.c.likelihood * table.c.impact).desc(), table.c.impact.desc(), table.c.number
    )
    if states:
        query = query.where(table.c.state.in_([state.value for state in states]))
    findings = _findings(connection)
    return [_risk(row, findings.get(row.id, ())) for row in connection.execute(query)]


def history(connection: Connection, risk_id: str) -> list[Mapping[str, Any]]:
    """Return what happened to a risk, oldest first: at, kind, actor, reason and details."""
    query = (
        select(
            risk_event.c.at,
            risk_event.c.kind,
            risk_event.c.actor,
            risk_event.c.reason,
            risk_event.c.details,
        )
        .where(risk_event.c.risk_id == risk_id)
        .order_by(risk_event.c.number)
    )
    return [dict(row._mapping) for row in connection.execute(query)]


def _add(connection: Connection, suggestion: SuggestedRisk, at: datetime, actor: str) -> str:
    number = next_number(connection, table)
    identity = human_id("R", number)
    connection.execute(
        insert(table).values(
            id=identity,
            number=number,
            key=suggestion.key,
            state=RiskState.PROPOSED.value,
            proposed_at=at,
            updated_at=at,
            **_content(suggestion),
        )
    )
    _link(connection, identity, suggestion.findings)
    _event(connection, identity, "proposed", at, actor, details=_weight(suggestion))
    return identity


def _refresh(
    connection: Connection, identity: str, suggestion: SuggestedRisk, at: datetime, actor: str
) -> None:
    connection.execute(
        update(table)
        .where(table.c.id == identity)
        .values(state=RiskState.PROPOSED.value, updated_at=at, **_content(suggestion))
    )
    _link(connection, identity, suggestion.findings)
    _event(connection, identity, "proposed_again", at, actor, details=_weight(suggestion))


def _set_state(connection: Connection, identity: str, state: RiskState, at: datetime) -> None:
    connection.execute(
        update(table).where(table.c.id == identity).values(state=state.value, updated_at=at)
    )


def _content(suggestion: SuggestedRisk) -> dict[str, Any]:
    return {
        "theme": suggestion.theme,
        "owner": suggestion.owner,
        "zone": ", ".join(suggestion.zones),
        "title": dict(suggestion.title),
        "reasoning": dict(suggestion.reasoning),
        "likelihood": suggestion.likelihood,
        "impact": suggestion.impact,
        "facts": to_json(suggestion.facts),
    }


def _weight(suggestion: SuggestedRisk) -> dict[str, Any]:
    return {
        "likelihood": suggestion.likelihood,
        "impact": suggestion.impact,
        "findings": len(suggestion.findings),
    }


def _says_the_same(standing: Risk, suggestion: SuggestedRisk) -> bool:
    content = _content(suggestion)
    return standing.findings == suggestion.findings and all(
        getattr(standing, name) == value for name, value in content.items()
    )


def _weighs_otherwise(standing: Risk, suggestion: SuggestedRisk) -> bool:
    return (standing.likelihood, standing.impact, standing.findings) != (
        suggestion.likelihood,
        suggestion.impact,
        suggestion.findings,
    )


def _drift(standing: Risk, score_now: int, findings_now: int) -> Drift:
    return Drift(standing.id, standing.score, score_now, len(standing.findings), findings_now)


def _link(connection: Connection, identity: str, findings: Sequence[str]) -> None:
    connection.execute(delete(risk_finding).where(risk_finding.c.risk_id == identity))
    connection.execute(
        insert(risk_finding),
        [{"risk_id": identity, "finding_id": finding} for finding in findings],
    )


def _findings(connection: Connection) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for row in connection.execute(select(risk_finding)):
        found.setdefault(row.risk_id, []).append(row.finding_id)
    return {risk: tuple(sorted(ids, key=id_order)) for risk, ids in found.items()}


def _event(
    connection: Connection,
    risk_id: str,
    kind: str,
    at: datetime,
    actor: str,
    *,
    reason: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    connection.execute(
        insert(risk_event).values(
            risk_id=risk_id,
            at=at,
            kind=kind,
            actor=actor,
            reason=reason,
            details=to_json(details or {}),
        )
    )


def _risk(row: Row[Any], findings: tuple[str, ...]) -> Risk:
    fields = dict(row._mapping)
    del fields["number"]
    return Risk(**{**fields, "state": RiskState(row.state)}, findings=findings)
