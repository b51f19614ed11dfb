"""Can notices be sent, and were they? Nothing is sent to find that out."""

from secaudit.app.doctor.row import Row, State, fault_of
from secaudit.app.workspace import Workspace
from secaudit.text.language import gettext

NAME = "notices"
_SHOWN = 5


def examine_notices(workspace: Workspace) -> Row:
    """Look at the channels and at what was not delivered."""
    # Only here: it loads the rooms of which a stranger may stand before ours.
    from secaudit.app.notices.looking import health

    found = health(workspace)
    if not found.channels:
        return Row(NAME, State.OK, gettext("No channel for notices: nobody is told by itself."))
    for error in found.faults.values():
        return fault_of(NAME, error)
    if not found.installed:
        return Row(
            NAME,
            State.FAULT,
            gettext("Notices cannot be sent: the package apprise is not installed."),
            gettext("Install it: pip install 'secaudit[notices]'"),
        )
    if found.given_up:
        return Row(
            NAME,
            State.FAULT,
            gettext("Notices that nobody got: {ids}").format(
                ids=_some([item.id for item in found.given_up])
            ),
            gettext("See why: secaudit notice history. Then: secaudit notice retry ID"),
        )
    if found.late:
        return Row(
            NAME,
            State.MISSING,
            gettext("Notices that could not be sent yet: {ids}").format(
                ids=_some([item.id for item in found.late])
            ),
            gettext("See why: secaudit notice history"),
        )
    return Row(
        NAME,
        State.OK,
        gettext("{count} channels for notices are ready.").format(count=found.channels),
    )


def _some(ids: list[str]) -> str:
    return ", ".join(ids[:_SHOWN]) + (" ..." if len(ids) > _SHOWN else "")
