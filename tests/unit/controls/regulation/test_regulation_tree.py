"""The tree of an invented regulation, oddity by oddity."""

import pytest
from sample_regulation import BODY, FOOT, HEAD, WHOLE, articles, read, words_of

from controls.regulation.title import other_numbers, short_title, suggested_id
from controls.regulation.tree import Unit, from_record, span_text, to_record
from secaudit.app.articles import find_provision
from secaudit.core.errors import InputError


def test_every_part_of_a_clean_text_has_its_place():
    words = words_of(read(WHOLE))

    assert words["menimbang.huruf-b"].startswith("bahwa tidak ada kota")
    assert words["mengingat.angka-1"] == "Pasal 18 ayat (6) Undang-Undang Dasar karangan;"
    assert words["pasal-1.angka-2"] == "Sandi adalah kriptografi yang dipakai oleh Kota."
    assert words["pasal-2.ayat-1.huruf-c"] == "audit keamanan."
    assert words["pasal-2.ayat-2"].endswith("dilaksanakan oleh Dinas Contoh.")
    assert words["penutup"].startswith("Agar setiap orang")
    assert words["penjelasan.umum"].startswith("Naskah karangan")
    assert words["penjelasan.pasal-2.ayat-1.huruf-a"].endswith("penyandian karangan.")
    assert words["penjelasan.pasal-3"] == "Cukup jelas."


def test_an_elucidation_repeats_no_article():
    regulation = read(WHOLE)

    assert [item.number for item in regulation.articles()] == ["1", "2", "3"]
    assert not regulation.remarks
    assert not regulation.unplaced


def test_the_head_names_the_regulation():
    regulation = read(WHOLE)

    assert suggested_id(regulation) == "perda-contoh-7-2031"
    assert short_title(regulation) == "Perda Contoh 7/2031"
    assert regulation.title.endswith("TENTANG PENJAGAAN SISTEM ELEKTRONIK CONTOH")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("PERATURAN WALI KOTA CONTOH", "perwal-contoh-7-2031"),
        ("PERATURAN WALIKOTA CONTOH BARU", "perwal-contoh-baru-7-2031"),
        ("PERATURAN BUPATI CONTOH", "perbup-contoh-7-2031"),
        ("PERATURAN DAERAH KABUPATEN CONTOH", "perda-contoh-7-2031"),
        ("PERATURAN PRESIDEN REPUBLIK INDONESIA", "perpres-7-2031"),
        ("RANCANGAN PERATURAN DAERAH KOTA CONTOH", "rancangan-perda-contoh-7-2031"),
        ("KEPUTUSAN KEPALA DINAS CONTOH", None),
    ],
)
def test_an_id_is_suggested_where_the_head_says_enough(kind, expected):
    text = WHOLE.replace("PERATURAN DAERAH KOTA CONTOH\n", f"{kind}\n", 1)

    assert suggested_id(read(text)) == expected


def test_citations_and_lines():
    regulation = read(WHOLE)
    letter = regulation.by_id["pasal-2.ayat-1.huruf-b"]

    assert letter.citation.id == "Pasal 2 ayat (1) huruf b"
    assert letter.citation.en == "Article 2 paragraph (1) letter b"
    line = int(span_text(letter.runs))
    assert WHOLE.splitlines()[line - 1] == "b. pencadangan; dan"
    assert regulation.by_id["penjelasan.pasal-3"].citation.id == "Penjelasan Pasal 3"


@pytest.mark.parametrize(
    "heading",
    [
        "Pasal 1",
        "## Pasal 1",
        "##### Pasal 1",
        "- Pasal 1  ",
        "**Pasal 1**",
        "<p>Pasal 1</p>",
        "BAB I KETENTUAN UMUM Pasal 1",
        "\t<p>BAB I KETENTUAN UMUM Bagian Kesatu Umum Pasal 1</p>\t",
        "## BAB I KETENTUAN UMUM\n\n### Bagian Kesatu Umum\n\n#### Pasal 1",
        "BAB I  \nKETENTUAN UMUM  \nBagian Kesatu  \nUmum  \nParagraf 1  \nUmum\nPasal 1",
    ],
)
def test_headings_in_every_dress(heading):
    words = words_of(articles(f"{heading}\n\n(1) Kota menjaga sistem.\n(2) Dinas membantu Kota.\n"))

    assert words["pasal-1.ayat-1"] == "Kota menjaga sistem."
    assert words["pasal-1.ayat-2"] == "Dinas membantu Kota."


