"""The library: every catalogue and mapping, ours and the workspace's, checked against each other.

Ours lie beside this file in ``catalogs/``, ``mappings/``, ``crosswalks/`` and ``raci/``; a
workspace adds or overrides with files of the same form in the same folders of its content folder.
An entry of the workspace wins over ours; a mapping that it marks ``removed: true`` stays away.
Unknown ids are refused.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from controls.citation import requirement_order
from controls.crosswalk import Change, Correspondence, Crosswalk
from controls.raci import RaciMatrix
from controls.reading import Content, read_content
from controls.requirement import CheckMapping, Framework, RelatedRequirement, Requirement
from secaudit.content.bilingual import Bilingual
from secaudit.core.errors import InputError, NotFoundError

SHIPPED = Path(__file__).parent

_Item = TypeVar("_Item")


@dataclass(frozen=True)
class Library:
    """All frameworks with their requirements, and what checks say about them."""

    frameworks: Mapping[str, Framework]
    all_requirements: Mapping[str, Requirement]
    """By id, framework after framework, each in the order of its numbering."""
    mappings: tuple[CheckMapping, ...]
    excused: Mapping[str, Bilingual]
    """Checks that say nothing about any requirement, and why."""
    excused_places: Mapping[str, str] = field(default_factory=dict)
    """The file and line that excuse a check."""
    crosswalks: tuple[Crosswalk, ...] = ()
    matrices: tuple[RaciMatrix, ...] = ()

    def framework(self, framework: str) -> Framework:
        """One framework. Raises NotFoundError that names those there are."""
        if framework not in self.frameworks:
            raise NotFoundError(
                "no framework {framework!r} in the library",
                hint="there are: {known}",
                framework=framework,
                known=", ".join(self.frameworks),
            )
        return self.frameworks[framework]

    def requirements(self, framework: str) -> tuple[Requirement, ...]:
        """The requirements of one framework in order. Raises NotFoundError."""
        self.framework(framework)
        return self._by_framework.get(framework, ())

    def requirement(self, requirement: str) -> Requirement:
        """One requirement by its whole id. Raises NotFoundError."""
        found = self.all_requirements.get(requirement)
        if found is None:
            raise NotFoundError(
                "no requirement {requirement!r} in the library",
                hint="an id looks like iso27001-2022:A.8.24; see: secaudit control list",
                requirement=requirement,
            )
        return found

    def of_check(self, check: str) -> tuple[CheckMapping, ...]:
        """What one check says; empty for a check that is not mapped."""
        return self._by_check.get(check, ())

    def of_requirement(self, requirement: str) -> tuple[CheckMapping, ...]:
        """The checks that say something about one requirement."""
        return self._by_requirement.get(requirement, ())

    def related(self, requirement: str) -> tuple[RelatedRequirement, ...]:
        """The requirements that one relates to, wherever that was written: crosswalks included."""
        return self._related.get(requirement, ())

    def successors(self, requirement: str) -> tuple[Correspondence, ...]:
        """What became of a requirement in a later edition."""
        return self._successors.get(requirement, ())

    def ancestors(self, requirement: str) -> tuple[Correspondence, ...]:
        """What a requirement comes from in an earlier edition."""
        return self._ancestors.get(requirement, ())

    def counterparts(self, requirement: str) -> frozenset[str]:
        """The requirements that a crosswalk joins one with, in either direction."""
        return frozenset(pair.after for pair in self.successors(requirement)) | frozenset(
            pair.before for pair in self.ancestors(requirement)
        )

    def changes(self, requirement: str) -> Mapping[str, Change]:
        """What became of a requirement, by each crosswalk that speaks of it."""
        framework = requirement.partition(":")[0]
        found = {
            crosswalk.head.id: crosswalk.change_of(requirement)
            for crosswalk in self.crosswalks
            if framework in {crosswalk.head.before, crosswalk.head.after}
        }
        return {name: change for name, change in found.items() if change is not None}

    @cached_property
    def _successors(self) -> Mapping[str, tuple[Correspondence, ...]]:
        return _grouped((pair.before, pair) for item in self.crosswalks for pair in item.pairs)

    @cached_property
    def _ancestors(self) -> Mapping[str, tuple[Correspondence, ...]]:
        return _grouped((pair.after, pair) for item in self.crosswalks for pair in item.pairs)

    @cached_property
    def _by_framework(self) -> Mapping[str, tuple[Requirement, ...]]:
        return _grouped((item.framework, item) for item in self.all_requirements.values())

    @cached_property
    def _by_check(self) -> Mapping[str, tuple[CheckMapping, ...]]:
        return _grouped((item.check, item) for item in self.mappings)

    @cached_property
    def _by_requirement(self) -> Mapping[str, tuple[CheckMapping, ...]]:
        return _grouped((item.requirement, item) for item in self.mappings)

    @cached_property
    def _related(self) -> Mapping[str, tuple[RelatedRequirement, ...]]:
        both: dict[tuple[str, str], RelatedRequirement] = {}
        for item in self.all_requirements.values():
            for other in item.related:
                both[item.id, other.requirement] = other
                both.setdefault(
                    (other.requirement, item.id),
                    RelatedRequirement(item.id, other.relation.reversed, other.rationale),
                )
        for pair in (pair for crosswalk in self.crosswalks for pair in crosswalk.pairs):
            for start, end, relation in (
                (pair.before, pair.after, pair.settled),
                (pair.after, pair.before, pair.settled.reversed),
            ):
                both.setdefault((start, end), RelatedRequirement(end, relation, pair.rationale))
        ordered = sorted(both.items(), key=lambda pair: requirement_order(pair[0][1]))
        return _grouped((start, related) for (start, _end), related in ordered)


def _grouped(pairs: Iterable[tuple[str, _Item]]) -> dict[str, tuple[_Item, ...]]:
    groups: dict[str, list[_Item]] = {}
    for key, item in pairs:
        groups.setdefault(key, []).append(item)
    return {key: tuple(items) for key, items in groups.items()}


def load_library(overlay: Path | None = None) -> Library:
    """Read our library and lay the workspace's content folder ``overlay`` over it.

    A folder that does not exist adds nothing. Raises InputError that names file and line.
    """
    return _library(read_content(_folders(overlay)))


def load_with_faults(overlay: Path | None = None) -> tuple[Library, list[InputError]]:
    """Read what can be read, and tell all that is wrong with the rest, each with its place."""
    faults: list[InputError] = []
    return _library(read_content(_folders(overlay), faults)), faults


def _folders(overlay: Path | None) -> list[Path]:
    return [SHIPPED] if overlay is None else [SHIPPED, overlay]


def _library(content: Content) -> Library:
    return Library(
        frameworks=dict(sorted(content.frameworks.items())),
        all_requirements={
            key: content.requirements[key]
            for key in sorted(content.requirements, key=requirement_order)
        },
        mappings=tuple(
            content.mappings[key]
            for key in sorted(content.mappings, key=lambda key: (key[0], requirement_order(key[1])))
        ),
        excused=dict(sorted(content.excused.items())),
        excused_places=content.excused_places,
        crosswalks=content.crosswalks,
        matrices=content.matrices,
    )
