"""Candidates: the words that led to a control, where they stand, and that nothing is mapped."""

from pathlib import Path

import pytest
import yaml
from sample_regulation import FOOT, HEAD, WHOLE, read

from controls.library import load_library
from controls.model import CatalogueFile
from controls.regulation.candidates import find_candidates, load_terms
from controls.regulation.skeleton import skeleton, to_yaml
from secaudit.content.yaml import parse_document, validate
from secaudit.core.errors import InputError
from secaudit.core.vocabulary import LegalStatus


def test_each_term_leads_to_controls_that_exist():
    library = load_library()
    for term in load_terms().terms.values():
        assert term.reason.id != term.reason.en
        for control in term.controls:
            assert library.requirement(control).type == "control"


def test_candidates_name_the_words_and_their_lines():
    regulation = read(WHOLE)
    found = {item.provision.id: item for item in find_candidates(regulation)}

    letter = found["pasal-2.ayat-1.huruf-a"]
    assert [hit.words for hit in letter.hits if not hit.elucidation] == ["enkripsi"]
    assert {item.control for item in letter.suggestions} == {"iso27001-2022:A.8.24"}
    line = letter.hits[0].line
    assert "enkripsi" in WHOLE.splitlines()[line - 1]
    assert "pasal-1.angka-1" not in found


def test_the_elucidation_counts_and_is_told_apart():
    text = WHOLE.replace("penyandian karangan", "perlindungan data pribadi karangan")
    found = {item.provision.id: item for item in find_candidates(read(text))}

    hits = [hit for hit in found["pasal-2.ayat-1.huruf-a"].hits if hit.elucidation]
    assert "perlindungan data pribadi" in [hit.words for hit in hits]


def test_words_are_found_over_a_lines_end_and_only_whole():
    regulation = read(
        HEAD + "Pasal 1\nKota menjaga keamanan\ninformasi dengan sandiwara dan SANDI.\n" + FOOT
    )
    (found,) = find_candidates(regulation)

    assert [hit.words for hit in found.hits] == ["keamanan informasi", "SANDI"]


def test_the_skeleton_is_a_valid_catalogue_of_drafts():
    regulation = read(WHOLE)
    made = skeleton(
        "perda-contoh-7-2031", regulation, find_candidates(regulation), title="Contoh",
        status=LegalStatus.COMPARISON,
    )  # fmt: skip

    text = to_yaml(made)

    assert yaml.safe_load(text) == made
    assert "&id" not in text
    catalogue = validate(parse_document(text.encode(), "x.yaml"), CatalogueFile)
    entry = next(item for item in catalogue.requirements if item.id == "pasal-2.ayat-1")
    assert entry.draft
    assert entry.summary is None
    assert entry.related == ()
    assert entry.modality == "wajib"
    assert entry.title.id.startswith("Pasal 2 ayat (1): Kota wajib menjaga")
    assert {item.status for item in entry.candidates} == {"candidate"}
    definition = next(item for item in catalogue.requirements if item.id == "pasal-1.angka-2")
    assert [kind.value for kind in definition.kind] == ["definition"]


@pytest.mark.parametrize("words", ["", " a", "a*b", "*"])
def test_terms_that_could_match_anything_are_refused(tmp_path: Path, words: str):
    path = tmp_path / "terms.yaml"
    path.write_text(
        yaml.safe_dump(
            {
                "schema_version": 1,
                "terms": [
                    {
                        "key": "x",
                        "words": {"id": [words], "en": ["y"]},
                        "controls": ["iso27001-2022:A.8.24"],
                        "reason": {"id": "a", "en": "b"},
                    }
                ],
            }
        ),
        encoding="utf-8",
    )

    with pytest.raises(InputError, match=r"terms\.yaml"):
        load_terms(path)


def test_a_star_stands_for_the_rest_of_a_word(tmp_path: Path):
    path = tmp_path / "terms.yaml"
    path.write_text(
        "schema_version: 1\nterms:\n  - key: x\n    words: {id: [enkrip*], en: [y]}\n"
        "    controls: [iso27001-2022:A.8.24]\n    reason: {id: a, en: b}\n",
        encoding="utf-8",
    )

    found = find_candidates(read(WHOLE), load_terms(path))

    assert found[0].hits[0].words == "enkripsi"
