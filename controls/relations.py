"""Relations between requirements: what is decided by hand wins, and no part contains its whole."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter

from controls.crosswalk import Crosswalk
from controls.model import MappingFile, RelationEntry
from controls.requirement import RelatedRequirement, Requirement
from controls.shelf import Shelf, place
from controls.vocabulary import RequirementRelation
from secaudit.content.yaml import Document, Location
from secaudit.core.errors import InputError

_MOST_CYCLES = 50
"""More than these are not told one by one."""


def put_relations(shelf: Shelf, document: Document, mapping: MappingFile) -> None:
    """Lay the relations of one mapping file over those of the catalogues."""
    for start, entries in mapping.requirements.items():
        at: Location = ("requirements", start)
        if not shelf.knows(document, at, start):
            continue
        for index, entry in enumerate(entries):
            _put_relation(shelf, document, (*at, index), start, entry)


def _put_relation(
    shelf: Shelf, document: Document, at: Location, start: str, entry: RelationEntry
) -> None:
    end = entry.requirement
    if not shelf.knows(document, (*at, "requirement"), end):
        return
    if {(shelf.layer, start, end), (shelf.layer, end, start)} & shelf.relations:
        shelf.refuse(document.error(at, "{start} is related twice to {end}", start=start, end=end))
        return
    shelf.relations.add((shelf.layer, start, end))
    for one, other in ((start, end), (end, start)):
        layer, requirement = shelf.requirements[one]
        if layer <= shelf.layer:
            kept = tuple(item for item in requirement.related if item.requirement != other)
            shelf.requirements[one] = (layer, replace(requirement, related=kept))
    if entry.removed or entry.relation is None:
        return
    shelf.places[frozenset((start, end))] = (shelf.layer, place(document, at))
    layer, requirement = shelf.requirements[start]
    made = RelatedRequirement(end, entry.relation, entry.rationale)
    shelf.requirements[start] = (
        layer,
        replace(requirement, related=(*requirement.related, made)),
    )


def refuse_cycles(
    shelf: Shelf, requirements: Mapping[str, Requirement], crosswalks: Iterable[Crosswalk]
) -> None:
    """Refuse what is part of itself: A within B, B within C, C within A."""
    for cycle in _cycles(_within(requirements, crosswalks)):
        source, _, line = _place_of(shelf, requirements, cycle).rpartition(":")
        shelf.refuse(
            InputError(
                "these requirements are each part of the next, in a circle: {ids}",
                source=source,
                line=int(line) if line.isdigit() else None,
                ids=", ".join(cycle),
            )
        )


def _place_of(shelf: Shelf, requirements: Mapping[str, Requirement], cycle: Sequence[str]) -> str:
    """File and line of a relation in the circle: of the latest layer, which closed it."""
    steps = zip(cycle, (*cycle[1:], cycle[0]), strict=True)
    places = [shelf.places[pair] for step in steps if (pair := frozenset(step)) in shelf.places]
    first = requirements[cycle[0]].source
    return max(places, key=lambda found: found[0])[1] if places else first


def _within(
    requirements: Mapping[str, Requirement], crosswalks: Iterable[Crosswalk]
) -> dict[str, dict[str, bool]]:
    """For each requirement those it is part of; True where strictly, False where equal."""
    edges: dict[str, dict[str, bool]] = {}

    def add(start: str, end: str, relation: RequirementRelation) -> None:
        if relation is RequirementRelation.SUBSET:
            edges.setdefault(start, {})[end] = True
        elif relation is RequirementRelation.SUPERSET:
            edges.setdefault(end, {})[start] = True
        elif relation is RequirementRelation.EQUAL:
            edges.setdefault(start, {}).setdefault(end, False)
            edges.setdefault(end, {}).setdefault(start, False)

    for requirement in requirements.values():
        for other in requirement.related:
            add(requirement.id, other.requirement, other.relation)
    for crosswalk in crosswalks:
        for pair in crosswalk.pairs:
            add(pair.before, pair.after, pair.relation)
    return edges


def _cycles(edges: Mapping[str, Mapping[str, bool]]) -> Iterator[Sequence[str]]:
    """Circles that hold a strict part; equal requirements count as one, told by its first."""
    of_group = _equals(edges)
    parts: dict[str, set[str]] = {}
    for start, ends in edges.items():
        for end, strict in ends.items():
            one, other = of_group.get(start, start), of_group.get(end, end)
            if strict and one == other:
                yield list(dict.fromkeys((start, end)))
            elif strict:
                parts.setdefault(other, set()).add(one)
    for _ in range(_MOST_CYCLES):
        try:
            TopologicalSorter(parts).prepare()
        except CycleError as error:
            cycle: list[str] = error.args[1]
            yield cycle[:-1]
            parts[cycle[1]].discard(cycle[0])
        else:
            return


def _equals(edges: Mapping[str, Mapping[str, bool]]) -> dict[str, str]:
    """For each requirement that equals another, the first of those that equal each other."""
    of_group: dict[str, str] = {}
    for first in edges:
        if first in of_group:
            continue
        of_group[first] = first
        queue = [first]
        for here in queue:
            for end, strict in edges.get(here, {}).items():
                if not strict and end not in of_group:
                    of_group[end] = first
                    queue.append(end)
    return of_group
