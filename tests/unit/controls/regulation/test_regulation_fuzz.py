"""Whatever the text, the reader either refuses it or accounts for every line, in linear work."""

import re
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_regulation import BODY, FOOT, HEAD, WHOLE, read

from controls.regulation.candidates import find_candidates
from controls.regulation.lines import split_lines
from controls.regulation.tree import from_record, to_record
from secaudit.core.errors import InputError

WORD = re.compile(r"[A-Za-z]{4,}")
MARKS = ("Menimbang", "Mengingat", "Menetapkan", "MEMUTUSKAN", "- ")
LINES = (
    *WHOLE.splitlines(),
    *("Pasal ...", "BAB ... LAIN", "Bagian Kedua", "Paragraf 2 Umum", "Pasal 2", "(2)", "(9)"),
    *("a.", "10.", "- k. lagi", "  - b. lain;", "<p>(1) satu</p> <ol> a. dua; b. tiga.", "---"),
    *("| a | b |", "|---|---|", "\t<p>BAB II DUA Pasal 9</p>\t", "\f", "LAMPIRAN", "LAMPIRAN I"),
    *("PENJELASAN", "II. PASAL DEMI PASAL", "Huruf a", "Ayat (1)", "Angka 2", "- 12 -", "ayat"),
    *(
        "dan",
        "dalam",
        "Menimbang : hal",
        "Menetapkan",
        "MEMUTUSKAN:",
        "12",
        "**",
        "#",
        "\x00\x1b[2J",
    ),
    *("Ditetapkan di Contoh", "TAMBAHAN LEMBARAN DAERAH", "1) satu", "a) satu", "<b", "&nbsp;"),
)
texts = st.lists(
    st.one_of(st.sampled_from(LINES), st.text(max_size=40)), min_size=1, max_size=60
).flatmap(
    lambda lines: st.sampled_from(("\n", "\r\n", "\r", "\n\n")).map(lambda end: end.join(lines))
)


def accounted(text: str) -> None:
    """Fail unless each line that is not blank is in the tree or listed, and its words are there."""
    regulation = read(text)  # nothing but InputError may leave here
    listed = {item.line for item in regulation.unplaced}
    held: dict[int, str] = {}
    for item in regulation.provisions:
        words = f"{item.title} {item.text}".lower()
        for first, last in item.runs:
            for number in range(first, last + 1):
                held[number] = f"{held.get(number, '')} {words}"
    for number, line in enumerate(split_lines(text), start=1):
        assert not line.strip() or number in listed or number in held, (number, line)
    assert regulation.lines == len(split_lines(text))
    assert len({item.id for item in regulation.provisions}) == len(regulation.provisions)
    assert from_record(to_record(regulation)).provisions == regulation.provisions
    find_candidates(regulation)


@settings(max_examples=300, deadline=None)
@given(texts)
def test_every_line_is_placed_or_listed(text):
    for whole in (HEAD + BODY + text, WHOLE + text, text):
        with suppress(InputError):
            accounted(whole)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=400))
def test_any_text_is_read_or_refused(text):
    with suppress(InputError):
        accounted(text)


def test_the_words_of_each_line_are_kept_at_that_line():
    regulation = read(WHOLE)
    of_line: dict[int, str] = {}
    for item in regulation.provisions:
        for piece in item.pieces:
            of_line[piece.line] = f"{of_line.get(piece.line, '')} {piece.text}"
    for number, line in enumerate(WHOLE.splitlines(), start=1):
        if number in of_line and not line.startswith(MARKS):
            assert set(WORD.findall(line)) <= set(WORD.findall(of_line[number])), line
    assert len(of_line) > 30


def body(times: int) -> str:
    """The sample's articles, with enough Indonesian words to outweigh ``times`` patterns."""
    return HEAD + "yang dan dengan untuk " * min(times, 10_000) + "\n" + BODY


PATTERNS = {
    "marks": "(1) a. 1. ",
    "references": "ayat (1) huruf a Pasal 2 ",
    "open tags": "<p ",
    "angles": "<",
    "stars": "* **",
    "spaces": " " * 40,
    "dots": "Pasal ... ",
    "chapters": "BAB I Bagian Kesatu Paragraf 1 Pasal 1 ",
    "inline letters": "; a. b. c. ",
    "colons": ": a. ",
    "ampersands": "&amp&#",
    "terms": "keamanan informasi enkripsi ",
    "tabs": "(1)\ta\t",
}


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS.keys())
@pytest.mark.parametrize("lines", [1, 400])
def test_the_work_grows_with_the_text_and_no_faster(pattern, lines):
    """Twice the text is at most about twice the steps, in one long line and in many lines."""

    def steps(times: int) -> int:
        return read(body(times) + "\n".join([pattern * (times // lines)] * lines) + "\n").steps

    base = read(body(1)).steps
    once, twice = steps(4_000) - base, steps(8_000) - base
    assert twice <= 2.2 * once + 50


@pytest.mark.parametrize(
    "line",
    [
        "(2)", "a.", "10.", "Pasal ...", "a. butir;", "(1) ayat.", "BAB I UMUM", "Bagian Kesatu",
        "LAMPIRAN", "Pasal 2", "1) butir:", "dan",
    ],
)  # fmt: skip
def test_the_work_grows_with_the_lines_and_no_faster(line):
    def steps(times: int) -> int:
        return read(body(times) + f"{line}\n" * times).steps

    base = read(body(1)).steps
    once, twice = steps(1_000) - base, steps(2_000) - base
    assert twice <= 2.2 * once + 50


def test_a_text_of_nothing_but_parts_is_refused():
    with pytest.raises(InputError, match="more than 100000 provisions") as caught:
        read(body(100_001) + "Pasal ...\n" * 100_001 + FOOT)

    assert "contoh.txt:" in str(caught.value)
