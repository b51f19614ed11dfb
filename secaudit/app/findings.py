"""What people do about findings: hand them out, claim, accept, dispute, pause; all on the trail.

One command is one transaction and one row in the audit trail, which names all its findings.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from secaudit.app.approvals import Approval, approve, require_asker, require_other
from secaudit.app.finding_choice import SHOWN
from secaudit.app.owners import owned
from secaudit.app.scopes import keep_file
from secaudit.app.sla import (
    due_dates,
    end_of,
    holiday_calendar,
    levels_of,
    local_zone,
    start_of,
    today,
)
from secaudit.app.workspace import Change, Workspace
from secaudit.core.canonical import to_json
from secaudit.core.errors import InputError, InternalError, RefusedError
from secaudit.core.vocabulary import FindingState
from secaudit.ledger import attachments, findings
from secaudit.ledger.findings import LIVE, FindingFilter, PauseRequest
from secaudit.registry.asset_index import AssetIndex
from secaudit.registry.assets import Asset

RETIRABLE = SHOWN | {FindingState.FALSE_POSITIVE}
"""What is closed with its asset. A verified finding stays verified: that was true."""


def assign(workspace: Workspace, ids: Sequence[str], owner: str) -> None:
    """Give findings to an owner."""
    with acting(workspace) as change:
        assign_in(change, ids, owner)


def assign_in(change: Change, ids: Sequence[str], owner: str) -> None:
    """Give findings to an owner, inside a change that may do more."""
    findings.assign(change.connection, ids, owner=owner, at=change.at, actor=str(change.actor))
    record(change, "finding.assigned", ids, {"owner": owner})


def claim(workspace: Workspace, ids: Sequence[str], note: str, by: str | None = None) -> None:
    """Note that somebody says these are repaired."""
    with acting(workspace) as change:
        name = by or change.actor.account
        findings.claim(
            change.connection, ids, by=name, note=note, at=change.at, actor=str(change.actor)
        )
        record(change, "finding.claimed", ids, {"by": name}, reason=note)


def accept(
    workspace: Workspace,
    ids: Sequence[str],
    *,
    approver: str,
    reason: str,
    until: date,
    proof: Path | None = None,
    requested_by: str | None = None,
) -> Approval:
    """Accept findings as they are through the day ``until``; keep the signed proof as evidence.

    Raises InputError without a proof, or for a day later than the settings permit; RefusedError
    unless a registered approver who neither asked for it nor owns them approves it.
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
    approval = approve(
        workspace, "finding.accepted", by=approver, document=proof, option="--proof FILE"
    )
    asker = require_asker(approval, requested_by)
    with acting(workspace) as change:
        _require_other(change, approval, ids, asker)
        findings.accept(
            change.connection,
            ids,
            approver=approval.name,
            reason=reason,
            expires_on=until,
            expires_at=end_of(workspace, until),
            at=change.at,
            actor=str(change.actor),
            proof_sha256=approval.document,
            requested_by=asker,
            accepted_on=today(workspace, change.at),
        )
        details = {
            "approver": approval.name,
            "requested_by": asker,
            "expires_on": until,
            "proof": approval.document,
        }
        record(change, "finding.accepted", ids, details, reason=reason, approval=approval)
    return approval


def _require_other(change: Change, approval: Approval, ids: Sequence[str], asker: str) -> None:
    """Refuse an approver who asked, or who owns one of the findings."""
    index = AssetIndex.of(change.connection)
    for item in findings.by_ids(change.connection, ids):
        require_other(
            change.authority,
            approval,
            what=item.id,
            asked=(asker,),
            owned=(owned(item, index).owner,),
        )


def dispute(workspace: Workspace, ids: Sequence[str], reason: str, by: str | None = None) -> None:
    """Say that findings are false positives; a second person has to agree."""
    with acting(workspace) as change:
        name = by or change.actor.account
        findings.raise_dispute(
            change.connection, ids, by=name, reason=reason, at=change.at, actor=str(change.actor)
        )
        record(change, "finding.disputed", ids, {"by": name}, reason=reason)


