"""YAML that people edit: read safely, and every complaint names the file and the line.

Read by libyaml's safe loader, bounded in size. Duplicate keys and aliases that expand beyond the
bound are refused. Parsed documents are cached by the hash of their bytes.
"""

import json
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import yaml

from secaudit.content.yaml_words import yaml_words
from secaudit.core.errors import InputError
from secaudit.core.os_words import os_words

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

LARGEST_DOCUMENT = 32 * 2**20
_LARGEST_TREE = 2_000_000
_DEEPEST = 100
_PLAIN_TAGS = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")
_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Location = tuple[str | int, ...]
_Model = TypeVar("_Model", bound="BaseModel")


@dataclass(frozen=True)
class Document:
    """A parsed document: plain values, and the line (from 1) of each key and item."""

    source: str
    value: Any
    lines: dict[Location, int]

    def line_of(self, location: Location) -> int | None:
        """The line of the value at ``location``, or of the nearest value around it."""
        while location and location not in self.lines:
            location = location[:-1]
        return self.lines.get(location)

    def error(
        self, location: Location, message: str, /, *, hint: str = "", **facts: object
    ) -> InputError:
        """An InputError that points at ``location``."""
        return InputError(
            message, hint=hint, source=self.source, line=self.line_of(location), **facts
        )


def read_document(path: Path) -> Document:
    """Read one YAML file. Raises InputError that names file and line."""
    try:
        if path.stat().st_size > LARGEST_DOCUMENT:
            raise InputError(
                "larger than {limit} MiB", source=str(path), limit=LARGEST_DOCUMENT // 2**20
            )
        content = path.read_bytes()
    except OSError as error:
        raise InputError("{why}", source=str(path), why=os_words(error)) from None
    return parse_document(content, str(path))


@lru_cache(maxsize=256)
def parse_document(content: bytes, source: str) -> Document:
    """Parse YAML bytes (UTF-8, with or without BOM). Raises InputError with the line."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InputError("not UTF-8 text", source=source, line=line) from None
    try:
        _require_shallow(text, source)
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InputError(
            "not YAML: {why}", source=source, line=line, why=yaml_words(error)
        ) from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise InputError("not YAML: {why}", source=source, why=yaml_words(error)) from None
    lines: dict[Location, int] = {(): 1}
    return Document(source, _Builder(source, lines).build(root, ()), lines)


def document_of(value: Any, written: bytes, source: str) -> Document:
    """The document that ``written`` is, of the value that it was written from, without reading it.

    Raises InputError where it is too large to be read again.
    """
    if len(written) > LARGEST_DOCUMENT:
        raise InputError("larger than {limit} MiB", source=source, limit=LARGEST_DOCUMENT // 2**20)
    if _size(value) > _LARGEST_TREE:
        raise InputError("too deep or too large", source=source, line=1)
    return Document(source, value, {})


def _size(value: Any) -> int:
    """How many values there are in a value, itself included."""
    if isinstance(value, dict):
        return 1 + sum(map(_size, value.values()))
    return 1 + sum(map(_size, value)) if isinstance(value, list) else 1


def _require_shallow(text: str, source: str) -> None:
    """Refuse deep nesting before libyaml composes it: its composer recurses on the C stack."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                line = event.start_mark.line + 1 if event.start_mark else 1
                raise InputError("too deep or too large", source=source, line=line)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


class _Builder:
    def __init__(self, source: str, lines: dict[Location, int]) -> None:
        self._source = source
        self._lines = lines
        self._left = _LARGEST_TREE
        self._scalars = _ScalarReader("")

    def build(self, node: yaml.Node | None, at: Location, depth: int = 0) -> Any:
        if node is None:
            return None
        line = node.start_mark.line + 1
        self._lines.setdefault(at, line)
        self._left -= 1
        if self._left < 0 or depth > _DEEPEST:
            raise InputError("too deep or too large", source=self._source, line=line)
        if isinstance(node, yaml.CollectionNode) and node.tag not in _PLAIN_TAGS:
            raise InputError("unknown tag {tag}", source=self._source, line=line, tag=node.tag)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, at, depth)
        if isinstance(node, yaml.SequenceNode):
            return [
                self.build(item, (*at, index), depth + 1) for index, item in enumerate(node.value)
            ]
        return self._scalar(node, line)

    def _mapping(self, node: yaml.MappingNode, at: Location, depth: int) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = self._scalar(key_node, line) if isinstance(key_node, yaml.ScalarNode) else None
            if isinstance(key, bool | int | float):
                key = key_node.value
            if not isinstance(key, str):
                raise InputError("a key must be text", source=self._source, line=line)
            if key in mapping:
                raise InputError("duplicate key {key!r}", source=self._source, line=line, key=key)
            self._lines[(*at, key)] = line
            mapping[key] = self.build(value_node, (*at, key), depth + 1)
        return mapping

    def _scalar(self, node: yaml.Node, line: int) -> Any:
        try:
            return self._scalars.construct_object(node, deep=True)
        except (yaml.YAMLError, ValueError):
            raise InputError(
                "{text!r} cannot be read as a value",
                hint="put it in quotes if it is text",
                source=self._source,
                line=line,
                text=node.value,
            ) from None


class _ScalarReader(yaml.SafeLoader):
    """Reads scalars alone, as the safe schema does."""


def _as_json(value: Any) -> str:
    """Write what YAML has beside JSON's values: dates, instants and ``!!binary``."""
    return value.isoformat() if isinstance(value, date) else "!!binary"


def validate(document: Document, model: type[_Model], at: Location = ()) -> _Model:
    """Check a document, or the part of it at ``at``, against a model.

    Types are strict as in JSON: ``true`` is no number and ``"3"`` neither; a date may be text.
    Raises InputError with the file, the line and the key of every fault.
    """
    from pydantic import ValidationError  # tables without a model do without it

    try:
        return check(document, model, at)
    except ValidationError as error:
        raise InputError.together(faults_in(document, error, at)) from None


def check(document: Document, model: type[_Model], at: Location = ()) -> _Model:
    """As ``validate``, but raise pydantic's ValidationError: ``faults_in`` puts it into words."""
    value = document.value
    for step in at:
        value = value[step]
    content = json.dumps({} if value is None and not at else value, default=_as_json)
    return model.model_validate_json(content, strict=True)


def faults_in(document: Document, error: "ValidationError", at: Location = ()) -> list[InputError]:
    """What ``check`` found wrong with a document, each fault with its file, line and key."""
    from secaudit.content.faults import sentence

    # A misspelt key comes before the missing one that it was to be.
    found = sorted(error.errors(), key=lambda fault: fault["type"] != "extra_forbidden")
    faults = []
    for fault in found:
        location = tuple(
            step for step in fault["loc"] if isinstance(step, int) or step.isprintable()
        )
        where = ".".join(str(step) for step in (*at, *location))
        template, facts = sentence(fault, where)
        faults.append(document.error((*at, *location), template, hint="", **facts))
    return faults
