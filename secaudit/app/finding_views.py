"""Looking at findings: the list, all about one, and what happened to it with its trail rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection

from scanners.catalogue import Check
from secaudit.app.checks import checks_of
from secaudit.app.finding_choice import SHOWN, FindingQuery, chosen_ids, filter_of
from secaudit.app.findings import expire
from secaudit.app.owners import owned
from secaudit.app.sla import criticality_of, holiday_calendar, today
from secaudit.app.statements import statement_of, title_of
from secaudit.app.workspace import Workspace
from secaudit.core.canonical import to_json
from secaudit.ledger import attachments, findings, plans, results, trail
from secaudit.ledger.findings import Finding, FindingEvent
from secaudit.ledger.trail import TrailEntry
from secaudit.registry.asset_index import AssetIndex
from secaudit.text.language import current_language


@dataclass(frozen=True)
class Listing:
    """The findings that were asked for, worst first; ``total`` counts those cut off too."""

    rows: tuple[Mapping[str, Any], ...]
    total: int


def list_findings(workspace: Workspace, query: FindingQuery, limit: int | None = None) -> Listing:
    """List findings as JSON values, each with its title, asset and whether it is overdue."""
    expire(workspace)
    states = query.states or (() if query.everything else tuple(SHOWN))
    with workspace.view() as connection:
        if query.asset is None and query.owner is None:
            wanted = filter_of(workspace, connection, query, states)
            listed = findings.list_all(connection, wanted, limit=limit)
            total = findings.count(connection, wanted)
        else:
            ids = chosen_ids(workspace, connection, query, states)
            listed, total = findings.by_ids(connection, ids[:limit]), len(ids)
        return Listing(tuple(finding_rows(workspace, connection, listed)), total)


def finding_rows(
    workspace: Workspace, connection: Connection, items: Sequence[Finding]
) -> list[dict[str, Any]]:
    """Findings as JSON values, with what the inventory and people's decisions add to them."""
    checks = checks_of(workspace)
    day = today(workspace, datetime.now(UTC))
    assets = AssetIndex.of(connection)
    ids = [item.id for item in items]
    told = findings.escalations_of(connection, ids)
    accepted = findings.acceptance_of(connection, ids)
    planned = plans.plan_of(connection, ids)
    paused = findings.pauses_of(connection, ids)
    rows = []
    for item in items:
        row = _row(item, checks, assets, day)
        held = [one for one in paused.get(item.id, ()) if one.holds_on(day)]
        row["paused_until"] = to_json(held[-1].last_held) if held else None
        level = told.get(item.id)
        row["escalation"] = to_json(level)
        row["escalation_level"] = None if level is None else level.level
        row["escalated_to"] = None if level is None else level.recipient
        row["accepted_until"] = (
            to_json(accepted[item.id].expires_on) if item.id in accepted else None
        )
        row["plan"] = planned[item.id].id if item.id in planned else None
        rows.append(row)
    return rows


def show_finding(workspace: Workspace, finding_id: str) -> dict[str, Any]:
    """Return all about one finding as JSON values, in the current language where it is prose."""
    expire(workspace)
    checks = checks_of(workspace)
    language = current_language().value
    with workspace.view() as connection:
        item = findings.get(connection, finding_id)
        check = checks.get(item.check)
        [record] = finding_rows(workspace, connection, [item])
        record["statement"] = statement_of(check, item.details)
        record["holidays_listed_until"] = holiday_calendar(workspace).last_year
        if check is not None:
            record["description"] = check.description.in_language(language)
            record["severity_reason"] = check.severity_reason.in_language(language)
            record["remediation"] = check.remediation.in_language(language)
            record["references"] = to_json([entry.model_dump() for entry in check.references])
        record["plan"] = to_json(plans.plan_of(connection, [item.id]).get(item.id))
        record["acceptance"] = to_json(findings.acceptance_of(connection, [item.id]).get(item.id))
        record["disputed_by"] = findings.standing_dispute(connection, item.id)
        record["pauses"] = to_json(findings.pauses_of(connection, [item.id]).get(item.id, []))
        record["attachments"] = to_json(attachments.attachments_of(connection, item.id))
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
        events = findings.history(connection, finding_id)
        entries = trail.entries_at(connection, [event.at for event in events])
    return [{**to_json(event), "trail": _position(event, entries)} for event in events]


def _position(event: FindingEvent, entries: Sequence[TrailEntry]) -> int | None:
    """The row that sealed an event: it may seal those of other findings too."""
    return next(
        (
            entry.position
            for entry in entries
            if entry.at == event.at
            and entry.action == f"finding.{event.kind.value}"
            and (
                entry.object_id == event.finding
                or event.finding in entry.details.get("findings", ())
            )
        ),
        None,
    )


def _row(
    item: Finding, checks: Mapping[str, Check], assets: AssetIndex, day: date
) -> dict[str, Any]:
    asset = assets.asset_of(item.subject)
    return {
        **to_json(owned(item, assets)),
        "title": title_of(checks.get(item.check), item.check),
        "asset": None if asset is None else asset.id,
        "asset_name": None if asset is None else asset.name,
        "criticality": criticality_of(asset),
        "overdue": item.overdue(day),
    }