def settle(
    workspace: Workspace,
    ids: Sequence[str],
    *,
    agreed: bool,
    reason: str,
    by: str | None = None,
    document: Path | None = None,
) -> Approval | None:
    """Agree to a dispute as the second person, or decline it.

    Raises RefusedError unless who agrees is registered for it, neither disputed it nor entered the
    dispute, and acts from their own account or by a document that they signed.
    """
    action = "finding.dispute_agreed" if agreed else "finding.dispute_declined"
    approval = approve(workspace, action, by=by, document=document) if agreed else None
    with acting(workspace) as change:
        name = approval.name if approval else by or change.actor.account
        if approval is not None:
            for item, dispute_of in findings.disputes(change.connection, ids).items():
                require_other(
                    change.authority,
                    approval,
                    what=item,
                    asked=(dispute_of.raised_by,),
                    entered=(dispute_of.account,),
                )
        findings.settle_dispute(
            change.connection,
            ids,
            by=name,
            agreed=agreed,
            reason=reason,
            at=change.at,
            actor=str(change.actor),
        )
        record(change, action, ids, {"by": name}, reason=reason, approval=approval)
    return approval


def comment(workspace: Workspace, ids: Sequence[str], text: str) -> None:
    """Leave a remark on findings."""
    with acting(workspace) as change:
        comment_in(change, ids, text)


def comment_in(change: Change, ids: Sequence[str], text: str) -> None:
    """Leave a remark on findings, inside a change that may do more."""
    findings.comment(change.connection, ids, text=text, at=change.at, actor=str(change.actor))
    record(change, "finding.commented", ids, {}, reason=text)


def attach(workspace: Workspace, ids: Sequence[str], path: Path, note: str = "") -> str:
    """Put a file beside findings, into the evidence store; return its SHA-256."""
    digest = keep_file(workspace, path)
    with acting(workspace) as change:
        findings.attached(
            change.connection,
            ids,
            name=path.name,
            sha256=digest,
            note=note,
            at=change.at,
            actor=str(change.actor),
        )
        attachments.attach(
            change.connection,
            list(dict.fromkeys(ids)),
            sha256=digest,
            name=path.name,
            size=len(workspace.evidence.get(digest)),
            note=note,
            at=change.at,
            actor=str(change.actor),
        )
        details = {"name": path.name, "sha256": digest}
        record(change, "finding.attached", ids, details, reason=note)
    return digest


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
            _require_other(change, approval, ids, asked)
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
    if not ids:
        return ()
    if proof_sha256 is None:
        raise RefusedError(
            "{count} findings of {asset} would be closed: that needs proof",
            hint="give the record of its decommissioning with: --proof FILE",
            count=len(ids),
            asset=asset.id,
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
    record(change, "finding.retired", ids, details, reason=reason)
    return ids


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


@contextmanager
def acting(workspace: Workspace) -> Iterator[Change]:
    """A change by a person, after what time alone brought: each is recorded in its order."""
    expire(workspace)
    with workspace.change() as change:
        yield change


def expire(workspace: Workspace) -> tuple[str, ...]:
    """Do what time alone brings: open what was accepted until a past day, escalate what is late.

    Every command that looks at findings begins with it, and every scan. Returns the findings whose
    acceptance has run out; each kind of change is one row in the trail. Where nothing can be
    written, escalations wait for a command that can.
    """
    now = datetime.now(UTC)
    levels, day = levels_of(workspace), today(workspace, now)
    with workspace.view() as connection:
        run_out = findings.acceptance_run_out(connection, now)
        if not run_out and not levels:
            return ()
        calendar = holiday_calendar(workspace)
        if not run_out and not findings.escalations_due(connection, levels, calendar, day):
            return ()
    expired: tuple[str, ...] = ()
    try:
        with workspace.change() as change:
            expired = findings.expire_acceptances(change.connection, change.at, calendar=calendar)
            if expired:
                record(change, "finding.acceptance_expired", expired, {})
            told = findings.escalate(
                change.connection,
                levels,
                calendar,
                day,
                change.at,
                lambda reached: start_of(workspace, reached),
            )
            if told:
                details = {"escalations": to_json(told)}
                record(change, "finding.escalated", [one.finding for one in told], details)
            if not change.recorded:
                raise _DoneByOthers  # noqa: TRY301 (raised inside the transaction that it undoes)
    except _DoneByOthers:
        pass
    except InternalError:
        if run_out:
            raise
    return expired


class _DoneByOthers(Exception):  # noqa: N818 (no error: it ends a transaction that has no change)
    pass


def record(
    change: Change,
    action: str,
    ids: Sequence[str],
    details: Mapping[str, Any],
    reason: str = "",
    approval: Approval | None = None,
) -> None:
    """Leave one row in the trail for all findings of a command: ``F-0001+2`` is it and 2 others."""
    named = list(dict.fromkeys(ids))
    about = named[0] if len(named) == 1 else f"{named[0]}+{len(named) - 1}"
    change.record(
        action,
        about,
        {**details, "findings": named},
        reason=reason,
        approval=approval,
        objects=named,
    )
