"""The book of notices: what each channel was told, what waits to be sent, what was given up.

A message is written here before it is sent, and marked as sent after: a crash in between sends it
twice, and never loses it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from secaudit.core.errors import NotFoundError, RefusedError
from secaudit.store.numbering import human_id, next_number
from secaudit.store.tables.notices import notice, notice_digest, notice_item

MOST_ATTEMPTS = 8
LONGEST_WAIT = timedelta(hours=48)
"""A message is given up after so many tries, or when it is so old and failed again."""
_FIRST_PAUSE = timedelta(minutes=5)
_LONGEST_PAUSE = timedelta(hours=6)


class NoticeState(StrEnum):
    """How a message stands."""

    WAITING = "waiting"
    SENT = "sent"
    GIVEN_UP = "given_up"


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


@dataclass(frozen=True)
class Draft:
    """A message before it is in the book. ``items`` are kind, subject and stage of all it tells."""

    channel: str
    subject: str
    body: str
    kinds: Mapping[str, int]
    urgent: bool
    items: tuple[tuple[str, str, str], ...]


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
    rows = [
        {
            "notice_id": identity,
            "channel": draft.channel,
            "kind": kind,
            "subject": subject,
            "stage": stage,
        }
        for kind, subject, stage in draft.items
    ]
    if rows:
        connection.execute(insert(notice_item), rows)
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
    given_up = attempts >= MOST_ATTEMPTS or at - item.made_at >= LONGEST_WAIT
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


def _set(connection: Connection, identity: str, **values: Any) -> None:
    connection.execute(update(notice).where(notice.c.id == identity).values(**values))


def _notice(row: Row[Any]) -> Notice:
    fields = dict(row._mapping)
    del fields["number"]
    return Notice(**{**fields, "state": NoticeState(row.state)})
