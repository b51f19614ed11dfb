"""Findings as a use case: look at them, hand them out, plan, claim and accept; all on the trail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from scanners.catalogue import Check
from secaudit.app.checks import checks_of
from secaudit.app.owners import owned
from secaudit.app.scopes import keep_file
from secaudit.app.sla import end_of, holiday_calendar, today
from secaudit.app.statements import statement_of, title_of
from secaudit.app.workspace import Change, Workspace
from secaudit.core.canonical import to_json
from secaudit.core.errors import InputError
from secaudit.core.vocabulary import FindingState, Severity
from secaudit.ledger import findings, results, trail
from secaudit.ledger.findings import LIVE, Finding, FindingFilter
from secaudit.registry.asset_index import AssetIndex
from secaudit.registry.assets import Asset
from secaudit.registry.assets import get as get_asset
from secaudit.text.language import current_language

SHOWN = LIVE | {FindingState.ACCEPTED}
"""What a list shows unless it is asked for more: what still fails and was not refuted."""


RETIRABLE = SHOWN | {FindingState.FALSE_POSITIVE}
"""What is closed with its asset. A verified finding stays verified: that was true."""


@dataclass(frozen=True)
class FindingQuery:
    """What a person asks to see. ``asset`` is an id or a name; no states: what still fails."""

    states: tuple[FindingState, ...] = ()
    severities: tuple[Severity, ...] = ()
    check: str | None = None
    owner: str | None = None
    zone: str | None = None
    asset: str | None = None
    overdue: bool = False
    everything: bool = False


@dataclass(frozen=True)
class Listing:
    """The findings that were asked for, worst first; ``total`` counts those cut off too."""

    rows: tuple[Mapping[str, Any], ...]
    total: int


def list_findings(workspace: Workspace, query: FindingQuery, limit: int | None = None) -> Listing:
    """List findings as JSON values, each with its title, asset and whether it is overdue."""
    expire(workspace)
    checks = checks_of(workspace)
    day = today(workspace, datetime.now(UTC))
    states = query.states or (() if query.everything else tuple(SHOWN))
    with workspace.view() as connection:
        assets = AssetIndex.of(connection)
        wanted = FindingFilter(
            states=states,
            severities=query.severities,
            check=query.check,
            zone=query.zone,
            overdue_on=day if query.overdue else None,
        )
        asset = None if query.asset is None else get_asset(connection, query.asset)
        if asset is None and query.owner is None:
            listed = findings.list_all(connection, wanted, limit=limit)
            total = findings.count(connection, wanted)
        else:
            chosen = [
                item
                for item in findings.list_all(connection, wanted)
                if (asset is None or _asset_of(assets, item) == asset)
                and (query.owner is None or owned(item, assets).owner == query.owner)
            ]
            listed, total = chosen[:limit], len(chosen)
        return Listing(tuple(_row(item, checks, assets, day) for item in listed), total)


def show_finding(workspace: Workspace, finding_id: str) -> dict[str, Any]:
    """Return all about one finding as JSON values, in the current language where it is prose."""
    expire(workspace)
    checks = checks_of(workspace)
    language = current_language().value
    day = today(workspace, datetime.now(UTC))
    with workspace.view() as connection:
        item = findings.get(connection, finding_id)
        check = checks.get(item.check)
        record = _row(item, checks, AssetIndex.of(connection), day)
        record["statement"] = statement_of(check, item.details)
        record["holidays_listed_until"] = holiday_calendar(workspace).last_year
        if check is not None:
            record["description"] = check.description.in_language(language)
            record["severity_reason"] = check.severity_reason.in_language(language)
            record["remediation"] = check.remediation.in_language(language)
            record["references"] = to_json([entry.model_dump() for entry in check.references])
        record["plan"] = to_json(findings.plan_of(connection, [item.id]).get(item.id))
        record["acceptance"] = to_json(findings.acceptance_of(connection, [item.id]).get(item.id))
        record["disputed_by"] = findings.standing_dispute(connection, item.id)
        record["answers"] = [
            {
                "outcome": answer.outcome.value,
                "reason": answer.reason.value,
                "from": to_json(answer.first_seen),
                "last_seen": to_json(answer.last_seen),
                "scans": answer.sightings,
            }
            for answer in results.intervals(connection, item.check, item.subject)
        ]
        record["events"] = [to_json(event) for event in findings.history(connection, item.id)]
    return record


def finding_history(workspace: Workspace, finding_id: str) -> list[dict[str, Any]]:
    """Return what happened to a finding, oldest first, each with its row in the audit trail."""
    expire(workspace)
    with workspace.view() as connection:
        findings.get(connection, finding_id)
        sealed = {
            (entry.at, entry.action): entry.position
            for entry in trail.entries(connection, finding_id)
        }
        return [
            {
                **to_json(event),
                "trail": next(
                    (
                        position
                        for (at, action), position in sealed.items()
                        if at == event.at and action == f"finding.{event.kind.value}"
                    ),
                    None,
                ),
            }
            for event in findings.history(connection, finding_id)
        ]


def assign(workspace: Workspace, ids: Sequence[str], owner: str) -> None:
    """Give findings to an owner."""
    with workspace.change() as change:
        findings.assign(change.connection, ids, owner=owner, at=change.at, actor=str(change.actor))
        _record(change, "finding.assigned", ids, {"owner": owner})


def plan(workspace: Workspace, ids: Sequence[str], owner: str, action: str, due: date) -> str:
    """Plan one repair for one or many findings; return the plan's id."""
    with workspace.change() as change:
        if due < today(workspace, change.at):
            raise InputError("{day} has passed already: plan for a later day", day=due)
        identity = findings.plan(
            change.connection,
            ids,
            owner=owner,
            action=action,
            due=due,
            at=change.at,
            actor=str(change.actor),
        )
        details = {"plan": identity, "owner": owner, "action": action, "due": due}
        _record(change, "finding.planned", ids, details)
        return identity


