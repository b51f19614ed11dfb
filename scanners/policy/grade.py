"""A letter for one endpoint: a summary of its results, which never stands without its reasons.

The letter follows from the worst failed check alone: A nothing but remarks (info), B low, C medium,
D high, F critical. It is certain only where every check of at least medium severity was decided.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from secaudit.core.observation import CheckResult
from secaudit.core.vocabulary import Outcome, Severity

LETTERS: Mapping[Severity, str] = {
    Severity.INFO: "A",
    Severity.LOW: "B",
    Severity.MEDIUM: "C",
    Severity.HIGH: "D",
    Severity.CRITICAL: "F",
}
_OPEN = {Outcome.INCONCLUSIVE, Outcome.NOT_REACHED, Outcome.ERROR}


@dataclass(frozen=True)
class Grade:
    """``reasons`` are the failed checks of the severity that decided; all ``failed`` are beside."""

    subject: str
    letter: str
    certain: bool
    reasons: tuple[str, ...]
    failed: tuple[str, ...]
    undecided: tuple[str, ...]
    """Checks of at least medium severity that could not be decided."""


def grade_endpoints(
    results: Iterable[CheckResult], families: Iterable[str] = ("tls", "cert")
) -> list[Grade]:
    """Grade each endpoint by its results of some families of checks, in the order of subjects."""
    wanted = tuple(f"{family}." for family in families)
    by_subject: dict[str, list[CheckResult]] = {}
    for item in results:
        if item.check.startswith(wanted):
            subject = str(item.subject).partition("#")[0]
            by_subject.setdefault(subject, []).append(item)
    return [_grade(subject, found) for subject, found in sorted(by_subject.items())]


def _grade(subject: str, results: list[CheckResult]) -> Grade:
    failed = [item for item in results if item.outcome is Outcome.FAILED]
    worst = min(
        (item.severity for item in failed),
        key=lambda severity: severity.rank,
        default=Severity.INFO,
    )
    undecided = [
        item.check
        for item in results
        if item.outcome in _OPEN and item.severity.rank <= Severity.MEDIUM.rank
    ]
    reasons = [item.check for item in failed if item.severity is worst]
    return Grade(
        subject,
        LETTERS[worst],
        not undecided,
        _once(reasons),
        _once(item.check for item in failed),
        _once(undecided),
    )


def _once(checks: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(sorted(checks)))
