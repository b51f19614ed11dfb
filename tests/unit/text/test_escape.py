import csv
import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secaudit.text.escape import cell, file_name, visible, visible_bytes

anything = st.text(st.characters(exclude_categories=()))


@given(anything)
def test_nothing_that_steers_a_terminal_remains(text):
    shown = visible(text)
    assert not any(
        unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
        for character in shown
    )
    assert visible(shown) == shown
    assert visible(text, keep_newlines=True).count("\n") == text.count("\n")


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"])))
def test_plain_text_is_left_as_it_is(text):
    assert visible(text) == text


@given(st.binary(max_size=2000), st.integers(1, 200))
def test_bytes_are_shown_within_a_bound(content, limit):
    shown = visible_bytes(content, limit)
    assert len(shown) <= 10 * limit + 1
    assert "\x1b" not in shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\nb", "a\\x0ab"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("a\u200bb", "a\\u200bb"),
        ("\U000e0041", "\\U000e0041"),
        ("\ud800", "\\ud800"),
        ("Pekalongan é 漢", "Pekalongan é 漢"),
    ],
)
def test_what_is_invisible_becomes_a_fact(text, shown):
    assert visible(text) == shown


def test_a_limit_says_that_there_was_more():
    assert visible("abcdef", limit=3) == "abc…"
    assert visible("abc", limit=3) == "abc"


@pytest.mark.parametrize(
    "text", ["=cmd()", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "a;=1", "a\n=1"]
)
def test_a_cell_is_never_a_formula(text):
    shown = cell(text)
    for piece in shown.replace(";", "\n").split("\n"):
        assert not piece.lstrip().startswith(("=", "+", "-", "@", "\t", "\r"))


@given(anything)
def test_a_cell_holds_no_formula_whatever_it_was(text):
    for piece in cell(text).replace(";", "\n").split("\n"):
        assert not piece.lstrip().startswith(("=", "+", "-", "@"))


@given(st.lists(anything, min_size=1, max_size=4))
def test_csv_cells_come_back_as_one_row(texts):
    stream = io.StringIO()
    csv.writer(stream).writerow([cell(text) for text in texts])
    assert len(list(csv.reader(io.StringIO(stream.getvalue(), newline="")))) == 1


@given(anything)
def test_a_file_name_stays_in_its_folder(text):
    name = file_name(text)
    assert 0 < len(name) <= 80
    assert name.isascii()
    assert "/" not in name
    assert not name.startswith((".", "-"))


@pytest.mark.parametrize(
    ("text", "name"),
    [("../../etc/passwd", "etc-passwd"), ("", "unnamed"), ("...", "unnamed"), ("a b", "a-b")],
)
def test_file_names(text, name):
    assert file_name(text) == name
