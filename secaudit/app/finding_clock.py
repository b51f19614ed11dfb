"""The clock of findings: paused and resumed by people, set anew where an asset's worth changes."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from secaudit.app.approvals import approve, require_asker
from secaudit.app.finding_acting import acting, owners_of, record, require_other_person
from secaudit.app.owners import owned
from secaudit.app.sla import due_dates, holiday_calendar, local_zone, today
from secaudit.app.workspace import Change, Workspace
from secaudit.core.errors import InputError
from secaudit.ledger import findings
from secaudit.ledger.findings import LIVE, FindingFilter, PauseRequest
from secaudit.registry.asset_index import AssetIndex
from secaudit.registry.assets import Asset


def pause(
    workspace: Workspace,
    ids: Sequence[str],
    *,
    first: date | None,
    last: date,
    reason: str,
    by: str | None = None,
    approver: str | None = None,
    document: Path | None = None,
) -> Mapping[str, date]:
    """Stop the clock of findings through ``last``; return the new last day of each repair.

    Raises InputError for a pause longer than the settings permit; RefusedError where an approver is
    named who is not registered as one, or who asks for it or owns them.
    """
    most = workspace.settings.pause_days_at_most
    action, approval = "finding.paused", None
    if approver is not None:
        action = "finding.pause_approved"
        approval = approve(workspace, action, by=approver, document=document)
    with acting(workspace) as change:
        begin = first or today(workspace, change.at)
        if (last - begin).days >= most:
            raise InputError(
                "the pause lasts too long: {days} days",
                hint="secaudit.yaml permits pause_days_at_most: {most}; accept it instead",
                days=(last - begin).days + 1,
                most=most,
            )
        zone = local_zone(workspace)
        index = AssetIndex.of(change.connection)
        asked = by or change.actor.account
        if approval is not None:
            owners = owners_of(change, ids)
            asked = require_asker(change.authority, approval, asked, owners, "--by NAME")
            require_other_person(change, approval, ids, asked)
        known = findings.by_ids(change.connection, ids)
        wanted = PauseRequest(
            first=begin,
            last=last,
            reason=reason,
            asked_by=asked,
            approver=None if approval is None else approval.name,
            owners={item.id: owned(item, index).owner for item in known},
            day_of=lambda instant: instant.astimezone(zone).date(),
        )
        moved = findings.pause(
            change.connection,
            ids,
            wanted,
            holiday_calendar(workspace),
            at=change.at,
            actor=str(change.actor),
        )
        details = {
            "from": begin, "until": last, "by": asked, "approver": wanted.approver, "due": moved,
        }  # fmt: skip
        record(change, action, ids, details, reason=reason, approval=approval)
    return moved


def resume(
    workspace: Workspace, ids: Sequence[str], reason: str, by: str | None = None
) -> Mapping[str, date]:
    """Let the clock of paused findings run again from today; return their last days."""
    with acting(workspace) as change:
        name = by or change.actor.account
        moved = findings.end_pause(
            change.connection,
            ids,
            holiday_calendar(workspace),
            today=today(workspace, change.at),
            by=name,
            reason=reason,
            at=change.at,
            actor=str(change.actor),
        )
        record(change, "finding.pause_ended", ids, {"by": name, "due": moved}, reason=reason)
    return moved


def refresh_due_days(change: Change, workspace: Workspace, changed: Sequence[Asset]) -> None:
    """Compute the last days anew for live findings of assets whose criticality is another now."""
    index = AssetIndex.of(change.connection)
    which = {asset.id for asset in changed}
    items = [
        item
        for item in findings.list_all(change.connection, FindingFilter(states=tuple(LIVE)))
        if (asset := index.asset_of(item.subject)) is not None and asset.id in which
    ]
    moved = findings.refresh_due(
        change.connection,
        items,
        due_dates(workspace, index),
        because="",
        at=change.at,
        actor=str(change.actor),
    )
    if moved:
        record(change, "finding.due_changed", list(moved), {"due": moved})
