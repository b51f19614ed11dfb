from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from controls.library import Library, load_library
from controls.vocabulary import RequirementRelation
from secaudit.core.errors import InputError, NotFoundError
from secaudit.core.vocabulary import Relation

TLS10 = "tls.protocol.tls1_0"
CRYPTOGRAPHY = "iso27001-2022:A.8.24"


def test_an_overlay_adds_a_framework_whose_relations_are_seen_from_both_ends(overlay: Any) -> None:
    library = overlay.load()

    assert [item.id for item in library.requirements("kebijakan-kota-contoh")] == [
        "kebijakan-kota-contoh:pasal-1",
        "kebijakan-kota-contoh:pasal-2",
    ]
    back = {item.requirement: item.relation for item in library.related(CRYPTOGRAPHY)}
    assert back["kebijakan-kota-contoh:pasal-1"] is RequirementRelation.INTERSECTS


def test_part_seen_from_the_other_end_is_whole(overlay: Any) -> None:
    overlay.put(
        "catalogs/more.yaml",
        """\
        schema_version: 1
        catalogue: kebijakan-kota-contoh
        requirements:
          - id: pasal-3
            kind: [obligation]
            title: {id: Kunci, en: Keys}
            summary: {id: Kunci dijaga., en: Keys are kept.}
            testability: manual
            related:
              - requirement: iso27001-2022:A.8.24
                relation: subset
                rationale: {id: Hanya kunci., en: Keys alone.}
        """,
    )

    back = {item.requirement: item for item in overlay.load().related(CRYPTOGRAPHY)}

    assert back["kebijakan-kota-contoh:pasal-3"].relation is RequirementRelation.SUPERSET


def test_an_entry_of_the_workspace_wins_over_ours(overlay: Any) -> None:
    overlay.put(
        "catalogs/iso.yaml",
        """\
        schema_version: 1
        catalogue: iso27001-2022
        requirements:
          - id: A.8.24
            kind: [control]
            title: {id: Kriptografi kami, en: Our cryptography}
            summary: {id: Ringkasan kami., en: Our summary.}
            testability: manual
        """,
    )

    library = overlay.load()

    assert library.requirement(CRYPTOGRAPHY).title.en == "Our cryptography"
    assert {item.relation for item in library.of_requirement(CRYPTOGRAPHY)} == {Relation.TOUCHES}
    assert len(library.requirements("iso27001-2022")) == len(
        load_library().requirements("iso27001-2022")
    )


def test_a_manual_mapping_wins_over_ours(mapped: Callable[[str], Library]) -> None:
    library = mapped(
        """\
          tls.protocol.tls1_0:
            - requirement: iso27001-2022:A.8.24
              relation: touches
              rationale: {id: Hanya petunjuk., en: Only a hint.}
        """
    )

    [mapping] = [item for item in library.of_check(TLS10) if item.requirement == CRYPTOGRAPHY]
    assert mapping.relation is Relation.TOUCHES
    assert mapping.rationale.en == "Only a hint."


def test_a_removed_mapping_stays_away(mapped: Callable[[str], Library]) -> None:
    before = len(load_library().of_check(TLS10))

    library = mapped(
        """\
          tls.protocol.tls1_0:
            - {requirement: iso27001-2022:A.8.24, removed: true}
        """
    )

    assert len(library.of_check(TLS10)) == before - 1
    assert all(item.check != TLS10 for item in library.of_requirement(CRYPTOGRAPHY))


def test_a_check_is_excused_until_the_workspace_maps_it(overlay: Any) -> None:
    overlay.put(
        "mappings/a.yaml",
        """\
        schema_version: 1
        excused:
          own.check: {id: Tidak ada kaitan., en: No bearing.}
        """,
    )

    assert "own.check" in overlay.load().excused


