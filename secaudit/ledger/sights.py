"""Several answers about the same thing in one scan, and which of them counts.

A host may be tried twice, or seen under two names. The strongest answer counts: a failure that was
seen is not unseen by a pass, and a pass is not lost to a try that timed out.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from secaudit.core.observation import CheckResult
from secaudit.core.vocabulary import Outcome

Key = tuple[str, str]
"""A check's id and the text of a subject: the identity of a result and of a finding."""

STRENGTH = {
    Outcome.FAILED: 5,
    Outcome.PASSED: 4,
    Outcome.NOT_APPLICABLE: 3,
    Outcome.INCONCLUSIVE: 2,
    Outcome.ERROR: 1,
    Outcome.NOT_REACHED: 0,
}
CHUNK = 400
"""Values in one ``IN (...)``: well below SQLite's bound on parameters."""

_Item = TypeVar("_Item")


def strongest(results: Iterable[CheckResult]) -> dict[Key, CheckResult]:
    """Return one result for each check and subject, in the order in which they first came."""
    chosen: dict[Key, CheckResult] = {}
    for result in results:
        key = (result.check, str(result.subject))
        other = chosen.get(key)
        if other is None or STRENGTH[result.outcome] > STRENGTH[other.outcome]:
            chosen[key] = result
    return chosen


def chunks(items: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    """Cut a sequence into pieces that fit one query."""
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]