def test_titles_of_parts_on_the_same_and_on_the_next_line():
    regulation = articles(
        "BAB I  \nKETENTUAN\nUMUM\n### Bagian Kesatu Ruang Lingkup\nPasal 1\nIsi pasal.\n"
        "Bagian Ketigabelas\nPenjagaan\nParagraf 2 Sandi\nPasal 2\nIsi pasal.\n"
    )

    assert regulation.by_id["bab-i"].title == "KETENTUAN UMUM"
    assert regulation.by_id["bab-i.bagian-1"].title == "Ruang Lingkup"
    assert regulation.by_id["bab-i.bagian-13"].title == "Penjagaan"
    assert regulation.by_id["bab-i.bagian-13.paragraf-2"].title == "Sandi"
    assert regulation.by_id["pasal-2"].parent == "bab-i.bagian-13.paragraf-2"


@pytest.mark.parametrize(
    "heading", ["Pasal 1\nKeamanan Informasi", "#### Pasal 1 Keamanan Informasi"]
)
def test_titles_of_articles(heading):
    regulation = articles(f"{heading}\n\n- (1) Kota menjaga sistem.\n- (2) Dinas membantu.\n")

    assert regulation.by_id["pasal-1"].title == "Keamanan Informasi"
    assert regulation.by_id["pasal-1"].text == ""


def test_a_page_break_cuts_a_sentence_and_a_list():
    words = words_of(
        articles(
            "Pasal 1\n- (1) Kota menjaga:\n  - a. jaringan yang dipakai\n\noleh semua dinas;\n\n"
            "- b. aplikasi; dan\n  - c. data.\n\f- 3 -\n- (2) Dinas membantu.\n"
        )
    )

    assert words["pasal-1.ayat-1.huruf-a"] == "jaringan yang dipakai oleh semua dinas;"
    assert words["pasal-1.ayat-1.huruf-c"] == "data."
    assert words["pasal-1.ayat-2"] == "Dinas membantu."


def test_a_list_that_begins_at_b_and_a_letter_that_comes_twice():
    regulation = articles(
        "Pasal 1\nRencana memuat:\nb. latar;\nc. visi;\nd. misi.\n\nPasal 2\nArah meliputi:\n"
        "a. satu;\nb. dua; dan\nb. tiga.\n"
    )
    words = words_of(regulation)

    assert words["pasal-1.huruf-b"] == "latar;"
    assert words["pasal-2.huruf-b"] == "dua; dan"
    assert words["pasal-2.huruf-b-2"] == "tiga."
    assert regulation.by_id["pasal-2.huruf-b-2"].citation.id == "Pasal 2 huruf b (ke-2)"
    assert [item.message.format(**item.facts) for item in regulation.remarks] == [
        "a list begins at huruf b",
        "huruf b occurs again",
    ]


def test_lists_within_lists():
    words = words_of(
        articles(
            "Pasal 1\n- a. layanan, yang meliputi:\n  - 1. surat; dan\n  - 2. arsip.\n"
            "- b. jaringan, yang meliputi:\n1) kabel:\na) lama; dan\nb) baru;\n2) radio.\n"
            "c. lainnya.\n"
        )
    )

    assert words["pasal-1.huruf-a.angka-2"] == "arsip."
    assert words["pasal-1.huruf-b.angka-1.huruf-b"] == "baru;"
    assert words["pasal-1.huruf-b.angka-2"] == "radio."
    assert words["pasal-1.huruf-c"] == "lainnya."


