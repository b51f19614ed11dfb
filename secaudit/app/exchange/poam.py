"""Findings, plans and acceptances gathered for an OSCAL plan of action and milestones."""

from collections.abc import Mapping, Sequence
from contextvars import copy_context
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Connection

from reports.exchange.poam import poam_bytes
from reports.exchange.poam_model import (
    PoamAcceptance,
    PoamAsset,
    PoamData,
    PoamItem,
    PoamPlan,
    PoamRisk,
)
from scanners.catalogue import Check
from secaudit import __version__
from secaudit.app.checks import checks_of
from secaudit.app.files import require_free, write_whole
from secaudit.app.owners import owned
from secaudit.app.risk_view import Viewpoint, standing_risks
from secaudit.app.sla import end_of
from secaudit.app.statements import statement_of, title_of
from secaudit.app.workspace import Workspace
from secaudit.core.errors import RefusedError
from secaudit.core.vocabulary import FindingState
from secaudit.ledger import findings, plans
from secaudit.ledger.findings import Acceptance, Finding, FindingFilter
from secaudit.ledger.plans import Plan
from secaudit.registry.asset_index import AssetIndex
from secaudit.text.language import Language, current_language, set_language


def write_poam(
    workspace: Workspace,
    ids: Sequence[str],
    target: Path,
    *,
    language: str | None = None,
    overwrite: bool = False,
) -> int:
    """Write these findings as a POA&M; return how many items it has.

    Raises RefusedError where there is none: OSCAL has no empty plan of action.
    """
    require_free(target, overwrite=overwrite)
    context = copy_context()
    if language is not None:
        context.run(set_language, Language(language))
    data = context.run(poam_data, workspace, ids)
    if not data.items:
        raise RefusedError(
            "no finding is chosen, and a plan of action has one item at least",
            hint="see them with: secaudit finding list --all",
        )
    write_whole(target, poam_bytes(data))
    return len(data.items)


def poam_data(workspace: Workspace, ids: Sequence[str]) -> PoamData:
    """Gather the findings in the current language."""
    now = datetime.now(UTC)
    checks = checks_of(workspace)
    with workspace.view() as connection:
        items = findings.by_ids(connection, ids)
        known = [item.id for item in items]
        planned = plans.plan_of(connection, known)
        accepted = findings.acceptance_of(connection, known)
        disputed = {row.id for row in findings.owned_rows(connection, FindingFilter(disputed=True))}
        assets = AssetIndex.of(connection)
        made = [
            _item(workspace, item, checks, assets, planned, accepted, disputed) for item in items
        ]
        risks = _risks(workspace, connection, now, set(known))
    return PoamData(
        organisation=workspace.settings.organisation,
        unit=workspace.settings.unit,
        language=current_language().value,
        tool_version=__version__,
        at=now,
        items=made,
        risks=risks,
    )


def _item(
    workspace: Workspace,
    item: Finding,
    checks: Mapping[str, Check],
    assets: AssetIndex,
    planned: Mapping[str, Plan],
    accepted: Mapping[str, Acceptance],
    disputed: set[str],
) -> PoamItem:
    language = current_language().value
    check = checks.get(item.check)
    asset = assets.asset_of(item.subject)
    host = f"{item.zone}/{item.address}" if item.address else item.subject
    plan = planned.get(item.id)
    acceptance = accepted.get(item.id)
    return PoamItem(
        id=item.id,
        check=item.check,
        title=title_of(check, item.check),
        description=check.description.in_language(language) if check else "",
        statement=statement_of(check, item.details) or "",
        remediation=check.remediation.in_language(language) if check else "",
        subject=item.subject,
        asset=PoamAsset(host, host, "")
        if asset is None
        else PoamAsset(asset.id, asset.name, asset.owner),
        severity=item.severity.value,
        state=item.state.value,
        owner=owned(item, assets).owner,
        due=item.due,
        deadline=_end(workspace, item.due),
        first_seen=item.first_seen,
        last_seen=item.last_seen,
        collected=item.checked_at,
        outcome=item.last_outcome.value,
        reason=item.last_reason.value,
        evidence=tuple(item.evidence),
        disputed=item.id in disputed,
        plan=None if plan is None else _plan(plan, item),
        acceptance=None
        if acceptance is None
        else PoamAcceptance(
            acceptance.approver, acceptance.reason, acceptance.expires_on, acceptance.proof_sha256
        ),
        claimed_at=item.claimed_at,
        verified_at=item.verified_at if item.state is FindingState.VERIFIED else None,
    )


def _plan(plan: Plan, item: Finding) -> PoamPlan:
    return PoamPlan(
        id=plan.id,
        owner=plan.owner,
        action=plan.action,
        due=plan.due,
        start=plan.start,
        effort_days=plan.effort_days,
        cost=plan.cost,
        currency=plan.currency,
        cancelled=plan.cancelled_at is not None,
        done=item.state is FindingState.VERIFIED,
    )


def _risks(
    workspace: Workspace, connection: Connection, now: datetime, chosen: set[str]
) -> list[PoamRisk]:
    view = Viewpoint.of(workspace, connection, now)
    found = []
    for risk in standing_risks(connection):
        inside = [identity for identity in risk.findings if identity in chosen]
        if inside:
            scale = view.scale_of(risk)
            level = scale.level(scale.magnitude(risk.likelihood, risk.impact))
            found.append(
                PoamRisk(
                    risk.id,
                    risk.title.get(view.language, ""),
                    risk.likelihood,
                    risk.impact,
                    scale.level_word(level, view.language),
                    inside,
                )
            )
    return found


def _end(workspace: Workspace, day: date | None) -> datetime | None:
    return None if day is None else end_of(workspace, day)
