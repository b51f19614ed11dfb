"""The five real texts, which are not part of this repository: counted and sampled.

They are looked for in the folder that ``SECAUDIT_REGULATION_TEXTS`` names, else in
``shared/regulations`` beside the repository; where there are none, these tests are not collected
(see ``conftest.py``). No words of a law stand here: only ids, lines and counts.
"""

import pytest
from regulation_texts import FOLDER

from controls.citation import cite
from controls.library import load_library
from controls.regulation.candidates import find_candidates
from controls.regulation.lines import split_lines
from controls.regulation.parse import parse
from controls.regulation.title import other_numbers, suggested_id
from controls.regulation.tree import Regulation, Unit, span_text
from secaudit.app.articles import find_provision

PERDA = "perda-pekalongan-3-2026"
PONTIANAK = "perda-pontianak-9-2022"
BEKASI = "perwal-bekasi-32-2021"
PERWAL = "perwal-pekalongan-26-2021"
DRAFT = "rancangan-perda-pekalongan-2025"
WITHOUT_HEADING = {f"{DRAFT}:iii-a.pasal-111.huruf-{letter}" for letter in "abcd"}
"""The heading of Pasal 111 is not printed, so that its letters are found in Pasal 110."""


def text_of(name: str) -> str:
    return (FOLDER / f"{name}.txt").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def texts() -> dict[str, Regulation]:
    return {name: parse(text_of(name), name) for name in (PERDA, PONTIANAK, BEKASI, PERWAL, DRAFT)}


@pytest.mark.parametrize(
    ("name", "articles"), [(PERDA, 47), (PONTIANAK, 26), (BEKASI, 32), (PERWAL, 8)]
)
def test_every_article_is_found_once(texts, name, articles):
    found = [item.number for item in texts[name].articles()]

    assert found == [str(number) for number in range(1, articles + 1)]
    assert [item.id for item in texts[name].articles()] == [f"pasal-{n}" for n in found]


@pytest.mark.parametrize("name", [PERDA, PONTIANAK, BEKASI, PERWAL, DRAFT])
def test_every_line_is_placed_or_listed(texts, name):
    regulation = texts[name]
    held = {item.line for item in regulation.unplaced}
    for item in regulation.provisions:
        for first, last in item.runs:
            held.update(range(first, last + 1))
    written = {n for n, line in enumerate(split_lines(text_of(name)), start=1) if line.strip()}
    assert not written - held


@pytest.mark.parametrize(
    ("name", "suggested"), [(PERDA, PERDA), (PONTIANAK, PONTIANAK), (BEKASI, BEKASI), (DRAFT, None)]
)
def test_the_head_gives_the_id(texts, name, suggested):
    assert suggested_id(texts[name]) == suggested
    assert other_numbers(texts[name]) == ()


def test_the_number_lost_in_a_scanned_head_is_in_its_appendices(texts):
    assert texts[PERWAL].number == "6"
    assert other_numbers(texts[PERWAL]) == ("26/2021",)


def test_what_is_odd_is_remarked_and_nothing_else(texts):
    said = {
        name: [(item.line, item.facts) for item in regulation.remarks]
        for name, regulation in texts.items()
    }

    assert said == {
        PERDA: [],
        PONTIANAK: [
            (169, {"unit": "huruf", "number": "b"}),
            (231, {"unit": "huruf", "number": "b"}),
        ],
        BEKASI: [],
        PERWAL: [],
        DRAFT: [
            (211, {"first": 56, "last": 56, "before": 55}),
            (222, {"first": 61, "last": 61, "before": 60}),
            (341, {"first": 111, "last": 111, "before": 110}),
            (419, {"number": "23"}),
        ],
    }
    assert [item.line for item in texts[PERWAL].unplaced] == [164]


def test_our_catalogue_of_the_perda_names_the_same_lines(texts):
    for entry in load_library().requirements(PERDA):
        provision = texts[PERDA].by_id[entry.local_id]
        assert provision.citation.id == cite(entry.local_id).id
        pieces = {piece.line for piece in provision.pieces}
        assert {span_text(texts[PERDA].whole_runs(provision)), span_text(provision.runs)} & {
            entry.lines
        } or pieces & {int(str(entry.lines).partition("-")[0])}, entry.id


