"""Numbers, dates, sizes and durations in both languages."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secaudit.text.format import (
    date_words,
    duration_words,
    number_words,
    share_words,
    size_words,
    time_words,
)
from secaudit.text.language import Language

ID, EN = Language.INDONESIAN, Language.ENGLISH


def test_dates() -> None:
    assert date_words(date(2026, 8, 7), ID) == "7 Agustus 2026"
    assert date_words(date(2026, 8, 7), EN) == "7 August 2026"


def test_instants_name_their_zone() -> None:
    instant = datetime(2026, 11, 21, 17, 30, tzinfo=UTC)
    assert time_words(instant, "Asia/Jakarta", ID) == "22 November 2026 00.30 WIB"
    assert time_words(instant, "Asia/Jayapura", EN) == "22 November 2026 02:30 WIT"
    assert time_words(instant, "Asia/Kolkata", EN) == "21 November 2026 23:00 UTC+0530"
    with pytest.raises(ValueError, match="no time zone"):
        time_words(instant.replace(tzinfo=None), "UTC", ID)
    with pytest.raises(ZoneInfoNotFoundError):
        time_words(instant, "Asia/Nowhere", ID)


@pytest.mark.parametrize(
    ("value", "indonesian", "english"),
    [
        (0, "0", "0"),
        (1234, "1.234", "1,234"),
        (1234.5, "1.234,5", "1,234.5"),
        (-1234567, "-1.234.567", "-1,234,567"),
        (0.005, "0", "0"),
    ],
)
def test_numbers(value: float, indonesian: str, english: str) -> None:
    assert number_words(value, ID) == indonesian
    assert number_words(value, EN) == english


def test_a_share_never_claims_all_or_none_falsely() -> None:
    assert share_words(999, 1000, ID) == "99%"
    assert share_words(1, 1000, EN) == "1%"
    assert share_words(2, 2, EN) == "100%"
    assert share_words(0, 2, EN) == "0%"
    assert share_words(0, 0, EN) == "-"


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (1_234_567, "1,2 MB"),
        (999_960, "1 MB"),
        (5 * 10**15, "5.000 TB"),
    ],
)
def test_sizes(count: int, words: str) -> None:
    assert size_words(count, ID) == words


@pytest.mark.parametrize(
    ("seconds", "english", "indonesian"),
    [
        (0, "0 seconds", "0 detik"),
        (0.44, "0.4 seconds", "0,4 detik"),
        (1, "1 second", "1 detik"),
        (125, "2 minutes 5 seconds", "2 menit 5 detik"),
        (3600, "1 hour", "1 jam"),
        (3605, "1 hour", "1 jam"),
        (90_000, "1 day 1 hour", "1 hari 1 jam"),
    ],
)
def test_durations(seconds: float, english: str, indonesian: str) -> None:
    assert duration_words(seconds, EN) == english
    assert duration_words(seconds, ID) == indonesian


@given(st.floats(min_value=0, max_value=1e9))
def test_every_duration_has_words(seconds: float) -> None:
    assert duration_words(seconds, EN)
