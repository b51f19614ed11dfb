"""Evidence carried along relations: whole, part or hint, and never more than that."""

from itertools import pairwise
from pathlib import Path

import pytest

from controls.carrying import LONGEST_PATH, Carries, added, paths_from
from controls.library import Library, load_library
from controls.vocabulary import RequirementRelation

EQUAL, SUBSET, SUPERSET, INTERSECTS = (
    RequirementRelation.EQUAL,
    RequirementRelation.SUBSET,
    RequirementRelation.SUPERSET,
    RequirementRelation.INTERSECTS,
)
HEAD = """\
schema_version: 1
catalogue: uji
framework:
  kind: standard
  title: {id: Uji, en: Trial}
  short_title: {id: Uji, en: Trial}
  version: "1"
  status: in_force
  confidence: text_read
requirements:
"""


def made(folder: Path, **related: dict[str, str]) -> Library:
    """A library with requirements of one letter each, related as said."""
    lines = [HEAD]
    for name, others in related.items():
        lines.append(
            f"  - id: {name}\n    kind: [control]\n    title: {{id: {name}, en: {name}}}\n"
        )
        lines.append(f"    summary: {{id: isi {name}, en: text {name}}}\n    testability: manual\n")
        if others:
            lines.append("    related:\n")
        for other, relation in others.items():
            lines.append(f"      - {{requirement: 'uji:{other}', relation: {relation}}}\n")
    path = folder / "catalogs" / "uji.yaml"
    path.parent.mkdir(parents=True)
    path.write_text("".join(lines), encoding="utf-8")
    return load_library(folder)


def ends(library: Library, start: str) -> dict[str, Carries]:
    return {path.end[4:]: path.carries for path in paths_from(library, f"uji:{start}")}


def test_what_one_relation_carries(tmp_path: Path) -> None:
    library = made(
        tmp_path,
        a={"b": "equal", "c": "subset", "d": "superset", "e": "intersects"},
        b={}, c={}, d={}, e={},
    )  # fmt: skip
    assert ends(library, "a") == {
        "b": Carries.WHOLE,
        "c": Carries.WHOLE,
        "d": Carries.PART,
        "e": Carries.HINT,
    }
    assert ends(library, "d")["a"] is Carries.WHOLE
    assert ends(library, "c")["a"] is Carries.PART


def test_a_part_of_a_part_is_a_part_and_an_overlap_of_an_overlap_is_nothing(tmp_path: Path) -> None:
    library = made(
        tmp_path,
        a={"b": "subset", "x": "intersects"}, b={"c": "subset"}, c={}, x={"y": "intersects"}, y={},
    )  # fmt: skip
    assert ends(library, "a") == {"b": Carries.WHOLE, "c": Carries.WHOLE, "x": Carries.HINT}
    assert ends(library, "c") == {"b": Carries.PART, "a": Carries.PART, "x": Carries.HINT}


def test_two_parts_of_one_whole_say_nothing_about_each_other(tmp_path: Path) -> None:
    library = made(tmp_path, a={"w": "subset"}, b={"w": "subset"}, w={})
    assert ends(library, "a") == {"w": Carries.WHOLE}
    assert ends(library, "w") == {"a": Carries.PART, "b": Carries.PART}


def test_the_strongest_way_is_taken_even_where_it_is_longer(tmp_path: Path) -> None:
    library = made(tmp_path, a={"b": "equal", "c": "intersects"}, b={"c": "subset"}, c={})
    (path,) = [item for item in paths_from(library, "uji:a") if item.end == "uji:c"]
    assert path.carries is Carries.WHOLE
    assert [step.requirement for step in path.steps] == ["uji:b", "uji:c"]


def test_equals_in_a_circle_come_to_an_end(tmp_path: Path) -> None:
    library = made(tmp_path, a={"b": "equal"}, b={"c": "equal"}, c={"a": "equal"})
    assert ends(library, "a") == {"b": Carries.WHOLE, "c": Carries.WHOLE}


def test_a_path_has_a_longest_length(tmp_path: Path) -> None:
    names = "abcdefg"
    chain = {one: {two: "equal"} for one, two in pairwise(names)}
    library = made(tmp_path, **chain, g={})
    assert len(ends(library, "a")) == LONGEST_PATH


@pytest.mark.parametrize("relation", list(RequirementRelation))
def test_equality_changes_nothing(relation: RequirementRelation) -> None:
    assert added(EQUAL, relation) is relation
    assert added(relation, EQUAL) is relation


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (SUBSET, SUBSET, SUBSET),
        (SUPERSET, SUPERSET, SUPERSET),
        (SUPERSET, SUBSET, INTERSECTS),
        (SUBSET, SUPERSET, None),
        (SUPERSET, INTERSECTS, INTERSECTS),
        (INTERSECTS, SUBSET, INTERSECTS),
        (SUBSET, INTERSECTS, None),
        (INTERSECTS, SUPERSET, None),
        (INTERSECTS, INTERSECTS, None),
    ],
)
def test_relations_add_up_only_where_that_is_sure(
    first: RequirementRelation, second: RequirementRelation, expected: RequirementRelation | None
) -> None:
    """Held against sets: A, B and C of up to three elements, whatever they are."""
    assert added(first, second) is expected
    subsets = [frozenset(item for item in range(3) if mask >> item & 1) for mask in range(1, 8)]
    held = {
        EQUAL: lambda one, other: one == other,
        SUBSET: lambda one, other: one <= other,
        SUPERSET: lambda one, other: one >= other,
        INTERSECTS: lambda one, other: bool(one & other),
    }
    if expected is not None:
        assert all(
            held[expected](a, c)
            for a in subsets
            for b in subsets
            for c in subsets
            if held[first](a, b) and held[second](b, c)
        )


def test_editions_carry_hints_until_people_say_that_two_controls_are_equal(tmp_path: Path) -> None:
    old, new = "iso27001-2013:A.6.2.2", "iso27001-2022:A.6.7"
    (path,) = [item for item in paths_from(load_library(), old) if item.end == new]
    assert path.carries is Carries.HINT

    mappings = tmp_path / "mappings" / "own.yaml"
    mappings.parent.mkdir()
    mappings.write_text(
        f"schema_version: 1\nrequirements:\n  {old}:\n    - requirement: {new}\n"
        "      relation: equal\n      rationale: {id: sama isinya, en: they ask for the same}\n",
        encoding="utf-8",
    )
    (path,) = [item for item in paths_from(load_library(tmp_path), old) if item.end == new]
    assert path.carries is Carries.WHOLE
