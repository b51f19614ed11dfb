"""The catalogues are complete, and cite what is in the texts."""

import re
from collections import Counter
from pathlib import Path

import pytest
from reference_rows import provisions, rows

from controls.library import Library, load_library
from controls.vocabulary import RequirementKind
from secaudit.core import vocabulary
from secaudit.core.vocabulary import Confidence, LegalStatus, Modality

ISO = "iso27001-2022"
PERDA = "perda-pekalongan-3-2026"
DATA = Path(__file__).parent / "data"
SHARED = Path(__file__).parents[3] / "shared"
"""Where the texts and the reference lie while the project is worked on; absent elsewhere."""
REFERENCE = SHARED / "reference"
TEXT = SHARED / "regulations" / f"{PERDA}.txt"
HARUS = {"14.3", "18.1", "18.3", "18.4", "21.4", "22.4", "26.2", "26.4", "46"}
DAPAT = {"5.6", "26.3", "27.1"}


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


def test_annex_a_has_93_controls_in_four_themes(library: Library) -> None:
    controls = [item for item in library.requirements(ISO) if item.type == "control"]

    assert len(controls) == 93
    assert Counter(item.group.key for item in controls if item.group) == {
        "organizational": 37,
        "people": 8,
        "physical": 14,
        "technological": 34,
    }
    assert [item.local_id for item in controls] == [
        f"A.{theme}.{number}"
        for theme, count in ((5, 37), (6, 8), (7, 14), (8, 34))
        for number in range(1, count + 1)
    ]


def test_each_control_has_its_attributes_and_sources(library: Library) -> None:
    controls = [item for item in library.requirements(ISO) if item.type == "control"]

    assert all(item.attributes is not None for item in controls)
    new = {item.local_id for item in controls if not item.sources_2013}
    assert new == {
        *("A.5.7", "A.5.23", "A.5.30", "A.7.4", "A.8.9", "A.8.10"),
        *("A.8.11", "A.8.12", "A.8.16", "A.8.23", "A.8.28"),
    }
    sources = [source for item in controls for source in item.sources_2013]
    assert len(set(sources)) == 114
    assert [source for source, count in Counter(sources).items() if count > 1] == ["A.18.2.3"]


def test_the_clauses_are_told_apart_from_the_controls(library: Library) -> None:
    clauses = [item for item in library.requirements(ISO) if item.type != "control"]

    assert Counter(item.type for item in clauses) == {"clause": 30, "heading": 11}
    assert {item.local_id.split(".")[0] for item in clauses} == {"4", "5", "6", "7", "8", "9", "10"}
    assert all(item.testability is vocabulary.Testability.MANUAL for item in clauses)


def test_the_perda_holds_every_provision_of_the_list(library: Library) -> None:
    lines = (DATA / f"{PERDA}.citations.txt").read_text(encoding="utf-8").splitlines()
    expected = [line for line in lines if not line.startswith("#")]

    assert [item.local_id for item in library.requirements(PERDA)] == expected


def test_the_perda_is_in_force_and_was_read(library: Library) -> None:
    for item in library.requirements(PERDA):
        assert item.status is LegalStatus.IN_FORCE
        assert item.confidence is Confidence.TEXT_READ
        assert item.lines, item.id
        assert item.related, item.id
        assert item.testability is not vocabulary.Testability.SCAN, item.id


def test_modalities_follow_the_complete_list(library: Library) -> None:
    for item in library.requirements(PERDA):
        numbers = re.findall(r"(?:pasal|ayat)-([0-9]+)", item.local_id)
        place = ".".join(numbers)
        whole = "huruf" not in item.local_id
        expected = Modality.INDICATIVE
        if whole and place in HARUS:
            expected = Modality.HARUS
        elif whole and place in DAPAT:
            expected = Modality.DAPAT
        assert item.modality is expected, item.id


def test_every_deadline_is_the_twelfth_of_february_2027(library: Library) -> None:
    dated = {item.local_id: item.due for item in library.requirements(PERDA) if item.due}

    assert {"pasal-8.ayat-4", "pasal-45", "pasal-46"} <= dated.keys()
    assert {str(due) for due in dated.values()} == {"2027-02-12"}


def test_cadences_are_numbers(library: Library) -> None:
    cadences = {
        item.local_id: (item.cadence.at_least, item.cadence.per)
        for item in library.requirements(PERDA)
        if item.cadence
    }

    assert cadences == {
        "pasal-33.ayat-4": (2, "year"),
        "pasal-34.ayat-3": (4, "year"),
        "pasal-35.ayat-4": (2, "year"),
    }
    assert cadences.keys() == {
        item.local_id
        for item in library.requirements(PERDA)
        if RequirementKind.CADENCE in item.kind
    }


def test_texts_are_in_two_languages(library: Library) -> None:
    for item in library.all_requirements.values():
        for text in (item.summary, item.note):
            assert text is None or text.id != text.en, item.id


def test_no_two_requirements_share_a_summary(library: Library) -> None:
    for language in ("id", "en"):
        said = Counter(
            item.summary.in_language(language)
            for item in library.all_requirements.values()
            if item.summary
        )
        assert [text for text, count in said.items() if count > 1] == []


