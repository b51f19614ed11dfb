"""Risks as a use case: weigh the open findings, keep the register, and let a person approve."""

import ipaddress
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from secaudit.app.findings import expire
from secaudit.app.owners import owned
from secaudit.app.sla import today
from secaudit.app.workspace import Workspace
from secaudit.core.canonical import to_json
from secaudit.ledger import findings
from secaudit.ledger.findings import LIVE, Finding, FindingFilter
from secaudit.registry.asset_index import AssetIndex
from secaudit.registry.assets import Asset
from secaudit.risk import matrix, register
from secaudit.risk.content import load_scale
from secaudit.risk.propose import AffectedAsset, OpenFinding, propose
from secaudit.risk.register import Intake, Risk, RiskState
from secaudit.text.language import current_language

IN_THE_REGISTER = (RiskState.PROPOSED, RiskState.APPROVED)


def propose_risks(workspace: Workspace) -> Intake:
    """Weigh all findings that nobody has repaired, accepted or refuted, and keep what follows."""
    expire(workspace)
    with workspace.change() as change:
        suggestions = propose(_open_findings(workspace, change.connection, change.at))
        intake = register.take(change.connection, suggestions, change.at, str(change.actor))
        change.record("risk.proposed", "register", to_json(intake))
        return intake


def list_risks(workspace: Workspace, *, everything: bool = False) -> list[dict[str, Any]]:
    """List the risks as JSON values, the highest first; the lapsed ones only on request."""
    with workspace.view() as connection:
        states = () if everything else IN_THE_REGISTER
        return [_record(risk) for risk in register.list_all(connection, states)]


def show_risk(workspace: Workspace, risk_id: str) -> dict[str, Any]:
    """Return all about one risk, with its findings and its history."""
    with workspace.view() as connection:
        risk = register.get(connection, risk_id)
        record = _record(risk)
        record["source"] = load_scale().source.in_language(current_language().value)
        record["confidence"] = load_scale().confidence.value
        record["history"] = to_json(register.history(connection, risk_id))
        record["open_findings"] = [
            identity
            for identity in risk.findings
            if findings.get(connection, identity).state in LIVE
        ]
    return record


def approve_risk(workspace: Workspace, risk_id: str, approver: str, reason: str) -> None:
    """Approve a proposed risk in the name of a person."""
    with workspace.change() as change:
        register.approve(
            change.connection,
            risk_id,
            approver=approver,
            reason=reason,
            at=change.at,
            actor=str(change.actor),
        )
        standing = register.get(change.connection, risk_id)
        details = {
            "approver": approver,
            "likelihood": standing.likelihood,
            "impact": standing.impact,
            "findings": standing.findings,
        }
        change.record("risk.approved", risk_id, details, reason=reason)


def risk_matrix(workspace: Workspace) -> list[dict[str, Any]]:
    """Return the 25 cells as JSON values, each with its score, level and the ids in it."""
    with workspace.view() as connection:
        risks = register.list_all(connection, IN_THE_REGISTER)
    return [
        {
            "likelihood": likelihood,
            "impact": impact,
            "score": matrix.score(likelihood, impact),
            "level": matrix.level(likelihood, impact),
            "risks": [
                risk.id for risk in risks if (risk.likelihood, risk.impact) == (likelihood, impact)
            ],
        }
        for likelihood in matrix.STEPS
        for impact in matrix.STEPS
    ]


def _open_findings(
    workspace: Workspace, connection: Connection, at: datetime
) -> Iterator[OpenFinding]:
    day = today(workspace, at)
    assets = AssetIndex.of(connection)
    for item in findings.list_all(connection, FindingFilter(states=LIVE)):
        asset = assets.asset_of(item.subject)
        yield OpenFinding(
            id=item.id,
            check=item.check,
            severity=item.severity,
            owner=owned(item, assets).owner,
            zone=item.zone,
            address=item.address,
            public=_is_public(item),
            days_open=(at.astimezone(UTC) - item.opened_at).days,
            overdue=item.overdue(day),
            asset=None if asset is None else _affected(asset),
        )


def _affected(asset: Asset) -> AffectedAsset:
    return AffectedAsset(asset.id, asset.confidentiality, asset.integrity, asset.availability)


def _is_public(item: Finding) -> bool:
    return bool(item.address) and ipaddress.ip_address(item.address).is_global


def _record(risk: Risk) -> dict[str, Any]:
    language = current_language().value
    scale = load_scale()
    record: dict[str, Any] = to_json(risk)
    return {
        **record,
        "title": risk.title[language],
        "titles": record["title"],
        "reasoning": risk.reasoning[language],
        "reasonings": record["reasoning"],
        "score": risk.score,
        "level": risk.level,
        "level_word": scale.level[risk.level - 1].in_language(language),
        "likelihood_word": scale.likelihood[risk.likelihood - 1].in_language(language),
        "impact_word": scale.impact[risk.impact - 1].in_language(language),
    }
