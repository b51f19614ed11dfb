"""Reading the library's files: one layer after another, the later one wins."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from controls.citation import cite
from controls.model import CatalogueFile, MappingEntry, MappingFile, RequirementEntry
from controls.requirement import (
    CheckMapping,
    Framework,
    Group,
    RelatedRequirement,
    Requirement,
)
from controls.vocabulary import DECISIVE_KINDS
from secaudit.content.bilingual import Bilingual
from secaudit.content.yaml import Document, Location, read_document, validate
from secaudit.core.vocabulary import Relation, Testability

_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True)
class Content:
    """All that the files say, the layers already laid over each other."""

    frameworks: Mapping[str, Framework]
    requirements: Mapping[str, Requirement]
    mappings: Mapping[tuple[str, str], CheckMapping]
    """By check and requirement."""
    excused: Mapping[str, Bilingual]


class _Shelf:
    """What has been read so far. ``layer`` tells an override from a duplicate."""

    def __init__(self) -> None:
        self.layer = 0
        self.frameworks: dict[str, tuple[int, Framework]] = {}
        self.requirements: dict[str, tuple[int, Requirement]] = {}
        self.mappings: dict[tuple[str, str], tuple[int, CheckMapping | None]] = {}
        self.excused: dict[str, tuple[int, Bilingual]] = {}
        self.to_check: list[tuple[Document, Location, str]] = []
        """Ids that must exist in the end, and where they are named."""


def read_content(folders: Sequence[Path]) -> Content:
    """Read ``catalogs/`` and ``mappings/`` of each folder; later folders win over earlier ones.

    Raises InputError that names file and line.
    """
    shelf = _Shelf()
    catalogues = [
        (layer, document, catalogue)
        for layer, folder in enumerate(folders)
        for document, catalogue in _files(folder / "catalogs", CatalogueFile)
    ]
    for shelf.layer, document, catalogue in catalogues:
        _put_framework(shelf, document, catalogue)
    for shelf.layer, document, catalogue in catalogues:
        _put_requirements(shelf, document, catalogue)
    for document, location, requirement in shelf.to_check:
        _require(shelf, document, location, requirement)
    for shelf.layer, folder in enumerate(folders):
        for document, mapping in _files(folder / "mappings", MappingFile):
            _put_mappings(shelf, document, mapping)
    return Content(
        {key: framework for key, (_, framework) in shelf.frameworks.items()},
        {key: requirement for key, (_, requirement) in shelf.requirements.items()},
        {key: mapping for key, (_, mapping) in shelf.mappings.items() if mapping is not None},
        {check: reason for check, (_, reason) in shelf.excused.items()},
    )


def _files(folder: Path, model: type[_Model]) -> Iterator[tuple[Document, _Model]]:
    for path in sorted(folder.rglob("*.yaml")):
        document = read_document(path)
        yield document, validate(document, model)


def _place(document: Document, location: Location) -> str:
    return f"{document.source}:{document.line_of(location)}"


def _put_framework(shelf: _Shelf, document: Document, catalogue: CatalogueFile) -> None:
    entry = catalogue.framework
    if entry is None:
        return
    at: Location = ("framework",)
    before = shelf.frameworks.get(catalogue.catalogue)
    if before is not None and before[0] == shelf.layer:
        raise document.error(at, "the framework {id!r} is described twice", id=catalogue.catalogue)
    shelf.frameworks[catalogue.catalogue] = (
        shelf.layer,
        Framework(id=catalogue.catalogue, **dict(entry)),
    )


def _put_requirements(shelf: _Shelf, document: Document, catalogue: CatalogueFile) -> None:
    if catalogue.catalogue not in shelf.frameworks:
        raise document.error(
            ("catalogue",),
            "no file describes the framework {id!r}",
            hint="give one file of the catalogue a framework section",
            id=catalogue.catalogue,
        )
    framework = shelf.frameworks[catalogue.catalogue][1]
    group = None if catalogue.group is None else Group(catalogue.group.key, catalogue.group.title)
    for index, entry in enumerate(catalogue.requirements):
        at: Location = ("requirements", index)
        requirement = _requirement(document, at, framework, group, entry)
        before = shelf.requirements.get(requirement.id)
        if before is not None and before[0] == shelf.layer:
            raise document.error(
                (*at, "id"),
                "{id!r} is there twice; first in {first}",
                id=requirement.id,
                first=before[1].source,
            )
        shelf.requirements[requirement.id] = (shelf.layer, requirement)
        shelf.to_check.extend(
            (document, (*at, "related", number), other.requirement)
            for number, other in enumerate(entry.related)
        )


def _requirement(
    document: Document,
    at: Location,
    framework: Framework,
    group: Group | None,
    entry: RequirementEntry,
) -> Requirement:
    for number, bearer in enumerate(entry.bearers):
        if bearer not in framework.bearers:
            raise document.error(
                (*at, "bearers", number),
                "unknown bearer {bearer!r}",
                hint="the framework section lists: {known}",
                bearer=bearer,
                known=", ".join(framework.bearers),
            )
    return Requirement(
        id=f"{framework.id}:{entry.id}",
        framework=framework.id,
        group=group,
        citation=entry.citation or cite(entry.id),
        status=entry.status or framework.status,
        confidence=entry.confidence or framework.confidence,
        related=tuple(
            RelatedRequirement(other.requirement, other.relation, other.rationale)
            for other in entry.related
        ),
        source=_place(document, at),
        **{
            name: getattr(entry, name)
            for name in RequirementEntry.model_fields
            if name not in {"id", "citation", "status", "confidence", "related"}
        },
    )


def _put_mappings(shelf: _Shelf, document: Document, mapping: MappingFile) -> None:
    for check, entries in mapping.checks.items():
        for index, entry in enumerate(entries):
            _put_mapping(shelf, document, ("checks", check, index), check, entry)
        if check in shelf.excused and shelf.excused[check][0] < shelf.layer:
            del shelf.excused[check]
    shelf.excused.update({check: (shelf.layer, why) for check, why in mapping.excused.items()})


def _put_mapping(
    shelf: _Shelf, document: Document, at: Location, check: str, entry: MappingEntry
) -> None:
    _require(shelf, document, (*at, "requirement"), entry.requirement)
    key = (check, entry.requirement)
    before = shelf.mappings.get(key)
    if before is not None and before[0] == shelf.layer:
        raise document.error(
            at, "{check} is mapped twice to {requirement}", check=check, requirement=key[1]
        )
    if entry.removed or entry.relation is None or entry.rationale is None:
        shelf.mappings[key] = (shelf.layer, None)
        return
    shelf.mappings[key] = (
        shelf.layer,
        CheckMapping(
            check,
            entry.requirement,
            _relation(shelf, document, (*at, "relation"), entry.requirement, entry.relation),
            entry.rationale,
            entry.supports,
            _place(document, at),
        ),
    )


def _relation(
    shelf: _Shelf, document: Document, at: Location, requirement: str, relation: Relation
) -> Relation:
    """Refuse to test what cannot be tested.

    Where a workspace made our requirement manual, our checks only touch it from then on.
    """
    layer, entry = shelf.requirements[requirement]
    if relation is Relation.TOUCHES or _can_be_tested(entry):
        return relation
    if layer > shelf.layer:
        return Relation.TOUCHES
    raise document.error(
        at,
        "a check cannot test {requirement}: it can only touch it",
        hint="only a clause, a control or an obligation that a scan can test is tested",
        requirement=requirement,
    )


def _can_be_tested(requirement: Requirement) -> bool:
    return requirement.testability is not Testability.MANUAL and not DECISIVE_KINDS.isdisjoint(
        requirement.kind
    )


def _require(shelf: _Shelf, document: Document, at: Location, requirement: str) -> None:
    if requirement not in shelf.requirements:
        raise document.error(
            at,
            "unknown requirement {requirement!r}",
            hint="see: secaudit control list",
            requirement=requirement,
        )
