"""Working days: Monday to Friday, less the holidays that the workspace's list names.

The list is ``holidays.yaml``: national holidays and collective leave (cuti bersama) of a year are
set by a joint decree of three ministers, often in the autumn before, and may be changed later; so
each entry says whether it is confirmed, and the list is the workspace's to edit.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from secaudit.content.yaml import read_document, validate

SATURDAY = 5
Stops = Sequence[tuple[date, date]]
"""Spans of days, both ends included, in which a clock stands still."""
_ONE_DAY = timedelta(days=1)


class Holiday(BaseModel):
    """One day on which offices are closed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    date: date
    name: str = Field(min_length=1)
    kind: str = ""
    """Such as ``national`` or ``collective_leave``; both close the offices."""
    confirmed: bool = True


class HolidayFile(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    source: str = ""
    holidays: tuple[Holiday, ...] = ()


@dataclass(frozen=True)
class HolidayCalendar:
    """The days on which nobody works besides Saturdays and Sundays."""

    dates: frozenset[date] = frozenset()

    @classmethod
    def of(cls, dates: Iterable[date]) -> "HolidayCalendar":
        """Build a calendar from any dates."""
        return cls(frozenset(dates))

    @property
    def last_year(self) -> int | None:
        """The last year of which the list knows any holiday; later days are weekdays to it."""
        return max((day.year for day in self.dates), default=None)

    def is_working_day(self, day: date) -> bool:
        """Tell whether offices are open."""
        return day.weekday() < SATURDAY and day not in self.dates

    def add_working_days(self, start: date, days: int, stops: Stops = ()) -> date:
        """Return the day that is ``days`` working days after ``start``, which is not counted.

        Days inside a stop, both ends included, are not counted either.
        """
        if days < 0:
            raise ValueError("working days are counted forward")
        day = start
        while days:
            day += _ONE_DAY
            days -= self.is_working_day(day) and not any(a <= day <= b for a, b in stops)
        return day

    def take_working_days(self, start: date, days: int) -> date:
        """Return the working day that is ``days`` working days before ``start``."""
        day = start
        while days:
            day -= _ONE_DAY
            days -= self.is_working_day(day)
        return day

    def latest_start(self, today: date, days: int) -> date:
        """Return the latest day after which ``days`` working days have begun by ``today``."""
        day = today
        while True:
            days -= self.is_working_day(day)
            day -= _ONE_DAY
            if days <= 0:
                return day

    def working_days(self, first: date, last: date, stops: Stops = ()) -> int:
        """Count the working days from ``first`` to ``last``, both included, outside the stops."""
        days = (first + timedelta(days=index) for index in range((last - first).days + 1))
        return sum(
            self.is_working_day(day) and not any(a <= day <= b for a, b in stops) for day in days
        )


def read_holidays(path: Path) -> HolidayCalendar:
    """Read the workspace's list. Raises InputError that names file and line."""
    entries = validate(read_document(path), HolidayFile).holidays
    return HolidayCalendar.of(entry.date for entry in entries)
