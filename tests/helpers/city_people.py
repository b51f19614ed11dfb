"""The people of the sample city: functions, no names, each with the account that acts for them."""

from collections.abc import Mapping
from datetime import date

from secaudit.app.workspace import Actor, Change, Workspace
from secaudit.core.roles import Role
from secaudit.registry import people
from secaudit.registry.people import NewRole

SINCE = date(2020, 1, 1)
DECIDING: Mapping[str, Role] = {"Sekda": Role.COORDINATOR, "GCIO": Role.APPROVER}
"""Who approves: people without an account, whose decisions are entered with a signed document."""


def register(
    workspace: Workspace,
    deciding: Mapping[str, Role] = DECIDING,
    accounts: Mapping[str, tuple[Role, ...]] | None = None,
) -> None:
    """Register who approves, and whose accounts work; without ``accounts`` the acting one works.

    The acting account works as operator, auditor and risk owner: the tests' one clerk does it all.
    """
    me = Actor.of_this_process().account
    working = accounts or {me: (Role.OPERATOR, Role.AUDITOR, Role.RISK_OWNER)}
    with workspace.change() as change:
        for name, role in deciding.items():
            _grant(change, NewRole(name, role, SINCE))
        for account, roles in working.items():
            for role in roles:
                _grant(change, NewRole(f"Petugas {account}", role, SINCE, account=account))
        change.record("role.founded", "PN-0001", {"sample": True})


def _grant(change: Change, new: NewRole) -> None:
    people.grant(change.connection, new, at=change.at, account=str(change.actor))