# The tests below compare with texts that are not part of the repository: they are made only where
# those lie beside it, so that nothing is skipped elsewhere.

if TEXT.is_file():

    def _pieces(lines: list[str]) -> dict[str, int]:
        """Ids of all provisions of the body, and their lines; written apart from the catalogue."""
        places: dict[str, int] = {}
        pasal = ayat = ""
        end = next(n for n, line in enumerate(lines) if line.startswith("PENJELASAN"))
        for number, raw in enumerate(lines[:end], start=1):
            line = raw.strip()
            if match := re.fullmatch(r"#*\s*Pasal (\d+)", line):
                pasal, ayat = f"pasal-{match[1]}", ""
                places[pasal] = next(n for n in range(number + 1, end) if lines[n - 1].strip())
            elif not pasal:
                continue
            elif match := re.match(r"(?:- )?\((\d+)\) ", line):
                ayat = f".ayat-{match[1]}"
                places[pasal + ayat] = number
            elif match := re.match(r"- ([a-z])\. ", line):
                places[f"{pasal}{ayat}.huruf-{match[1]}"] = number
            elif match := re.match(r"(\d+)\. ", line):
                places.setdefault(f"{pasal}{ayat}.angka-{match[1]}", number)
        return places

    def test_every_citation_is_in_the_text_at_the_line_it_names(library: Library) -> None:
        places = _pieces(TEXT.read_text(encoding="utf-8").splitlines())

        for item in library.requirements(PERDA):
            assert item.lines is not None
            assert places.get(item.local_id) == int(item.lines.split("-")[0]), item.id

    def test_every_elucidation_says_more_than_clear_enough(library: Library) -> None:
        lines = TEXT.read_text(encoding="utf-8").splitlines()

        for item in library.requirements(PERDA):
            if item.elucidation_lines:
                first = int(item.elucidation_lines.split("-")[0])
                assert first > 759, item.id
                assert lines[first - 1].startswith("Yang dimaksud dengan"), item.id

    def test_modal_words_are_in_the_text(library: Library) -> None:
        lines = TEXT.read_text(encoding="utf-8").splitlines()

        for item in library.requirements(PERDA):
            assert item.lines is not None
            said = lines[int(item.lines.split("-")[0]) - 1]
            if item.modality in {Modality.HARUS, Modality.DAPAT}:
                assert f" {item.modality} " in said, item.id
            assert " wajib " not in said, item.id
            if item.modal_words:
                assert item.modal_words in said, item.id


def test_relations_of_provisions_that_a_scan_speaks_of_say_why(library: Library) -> None:
    silent = [
        f"{item.local_id}: {other.requirement}"
        for item in library.requirements(PERDA)
        if library.of_requirement(item.id)
        or (
            RequirementKind.OBLIGATION in item.kind
            and item.testability is vocabulary.Testability.SCAN_IN_PART
        )
        for other in library.related(item.id)
        if other.requirement.startswith(ISO) and other.rationale is None
    ]

    assert silent == []


if (REFERENCE / "regulation-provisions.md").is_file():
    DECIDED_MANUAL = {"pasal-8.ayat-2.huruf-j"}
    """How suppliers are managed shows in contracts and reviews, not in a scan."""

    def test_related_controls_and_testability_are_those_of_the_row(library: Library) -> None:
        held = {item.local_id: item for item in library.requirements(PERDA)}
        words = {
            "partial": vocabulary.Testability.SCAN_IN_PART,
            "manual": vocabulary.Testability.MANUAL,
        }
        for row in rows(PERDA):
            entries = [held[identity] for identity in provisions(row[0])]
            related = {
                other.requirement.partition(":")[2] for item in entries for other in item.related
            }
            assert related == {
                name[3:] if name.startswith("cl.") else f"A.{name}" for name in row[6].split(", ")
            }, row[0]
            for item in entries:
                said = "manual" if item.local_id in DECIDED_MANUAL else row[5]
                assert item.testability is words[said], item.id


if (REFERENCE / "iso27001.md").is_file():
    ONLY_CONTRADICTED = {"8.8", "8.9", "8.20", "8.21"}
    """A scan can contradict how a thing is managed, and never prove it: testable in part."""

    def test_titles_and_testability_are_those_of_the_iso_reference(library: Library) -> None:
        text = (REFERENCE / "iso27001.md").read_text(encoding="utf-8")
        words = {
            "direct": vocabulary.Testability.SCAN,
            "partial": vocabulary.Testability.SCAN_IN_PART,
            "manual": vocabulary.Testability.MANUAL,
        }
        rows = [
            [cell.strip() for cell in line.strip().strip("|").split("|")]
            for line in text.splitlines()
        ]
        controls = [row for row in rows if len(row) == 9 and re.fullmatch(r"[5-8]\.\d+", row[0])]
        assert len(controls) == 93
        for row in controls:
            item = library.requirement(f"{ISO}:A.{row[0]}")
            assert item.title.en == row[1]
            said = "partial" if row[0] in ONLY_CONTRADICTED else row[8]
            assert item.testability is words[said]
            expected = () if "NEW" in row[7] else tuple(row[7].split(", "))
            assert item.sources_2013 == expected
