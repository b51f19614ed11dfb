"""Registering people, giving and taking roles, and the account that somebody works with.

A coordinator or an approver does it from their own account; or an operator enters what they signed.
What decides is not moved by a sheet of paper alone: a role that decides, and whatever the appointed
themselves enter, needs a document whose electronic signature is valid.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from secaudit.app.approvals import Approval, approve
from secaudit.app.authority import Authority, Words
from secaudit.app.signatures import CheckedDocument, check_document
from secaudit.app.sla import today
from secaudit.app.workspace import Change, Workspace
from secaudit.core.canonical import to_json
from secaudit.core.errors import RefusedError
from secaudit.core.persons import same_account, same_person
from secaudit.core.roles import GRANTING, Role, conflicting
from secaudit.core.signature import Signature, SignatureVerdict
from secaudit.registry import people
from secaudit.registry.people import NewRole, Person
from secaudit.text.words import word


@dataclass(frozen=True)
class GrantRequest:
    """A role to give. None leaves what is known of the person as it is."""

    name: str
    role: Role
    account: str | None = None
    """Only for somebody who is registered with this role; see :func:`change_account`."""
    unit: str | None = None
    document: Path | None = None
    """What appoints the person; the granter's signed word where another account enters it."""
    from_on: date | None = None
    until_on: date | None = None
    by: str | None = None
    """Who grants it, where that is not the acting account's person."""
    reason: str = ""


def grant(workspace: Workspace, request: GrantRequest) -> Person:
    """Give a role to a person, who is registered where they are not yet.

    As long as nobody may grant, who began does, or an operator. Nobody gives a role to themselves.
    Raises RefusedError; also for an auditor who would do, decide or own what is audited, without a
    reason.
    """
    with workspace.view() as connection:
        authority = workspace.authority(connection)
    approval, document = _granted_by(workspace, authority, request)
    with workspace.change() as change:
        before = people.find(change.authority.people, request.name)
        _require_not_own(change, request, approval)
        _require_way_on(change, request)
        _require_separate(change, request, before)
        new = NewRole(
            name=request.name,
            role=request.role,
            from_on=request.from_on or today(workspace, change.at),
            until_on=request.until_on,
            account=request.account,
            unit=request.unit,
            document=document.sha256 if document else None,
            reason=request.reason,
        )
        granter = approval.person if approval else None
        made = people.grant(
            change.connection, new, at=change.at, account=str(change.actor), granter=granter
        )
        details = {
            **to_json(new),
            "name": made.name,
            "account": made.account,
            "signature": to_json(document.signature) if document else None,
        }
        action = "role.founded" if approval is None else "role.granted"
        change.record(action, made.id, details, reason=request.reason, approval=approval)
    return made


def revoke(
    workspace: Workspace,
    name: str,
    role: Role,
    reason: str,
    by: str | None = None,
    document: Path | None = None,
) -> Person:
    """Take a role from a person. Raises RefusedError where nobody could grant roles any more."""
    approval = approve(workspace, "role.revoked", by=by, document=document)
    with workspace.change() as change:
        if role in GRANTING or change.authority.locked_out:
            _require_signed(change.authority, approval)
        found = people.get(change.connection, name)
        made = people.revoke(
            change.connection, found, role, reason=reason, at=change.at, account=str(change.actor)
        )
        day = change.authority.day
        left = [
            item for item in people.list_all(change.connection) if item.roles_on(day) & GRANTING
        ]
        if not left:
            raise RefusedError(
                "{name} is the last one who may grant roles",
                hint="first give the role of coordinator or approver to somebody else:"
                " secaudit role grant NAME --role {role}",
                name=found.name,
                role=role.value,
            )
        change.record("role.revoked", made.id, {"role": role}, reason=reason, approval=approval)
    return made


def change_account(
    workspace: Workspace,
    name: str,
    account: str,
    reason: str,
    by: str | None = None,
    document: Path | None = None,
) -> Person:
    """Let a registered person work with another account, or with a first one.

    A granter does it from their own account, and never to the account that acts. Raises
    RefusedError; only where no granter has an account may it be entered with a signed document.
    """
    approval = approve(workspace, "role.account_changed", by=by, document=document)
    with workspace.change() as change:
        authority = change.authority
        working = [item.name for item in authority.granters if item.account]
        if not approval.own_account and working:
            raise RefusedError(
                "an account is given only from a granter's own account: {names}",
                hint="ask them: secaudit role account NAME --account ACCOUNT --reason TEXT",
                names=", ".join(working),
            )
        _require_signed(authority, approval)
        if same_account(account, str(change.actor)):
            raise RefusedError(
                "nobody makes the account from which they act that of somebody",
                hint="another coordinator or approver does it, from their own account",
            )
        found = people.get(change.connection, name)
        made = people.change_account(change.connection, found, account)
        change.record(
            "role.account_changed",
            made.id,
            {"account": made.account, "account_before": found.account},
            reason=reason,
            approval=approval,
        )
    return made


