"""A workspace's own crosswalk rows, relations and RACI readings, laid over ours."""

import re
from typing import Any

import pytest

from controls.crosswalk import Change
from controls.library import load_library
from controls.vocabulary import RequirementRelation
from secaudit.core.errors import InputError

OLD = "iso27001-2013:A.10.1.1"
NEW = "iso27001-2022:A.8.24"
PROVISION = "perda-pekalongan-3-2026:pasal-26.ayat-5.huruf-c"
CONFIRMED = """\
schema_version: 1
crosswalk: iso27001-2013-2022
rows:
  - from: A.10.1.1
    to:
      - id: A.8.24
        relation: subset
        rationale: {id: Hanya kebijakannya., en: Only its policy.}
        confirmed: {by: Auditor Kota Contoh, on: 2026-03-02, proof: kertas-kerja-7.pdf}
"""


def test_a_person_confirms_a_relation_and_the_kind_of_change_stays(overlay: Any) -> None:
    overlay.put("crosswalks/own.yaml", CONFIRMED)

    [pair] = overlay.load().successors(OLD)

    assert pair.relation is RequirementRelation.SUBSET
    assert pair.change is Change.MERGED
    assert pair.confirmed is not None
    assert (pair.confirmed.by, str(pair.confirmed.on)) == ("Auditor Kota Contoh", "2026-03-02")
    assert len(overlay.load().ancestors(NEW)) == 2


def test_nothing_is_built_on_what_nobody_confirmed(overlay: Any) -> None:
    overlay.put("crosswalks/own.yaml", CONFIRMED)
    related = {item.requirement: item.relation for item in overlay.load().related(OLD)}
    assert related[NEW] is RequirementRelation.SUBSET

    overlay.put("crosswalks/own.yaml", CONFIRMED.replace("        confirmed: {", "        # {"))
    related = {item.requirement: item.relation for item in overlay.load().related(OLD)}
    assert related[NEW] is RequirementRelation.INTERSECTS


def test_a_long_chain_of_parts_is_read(overlay: Any) -> None:
    count = 3_000
    own = "kebijakan-kota-contoh:pasal-"
    said = "title: {id: a, en: b}, summary: {id: a, en: b}, testability: manual"
    entries = "".join(
        f"  - {{id: pasal-{n}, kind: [obligation], {said},"
        f" related: [{{requirement: '{own}{n + 1}', relation: subset}}]}}\n"
        for n in range(10, 10 + count)
    )
    last = f"  - {{id: pasal-{10 + count}, kind: [obligation], {said}}}\n"
    overlay.put(
        "catalogs/long.yaml",
        "schema_version: 1\ncatalogue: kebijakan-kota-contoh\nrequirements:\n" + entries + last,
    )

    assert len(overlay.load().requirements("kebijakan-kota-contoh")) == count + 3


def test_a_pair_that_was_taken_away_stays_away(overlay: Any) -> None:
    overlay.put(
        "crosswalks/own.yaml",
        """\
        schema_version: 1
        crosswalk: iso27001-2013-2022
        rows:
          - from: A.18.2.3
            to: [{id: A.8.8, removed: true}]
        """,
    )

    pairs = overlay.load().successors("iso27001-2013:A.18.2.3")

    assert [pair.after for pair in pairs] == ["iso27001-2022:A.5.36"]


def test_related_requirements_include_the_other_edition() -> None:
    related = {item.requirement: item.relation for item in load_library().related(NEW)}

    assert related[OLD] is RequirementRelation.INTERSECTS


def test_a_relation_decided_by_hand_wins_from_both_ends(overlay: Any) -> None:
    overlay.put(
        "mappings/own.yaml",
        f"""\
        schema_version: 1
        requirements:
          {NEW}:
            - requirement: {PROVISION}
              relation: superset
              rationale: {{id: Memuatnya seluruhnya., en: Contains all of it.}}
        """,
    )

    library = overlay.load()

    [there] = [item for item in library.related(NEW) if item.requirement == PROVISION]
    [back] = [item for item in library.related(PROVISION) if item.requirement == NEW]
    assert there.relation is RequirementRelation.SUPERSET
    assert back.relation is RequirementRelation.SUBSET


@pytest.mark.parametrize(("start", "end"), [(NEW, PROVISION), (PROVISION, NEW)])
def test_a_relation_that_was_taken_away_stays_away(overlay: Any, start: str, end: str) -> None:
    assert any(item.requirement == NEW for item in load_library().related(PROVISION))
    overlay.put(
        "mappings/own.yaml",
        f"""\
        schema_version: 1
        requirements:
          {start}: [{{requirement: "{end}", removed: true}}]
        """,
    )

    library = overlay.load()

    assert all(item.requirement != NEW for item in library.related(PROVISION))
    assert all(item.requirement != PROVISION for item in library.related(NEW))


def test_a_circle_of_parts_is_refused_with_its_place(overlay: Any) -> None:
    overlay.put(
        "mappings/own.yaml",
        """\
        schema_version: 1
        requirements:
          iso27001-2022:A.8.20:
            - {requirement: "iso27001-2022:A.8.21", relation: subset, rationale: {id: a, en: b}}
          iso27001-2022:A.8.21:
            - {requirement: "iso27001-2022:A.8.22", relation: equal, rationale: {id: a, en: b}}
          iso27001-2022:A.8.22:
            - {requirement: "iso27001-2022:A.8.20", relation: subset, rationale: {id: a, en: b}}
        """,
    )

    with pytest.raises(InputError, match=r"in a circle: .*A\.8\.2") as caught:
        overlay.load()

    assert re.search(r"mappings/own\.yaml:[48]: ", str(caught.value))


