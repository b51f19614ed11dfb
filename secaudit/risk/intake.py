"""Findings come into the register: into the risk that they belong to, else into a new one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from secaudit.core.canonical import to_json
from secaudit.risk import register
from secaudit.risk.content import Themes
from secaudit.risk.model import STANDING, Origin, Risk, RiskState, Score
from secaudit.risk.moving import Move, reweigh
from secaudit.risk.propose import MOST_RISKS, SuggestedRisk, keys_of, propose
from secaudit.risk.scale import Scale
from secaudit.risk.weigh import LANGUAGES, OpenFinding

HOLDING = (*STANDING, RiskState.REJECTED)
"""Risks whose findings are spoken for: they are not suggested again."""
JOINABLE = (*HOLDING, RiskState.LAPSED)


@dataclass(frozen=True)
class Intake:
    """What the register made of the findings, as ids of risks; ``moves`` tells the scores."""

    new: tuple[str, ...]
    joined: tuple[str, ...]
    """Those that took in findings which were in no risk before."""
    unchanged: tuple[str, ...]
    lapsed: tuple[str, ...]
    moves: tuple[Move, ...]
    rescaled: tuple[str, ...] = ()
    """Those that nobody has decided on, and that are now on the workspace's scale."""


def follow(
    connection: Connection,
    now: Mapping[str, OpenFinding],
    themes: Themes,
    at: datetime,
    effective_at: datetime | None = None,
) -> tuple[Move, ...]:
    """Let the standing risks follow their findings, as they are ``now``; take no new ones in.

    ``effective_at`` is the instant of that now, where it was before ``at``.
    """
    scales = register.scales_kept(connection)
    members = register.member_states(connection)
    moves = []
    for risk in register.list_all(connection, STANDING):
        then = members.get(risk.id, {})
        if then:
            _, move = reweigh(
                *(connection, risk, scales[risk.scale], then, now, themes, at),
                effective_at=effective_at,
            )
            moves += [move] if move else []
    return tuple(moves)


def take(
    connection: Connection,
    now: Mapping[str, OpenFinding],
    themes: Themes,
    scale: Scale,
    at: datetime,
    actor: str,
) -> Intake:
    """Put every finding that somebody has to act on into one risk.

    ``now`` holds those, and the findings that are in the register already. What belongs to a risk
    that is there joins it; the rest becomes new risks, as few as a person reads. Taking the same
    findings again changes nothing.
    """
    register.keep_scale(connection, scale, at)
    members = register.member_states(connection)
    known = register.list_all(connection)
    rescaled = _rescale(connection, known, scale, at)
    known = register.list_all(connection) if rescaled else known
    spoken = {
        finding for risk in known if risk.state in HOLDING for finding in members.get(risk.id, ())
    }
    free = [item for item in now.values() if item.id not in spoken and item.failing]
    targets = _targets(known)
    joining: dict[str, dict[str, OpenFinding]] = {}
    rest = []
    for item in free:
        target = next((targets[key] for key in keys_of(item, themes) if key in targets), None)
        if target is None:
            rest.append(item)
        else:
            joining.setdefault(target.id, {})[item.id] = item
    standing = [risk for risk in known if risk.state in STANDING]
    room = max(MOST_RISKS - len(standing), 0)
    new = tuple(
        _add(connection, suggestion, now, themes, scale, at, actor)
        for suggestion in propose(rest, themes, scale, room=room)
    )
    joined, moves, lapsed, same = [], [], [], []
    scales = register.scales_kept(connection)
    for risk in known:
        come = joining.get(risk.id, {})
        then = members.get(risk.id, {})
        if risk.state not in STANDING and not come:
            continue
        fresh = register.join(
            connection, risk.id, {item.id: item.state.value for item in come.values()}, at
        )
        if risk.state not in STANDING:
            risk = _again(connection, risk, at, actor)
        seen = {**{item.id: item.state.value for item in come.values()}, **then}
        risk, move = reweigh(
            connection, risk, scales[risk.scale], seen, now, themes, at, joined=fresh
        )
        moves += [move] if move else []
        if come:
            joined.append(risk.id)
        elif _gone(risk, then, now):
            lapsed.append(risk.id)
            register.save(connection, replace(risk, state=RiskState.LAPSED), "lapsed", at, actor)
        else:
            same.append(risk.id)
    return Intake(new, tuple(joined), tuple(same), tuple(lapsed), tuple(moves), rescaled)


