"""Instants: always aware, always UTC when written (RFC 3339, whole seconds or microseconds)."""

from datetime import UTC, datetime

from secaudit.core.errors import InputError


def format_instant(value: datetime) -> str:
    """Write an aware instant as ``2026-11-21T03:15:00Z``. Raises ValueError for a naive one."""
    if value.tzinfo is None:
        raise ValueError(f"{value.isoformat()} has no time zone")
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def parse_instant(text: str) -> datetime:
    """Read an RFC 3339 instant. Raises InputError for anything else, a naive time included."""
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(
            "{text!r} is not a date and time such as 2026-11-21T03:15:00Z", text=text
        ) from None
    if value.tzinfo is None:
        raise InputError(
            "{text!r} has no time zone",
            hint="add Z for UTC, or an offset such as +07:00",
            text=text,
        )
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise InputError("{text!r} is outside the calendar", text=text) from None
