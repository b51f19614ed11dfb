"""What people do about findings: assign, claim, accept, dispute, remark; all on the trail."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from secaudit.app.approvals import Approval, approve, require_asker, require_other
from secaudit.app.finding_acting import acting, owners_of, record, require_other_person
from secaudit.app.scopes import keep_file
from secaudit.app.sla import end_of, today
from secaudit.app.workspace import Change, Workspace
from secaudit.core.errors import InputError
from secaudit.ledger import attachments, findings


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
    with acting(workspace) as change:
        asker = require_asker(change.authority, approval, requested_by, owners_of(change, ids))
        require_other_person(change, approval, ids, asker)
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