def test_every_catalogued_article_has_its_words(texts):
    library = load_library()
    for name in (PERDA, PONTIANAK, BEKASI, PERWAL, DRAFT):
        if name in library.frameworks:
            missing = [
                entry.id
                for entry in library.requirements(name)
                if "pasal-" in entry.local_id
                and entry.id not in WITHOUT_HEADING
                and find_provision(texts[name], entry.local_id) is None
            ]
            assert missing == []


def test_the_drafts_numbered_articles_have_their_chapter(texts):
    found = [item.id for item in texts[DRAFT].articles()]
    absent = {56, 61, 111}

    assert found == [
        *(f"i.pasal-{n}" for n in range(1, 5)),
        *(f"ii.pasal-{n}" for n in range(5, 27)),
        *(f"iii-a.pasal-{n}" for n in range(27, 126) if n not in absent),
        *(f"iii-b.pasal-{n}" for n in range(23, 43)),
        *(f"iv.pasal-{n}" for n in range(43, 57)),
        *(f"v.pasal-{n}" for n in range(57, 65)),
        *("vi.pasal-65", "vii.pasal-66"),
    ]


def test_the_drafts_unnumbered_articles_are_counted_within_their_wrapper(texts):
    found = [item for item in texts[DRAFT].provisions if item.unit is Unit.UNNUMBERED]
    within: dict[str, int] = {}
    for item in found:
        within[item.parent] = within.get(item.parent, 0) + 1

    assert len(found) == 157
    assert within.pop("iii-a.pasal-78") == 5
    assert within.pop("iii-a.pasal-124") == 9
    assert set(within) == {f"iii-b.pasal-{n}" for n in range(23, 43)}
    assert texts[DRAFT].by_id["iii-b.pasal-37.praktik-1.ayat-2"].runs == ((687, 687),)


def test_numbers_lost_by_the_scanner_are_put_back_in_order(texts):
    regulation = texts[PERWAL]
    expected = {
        *(f"pasal-1.angka-{n}" for n in range(1, 14)),
        *(f"pasal-3.ayat-{n}" for n in range(1, 6)),
        *(f"pasal-4.ayat-2.huruf-{letter}" for letter in "abcdef"),
        *(f"pasal-5.ayat-2.huruf-{letter}" for letter in "abcdefghij"),
        *(f"pasal-5.ayat-3.huruf-{letter}.angka-2" for letter in "abcdefghij"),
        *(f"pasal-6.ayat-2.huruf-{letter}" for letter in "abcde"),
        *(f"pasal-7.ayat-{n}" for n in range(1, 6)),
    }

    assert expected <= set(regulation.by_id)
    assert regulation.by_id["pasal-5.ayat-3.huruf-c"].reconstructed
    assert not regulation.by_id["pasal-5.ayat-3.huruf-f"].reconstructed
    assert span_text(regulation.by_id["pasal-7.ayat-5"].runs) == "499-505"


def test_the_appendices_of_the_scan_are_kept_raw_and_apart(texts):
    matrix, diagram = (texts[PERWAL].by_id[f"lampiran-{n}"] for n in ("ii", "i"))

    assert matrix.runs[0][0] == 529
    assert diagram.runs[0][0] == 590
    assert all(line in {piece.line for piece in matrix.pieces} for line in (547, 552, 562))


@pytest.mark.parametrize(
    ("name", "provision", "control"),
    [
        (PERDA, "pasal-26.ayat-5.huruf-c", "A.8.24"),
        (PERDA, "pasal-26.ayat-5.huruf-d", "A.5.26"),
        (PONTIANAK, "pasal-19.ayat-4", "A.5.35"),
        (BEKASI, "pasal-27.ayat-6", "A.8.24"),
        (PERWAL, "pasal-5.ayat-3.huruf-f.angka-2", "A.5.35"),
        (DRAFT, "iii-b.pasal-37.praktik-2", "A.8.7"),
    ],
)
def test_security_provisions_are_candidates(texts, name, provision, control):
    found = {item.provision.id: item for item in find_candidates(texts[name])}

    assert f"iso27001-2022:{control}" in {item.control for item in found[provision].suggestions}
