"""What the risk register is held against: findings that can be weighed, scale and appetite."""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from secaudit.app.finding_acting import expire
from secaudit.app.risk_past import past
from secaudit.app.sla import today
from secaudit.app.workspace import SETTINGS_FILE, Change, Workspace
from secaudit.content.yaml import read_document
from secaudit.core.canonical import to_json
from secaudit.core.errors import InternalError
from secaudit.core.vocabulary import FindingState
from secaudit.ledger import trail
from secaudit.ledger.findings import LIVE, EventKind
from secaudit.ledger.findings.outlines import Outline, outlines
from secaudit.registry.asset import Asset
from secaudit.registry.asset_index import AssetIndex
from secaudit.risk import register
from secaudit.risk.content import load_categories, load_themes
from secaudit.risk.intake import follow
from secaudit.risk.model import Risk
from secaudit.risk.moving import Move
from secaudit.risk.scale import Scale, find_scale, load_scales
from secaudit.risk.weigh import FAILING, AffectedAsset, OpenFinding
from secaudit.store.tables.ledger import finding_event
from secaudit.store.tables.risk import risk_member, risk_weighing
from secaudit.store.tables.trail import audit_trail

OWN_SCALES = "risk"
"""The folder of a workspace's own scales, inside its content."""
DEFAULT = "default"
_WEIGHTY = (EventKind.SEVERITY_CHANGED.value, EventKind.DUE_CHANGED.value)
"""Events that leave a finding in its state, and still change what it weighs."""


@dataclass(frozen=True)
class Method:
    """The scales and the appetite of a workspace, checked."""

    scale: Scale
    scales: Mapping[str, Scale]
    """Those that can be chosen, by id."""
    own_appetite: Mapping[str, int]
    review_days: int

    @cached_property
    def known(self) -> dict[str, Scale]:
        """Those that can be chosen, by digest."""
        return {item.digest: item for item in self.scales.values()}

    def appetite(self, risk: Risk, scale: Scale) -> int:
        """The least magnitude to treat: what is set, for risks on the workspace's scale.

        A risk that was scored with another scale is held against that scale's own appetite.
        """
        if scale.digest != self.scale.digest:
            return scale.appetite
        set_for_all = self.own_appetite.get(DEFAULT, scale.appetite)
        return self.own_appetite.get(risk.category, set_for_all)


def scales_of(workspace: Workspace) -> Mapping[str, Scale]:
    """Every scale that the workspace can choose. Raises InputError with file and line."""
    return load_scales(workspace.folder / workspace.settings.content / OWN_SCALES)


def method_of(workspace: Workspace) -> Method:
    """The workspace's method. Raises InputError where ``secaudit.yaml`` names what is not there."""
    chosen = workspace.settings.risk
    scales = scales_of(workspace)
    scale = find_scale(chosen.scale, scales)
    categories = load_categories().categories
    for name, magnitude in chosen.appetite.items():
        if name == DEFAULT or name in categories:
            if magnitude <= max(map(max, scale.cells)):
                continue
            raise _setting_error(
                workspace,
                name,
                "the appetite {magnitude} is above the scale {scale}, which goes up to {highest}",
                magnitude=magnitude,
                scale=scale.id,
                highest=max(map(max, scale.cells)),
            )
        raise _setting_error(
            workspace,
            name,
            "there is no risk category {name!r}",
            hint="there are: {known}",
            name=name,
            known=", ".join([DEFAULT, *categories]),
        )
    return Method(scale, scales, chosen.appetite, chosen.review_days)


def _setting_error(
    workspace: Workspace, key: str, message: str, *, hint: str = "", **facts: Any
) -> Exception:
    document = read_document(workspace.folder / SETTINGS_FILE)
    return document.error(("risk", "appetite", key), message, hint=hint, **facts)


