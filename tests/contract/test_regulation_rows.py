"""Every provision of the five local documents that was listed by hand has its entry.

The lists of ids are in ``data``; the list with its words, and the texts, lie beside the repository
while the project is worked on. Where they do not, only the first test is made.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from reference_rows import REFERENCE, SECTIONS, provisions, rows
from regulation_texts import FOLDER, PRESENT

from controls.library import Library, load_library
from secaudit.core import vocabulary
from secaudit.core.vocabulary import Confidence, LegalStatus, Modality

DATA = Path(__file__).parent / "data"
PERDA = "perda-pekalongan-3-2026"
DRAFT = "rancangan-perda-pekalongan-2025"
LATER = [name for name in SECTIONS if name != PERDA]
WORDS = {
    "direct": vocabulary.Testability.SCAN_IN_PART,
    "partial": vocabulary.Testability.SCAN_IN_PART,
    "manual": vocabulary.Testability.MANUAL,
}
"""What the list calls direct is about running a scan; no scan proves a provision by itself."""
DECIDED_OTHERWISE = {
    # Closing an incident is part of responding to it, not of learning from it or reporting it.
    "rancangan-perda-pekalongan-2025:iii-b.pasal-34.praktik-7": {"A.5.26"},
    # It orders education, a code of ethics and monitoring of use; the sanctions are in letter a.
    "rancangan-perda-pekalongan-2025:iv.pasal-46.ayat-9.huruf-b": {"A.6.3", "A.5.10"},
    # Overseeing how funds are used is evaluation; nothing is said of records.
    "rancangan-perda-pekalongan-2025:iv.pasal-49.ayat-8.huruf-a": {"9.1"},
    # A catalogue of services says nothing of the security or the level of network services.
    "rancangan-perda-pekalongan-2025:iii-a.pasal-86": set(),
    # A master plan is planning, as the roadmap of letter d number 1 is, not a project.
    "perwal-pekalongan-26-2021:pasal-5.ayat-3.huruf-a.angka-1": {"6.2"},
    # Coordinating services, research or business processes has no counterpart in the standard.
    "perwal-pekalongan-26-2021:pasal-5.ayat-3.huruf-a.angka-3": set(),
    "perwal-pekalongan-26-2021:pasal-5.ayat-3.huruf-i.angka-2": set(),
    "perwal-pekalongan-26-2021:pasal-5.ayat-3.huruf-j.angka-1": set(),
    # Informing the public in emergencies needs ICT that is ready for them; it reports no event.
    "perda-pontianak-9-2022:pasal-17.huruf-d": {"A.5.30"},
}
"""All related controls of a provision where a reader of the text chose others than its row has."""
BINDING = {
    ("perwal-bekasi-32-2021", "pasal-26.ayat-3"): Modality.WAJIB,
    ("perwal-bekasi-32-2021", "pasal-27.ayat-6"): Modality.WAJIB,
    ("perwal-bekasi-32-2021", "pasal-28.ayat-2"): Modality.WAJIB,
    ("perwal-bekasi-32-2021", "pasal-25.ayat-1"): Modality.HARUS,
    ("perwal-bekasi-32-2021", "pasal-25.ayat-2"): Modality.HARUS,
    ("perda-pontianak-9-2022", "pasal-7.ayat-1"): Modality.HARUS,
    ("perda-pontianak-9-2022", "pasal-19.ayat-3"): Modality.HARUS,
    ("perda-pontianak-9-2022", "pasal-19.ayat-4"): Modality.HARUS,
    ("perda-pontianak-9-2022", "pasal-25"): Modality.HARUS,
    ("perda-pontianak-9-2022", "pasal-19.ayat-2"): Modality.WAJIB,
}
"""The complete list of ``wajib`` (also as ``berkewajiban``) and ``harus`` outside Perda 3/2026."""


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


@pytest.mark.parametrize("catalogue", SECTIONS)
def test_each_provision_of_the_list_has_its_entry(library: Library, catalogue: str) -> None:
    lines = (DATA / f"{catalogue}.citations.txt").read_text(encoding="utf-8").splitlines()
    expected = [line for line in lines if not line.startswith("#")]
    held = [item.local_id for item in library.requirements(catalogue)]

    assert sorted(held) == sorted(expected)


def test_the_draft_is_never_law(library: Library) -> None:
    assert library.frameworks[DRAFT].status is LegalStatus.DRAFT
    assert {item.status for item in library.requirements(DRAFT)} == {LegalStatus.DRAFT}


@pytest.mark.parametrize("catalogue", LATER)
def test_each_entry_names_lines_of_a_text_that_was_read(library: Library, catalogue: str) -> None:
    for item in library.requirements(catalogue):
        assert item.confidence is Confidence.TEXT_READ
        assert item.lines, item.id
        assert item.testability is not vocabulary.Testability.SCAN, item.id


def test_only_the_listed_provisions_bind_by_wajib_or_harus(library: Library) -> None:
    found = {
        (name, item.local_id.partition(".huruf-")[0]): item.modality
        for name in LATER
        for item in library.requirements(name)
        if item.modality in {Modality.WAJIB, Modality.HARUS}
    }

    assert found == {place: word for place, word in BINDING.items() if place in found}
    listed = {
        (item.framework, item.local_id.partition(".huruf-")[0])
        for item in library.all_requirements.values()
    }
    assert found.keys() == BINDING.keys() & listed


# The tests below compare with what lies beside the repository: they are made only where it does,
# so that nothing is skipped elsewhere.

if REFERENCE.is_file():

    @pytest.mark.parametrize("catalogue", SECTIONS)
    def test_the_list_of_ids_is_that_of_the_reference(catalogue: str) -> None:
        lines = (DATA / f"{catalogue}.citations.txt").read_text(encoding="utf-8").splitlines()
        cited = {name for row in rows(catalogue) for name in provisions(row[0])}

        assert cited == {line for line in lines if not line.startswith("#")}

    @pytest.mark.parametrize("catalogue", LATER)
    def test_testability_and_related_controls_are_those_of_the_rows(
        library: Library, catalogue: str
    ) -> None:
        """What a person decided otherwise, with the text before them, is never said to be more."""
        held = {item.local_id: item for item in library.requirements(catalogue)}
        allowed: dict[str, set[str]] = {}
        testable: dict[str, set[vocabulary.Testability]] = {}
        for row in rows(catalogue):
            for name in provisions(row[0]):
                allowed.setdefault(name, set()).update(
                    other[3:] if other.startswith("cl.") else f"A.{other}"
                    for other in row[6].split(", ")
                    if other != "-"
                )
                testable.setdefault(name, set()).add(WORDS[row[5]])
        for name, item in held.items():
            related = {other.requirement.partition(":")[2] for other in item.related}
            decided = DECIDED_OTHERWISE.get(item.id)
            if decided is not None:
                assert related == decided, item.id
            else:
                assert related <= allowed[name], item.id
                assert bool(related) == bool(allowed[name]), item.id
            assert item.testability in {*testable[name], vocabulary.Testability.MANUAL}, item.id


if PRESENT:
    from controls.regulation.parse import parse
    from controls.regulation.tree import Regulation
    from secaudit.app.articles import find_provision

    LOST_HEADINGS = ("iii-a.pasal-111.",)
    """Articles whose heading is not printed: the importer leaves their words where they stand."""

    @pytest.fixture(scope="module")
    def texts() -> dict[str, Regulation]:
        return {
            name: parse((FOLDER / f"{name}.txt").read_text(encoding="utf-8"), name)
            for name in LATER
        }

    @pytest.mark.parametrize("catalogue", LATER)
    def test_each_entry_stands_on_the_lines_of_its_provision(
        library: Library, texts: dict[str, Regulation], catalogue: str
    ) -> None:
        wrong = []
        for item in library.requirements(catalogue):
            if item.local_id.startswith(LOST_HEADINGS) or "pasal-" not in item.local_id:
                continue
            provision = find_provision(texts[catalogue], item.local_id)
            if provision is None:
                wrong.append(f"{item.id}: not in the text")
                continue
            first, _, last = str(item.lines).partition("-")
            said = set(range(int(first), int(last or first) + 1))
            own = {
                number
                for begin, end in texts[catalogue].whole_runs(provision)
                for number in range(begin, end + 1)
            }
            if not said & own:
                wrong.append(f"{item.id}: says {item.lines}, the importer {sorted(own)}")
        assert wrong == []

    @pytest.mark.parametrize("catalogue", SECTIONS)
    def test_no_summary_copies_the_text(library: Library, catalogue: str) -> None:
        text = (FOLDER / f"{catalogue}.txt").read_text(encoding="utf-8")
        runs = set(_runs(re.sub(r"<[^>]+>|\*", " ", text)))

        copied = [
            item.id
            for item in library.requirements(catalogue)
            if item.summary is not None and not runs.isdisjoint(_runs(item.summary.id))
        ]

        assert copied == []

    def _runs(text: str) -> Iterator[tuple[str, ...]]:
        """Every eight words that stand in a row."""
        words = re.findall(r"\w+", text.lower())
        return zip(*(words[start:] for start in range(8)), strict=False)

    @pytest.mark.parametrize("catalogue", LATER)
    def test_modal_words_are_in_the_provision(
        library: Library, texts: dict[str, Regulation], catalogue: str
    ) -> None:
        wrong = []
        for item in library.requirements(catalogue):
            provision = find_provision(texts[catalogue], item.local_id)
            if provision is None or item.modality is Modality.INDICATIVE:
                continue
            parent = texts[catalogue].by_id.get(provision.parent or "")
            said = f" {provision.text} {parent.text if parent else ''} "
            if f" {item.modality} " not in said and item.modal_words is None:
                wrong.append(f"{item.id}: {item.modality}")
        assert wrong == []
