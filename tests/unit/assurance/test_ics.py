"""The calendar file, read back by an independent library."""

from datetime import UTC, date, datetime

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from secaudit.assurance.ics import Event, calendar_file, escape, fold

MADE = datetime(2026, 11, 21, 3, 15, tzinfo=UTC)
LONG = "Rapat Dewan Kota Cerdas; agenda: anggaran, audit\\tindak lanjut – „Kota Contoh” 😀 " * 4


def read(content: bytes) -> list[icalendar.cal.Component]:
    calendar = icalendar.Calendar.from_ical(content)
    return list(calendar.walk("VEVENT"))


def test_an_event_comes_back_whole() -> None:
    event = Event("u1@secaudit", date(2027, 2, 12), LONG, "baris 1\nbaris 2, lagi; x", ("a,b", "c"))
    (found,) = read(calendar_file("Kewajiban, Kota Contoh", [event], MADE))
    assert str(found["SUMMARY"]) == LONG
    assert str(found["DESCRIPTION"]) == event.text
    assert str(found["UID"]) == "u1@secaudit"
    assert found.decoded("DTSTART") == date(2027, 2, 12)
    assert found.decoded("DTEND") == date(2027, 2, 13)
    assert found["DTSTART"].params["VALUE"] == "DATE"
    assert [str(item) for item in found["CATEGORIES"].cats] == ["a,b", "c"]
    assert found.decoded("DTSTAMP") == MADE


def test_lines_end_with_crlf_and_are_folded_at_75_octets() -> None:
    content = calendar_file("x", [Event("u", date(2027, 2, 12), LONG, LONG)], MADE)
    assert content.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    for line in content.split(b"\r\n"):
        assert len(line) <= 75
        line.decode("utf-8")


def test_an_empty_calendar_is_one() -> None:
    assert read(calendar_file("x", [], MADE)) == []


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("a\r\nb\rc", "a\\nb\\nc"),
        ("END:VEVENT\nBEGIN:VEVENT", "END:VEVENT\\nBEGIN:VEVENT"),
        ("a\x00\x1b[31m\u202eb", "a[31mb"),
        ("\\;,", "\\\\\\;\\,"),
    ],
)
def test_a_text_cannot_break_out_of_its_line(text: str, escaped: str) -> None:
    assert escape(text) == escaped


@given(st.text())
def test_folding_loses_nothing(text: str) -> None:
    line = "SUMMARY:" + escape(text)
    folded = fold(line)
    assert folded.replace(b"\r\n ", b"")[:-2] == line.encode("utf-8", "replace")


@given(
    st.text(st.characters(exclude_categories=("C", "Z"), include_characters=" \n"), max_size=300)
)
def test_any_title_comes_back(title: str) -> None:
    (found,) = read(calendar_file("x", [Event("u", date(2027, 2, 12), title)], MADE))
    assert str(found["SUMMARY"]) == title
