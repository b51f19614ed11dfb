"""Scales: ours as they were read, a workspace's own with the line of each fault."""

from pathlib import Path

import pytest

from secaudit.core.errors import InputError, NotFoundError
from secaudit.risk.scale import find_scale, load_scales, scale_from

ROWS = "[[1, 2, 3], [2, 4, 6], [3, 6, 9]]"
OWN = """schema_version: 1
id: kota
title: {{id: Skala kota, en: The city's scale}}
source: {{id: Keputusan, en: A decree}}
confidence: text_read
confirmed: true
likelihood: [{{id: a, en: a}}, {{id: b, en: b}}, {{id: c, en: c}}]
impact: [{{id: a, en: a}}, {{id: b, en: b}}, {{id: c, en: c}}]
matrix: {matrix}
levels: [{{up_to: {low}, word: {{id: r, en: low}}}}, {{up_to: {high}, word: {{id: t, en: high}}}}]
appetite: {appetite}
"""


def own(folder: Path, **changes: object) -> Path:
    values = {"matrix": ROWS, "low": 3, "high": 9, "appetite": 4} | changes
    (folder / "kota.yaml").write_text(OWN.format(**values), encoding="utf-8")
    return folder


def test_the_spbe_matrix_is_as_it_was_found_and_called_unconfirmed():
    scale = load_scales()["spbe"]
    assert not scale.confirmed
    assert scale.confidence.value == "secondary"
    assert scale.cells == (
        (1, 3, 5, 8, 20),
        (2, 7, 11, 13, 21),
        (4, 10, 14, 17, 22),
        (6, 12, 16, 19, 24),
        (9, 15, 18, 23, 25),
    )
    assert sorted(cell for row in scale.cells for cell in row) == list(range(1, 26))
    words = [scale.level_word(scale.level(size), "id") for size in (5, 6, 15, 16, 21)]
    assert words == ["sangat rendah", "rendah", "sedang", "tinggi", "sangat tinggi"]
    assert scale.impact_word(3, "id") == "Cukup Signifikan"
    assert "matriks lain juga beredar" in scale.source.id


def test_a_workspace_has_its_own_and_may_replace_ours(tmp_path):
    scales = load_scales(own(tmp_path))
    assert set(scales) == {"kota", "product-5x5", "spbe"}
    assert scales["kota"].fitted(4, 1) == (3, 1)
    text = (tmp_path / "kota.yaml").read_text(encoding="utf-8").replace("id: kota", "id: spbe")
    (tmp_path / "kota.yaml").write_text(text, encoding="utf-8")
    assert len(load_scales(tmp_path)["spbe"].likelihood) == 3
    with pytest.raises(NotFoundError, match="no risk scale 'x'"):
        find_scale("x", scales)


def test_the_digest_follows_what_a_score_means_and_not_where_it_is_from(tmp_path):
    before = load_scales(own(tmp_path))["kota"]
    text = (tmp_path / "kota.yaml").read_text(encoding="utf-8")
    (tmp_path / "kota.yaml").write_text(text.replace("A decree", "Another"), encoding="utf-8")
    assert load_scales(tmp_path)["kota"].digest == before.digest
    assert load_scales(own(tmp_path, low=4))["kota"].digest != before.digest
    assert scale_from(before.model_dump(mode="json")).digest == before.digest


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"matrix": "[[1, 2, 3], [2, 4, 6]]"}, ":9: the matrix has 2 rows, but there are 3 words"),
        ({"matrix": "[[1, 2, 3], [2, 4, 6, 8], [3, 6, 9]]"}, ":9: row 2 has 4 numbers"),
        ({"matrix": "[[1, 2, 3], [2, 1, 6], [3, 6, 9]]"}, ":9: row 2 falls as the impact grows"),
        ({"matrix": "[[2, 2, 3], [1, 4, 6], [3, 6, 9]]"}, ":9: row 2 is less than the row before"),
        ({"high": 8}, ":10: the levels end at 8, but the matrix goes up to 9"),
        ({"low": 9}, ":10: 9 is not above 9"),
        ({"appetite": 10}, ":11: the appetite 10 is above the matrix"),
        ({"matrix": "sum"}, ":9: "),
        ({"appetite": "4\nbesar: 1"}, ":12: unknown key 'besar'"),
    ],
)
def test_each_fault_has_its_file_and_line(tmp_path, changes, said):
    with pytest.raises(InputError) as caught:
        load_scales(own(tmp_path, **changes))
    assert f"kota.yaml{said}" in str(caught.value)


def test_two_files_of_one_scale_are_refused(tmp_path):
    own(tmp_path)
    (tmp_path / "lain.yaml").write_text(
        (tmp_path / "kota.yaml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    with pytest.raises(InputError, match="is there twice"):
        load_scales(tmp_path)
