"""Days of the calendar as people write them: in ISO form, day first, or with the month's name."""

import re
from dataclasses import dataclass
from datetime import date

from secaudit.core.errors import InputError

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januari january jan",
            "februari february feb peb pebruari",
            "maret march mar mrt",
            "april apr",
            "mei may",
            "juni june jun",
            "juli july jul",
            "agustus august agu ags agt aug",
            "september sep sept",
            "oktober october okt oct",
            "november nov nopember nop",
            "desember december des dec",
        ),
        start=1,
    )
    for name in names.split()
}
_WEEKDAY = re.compile(
    r"^(senin|selasa|rabu|kamis|jum'?at|sabtu|minggu|ahad"
    r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday)\s*,?\s+"
)
_TIME = re.compile(r"[T\s]+0{1,2}[:.]00([:.]00(\.0+)?)?$")
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_NUMERIC = re.compile(r"(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4})")
_SHORT = re.compile(r"\d{1,2}\s*[-/.]\s*\d{1,2}\s*[-/.]\s*\d{2}")
_DAY_NAMED = re.compile(r"(\d{1,2})[\s.-]*([a-z]+)[\s.,-]*(\d{4})")
_MONTH_NAMED = re.compile(r"([a-z]+)\.?\s+(\d{1,2})\s*,\s*(\d{4})")
_YEARS = range(1990, 2200)


@dataclass(frozen=True)
class WrittenDay:
    """A day as it was understood."""

    day: date
    unsure: bool = False
    """Whether it would be another day for who writes the month first: 03/04/2026."""


def read_day(text: str) -> WrittenDay:
    """Read ``2026-12-15``, ``15/12/2026``, ``15.12.2026`` or ``15 Desember 2026``.

    The day comes before the month; ``12/15/2026`` is refused, and so is a year of two digits.
    Raises InputError.
    """
    plain = _WEEKDAY.sub("", _TIME.sub("", " ".join(text.split())).lower())
    if found := _ISO.fullmatch(plain):
        return WrittenDay(_date(text, found[1], found[2], found[3]))
    if found := _NUMERIC.fullmatch(plain):
        first, second = int(found[1]), int(found[2])
        if second > 12 >= first:
            raise InputError(
                "{value!r} has the month first",
                hint="write the day first, as 15/12/2026, or as 2026-12-15",
                value=text,
            )
        unsure = first <= 12 and first != second
        return WrittenDay(_date(text, found[3], found[2], found[1]), unsure)
    if (found := _DAY_NAMED.fullmatch(plain)) and found[2] in _MONTHS:
        return WrittenDay(_date(text, found[3], _MONTHS[found[2]], found[1]))
    if (found := _MONTH_NAMED.fullmatch(plain)) and found[1] in _MONTHS:
        return WrittenDay(_date(text, found[3], _MONTHS[found[1]], found[2]))
    if _SHORT.fullmatch(plain):
        raise InputError(
            "{value!r} has a year of two digits",
            hint="write it as 15/12/2026, or as 2026-12-15",
            value=text,
        )
    raise _no_day(text)


def with_month_first(text: str) -> date | None:
    """The day that a date such as ``12/15/2026`` is to who writes the month first; else None."""
    found = _NUMERIC.fullmatch(_TIME.sub("", " ".join(text.split())).lower())
    if found is None:
        return None
    try:
        return date(int(found[3]), int(found[1]), int(found[2]))
    except ValueError:
        return None


def _date(text: str, year: str | int, month: str | int, day: str | int) -> date:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        raise _no_day(text) from None
    if found.year not in _YEARS:
        raise _no_day(text)
    return found


def _no_day(text: str) -> InputError:
    return InputError(
        "{value!r} is not a day",
        hint="write it as 15/12/2026, as 2026-12-15 or as 15 Desember 2026",
        value=text,
    )
