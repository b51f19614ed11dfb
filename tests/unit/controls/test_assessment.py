from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from controls.assessment import Assessment, Evidence, assess
from controls.library import Library
from secaudit.core import vocabulary
from secaudit.core.vocabulary import FindingState, Outcome, Reason, Standing

AT = datetime(2026, 11, 21, tzinfo=UTC)
SCOPE = ["A-0001", "A-0002", "A-0003"]
FRAMEWORK = "kebijakan-kota-contoh"
MAPPINGS = """\
  own.first:
    - requirement: kebijakan-kota-contoh:pasal-1
      relation: tests
      rationale: {id: satu, en: one}
  own.second:
    - requirement: kebijakan-kota-contoh:pasal-1
      relation: tests
      rationale: {id: dua, en: two}
  own.gone:
    - requirement: kebijakan-kota-contoh:pasal-1
      relation: tests
      supports: absence
      rationale: {id: enam, en: six}
  own.absence:
    - requirement: kebijakan-kota-contoh:pasal-1
      relation: tests
      supports: false
      rationale: {id: tiga, en: three}
  own.hint:
    - requirement: kebijakan-kota-contoh:pasal-1
      relation: touches
      rationale: {id: empat, en: four}
    - requirement: kebijakan-kota-contoh:pasal-2
      relation: touches
      rationale: {id: lima, en: five}
"""


@pytest.fixture
def library(mapped: Callable[[str], Library]) -> Library:
    return mapped(MAPPINGS)


def seen(
    check: str,
    outcome: Outcome,
    asset: str | None = "A-0001",
    state: FindingState | None = None,
    at: datetime = AT,
    reason: Reason = Reason.OBSERVED,
) -> Evidence:
    finding = None if state is None else "F-0001"
    return Evidence(check, f"kantor/{asset}", asset, outcome, at, finding, state, reason)


def encryption(library: Library, *evidence: Evidence, scope: list[str] = SCOPE) -> Assessment:
    return next(iter(assess(library, FRAMEWORK, evidence, scope, AT)))


def test_a_requirement_that_nothing_tested_says_so(library: Library) -> None:
    found = encryption(library)

    assert found.standing is Standing.NEVER_TESTED
    assert found.unscanned_assets == tuple(SCOPE)
    assert found.last_tested is None


def test_passes_support_it_for_the_assets_that_passed_and_no_more(library: Library) -> None:
    found = encryption(library, seen("own.first", Outcome.PASSED))

    assert found.standing is Standing.SUPPORTED
    assert found.supporting_assets == ("A-0001",)
    assert found.scope_assets == tuple(SCOPE)
    assert found.unscanned_assets == ("A-0002", "A-0003")
    assert found.last_tested == AT


def test_one_failure_contradicts_it_however_many_passed(library: Library) -> None:
    found = encryption(
        library,
        seen("own.first", Outcome.PASSED, "A-0001"),
        seen("own.first", Outcome.PASSED, "A-0002"),
        seen("own.second", Outcome.FAILED, "A-0002", FindingState.OPEN),
    )

    assert found.standing is Standing.CONTRADICTED
    assert found.contradicting_findings == ("F-0001",)
    assert found.contradicted_assets == ("A-0002",)
    assert found.supporting_assets == ("A-0001",)


@pytest.mark.parametrize(
    ("state", "standing"),
    [
        (FindingState.OPEN, Standing.CONTRADICTED),
        (FindingState.PLANNED, Standing.CONTRADICTED),
        (FindingState.CLAIMED_FIXED, Standing.CONTRADICTED),
        (FindingState.REOPENED, Standing.CONTRADICTED),
        (FindingState.ACCEPTED, Standing.CONTRADICTED),
        (FindingState.FALSE_POSITIVE, Standing.SILENT),
        (FindingState.RETIRED, Standing.SILENT),
        (FindingState.WITHDRAWN, Standing.SILENT),
    ],
)
def test_a_failure_counts_for_as_long_as_its_finding_stands(
    library: Library, state: FindingState, standing: Standing
) -> None:
    found = encryption(library, seen("own.first", Outcome.FAILED, state=state))

    assert found.standing is standing
    assert found.supporting_assets == ()


def test_an_accepted_failure_contradicts_and_is_shown_as_accepted(library: Library) -> None:
    found = encryption(library, seen("own.first", Outcome.FAILED, state=FindingState.ACCEPTED))

    assert found.accepted_findings == ("F-0001",)
    assert found.contradicting[0].accepted


@pytest.mark.parametrize("outcome", [Outcome.NOT_REACHED, Outcome.INCONCLUSIVE, Outcome.ERROR])
def test_an_open_finding_without_an_answer_is_not_fixed(library: Library, outcome: Outcome) -> None:
    found = encryption(library, seen("own.first", outcome, state=FindingState.CLAIMED_FIXED))

    assert found.standing is Standing.CONTRADICTED


@pytest.mark.parametrize("outcome", [Outcome.NOT_REACHED, Outcome.INCONCLUSIVE, Outcome.ERROR])
def test_an_asset_with_an_answer_missing_supports_nothing(
    library: Library, outcome: Outcome
) -> None:
    found = encryption(
        library, seen("own.first", Outcome.PASSED), seen("own.second", outcome, "A-0001")
    )

    assert found.standing is Standing.SILENT
    assert found.undecided_assets == ("A-0001",)


