"""Sending: compute what is to be told, write it into the book, send it, note what became of it."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from secaudit.app.finding_acting import expire
from secaudit.app.locks import exclusive
from secaudit.app.notices.address import address_of
from secaudit.app.notices.deciding import Because, Decision, decide, quiet_until
from secaudit.app.notices.delivering import deliver, require_apprise
from secaudit.app.notices.drafting import (
    active_channels,
    channel_named,
    draft_of,
    language_of,
    sender_of,
)
from secaudit.app.notices.kinds import Key, Kind, Matter
from secaudit.app.notices.matters import matters_of
from secaudit.app.notices.renewing import renew
from secaudit.app.notices.settings import Channel
from secaudit.app.notices.wording import compose_test
from secaudit.app.notices.words import Why
from secaudit.app.sla import local_zone
from secaudit.app.workspace import Workspace
from secaudit.core.errors import InputError, InternalError, SecauditError
from secaudit.registry import notices
from secaudit.registry.notices import TOO_OLD, Draft, Notice, NoticeState

MOST_IN_A_RUN = 20
"""Messages that one run sends to one channel; the rest waits for the next."""


@dataclass(frozen=True)
class Held:
    """What a channel is not told yet, and why."""

    channel: str
    count: int
    because: Because
    until: datetime | None


@dataclass(frozen=True)
class Tried:
    """One message that was tried: sent, waiting for another try, or given up."""

    notice: Notice
    state: NoticeState
    why: str
    next_try: datetime | None


@dataclass(frozen=True)
class SendReport:
    """What one run did; of a dry run, what it would have done."""

    drafts: tuple[Draft, ...]
    tried: tuple[Tried, ...]
    """Those that are too old to be tried are among them."""
    held: tuple[Held, ...]
    faults: Mapping[str, InputError]
    """Channels whose address cannot be used; what they are to be told waits."""
    overtaken: tuple[Notice, ...] = ()
    """Messages that waited, and have nothing left to tell."""
    waiting: tuple[Notice, ...] = ()
    """Messages that were not tried, since their turn has not come."""

    @property
    def failed(self) -> bool:
        """Tell whether something was not sent that should have been."""
        return bool(self.faults) or any(
            item.state is not NoticeState.SENT and item.why != TOO_OLD for item in self.tried
        )


def send(
    workspace: Workspace,
    *,
    only: Collection[Kind] = (),
    dry_run: bool = False,
    now_at_once: bool = False,
) -> SendReport:
    """Tell every channel what it was not told yet, and try again what failed before.

    What waits is written anew by what stands now, before it is tried. A dry run computes the new
    messages, and writes and sends nothing. ``only`` leaves out the other kinds, ``now_at_once`` the
    waiting for digests and for quiet hours to end, which is for an operator. Raises RefusedError
    where another process is doing it or for another account, InputError where there is no Apprise.
    """
    channels = active_channels(workspace)
    if dry_run:
        with workspace.view() as connection:
            now = datetime.now(UTC)
            made = decisions(workspace, connection, now, channels, only, now_at_once)
            drafts, held = _drafts(workspace, made, now), _held(made)
            waiting = _waiting(connection, channels)
        return SendReport(drafts, (), held, {}, waiting=waiting)
    if now_at_once:
        workspace.require("notice.requeued")
    if channels:
        require_apprise()
    with exclusive(workspace.folder, "notice"):
        expire(workspace)
        now = datetime.now(UTC)
        with workspace.database.write() as connection:
            lapsed, overtaken = _renew(workspace, connection, channels, now)
            made = decisions(workspace, connection, now, channels, only, now_at_once)
            drafts = _drafts(workspace, made, now)
            for draft in drafts:
                notices.put(connection, draft, now)
            for name, decision in made.items():
                if decision.slot is not None and not only:
                    notices.set_digest(connection, name, decision.slot)
            due = notices.waiting(connection, now)
        tried, faults = _try(workspace, channels, due, now, now_at_once, lapsed)
    with workspace.view() as connection:
        done = {item.notice.id for item in tried}
        waiting = tuple(item for item in _waiting(connection, channels) if item.id not in done)
    return SendReport(drafts, tried, _held(made), faults, tuple(overtaken), waiting)


def send_quietly(workspace: Workspace) -> SendReport | SecauditError | None:
    """Send at the end of a scan on schedule: what fails here is told, and fails no scan."""
    if not active_channels(workspace):
        return None
    try:
        return send(workspace)
    except SecauditError as error:
        return error


def send_test(workspace: Workspace, name: str) -> None:
    """Send one marked test message.

    Raises InputError or InternalError, which do not say the address, and RefusedError for an
    account that may not do it.
    """
    channel = channel_named(workspace, name)
    workspace.require("notice.tested")
    require_apprise()
    address = address_of(workspace.folder, name, channel)
    sender = sender_of(workspace, channel)
    subject, body = compose_test(name, sender, language_of(workspace, channel))
    done = deliver(address, subject, body, workspace.settings.notices.timeout_seconds)
    with workspace.change() as change:
        change.record("notice.tested", name, {"channel": name, "sent": done.sent, "why": done.why})
    if not done.sent:
        raise InternalError(
            "the test message to channel {channel} was not sent: {why}",
            hint="look at the address of the channel, and whether this machine reaches the service",
            channel=name,
            why=Why(done.why),
        )


def try_again(workspace: Workspace, ids: Sequence[str]) -> list[Notice]:
    """Put messages that were given up back among the waiting ones."""
    with workspace.change() as change:
        found = notices.try_again(change.connection, ids, change.at)
        for item in found:
            change.record("notice.requeued", item.id, {"channel": item.channel})
    return found


def told_to(told: Mapping[tuple[str, str, str, str], str], name: str) -> dict[Key, str]:
    """What one channel was told, with the message that told it."""
    return {
        (kind, subject, stage): by
        for (channel, kind, subject, stage), by in told.items()
        if channel == name
    }


def decisions(
    workspace: Workspace,
    connection: Connection,
    now: datetime,
    channels: Mapping[str, Channel],
    only: Collection[Kind] = (),
    at_once: bool = False,
) -> dict[str, Decision]:
    """What each channel is to be told now; nothing is written."""
    if not channels:
        return {}
    matters = _matters(workspace, connection, now, channels, only)
    told, digests = notices.told(connection), notices.digests(connection)
    # What is too old to be tried again will be told anew: this much is known before it is written.
    old = {item.id for item in notices.waiting(connection, now) if notices.too_old(item, now)}
    told = {key: by for key, by in told.items() if by not in old}
    zone = local_zone(workspace)
    made = {}
    for name, channel in channels.items():
        as_set = channel
        if at_once:
            as_set = channel.model_copy(update={"digest": "at_once", "quiet": ""})
        made[name] = decide(as_set, matters, told_to(told, name), digests.get(name), now, zone)
    return made


def _matters(
    workspace: Workspace,
    connection: Connection,
    now: datetime,
    channels: Mapping[str, Channel],
    only: Collection[Kind] = (),
) -> tuple[Matter, ...]:
    asked = {kind for channel in channels.values() for kind in channel.kinds}
    return matters_of(workspace, connection, now, asked & set(only or asked))


def _renew(
    workspace: Workspace, connection: Connection, channels: Mapping[str, Channel], now: datetime
) -> tuple[list[Tried], list[Notice]]:
    """Give up what is too old, and write anew what is to be tried now."""
    due = [item for item in notices.waiting(connection, now) if item.channel in channels]
    lapsed = [item for item in due if notices.too_old(item, now)]
    for item in lapsed:
        notices.lapse(connection, item)
    due = [item for item in due if item not in lapsed]
    overtaken: list[Notice] = []
    if due:
        matters = _matters(workspace, connection, now, channels)
        overtaken = renew(workspace, connection, channels, due, matters, now)
    return [Tried(item, NoticeState.GIVEN_UP, TOO_OLD, None) for item in lapsed], overtaken


def _waiting(connection: Connection, channels: Mapping[str, Channel]) -> tuple[Notice, ...]:
    """What waits to be tried, oldest first; channels that are switched off wait for good."""
    found = notices.list_all(connection, [NoticeState.WAITING])
    return tuple(item for item in reversed(found) if item.channel in channels)


def _drafts(workspace: Workspace, made: Mapping[str, Decision], now: datetime) -> tuple[Draft, ...]:
    return tuple(
        draft_of(workspace, name, decision.tell, decision.with_them, now)
        for name, decision in made.items()
        if decision.tell
    )


def _held(made: Mapping[str, Decision]) -> tuple[Held, ...]:
    return tuple(
        Held(name, len(decision.held), decision.because, decision.until)
        for name, decision in made.items()
        if decision.because is not None
    )


def _try(
    workspace: Workspace,
    channels: Mapping[str, Channel],
    waiting: Sequence[Notice],
    now: datetime,
    at_once: bool,
    lapsed: Sequence[Tried],
) -> tuple[tuple[Tried, ...], dict[str, InputError]]:
    """Send what waits, each message as soon as its turn comes, and note each result at once.

    ``lapsed`` are those that were given up before, for the trail.
    """
    addresses: dict[str, str] = {}
    faults: dict[str, InputError] = {}
    tried: list[Tried] = list(lapsed)
    count: Counter[str] = Counter()
    try:
        for item in waiting:
            channel = channels.get(item.channel)
            if channel is None or item.channel in faults or count[item.channel] >= MOST_IN_A_RUN:
                continue
            quiet = quiet_until(channel, now, local_zone(workspace)) is not None
            if quiet and not item.urgent and not at_once:
                continue
            if item.channel not in addresses:
                try:
                    addresses[item.channel] = address_of(workspace.folder, item.channel, channel)
                except InputError as error:
                    faults[item.channel] = error
                    continue
            count[item.channel] += 1
            tried.append(_send_one(workspace, item, addresses[item.channel]))
            if tried[-1].state is not NoticeState.SENT:
                count[item.channel] = MOST_IN_A_RUN  # what is down now is down for the others too
    finally:
        _record(workspace, tried)
    return tuple(tried), faults


def _send_one(workspace: Workspace, item: Notice, address: str) -> Tried:
    timeout = workspace.settings.notices.timeout_seconds
    done = deliver(address, item.subject, item.body, timeout)
    with workspace.database.write() as connection:
        if done.sent:
            notices.mark_sent(connection, item.id, datetime.now(UTC))
            state = NoticeState.SENT
        else:
            state = notices.mark_failed(connection, item, datetime.now(UTC), done.why)
        return Tried(item, state, done.why, notices.get(connection, item.id).next_try)


def _record(workspace: Workspace, tried: Sequence[Tried]) -> None:
    """Leave one row in the trail for all that was sent, and one for all that was given up."""
    sent = [item for item in tried if item.state is NoticeState.SENT]
    given_up = [item for item in tried if item.state is NoticeState.GIVEN_UP]
    if not sent and not given_up:
        return
    # A disk that is full now does not hide what was sent: the book says it, too.
    with suppress(InternalError), workspace.change() as change:
        if sent:
            change.record("notice.sent", _named(sent), {"notices": [_told(item) for item in sent]})
        if given_up:
            details = {"notices": [{**_told(item), "why": item.why} for item in given_up]}
            change.record("notice.given_up", _named(given_up), details)


def _named(items: Sequence[Tried]) -> str:
    first = items[0].notice.id
    return first if len(items) == 1 else f"{first}+{len(items) - 1}"


def _told(item: Tried) -> dict[str, Any]:
    found = item.notice
    return {"id": found.id, "channel": found.channel, "kinds": dict(found.kinds)}
