"""Every check says something about a requirement or is excused; and each row says why."""

import re
from collections import Counter

import pytest

from controls.library import Library, load_library
from controls.requirement import Supports
from controls.vocabulary import RequirementKind
from scanners.registry import load_checks
from secaudit.core import vocabulary
from secaudit.core.vocabulary import Relation

ISO = "iso27001-2022:A."


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


@pytest.mark.parametrize("check", sorted(load_checks()))
def test_every_check_is_mapped_or_excused(library: Library, check: str) -> None:
    mapped = library.of_check(check)

    assert bool(mapped) != (check in library.excused)
    if mapped:
        assert any(item.requirement.startswith(ISO) for item in mapped)


def test_every_mapped_check_exists(library: Library) -> None:
    named = {item.check for item in library.mappings} | set(library.excused)

    assert named <= set(load_checks())


def test_checks_are_mapped_to_the_perda_too(library: Library) -> None:
    perda = [item for item in library.mappings if item.requirement.startswith("perda-")]

    assert {item.check for item in perda} == set(load_checks()) - set(library.excused)


def test_only_what_evidence_can_contradict_is_tested(library: Library) -> None:
    decisive = {RequirementKind.CONTROL, RequirementKind.CLAUSE, RequirementKind.OBLIGATION}
    for mapping in library.mappings:
        requirement = library.requirement(mapping.requirement)
        if mapping.relation is Relation.TESTS:
            assert requirement.testability is not vocabulary.Testability.MANUAL, mapping
            assert decisive & set(requirement.kind), mapping


def test_only_what_a_pass_can_support_is_called_testable_by_a_scan(library: Library) -> None:
    supported = {
        item.requirement
        for item in library.mappings
        if item.relation is Relation.TESTS and item.supports is not Supports.NEVER
    }
    scanned = {
        item.id
        for framework in library.frameworks
        for item in library.requirements(framework)
        if item.testability is vocabulary.Testability.SCAN
    }

    assert scanned <= supported


def test_each_row_says_why_in_its_own_words(library: Library) -> None:
    for language in ("id", "en"):
        said = Counter(item.rationale.in_language(language) for item in library.mappings)
        assert [text for text, count in said.items() if count > 1] == []
        for text in said:
            assert len(re.findall(r"\w+", text)) >= 8, text
    assert all(item.rationale.id != item.rationale.en for item in library.mappings)


def test_no_check_is_tagged_in_bulk(library: Library) -> None:
    counts = Counter(item.check for item in library.mappings)

    assert max(counts.values()) <= 9
