import string
from datetime import UTC, date, datetime
from enum import StrEnum

import pytest

from reports.words import Words, text_keys, time_zone
from secaudit.core import vocabulary
from secaudit.core.vocabulary import (
    Confidence,
    FindingState,
    LegalStatus,
    Modality,
    Outcome,
    ProbeClass,
    Severity,
    Standing,
    ZoneKind,
)
from secaudit.risk.model import RiskState

KINDS: dict[str, type[StrEnum]] = {
    "severity": Severity,
    "state": FindingState,
    "standing": Standing,
    "testability": vocabulary.Testability,
    "modality": Modality,
    "confidence": Confidence,
    "legal_status": LegalStatus,
    "outcome": Outcome,
    "outcome_meaning": Outcome,
    "probe": ProbeClass,
    "zone_kind": ZoneKind,
}


def fields_of(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_texts() -> None:
    assert text_keys("id") == text_keys("en")


@pytest.mark.parametrize("key", sorted(text_keys("id")))
def test_each_text_takes_the_same_facts_in_both_languages(key: str) -> None:
    indonesian, english = Words("id")(key), Words("en")(key)
    assert indonesian
    assert fields_of(indonesian) == fields_of(english)


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_member_of_a_closed_list_has_a_word(language: str, kind: str) -> None:
    assert {f"{kind}.{member.value}" for member in KINDS[kind]} <= text_keys(language)


def test_the_states_of_a_risk_have_words() -> None:
    shown = {RiskState.PROPOSED, RiskState.APPROVED}
    assert {f"risk_state.{state.value}" for state in shown} <= text_keys("id")


def test_a_value_that_no_list_knows_is_shown_as_it_is() -> None:
    assert Words("id").of("risk_state", "unheard") == "unheard"


def test_dates_and_numbers_are_written_as_the_language_does() -> None:
    at = datetime(2026, 11, 21, 3, 5, tzinfo=UTC)
    assert Words("id").instant(at) == "21 November 2026 pukul 10.05 WIB"
    assert Words("en", "Asia/Makassar").instant(at) == "21 November 2026 11:05 WITA"
    assert Words("id").day(date(2026, 8, 17)) == "17 Agustus 2026"
    assert Words("id").number(1234567) == "1.234.567"
    assert Words("en").number(1234567) == "1,234,567"
    assert Words("id").instant(datetime.max.replace(tzinfo=UTC)) == "tanpa batas"
    assert Words("id").instant(None) == "–"


def test_one_and_many() -> None:
    assert Words("en").count("finding", 1) == "1 finding"
    assert Words("en").count("finding", 2) == "2 findings"
    assert Words("id").count("finding", 2) == "2 temuan"


def test_a_period_of_one_day_names_it_once() -> None:
    day = date(2026, 11, 21)
    assert Words("id").period(day, day) == "21 November 2026"
    assert "s.d." in Words("id").period(date(2026, 11, 1), day)


def test_long_lists_say_how_many_more() -> None:
    assert Words("en").joined(["a", "b", "c"], most=2) == "a, b and 1 more"
    assert Words("en").joined([]) == "–"


def test_an_unknown_time_zone_is_utc() -> None:
    assert time_zone("Nowhere/At_All") is UTC
