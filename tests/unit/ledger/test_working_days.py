from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secaudit.core.errors import InputError
from secaudit.ledger.working_days import HolidayCalendar, read_holidays

FILE = """\
schema_version: 1
source: contoh
holidays:
  - date: 2026-03-19
    name: Hari Suci Nyepi
    kind: national
    confirmed: true
  - {date: 2026-03-20, name: Cuti bersama, kind: collective_leave, confirmed: false}
"""


def test_weekends_and_holidays_do_not_count(tmp_path):
    path = tmp_path / "holidays.yaml"
    path.write_text(FILE, encoding="utf-8")
    calendar = read_holidays(path)
    assert calendar.last_year == 2026
    assert calendar.add_working_days(date(2026, 3, 18), 1) == date(2026, 3, 23)
    assert calendar.add_working_days(date(2026, 3, 13), 3) == date(2026, 3, 18)
    assert calendar.add_working_days(date(2026, 3, 14), 0) == date(2026, 3, 14)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("holidays: [{date: soon, name: x}]", "holidays.yaml:1"),
        ("schema_version: 1\nholiday: []", "unknown key 'holiday'"),
        ("holidays:\n  - {date: 2026-01-01, name: ''}", "holidays.yaml:2"),
    ],
)
def test_a_faulty_list_is_named_with_its_line(tmp_path, text, complaint):
    path = tmp_path / "holidays.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_holidays(path)
    assert complaint in str(caught.value)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 60), st.sets(st.dates()))
def test_the_answer_is_a_working_day_and_grows_with_the_days(start, days, holidays):
    calendar = HolidayCalendar.of(holidays)
    end = calendar.add_working_days(start, days)
    assert end >= start
    assert days == 0 or calendar.is_working_day(end)
    assert calendar.add_working_days(start, days + 1) > end
