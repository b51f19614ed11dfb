import pytest

from controls.library import Library, load_library
from controls.lookup import find
from secaudit.core.errors import InputError, NotFoundError


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("iso27001-2022:A.8.24", "iso27001-2022:A.8.24"),
        ("a.8.24", "iso27001-2022:A.8.24"),
        ("A.5.1", "iso27001-2022:A.5.1"),
        ("5.01", "iso27001-2022:A.5.1"),
        ("05.1.1", "iso27001-2013:A.5.1.1"),
        ("8.24", "iso27001-2022:A.8.24"),
        ("A.10.1.1", "iso27001-2013:A.10.1.1"),
        ("iso27001-2022:8.24", "iso27001-2022:A.8.24"),
        ("ISO27001-2022:a.8.24", "iso27001-2022:A.8.24"),
        (
            "perda-pekalongan-3-2026:Pasal 26 ayat (5) huruf c",
            "perda-pekalongan-3-2026:pasal-26.ayat-5.huruf-c",
        ),
        ("Area VI", "indeks-kami-5:area-vi"),
    ],
)
def test_ids_are_read_as_people_write_them(library: Library, text: str, expected: str) -> None:
    assert find(library, text).id == expected


@pytest.mark.parametrize(
    ("text", "candidates"),
    [
        (
            "5.1",
            (
                "iso27001-2022:5.1",
                "iso27001-2022:A.5.1",
                "iso27001-2013:5.1",
                "iso27001-2013:A.5.1",
            ),
        ),
        ("9.2.1", ("iso27001-2022:9.2.1", "iso27001-2013:A.9.2.1")),
        (" 6.3", ("iso27001-2022:6.3", "iso27001-2022:A.6.3")),
    ],
)
def test_a_bare_number_names_what_it_could_mean(
    library: Library, text: str, candidates: tuple[str, ...]
) -> None:
    with pytest.raises(InputError) as caught:
        find(library, text)

    assert all(name in str(caught.value) for name in candidates)


def test_a_framework_narrows_the_search(library: Library) -> None:
    assert find(library, "A.5.1", "iso27001-2013").type == "heading"
    assert find(library, "pasal 35", "uu-27-2022").id == "uu-27-2022:pasal-35"
    with pytest.raises(NotFoundError, match="no framework"):
        find(library, "5.1", "iso27001-2005")


@pytest.mark.parametrize("text", ["", ":", "A.99.1", "iso27001-2022:", "💥", "0", "." * 10_000])
def test_what_means_nothing_is_not_found(library: Library, text: str) -> None:
    with pytest.raises(NotFoundError):
        find(library, text)
