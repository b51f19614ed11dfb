import re
import unicodedata
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secaudit.app.notices.kinds import Kind, Matter
from secaudit.app.notices.texts import load_texts
from secaudit.app.notices.wording import Sender, compose, compose_test, harmless
from secaudit.core.vocabulary import Severity
from secaudit.text.language import current_language

NOW = datetime(2026, 3, 2, 3, tzinfo=UTC)
SENDER = Sender("Pemerintah Kota Contoh", "Asia/Jakarta", False, 3500)


def found(number: int, kind: Kind = Kind.SLA_MISSED, **facts: object) -> Matter:
    day = date(2026, 3, 1)
    known = {"id": f"F-{number:04}", "title": {"id": "Judul", "en": "Title"}, "place": "P",
             "since": day, "due": day}  # fmt: skip
    return Matter(kind, f"F-{number:04}", "s", Severity.HIGH, ("Dinas A",), day, {**known, **facts})


def test_every_kind_has_its_texts():
    assert set(load_texts().kinds) == set(Kind)


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_message_says_what_where_when_and_what_to_do(language):
    before = current_language()
    subject, body = compose([found(1)], SENDER, NOW, language)
    assert current_language() is before
    assert subject.startswith("Pemerintah Kota Contoh [secaudit] ")
    assert "F-0001" in subject
    for part in ("F-0001", "Dinas A", "(P)", "2026", "secaudit finding show F-0001"):
        assert part in body
    assert ("Judul" if language == "id" else "Title") in body
    assert "{" not in body + subject


@pytest.mark.parametrize("count", [1, 5, 21, 5000])
@pytest.mark.parametrize("longest", [300, 1000, 3500])
def test_a_message_is_bounded_and_counts_what_it_leaves_out(count, longest):
    sender = Sender("Kota", "Asia/Jakarta", False, longest)
    subject, body = compose([found(number) for number in range(count)], sender, NOW, "id")
    assert len(body) <= longest
    assert len(subject) <= 151
    if longest == 3500:
        left = re.search(r"dan (\d+) lagi: secaudit finding list --late", body)
        assert body.count("\n- ") + (int(left[1]) if left else 0) == count


def test_a_brief_message_does_not_say_what_is_wrong_where():
    sender = Sender("Kota", "Asia/Jakarta", True, 3500)
    _, body = compose([found(1, place="192.0.2.7:23/tcp")], sender, NOW, "id")
    assert "192.0.2.7" not in body
    assert "Judul" not in body
    assert "F-0001" in body


@given(st.text(max_size=300))
def test_a_name_from_a_target_is_harmless_everywhere(text):
    shown = harmless(text)
    assert not any(unicodedata.category(letter) in {"Cc", "Cf", "Zl", "Zp"} for letter in shown)
    assert not set("<>[](){}|`~@#!_:/\\") & set(shown)
    assert shown.count("*") <= 1
    assert len(shown) < 2000


def test_a_wildcard_name_can_be_read():
    name = "CN=*.kota-contoh.example,O=Kota Contoh"
    assert harmless(name) == name


@given(st.text(max_size=200))
def test_an_organisation_cannot_add_a_header(name):
    subject, _ = compose_test("a", Sender(name, "Asia/Jakarta", False, 3500), "id")
    assert "\n" not in subject
    assert "\r" not in subject


def test_braces_in_a_fact_stay_as_they_are():
    _, body = compose([found(1, place="{id} {title} <x>")], SENDER, NOW, "en")
    assert "({id} {title} <x>)" in body
