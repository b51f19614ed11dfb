"""Are the roles given to people: does somebody approve, and nobody audit themselves."""

from datetime import UTC, date, datetime, timedelta

from secaudit.app.doctor.row import Row, State
from secaudit.app.workspace import Workspace
from secaudit.core.roles import GRANTING, Role, conflicting
from secaudit.registry.people import Person
from secaudit.text.language import gettext
from secaudit.text.words import word

SOON = timedelta(days=30)


def look_at_roles(workspace: Workspace) -> Row:
    """Tell whether people are registered, may approve, and hold no roles that clash."""
    with workspace.view() as connection:
        authority = workspace.authority(connection)
    if not authority.registered:
        return Row(
            "roles",
            State.MISSING,
            gettext(
                "Roles are not assigned: every account may do the work, and nobody may approve."
            ),
            gettext("Register people: secaudit role grant NAME --role coordinator"),
        )
    if not authority.granters:
        return Row(
            "roles",
            State.MISSING,
            gettext("Nobody holds the role of coordinator or approver: nobody may approve."),
            gettext(
                "Appoint one with the document that says so: secaudit role grant NAME --role"
                " coordinator --document FILE"
            ),
        )
    clashing = [item for item in authority.people if conflicting(item.roles_on(authority.day))]
    if clashing:
        return Row(
            "roles",
            State.MISSING,
            gettext("Roles that do not go together: {people}").format(
                people="; ".join(_told(item, authority.day) for item in clashing)
            ),
            gettext("Name another auditor, and revoke one role: secaudit role revoke"),
        )
    later = (datetime.now(UTC) + SOON).astimezone(workspace.settings.time_zone).date()
    if not any(item.roles_on(later) & GRANTING for item in authority.people):
        return Row(
            "roles",
            State.MISSING,
            gettext("Soon nobody will hold the role of coordinator or approver any more."),
            gettext("Appoint the next one now: secaudit role grant NAME --role coordinator"),
        )
    return Row(
        "roles",
        State.OK,
        gettext("{count} people hold roles; those who may approve: {names}").format(
            count=sum(bool(item.roles_on(authority.day)) for item in authority.people),
            names=", ".join(item.name for item in authority.granters),
        ),
    )


def _told(item: Person, day: date) -> str:
    clash = conflicting(item.roles_on(day))
    why = " ".join(held.reason for held in item.held if held.role in clash and held.reason)
    roles = ", ".join(str(word(role)) for role in Role if role in clash)
    return f"{item.name}: {roles}" + (f" ({why})" if why else "")
