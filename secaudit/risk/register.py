"""The risk register: what stands in it, what stood in it on a past day, and who changed what."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from secaudit.core.canonical import to_json
from secaudit.core.errors import NotFoundError
from secaudit.risk.model import Risk, RiskState, content_of, risk_from
from secaudit.risk.propose import id_order
from secaudit.risk.scale import Scale, scale_from
from secaudit.store.numbering import human_id, next_number
from secaudit.store.tables.risk import risk as table
from secaudit.store.tables.risk import risk_event, risk_member, risk_scale

PROGRAM = "secaudit"
"""The actor of what the program does by itself."""
_took_effect = func.coalesce(risk_event.c.effective_at, risk_event.c.at)
"""The register of a past moment goes by when an event took effect, not by when it was recorded."""


def get(connection: Connection, risk_id: str, at: datetime | None = None) -> Risk:
    """Return one risk, as it is or as it was at ``at``. Raises NotFoundError."""
    if at is None:
        query = select(table.c.content).where(table.c.id == risk_id)
    else:
        query = (
            select(risk_event.c.content)
            .where(risk_event.c.risk_id == risk_id, _took_effect <= at)
            .order_by(risk_event.c.number.desc())
            .limit(1)
        )
    content = connection.execute(query).scalar()
    if content is None:
        raise NotFoundError(
            "there is no risk {risk}" if at is None else "there was no risk {risk} yet",
            hint="see them with: secaudit risk list --all",
            risk=risk_id,
        )
    return risk_from(content, _members(connection, at, risk_id).get(risk_id, ()))


def list_all(
    connection: Connection, states: Sequence[RiskState] = (), at: datetime | None = None
) -> list[Risk]:
    """Return the risks, the largest first; all or those in these states, now or as of ``at``."""
    if at is None:
        contents = connection.execute(select(table.c.content).order_by(table.c.number)).scalars()
    else:
        last = (
            select(func.max(risk_event.c.number))
            .where(_took_effect <= at)
            .group_by(risk_event.c.risk_id)
        )
        contents = connection.execute(
            select(risk_event.c.content).where(risk_event.c.number.in_(last))
        ).scalars()
    members = _members(connection, at)
    risks = [risk_from(content, members.get(content["id"], ())) for content in contents]
    scales = scales_kept(connection)
    chosen = [risk for risk in risks if not states or risk.state in states]
    return sorted(
        chosen,
        key=lambda risk: (-_size(risk, scales), -risk.impact, id_order(risk.id)),
    )


def _size(risk: Risk, scales: Mapping[str, Scale]) -> float:
    """The share of the largest magnitude of the risk's scale, so that scales can be mixed."""
    scale = scales[risk.scale]
    return scale.magnitude(risk.likelihood, risk.impact) / max(map(max, scale.cells))


def add(connection: Connection, risk: Risk, at: datetime, actor: str, *, reason: str = "") -> Risk:
    """Put a new risk in; its id, and a key where it has none, are given here."""
    number = next_number(connection, table)
    identity = human_id("R", number)
    made = replace(risk, id=identity, key=risk.key or f"person/{identity}", version=1)
    connection.execute(
        insert(table).values(
            id=identity,
            number=number,
            key=made.key,
            state=made.state.value,
            version=1,
            content=content_of(made),
        )
    )
    _event(connection, made, "proposed", at, actor, reason, {"score": made.current})
    return made


def save(
    connection: Connection,
    risk: Risk,
    kind: str,
    at: datetime,
    actor: str,
    *,
    reason: str = "",
    details: Mapping[str, Any] | None = None,
    effective_at: datetime | None = None,
) -> Risk:
    """Write a changed risk as its next version, and what happened. ``details`` say what changed.

    ``effective_at`` is when it took effect, where that was before ``at``, when it is recorded.
    """
    made = replace(risk, version=risk.version + 1, updated_at=effective_at or at, updated_by=actor)
    _write(connection, made)
    _event(connection, made, kind, at, actor, reason, details or {}, effective_at)
    return made


def refresh(connection: Connection, risk: Risk) -> None:
    """Write the numbers behind a score that itself stays: no version of its own."""
    _write(connection, risk)


def join(
    connection: Connection, risk_id: str, states: Mapping[str, str], at: datetime
) -> tuple[str, ...]:
    """Add findings, given with their states, to a risk; return those that were not in it yet."""
    there = set(_members(connection, None, risk_id).get(risk_id, ()))
    new = tuple(identity for identity in sorted(states, key=id_order) if identity not in there)
    if new:
        connection.execute(
            insert(risk_member),
            [
                {
                    "risk_id": risk_id,
                    "finding_id": identity,
                    "joined_at": at,
                    "state": states[identity],
                }
                for identity in new
            ],
        )
    return new


