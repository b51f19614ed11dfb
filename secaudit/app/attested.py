"""What people attested, as it stands on a day, and how far that serves other requirements.

An attestation counts for its own requirement. It counts as a whole for one that is equal to it or
a part of it; for one that contains it or overlaps with it, it is a part or a hint and no more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from controls.carrying import Carries, CarryingPath, paths_from
from controls.library import Library
from controls.vocabulary import RequirementRelation
from secaudit.assurance import attestations
from secaudit.assurance.attestations import Attestation, Standing
from secaudit.assurance.vocabulary import Verdict
from secaudit.core.canonical import to_json


@dataclass(frozen=True)
class Carried:
    """A self-assessment that stands elsewhere, and the way on which it comes here."""

    path: CarryingPath
    attestation: Attestation


@dataclass(frozen=True)
class Effective:
    """The verdict that counts, and where it comes from: ``path`` is None for the own one."""

    verdict: Verdict
    attestation: Attestation
    path: CarryingPath | None


class Attested:
    """All attestations that stand on one day."""

    def __init__(self, library: Library, standing: Mapping[str, Standing], today: date) -> None:
        self._library = library
        self._standing = standing
        self._today = today
        self._paths: dict[str, tuple[CarryingPath, ...]] = {}

    @classmethod
    def of(
        cls, connection: Connection, library: Library, today: date, at: datetime | None = None
    ) -> "Attested":
        """Read what stands now, or stood at ``at``; ``today`` is the day that expiry is told by."""
        return cls(library, attestations.standing(connection, at), today)

    def own(self, requirement: str) -> Standing:
        """What was said about this requirement itself, expired or not."""
        return self._standing.get(requirement, Standing())

    def self_assessment(self, requirement: str) -> Attestation | None:
        """The owner's own word about it, if it counts on this day."""
        return self._counting(self.own(requirement).self_assessment)

    def grade(self, requirement: str) -> Attestation | None:
        """The auditor's own word about it, if it counts on this day."""
        return self._counting(self.own(requirement).grade)

    def paths(self, requirement: str) -> tuple[CarryingPath, ...]:
        """The ways on which evidence may come to a requirement, the strongest first."""
        if requirement not in self._paths:
            self._paths[requirement] = paths_from(self._library, requirement)
        return self._paths[requirement]

    def carried(self, requirement: str) -> tuple[Carried, ...]:
        """The self-assessments of other requirements that bear on this one."""
        if not self._standing:
            return ()
        return tuple(
            Carried(path, said)
            for path in self.paths(requirement)
            if (said := self.self_assessment(path.end)) is not None
        )

    def effective(self, requirement: str) -> Effective | None:
        """The verdict that counts: the own one, else one that carries as a whole.

        An equal requirement's verdict carries as it is; that of a larger one only where it is
        conform, as then every part of it is.
        """
        own = self.self_assessment(requirement)
        if own is not None:
            return Effective(Verdict(own.value), own, None)
        for item in self.carried(requirement):
            equal = item.path.relation is RequirementRelation.EQUAL
            verdict = Verdict(item.attestation.value)
            if item.path.carries is Carries.WHOLE and (equal or verdict is Verdict.CONFORM):
                return Effective(verdict, item.attestation, item.path)
        return None

    def rows(self, requirement: str) -> dict[str, Any]:
        """The self-assessment, the auditor's grade and what is carried over, as JSON values."""
        standing = self.own(requirement)
        return {
            "self_assessment": self._row(standing.self_assessment),
            "grade": self._row(standing.grade),
            "carried": [
                {
                    "attestation": item.attestation.id,
                    "value": item.attestation.value.value,
                    "requirement": item.path.end,
                    "relation": item.path.relation.value,
                    "carries": item.path.carries.value,
                    "path": [
                        {"relation": step.relation.value, "requirement": step.requirement}
                        for step in item.path.steps
                    ],
                }
                for item in self.carried(requirement)
            ],
        }

    def _counting(self, item: Attestation | None) -> Attestation | None:
        if item is None or item.expired(self._today) or item.effective_from > self._today:
            return None
        return item

    def _row(self, item: Attestation | None) -> dict[str, Any] | None:
        return (
            None
            if item is None
            else {**attestation_row(item), "expired": item.expired(self._today)}
        )


def attestation_row(item: Attestation) -> dict[str, Any]:
    """One attestation as JSON values."""
    row = to_json(item)
    if not isinstance(row, dict):
        raise TypeError("an attestation is a record")
    return row
