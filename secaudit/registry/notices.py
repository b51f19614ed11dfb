"""The book of notices: what each channel was told, what waits to be sent, what was given up.

A message is written here before it is sent, and marked as sent after: a crash in between sends it
twice, and never loses it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from secaudit.core.errors import NotFoundError, RefusedError
from secaudit.store.numbering import human_id, next_number
from secaudit.store.tables.notices import notice, notice_digest, notice_item

MOST_ATTEMPTS = 8
LONGEST_WAIT = timedelta(hours=48)
"""A message is given up after so many tries, or once it failed and is so old."""
TOO_OLD = "too_old"
_FIRST_PAUSE = timedelta(minutes=5)
_LONGEST_PAUSE = timedelta(hours=6)


class NoticeState(StrEnum):
    """How a message stands."""

    WAITING = "waiting"
    SENT = "sent"
    GIVEN_UP = "given_up"
    OVERTAKEN = "overtaken"
    """Never sent: what it was to tell no longer stands, or another message tells more."""


@dataclass(frozen=True)
class Notice:
    """One message to one channel. ``kinds`` counts what it tells; ``why`` is a reason code."""

    id: str
    channel: str
    subject: str
    body: str
    kinds: Mapping[str, int]
    urgent: bool
    made_at: datetime
    state: NoticeState
    attempts: int
    tried_at: datetime | None
    next_try: datetime | None
    sent_at: datetime | None
    why: str


Item = tuple[str, str, str]
"""Kind, subject and stage of one thing that a message tells."""


@dataclass(frozen=True)
class Draft:
    """A message before it is in the book. ``items`` are kind, subject and stage of all it tells."""

    channel: str
    subject: str
    body: str
    kinds: Mapping[str, int]
    urgent: bool
    items: tuple[Item, ...]


def told(connection: Connection) -> dict[tuple[str, str, str, str], str]:
    """What every channel was told, or is about to be: channel, kind, subject, stage -> message."""
    table = notice_item.c
    query = select(table.channel, table.kind, table.subject, table.stage, table.notice_id)
    return {(row[0], row[1], row[2], row[3]): row[4] for row in connection.execute(query)}


def put(connection: Connection, draft: Draft, at: datetime) -> Notice:
    """Write a message down as waiting, with all that it tells."""
    number = next_number(connection, notice)
    identity = human_id("N", number)
    connection.execute(
        insert(notice).values(
            id=identity,
            number=number,
            channel=draft.channel,
            subject=draft.subject,
            body=draft.body,
            kinds=dict(draft.kinds),
            urgent=draft.urgent,
            made_at=at,
            state=NoticeState.WAITING.value,
            attempts=0,
            next_try=at,
            why="",
        )
    )
    _put_items(connection, identity, draft.channel, draft.items)
    return get(connection, identity)


def get(connection: Connection, identity: str) -> Notice:
    """Return one message. Raises NotFoundError."""
    row = connection.execute(select(notice).where(notice.c.id == identity)).first()
    if row is None:
        raise NotFoundError(
            "there is no notice {id}", hint="see them with: secaudit notice history", id=identity
        )
    return _notice(row)


def list_all(
    connection: Connection, states: Sequence[NoticeState] = (), *, limit: int | None = None
) -> list[Notice]:
    """Return the messages, newest first; all, or those in these states."""
    query = select(notice).order_by(notice.c.number.desc()).limit(limit)
    if states:
        query = query.where(notice.c.state.in_([state.value for state in states]))
    return [_notice(row) for row in connection.execute(query)]


def waiting(connection: Connection, at: datetime) -> list[Notice]:
    """Return what is to be tried now, oldest first."""
    query = (
        select(notice)
        .where(notice.c.state == NoticeState.WAITING.value, notice.c.next_try <= at)
        .order_by(notice.c.number)
    )
    return [_notice(row) for row in connection.execute(query)]


def items_of(connection: Connection, state: NoticeState) -> dict[str, tuple[Item, ...]]:
    """Return what the messages in a state tell; one that tells nothing any more is left out."""
    found: dict[str, list[Item]] = {}
    table = notice_item.c
    query = (
        select(table.notice_id, table.kind, table.subject, table.stage)
        .join(notice, notice.c.id == table.notice_id)
        .where(notice.c.state == state.value)
        .order_by(table.number)
    )
    for row in connection.execute(query):
        found.setdefault(row.notice_id, []).append((row.kind, row.subject, row.stage))
    return {identity: tuple(items) for identity, items in found.items()}


def renew(connection: Connection, identity: str, draft: Draft) -> None:
    """Write a waiting message anew; its tries and its age stay."""
    _set(
        connection,
        identity,
        subject=draft.subject,
        body=draft.body,
        kinds=dict(draft.kinds),
        urgent=draft.urgent,
    )
    _put_items(connection, identity, draft.channel, draft.items)


def overtake(connection: Connection, item: Notice, kept: Sequence[Item]) -> None:
    """Note that a waiting message is not sent; of what it was to tell, ``kept`` counts as told."""
    _set(connection, item.id, state=NoticeState.OVERTAKEN.value, next_try=None)
    _put_items(connection, item.id, item.channel, kept)


def too_old(item: Notice, at: datetime) -> bool:
    """Tell whether a message that failed is too old to be tried again."""
    return item.attempts > 0 and at - item.made_at >= LONGEST_WAIT


def lapse(connection: Connection, item: Notice) -> None:
    """Give a message up for its age; what it was to tell counts as not told."""
    _set(connection, item.id, state=NoticeState.GIVEN_UP.value, next_try=None, why=TOO_OLD)
    _put_items(connection, item.id, item.channel, ())


def mark_sent(connection: Connection, identity: str, at: datetime) -> None:
    """Note that the service took a message."""
    _set(
        connection,
        identity,
        state=NoticeState.SENT.value,
        attempts=notice.c.attempts + 1,
        tried_at=at,
        sent_at=at,
        next_try=None,
        why="",
    )


def mark_failed(connection: Connection, item: Notice, at: datetime, why: str) -> NoticeState:
    """Note a try that failed, and when the next one is; give up after the last."""
    attempts = item.attempts + 1
    given_up = attempts >= MOST_ATTEMPTS
    state = NoticeState.GIVEN_UP if given_up else NoticeState.WAITING
    _set(
        connection,
        item.id,
        state=state.value,
        attempts=attempts,
        tried_at=at,
        next_try=None if given_up else at + pause_after(attempts),
        why=why,
    )
    return state


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many tries: twice as long each time, within bounds."""
    return min(_FIRST_PAUSE * (1 << min(attempts - 1, 16)), _LONGEST_PAUSE)


