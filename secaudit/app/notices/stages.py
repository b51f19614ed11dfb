"""On which step before a day something is: pure arithmetic on days."""

from collections.abc import Sequence
from datetime import date

PAST = "past"


def stage_of(day: date, today: date, before: Sequence[int], *, past: bool = True) -> str | None:
    """Return the stage of what ends on ``day``, the last day on which it still holds.

    That is the smallest of ``before`` that ``today`` has come to, as text; ``past`` after the day,
    where that is asked for; None where it is too early. Steps that were passed over in between are
    not stages of their own: who slept through 30 and 14 days is told of 7 alone.
    """
    left = (day - today).days
    if left < 0:
        return PAST if past else None
    return next((str(count) for count in sorted(before) if left <= count), None)
