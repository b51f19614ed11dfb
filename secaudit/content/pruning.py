"""The valid part of a document that has faults, so that the rest of it can be looked at as well."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from secaudit.content.yaml import Document, Location, check, faults_in
from secaudit.core.errors import InputError

_MOST_ROUNDS = 10
"""What is left may break a rule because of what went, such as that a list must not be empty."""
_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True)
class Part(Generic[_Model]):
    """What is valid in a document, and what is not."""

    document: Document
    """Without the faulty parts; what is left keeps its lines."""
    value: _Model | None
    """None where nothing is left that is valid."""
    faults: tuple[InputError, ...]
    """All that is wrong with the whole document."""
    gone: frozenset[Location]
    """Where the faulty parts were in the whole document: entries of its lists, or single keys."""


def valid_part(document: Document, model: type[_Model]) -> Part[_Model]:
    """Hold a document against a model, and take away what does not fit.

    Of a list the whole entry goes that has a fault somewhere within; else the faulty key alone.
    """
    faults: tuple[InputError, ...] | None = None
    gone: set[Location] = set()
    left = document
    before: Mapping[Location, Location] = {}
    for _ in range(_MOST_ROUNDS):
        try:
            return Part(left, check(left, model), faults or (), frozenset(gone))
        except ValidationError as error:
            if faults is None:
                faults = tuple(faults_in(document, error))
            found = {_smallest_whole(left.value, fault["loc"]) for fault in error.errors()}
            if () in found:
                break
            gone |= {before.get(at, at) for at in found}
            left, before = _without(document, gone)
    return Part(left, None, faults or (), frozenset(gone))


def _smallest_whole(value: Any, location: Location) -> Location:
    """The entry of the outermost list on the way to a fault, or the last key that there is."""
    for depth, step in enumerate(location):
        if isinstance(step, int) and isinstance(value, list) and step < len(value):
            return location[: depth + 1]
        if not isinstance(value, Mapping) or step not in value:
            return location[:depth]
        value = value[step]
    return location


def _without(
    document: Document, gone: set[Location]
) -> tuple[Document, Mapping[Location, Location]]:
    """The document without some places; with it, for each place that is left, where it was."""
    lines: dict[Location, int] = {}
    before: dict[Location, Location] = {}

    def kept(value: Any, old: Location, new: Location) -> Any:
        before[new] = old
        if old in document.lines:
            lines[new] = document.lines[old]
        if isinstance(value, Mapping):
            return {
                key: kept(item, (*old, key), (*new, key))
                for key, item in value.items()
                if (*old, key) not in gone
            }
        if isinstance(value, list):
            left = [index for index in range(len(value)) if (*old, index) not in gone]
            return [
                kept(value[index], (*old, index), (*new, place)) for place, index in enumerate(left)
            ]
        return value

    return Document(document.source, kept(document.value, (), ()), lines), before
