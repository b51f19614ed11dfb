"""The closed lists of words of attestations, the Statement of Applicability and the calendar."""

from enum import StrEnum


class AttestationKind(StrEnum):
    """Who speaks. The two are kept apart and never given by the same account."""

    SELF = "self"
    """The owner's self-assessment: its value is a verdict."""
    AUDITOR = "auditor"
    """The auditor's grade."""


class Verdict(StrEnum):
    """What the owner says about a requirement."""

    CONFORM = "conform"
    PARTLY = "partly"
    NOT_CONFORM = "not_conform"
    NOT_APPLICABLE = "not_applicable"


class Grade(StrEnum):
    """What the auditor says about a requirement."""

    CONFORM = "conform"
    MINOR = "minor"
    MAJOR = "major"
    OBSERVATION = "observation"
    OPPORTUNITY = "opportunity"


NONCONFORMITIES = frozenset({Grade.MINOR, Grade.MAJOR})


class Target(StrEnum):
    """The least verdict that a gap analysis asks for."""

    CONFORM = "conform"
    PARTLY = "partly"


MEETS = {
    Target.CONFORM: frozenset({Verdict.CONFORM, Verdict.NOT_APPLICABLE}),
    Target.PARTLY: frozenset({Verdict.CONFORM, Verdict.PARTLY, Verdict.NOT_APPLICABLE}),
}
"""The verdicts that reach each target."""


class Ending(StrEnum):
    """Why an attestation no longer stands."""

    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


class InclusionKind(StrEnum):
    """Why a control is in the Statement of Applicability."""

    RISK = "risk"
    LAW = "law"
    CONTRACT = "contract"
    GOOD_PRACTICE = "good_practice"


class Implementation(StrEnum):
    """How far a control is put into practice, as its owner says."""

    IMPLEMENTED = "implemented"
    PARTLY = "partly"
    PLANNED = "planned"
    NO = "no"


class TestState(StrEnum):
    """What the tests of a control say: computed, never set by a person."""

    __test__ = False
    NO_TEST = "no_test"
    """No check tests it."""
    NEVER_TESTED = "never_tested"
    TESTED = "tested"
    CONTRADICTED = "contradicted"


class StatementState(StrEnum):
    """The state of one version of the Statement of Applicability."""

    DRAFT = "draft"
    APPROVED = "approved"


class ObligationState(StrEnum):
    """How an obligation stands on a day."""

    OVERDUE = "overdue"
    DUE = "due"
    DONE = "done"
    UNDATED = "undated"
    """The text sets no date: it follows an event, or asks for no number."""


class Per(StrEnum):
    """The period that a cadence counts in."""

    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"
    TWO_YEARS = "two_years"
    THREE_YEARS = "three_years"

    @property
    def months(self) -> int:
        """Its length."""
        return _MONTHS[self]

    @property
    def rolling(self) -> bool:
        """Whether it counts from the last time, and not by calendar years."""
        return self.months > 12


_MONTHS = {
    Per.MONTH: 1,
    Per.QUARTER: 3,
    Per.HALF_YEAR: 6,
    Per.YEAR: 12,
    Per.TWO_YEARS: 24,
    Per.THREE_YEARS: 36,
}


class StageState(StrEnum):
    """How a stage of a certification programme stands."""

    PLANNED = "planned"
    RUNNING = "running"
    DONE = "done"