def test_not_applicable_is_no_test(library: Library) -> None:
    found = encryption(library, seen("own.first", Outcome.NOT_APPLICABLE))

    assert found.standing is Standing.NEVER_TESTED
    assert found.untested_assets == ("A-0001",)
    assert found.unscanned_assets == ("A-0002", "A-0003")


def test_hints_leave_it_silent_and_are_listed(library: Library) -> None:
    found = encryption(library, seen("own.hint", Outcome.FAILED, state=FindingState.OPEN))

    assert found.standing is Standing.SILENT
    assert [item.finding for item in found.touching] == ["F-0001"]


def test_a_pass_that_proves_nothing_does_not_support(library: Library) -> None:
    found = encryption(library, seen("own.absence", Outcome.PASSED))

    assert found.standing is Standing.SILENT
    assert found.supporting_assets == ()


ABSENCES = [Reason.PORT_CLOSED, Reason.PORT_FILTERED, Reason.NOT_OFFERED]


@pytest.mark.parametrize("reason", ABSENCES)
def test_the_absence_of_a_service_is_no_sign_against_it_and_no_support(
    library: Library, reason: Reason
) -> None:
    found = encryption(library, seen("own.first", Outcome.PASSED, reason=reason))

    assert found.standing is Standing.SILENT
    assert found.supporting_assets == ()
    assert found.no_sign_assets == ("A-0001",)
    assert found.untested_assets == ()


@pytest.mark.parametrize("reason", ABSENCES)
def test_absence_supports_where_the_mapping_says_so(library: Library, reason: Reason) -> None:
    found = encryption(library, seen("own.gone", Outcome.PASSED, reason=reason))

    assert found.standing is Standing.SUPPORTED
    assert found.supporting_assets == ("A-0001",)


def test_a_failing_hint_on_the_asset_takes_its_support_away(library: Library) -> None:
    found = encryption(
        library,
        seen("own.first", Outcome.PASSED),
        seen("own.hint", Outcome.FAILED, state=FindingState.OPEN),
        seen("own.first", Outcome.PASSED, "A-0002"),
    )

    assert found.supporting_assets == ("A-0002",)
    assert found.doubted_assets == ("A-0001",)


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.INCONCLUSIVE])
def test_a_service_that_nobody_can_name_takes_the_support_of_its_asset_away(
    library: Library, outcome: Outcome
) -> None:
    found = encryption(
        library, seen("own.first", Outcome.PASSED), seen("net.service.unknown", outcome)
    )

    assert found.standing is Standing.SILENT
    assert found.undecided_assets == ("A-0001",)


def test_an_unanswered_hint_leaves_the_asset_undecided(library: Library) -> None:
    found = encryption(
        library, seen("own.first", Outcome.PASSED), seen("own.hint", Outcome.INCONCLUSIVE)
    )

    assert found.standing is Standing.SILENT
    assert found.undecided_assets == ("A-0001",)


def test_support_in_part_is_never_shown_as_support() -> None:
    assert Standing.SUPPORTED.shown(vocabulary.Testability.SCAN) == "supported"
    assert Standing.SUPPORTED.shown(vocabulary.Testability.SCAN_IN_PART) == "supported_in_part"
    assert Standing.SILENT.shown(vocabulary.Testability.SCAN_IN_PART) == "silent"


def test_a_pass_outside_the_scope_does_not_support(library: Library) -> None:
    found = encryption(
        library, seen("own.first", Outcome.PASSED, None), seen("own.first", Outcome.PASSED, "A-9")
    )

    assert found.standing is Standing.SILENT


def test_a_failure_on_an_unknown_asset_contradicts(library: Library) -> None:
    found = encryption(library, seen("own.first", Outcome.FAILED, None, FindingState.OPEN))

    assert found.standing is Standing.CONTRADICTED
    assert found.contradicted_assets == ()


def test_a_manual_requirement_is_never_tested_unless_touched(library: Library) -> None:
    def meetings(*evidence: Evidence) -> Assessment:
        return assess(library, FRAMEWORK, evidence, SCOPE, AT)[1]

    assert meetings().standing is Standing.NEVER_TESTED
    assert meetings(seen("own.first", Outcome.PASSED)).standing is Standing.NEVER_TESTED
    assert meetings(seen("own.hint", Outcome.PASSED)).standing is Standing.SILENT


def test_what_was_seen_later_is_left_out(library: Library) -> None:
    later = seen("own.first", Outcome.FAILED, state=FindingState.OPEN, at=AT + timedelta(days=1))

    assert encryption(library, later).standing is Standing.NEVER_TESTED


def test_an_asset_that_answered_is_not_called_unscanned(library: Library) -> None:
    found = assess(library, FRAMEWORK, (), SCOPE, AT, reached=["A-0002"])[0]

    assert found.unscanned_assets == ("A-0001", "A-0003")
    assert found.untested_assets == ("A-0002",)


def test_headings_are_not_assessed(library: Library) -> None:
    assessed = {item.requirement for item in assess(library, "iso27001-2022", (), (), AT)}

    assert "iso27001-2022:9.2" not in assessed
    assert "iso27001-2022:9.2.1" in assessed


def test_every_requirement_of_a_framework_has_one_assessment(library: Library) -> None:
    assessed = [item.requirement for item in assess(library, "iso27001-2022", (), (), AT)]

    assert len(assessed) == len(set(assessed)) == 93 + 30