def test_letters_run_to_z():
    items = "\n".join(f"{chr(97 + n)}. butir {n};" for n in range(26))

    words = words_of(articles(f"Pasal 1\nDaftar:\n{items}\n"))

    assert words["pasal-1.huruf-z"] == "butir 25;"


def test_references_at_a_lines_beginning_are_no_headings():
    words = words_of(
        articles(
            "Pasal 1\n(1) Kota menjaga sistem sebagaimana dimaksud dalam\nPasal 2\nayat\n(2) dan "
            "huruf\nb. menurut Pasal\n3. Selain itu tidak ada.\n(2) Dinas membantu.\n\n"
            "Pasal 2\nSesuai ketentuan\nPasal 1 ayat (2) Kota bertindak.\n"
        )
    )

    assert "pasal-1.ayat-2.huruf-b" not in words
    assert words["pasal-1.ayat-2"] == "Dinas membantu."
    assert words["pasal-2"].endswith("Pasal 1 ayat (2) Kota bertindak.")


def test_html_cells_hold_whole_chapters():
    regulation = articles(
        "\t<p>BAB I KETENTUAN UMUM Bagian Kesatu Umum Pasal 1</p>\t\n"
        '\t<p>(1) Kota menjaga:</p> <ol style="list-style-type: none"> a. jaringan <i>intra</i>; '
        "danb. aplikasi R&amp;D. <p>(2) Dinas membantu sebagaimana dimaksud pada ayat (1) "
        "huruf a.</p>\t\n-- \t---\t--\n\t<p>BAB II LAINNYA Pasal 2</p>\t\n\tIsi pasal.\t\n"
    )
    words = words_of(regulation)

    assert words["pasal-1.ayat-1.huruf-a"] == "jaringan intra; dan"
    assert words["pasal-1.ayat-1.huruf-b"] == "aplikasi R&D."
    assert words["pasal-1.ayat-2"].endswith("ayat (1) huruf a.")
    assert words["pasal-2"] == "Isi pasal."
    assert [item.text for item in regulation.unplaced] == [
        "--\t---\t--".replace("--\t", "-- \t", 1)
    ]


def test_numbers_that_begin_again_carry_their_chapter_and_run():
    regulation = articles(
        "BAB I UMUM\nPasal 1\nIsi.\nPasal 2\nIsi.\nBAB III ELEMEN\nPasal 3\nIsi.\nPasal 4\nIsi.\n"
        "Bagian Kedua Pembungkus Pasal 2\nBAB ... PRAKTIK\nBagian Kesatu Umum\nPasal ...\n"
        "(1) Kota mengelola praktik.\n(2) Kewajiban bertujuan baik.\nBagian Kedua\nRincian\n"
        "<p>Pasal ... Dalam praktik kedua, Kota: a. memantau; dan b. mencatat.</p>\n"
        "Bagian Ketiga Pembungkus Lagi Pasal 3\nPasal ...\nDalam praktik lain Kota diam.\n"
        "BAB IV LAIN\nPasal 4\nIsi.\n"
    )
    words = words_of(regulation)

    assert [item.id for item in regulation.articles()] == [
        *("i.pasal-1", "i.pasal-2", "iii-a.pasal-3", "iii-a.pasal-4"),
        *("iii-b.pasal-2", "iii-b.pasal-3", "iv.pasal-4"),
    ]
    assert words["iii-b.pasal-2.praktik-1.ayat-1"] == "Kota mengelola praktik."
    assert words["iii-b.pasal-2.praktik-2.huruf-b"] == "mencatat."
    assert words["iii-b.pasal-3.praktik-1"] == "Dalam praktik lain Kota diam."
    assert regulation.by_id["iii-b.pasal-2.praktik-2"].citation.id == (
        "BAB III (rangkaian kedua) Pasal 2, Pasal tanpa nomor ke-2"
    )
    assert regulation.by_id["iv.pasal-4"].citation.en == "Chapter IV Article 4"
    assert regulation.by_id["iii-b.pasal-2.bagian-2"].title == "Rincian"


