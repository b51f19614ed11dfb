"""Registering people and giving them roles; and telling who is who, and who may do what."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from controls.raci import RaciCell, RaciMatrix
from secaudit.app.approvals import Approval, approve, require_other
from secaudit.app.authority import Authority, Said, quoted
from secaudit.app.controls import full_citation, library_of
from secaudit.app.roles import role_table
from secaudit.app.signatures import CheckedDocument, check_document
from secaudit.app.sla import today
from secaudit.app.workspace import Actor, Change, Workspace
from secaudit.core.canonical import to_json
from secaudit.core.errors import InputError, RefusedError
from secaudit.core.persons import same_account
from secaudit.core.roles import GRANTING, Role, conflicting
from secaudit.registry import people
from secaudit.registry.people import HeldRole, NewRole, Person
from secaudit.text.words import word


@dataclass(frozen=True)
class GrantRequest:
    """A role to give. None leaves what is known of the person as it is."""

    name: str
    role: Role
    account: str | None = None
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

    As long as nobody may grant, every account may; then a coordinator or an approver does, from
    their own account or by a document that they signed, and never to themselves. Raises
    RefusedError; also for an auditor who would do, decide or own what is audited, without a reason.
    """
    with workspace.view() as connection:
        authority = workspace.authority(connection)
    approval, document = _granted_by(workspace, authority, request)
    with workspace.change() as change:
        _require_not_own(change, request, approval)
        before = people.find(people.list_all(change.connection), request.name)
        _require_separate(change, request, before)
        _require_account_kept(before, request)
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
            "account_before": before.account if before else None,
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
    if authority.had_granters and (request.document is None or request.role not in GRANTING):
        raise RefusedError(
            "nobody holds the role of coordinator or approver any more",
            hint="first appoint one again, with the document that says so: secaudit role grant NAME"
            " --role coordinator --document FILE",
        )
    if request.document is None:
        return None, None
    return None, check_document(workspace, request.document)


def _require_not_own(change: Change, request: GrantRequest, approval: Approval | None) -> None:
    """Nobody gives a role to themselves, but the first.

    Who enters what a granter signed may enter their own appointment, but none that decides.
    """
    authority = change.authority
    if approval is not None:
        require_other(authority, approval, what=request.role.value, owned=(request.name,))
        granter = people.find(authority.people, approval.person)
        if granter and request.account and granter.is_named(request.account):
            raise _own()
    signed = approval is not None and approval.document is not None
    if not authority.registered or (signed and request.role not in GRANTING):
        return
    me = authority.person
    if me is not None and me.is_named(request.name):
        raise _own()
    if request.account and same_account(request.account, str(change.actor)):
        raise _own()


def _own() -> RefusedError:
    return RefusedError(
        "nobody gives a role to themselves",
        hint="another person, who is coordinator or approver, grants it from their account",
    )


def _require_separate(change: Change, request: GrantRequest, before: Person | None) -> None:
    held = before.roles_on(change.authority.day) if before else frozenset()
    clash = conflicting(held | {request.role})
    if request.role in clash and not request.reason.strip():
        raise RefusedError(
            "{name} would audit what they do, decide or own: {roles}",
            hint="name another person; or add --reason TEXT, which doctor and role list then show",
            name=request.name,
            roles=_words(clash),
        )


def _require_account_kept(before: Person | None, request: GrantRequest) -> None:
    if (
        before is not None
        and before.account is not None
        and request.account is not None
        and not same_account(before.account, request.account)
        and not request.reason.strip()
    ):
        raise InputError(
            "{name} works as {account} so far",
            hint="to change the account, add --reason TEXT",
            name=before.name,
            account=before.account,
        )


def _words(roles: frozenset[Role]) -> str:
    return ", ".join(str(word(role)) for role in Role if role in roles)


def list_people(workspace: Workspace, *, everything: bool = False) -> list[dict[str, Any]]:
    """A row for each role of each person; those that count today, or with ``everything`` all."""
    day = today(workspace, datetime.now(UTC))
    with workspace.view() as connection:
        known = people.list_all(connection)
    return [
        row
        for item in known
        for held in item.held
        if (row := _held_row(item, held, day))["state"] in {"counts", "to_come"} or everything
    ]


