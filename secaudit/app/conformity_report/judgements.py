"""What people said about each requirement, as it counts for the period of a report.

The period decides what a word is about, not the day on which it was entered: what was judged after
the period's end counts if it speaks of a day in it or before (``--from``).
"""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import Connection

from controls.library import Library
from secaudit.app.attested import Attested
from secaudit.assurance import attestations
from secaudit.assurance.attestations import Attestation, standing_of
from secaudit.assurance.vocabulary import Ending, Grade, Verdict

NOT_JUDGED = "not_judged"
_OF_GRADE = {
    Grade.CONFORM: Verdict.CONFORM,
    Grade.MINOR: Verdict.PARTLY,
    Grade.MAJOR: Verdict.NOT_CONFORM,
}
"""The auditor's grades that say whether something conforms; a remark alone says neither."""
_GRAVER = (Verdict.CONFORM, Verdict.PARTLY, Verdict.NOT_CONFORM)


def attested_for(
    connection: Connection, library: Library, last: date, judged_at: datetime
) -> Attested:
    """The words that count on the last day of a period, among those known at ``judged_at``."""
    known = attestations.list_all(connection, at=judged_at, ended=True)
    return Attested(library, standing_of(_counting(known, last, judged_at)), last)


def _counting(
    known: Iterable[Attestation], last: date, judged_at: datetime
) -> Iterable[Attestation]:
    for item in known:
        ended = item.ended_at is not None and item.ended_at <= judged_at
        withdrawn = ended and item.ended_because is Ending.WITHDRAWN
        if item.effective_from <= last and not withdrawn:
            yield item


def verdict_of(said: Verdict | None, grade: Grade | None) -> str:
    """The verdict that the report states: the owner's, unless the auditor found something graver.

    A minor nonconformity is at best partly conform, a major one is not conform. An observation or
    an opportunity alone is no verdict. The program adds none of its own.
    """
    graded = None if grade is None else _OF_GRADE.get(grade)
    if said is None:
        return NOT_JUDGED if graded is None else graded.value
    if graded is None or graded is Verdict.CONFORM:
        return said.value
    if said is Verdict.NOT_APPLICABLE:
        return graded.value
    return max(said, graded, key=_GRAVER.index).value


def at_odds(said: Verdict | None, grade: Grade | None) -> bool:
    """Tell whether owner and auditor say something else about the same requirement."""
    graded = None if grade is None else _OF_GRADE.get(grade)
    return said is not None and graded is not None and said is not graded
