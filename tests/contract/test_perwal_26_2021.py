"""The catalogue of Perwal Pekalongan 26/2021 keeps the force of its words and its few rhythms."""

import pytest

from controls.library import Library, load_library
from controls.vocabulary import RequirementKind
from secaudit.core import vocabulary
from secaudit.core.vocabulary import LegalStatus, Modality

PERWAL = "perwal-pekalongan-26-2021"
IN_PART = {
    "pasal-5.ayat-3.huruf-e.angka-2",
    *(f"pasal-6.ayat-1.huruf-{letter}" for letter in "bcd"),
}


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


def test_it_is_in_force_and_mostly_for_people_to_judge(library: Library) -> None:
    for item in library.requirements(PERWAL):
        in_part = item.testability is vocabulary.Testability.SCAN_IN_PART
        assert in_part == (item.local_id in IN_PART), item.id
        assert item.status is LegalStatus.IN_FORCE


def test_nothing_is_wajib_or_harus_and_a_power_is_no_duty(library: Library) -> None:
    for item in library.requirements(PERWAL):
        may = item.local_id == "pasal-7.ayat-2"
        assert item.modality is (Modality.DAPAT if may else Modality.INDICATIVE), item.id
    words = {
        item.local_id: item.modal_words for item in library.requirements(PERWAL) if item.modal_words
    }
    assert words == {
        "pasal-3.ayat-1.huruf-a": "berwenang",
        "pasal-3.ayat-1.huruf-b": "berwenang",
        "pasal-6.ayat-1.huruf-b": "secara berkala",
        "pasal-6.ayat-2.huruf-d": "berhak",
    }
    for item in library.requirements(PERWAL):
        if item.modal_words == "berwenang":
            assert RequirementKind.OBLIGATION not in item.kind


def test_the_only_rhythm_with_a_number_is_that_of_the_ict_council(library: Library) -> None:
    cadences = {
        item.local_id: item.cadence and (item.cadence.at_least, item.cadence.per)
        for item in library.requirements(PERWAL)
        if RequirementKind.CADENCE in item.kind
    }

    assert cadences == {"pasal-6.ayat-1.huruf-b": None, "pasal-7.ayat-4": (1, "year")}


def test_every_relation_of_an_obligation_says_why(library: Library) -> None:
    obligations = [
        item for item in library.requirements(PERWAL) if RequirementKind.OBLIGATION in item.kind
    ]
    said = [(item.id, other) for item in obligations for other in item.related]

    assert len(said) > 50
    assert [pair for pair in said if pair[1].rationale is None] == []
    for language in ("id", "en"):
        words = [other.rationale.in_language(language) for _, other in said if other.rationale]
        assert len(set(words)) == len(words)