def member_states(connection: Connection) -> dict[str, dict[str, str]]:
    """The findings of each risk with the state that each was in when the risk was last weighed."""
    found: dict[str, dict[str, str]] = {}
    query = select(risk_member.c.risk_id, risk_member.c.finding_id, risk_member.c.state).where(
        risk_member.c.left_at.is_(None)
    )
    for risk_id, finding_id, state in connection.execute(query):
        found.setdefault(risk_id, {})[finding_id] = state
    return found


def note_states(connection: Connection, risk_id: str, states: Mapping[str, str]) -> None:
    """Remember the states of findings, as a risk was weighed by them."""
    by_state: dict[str, list[str]] = {}
    for identity, state in states.items():
        by_state.setdefault(state, []).append(identity)
    for state, ids in by_state.items():
        for start in range(0, len(ids), 500):
            connection.execute(
                update(risk_member)
                .where(
                    risk_member.c.risk_id == risk_id,
                    risk_member.c.left_at.is_(None),
                    risk_member.c.finding_id.in_(ids[start : start + 500]),
                )
                .values(state=state)
            )


def history(connection: Connection, risk_id: str) -> list[Mapping[str, Any]]:
    """Return what happened to a risk, oldest first: version, at, effective_at, kind, actor,
    reason, details.
    """
    query = (
        select(
            risk_event.c.version,
            risk_event.c.at,
            _took_effect.label("effective_at"),
            risk_event.c.kind,
            risk_event.c.actor,
            risk_event.c.reason,
            risk_event.c.details,
        )
        .where(risk_event.c.risk_id == risk_id)
        .order_by(risk_event.c.number)
    )
    return [dict(row._mapping) for row in connection.execute(query)]


def version_of(connection: Connection, risk_id: str, version: int) -> Risk | None:
    """The risk as its version left it; None where there was none."""
    content = connection.execute(
        select(risk_event.c.content).where(
            risk_event.c.risk_id == risk_id, risk_event.c.version == version
        )
    ).scalar()
    return None if content is None else risk_from(content)


def keep_scale(connection: Connection, scale: Scale, at: datetime) -> None:
    """Keep a scale as it is now, so that what is scored by it stays readable."""
    if scale.digest not in scales_kept(connection):
        connection.execute(
            insert(risk_scale).values(
                digest=scale.digest,
                name=scale.id,
                content=scale.model_dump(mode="json"),
                kept_at=at,
            )
        )


def scales_kept(connection: Connection) -> dict[str, Scale]:
    """Every scale that a risk was ever scored by, by its digest."""
    rows = connection.execute(select(risk_scale.c.digest, risk_scale.c.content))
    return {row.digest: scale_from(row.content) for row in rows}


def _write(connection: Connection, risk: Risk) -> None:
    connection.execute(
        update(table)
        .where(table.c.id == risk.id)
        .values(
            key=risk.key,
            state=risk.state.value,
            version=risk.version,
            content=content_of(risk),
        )
    )


def _event(
    connection: Connection,
    risk: Risk,
    kind: str,
    at: datetime,
    actor: str,
    reason: str,
    details: Mapping[str, Any],
    effective_at: datetime | None = None,
) -> None:
    connection.execute(
        insert(risk_event).values(
            risk_id=risk.id,
            version=risk.version,
            at=at,
            effective_at=effective_at,
            kind=kind,
            actor=actor,
            reason=reason,
            details=to_json(details),
            content=content_of(risk),
        )
    )


def _members(
    connection: Connection, at: datetime | None, risk_id: str | None = None
) -> dict[str, tuple[str, ...]]:
    query = select(risk_member.c.risk_id, risk_member.c.finding_id)
    if risk_id is not None:
        query = query.where(risk_member.c.risk_id == risk_id)
    if at is None:
        query = query.where(risk_member.c.left_at.is_(None))
    else:
        query = query.where(
            risk_member.c.joined_at <= at,
            risk_member.c.left_at.is_(None) | (risk_member.c.left_at > at),
        )
    found: dict[str, list[str]] = {}
    for owner, finding in connection.execute(query):
        found.setdefault(owner, []).append(finding)
    return {owner: _ordered(ids) for owner, ids in found.items()}


def _ordered(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(ids), key=id_order))