def claim(workspace: Workspace, ids: Sequence[str], note: str, by: str | None = None) -> None:
    """Note that somebody says these are repaired."""
    with workspace.change() as change:
        name = by or change.actor.account
        findings.claim(
            change.connection, ids, by=name, note=note, at=change.at, actor=str(change.actor)
        )
        _record(change, "finding.claimed", ids, {"by": name}, reason=note)


def accept(
    workspace: Workspace,
    ids: Sequence[str],
    *,
    approver: str,
    reason: str,
    until: date,
    proof: Path | None = None,
    requested_by: str | None = None,
) -> None:
    """Accept findings as they are through the day ``until``; keep the signed proof as evidence.

    Raises InputError without a proof, or for a day later than the settings permit.
    """
    if proof is None:
        raise InputError(
            "an acceptance needs the signed document that approves it",
            hint="give its file with: --proof FILE",
        )
    most = workspace.settings.acceptance_days_at_most
    latest = today(workspace, datetime.now(UTC)) + timedelta(days=most)
    if until > latest:
        raise InputError(
            "the acceptance lasts too long: {until} is after {latest}, the latest day permitted",
            hint="secaudit.yaml permits acceptance_days_at_most: {days}; accept it again later",
            until=until,
            latest=latest,
            days=most,
        )
    digest = keep_file(workspace, proof)
    with workspace.change() as change:
        findings.accept(
            change.connection,
            ids,
            approver=approver,
            reason=reason,
            expires_on=until,
            expires_at=end_of(workspace, until),
            at=change.at,
            actor=str(change.actor),
            proof_sha256=digest,
            requested_by=requested_by,
        )
        details = {
            "approver": approver,
            "requested_by": requested_by,
            "expires_on": until,
            "proof": digest,
        }
        _record(change, "finding.accepted", ids, details, reason=reason)


def dispute(workspace: Workspace, ids: Sequence[str], reason: str, by: str | None = None) -> None:
    """Say that findings are false positives; a second person has to agree."""
    with workspace.change() as change:
        name = by or change.actor.account
        findings.raise_dispute(
            change.connection, ids, by=name, reason=reason, at=change.at, actor=str(change.actor)
        )
        _record(change, "finding.disputed", ids, {"by": name}, reason=reason)


def settle(
    workspace: Workspace, ids: Sequence[str], *, agreed: bool, reason: str, by: str | None = None
) -> None:
    """Agree to a dispute as the second person, or decline it."""
    with workspace.change() as change:
        name = by or change.actor.account
        findings.settle_dispute(
            change.connection,
            ids,
            by=name,
            agreed=agreed,
            reason=reason,
            at=change.at,
            actor=str(change.actor),
        )
        action = "finding.dispute_agreed" if agreed else "finding.dispute_declined"
        _record(change, action, ids, {"by": name}, reason=reason)


def retire_findings(
    change: Change, asset: Asset, reason: str, proof_sha256: str | None = None
) -> tuple[str, ...]:
    """Close the findings of an asset that is taken out of use; ask before it is retired."""
    index = AssetIndex.of(change.connection)
    ids = tuple(
        item.id
        for item in findings.list_all(change.connection, FindingFilter(states=RETIRABLE))
        if index.asset_of(item.subject) == asset
    )
    findings.retire(
        change.connection,
        ids,
        reason=reason,
        at=change.at,
        actor=str(change.actor),
        proof_sha256=proof_sha256,
    )
    details = {"asset": asset.id, "proof": proof_sha256}
    _record(change, "finding.retired", ids, details, reason=reason)
    return ids


def expire(workspace: Workspace) -> tuple[str, ...]:
    """Open the findings again whose acceptance has run out, with a row for each in the trail."""
    with workspace.view() as connection:
        if not findings.acceptance_run_out(connection, datetime.now(UTC)):
            return ()
    with workspace.change() as change:
        expired = findings.expire_acceptances(change.connection, change.at)
        _record(change, "finding.acceptance_expired", expired or ["-"], {})
        return expired


def _record(
    change: Change,
    action: str,
    ids: Sequence[str],
    details: Mapping[str, Any],
    reason: str = "",
) -> None:
    for identity in dict.fromkeys(ids):
        change.record(action, identity, details, reason=reason)


def _row(
    item: Finding, checks: Mapping[str, Check], assets: AssetIndex, day: date
) -> dict[str, Any]:
    asset = _asset_of(assets, item)
    return {
        **to_json(owned(item, assets)),
        "title": title_of(checks.get(item.check), item.check),
        "asset": None if asset is None else asset.id,
        "asset_name": None if asset is None else asset.name,
        "overdue": item.overdue(day),
    }


def _asset_of(assets: AssetIndex, item: Finding) -> Asset | None:
    return assets.asset_of(item.subject)