def findings_now(
    workspace: Workspace,
    connection: Connection,
    at: datetime,
    items: Sequence[Outline] | None = None,
) -> dict[str, OpenFinding]:
    """The findings that nobody has repaired or refuted, and those of the register, as they are now.

    ``items`` are the findings as they were at an ``at`` that is past.
    """
    day = today(workspace, at)
    assets = AssetIndex.of(connection)
    members = {finding for ids in register.member_states(connection).values() for finding in ids}
    now: dict[str, OpenFinding] = {}
    affected: dict[str, AffectedAsset] = {}
    publicly: dict[str, bool] = {}
    found: dict[tuple[str, str, str], Asset | None] = {}
    for item in outlines(connection) if items is None else items:
        if item.id not in members and item.state not in FAILING:
            continue
        # Which asset it is depends on zone, address and name: not on the many ports.
        place = (item.zone, item.address, item.subject.partition("#")[2])
        if place not in found:
            found[place] = assets.asset_of(item.subject)
        asset = found[place]
        if asset is not None and asset.id not in affected:
            affected[asset.id] = _affected(asset)
        if item.address not in publicly:
            publicly[item.address] = _is_public(item.address)
        owner = item.owner
        if not item.owner_assigned and asset is not None:
            owner = asset.owner or item.owner
        now[item.id] = OpenFinding(
            id=item.id,
            check=item.check,
            severity=item.severity,
            owner=owner,
            zone=item.zone,
            address=item.address,
            public=publicly[item.address],
            days_open=(at.astimezone(UTC) - item.opened_at).days,
            overdue=item.overdue(day),
            asset=None if asset is None else affected[asset.id],
            state=item.state,
        )
    return now


def follow_findings(workspace: Workspace) -> tuple[Move, ...]:
    """Let the register follow its findings, with one row in the trail for all that moved.

    Every command about risks begins with it; it is quick where nothing has happened since. Where
    nothing can be written, the register is shown as it stands.
    """
    expire(workspace)
    at = datetime.now(UTC)
    with workspace.view() as connection:
        if not _anything_new(connection, today(workspace, at)):
            return ()
    try:
        with workspace.database.write() as connection:
            return moved(workspace, workspace.change_in(connection, at))
    except InternalError:
        return ()


def moved(workspace: Workspace, change: Change) -> tuple[Move, ...]:
    """Let the register follow its findings inside a change, such as the end of a scan."""
    if not register.member_states(change.connection):
        return ()
    items, themes = outlines(change.connection), load_themes()
    moves: tuple[Move, ...] = ()
    for instant, then in past(workspace, change.connection, items, change.at):
        were = findings_now(workspace, change.connection, instant, then)
        moves += follow(change.connection, were, themes, change.at, instant)
    now = findings_now(workspace, change.connection, change.at, items)
    moves += follow(change.connection, now, themes, change.at)
    if moves:
        change.record("risk.moved", "register", {"moves": to_json(moves)})
    note_weighing(workspace, change)
    return moves


def note_weighing(workspace: Workspace, change: Change) -> None:
    """Remember that the risks were weighed with all that the trail holds, and on which day."""
    change.connection.execute(delete(risk_weighing))
    change.connection.execute(
        insert(risk_weighing).values(
            number=1,
            position=trail.head(change.connection)[0],
            event=change.connection.execute(select(func.max(finding_event.c.number))).scalar() or 0,
            day=today(workspace, change.at),
            at=change.at,
        )
    )


def _anything_new(connection: Connection, day: date) -> bool:
    """Tell whether a finding or an asset changed since, in a way that a risk could follow."""
    if connection.execute(select(risk_member.c.number).limit(1)).first() is None:
        return False
    last = connection.execute(select(risk_weighing)).first()
    if last is None or last.day != day:
        return True
    events = select(finding_event.c.number).where(
        finding_event.c.number > last.event,
        (finding_event.c.from_state != finding_event.c.to_state)
        | finding_event.c.kind.in_(_WEIGHTY),
    )
    if connection.execute(events.limit(1)).first() is not None:
        return True
    assets = select(audit_trail.c.position).where(
        audit_trail.c.position > last.position, audit_trail.c.action.like("asset.%")
    )
    return connection.execute(assets.limit(1)).first() is not None


def seen_repaired(risk: Risk, states: Mapping[str, FindingState]) -> bool:
    """Tell whether what is left after treatment was seen: every finding closed, one verified."""
    found = [states[identity] for identity in risk.findings if identity in states]
    live = LIVE | {FindingState.ACCEPTED}
    return bool(found) and FindingState.VERIFIED in found and not live.intersection(found)


def _affected(asset: Asset) -> AffectedAsset:
    return AffectedAsset(asset.id, asset.confidentiality, asset.integrity, asset.availability)


def _is_public(address: str) -> bool:
    return bool(address) and ipaddress.ip_address(address).is_global
