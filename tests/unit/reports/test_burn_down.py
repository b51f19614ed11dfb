"""The steps of open findings: they hold their value, and the axis has a whole half."""

import re
from datetime import date, timedelta

import pytest

from reports.burn_down import BurnWords, DayCount, _round_up, burn_down
from reports.compose import compose
from reports.html import render_html
from reports.model import BurnLine, Period, ReportData

WORDS = BurnWords("1 Maret 2026", "10 Maret 2026", "Belum <selesai>", "Diterima")


@pytest.mark.parametrize(
    ("value", "top"), [(0, 1), (1, 1), (2, 2), (3, 4), (8, 8), (9, 10), (11, 20), (81, 100)]
)
def test_the_axis_ends_at_a_round_number(value, top):
    assert _round_up(value) == top


def test_a_day_keeps_its_value_until_it_ends():
    drawn = burn_down([DayCount(4, 0), DayCount(4, 0), DayCount(1, 0), DayCount(0, 0)], WORDS)
    assert "Belum &lt;selesai&gt;" in drawn
    assert "Diterima" not in drawn
    steps = re.findall(r'd="(M[^"]+)" fill="none"', drawn)
    assert steps == ["M44 10 H339.00 V122.5 H486.50 V160 H634.00"]


def test_accepted_findings_are_a_line_of_their_own():
    drawn = burn_down([DayCount(0, 2), DayCount(1, 0)], WORDS)
    assert drawn.count('fill="none"') == 2
    assert "stroke-dasharray" in drawn
    assert "Diterima" in drawn


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_report_draws_it_where_there_are_days(language):
    first = date(2026, 3, 1)
    days = tuple(BurnLine(first + timedelta(days=index), 9 - index, 0) for index in range(10))
    bare = ReportData(
        language=language, organisation="Kota Contoh", period=Period(first, days[-1].day)
    )
    data = ReportData(**{**vars(bare), "burn_down": days})
    html = render_html(data)
    assert ("pada akhir tiap hari" if language == "id" else "at the end of each day") in html
    assert ("pada akhir tiap hari" if language == "id" else "at the end of each day") not in (
        render_html(bare)
    )
    assert compose(data).sections