def show_person(workspace: Workspace, name: str) -> dict[str, Any]:
    """Tell all about one person. Raises NotFoundError."""
    day = today(workspace, datetime.now(UTC))
    with workspace.view() as connection:
        found = people.get(connection, name)
        names = {item.id: item.name for item in people.list_all(connection)}
    roles = found.roles_on(day)
    return {
        **to_json(found),
        "held": [
            {**_held_row(found, held, day), "granter": names.get(held.granter or "")}
            for held in found.held
        ],
        "roles": [role.value for role in Role if role in roles],
        "conflict": [role.value for role in Role if role in conflicting(roles)],
    }


def acting_account() -> str:
    """The account that acts, without its machine."""
    return Actor.of_this_process().account


def do_i_work(workspace: Workspace) -> bool:
    """Tell whether the acting account may do anything but look."""
    with workspace.view() as connection:
        authority = workspace.authority(connection)
    return bool(authority.roles - {Role.VIEWER}) or not authority.registered


def whoami(workspace: Workspace) -> dict[str, Any]:
    """Tell who the acting account is taken for. It is asserted, not proved."""
    with workspace.view() as connection:
        authority = workspace.authority(connection)
    person = authority.person
    roles = authority.roles or (frozenset({Role.VIEWER}) if authority.registered else frozenset())
    return {
        "account": str(Actor.of_this_process()),
        "asserted": True,
        "anybody_registered": authority.registered,
        "person": person.id if person else None,
        "name": person.name if person else None,
        "roles": [role.value for role in Role if role in roles],
        "may": [name for name in role_table().acts if authority.may(name)],
    }


def table_rows(role: Role | None = None) -> list[dict[str, Any]]:
    """Who may do what: a row for each act, with the roles and what the act asks for."""
    return [
        {
            "act": name,
            "title": str(Said(act.title)),
            "rule": act.rule.value,
            "roles": [item.value for item in act.roles],
        }
        for name, act in role_table().acts.items()
        if role is None or role in act.roles
    ]


def role_rows(workspace: Workspace | None = None) -> list[dict[str, Any]]:
    """Each role with the column of the RACI matrix that it comes from, as the matrix was read.

    Cells that the workspace's own content confirms count as read.
    """
    library = library_of(workspace)
    matrices = {item.id: item for item in library.matrices}
    rows = []
    for role, entry in role_table().roles.items():
        matrix, key = matrices[entry.raci.matrix], entry.raci.actor
        rows.append(
            {
                "role": role.value,
                "title": str(Said(entry.title)),
                "description": str(Said(entry.description)),
                "matrix": matrix.id,
                "actor": key,
                "actor_name": str(Said(matrix.actors[key])),
                "citation": str(Said(matrix.citation)),
                "cells": _cells(matrix, key),
                "open_cells": [
                    task.key for task in matrix.tasks if task.cells[key].letters is None
                ],
                "articles": [
                    {"id": name, "citation": full_citation(library, library.requirement(name))}
                    for name in entry.raci.articles
                ],
                "inferred": entry.raci.inferred,
                "why": str(Said(entry.raci.why)),
            }
        )
    return rows


def first_grant(name: str = "NAME") -> str:
    """The command that registers the first person who may approve."""
    return f"secaudit role grant {quoted(name)} --role coordinator"


def _cells(matrix: RaciMatrix, actor: str) -> dict[str, str]:
    return {task.key: _letters(task.cells[actor]) for task in matrix.tasks}


def _letters(cell: RaciCell) -> str:
    if cell.letters is None:
        return f"? ({', '.join(cell.read_as)})" if cell.read_as else "?"
    return ", ".join(cell.letters) or "-"


def _held_row(person: Person, held: HeldRole, day: date) -> dict[str, Any]:
    state = "counts"
    if held.revoked_at is not None:
        state = "revoked"
    elif day < held.from_on:
        state = "to_come"
    elif not held.counts_on(day):
        state = "ended"
    clash = conflicting(person.roles_on(day))
    return {
        "person": person.id,
        "name": person.name,
        "unit": person.unit,
        "account": person.account,
        "role": held.role.value,
        "state": state,
        "from": held.from_on.isoformat(),
        "until": held.until_on.isoformat() if held.until_on else None,
        "document": held.document,
        "granted_at": to_json(held.granted_at),
        "granted_by": held.granted_by,
        "granter": held.granter,
        "reason": held.reason,
        "revoked_at": to_json(held.revoked_at),
        "revoked_because": held.revoked_because,
        "conflict": [role.value for role in Role if role in clash] if held.role in clash else [],
    }
