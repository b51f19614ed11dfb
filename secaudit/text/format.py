"""Dates, numbers, durations and sizes as Indonesian and English write them.

Babel is imported when the first of them is written: it is slow, and help needs none of it.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from secaudit.text.language import Language, current_language, ngettext

_LOCALES = {Language.INDONESIAN: "id_ID", Language.ENGLISH: "en_GB"}
_ZONE_NAMES = {
    "Asia/Jakarta": "WIB",
    "Asia/Pontianak": "WIB",
    "Asia/Makassar": "WITA",
    "Asia/Jayapura": "WIT",
    "UTC": "UTC",
}
_UNITS = ("kB", "MB", "GB", "TB")


def _locale(language: Language | None) -> str:
    return _LOCALES[language or current_language()]


def date_words(value: date, language: Language | None = None) -> str:
    """Write a day in full: ``21 November 2026``."""
    from babel.dates import format_date

    return format_date(value, "d MMMM yyyy", locale=_locale(language))


def time_words(value: datetime, timezone: str, language: Language | None = None) -> str:
    """Write an aware instant in a time zone: ``21 November 2026 10.15 WIB``.

    Raises ValueError for a naive instant, ZoneInfoNotFoundError for an unknown zone.
    """
    if value.tzinfo is None:
        raise ValueError(f"{value.isoformat()} has no time zone")
    from babel.dates import format_time

    locale = _locale(language)
    local = value.astimezone(ZoneInfo(timezone))
    clock = format_time(local, "HH.mm" if locale == "id_ID" else "HH:mm", locale=locale)
    zone = _ZONE_NAMES.get(timezone) or local.strftime("UTC%z")
    return f"{date_words(local.date(), language)} {clock} {zone}"


def number_words(value: float, language: Language | None = None, *, decimals: int = 2) -> str:
    """Write a number with the separators of the language: ``1.234`` and ``0,5`` in Indonesian."""
    from babel.numbers import format_decimal

    pattern = "#,##0" if isinstance(value, int) else "#,##0." + "#" * decimals
    return format_decimal(value, pattern, locale=_locale(language))


def share_words(part: int, whole: int, language: Language | None = None) -> str:
    """Write a share: ``87%``; never 100% for less than all, nor 0% for more than none."""
    from babel.numbers import format_percent

    if whole <= 0:
        return "-"
    percent = round(100 * part / whole)
    if 0 < part < whole:
        percent = min(max(percent, 1), 99)
    return format_percent(percent / 100, "#,##0%", locale=_locale(language))


def percent_words(share: float, language: Language | None = None, *, decimals: int = 1) -> str:
    """Write a given share with so many decimals at most: ``12,5%`` in Indonesian."""
    from babel.numbers import format_percent

    pattern = "#,##0." + "#" * decimals + "%" if decimals else "#,##0%"
    return format_percent(share, pattern, locale=_locale(language))


def size_words(count: int, language: Language | None = None) -> str:
    """Write a number of bytes in decimal units: ``512 B``, ``1,2 MB``."""
    if abs(count) < 1000:
        return f"{number_words(count, language)} B"
    power = next(
        (power for power in range(1, len(_UNITS)) if abs(count) < 999.95 * 1000**power), len(_UNITS)
    )
    size = round(count / 1000**power, 1)
    return f"{number_words(size, language, decimals=1)} {_UNITS[power - 1]}"


def duration_words(seconds: float, language: Language | None = None) -> str:
    """Write a duration by its two largest units: ``2 menit 5 detik``; under a second, ``0,4``."""
    if 0 < seconds < 0.95:
        number = number_words(round(seconds, 1), language, decimals=1)
        return ngettext("{number} second", "{number} seconds", 2, language).format(number=number)
    whole = round(seconds)
    days, hours, minutes = whole // 86_400, whole // 3600 % 24, whole // 60 % 60
    parts = [
        (days, ngettext("{number} day", "{number} days", days, language)),
        (hours, ngettext("{number} hour", "{number} hours", hours, language)),
        (minutes, ngettext("{number} minute", "{number} minutes", minutes, language)),
        (whole % 60, ngettext("{number} second", "{number} seconds", whole % 60, language)),
    ]
    first = next((index for index, (count, _) in enumerate(parts) if count), len(parts) - 1)
    shown = [
        words.format(number=number_words(count, language))
        for index, (count, words) in enumerate(parts[first : first + 2])
        if count or index == 0
    ]
    return " ".join(shown)
