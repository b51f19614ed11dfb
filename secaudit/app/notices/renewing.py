"""Messages that wait for another try are computed anew, by what stands and is set by then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from secaudit.app.notices.deciding import STEPS, concerns
from secaudit.app.notices.drafting import draft_of
from secaudit.app.notices.kinds import Key, Matter
from secaudit.app.notices.settings import Channel
from secaudit.app.workspace import Workspace
from secaudit.registry import notices
from secaudit.registry.notices import Notice, NoticeState


@dataclass(frozen=True)
class Renewal:
    """What a waiting message tells now; nothing, where all that it told was overtaken."""

    notice: Notice
    tell: tuple[Matter, ...]
    with_them: tuple[Matter, ...]


def renewals(
    channel: Channel,
    due: Sequence[tuple[Notice, Sequence[Key]]],
    matters: Sequence[Matter],
    told: Mapping[Key, str],
) -> list[Renewal]:
    """Compute anew what the messages in ``due``, to one channel, tell. Pure.

    A step further than one that a message was to tell goes with that message; where another that
    was made later tells it, this one keeps silent about it. ``told`` is what the channel was told
    or is to be told, with the id of the message.
    """
    wanted = [item for item in matters if concerns(channel, item)]
    ours = {message.id for message, _keys in due}
    follows: dict[tuple[str, str], str] = {}
    for message, keys in due:
        for kind, subject, _stage in keys:
            follows.setdefault((subject, _line(kind)), message.id)
    mine: dict[str, list[Matter]] = {}
    later: dict[str, list[tuple[str, int]]] = {}
    furthest: dict[str, int] = {}
    for item in wanted:
        step = STEPS.get(item.kind, 0)
        by = told.get(item.key) or follows.get((item.subject, _line(item.kind.value)))
        if by is None:
            continue
        if by in ours:
            mine.setdefault(by, []).append(item)
            furthest[item.subject] = max(step, furthest.get(item.subject, 0))
        else:
            later.setdefault(item.subject, []).append((by, step))

    def further(item: Matter, message: Notice) -> bool:
        """Tell whether a step beyond this one is told, by this message or a later one."""
        step = STEPS.get(item.kind)
        if step is None:
            return False
        others = (far for by, far in later.get(item.subject, ()) if _age(by) > _age(message.id))
        return max((furthest[item.subject], *others)) > step

    made = []
    for message, _keys in due:
        found = mine.get(message.id, [])
        tell = tuple(item for item in found if not further(item, message))
        made.append(Renewal(message, tell, tuple(item for item in found if further(item, message))))
    return made


def renew(
    workspace: Workspace,
    connection: Connection,
    channels: Mapping[str, Channel],
    due: Sequence[Notice],
    matters: Sequence[Matter],
    now: datetime,
) -> list[Notice]:
    """Write the messages in ``due`` anew, and return those with nothing left to tell."""
    items = notices.items_of(connection, NoticeState.WAITING)
    told = notices.told(connection)
    overtaken = []
    for name, channel in channels.items():
        mine = [(item, items.get(item.id, ())) for item in due if item.channel == name]
        known = {(key[1], key[2], key[3]): by for key, by in told.items() if key[0] == name}
        for made in renewals(channel, mine, matters, known) if mine else ():
            if made.tell:
                draft = draft_of(workspace, name, made.tell, made.with_them, now)
                notices.renew(connection, made.notice.id, draft)
            else:
                kept = [item.key for item in made.with_them]
                notices.overtake(connection, made.notice, kept)
                overtaken.append(made.notice)
    return overtaken


def _line(kind: str) -> str:
    """What follows on each other: the steps of a finding that nobody repairs, or the same kind."""
    return "steps" if kind in {step.value for step in STEPS} else kind


def _age(identity: str) -> tuple[int, str]:
    """What messages are in the order of by when they were made."""
    return len(identity), identity