def try_again(connection: Connection, ids: Iterable[str], at: datetime) -> list[Notice]:
    """Put given-up messages back among the waiting ones. Raises RefusedError for any other."""
    items = [get(connection, identity) for identity in dict.fromkeys(ids)]
    for item in items:
        if item.state is not NoticeState.GIVEN_UP:
            raise RefusedError(
                "{id} was not given up", hint="see: secaudit notice history", id=item.id
            )
        _set(
            connection,
            item.id,
            state=NoticeState.WAITING.value,
            attempts=0,
            made_at=at,
            next_try=at,
        )
    return [get(connection, item.id) for item in items]


def digests(connection: Connection) -> dict[str, datetime]:
    """Return for which time of a day each channel had its last digest."""
    return {row.channel: row.slot for row in connection.execute(select(notice_digest))}


def set_digest(connection: Connection, channel: str, slot: datetime) -> None:
    """Note that a channel had its digest for this time, also where there was nothing to tell."""
    same = notice_digest.c.channel == channel
    if connection.execute(select(func.count()).select_from(notice_digest).where(same)).scalar():
        connection.execute(update(notice_digest).where(same).values(slot=slot))
    else:
        connection.execute(insert(notice_digest).values(channel=channel, slot=slot))


def _put_items(connection: Connection, identity: str, channel: str, items: Sequence[Item]) -> None:
    """Let a message tell these things, and none that it told before."""
    connection.execute(delete(notice_item).where(notice_item.c.notice_id == identity))
    rows = [
        {
            "notice_id": identity,
            "channel": channel,
            "kind": kind,
            "subject": subject,
            "stage": stage,
        }
        for kind, subject, stage in items
    ]
    if rows:
        connection.execute(insert(notice_item), rows)


def _set(connection: Connection, identity: str, **values: Any) -> None:
    connection.execute(update(notice).where(notice.c.id == identity).values(**values))


def _notice(row: Row[Any]) -> Notice:
    fields = dict(row._mapping)
    del fields["number"]
    return Notice(**{**fields, "state": NoticeState(row.state)})
