from datetime import date

import pytest

from secaudit.app.conformity_report.gather import addressee_of
from secaudit.app.conformity_report.judgements import at_odds, verdict_of
from secaudit.app.conformity_report.period import parse_period
from secaudit.assurance.vocabulary import Grade, Verdict
from secaudit.core.errors import InputError


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-H1", date(2026, 1, 1), date(2026, 6, 30)),
        ("2026-s2", date(2026, 7, 1), date(2026, 12, 31)),
        ("2026-Q1", date(2026, 1, 1), date(2026, 3, 31)),
        (" 2028-02 ", date(2028, 2, 1), date(2028, 2, 29)),
    ],
)
def test_periods_are_read_as_people_write_them(text, first, last):
    assert parse_period(text) == (first, last)


@pytest.mark.parametrize(
    "text", ["", "26", "2026-H3", "2026-Q5", "2026-13", "2026-00", "0000", "9999", "2026-1", "x"]
)
def test_what_is_no_period_is_refused(text):
    with pytest.raises(InputError, match="is no period"):
        parse_period(text)


@pytest.mark.parametrize(
    ("said", "grade", "verdict", "odds"),
    [
        (None, None, "not_judged", False),
        (None, Grade.OBSERVATION, "not_judged", False),
        (None, Grade.CONFORM, "conform", False),
        (None, Grade.MAJOR, "not_conform", False),
        (Verdict.CONFORM, None, "conform", False),
        (Verdict.CONFORM, Grade.OPPORTUNITY, "conform", False),
        (Verdict.CONFORM, Grade.MINOR, "partly", True),
        (Verdict.CONFORM, Grade.MAJOR, "not_conform", True),
        (Verdict.PARTLY, Grade.MINOR, "partly", False),
        (Verdict.PARTLY, Grade.CONFORM, "partly", True),
        (Verdict.NOT_CONFORM, Grade.MINOR, "not_conform", True),
        (Verdict.NOT_APPLICABLE, Grade.MINOR, "partly", True),
        (Verdict.NOT_APPLICABLE, None, "not_applicable", False),
    ],
)
def test_the_verdict_is_a_persons_and_the_graver_one_where_two_speak(said, grade, verdict, odds):
    assert verdict_of(said, grade) == verdict
    assert at_odds(said, grade) is odds


@pytest.mark.parametrize(
    ("organisation", "addressee"),
    [
        ("Pemerintah Kota Contoh", "Wali Kota Contoh"),
        ("PEMERINTAH KABUPATEN Contoh Barat", "Bupati Contoh Barat"),
        ("Kota Contoh", "Wali Kota Contoh"),
    ],
)
def test_the_head_of_the_region_is_addressed_by_the_office(organisation, addressee):
    assert addressee_of(organisation) == addressee
