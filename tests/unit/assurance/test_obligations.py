"""When a duty falls due, on the days where it turns."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secaudit.assurance.obligations import (
    Duty,
    Rhythm,
    add_months,
    occasions,
    period_name,
    period_of,
    status,
)
from secaudit.assurance.vocabulary import ObligationState, Per

SINCE = date(2026, 2, 12)
TWICE = Duty("rapat", SINCE, Rhythm(2, Per.YEAR))
DEADLINE = Duty("perwal", SINCE, due=date(2027, 2, 12))
AUDIT = Duty("audit", SINCE, Rhythm(1, Per.TWO_YEARS), first_due=date(2026, 12, 31))


def test_a_deadline_is_late_on_the_day_after() -> None:
    assert status(DEADLINE, [], date(2027, 2, 12)).state is ObligationState.DUE
    assert status(DEADLINE, [], date(2027, 2, 13)).state is ObligationState.OVERDUE
    done = status(DEADLINE, [date(2027, 3, 1)], date(2027, 3, 1))
    assert (done.state, done.next) == (ObligationState.DONE, None)


def test_what_lies_ahead_does_not_count_as_done() -> None:
    assert status(DEADLINE, [date(2027, 2, 1)], date(2027, 1, 1)).state is ObligationState.DUE


def test_twice_a_year_is_planned_by_halves_and_allowed_to_the_end() -> None:
    first = status(TWICE, [], date(2027, 3, 1))
    assert (first.state, first.next, first.last) == (
        ObligationState.DUE,
        date(2027, 6, 30),
        date(2027, 12, 31),
    )
    half = status(TWICE, [date(2027, 3, 1)], date(2027, 3, 2))
    assert (half.state, half.next, half.done, half.needed) == (
        ObligationState.DUE,
        date(2027, 12, 31),
        1,
        2,
    )
    both = status(TWICE, [date(2027, 3, 1), date(2027, 5, 1)], date(2027, 5, 2))
    assert (both.state, both.next) == (ObligationState.DONE, date(2028, 6, 30))


def test_a_planned_day_that_passed_is_not_late_by_the_text() -> None:
    found = status(TWICE, [], date(2027, 8, 1))
    assert (found.state, found.next) == (ObligationState.DUE, date(2027, 12, 31))


def test_the_period_in_which_the_law_began_asks_for_nothing() -> None:
    assert status(TWICE, [], date(2027, 1, 1)).state is ObligationState.DUE


def test_a_whole_period_without_enough_of_them_is_late_until_one_is_done() -> None:
    done = [date(2027, 5, 1)]
    late = status(TWICE, done, date(2028, 1, 1))
    assert (late.state, late.missed, late.last) == (
        ObligationState.OVERDUE,
        "2027",
        date(2027, 12, 31),
    )
    caught_up = status(TWICE, [*done, date(2028, 1, 10)], date(2028, 1, 11))
    assert caught_up.state is ObligationState.DUE


def test_every_two_years_counts_from_the_last_time() -> None:
    never = status(AUDIT, [], date(2026, 11, 21))
    assert (never.state, never.next) == (ObligationState.DUE, date(2026, 12, 31))
    assert status(AUDIT, [], date(2027, 1, 1)).state is ObligationState.OVERDUE
    done = status(AUDIT, [date(2025, 6, 15)], date(2026, 11, 21))
    assert (done.state, done.next) == (ObligationState.DONE, date(2027, 6, 15))
    assert status(AUDIT, [date(2025, 6, 15)], date(2027, 6, 16)).state is ObligationState.OVERDUE


def test_a_duty_without_a_date_has_none() -> None:
    duty = Duty("insiden", SINCE)
    assert status(duty, [], SINCE).state is ObligationState.UNDATED
    assert occasions(duty, [], SINCE, date(2030, 1, 1)) == ()


def test_the_occasions_to_come() -> None:
    found = occasions(TWICE, [date(2027, 2, 1)], date(2027, 3, 1), date(2028, 12, 31))
    assert [(item.label, item.plan) for item in found] == [
        ("2027.2", date(2027, 12, 31)),
        ("2028.1", date(2028, 6, 30)),
        ("2028.2", date(2028, 12, 31)),
    ]
    assert {item.last for item in found} == {date(2027, 12, 31), date(2028, 12, 31)}
    assert [item.plan for item in occasions(AUDIT, [], date(2026, 11, 21), date(2029, 1, 1))] == [
        date(2026, 12, 31),
        date(2028, 12, 31),
    ]
    assert occasions(DEADLINE, [], SINCE, date(2027, 1, 1)) == ()
    late = occasions(TWICE, [], date(2028, 2, 1), date(2028, 3, 1))
    assert [(item.label, item.plan) for item in late] == [("2027.late", date(2027, 12, 31))]


def test_a_label_names_the_same_occasion_for_good() -> None:
    before = occasions(TWICE, [], date(2027, 1, 10), date(2027, 12, 31))
    after = occasions(TWICE, [date(2027, 1, 11)], date(2027, 1, 12), date(2027, 12, 31))
    assert before[1] == after[0]


@pytest.mark.parametrize(
    ("per", "day", "name"),
    [
        (Per.MONTH, date(2026, 11, 21), "2026-11"),
        (Per.QUARTER, date(2026, 11, 21), "2026-Q4"),
        (Per.HALF_YEAR, date(2026, 6, 30), "2026-H1"),
        (Per.YEAR, date(2026, 11, 21), "2026"),
    ],
)
def test_the_names_of_periods(per: Per, day: date, name: str) -> None:
    assert period_name(per, period_of(per, day)) == name


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 11, 30), 1, date(2026, 12, 30)),
        (date(2026, 10, 31), 2, date(2026, 12, 31)),
        (date(9999, 12, 31), 12, date.max),
    ],
)
def test_months_are_added_to_the_end_of_a_shorter_one(day: date, months: int, later: date) -> None:
    assert add_months(day, months) == later


DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))


@given(
    at_least=st.integers(1, 40),
    per=st.sampled_from(list(Per)),
    since=DAYS,
    done=st.lists(DAYS, max_size=12),
    today=DAYS,
)
def test_any_rhythm_has_a_next_day_and_a_last_one(
    at_least: int, per: Per, since: date, done: list[date], today: date
) -> None:
    duty = Duty("x", since, Rhythm(at_least, per))
    found = status(duty, done, today)
    assert found.next is not None
    assert found.last is not None
    assert found.next <= found.last
    assert (found.state is ObligationState.OVERDUE) == (found.last < today)
    ahead = occasions(duty, done, today, today + timedelta(days=800))
    assert len({item.label for item in ahead}) == len(ahead)
    assert [item.plan for item in ahead] == sorted(item.plan for item in ahead)