def test_a_chapter_that_comes_twice_makes_two_runs():
    regulation = articles(
        "BAB I UMUM\nPasal 1\nIsi.\nBAB III ELEMEN\nPasal 2\nIsi.\nBAB III ELEMEN\nPasal 2\nIsi.\n"
    )

    assert [item.id for item in regulation.articles()] == [
        *("i.pasal-1", "iii-a.pasal-2", "iii-b.pasal-2"),
    ]


def test_an_article_without_its_heading_is_reported():
    regulation = articles("Pasal 1\nIsi satu.\n\nIsi dua tanpa judul.\n\nPasal 3\nIsi tiga.\n")

    assert [item.facts for item in regulation.remarks] == [{"first": 2, "last": 2, "before": 1}]
    assert regulation.by_id["pasal-1"].text.endswith("tanpa judul.")


DISPLACED = """\
Pasal 1

Dalam Peraturan ini yang dimaksud dengan:
1. Kota adalah Kota Contoh.

2.

3.

Dinas adalah dinas
karangan.

Sandi adalah kriptografi.

Pasal 2

(1) Unsur penjagaan terdiri atas Kota,

(2)

(9)

(1)

dan Dinas.

Unsur sebagaimana dimaksud pada ayat (1) didukung pakar.
Pasal 3

Kota menetapkan:
a. kebijakan;

b. rencana.
Dalam hal kebijakan sebagaimana dimaksud pada ayat
(1) huruf a berubah, Dinas memiliki tugas:

menyusun naskah;

menjaga naskah; dan

menyimpan naskah.

(3) Dinas melapor kepada Kota.

Pasal 4

Peraturan ini mulai berlaku.
"""


def test_numbers_torn_from_their_texts_follow_from_the_order():
    regulation = articles(DISPLACED)
    words = words_of(regulation)

    assert words["pasal-1.angka-2"] == "Dinas adalah dinas karangan."
    assert words["pasal-1.angka-3"] == "Sandi adalah kriptografi."
    assert words["pasal-2.ayat-1"].endswith("terdiri atas Kota, dan Dinas.")
    assert words["pasal-2.ayat-2"].endswith("didukung pakar.")
    assert words["pasal-3.ayat-1"] == "Kota menetapkan:"
    assert words["pasal-3.ayat-2"].startswith("Dalam hal kebijakan")
    assert words["pasal-3.ayat-2.huruf-c"] == "menyimpan naskah."
    assert words["pasal-3.ayat-3"] == "Dinas melapor kepada Kota."
    assert words["pasal-4"] == "Peraturan ini mulai berlaku."
    assert regulation.by_id["pasal-2.ayat-2"].reconstructed
    assert not regulation.by_id["pasal-3.ayat-3"].reconstructed
    assert [item.text for item in regulation.unplaced] == ["(9)"]


def test_appendices_are_kept_as_they_stand_whatever_their_order():
    regulation = read(
        HEAD + BODY + "Ditetapkan di Contoh\n\nLAMPIRAN II\nPERATURAN DAERAH KOTA CONTOH\n"
        "NOMOR 8 TAHUN 2031\nTugas A R C\nPasal 1 bukan pasal\n\nLAMPIRAN I\nBagan\n//'\n"
    )

    assert regulation.by_id["lampiran-ii"].text.endswith("Tugas A R C Pasal 1 bukan pasal")
    assert regulation.by_id["lampiran-i"].text == "LAMPIRAN I Bagan //'"
    assert other_numbers(regulation) == ("8/2031",)
    assert [item.number for item in regulation.articles()] == ["1", "2", "3"]


def test_an_appendix_may_stand_before_the_elucidation():
    regulation = read(HEAD + BODY + "LAMPIRAN\nPERATURAN KARANGAN\nTabel\n" + FOOT)

    assert "Tabel" in regulation.by_id["lampiran"].text
    assert regulation.by_id["penjelasan.pasal-3"].text == "Cukup jelas."


