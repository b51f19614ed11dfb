"""The words of a report in one language, and dates and numbers as that language writes them.

Texts are in ``texts/id.yaml`` and ``texts/en.yaml``, and those of one kind of report in files such
as ``texts/audit.id.yaml``; with the same keys in both. No system locale
and no time-zone database is needed for Indonesia's three zones, which have no summer time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from secaudit.content.yaml import read_document

TEXTS_FOLDER = Path(__file__).parent / "texts"

_INDONESIAN_ZONES = {
    "Asia/Jakarta": timezone(timedelta(hours=7), "WIB"),
    "Asia/Pontianak": timezone(timedelta(hours=7), "WIB"),
    "Asia/Makassar": timezone(timedelta(hours=8), "WITA"),
    "Asia/Jayapura": timezone(timedelta(hours=9), "WIT"),
}


@cache
def _texts(language: str) -> Mapping[str, str]:
    paths = [TEXTS_FOLDER / f"{language}.yaml", *sorted(TEXTS_FOLDER.glob(f"*.{language}.yaml"))]
    return {key: text for path in paths for key, text in _flat(read_document(path).value)}


def _flat(value: Any, prefix: str = "") -> list[tuple[str, str]]:
    if isinstance(value, Mapping):
        return [
            pair
            for key, item in value.items()
            for pair in _flat(item, f"{prefix}.{key}" if prefix else key)
        ]
    if isinstance(value, list):
        return [
            pair for index, item in enumerate(value) for pair in _flat(item, f"{prefix}.{index}")
        ]
    return [(prefix, str(value).strip())]


def text_keys(language: str) -> frozenset[str]:
    """The keys of every text in one language."""
    return frozenset(_texts(language))


def time_zone(name: str) -> tzinfo:
    """The zone of that name; UTC where this machine does not know it."""
    if name in _INDONESIAN_ZONES:
        return _INDONESIAN_ZONES[name]
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


@dataclass(frozen=True)
class Words:
    """Speaks one language about instants in one time zone. Unknown keys raise KeyError."""

    language: str
    timezone: str = "Asia/Jakarta"

    def __call__(self, key: str, /, **facts: object) -> str:
        """The text at ``key``, filled with ``facts``."""
        text = _texts(self.language)[key]
        return text.format(**facts) if facts else text

    def several(self, key: str, /) -> tuple[str, ...]:
        """The texts of a list, in order."""
        texts = _texts(self.language)
        found: list[str] = []
        while f"{key}.{len(found)}" in texts:
            found.append(texts[f"{key}.{len(found)}"])
        return tuple(found)

    def count(self, unit: str, number: int) -> str:
        """A number with its unit: ``3 findings``, ``1 finding``."""
        form = "one" if number == 1 else "other"
        return self(f"unit.{unit}.{form}", n=self.number(number))

    def number(self, value: int) -> str:
        """An integer with its thousands apart."""
        text = f"{value:,}"
        return text.replace(",", ".") if self.language == "id" else text

    def of(self, kind: str, value: StrEnum | str) -> str:
        """The word for a member of a closed list: ``of("severity", Severity.HIGH)``.

        A value that the list does not know is shown as it is.
        """
        key = value.value if isinstance(value, StrEnum) else value
        return _texts(self.language).get(f"{kind}.{key}", key)

    def day(self, value: date | None) -> str:
        """A day: ``21 November 2026``; a dash for none."""
        if value is None:
            return "–"
        return f"{value.day} {self(f'month.{value.month}')} {value.year}"

    def period(self, first: date, last: date) -> str:
        """Whole days: ``1 Oktober 2026 s.d. 21 November 2026``, or the one day."""
        if first == last:
            return self.day(first)
        return self("term.period", first=self.day(first), last=self.day(last))

    def local(self, value: datetime) -> date:
        """The day of an instant in the organisation's zone, as a date.

        The last and the first day of the calendar stay what they are: certificates without an end
        carry 9999-12-31 (RFC 5280, 4.1.2.5).
        """
        try:
            return value.astimezone(time_zone(self.timezone)).date()
        except OverflowError:
            return value.date()

    def day_of(self, value: datetime | None) -> str:
        """The day of an instant in the organisation's zone, in words; a dash for none."""
        return "–" if value is None else self.day(self.local(value))

    def instant(self, value: datetime | None) -> str:
        """A day and time with its zone: ``21 November 2026 pukul 10.15 WIB``."""
        if value is None:
            return "–"
        if value.year in (1, 9999):
            return self("term.unbounded")
        local = value.astimezone(time_zone(self.timezone))
        return self(
            "term.instant",
            date=self.day(local),
            hour=f"{local.hour:02d}",
            minute=f"{local.minute:02d}",
            zone=local.tzname() or "",
        )

    def joined(self, items: tuple[str, ...] | list[str], most: int = 0) -> str:
        """Items with commas; beyond ``most`` it says how many more there are."""
        if not items:
            return "–"
        if most and len(items) > most:
            more = self("term.more", n=self.number(len(items) - most))
            return ", ".join(items[:most]) + " " + more
        return ", ".join(items)
