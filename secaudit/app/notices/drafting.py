"""A message to a channel as it is set now: who speaks, in which language, and what is told."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from secaudit.app.notices.deciding import counted
from secaudit.app.notices.kinds import Matter
from secaudit.app.notices.settings import Channel
from secaudit.app.notices.wording import Sender, compose
from secaudit.app.workspace import Workspace
from secaudit.core.errors import NotFoundError
from secaudit.registry.notices import Draft


def active_channels(workspace: Workspace) -> Mapping[str, Channel]:
    """The channels that are not switched off."""
    known = workspace.settings.notices.channels
    return {name: channel for name, channel in known.items() if channel.enabled}


def channel_named(workspace: Workspace, name: str) -> Channel:
    """Return one channel. Raises NotFoundError."""
    known = workspace.settings.notices.channels
    if name not in known:
        raise NotFoundError(
            "there is no channel {channel!r}",
            hint="secaudit.yaml names them under notices.channels: {known}",
            channel=name,
            known=", ".join(known) or "-",
        )
    return known[name]


def sender_of(workspace: Workspace, channel: Channel) -> Sender:
    """Who speaks to a channel."""
    settings = workspace.settings
    return Sender(
        settings.organisation, settings.timezone, channel.detail == "brief", channel.longest
    )


def language_of(workspace: Workspace, channel: Channel) -> str:
    """The language of a channel."""
    return channel.language or workspace.settings.language


def draft_of(
    workspace: Workspace,
    name: str,
    tell: Sequence[Matter],
    with_them: Sequence[Matter],
    now: datetime,
) -> Draft:
    """Compose a message about ``tell``; ``with_them`` is what it says already."""
    channel = channel_named(workspace, name)
    language = language_of(workspace, channel)
    subject, body = compose(tell, sender_of(workspace, channel), now, language)
    return Draft(
        name,
        subject,
        body,
        counted(tell),
        all(item.urgent for item in tell) and channel.critical_at_once,
        tuple(dict.fromkeys(item.key for item in (*tell, *with_them))),
    )
