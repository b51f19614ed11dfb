"""How far evidence for one requirement serves another: along relations, part never as whole.

A path leads from a requirement over at most three relations to one that may have evidence of its
own. Relations add up only where that is sure: part of a part is a part, what contains something
that overlaps overlaps too; an overlap with an overlap says nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from controls.library import Library
from controls.vocabulary import RequirementRelation

LONGEST_PATH = 3
_EQUAL, _SUBSET, _SUPERSET, _INTERSECTS = (
    RequirementRelation.EQUAL,
    RequirementRelation.SUBSET,
    RequirementRelation.SUPERSET,
    RequirementRelation.INTERSECTS,
)
_ADDED = {
    (_SUBSET, _SUBSET): _SUBSET,
    (_SUPERSET, _SUPERSET): _SUPERSET,
    (_SUPERSET, _SUBSET): _INTERSECTS,
    (_SUPERSET, _INTERSECTS): _INTERSECTS,
    (_INTERSECTS, _SUBSET): _INTERSECTS,
}


class Carries(StrEnum):
    """What evidence at the end of a path is worth at its beginning."""

    WHOLE = "whole"
    PART = "part"
    HINT = "hint"


_WORTH = {
    _EQUAL: Carries.WHOLE,
    _SUBSET: Carries.WHOLE,
    _SUPERSET: Carries.PART,
    _INTERSECTS: Carries.HINT,
}
_RANK = (_EQUAL, _SUBSET, _SUPERSET, _INTERSECTS)


@dataclass(frozen=True)
class Step:
    """One relation on the way: the requirement before it lies so to ``requirement``."""

    relation: RequirementRelation
    requirement: str


@dataclass(frozen=True)
class CarryingPath:
    """A way from one requirement to another whose evidence may serve it."""

    start: str
    steps: tuple[Step, ...]
    relation: RequirementRelation
    """How ``start`` lies to ``end``, the steps added up."""

    @property
    def end(self) -> str:
        """The requirement that may have evidence."""
        return self.steps[-1].requirement

    @property
    def carries(self) -> Carries:
        """What evidence there is worth here."""
        return _WORTH[self.relation]


def added(first: RequirementRelation, second: RequirementRelation) -> RequirementRelation | None:
    """How A lies to C, where A lies so to B and B so to C; None where nothing follows."""
    if first is _EQUAL:
        return second
    return first if second is _EQUAL else _ADDED.get((first, second))


def paths_from(library: Library, requirement: str) -> tuple[CarryingPath, ...]:
    """The best path to each requirement that evidence may come from, the strongest first.

    Among paths of the same worth the shortest is taken. A cycle ends where it meets itself.
    """
    best: dict[str, CarryingPath] = {}
    walk: list[CarryingPath | None] = [None]
    for _ in range(LONGEST_PATH):
        longer: list[CarryingPath | None] = []
        for path in walk:
            for step in _steps(library, requirement, path):
                known = best.get(step.end)
                if known is None or _RANK.index(step.relation) < _RANK.index(known.relation):
                    best[step.end] = step
                    longer.append(step)
        walk = longer
    order = {key: index for index, key in enumerate(library.all_requirements)}
    return tuple(
        sorted(
            best.values(),
            key=lambda path: (_RANK.index(path.relation), len(path.steps), order[path.end]),
        )
    )


def _steps(library: Library, start: str, path: CarryingPath | None) -> Iterator[CarryingPath]:
    here = start if path is None else path.end
    passed = {start} if path is None else {start, *(step.requirement for step in path.steps)}
    for other in library.related(here):
        relation = other.relation if path is None else added(path.relation, other.relation)
        if relation is not None and other.requirement not in passed:
            before = () if path is None else path.steps
            step = Step(other.relation, other.requirement)
            yield CarryingPath(start, (*before, step), relation)
