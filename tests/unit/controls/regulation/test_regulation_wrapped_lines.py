"""Where a line ends says nothing: a text that is wrapped anew is read as before."""

import textwrap

import pytest
from regulation_texts import FOLDER, PRESENT
from sample_regulation import FOOT, HEAD, WHOLE, articles, read

from controls.regulation.lines import MARKUP_ONLY
from controls.regulation.parse import parse
from controls.regulation.tree import Regulation

WIDTHS = (50, 55, 60, 65, 70, 75, 80, 100)
UNDAMAGED = ("perda-pekalongan-3-2026", "perda-pontianak-9-2022", "perwal-bekasi-32-2021")


def wrapped(text: str, width: int) -> str:
    """Each line of a text broken at blanks."""
    return "\n".join(
        "\n".join(textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False))
        for line in text.split("\n")
    )


def words_of(regulation: Regulation) -> dict[str, tuple[str, str]]:
    """Title and own words of each part."""
    return {
        item.id: (" ".join(item.title.split()), " ".join(item.text.split()))
        for item in regulation.provisions
    }


def test_a_mark_alone_on_its_line_ends_the_sentence_before_it() -> None:
    regulation = articles("Pasal 1\n\nPenjagaan meliputi\n:\na. sandi;\nb. cadangan\n.\n")

    assert regulation.by_id["pasal-1"].text == "Penjagaan meliputi :"
    assert regulation.by_id["pasal-1.huruf-b"].text == "cadangan ."
    assert not regulation.unplaced


@pytest.mark.parametrize("before", ["Pasal 1", "Pasal 1\n\nPenjagaan meliputi\n"])
def test_after_a_heading_or_a_gap_it_is_no_part_of_a_sentence(before: str) -> None:
    regulation = articles(f"{before}\n:\nKota menjaga sandi.\n")

    assert ":" not in regulation.by_id["pasal-1"].text
    assert [(item.text, item.reason) for item in regulation.unplaced] == [(":", MARKUP_ONLY)]


def test_a_label_of_the_preamble_and_its_colon_may_stand_on_two_lines() -> None:
    torn = WHOLE.replace("Menimbang : ", "Menimbang\n:\n").replace("MEMUTUSKAN:", "MEMUTUSKAN\n:")

    assert words_of(read(torn)) == words_of(read(WHOLE))


def test_a_heading_in_a_chapters_line_may_be_broken_after_its_first_word() -> None:
    whole = "BAB I PENJAGAAN Bagian Kesatu Sandi\n\nPasal 1\n\nKota menjaga sandi.\n"
    for torn in (
        whole,
        whole.replace("Bagian Kesatu", "Bagian\nKesatu"),
        whole.replace("Bagian Kesatu", "\nBagian Kesatu"),
    ):
        regulation = read(HEAD + torn + FOOT)
        assert regulation.by_id["bab-i"].title == "PENJAGAAN"
        assert regulation.by_id["bab-i.bagian-1"].title == "Sandi"
        assert regulation.by_id["pasal-1"].parent == "bab-i.bagian-1"


def test_a_title_that_ends_in_such_a_word_keeps_it() -> None:
    regulation = articles("BAB I TUGAS SETIAP Bagian\n\nPasal 1\n\nKota menjaga sandi.\n")

    assert regulation.by_id["bab-i"].title == "TUGAS SETIAP Bagian"


@pytest.mark.skipif(not PRESENT, reason="the real texts are not here")
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", UNDAMAGED)
def test_real_texts_are_read_alike_at_any_width(name: str, width: int) -> None:
    text = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")

    assert words_of(parse(wrapped(text, width), name)) == words_of(parse(text, name))
