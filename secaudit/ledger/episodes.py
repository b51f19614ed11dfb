"""The life of each finding as episodes, read from its events: what the metrics are counted from.

An episode begins when a finding is found or reopened, and ends when it is verified or closed in
another way. An acceptance ends nothing: the clock stands still, and goes on when it runs out.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, String, case, func, select, type_coerce

from secaudit.core.vocabulary import FindingState
from secaudit.ledger.findings.history import took_effect
from secaudit.ledger.findings.model import LIVE, EventKind
from secaudit.store.tables.ledger import finding, finding_event

_LIVE = frozenset(state.value for state in LIVE)
_ACCEPTED = FindingState.ACCEPTED.value
_ROWS_AT_ONCE = 10_000
_SAYS_DUE = (
    EventKind.FOUND,
    EventKind.REOPENED,
    EventKind.CLAIM_REFUTED,
    EventKind.VERIFIED,
    EventKind.PAUSED,
    EventKind.PAUSE_ENDED,
    EventKind.DUE_CHANGED,
    EventKind.ACCEPTANCE_EXPIRED,
)

DayOf = Callable[[datetime], date]


@dataclass
class Episode:
    """From the day of opening to the day of closing. ``due`` is the last day known for it."""

    opened_at: datetime
    opened: date
    relapse: bool
    due: date | None = None
    ended_at: datetime | None = None
    ended: date | None = None
    how: FindingState | None = None
    """Verified, retired, false positive or withdrawn; None while it stands."""
    stops: list[tuple[date, date | None]] = field(default_factory=list)
    """Acceptances: the first day of each, and the day on which it ended, None while it stands."""
    missed_before: bool = False
    """Its last day goes on from the episode before, which had missed it."""

    def live_on(self, day: date) -> bool:
        """Tell whether somebody had to act at the end of a day."""
        return self.standing_on(day) and not self.accepted_on(day)

    def standing_on(self, day: date) -> bool:
        """Tell whether it had begun and not ended at the end of a day, accepted or not."""
        return self.opened <= day and (self.ended is None or day < self.ended)

    def late_at_end(self) -> bool:
        """Tell whether its last day had passed when it ended."""
        return self.due is not None and self.ended is not None and self.due < self.ended

    def accepted_on(self, day: date) -> bool:
        """Tell whether an acceptance stood at the end of a day."""
        return bool(self.stops) and any(
            first <= day and (last is None or day < last) for first, last in self.stops
        )


def episodes(connection: Connection, day_of: DayOf, until: date) -> dict[str, list[Episode]]:
    """Return the episodes of every finding that began by ``until``, as they stood then.

    ``day_of`` gives the day of an instant where the workspace is.
    """
    days: dict[str, date] = {}

    def day(text: str) -> date:
        minute = text[:16]
        if minute not in days:
            days[minute] = day_of(datetime.fromisoformat(text))
        return days[minute]

    dues = _dues(connection)
    found: dict[str, list[Episode]] = {}
    for identity, rows in groupby(_rows(connection), key=itemgetter(0)):
        made, cut = _of_one(rows, day, until)
        if made:
            # What is not in an event is the day that stands now, as long as nothing came after.
            if made[-1].due is None and not cut:
                due = dues.get(identity)
                made[-1].due = date.fromisoformat(due) if due else None
            found[identity] = made
    return found


def _rows(connection: Connection) -> Iterator[Any]:
    """Finding, instant, state after, day that the event names; by finding and order.

    The columns come as they are stored: they may be hundreds of thousands.
    """
    said = case(
        (
            finding_event.c.kind.in_([kind.value for kind in _SAYS_DUE]),
            func.coalesce(
                func.json_extract(finding_event.c.details, "$.due"),
                func.json_extract(finding_event.c.details, "$.to"),
            ),
        ),
        (
            finding_event.c.kind == EventKind.SEVERITY_CHANGED.value,
            func.json_extract(finding_event.c.details, "$.due"),
        ),
        else_=None,
    )
    told = (*_SAYS_DUE, EventKind.SEVERITY_CHANGED)
    moves = finding_event.c.from_state.is_distinct_from(finding_event.c.to_state)
    query = (
        select(
            finding_event.c.finding_id,
            type_coerce(took_effect, String),
            finding_event.c.to_state,
            said,
        )
        .where(moves | finding_event.c.kind.in_([kind.value for kind in told]))
        .order_by(finding_event.c.finding_id, finding_event.c.number)
    )
    for block in connection.execute(query).partitions(_ROWS_AT_ONCE):
        yield from block


def _dues(connection: Connection) -> dict[str, str | None]:
    query = select(finding.c.id, type_coerce(finding.c.due, String))
    return {row[0]: row[1] for row in connection.execute(query)}


def _of_one(
    rows: Iterator[Any], day_of: Callable[[str], date], until: date
) -> tuple[list[Episode], bool]:
    """The episodes of one finding, and whether more happened to it after ``until``."""
    made: list[Episode] = []
    now: Episode | None = None
    for _, text, state, due in rows:
        day = day_of(text)
        if day > until:
            return made, True
        if now is None and (state in _LIVE or state == _ACCEPTED):
            before = made[-1] if made else None
            now = Episode(
                datetime.fromisoformat(text),
                day,
                relapse=before is not None and before.how is FindingState.VERIFIED,
                missed_before=before is not None and before.late_at_end(),
            )
            made.append(now)
        if now is None:
            continue
        if due:
            now.due = date.fromisoformat(due)
        accepted = bool(now.stops) and now.stops[-1][1] is None
        if state == _ACCEPTED and not accepted:
            now.stops.append((day, None))
        elif state != _ACCEPTED and accepted:
            now.stops[-1] = (now.stops[-1][0], day)
        if state not in _LIVE and state != _ACCEPTED:
            now.ended_at, now.ended = datetime.fromisoformat(text), day
            now.how = FindingState(state)
            now = None
    return made, False