def _targets(known: list[Risk]) -> dict[str, Risk]:
    """The risk that takes what has a key: one that stands before one that was set aside."""
    order = {state: place for place, state in enumerate(JOINABLE)}
    found: dict[str, Risk] = {}
    for risk in sorted(known, key=lambda item: order.get(item.state, len(order)), reverse=True):
        if risk.state in JOINABLE and risk.origin is Origin.FINDINGS:
            found[risk.key] = risk
    return found


def _gone(risk: Risk, then: Mapping[str, str], now: Mapping[str, OpenFinding]) -> bool:
    return (
        risk.state is RiskState.PROPOSED
        and not risk.decided
        and not any(now[identity].failing for identity in then if identity in now)
    )


def _again(connection: Connection, risk: Risk, at: datetime, actor: str) -> Risk:
    """Propose a risk anew that had lapsed or was rejected: new findings speak for it."""
    return register.save(
        connection, replace(risk, state=RiskState.PROPOSED), "proposed_again", at, actor
    )


def _rescale(
    connection: Connection, known: list[Risk], scale: Scale, at: datetime
) -> tuple[str, ...]:
    """Bring what is only proposed, and nobody touched, to the workspace's scale."""
    scales = register.scales_kept(connection)
    done = []
    for risk in known:
        if risk.scale == scale.digest or risk.state not in STANDING or risk.decided:
            continue
        details = {"from": scales[risk.scale].id, "to": scale.id}
        changed = on_scale(risk, scales[risk.scale], scale)
        register.save(connection, changed, "rescaled", at, register.PROGRAM, details=details)
        done.append(risk.id)
    return tuple(done)


def on_scale(risk: Risk, former: Scale, scale: Scale) -> Risk:
    """The risk with its scores brought to another scale in proportion to the number of steps."""

    def fitted(score: Score | None) -> Score | None:
        if score is None:
            return None
        return Score(
            -(-score.likelihood * len(scale.likelihood) // len(former.likelihood)),
            -(-score.impact * len(scale.impact) // len(former.impact)),
        )

    own = risk.own
    if own is not None:
        own = replace(own, score=fitted(own.score) or own.score)
    return replace(
        risk,
        scale=scale.digest,
        inherent=fitted(risk.inherent) or risk.inherent,
        computed=fitted(risk.computed),
        residual=fitted(risk.residual),
        own=own,
    )


def _add(
    connection: Connection,
    suggestion: SuggestedRisk,
    now: Mapping[str, OpenFinding],
    themes: Themes,
    scale: Scale,
    at: datetime,
    actor: str,
) -> str:
    theme = themes.get(suggestion.theme)
    score = Score(suggestion.likelihood, suggestion.impact)
    members = [now[identity] for identity in suggestion.findings]

    def both(name: str) -> dict[str, str]:
        return {language: getattr(theme, name).in_language(language) for language in LANGUAGES}

    made = register.add(
        connection,
        Risk(
            id="",
            key=suggestion.key,
            origin=Origin.FINDINGS,
            state=RiskState.PROPOSED,
            version=1,
            theme=theme.id,
            category=theme.category,
            owner=suggestion.owner,
            zone=", ".join(suggestion.zones),
            title=dict(suggestion.title),
            threat=both("threat"),
            vulnerability=both("vulnerability"),
            consequence=both("consequence"),
            concerns=theme.concerns,
            consequences=theme.consequences,
            assets=tuple(sorted({item.asset.id for item in members if item.asset is not None})),
            reasoning=suggestion.reasoning,
            facts=to_json(suggestion.facts),
            scale=scale.digest,
            inherent=score,
            computed=score,
            own=None,
            residual=None,
            proposed_at=at,
            updated_at=at,
            updated_by=actor,
            proposed_by=register.PROGRAM,
        ),
        at,
        actor,
    )
    register.join(connection, made.id, {item.id: item.state.value for item in members}, at)
    return made.id
