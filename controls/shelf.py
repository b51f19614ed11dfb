"""What has been read of the library so far, layer after layer, and what to do with a fault.

A layer is a folder of content: ours is the first, a workspace's lies over it. The later layer wins
over an earlier one; the same thing twice in one layer is a fault.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from controls.crosswalk import Change, Correspondence, CrosswalkHead
from controls.raci import RaciMatrix
from controls.requirement import CheckMapping, Framework, Requirement
from secaudit.content.bilingual import Bilingual
from secaudit.content.pruning import valid_part
from secaudit.content.yaml import Document, Location, read_document, validate
from secaudit.core.errors import InputError

CATALOGUES = "catalogs"
_Model = TypeVar("_Model", bound=BaseModel)


class Shelf:
    """What has been read; each thing with the layer that it comes from.

    With ``faults`` given, a fault is put there and reading goes on without the faulty part; else
    the first one is raised.
    """

    def __init__(self, faults: list[InputError] | None = None) -> None:
        self.layer = 0
        self.frameworks: dict[str, tuple[int, Framework]] = {}
        self.requirements: dict[str, tuple[int, Requirement]] = {}
        self.mappings: dict[tuple[str, str], tuple[int, CheckMapping | None]] = {}
        self.excused: dict[str, tuple[int, Bilingual]] = {}
        self.excused_places: dict[str, str] = {}
        self.relations: set[tuple[int, str, str]] = set()
        """Pairs that a mapping file speaks of, by layer."""
        self.places: dict[frozenset[str], tuple[int, str]] = {}
        """Where the relation of two requirements is written: the layer, and file and line."""
        self.crosswalks: dict[str, tuple[int, CrosswalkHead]] = {}
        self.pairs: dict[tuple[str, str, str], tuple[int, Correspondence | None]] = {}
        """By crosswalk and the two requirements."""
        self.changes: dict[tuple[str, str], Change] = {}
        """By crosswalk and the requirement of the edition before."""
        self.news: dict[tuple[str, str], int] = {}
        """By crosswalk and the requirement that is new."""
        self.matrices: dict[str, tuple[int, RaciMatrix]] = {}
        self.broken: set[str] = set()
        """Requirements that could not be read; catalogues of which some could not and their ids are
        not known; ``""`` where not even the catalogue is."""
        self.incomplete: set[type[BaseModel]] = set()
        """Kinds of file of which not all could be read."""
        self._faults = faults

    def refuse(self, error: InputError) -> None:
        """Raise a fault, or keep it and let reading go on."""
        if self._faults is None:
            raise error
        self._faults.append(error)

    def files(self, folder: Path, model: type[_Model]) -> Iterator[tuple[Document, _Model]]:
        """The files below a folder, in the order of their names: of each what is valid."""
        for path in sorted(folder.rglob("*.yaml")):
            try:
                document = read_document(path)
            except InputError as error:
                self._miss(folder, model, None, {()})
                self.refuse(error)
                continue
            if self._faults is None:
                yield document, validate(document, model)
                continue
            part = valid_part(document, model)
            self._faults.extend(part.faults)
            if part.faults:
                gone = part.gone if part.value is not None else {()}
                self._miss(folder, model, document.value, gone)
            if part.value is not None:
                yield part.document, part.value

    def _miss(
        self, folder: Path, model: type[BaseModel], value: Any, gone: Iterable[Location]
    ) -> None:
        """Remember what could not be read, so that nothing is called unknown for that alone."""
        self.incomplete.add(model)
        if folder.name == CATALOGUES:
            self.broken.update(_lost(value, gone))

    def knows(self, document: Document, location: Location, requirement: str) -> bool:
        """Whether a requirement exists; one that does not is refused.

        Where what should hold it could not be read, that fault says enough.
        """
        if requirement in self.requirements:
            return True
        if not self.broken & {"", requirement.partition(":")[0], requirement}:
            self.refuse(
                document.error(
                    location,
                    "unknown requirement {requirement!r}",
                    hint="see: secaudit control list",
                    requirement=requirement,
                )
            )
        return False


def place(document: Document, location: Location) -> str:
    """The file and line of one place."""
    return f"{document.source}:{document.line_of(location)}"


def _lost(value: Any, gone: Iterable[Location]) -> Iterator[str]:
    """What ``Shelf.broken`` has to know of the faulty parts of a catalogue; () is all of it."""
    named = value.get("catalogue") if isinstance(value, dict) else None
    catalogue = named if isinstance(named, str) else ""
    for location in gone:
        entry = value
        for step in location:
            entry = entry[step]
        known = entry.get("id") if isinstance(entry, dict) and location[:1] else None
        yield f"{catalogue}:{known}" if isinstance(known, str) and catalogue else catalogue
