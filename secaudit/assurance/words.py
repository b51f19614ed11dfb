"""The words of this room in the user's language."""

from collections.abc import Mapping
from enum import Enum

from secaudit.assurance.vocabulary import (
    AttestationKind,
    Ending,
    Grade,
    Implementation,
    InclusionKind,
    ObligationState,
    StageState,
    StatementState,
    TestState,
    Verdict,
)
from secaudit.text.language import N_, NN_, ngettext
from secaudit.text.words import Word

_WORDS: Mapping[type[Enum], Mapping[str, str]] = {
    AttestationKind: {"self": N_("self-assessment"), "auditor": N_("auditor's grade")},
    Verdict: {
        "conform": N_("conform"),
        "partly": N_("partly conform"),
        "not_conform": N_("not conform"),
        "not_applicable": N_("not applicable"),
    },
    Grade: {
        "conform": N_("conform"),
        "minor": N_("minor nonconformity"),
        "major": N_("major nonconformity"),
        "observation": N_("observation"),
        "opportunity": N_("opportunity for improvement"),
    },
    Ending: {"superseded": N_("superseded"), "withdrawn": N_("taken back")},
    InclusionKind: {
        "risk": N_("risk"),
        "law": N_("law"),
        "contract": N_("contract"),
        "good_practice": N_("good practice"),
    },
    Implementation: {
        "implemented": N_("implemented"),
        "partly": N_("partly implemented"),
        "planned": N_("planned"),
        "no": N_("not implemented"),
    },
    TestState: {
        "no_test": N_("no test defined"),
        "never_tested": N_("never tested"),
        "tested": N_("tested"),
        "contradicted": N_("contradicted"),
    },
    StatementState: {"draft": N_("draft"), "approved": N_("approved")},
    ObligationState: {
        "overdue": N_("overdue"),
        "due": N_("due"),
        "done": N_("done"),
        "undated": N_("no set date"),
    },
    StageState: {"planned": N_("planned"), "running": N_("running"), "done": N_("done")},
}


def word(value: Enum) -> Word:
    """The word for a member of this room's vocabulary."""
    return Word(_WORDS[type(value)][str(value.value)])


def say(kind: type[Enum], code: str | None) -> str:
    """Say a code as a record carries it, in the current language; nothing for None."""
    return "" if code is None else str(word(kind(code)))


PERIODS: Mapping[str, tuple[str, str]] = {
    "month": NN_("at least once a month", "at least {count} times a month"),
    "quarter": NN_("at least once a quarter", "at least {count} times a quarter"),
    "half_year": NN_("at least once in half a year", "at least {count} times in half a year"),
    "year": NN_("at least once a year", "at least {count} times a year"),
    "two_years": NN_("at least once in two years", "at least {count} times in two years"),
    "three_years": NN_("at least once in three years", "at least {count} times in three years"),
}


def rhythm_words(at_least: int, per: str) -> str:
    """How often something is asked for."""
    return ngettext(*PERIODS[per], at_least).format(count=at_least)
