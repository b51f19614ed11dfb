"""What is written into a cell comes back as the same value, whatever it is."""

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from secaudit.app.exchange.base import Base, read_base
from secaudit.app.exchange.exported import Exported, runs_of
from secaudit.app.exchange.fields import Kind, mark_of
from secaudit.app.exchange.nouns import NOUNS
from secaudit.content.tables import Cell
from secaudit.core.errors import InputError
from secaudit.core.instant import parse_instant
from secaudit.text.escape import cell as safe_cell
from secaudit.text.escape import from_cell

TEXTS = [
    (noun.name, field)
    for noun in NOUNS.values()
    for field in noun.fields
    if field.kind in (Kind.LINE, Kind.TEXT, Kind.NAMES)
]


@given(st.sampled_from(TEXTS), st.text(max_size=200), st.sampled_from(["id", "en"]))
def test_what_nobody_edits_has_the_same_mark(which, text, language):
    _, field = which
    shown = field.shown(text, language)
    back = Cell("" if shown is None else safe_cell(str(shown)))
    assert mark_of(field.read(back)) == field.mark(text, language)
    assert field.normal(field.normal(text, language), language) == field.normal(text, language)


@given(st.text(max_size=200))
def test_the_guard_against_formulas_comes_off(text):
    shown = safe_cell(text)
    assert not shown.lstrip().startswith(("=", "+", "@"))
    if text.isprintable() and "'" not in text:
        assert from_cell(shown) == text


@given(st.sampled_from(TEXTS), st.text(max_size=60))
def test_any_cell_is_read_or_refused(which, text):
    for field in NOUNS[which[0]].fields:
        with suppress(InputError):
            assert field.read(Cell(text)) != ""


def test_words_are_known_in_both_languages_and_by_their_code():
    for noun in NOUNS.values():
        for field in noun.fields:
            if field.words is None:
                continue
            for language in ("id", "en"):
                known = field.words(language)
                assert len(set(map(str.casefold, known.values()))) == len(known)
                for code, word in known.items():
                    assert field.read(Cell(word.upper())) == field.read(Cell(code)) == code


def test_headings_tell_the_columns_apart():
    for noun in NOUNS.values():
        for language in ("id", "en"):
            heads = [field.heading(language).casefold() for field in noun.fields]
            assert len(set(heads)) == len(heads)


@given(
    st.integers(1, 10**9),
    st.integers(0, 10**6),
    st.sampled_from(["id", "en"]),
    st.dictionaries(
        st.sampled_from(["owner", "due", "cost"]), st.from_regex("[0-9a-f]{8}", fullmatch=True)
    ),
)
def test_a_base_comes_back_and_a_changed_one_does_not(number, version, language, marks):
    base = Base(f"P-{number:04d}", version, language, marks)
    assert read_base(f" {base} ") == base
    for spoiled in (str(base).replace("P-", "R-"), str(base)[:-1], "", "x|y", str(base) + "0"):
        try:
            read_base(spoiled)
        except InputError:
            continue
        raise AssertionError(spoiled)


@given(st.sets(st.integers(1, 3000), max_size=200))
def test_ids_come_back_from_their_runs(numbers):
    ids = [f"F-{number:04d}" for number in numbers]
    at = parse_instant("2026-11-21T00:00:00Z")
    exported = Exported("finding", "id", at, runs_of(ids))
    assert sorted(exported.ids("F")) == sorted(ids)


def test_a_hostile_run_is_bounded():
    at = parse_instant("2026-11-21T00:00:00Z")
    exported = Exported("finding", "id", at, "1-999999999")
    assert sum(1 for _ in exported.ids("F")) <= 1_000_000
