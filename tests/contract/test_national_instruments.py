"""The national instruments say how surely they were read, wherever they are cited."""

import pytest

from controls.library import Library, load_library
from controls.vocabulary import RequirementKind
from secaudit.core.vocabulary import Confidence

MIRRORED = {
    *("perpres-95-2018", "perbssn-4-2021", "perbssn-8-2020", "perbssn-8-2024", "perbssn-1-2024"),
}
SECONDARY = {
    *("uu-27-2022", "indeks-kami-5", "permenpanrb-5-2020", "psre-indonesia"),
    *("perpres-82-2023", "perpres-132-2022", "permenkominfo-16-2022"),
}
TITLES_ONLY = {"perpres-82-2023", "perpres-132-2022", "permenkominfo-16-2022"}


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


@pytest.mark.parametrize("name", sorted(MIRRORED | SECONDARY))
def test_none_claims_that_the_official_text_was_read(library: Library, name: str) -> None:
    expected = Confidence.MIRROR_READ if name in MIRRORED else Confidence.SECONDARY
    framework = library.framework(name)

    assert framework.confidence is expected
    assert framework.note is not None
    for item in library.requirements(name):
        assert item.confidence in {expected, Confidence.SECONDARY}, item.id
    assert bool(library.requirements(name)) != (name in TITLES_ONLY)


@pytest.mark.parametrize("name", sorted((MIRRORED | SECONDARY) - TITLES_ONLY))
def test_each_entry_leads_to_iso_2022(library: Library, name: str) -> None:
    for item in library.requirements(name):
        assert item.related, item.id
        assert all(other.requirement.startswith("iso27001-2022:") for other in item.related)
        assert item.testability != "scan", item.id


def test_the_audit_cadences_of_perpres_95(library: Library) -> None:
    cadences = {
        item.local_id: (item.cadence.at_least, item.cadence.per, item.bearers)
        for item in library.requirements("perpres-95-2018")
        if item.cadence
    }

    assert cadences == {
        "pasal-58.ayat-3": (1, "year", ("bssn",)),
        "pasal-58.ayat-4": (1, "two_years", ("pemerintah-daerah",)),
    }


def test_deadlines_counted_in_hours(library: Library) -> None:
    hours = {
        item.id: item.within_hours
        for item in library.all_requirements.values()
        if item.within_hours is not None
    }

    assert hours == {
        "perbssn-1-2024:pasal-15.ayat-5": 24,
        "perbssn-1-2024:pasal-15.ayat-6": 24,
        "uu-27-2022:pasal-46": 72,
    }
    assert all(RequirementKind.DEADLINE in library.requirement(name).kind for name in hours)
