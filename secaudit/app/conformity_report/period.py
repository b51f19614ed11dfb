"""The period of a conformity report, as people write it and as it follows from the one before."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection

from secaudit.app.sla import end_of, today
from secaudit.app.workspace import Workspace
from secaudit.assurance import conformity_reports
from secaudit.assurance.obligations import add_months
from secaudit.core.errors import InputError
from secaudit.ledger import trail

_NAMED = re.compile(r"(\d{4})(?:-(?:([HS])([12])|Q([1-4])|(\d{2})))?", re.IGNORECASE)
_ONE_DAY = timedelta(days=1)
_LAST_MONTH = 12


@dataclass(frozen=True)
class Span:
    """Whole days, the instant at which they end, and until when judgements about them count."""

    first: date
    last: date
    at: datetime
    """The last instant of the period, or now where it still runs."""
    judged_at: datetime
    day: date
    """The day of ``at`` where the workspace is: what was due before it is late."""


def parse_period(text: str) -> tuple[date, date]:
    """Read ``2026``, ``2026-H2`` (or ``2026-S2``, semester), ``2026-Q3`` or ``2026-11``.

    Raises InputError for anything else.
    """
    found = _NAMED.fullmatch(text.strip())
    if found is None:
        raise _no_period(text)
    year, half, number, quarter, month = found.groups()
    first_month, months = 1, 12
    if half:
        first_month, months = (int(number) - 1) * 6 + 1, 6
    elif quarter:
        first_month, months = (int(quarter) - 1) * 3 + 1, 3
    elif month:
        first_month, months = int(month), 1
    if not 1 <= first_month <= _LAST_MONTH or not 1 <= int(year) < date.max.year:
        raise _no_period(text)
    first = date(int(year), first_month, 1)
    return first, add_months(first, months) - _ONE_DAY


def span_of(
    workspace: Workspace,
    connection: Connection,
    first: date | None,
    last: date | None,
    *,
    whole: bool = False,
    replaces: str | None = None,
) -> Span:
    """Resolve a period: from the day after the last report, or the workspace's first, until today.

    One that replaces a report takes that one's period. Raises InputError for a period that ends
    before it begins or has not begun; with ``whole``, also for one that has not ended.
    """
    now = datetime.now(UTC)
    this_day = today(workspace, now)
    if replaces is not None:
        replaced = conformity_reports.require_replaceable(connection, replaces)
        first, last = first or replaced.period_from, last or replaced.period_until
    last = last or this_day
    first = first or _following(workspace, connection, last, now)
    if last < first:
        raise InputError(
            "the period ends on {last}, before it begins on {first}", first=first, last=last
        )
    if first > this_day:
        raise InputError("the period begins on {day}, which is still to come", day=first)
    if whole and last > this_day:
        raise InputError(
            "the period ends on {day}, which is still to come",
            hint="issue it after that day, or until today: --from {first} --until {today}",
            day=last,
            first=first,
            today=this_day,
        )
    return span_at(workspace, first, last, now)


def span_at(workspace: Workspace, first: date, last: date, now: datetime) -> Span:
    """The period as it is seen at an instant."""
    at = min(now, end_of(workspace, last).astimezone(UTC) - timedelta(microseconds=1))
    return Span(first, last, at, now, today(workspace, at))


def _following(workspace: Workspace, connection: Connection, last: date, now: datetime) -> date:
    before = conformity_reports.before(connection, last)
    if before is not None:
        return before.period_until + _ONE_DAY
    start = next(trail.entries(connection), None)
    return min(last, today(workspace, now if start is None else start.at))


def _no_period(text: str) -> InputError:
    return InputError(
        "{text!r} is no period",
        hint="a year, half-year, quarter or month: 2026, 2026-H2, 2026-Q3, 2026-11;"
        " or --from DAY --until DAY",
        text=text,
    )
