"""Risks as a use case: weigh the open findings, keep the register, show it now and as it was."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from secaudit.app.approvals import approvals_of
from secaudit.app.kept_evidence import lost_of
from secaudit.app.risk_look import (
    findings_now,
    follow_findings,
    method_of,
    note_weighing,
    scales_of,
)
from secaudit.app.risk_view import (
    Viewpoint,
    cells_of,
    drawn_scale,
    risk_record,
    score_of,
    standing_risks,
)
from secaudit.app.sla import end_of, today
from secaudit.app.workspace import Workspace
from secaudit.core.canonical import to_json
from secaudit.core.errors import InputError
from secaudit.registry.asset_index import AssetIndex
from secaudit.risk import register
from secaudit.risk.changes import changed_fields
from secaudit.risk.content import load_categories, load_themes
from secaudit.risk.intake import Intake, take
from secaudit.risk.lint import MESSAGES, Measure, faults_of
from secaudit.risk.model import RiskState
from secaudit.risk.scale import Scale, find_scale, load_scales
from secaudit.text.language import current_language, gettext

_REGISTER = frozenset({"risk", "risk_event", "approval"})
"""The tables whose evidence is that of risks."""


@dataclass(frozen=True)
class RiskQuery:
    """Which risks to list; an empty field asks for nothing in particular."""

    states: tuple[RiskState, ...] = ()
    category: str | None = None
    owner: str | None = None
    above: bool = False
    everything: bool = False
    at: date | None = None


@dataclass(frozen=True)
class Matrix:
    """A drawn register: its scale, its cells, and the risks that are on another scale."""

    scale: Scale
    which: str
    cells: tuple[Mapping[str, Any], ...]
    titles: Mapping[str, str]
    levels: Mapping[str, str]
    elsewhere: tuple[str, ...]
    above: tuple[str, ...]
    appetite: int
    appetites: tuple[tuple[str, int], ...]
    """Categories with an appetite of their own, and it."""
    day: date

    @property
    def appetites_said(self) -> str:
        """``keamanan 5, layanan 11``; empty where one appetite holds for all."""
        return ", ".join(f"{name} {magnitude}" for name, magnitude in self.appetites)


def propose_risks(workspace: Workspace) -> Intake:
    """Weigh all findings that nobody has repaired or refuted, and keep what follows."""
    follow_findings(workspace)
    method = method_of(workspace)
    with workspace.change() as change:
        now = findings_now(workspace, change.connection, change.at)
        intake = take(
            change.connection, now, load_themes(), method.scale, change.at, str(change.actor)
        )
        change.record("risk.proposed", "register", to_json(intake))
        note_weighing(workspace, change)
        return intake


def list_risks(workspace: Workspace, query: RiskQuery | None = None) -> list[dict[str, Any]]:
    """List the risks as JSON values, the highest first, now or as they were on a past day."""
    query = query or RiskQuery()
    at = moment(workspace, query.at)
    follow_findings(workspace)
    with workspace.view() as connection:
        view = Viewpoint.of(workspace, connection, datetime.now(UTC), at)
        everything = query.everything or bool(query.states)
        return [
            risk_record(risk, view)
            for risk in standing_risks(connection, at, everything=everything)
            if (not query.states or risk.state in query.states)
            and (query.category is None or risk.category == query.category)
            and (query.owner is None or risk.owner == query.owner)
            and (not query.above or view.above(risk))
        ]


def show_risk(workspace: Workspace, risk_id: str, day: date | None = None) -> dict[str, Any]:
    """Return all about one risk, with its findings and its history."""
    at = moment(workspace, day)
    follow_findings(workspace)
    with workspace.view() as connection:
        risk = register.get(connection, risk_id, at)
        view = Viewpoint.of(workspace, connection, datetime.now(UTC), at)
        record = risk_record(risk, view)
        scale = view.scale_of(risk)
        record["source"] = scale.source.in_language(view.language)
        record["confidence"] = scale.confidence.value
        record["approvals"] = approvals_of(connection, risk.id, at)
        record["history"] = [
            event
            for event in to_json(register.history(connection, risk_id))
            if event["version"] <= risk.version
        ]
    return record


def risk_history(workspace: Workspace, risk_id: str) -> list[dict[str, Any]]:
    """What happened to a risk, oldest first, each event with the fields that it changed."""
    follow_findings(workspace)
    with workspace.view() as connection:
        register.get(connection, risk_id)
        rows: list[dict[str, Any]] = []
        before = None
        for event in register.history(connection, risk_id):
            after = register.version_of(connection, risk_id, event["version"])
            changes: list[dict[str, str]] = []
            if before is not None and after is not None:
                changes = [
                    {"field": name, "before": was, "after": now}
                    for name, was, now in changed_fields(before, after)
                ]
            rows.append({**to_json(event), "changes": changes})
            before = after
        return rows


def risk_matrix(workspace: Workspace, which: str = "current", day: date | None = None) -> Matrix:
    """Return the cells of the workspace's scale with the ids in each; ``which`` names the score."""
    at = moment(workspace, day)
    follow_findings(workspace)
    with workspace.view() as connection:
        view = Viewpoint.of(workspace, connection, datetime.now(UTC), at)
        risks = standing_risks(connection, at)
    scale = drawn_scale(risks, view)
    language = view.language
    inside = [risk for risk in risks if risk.scale == scale.digest]
    levels = {}
    for risk in inside:
        score = score_of(risk, which) or risk.current
        level = scale.level(scale.magnitude(score.likelihood, score.impact))
        levels[risk.id] = scale.level_word(level, language)
    return Matrix(
        scale=scale,
        which=which,
        cells=tuple(cells_of(risks, scale, which)),
        titles={risk.id: risk.title.get(language, "") for risk in inside},
        levels=levels,
        elsewhere=tuple(risk.id for risk in risks if risk.scale != scale.digest),
        above=tuple(risk.id for risk in inside if view.above(risk)),
        appetite=view.usual_appetite(scale),
        appetites=view.own_appetites(scale),
        day=view.day,
    )


