"""ISO/IEC 27001:2013 is complete, and each of its numbers leads into 2022 and back."""

import re
from collections import Counter
from pathlib import Path

import pytest

from controls.crosswalk import Change, Crosswalk
from controls.library import Library, load_library
from controls.vocabulary import RequirementRelation
from secaudit.core.vocabulary import LegalStatus

OLD = "iso27001-2013"
NEW = "iso27001-2022"
CHAPTERS = {5: 2, 6: 7, 7: 6, 8: 10, 9: 14, 10: 2, 11: 15, 12: 14, 13: 7, 14: 13, 15: 5}
CHAPTERS |= {16: 7, 17: 4, 18: 8}
NEW_CONTROLS = {
    *("A.5.7", "A.5.23", "A.5.30", "A.7.4", "A.8.9", "A.8.10"),
    *("A.8.11", "A.8.12", "A.8.16", "A.8.23", "A.8.28"),
}
REFERENCE = Path(__file__).parents[3] / "shared" / "reference" / "iso27001.md"
"""Where the reference lies while the project is worked on; absent elsewhere."""


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


@pytest.fixture(scope="module")
def crosswalk(library: Library) -> Crosswalk:
    [found] = library.crosswalks
    return found


def test_it_holds_114_controls_in_fourteen_chapters(library: Library) -> None:
    controls = [item for item in library.requirements(OLD) if item.type == "control"]

    assert len(controls) == 114
    assert Counter(int(item.local_id.split(".")[1]) for item in controls) == CHAPTERS


def test_clauses_and_section_headings_are_told_apart(library: Library) -> None:
    types = Counter(item.type for item in library.requirements(OLD))

    assert types == {"control": 114, "clause": 26, "heading": 9 + 35}


def test_it_is_superseded_and_says_when_its_certificates_ended(library: Library) -> None:
    framework = library.framework(OLD)

    assert framework.status is LegalStatus.SUPERSEDED
    assert framework.superseded_by == NEW
    assert framework.note is not None
    assert "31 Oktober 2025" in framework.note.id
    assert "31 October 2025" in framework.note.en
    assert {item.status for item in library.requirements(OLD)} == {LegalStatus.SUPERSEDED}


def test_the_crosswalk_leaves_none_out_in_either_direction(
    library: Library, crosswalk: Crosswalk
) -> None:
    for item in library.requirements(OLD):
        assert bool(library.successors(item.id)) == item.assessable, item.id
    for item in library.requirements(NEW):
        new = item.id in crosswalk.new
        assert bool(library.ancestors(item.id)) == (item.assessable and not new), item.id
    assert len(crosswalk.pairs) == 115 + 29


def test_the_two_directions_are_each_others_inverse(library: Library) -> None:
    for item in library.requirements(NEW):
        if item.type == "control":
            ancestors = {pair.before.partition(":")[2] for pair in library.ancestors(item.id)}
            assert ancestors == set(item.sources_2013), item.id


def test_kinds_of_change_are_counted_right(library: Library, crosswalk: Crosswalk) -> None:
    def kinds(framework: str) -> Counter[Change | None]:
        return Counter(
            crosswalk.change_of(item.id)
            for item in library.requirements(framework)
            if item.type == "control"
        )

    assert kinds(OLD) == {
        Change.SAME: 35,
        Change.RENAMED: 23,
        Change.MERGED: 55,
        Change.SPLIT: 1,
    }
    assert kinds(NEW) == {
        Change.SAME: 35,
        Change.RENAMED: 23,
        Change.MERGED: 24,
        Change.NEW: 11,
    }
    new = {name.partition(":")[2] for name in crosswalk.new}
    assert new == NEW_CONTROLS | {"6.3"}


def test_a_kind_of_change_follows_from_the_numbers(library: Library, crosswalk: Crosswalk) -> None:
    for pair in crosswalk.pairs:
        several = len(library.successors(pair.before)) > 1
        shared = len(library.ancestors(pair.after)) > 1
        if several:
            assert pair.change is Change.SPLIT, pair
        elif shared:
            assert pair.change is Change.MERGED, pair
        else:
            assert pair.change in {Change.SAME, Change.RENAMED}, pair


def test_clauses_swap_and_split(library: Library) -> None:
    def after(clause: str) -> list[str]:
        return [pair.after.partition(":")[2] for pair in library.successors(f"{OLD}:{clause}")]

    assert after("9.2") == ["9.2.1", "9.2.2"]
    assert after("9.3") == ["9.3.1", "9.3.2", "9.3.3"]
    assert after("10.1") == ["10.2"]
    assert after("10.2") == ["10.1"]
    assert library.changes(f"{NEW}:6.3") == {"iso27001-2013-2022": Change.NEW}


def test_no_relation_of_meaning_is_claimed(crosswalk: Crosswalk) -> None:
    for pair in crosswalk.pairs:
        assert pair.relation is RequirementRelation.INTERSECTS
        assert pair.confirmed is None


if REFERENCE.is_file():

    def _rows() -> list[list[str]]:
        return [
            [cell.strip().strip("*") for cell in line.strip().strip("|").split("|")]
            for line in REFERENCE.read_text(encoding="utf-8").splitlines()
        ]

    def test_titles_and_successors_are_those_of_the_reference(library: Library) -> None:
        rows = [row for row in _rows() if len(row) == 4 and re.fullmatch(r"A(\.\d+){3}", row[0])]

        assert len(rows) == 114
        for number, title, successors, change in rows:
            item = library.requirement(f"{OLD}:{number}")
            assert item.title.en == title
            pairs = library.successors(item.id)
            assert [pair.after for pair in pairs] == [
                f"{NEW}:A.{name}" for name in successors.split(", ")
            ]
            assert {pair.change for pair in pairs} == {change}

    def test_the_same_title_is_the_same_but_for_spelling(library: Library) -> None:
        """What the reference calls ``same`` has the same title here, in both languages."""

        def plain(text: str) -> str:
            said = text.lower().replace("-", "").replace("synchronis", "synchroniz")
            return said.replace("personally identifiable information", "pii")

        for item in library.requirements(OLD):
            for pair in library.successors(item.id):
                if pair.change is Change.SAME:
                    after = library.requirement(pair.after)
                    assert plain(item.title.en) == plain(after.title.en), item.id
                    assert item.title.id == after.title.id, item.id
