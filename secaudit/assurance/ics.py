"""A calendar file (RFC 5545) of whole-day events that calendar programs read.

Lines end with CRLF and are folded at 75 octets without cutting a character (3.1); text is escaped
(3.3.11); days are VALUE=DATE with an exclusive end (3.6.1).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

PRODUCT = "-//secaudit//secaudit//ID"
FOLD_AT = 75
REMIND_DAYS_BEFORE = 14
_ESCAPES = {"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"}


@dataclass(frozen=True)
class Event:
    """One whole day. ``uid`` stays the same over exports; ``text`` may have line breaks."""

    uid: str
    day: date
    title: str
    text: str = ""
    categories: tuple[str, ...] = ()
    remind: bool = True


def calendar_file(name: str, events: Iterable[Event], made_at: datetime) -> bytes:
    """Write the file. ``made_at`` is an aware instant."""
    lines = [
        *("BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}"),
        *("CALSCALE:GREGORIAN", "METHOD:PUBLISH", f"X-WR-CALNAME:{escape(name)}"),
        *(line for event in events for line in _event(event, made_at)),
        "END:VCALENDAR",
    ]
    return b"".join(fold(line) for line in lines)


def escape(text: str) -> str:
    """Escape a TEXT value; characters that may not stand there are left out."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        _ESCAPES.get(character, character)
        for character in plain
        if character == "\n" or (ord(character) >= 0x20 and ord(character) not in _UNSAFE)
    )


_UNSAFE = {0x7F, *range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)}
"""Control and direction characters: a title must read as it is."""


def fold(line: str) -> bytes:
    """One content line as octets, folded and ended by CRLF."""
    pieces: list[bytes] = []
    piece, room = b"", FOLD_AT
    for character in line:
        octets = character.encode("utf-8", "replace")
        if len(piece) + len(octets) > room:
            pieces.append(piece)
            piece, room = b"", FOLD_AT - 1
        piece += octets
    pieces.append(piece)
    return b"\r\n ".join(pieces) + b"\r\n"


def _event(event: Event, made_at: datetime) -> Iterator[str]:
    stamp = made_at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    yield "BEGIN:VEVENT"
    yield f"UID:{event.uid}"
    yield f"DTSTAMP:{stamp}"
    yield f"DTSTART;VALUE=DATE:{_day(event.day)}"
    if event.day < date.max:
        yield f"DTEND;VALUE=DATE:{_day(event.day + timedelta(days=1))}"
    yield f"SUMMARY:{escape(event.title)}"
    if event.text:
        yield f"DESCRIPTION:{escape(event.text)}"
    if event.categories:
        yield f"CATEGORIES:{','.join(escape(item) for item in event.categories)}"
    yield "TRANSP:TRANSPARENT"
    if event.remind:
        yield from ("BEGIN:VALARM", "ACTION:DISPLAY", f"TRIGGER:-P{REMIND_DAYS_BEFORE}D")
        yield f"DESCRIPTION:{escape(event.title)}"
        yield "END:VALARM"
    yield "END:VEVENT"


def _day(day: date) -> str:
    return f"{day.year:04d}{day.month:02d}{day.day:02d}"
