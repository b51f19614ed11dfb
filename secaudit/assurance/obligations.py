"""When a duty falls due: pure arithmetic on days, from the rhythm that a text asks for.

"At least twice a year" counts in calendar years: the year is cut into two equal parts, the end of
the part is the day to plan for, the end of the year the last day that the text allows. "At least
once every two years" counts from the last time. A duty counts from ``since`` on: a period that
had begun before asks for nothing, so that nobody is called late for what nobody tracked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, date, timedelta

from secaudit.assurance.vocabulary import ObligationState, Per


@dataclass(frozen=True)
class Rhythm:
    """At least so many times in each period."""

    at_least: int
    per: Per


@dataclass(frozen=True)
class Duty:
    """One obligation. Either ``rhythm`` or ``due`` is given, or neither: then it has no date."""

    key: str
    since: date
    """The first day that counts: when the text came into force, or the workspace was made."""
    rhythm: Rhythm | None = None
    due: date | None = None
    first_due: date | None = None
    """For a rhythm that counts from the last time: the last day for the first one."""


@dataclass(frozen=True)
class Occasion:
    """One time that a duty is to be done: by ``plan`` for an even rhythm, by ``last`` at latest."""

    label: str
    plan: date
    last: date


@dataclass(frozen=True)
class Status:
    """How a duty stands on a day."""

    state: ObligationState
    next: date | None
    """The day to plan for."""
    last: date | None
    """The last day that the text allows."""
    last_done: date | None
    done: int = 0
    needed: int = 0
    """How often in the current period."""
    missed: str = ""
    """The period that ended without enough of them, such as ``2026`` or ``2026-H1``."""


def status(duty: Duty, done: Sequence[date], today: date) -> Status:
    """Tell how a duty stands on ``today``, which ``done`` days are on record."""
    past = sorted(day for day in done if day <= today)
    last_done = past[-1] if past else None
    if duty.due is not None:
        return _of_deadline(duty.due, last_done, today)
    if duty.rhythm is None:
        return Status(ObligationState.UNDATED, None, None, last_done)
    if duty.rhythm.per.rolling:
        return _of_rolling(duty, duty.rhythm, last_done, today)
    return _of_calendar(duty, duty.rhythm, past, today)


def occasions(duty: Duty, done: Sequence[date], today: date, until: date) -> tuple[Occasion, ...]:
    """The occasions still to come whose planned day is not after ``until``; the late one first.

    A label names the occasion for good: it stays the same when others are done. Planned days that
    have passed are left out; the last day that the text allows is the last one of its period.
    """
    now = status(duty, done, today)
    if now.next is None or now.last is None:
        return ()
    if duty.rhythm is None:
        return (Occasion("due", now.next, now.last),) if now.next <= until else ()
    found: list[Occasion] = []
    if now.missed:
        found.append(Occasion(f"{now.missed}.late", now.next, now.last))
    if duty.rhythm.per.rolling:
        day = now.next
        while day <= until:
            found.append(Occasion(day.isoformat(), day, day))
            day = add_months(day, _step(duty.rhythm))
        return tuple(found)
    begin = period_of(duty.rhythm.per, today)
    left = duty.rhythm.at_least - now.done
    while begin <= until:
        ends = _parts(duty.rhythm, begin)
        for number, end in enumerate(ends, start=1):
            if number > duty.rhythm.at_least - left and today <= end <= until:
                label = period_name(duty.rhythm.per, begin)
                found.append(Occasion(f"{label}.{number}", end, ends[-1]))
        left = duty.rhythm.at_least
        begin = ends[-1] + timedelta(days=1)
    return tuple(found)


def period_of(per: Per, day: date) -> date:
    """The first day of the calendar period around a day."""
    month = (day.month - 1) // per.months * per.months + 1
    return date(day.year, month, 1)


def period_name(per: Per, begin: date) -> str:
    """The name of a calendar period: ``2026``, ``2026-H1``, ``2026-Q3``, ``2026-07``."""
    if per is Per.YEAR:
        return f"{begin.year}"
    if per is Per.MONTH:
        return f"{begin.year}-{begin.month:02d}"
    letter = "H" if per is Per.HALF_YEAR else "Q"
    return f"{begin.year}-{letter}{(begin.month - 1) // per.months + 1}"


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > MAXYEAR:
        return date.max
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1) if year < MAXYEAR else None
    last = (following - timedelta(days=1)).day if following else 28
    return date(year, month + 1, min(day.day, last))


def _of_deadline(due: date, last_done: date | None, today: date) -> Status:
    if last_done is not None:
        return Status(ObligationState.DONE, None, due, last_done, 1, 1)
    state = ObligationState.OVERDUE if today > due else ObligationState.DUE
    return Status(state, due, due, None, 0, 1)


def _of_rolling(duty: Duty, rhythm: Rhythm, last_done: date | None, today: date) -> Status:
    if last_done is None:
        due = duty.first_due or add_months(duty.since, _step(rhythm))
    else:
        due = add_months(last_done, _step(rhythm))
    state = ObligationState.DUE if last_done is None else ObligationState.DONE
    if today > due:
        state = ObligationState.OVERDUE
    return Status(state, due, due, last_done, int(last_done is not None), 1)


def _of_calendar(duty: Duty, rhythm: Rhythm, past: Sequence[date], today: date) -> Status:
    begin = period_of(rhythm.per, today)
    ends = _parts(rhythm, begin)
    count = sum(1 for day in past if day >= begin)
    before = period_of(rhythm.per, begin - timedelta(days=1))
    short = duty.since <= before and sum(1 for day in past if before <= day < begin) < (
        rhythm.at_least
    )
    last_done = past[-1] if past else None
    needed = rhythm.at_least
    if short and not count:
        late = begin - timedelta(days=1)
        missed = period_name(rhythm.per, before)
        return Status(ObligationState.OVERDUE, late, late, last_done, count, needed, missed)
    if count >= needed:
        following = _parts(rhythm, ends[-1] + timedelta(days=1))
        return Status(ObligationState.DONE, following[0], following[-1], last_done, count, needed)
    plan = next((end for end in ends[count:] if end >= today), ends[-1])
    return Status(ObligationState.DUE, plan, ends[-1], last_done, count, needed)


def _parts(rhythm: Rhythm, begin: date) -> tuple[date, ...]:
    """The last days of the equal parts of the period that begins on ``begin``."""
    count, months = rhythm.at_least, rhythm.per.months
    if months % count == 0:
        step = months // count
        return tuple(
            add_months(begin, step * number) - timedelta(days=1) for number in range(1, count + 1)
        )
    whole = (add_months(begin, months) - begin).days
    return tuple(
        begin + timedelta(days=max(whole * number // count, 1) - 1)
        for number in range(1, count + 1)
    )


def _step(rhythm: Rhythm) -> int:
    return max(rhythm.per.months // rhythm.at_least, 1)
