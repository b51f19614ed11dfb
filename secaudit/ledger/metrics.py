"""Numbers about repairs, counted from the episodes of findings over a period of whole days.

How long repairs take is told as median and 90th percentile: one finding that was forgotten for
years would move a mean, which is only told beside them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from statistics import fmean, median

from secaudit.core.vocabulary import FindingState
from secaudit.ledger.episodes import Episode

AGE_BUCKETS = ((7, "0-7"), (30, "8-30"), (90, "31-90"), (180, "91-180"))
OLDEST = "over-180"
_ONE_DAY = timedelta(days=1)
_SECONDS_OF_A_DAY = 86_400
_REFUTED = (FindingState.FALSE_POSITIVE, FindingState.WITHDRAWN)


@dataclass(frozen=True)
class BurnDay:
    """The end of one day: what is still to be repaired, and what came and went that day."""

    day: date
    open: int
    accepted: int
    opened: int
    closed: int


@dataclass(frozen=True)
class Measures:
    """What a period looks like. Times are calendar days from opening to the verifying scan."""

    open_before: int
    """At the end of the day before the period."""
    open: int
    accepted: int
    opened: int
    relapsed: int
    """Of those opened: what had been repaired before."""
    verified: int
    closed_otherwise: int
    median_days: float | None
    p90_days: float | None
    mean_days: float | None
    ageing: Mapping[str, int]
    """What is open at the end, by days since it was opened."""
    kept: int
    missed: int
    kept_share: float | None
    """Of the last days that were decided in the period: kept when repaired by then, missed when
    not, on the day after."""


def measure(episodes: Iterable[Episode], first: date, last: date) -> Measures:
    """Count a period, both days included."""
    count: Counter[str] = Counter()
    ages: Counter[str] = Counter()
    times: list[float] = []
    before = first - _ONE_DAY
    for one in episodes:
        if one.opened > last:
            continue
        count["before"] += one.live_on(before)
        if one.live_on(last):
            count["open"] += 1
            ages[_bucket((last - one.opened).days)] += 1
        count["accepted"] += one.standing_on(last) and one.accepted_on(last)
        if first <= one.opened:
            count["opened"] += 1
            count["relapsed"] += one.relapse
        if one.ended_at is not None and one.ended is not None and first <= one.ended <= last:
            verified = one.how is FindingState.VERIFIED
            count["verified" if verified else "otherwise"] += 1
            if verified:
                times.append((one.ended_at - one.opened_at).total_seconds() / _SECONDS_OF_A_DAY)
        decided = decision(one)
        if decided is not None and first <= decided[0] <= last:
            count["kept" if decided[1] else "missed"] += 1
    both = count["kept"] + count["missed"]
    return Measures(
        open_before=count["before"],
        open=count["open"],
        accepted=count["accepted"],
        opened=count["opened"],
        relapsed=count["relapsed"],
        verified=count["verified"],
        closed_otherwise=count["otherwise"],
        median_days=round(median(times), 1) if times else None,
        p90_days=round(percentile(times, 90), 1) if times else None,
        mean_days=round(fmean(times), 1) if times else None,
        ageing={name: ages[name] for name in (*(name for _, name in AGE_BUCKETS), OLDEST)},
        kept=count["kept"],
        missed=count["missed"],
        kept_share=round(count["kept"] / both, 4) if both else None,
    )


def decision(one: Episode) -> tuple[date, bool] | None:
    """The day on which it was decided whether the last day was kept, and whether it was.

    None without a last day, for what was refuted or withdrawn, and where it was closed or accepted
    in time. A last day to come is decided by then: the caller asks only about days that are past.
    """
    if one.due is None or one.how in _REFUTED:
        return None
    if one.due < one.opened:
        # Retired by people, and never away: its last day is the one of the episode before.
        return None if one.missed_before else (one.opened, False)
    if one.ended is not None and one.ended <= one.due:
        return (one.ended, True) if one.how is FindingState.VERIFIED else None
    if one.accepted_on(one.due):
        return None
    return one.due + _ONE_DAY, False


def burn_down(episodes: Iterable[Episode], first: date, last: date) -> tuple[BurnDay, ...]:
    """Return each day of the period, both ends included."""
    days = [first + timedelta(days=index) for index in range((last - first).days + 1)]
    live: Counter[date] = Counter()
    accepted: Counter[date] = Counter()
    opened: Counter[date] = Counter()
    closed: Counter[date] = Counter()
    for one in episodes:
        _span(live, one.opened, one.ended, first)
        for begin, end in one.stops:
            _span(live, begin, end, first, -1)
            _span(accepted, begin, end, first)
        opened[one.opened] += 1
        if one.ended is not None:
            closed[one.ended] += 1
    made, standing, set_aside = [], 0, 0
    for day in days:
        standing += live[day]
        set_aside += accepted[day]
        made.append(BurnDay(day, standing, set_aside, opened[day], closed[day]))
    return tuple(made)


def percentile(values: Sequence[float], share: int) -> float:
    """The nearest-rank percentile: the least value that ``share`` percent do not exceed."""
    ordered = sorted(values)
    return ordered[max(ceil(len(ordered) * share / 100), 1) - 1]


def _span(
    steps: Counter[date], begin: date, end: date | None, first: date, weight: int = 1
) -> None:
    if end is not None and end <= begin:
        return
    steps[max(begin, first)] += weight
    if end is not None:
        steps[max(end, first)] -= weight


def _bucket(days: int) -> str:
    return next((name for bound, name in AGE_BUCKETS if days <= bound), OLDEST)
