"""The current risk follows its findings: which of them moved it, and from what to what.

A person's own score stays where it is; the difference to what the findings say is shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from secaudit.core.canonical import to_json
from secaudit.core.vocabulary import FindingState
from secaudit.risk import register
from secaudit.risk.content import Themes
from secaudit.risk.model import Risk, Score
from secaudit.risk.propose import id_order
from secaudit.risk.scale import Scale
from secaudit.risk.weigh import FAILING, NO_RISK, OpenFinding, weigh, weigh_inherent


@dataclass(frozen=True)
class Move:
    """One score by the findings that changed; ids of the findings that moved it.

    ``own`` tells that a person's score stands, so that the current risk stays as it is.
    """

    risk: str
    before: Score
    after: Score
    magnitude_before: int
    magnitude_after: int
    own: bool
    joined: tuple[str, ...] = ()
    verified: tuple[str, ...] = ()
    reopened: tuple[str, ...] = ()
    set_aside: tuple[str, ...] = ()
    """Those whose asset was retired, whose check is gone, or that two persons refuted."""
    facts: Mapping[str, Any] | None = None
    """The numbers behind the score that changed, each as ``[before, after]``."""


def sort_changes(
    then: Mapping[str, str], now: Mapping[str, OpenFinding]
) -> dict[str, tuple[str, ...]]:
    """Sort the findings of a risk by what became of them since they were last weighed."""
    groups: dict[str, list[str]] = {"verified": [], "reopened": [], "set_aside": []}
    for identity, state in then.items():
        was, item = FindingState(state) in FAILING, now.get(identity)
        if item is None or was == item.failing:
            continue
        if item.failing:
            groups["reopened"].append(identity)
        elif item.state is FindingState.VERIFIED:
            groups["verified"].append(identity)
        else:
            groups["set_aside"].append(identity)
    return {name: tuple(sorted(ids, key=id_order)) for name, ids in groups.items()}


def reweigh(
    connection: Connection,
    risk: Risk,
    scale: Scale,
    then: Mapping[str, str],
    now: Mapping[str, OpenFinding],
    themes: Themes,
    at: datetime,
    *,
    joined: Sequence[str] = (),
    effective_at: datetime | None = None,
) -> tuple[Risk, Move | None]:
    """Weigh a risk by its findings ``now`` and write what changed; the move where its score did.

    ``then`` are the states of its findings when it was last weighed. ``effective_at`` is when they
    were as they are given, where that was before ``at``.
    """
    members = [now[identity] for identity in then if identity in now]
    theme = themes.get(risk.theme)
    weight = weigh(members, theme, themes, scale)
    after = risk.computed
    changed = replace(risk, assets=_assets(risk, members))
    if weight is not None:
        after = Score(weight.likelihood, weight.impact)
        changed = replace(changed, facts=to_json(weight.facts), reasoning=weight.reasoning)
    elif members:
        # All were refuted: the least likelihood, and nobody needs to act.
        after = Score(1, risk.computed.impact if risk.computed else risk.inherent.impact)
        changed = replace(changed, facts={"count": 0})
    changed = replace(changed, computed=after, inherent=_inherent(risk, members, themes, scale))
    moved = after is not None and after != risk.computed
    register.note_states(
        connection,
        risk.id,
        {item.id: item.state.value for item in members if then[item.id] != item.state.value},
    )
    if not moved and not joined:
        if changed != risk:
            register.refresh(connection, changed)
        return changed, None
    before = risk.computed or risk.current
    move = Move(
        risk.id,
        before,
        after or before,
        scale.magnitude(before.likelihood, before.impact),
        scale.magnitude((after or before).likelihood, (after or before).impact),
        risk.own is not None,
        tuple(joined),
        **sort_changes(then, now),
        facts=_differences(risk.facts, changed.facts),
    )
    details = {name: value for name, value in vars(move).items() if name != "risk"}
    kind = "moved" if moved else "joined"
    saved = register.save(
        connection,
        changed,
        kind,
        at,
        register.PROGRAM,
        details=details,
        effective_at=effective_at,
    )
    return saved, move if moved else None


def _assets(risk: Risk, members: Sequence[OpenFinding]) -> tuple[str, ...]:
    found = {
        item.asset.id for item in members if item.asset is not None and item.state not in NO_RISK
    }
    return tuple(sorted(found | set(risk.named_assets), key=id_order))


def _inherent(risk: Risk, members: Sequence[OpenFinding], themes: Themes, scale: Scale) -> Score:
    if risk.inherent_own:
        return risk.inherent
    found = weigh_inherent(members, themes.get(risk.theme), scale)
    if found is None:
        return risk.inherent
    return max(
        (risk.inherent, Score(*found)),
        key=lambda score: (scale.magnitude(score.likelihood, score.impact), score.impact),
    )


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    return {
        name: [before.get(name), after.get(name)]
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    }
