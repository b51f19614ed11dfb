"""Looking at notices: what stands and who was told, the channels, the book."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from typing import Any

from secaudit.app.finding_acting import expire
from secaudit.app.notices.address import address_of, service_of, variable_of
from secaudit.app.notices.deciding import Decision, concerns
from secaudit.app.notices.drafting import active_channels
from secaudit.app.notices.kinds import Key, Kind
from secaudit.app.notices.matters import matters_of
from secaudit.app.notices.sending import decisions, told_to
from secaudit.app.notices.wording import Sender, title_of
from secaudit.app.workspace import Workspace
from secaudit.core.canonical import to_json
from secaudit.core.errors import InputError
from secaudit.registry import notices
from secaudit.registry.notices import Notice, NoticeState

_LONGEST_TITLE = 2000
LATE = timedelta(hours=1)
"""A message that waits for longer is a sign that the service or the address does not work."""


def list_standing(
    workspace: Workspace, kinds: Sequence[Kind] = (), channel: str | None = None
) -> list[dict[str, Any]]:
    """Everything that stands now as JSON values, with how each channel stands to it."""
    expire(workspace)
    now = datetime.now(UTC)
    channels = {
        name: one
        for name, one in active_channels(workspace).items()
        if channel is None or name == channel
    }
    with workspace.view() as connection:
        matters = matters_of(workspace, connection, now, kinds or tuple(Kind))
        told = notices.told(connection)
        made = decisions(workspace, connection, now, channels)
        states = {item.id: item.state for item in notices.list_all(connection)}
    known = {name: told_to(told, name) for name in channels}
    held = {name: {item.key for item in decision.held} for name, decision in made.items()}
    sender = Sender(
        workspace.settings.organisation, workspace.settings.timezone, False, _LONGEST_TITLE
    )
    rows = []
    for item in matters:
        stand = {
            name: _stand(item.key, item.key in held[name], known[name], made[name], states)
            for name, one in channels.items()
            if concerns(one, item)
        }
        if channel is not None and not stand:
            continue
        rows.append(
            {
                "kind": item.kind.value,
                "subject": item.subject,
                "stage": item.stage,
                "severity": None if item.severity is None else item.severity.value,
                "owners": list(item.owners),
                "due": to_json(item.due),
                "what": title_of(item, sender),
                "channels": stand,
            }
        )
    return rows


def _stand(
    key: Key,
    held: bool,
    told: Mapping[Key, str],
    decision: Decision,
    states: Mapping[str, NoticeState],
) -> dict[str, Any]:
    by = told.get(key)
    if by is not None:
        return {"state": states[by].value, "notice": by, "until": None}
    if held and decision.because is not None:
        return {
            "state": decision.because.value,
            "notice": None,
            "until": to_json(decision.until),
        }
    return {"state": "next", "notice": None, "until": None}


def list_channels(workspace: Workspace) -> list[dict[str, Any]]:
    """The channels as JSON values: what they are told and how, never their addresses."""
    rows = []
    for name, channel in workspace.settings.notices.channels.items():
        fault: InputError | None = None
        service = ""
        try:
            service = service_of(address_of(workspace.folder, name, channel))
        except InputError as error:
            fault = error
        rows.append(
            {
                "channel": name,
                "enabled": channel.enabled,
                "service": service,
                "recipients": list(channel.recipients),
                "kinds": [kind.value for kind in channel.kinds],
                "minimum_severity": channel.minimum_severity.value,
                "owners": list(channel.owners),
                "digest": channel.digest,
                "quiet": channel.quiet,
                "critical_at_once": channel.critical_at_once,
                "detail": channel.detail,
                "language": channel.language or workspace.settings.language,
                "secret": channel.secret or variable_of(name),
                "usable": fault is None,
                "fault": fault,
            }
        )
    return rows


def history(workspace: Workspace, limit: int | None = None) -> list[dict[str, Any]]:
    """The messages of the book as JSON values, newest first, without their texts."""
    with workspace.view() as connection:
        found = notices.list_all(connection, limit=limit)
    return [_row(item) for item in found]


def show(workspace: Workspace, identity: str) -> dict[str, Any]:
    """One message with its text."""
    with workspace.view() as connection:
        item = notices.get(connection, identity)
    return {**_row(item), "body": item.body}


def _row(item: Notice) -> dict[str, Any]:
    row: dict[str, Any] = to_json(item)
    del row["body"]
    return row


@dataclass(frozen=True)
class Health:
    """What doctor says about notices."""

    channels: int
    faults: Mapping[str, InputError]
    installed: bool
    late: tuple[Notice, ...]
    given_up: tuple[Notice, ...]


def health(workspace: Workspace) -> Health:
    """Whether notices can be sent, and which were not. Nothing is sent."""
    now = datetime.now(UTC)
    channels = active_channels(workspace)
    faults = {}
    for name, channel in channels.items():
        try:
            address_of(workspace.folder, name, channel)
        except InputError as error:
            faults[name] = error
    with workspace.view() as connection:
        waiting = notices.list_all(connection, [NoticeState.WAITING])
        given_up = notices.list_all(connection, [NoticeState.GIVEN_UP])
        left = notices.items_of(connection, NoticeState.GIVEN_UP)
    # What was too old to be sent was told anew by another message.
    given_up = [item for item in given_up if item.id in left]
    late = tuple(item for item in waiting if item.attempts and now - item.made_at > LATE)
    return Health(len(channels), faults, find_spec("apprise") is not None, late, tuple(given_up))
