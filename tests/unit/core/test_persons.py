"""When two names are those of one person, however they are written."""

import pytest

from secaudit.core.persons import folded, looks_like, mixes_scripts, same_account, same_person


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("GCIO", "g.c.i.o"),
        ("GCIO", "G. C. I. O."),
        ("GCIO", "\uff27\uff23\uff29\uff2f"),  # fullwidth
        ("GCIO", "G\u0421I\u041e"),  # Cyrillic
        ("GCIO", "GC\u0399\u039f"),  # Greek
        ("GCIO", "GC\u200bIO"),  # a blank without width
        ("Budi Santoso", "Budi  SANTOSO, S.Kom"),
        ("Budi Santoso", "Budi Santoso S. Kom., M.M."),
        ("Budi Santoso", "Drs. H. Budi Santoso, S.T., M.Kom."),
        ("Budi Santoso", "Prof. Dr. Ir. Hj. Budi-Santoso"),
        ("Ren\u00e9 Contoh", "Rene\u0301 Contoh"),
        ("Rene Contoh", "Ren\u00e9 Contoh"),
    ],
)
def test_the_same_person(one: str, other: str) -> None:
    assert same_person(one, other)
    assert same_person(other, one)
    assert looks_like(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Budi Santoso", "Budi Santosa"),
        ("Tim 1", "Tim 2"),
        ("Petugas H", "Petugas S"),
        ("Dinas Contoh", "Dinas Contoh Dua"),
        ("S.T.", "M.M."),
        ("...", "???"),
        ("GCIO", ""),
    ],
)
def test_other_people(one: str, other: str) -> None:
    assert not same_person(one, other)
    assert not looks_like(one, other)


def test_a_name_of_nothing_but_titles_or_signs_stays() -> None:
    assert folded("Ir. H.") == "h"
    assert folded("  !?  ") == "!?"


def test_look_alikes_within_one_script() -> None:
    for other in ("GClO", "GC1O", "GCI0"):
        assert looks_like("GCIO", other)
        assert not same_person("GCIO", other)


def test_letters_of_several_scripts_are_told() -> None:
    assert mixes_scripts("G\u0421IO")
    assert mixes_scripts("Budi \u0531")
    for plain in (
        "Budi Santoso, S.Kom",
        "\uff27\uff23\uff29\uff2f",
        "\u0411\u0443\u0434\u0438",
        "7",
    ):
        assert not mixes_scripts(plain)


def test_accounts_are_one_on_every_machine() -> None:
    assert same_account("GCIO@a", "gcio@b")
    assert not same_account("gcio", "gcio2")