def _granted_by(
    workspace: Workspace, authority: Authority, request: GrantRequest
) -> tuple[Approval | None, CheckedDocument | None]:
    """The approval of who grants, or None as long as nobody may; and the document that appoints."""
    if authority.granters:
        approval = approve(workspace, "role.granted", by=request.by, document=request.document)
        if approval.document is None or approval.signature is None:
            return approval, None
        return approval, CheckedDocument(approval.document, approval.signature)
    if request.by is not None:
        raise authority.nobody_approves("role.granted", request.by)
    authority.require("role.founded")
    if authority.had_granters and (request.document is None or request.role not in GRANTING):
        raise RefusedError(
            "nobody holds the role of coordinator or approver any more",
            hint="first appoint one again, with the document that says so: secaudit role grant NAME"
            " --role coordinator --document FILE",
        )
    if request.document is None:
        return None, None
    document = check_document(workspace, request.document)
    if authority.had_granters:
        _require_valid(authority, document.signature)
    return None, document


def _require_not_own(change: Change, request: GrantRequest, approval: Approval | None) -> None:
    """Nobody gives a role to themselves, but the first.

    An operator who enters what a granter signed electronically may be the one appointed, except to
    decide.
    """
    authority = change.authority
    me = authority.person
    own = (me is not None and me.is_named(request.name)) or (
        request.account is not None and same_account(request.account, str(change.actor))
    )
    if approval is None:
        if own and authority.registered:
            raise _own()
        return
    granter = people.find(authority.people, approval.person)
    if granter is not None and (
        granter.is_named(request.name)
        or (request.account is not None and granter.is_named(request.account))
    ):
        raise _own()
    if own and (approval.own_account or request.role in GRANTING):
        raise _own()
    if own or request.role in GRANTING or authority.locked_out:
        _require_signed(authority, approval)


def _own() -> RefusedError:
    return RefusedError(
        "nobody gives a role to themselves",
        hint="another person, who is coordinator or approver, grants it from their account",
    )


def _require_signed(authority: Authority, approval: Approval) -> None:
    """Refuse what another account enters, unless its document is validly signed by another."""
    if not approval.own_account:
        _require_valid(authority, approval.signature)


def _require_valid(authority: Authority, signature: Signature | None) -> None:
    verdict = signature.verdict if signature else SignatureVerdict.NONE
    if verdict is not SignatureVerdict.VALID:
        raise RefusedError(
            "this needs a document with a valid electronic signature: {verdict}",
            hint="a coordinator or approver does it from their own account; or the root of who"
            " signed is put into trust/signatures of the workspace",
            verdict=Words((verdict,)),
        )
    me = authority.person
    signers = signature.signers if signature else ()
    if me is not None and all(same_person(item.name, me.name) for item in signers):
        raise RefusedError(
            "{name} enters this and cannot be the one who signed it",
            hint="another person, who is coordinator or approver, signs it",
            name=me.name,
        )


def _require_way_on(change: Change, request: GrantRequest) -> None:
    """Refuse a first granter who never logs in, where nobody else could enter what they sign."""
    authority = change.authority
    alone = not authority.had_granters and not authority.holders(frozenset({Role.OPERATOR}))
    if alone and request.role in GRANTING and request.account is None:
        raise RefusedError(
            "{name} would have no account, and nobody could enter what they sign",
            hint="first register an operator: secaudit role grant NAME --role operator --account"
            " {account}; or give their account with --account",
            name=request.name,
            account=change.actor.account,
        )


def _require_separate(change: Change, request: GrantRequest, before: Person | None) -> None:
    held = before.roles_on(change.authority.day) if before else frozenset()
    clash = conflicting(held | {request.role})
    if request.role in clash and not request.reason.strip():
        raise RefusedError(
            "{name} would audit what they do, decide or own: {roles}",
            hint="name another person; or add --reason TEXT, which doctor and role list then show",
            name=request.name,
            roles=", ".join(str(word(role)) for role in Role if role in clash),
        )
