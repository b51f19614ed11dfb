"""Telling who is who, with which roles, and who may do what."""

from datetime import UTC, date, datetime
from typing import Any

from controls.raci import RaciCell, RaciMatrix
from secaudit.app.authority import Said, quoted
from secaudit.app.controls import full_citation, library_of
from secaudit.app.roles import Rule, role_table
from secaudit.app.sla import today
from secaudit.app.workspace import Actor, Workspace
from secaudit.core.canonical import to_json
from secaudit.core.roles import Role, conflicting
from secaudit.registry import people
from secaudit.registry.people import HeldRole, Person


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
            "entered_by": [
                role.value
                for role in Role
                if act.rule is Rule.DECISION and role in act.accounts and role not in act.roles
            ],
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
    return f"secaudit role grant {quoted(name)} --role coordinator --account ACCOUNT"


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
