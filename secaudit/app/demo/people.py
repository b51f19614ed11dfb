"""The people of the sample city: functions, marked as a sample, and whoever runs the demo."""

from secaudit.app.sla import today
from secaudit.app.workspace import Workspace
from secaudit.core.canonical import to_json
from secaudit.core.roles import Role
from secaudit.registry import people
from secaudit.registry.people import NewRole
from secaudit.text.language import gettext

UNIT = "Kota Contoh"
DECIDING = (
    ("Sekretaris Daerah Kota Contoh", Role.COORDINATOR),
    ("GCIO Kota Contoh", Role.APPROVER),
)
"""They have no account: what they decide is entered with the document that they signed."""
WORKING = (Role.OPERATOR, Role.RISK_OWNER, Role.AUDITOR)
"""One person tries out everything in a demo; in a city, an auditor is somebody else."""


def register_people(workspace: Workspace) -> int:
    """Register the sample people, and the acting account for all the work; return how many."""
    with workspace.change() as change:
        day = today(workspace, change.at)
        reason = gettext("sample: one person tries out everything")
        wanted = [NewRole(name, role, day, unit=UNIT, reason="contoh") for name, role in DECIDING]
        wanted += [
            NewRole(
                f"Petugas Kota Contoh ({change.actor.account})",
                role,
                day,
                account=change.actor.account,
                unit=UNIT,
                reason=reason,
            )
            for role in WORKING
        ]
        for new in wanted:
            made = people.grant(change.connection, new, at=change.at, account=str(change.actor))
            change.record("role.founded", made.id, to_json(new), reason=new.reason)
    return len({new.name for new in wanted})
