"""Counting working days forward, back and around pauses agree with each other."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from secaudit.ledger.working_days import HolidayCalendar

START = date(2026, 1, 1)
days = st.integers(0, 120).map(lambda index: START + timedelta(days=index))
calendars = st.sets(days, max_size=20).map(HolidayCalendar.of)


@given(calendars, days, st.integers(0, 60))
def test_as_many_days_lie_between_as_were_added(calendar, start, count):
    end = calendar.add_working_days(start, count)
    assert calendar.working_days(start + timedelta(days=1), end) == count


@given(calendars, days, st.integers(0, 60))
def test_what_was_added_can_be_taken_off(calendar, start, count):
    begin = calendar.add_working_days(start, 1)
    assert calendar.take_working_days(calendar.add_working_days(begin, count), count) == begin


@given(calendars, days, st.integers(1, 40))
def test_the_latest_start_is_the_last_that_came_so_far(calendar, today, count):
    latest = calendar.latest_start(today, count)
    assert calendar.add_working_days(latest, count) <= today
    assert calendar.add_working_days(latest + timedelta(days=1), count) > today


@given(calendars, days, st.integers(0, 30), days, st.integers(0, 30))
def test_a_stop_moves_the_end_by_its_working_days(calendar, start, count, first, length):
    stop = (first, first + timedelta(days=length))
    plain = calendar.add_working_days(start, count)
    moved = calendar.add_working_days(start, count, [stop])
    assert moved >= plain
    assert calendar.working_days(start + timedelta(days=1), moved, [stop]) == count
