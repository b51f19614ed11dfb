import pytest

from controls.citation import cite, natural_order


@pytest.mark.parametrize(
    ("local_id", "indonesian", "english"),
    [
        ("A.8.24", "Lampiran A 8.24", "Annex A 8.24"),
        ("9.2.1", "Klausul 9.2.1", "Clause 9.2.1"),
        ("4", "Klausul 4", "Clause 4"),
        ("pasal-46", "Pasal 46", "Article 46"),
        (
            "pasal-26.ayat-5.huruf-c",
            "Pasal 26 ayat (5) huruf c",
            "Article 26 paragraph (5) letter c",
        ),
        ("pasal-1.angka-24", "Pasal 1 angka 24", "Article 1 number 24"),
        (
            "bab-iv.pasal-51.ayat-6",
            "BAB IV Pasal 51 ayat (6)",
            "Chapter IV Article 51 paragraph (6)",
        ),
        ("pasal-tanpa-nomor-3", "Pasal tanpa nomor ke-3", "unnumbered Article 3"),
        ("iv.pasal-51.ayat-6", "BAB IV Pasal 51 ayat (6)", "Chapter IV Article 51 paragraph (6)"),
        (
            "iii-b.pasal-37.praktik-3.huruf-a",
            "BAB III (rangkaian kedua) Pasal 37, Pasal tanpa nomor ke-3 huruf a",
            "Chapter III (second run) Article 37, unnumbered Article 3 letter a",
        ),
        ("lampiran-ii.baris-3", "Lampiran II baris 3", "Appendix II row 3"),
        ("kebijakan-internal", "kebijakan-internal", "kebijakan-internal"),
    ],
)
def test_a_citation_follows_from_the_id(local_id: str, indonesian: str, english: str) -> None:
    citation = cite(local_id)

    assert (citation.id, citation.en) == (indonesian, english)


def test_numbers_sort_as_numbers_and_clauses_before_the_annex() -> None:
    ids = ["A.8.10", "A.8.9", "10.1", "9.2.2", "A.5.1", "4"]

    assert sorted(ids, key=natural_order) == ["4", "9.2.2", "10.1", "A.5.1", "A.8.9", "A.8.10"]
