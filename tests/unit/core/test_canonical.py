import json
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secaudit.core.canonical import (
    canonical_json,
    pretty_json,
    pretty_json_list,
    printable_json,
    sha256_hex,
    to_json,
)
from secaudit.core.network import AddressSet
from secaudit.core.subject import Subject
from secaudit.core.vocabulary import Severity

text = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=20,
)


@given(values)
def test_what_is_written_reads_back_and_writes_the_same(value):
    written = canonical_json(value)
    read = json.loads(written)
    assert read == to_json(value)
    assert canonical_json(read) == written
    assert json.loads(pretty_json(value)) == read


@given(st.dictionaries(text, st.integers(0, 9), max_size=8), st.randoms())
def test_the_order_of_keys_is_of_no_matter(value, random):
    items = list(value.items())
    random.shuffle(items)
    assert canonical_json(dict(items)) == canonical_json(value)


@given(st.sets(st.integers(-99, 99) | text, max_size=8))
def test_a_set_is_a_sorted_list(value):
    written = json.loads(canonical_json(value))
    assert len(written) == len(value)
    assert canonical_json(frozenset(value)) == canonical_json(value)


@dataclass(frozen=True)
class Record:
    schema_version: ClassVar[int] = 3

    severity: Severity
    at: datetime
    subject: Subject
    where: AddressSet
    _own: str = "not shown"


def test_records_of_our_values():
    record = Record(
        Severity.HIGH,
        datetime(2026, 11, 21, 10, tzinfo=timezone(timedelta(hours=7))),
        Subject("kantor", "192.0.2.7", 443),
        AddressSet.parse(["192.0.2.0/24", "2001:db8::1"]),
    )
    assert to_json(record) == {
        "at": "2026-11-21T03:00:00Z",
        "schema_version": 3,
        "severity": "high",
        "subject": "kantor/192.0.2.7:443/tcp",
        "where": "192.0.2.0/24, 2001:db8::1",
    }


def test_a_date_and_whole_floats():
    assert canonical_json([date(2026, 1, 2), 1.0, -0.0, 1e300]) == b'["2026-01-02",1,0,1e+300]'


def test_keys_may_be_words_of_ours():
    assert canonical_json({Severity.LOW: 1}) == b'{"low":1}'


@pytest.mark.parametrize("value", [2**53 + 1, {1: 2}, b"bytes", object(), Severity, {None: 1}])
def test_what_readers_would_not_agree_on_is_refused(value):
    with pytest.raises(TypeError):
        canonical_json(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800"])
def test_what_is_no_json_is_refused(value):
    with pytest.raises(ValueError):  # noqa: PT011 (the three come from the standard library)
        canonical_json(value)


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="no time zone"):
        canonical_json(datetime(2026, 1, 1))  # noqa: DTZ001


def test_the_hash_of_nothing():
    assert sha256_hex(b"").startswith("e3b0c442")
    assert sha256_hex(canonical_json({"a": datetime(2026, 1, 1, tzinfo=UTC)})) == sha256_hex(
        b'{"a":"2026-01-01T00:00:00Z"}'
    )


STEERING = ["\u009b31m", "\u202e", "\u2028", "\x7f", "\u200b", "\U000e0041", "\ue000"]


@pytest.mark.parametrize("hostile", STEERING)
def test_nothing_that_steers_a_terminal_is_printed_raw(hostile):
    value = {hostile: [f"é{hostile}漢"]}
    for written in (pretty_json(value), printable_json(value).decode()):
        assert json.loads(written) == value
        assert "é" in written
        assert not any(
            unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
            for character in written
            if character != "\n"
        )
    assert hostile.encode() in canonical_json(value), "hashes are taken of the bytes as ever"


class Word(str):
    """A string of another class, as libraries have them."""

    __slots__ = ()


@given(values)
def test_json_for_people_is_laid_out_as_the_library_does(value):
    text_ = json.dumps(
        to_json(value), ensure_ascii=False, sort_keys=True, indent=2, allow_nan=False
    )
    assert json.loads(pretty_json(value)) == json.loads(text_)
    if text_.isprintable():
        assert pretty_json(value) == f"{text_}\n"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({}, "{}"),
        ([], "[]"),
        ([[], {"b": [], "a": {}}], '[\n  [],\n  {\n    "a": {},\n    "b": []\n  }\n]'),
        ({Severity.HIGH: Severity.LOW, "a": (1, 2.0)},
         '{\n  "a": [\n    1,\n    2\n  ],\n  "high": "low"\n}'),
        ({Word("k"): Word("v")}, '{\n  "k": "v"\n}'),
        ([True, False, None, 1.5, -7], "[\n  true,\n  false,\n  null,\n  1.5,\n  -7\n]"),
    ],
)  # fmt: skip
def test_the_layout_for_people(value, written):
    assert pretty_json(value) == f"{written}\n"


@pytest.mark.parametrize("value", [2**53 + 1, {1: 2}, {"a": {"b": object()}}, b"bytes"])
def test_what_has_no_json_form_is_refused_for_people_too(value):
    with pytest.raises(TypeError):
        pretty_json(value)
    with pytest.raises(ValueError, match="JSON"):
        pretty_json([float("nan")])


@given(st.lists(values, max_size=4))
def test_a_list_in_pieces_is_the_list(items):
    assert "".join(pretty_json_list(iter(items))) == pretty_json(items)
