"""Reading the library's files: one layer after another, the later one wins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from controls.citation import cite
from controls.crosswalk import Crosswalk
from controls.model import CatalogueFile, MappingEntry, MappingFile, RequirementEntry
from controls.raci import RaciMatrix
from controls.reading_crosswalks import read_crosswalks
from controls.reading_raci import read_matrices
from controls.relations import put_relations, refuse_cycles
from controls.requirement import (
    CheckMapping,
    Framework,
    Group,
    RelatedRequirement,
    Requirement,
)
from controls.shelf import Shelf, place
from controls.vocabulary import DECISIVE_KINDS, Supports
from secaudit.content.bilingual import Bilingual
from secaudit.content.yaml import Document, Location
from secaudit.core.errors import InputError
from secaudit.core.vocabulary import Relation, Testability


@dataclass(frozen=True)
class Content:
    """All that the files say, the layers already laid over each other."""

    frameworks: Mapping[str, Framework]
    requirements: Mapping[str, Requirement]
    mappings: Mapping[tuple[str, str], CheckMapping]
    """By check and requirement."""
    excused: Mapping[str, Bilingual]
    excused_places: Mapping[str, str]
    crosswalks: tuple[Crosswalk, ...]
    matrices: tuple[RaciMatrix, ...]


def read_content(folders: Sequence[Path], faults: list[InputError] | None = None) -> Content:
    """Read the content folders; later ones win over earlier ones.

    Raises InputError that names file and line; with ``faults`` given, all that is wrong is put
    there instead, and what is left is read.
    """
    shelf = Shelf(faults)
    catalogues = [
        (layer, document, catalogue)
        for layer, folder in enumerate(folders)
        for document, catalogue in shelf.files(folder / "catalogs", CatalogueFile)
    ]
    for shelf.layer, document, catalogue in catalogues:
        _put_framework(shelf, document, catalogue)
    for shelf.layer, document, catalogue in catalogues:
        _put_requirements(shelf, document, catalogue)
    for _, document, catalogue in catalogues:
        _check_related(shelf, document, catalogue)
    for shelf.layer, folder in enumerate(folders):
        for document, mapping in shelf.files(folder / "mappings", MappingFile):
            _put_mappings(shelf, document, mapping)
            put_relations(shelf, document, mapping)
    crosswalks = read_crosswalks(shelf, folders)
    requirements = {key: requirement for key, (_, requirement) in shelf.requirements.items()}
    refuse_cycles(shelf, requirements, crosswalks)
    return Content(
        {key: framework for key, (_, framework) in shelf.frameworks.items()},
        requirements,
        {key: mapping for key, (_, mapping) in shelf.mappings.items() if mapping is not None},
        {check: reason for check, (_, reason) in shelf.excused.items()},
        shelf.excused_places,
        crosswalks,
        read_matrices(shelf, folders),
    )


def _put_framework(shelf: Shelf, document: Document, catalogue: CatalogueFile) -> None:
    entry = catalogue.framework
    if entry is None:
        return
    at: Location = ("framework",)
    before = shelf.frameworks.get(catalogue.catalogue)
    if before is not None and before[0] == shelf.layer:
        shelf.refuse(
            document.error(at, "the framework {id!r} is described twice", id=catalogue.catalogue)
        )
        return
    shelf.frameworks[catalogue.catalogue] = (
        shelf.layer,
        Framework(id=catalogue.catalogue, **dict(entry)),
    )


def _put_requirements(shelf: Shelf, document: Document, catalogue: CatalogueFile) -> None:
    if catalogue.catalogue not in shelf.frameworks:
        if not shelf.broken & {"", catalogue.catalogue}:
            shelf.refuse(
                document.error(
                    ("catalogue",),
                    "no file describes the framework {id!r}",
                    hint="give one file of the catalogue a framework section",
                    id=catalogue.catalogue,
                )
            )
        shelf.broken.add(catalogue.catalogue)
        return
    framework = shelf.frameworks[catalogue.catalogue][1]
    group = None if catalogue.group is None else Group(catalogue.group.key, catalogue.group.title)
    for index, entry in enumerate(catalogue.requirements):
        at: Location = ("requirements", index)
        requirement = _requirement(shelf, document, at, framework, group, entry)
        before = shelf.requirements.get(requirement.id)
        if before is not None and before[0] == shelf.layer:
            shelf.refuse(
                document.error(
                    (*at, "id"),
                    "{id!r} is there twice; first in {first}",
                    id=requirement.id,
                    first=before[1].source,
                )
            )
            continue
        shelf.requirements[requirement.id] = (shelf.layer, requirement)
        for number, other in enumerate(entry.related):
            pair = frozenset((requirement.id, other.requirement))
            shelf.places[pair] = (shelf.layer, place(document, (*at, "related", number)))


def _requirement(
    shelf: Shelf,
    document: Document,
    at: Location,
    framework: Framework,
    group: Group | None,
    entry: RequirementEntry,
) -> Requirement:
    for number, bearer in enumerate(entry.bearers):
        if bearer not in framework.bearers and not shelf.broken & {"", framework.id}:
            shelf.refuse(
                document.error(
                    (*at, "bearers", number),
                    "unknown bearer {bearer!r}",
                    hint="the framework section lists: {known}",
                    bearer=bearer,
                    known=", ".join(framework.bearers),
                )
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
        source=place(document, at),
        **{
            name: getattr(entry, name)
            for name in RequirementEntry.model_fields
            if name not in {"id", "citation", "status", "confidence", "related"}
        },
    )


def _check_related(shelf: Shelf, document: Document, catalogue: CatalogueFile) -> None:
    for index, entry in enumerate(catalogue.requirements):
        for number, other in enumerate(entry.related):
            at: Location = ("requirements", index, "related", number)
            if other.requirement == f"{catalogue.catalogue}:{entry.id}":
                shelf.refuse(
                    document.error(at, "{id!r} is related to itself", id=other.requirement)
                )
            else:
                shelf.knows(document, at, other.requirement)
        for number, thought_of in enumerate(entry.candidates):
            at = ("requirements", index, "candidates", number)
            shelf.knows(document, at, thought_of.requirement)


def _put_mappings(shelf: Shelf, document: Document, mapping: MappingFile) -> None:
    for check, entries in mapping.checks.items():
        for index, entry in enumerate(entries):
            _put_mapping(shelf, document, ("checks", check, index), check, entry)
        if check in shelf.excused and shelf.excused[check][0] < shelf.layer:
            del shelf.excused[check]
    for check, why in mapping.excused.items():
        shelf.excused[check] = (shelf.layer, why)
        shelf.excused_places[check] = place(document, ("excused", check))


def _put_mapping(
    shelf: Shelf, document: Document, at: Location, check: str, entry: MappingEntry
) -> None:
    if not shelf.knows(document, (*at, "requirement"), entry.requirement):
        return
    key = (check, entry.requirement)
    before = shelf.mappings.get(key)
    if before is not None and before[0] == shelf.layer:
        shelf.refuse(
            document.error(
                at, "{check} is mapped twice to {requirement}", check=check, requirement=key[1]
            )
        )
        return
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
            Supports(entry.supports or Supports.NEVER),
            place(document, at),
        ),
    )


def _relation(
    shelf: Shelf, document: Document, at: Location, requirement: str, relation: Relation
) -> Relation:
    """Refuse to test what cannot be tested.

    Where a workspace made our requirement manual, our checks only touch it from then on.
    """
    layer, entry = shelf.requirements[requirement]
    if relation is Relation.TOUCHES or _can_be_tested(entry):
        return relation
    if layer > shelf.layer:
        return Relation.TOUCHES
    shelf.refuse(
        document.error(
            at,
            "a check cannot test {requirement}: it can only touch it",
            hint="only a clause, a control or an obligation that a scan can test is tested",
            requirement=requirement,
        )
    )
    return Relation.TOUCHES


def _can_be_tested(requirement: Requirement) -> bool:
    return requirement.testability is not Testability.MANUAL and not DECISIVE_KINDS.isdisjoint(
        requirement.kind
    )
