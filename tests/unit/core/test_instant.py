from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secaudit.core.errors import InputError
from secaudit.core.instant import format_instant, parse_instant


@given(st.datetimes(timezones=st.just(UTC)))
def test_an_instant_is_read_as_it_was_written(value):
    assert parse_instant(format_instant(value)) == value


@given(st.text(max_size=30))
def test_no_text_breaks_the_parser(text):
    try:
        value = parse_instant(text)
    except InputError:
        return
    assert value.tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "2026-11-21", "2026-11-21T03:15:00", "0001-01-01T00:00:00+07:00"],
)
def test_what_is_no_instant_is_named(text):
    with pytest.raises(InputError):
        parse_instant(text)


def test_offsets_become_utc():
    assert format_instant(parse_instant("2026-11-21T10:15:00+07:00")) == "2026-11-21T03:15:00Z"


def test_a_naive_time_is_refused():
    with pytest.raises(ValueError, match="no time zone"):
        format_instant(datetime(2026, 1, 1))  # noqa: DTZ001