def lint_risks(workspace: Workspace) -> list[dict[str, Any]]:
    """What is wrong with the register: a row for each fault, in the order of the risks."""
    follow_findings(workspace)
    with workspace.view() as connection:
        view = Viewpoint.of(workspace, connection, datetime.now(UTC))
        risks = standing_risks(connection, everything=True)
        assets = AssetIndex.of(connection).assets
        lost: dict[str, list[tuple[str, str]]] = {}
        for item in lost_of(workspace, connection, _REGISTER):
            for risk_id in item.objects:
                name = item.name or item.digest
                lost.setdefault(risk_id, []).append((item.loss.value, name))
    measure = Measure(
        day=view.day,
        scale=view.method.scale,
        scales=view.scales,
        appetite=lambda risk: view.method.appetite(risk, view.scale_of(risk)),
        categories=frozenset(load_categories().categories),
        assets=frozenset(item.id for item in assets),
        lost=lost,
    )
    return [
        {
            "code": fault.code,
            "risk": fault.risk,
            "message": gettext(MESSAGES[fault.code]).format(**fault.facts),
            "facts": to_json(fault.facts),
        }
        for fault in faults_of(risks, measure)
    ]


def list_scales(workspace: Workspace) -> list[dict[str, Any]]:
    """The scales that can be chosen, as JSON values, the chosen one marked."""
    language = current_language().value
    chosen = workspace.settings.risk.scale
    shipped = {scale.digest for scale in load_scales().values()}
    return [
        {
            "id": scale.id,
            "title": scale.title.in_language(language),
            "steps": f"{len(scale.likelihood)} x {len(scale.impact)}",
            "confirmed": scale.confirmed,
            "confidence": scale.confidence.value,
            "appetite": scale.appetite,
            "chosen": scale.id == chosen,
            "own": scale.digest not in shipped,
            "source": scale.source.in_language(language),
        }
        for scale in scales_of(workspace).values()
    ]


def show_scale(workspace: Workspace, name: str) -> Scale:
    """One scale. Raises NotFoundError that names those there are."""
    return find_scale(name, scales_of(workspace))


def moment(workspace: Workspace, day: date | None) -> datetime | None:
    """The last instant of a past day; None for today. Raises InputError for a day to come."""
    if day is None:
        return None
    now = today(workspace, datetime.now(UTC))
    if day > now:
        raise InputError("{day} is still to come: there is no register of it yet", day=day)
    return None if day == now else end_of(workspace, day) - timedelta(microseconds=1)