def test_the_tree_survives_its_json_form():
    regulation = read(WHOLE + "\n---\n")

    again = from_record(to_record(regulation))

    assert again.provisions == regulation.provisions
    assert again.unplaced == regulation.unplaced


def test_a_tree_with_a_cycle_is_refused():
    record = to_record(read(WHOLE))
    record["provisions"][3]["parent"] = record["provisions"][-1]["id"]

    with pytest.raises(ValueError, match="comes before"):
        from_record(record)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Naskah ini tentang hal lain dan tidak memuat satu ketentuan pun.\n", "no Pasal found"),
        ("PENJELASAN\nPasal demi pasal tidak ada.\n", "no Pasal found"),
        (
            "Article 1\nThe municipality shall protect its networks and keep its secrets.\n" * 10,
            "not in Indonesian",
        ),
        (
            "Pasal 1\nThe municipality shall protect its networks and keep what it knows secret.\n"
            * 10,
            "not in Indonesian",
        ),
    ],
)
def test_what_is_no_indonesian_regulation_is_refused(text, message):
    with pytest.raises(InputError, match=message) as caught:
        read(text)

    assert "contoh.txt" in str(caught.value)


def test_a_table_of_contents_is_no_article():
    regulation = articles(
        "DAFTAR ISI\nBAB I KETENTUAN UMUM ........ 3\nPasal 1 ........ 3\n\nBAB I\nKETENTUAN\n"
        "Pasal 1\nIsi pasal.\n"
    )

    assert [(item.number, item.text) for item in regulation.articles()] == [("1", "Isi pasal.")]


def test_roman_articles_of_an_amendment():
    regulation = articles("Pasal I\nBeberapa ketentuan diubah.\n\nPasal II\nMulai berlaku.\n")

    assert [item.id for item in regulation.articles()] == ["pasal-i", "pasal-ii"]


@pytest.mark.parametrize("refers", ["Pasal 5 ayat", "Pasal 5 ayat (1) dan ayat"])
def test_a_reference_over_the_end_of_an_articles_first_line_opens_no_paragraph(refers):
    regulation = articles(
        f"Pasal 1\nSandi sebagaimana dimaksud dalam {refers}\n(1) huruf c meliputi:\na. kunci;\n"
        "b. kartu.\n"
    )

    assert words_of(regulation)["pasal-1"] == (
        f"Sandi sebagaimana dimaksud dalam {refers} (1) huruf c meliputi:"
    )
    assert "pasal-1.huruf-b" in regulation.by_id
    assert "pasal-1.ayat-1" not in regulation.by_id


def test_units_are_told_apart():
    units = {item.unit for item in read(WHOLE).provisions}

    assert {Unit.BAB, Unit.PASAL, Unit.AYAT, Unit.HURUF, Unit.ANGKA, Unit.GENERAL} <= units


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("ii.pasal-2.ayat-1", "ii.pasal-2.ayat-1"),
        ("bab-ii.pasal-2.ayat-1", "ii.pasal-2.ayat-1"),
        ("pasal-1", "i.pasal-1"),
        ("pasal-2", None),
        ("iii.pasal-2", None),
        ("judul", None),
        ("penjelasan.pasal-1", None),
    ],
)
def test_an_article_is_found_by_the_id_that_a_catalogue_gives_it(asked, found):
    regulation = articles("BAB I A\nPasal 1\nSatu.\nPasal 2\nDua.\nBAB II B\nPasal 2\n(1) Lain.\n")

    provision = find_provision(regulation, asked)

    assert (provision and provision.id) == found


def test_a_second_elucidation_after_the_appendices_keeps_its_words() -> None:
    regulation = read(WHOLE + "LAMPIRAN\nTabel\nPENJELASAN\nKata akhir\n")

    assert regulation.by_id["lampiran"].text == "LAMPIRAN Tabel PENJELASAN Kata akhir"