def test_equals_and_chains_are_no_circle(overlay: Any) -> None:
    overlay.put(
        "mappings/own.yaml",
        """\
        schema_version: 1
        requirements:
          iso27001-2022:A.8.20:
            - {requirement: "iso27001-2022:A.8.21", relation: equal, rationale: {id: a, en: b}}
            - {requirement: "iso27001-2022:A.8.22", relation: subset, rationale: {id: a, en: b}}
          iso27001-2022:A.8.21:
            - {requirement: "iso27001-2022:A.8.22", relation: subset, rationale: {id: a, en: b}}
        """,
    )

    assert len(overlay.load().related("iso27001-2022:A.8.22")) >= 2


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "crosswalks/own.yaml",
            "schema_version: 1\ncrosswalk: x\nrows: [{from: A.5.1.1, to: [A.5.1]}]\n",
            "own.yaml:2: no file describes the crosswalk 'x'",
        ),
        (
            "crosswalks/own.yaml",
            (
                "schema_version: 1\ncrosswalk: iso27001-2013-2022\nrows:\n"
                "- {from: A.5.1.9, to: [A.5.1], change: same}\n"
            ),
            "own.yaml:4: unknown requirement 'iso27001-2013:A.5.1.9'",
        ),
        (
            "crosswalks/own.yaml",
            CONFIRMED + "      - A.8.24\n",
            "own.yaml:10: iso27001-2013:A.10.1.1 leads to iso27001-2022:A.8.24 twice",
        ),
        (
            "crosswalks/own.yaml",
            CONFIRMED.replace("        rationale: {", "        # {"),
            "needs a rationale",
        ),
        (
            "mappings/own.yaml",
            'schema_version: 1\nrequirements:\n  iso27001-2022:A.8.24:\n  - {requirement: "x:y"}\n',
            "own.yaml:4:",
        ),
        (
            "raci/own.yaml",
            (
                "schema_version: 1\nraci: perwal-pekalongan-26-2021\nconfirmed:\n"
                "- {task: baris-9, actor: gcio, letters: [C], by: a, on: 2026-03-02}\n"
            ),
            "own.yaml:4: perwal-pekalongan-26-2021 has no cell baris-9, gcio",
        ),
        (
            "raci/own.yaml",
            (
                "schema_version: 1\nraci: perwal-pekalongan-26-2021\nconfirmed:\n"
                "- {task: baris-2, actor: gcio, letters: [X], by: a, on: 2026-03-02}\n"
            ),
            "own.yaml:4:",
        ),
        (
            "raci/own.yaml",
            (
                "schema_version: 1\nraci: entah\nconfirmed:\n"
                "- {task: baris-2, actor: gcio, letters: [C], by: a, on: 2026-03-02}\n"
            ),
            "own.yaml:2: no file describes the matrix 'entah'",
        ),
    ],
)
def test_a_fault_is_refused_with_its_line(overlay: Any, name: str, text: str, message: str) -> None:
    overlay.put(name, text)

    with pytest.raises(InputError) as caught:
        overlay.load()

    assert message in str(caught.value)


OWN_MATRIX = """\
schema_version: 1
raci: kota-contoh
matrix:
  framework: kebijakan-kota-contoh
  title: {id: Pembagian tugas, en: Division of tasks}
  citation: {id: Lampiran I, en: Appendix I}
  confidence: text_read
  legend:
    A: {id: Penanggung jawab, en: Accountable}
  actors:
    wali-kota: {id: Wali Kota, en: Mayor}
  tasks:
    - key: baris-1
      title: {id: Penyandian data, en: Encrypting data}
      citation: {id: Lampiran I baris 1, en: Appendix I row 1}
      requirement: pasal-1
      cells: {wali-kota: [A]}
"""


def test_a_task_of_an_own_matrix_leads_to_a_provision_of_its_catalogue(overlay: Any) -> None:
    overlay.put("raci/own.yaml", OWN_MATRIX)

    [own] = [item for item in overlay.load().matrices if item.id == "kota-contoh"]

    assert own.tasks[0].requirement == "kebijakan-kota-contoh:pasal-1"


def test_a_task_that_names_a_provision_that_is_not_there_is_refused(overlay: Any) -> None:
    overlay.put("raci/own.yaml", OWN_MATRIX.replace("pasal-1", "pasal-9"))

    with pytest.raises(InputError) as caught:
        overlay.load()

    assert "own.yaml:16: unknown requirement 'kebijakan-kota-contoh:pasal-9'" in str(caught.value)


def test_a_cell_is_confirmed_with_who_and_when(overlay: Any) -> None:
    overlay.put(
        "raci/own.yaml",
        """\
        schema_version: 1
        raci: perwal-pekalongan-26-2021
        confirmed:
          - {task: baris-3, actor: wali-kota, letters: [A], by: Bagian Hukum, on: 2026-03-02}
          - {task: baris-2, actor: pemangku-kepentingan, letters: [], by: b, on: 2026-03-02}
        """,
    )

    [matrix] = overlay.load().matrices
    cells = {task.key: task.cells for task in matrix.tasks}

    assert matrix.open_cells == 7
    cell = cells["baris-3"]["wali-kota"]
    assert cell.letters == ("A",)
    assert cell.confirmed is not None
    assert cell.confirmed.by == "Bagian Hukum"
    assert cells["baris-2"]["pemangku-kepentingan"].letters == ()
    assert cells["baris-2"]["gcio"].letters is None