@pytest.mark.parametrize(
    ("lines", "line", "message"),
    [
        (
            """\
              net.telnet.exposed:
                - requirement: iso27001-2022:A.8.99
                  relation: touches
                  rationale: {id: a, en: b}
            """,
            4,
            "unknown requirement 'iso27001-2022:A.8.99'",
        ),
        (
            """\
              net.telnet.exposed:
                - requirement: iso27001-2022:A.8.20
                  relation: tests
            """,
            4,
            "relation and rationale are needed",
        ),
        (
            """\
              net.telnet.exposed:
                - requirement: iso27001-2022:A.6.3
                  relation: tests
                  rationale: {id: a, en: b}
            """,
            5,
            "it can only touch it",
        ),
        (
            """\
              net.telnet.exposed:
                - requirement: perda-pekalongan-3-2026:pasal-26.ayat-1
                  relation: tests
                  rationale: {id: a, en: b}
            """,
            5,
            "it can only touch it",
        ),
        (
            """\
              net.telnet.exposed:
                - {requirement: "iso27001-2022:A.8.20", removed: true}
                - {requirement: "iso27001-2022:A.8.20", removed: true}
            """,
            5,
            "mapped twice",
        ),
        (
            """\
              net.telnet.exposed:
                - requirement: iso27001-2022:A.8.20
                  relatoin: tests
                  removed: true
            """,
            5,
            "unknown key",
        ),
        (
            """\
              net.telnet.exposed:
                - requirement: "8.20"
                  removed: true
            """,
            4,
            "requirement",
        ),
    ],
)
def test_a_faulty_mapping_is_refused_with_its_line(
    mapped: Callable[[str], Library], lines: str, line: int, message: str
) -> None:
    with pytest.raises(InputError) as caught:
        mapped(lines)

    assert message in str(caught.value)
    assert f"own.yaml:{line}:" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        (
            "schema_version: 1\ncatalogue: entah-apa\nrequirements: []\n",
            "own.yaml:2:",
            "no file describes the framework 'entah-apa'",
        ),
        (
            """\
            schema_version: 1
            catalogue: kebijakan-kota-contoh
            requirements:
              - id: pasal-1
                kind: [obligation]
                title: {id: a, en: b}
                summary: {id: a, en: b}
                testability: manual
            """,
            "own.yaml:4:",
            "is there twice; first in",
        ),
        (
            """\
            schema_version: 1
            catalogue: kebijakan-kota-contoh
            requirements:
              - id: pasal-9
                kind: [obligation]
                title: {id: a, en: b}
                summary: {id: a, en: b}
                testability: manual
                bearers: [gubernur]
            """,
            "own.yaml:9:",
            "unknown bearer 'gubernur'",
        ),
        (
            """\
            schema_version: 1
            catalogue: kebijakan-kota-contoh
            requirements:
              - id: pasal-9
                kind: [obligation]
                title: {id: a, en: b}
                testability: manual
            """,
            "own.yaml:4:",
            "a summary in both languages is needed",
        ),
        (
            """\
            schema_version: 1
            catalogue: kebijakan-kota-contoh
            requirements:
              - id: pasal-9
                kind: [obligation]
                title: {id: a}
                summary: {id: a, en: b}
                testability: manual
            """,
            "own.yaml:6:",
            "title.en",
        ),
        (
            """\
            schema_version: 1
            catalogue: kebijakan-kota-contoh
            requirements:
              - id: pasal-9
                kind: [obligation]
                title: {id: a, en: b}
                summary: {id: a, en: b}
                testability: manual
                related: [iso27001-2022:A.9.99]
            """,
            "own.yaml:9:",
            "unknown requirement",
        ),
    ],
)
def test_a_faulty_catalogue_is_refused_with_its_line(
    overlay: Any, text: str, place: str, message: str
) -> None:
    overlay.put("catalogs/own.yaml", text)

    with pytest.raises(InputError) as caught:
        overlay.load()

    assert message in str(caught.value)
    assert place in str(caught.value)


def test_what_is_not_there_is_said() -> None:
    library = load_library()

    with pytest.raises(NotFoundError, match="no framework 'iso27001-2005'"):
        library.requirements("iso27001-2005")
    with pytest.raises(NotFoundError, match=r"no requirement '5\.1'"):
        library.requirement("5.1")
    assert library.of_check("no.such.check") == ()


def test_an_overlay_that_does_not_exist_adds_nothing(tmp_path: Path) -> None:
    assert load_library(tmp_path / "nothing") == load_library()
