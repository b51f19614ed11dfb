"""The JSON form: the same rows and the same rules as a workbook, for other programs.

A key that a row lacks is left as it is; null empties a field, as an empty cell does.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from secaudit.app.exchange.base import Base
from secaudit.app.exchange.exported import Exported
from secaudit.app.exchange.fields import (
    LANGUAGES,
    LONGEST_LINE,
    LONGEST_TEXT,
    Edit,
    Field,
    Kind,
    Plain,
)
from secaudit.app.exchange.given import BASE, Given, GivenRow
from secaudit.app.exchange.noun import Entry, Noun
from secaudit.app.exchange.report import Statement
from secaudit.content.tables import MOST_ROWS, Cell
from secaudit.content.tables.workbook import LARGEST_NUMBER
from secaudit.core.canonical import pretty_json
from secaudit.core.errors import InputError
from secaudit.core.instant import format_instant, parse_instant

SCHEMA_VERSION = 1
_KEYS = frozenset({"schema_version", "kind", "language", "exported_at", "ids", "rows"})


def form_json(noun: Noun, exported: Exported, entries: Iterable[tuple[Entry, Base]]) -> bytes:
    """Write rows with codes for words, days in ISO form, and each row's base."""
    rows = [
        {
            "base": str(base),
            **{
                field.key: _out(field, entry.values.get(field.key))
                for field in noun.fields
                if field.edit is not Edit.ADDED
            },
            "id": entry.id,
        }
        for entry, base in entries
    ]
    document = {
        "schema_version": SCHEMA_VERSION,
        "kind": noun.name,
        "language": exported.language,
        "exported_at": format_instant(exported.at),
        "ids": exported.runs,
        "rows": rows,
    }
    return pretty_json(document).encode()


def _out(field: Field, value: Plain) -> Any:
    if field.kind in (Kind.IDS, Kind.NAMES):
        return [part.strip() for part in str(value).split(",")] if value else []
    return value


def read_json(path: Path, content: bytes, noun: Noun) -> Given:
    """Read the JSON form. Raises InputError that says what is wrong with it."""
    source = str(path)
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InputError("not JSON: {why}", source=source, why=error) from None
    rows = document.get("rows") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(rows, list):
        raise InputError(
            "not an exchange file: it has no list of rows",
            hint="write one with: secaudit {noun} export -o FILE.json",
            source=source,
            noun=noun.name,
        )
    if document.get("schema_version") != SCHEMA_VERSION:
        raise InputError(
            "the file has another form: {form}",
            hint="export anew, and enter the changes there",
            source=source,
            form=document.get("schema_version"),
        )
    if document.get("kind") != noun.name:
        raise InputError(
            "{path} was written by: secaudit {other} export",
            hint="take it in with: secaudit {other} import FILE",
            path=path,
            other=document.get("kind"),
        )
    if strange := sorted(set(document) - _KEYS):
        raise InputError("unknown key {where!r}", source=source, where=strange[0][:80])
    if len(rows) > MOST_ROWS:
        raise InputError("more than {limit} rows", source=source, limit=MOST_ROWS)
    return _given(source, document, rows, noun)


def _given(source: str, document: Mapping[str, Any], rows: list[Any], noun: Noun) -> Given:
    known = {field.key: field.kind for field in noun.fields} | {BASE: Kind.LINE}
    strange: dict[str, None] = {}
    found: list[GivenRow] = []
    for number, row in enumerate(rows):
        place = f"{source}:rows[{number}]"
        if not isinstance(row, dict):
            raise InputError("the row is not an object", source=place)
        strange |= dict.fromkeys(key for key in row if key not in known)
        cells = {key: _cell(row[key], known[key], f"{place}.{key}") for key in row if key in known}
        places = {key: f"{place}.{key}" for key in cells}
        kept = {key: cell for key, cell in cells.items() if not cell.blank}
        found.append(GivenRow(number, place, kept, places))
    notes: list[Statement] = [
        InputError("the column {name!r} is not known here and is not read", name=key[:80])
        for key in list(strange)[:50]
    ]
    columns = frozenset(key for row in found for key in row.places)
    return Given(found, columns, notes, _exported(document, noun))


def _exported(document: Mapping[str, Any], noun: Noun) -> Exported | None:
    try:
        at: datetime = parse_instant(document["exported_at"])
        language, runs = document["language"], document["ids"]
    except (KeyError, ValueError, TypeError, AttributeError):
        return None
    if language not in LANGUAGES or not isinstance(runs, str):
        return None
    return Exported(noun.name, language, at, runs)


def _cell(value: Any, kind: Kind, place: str) -> Cell:
    """The value as a cell; another type than the schema says is a fault."""
    if value is None:
        return Cell()
    if kind in (Kind.IDS, Kind.NAMES):
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return Cell(", ".join(value))
        return Cell(fault=InputError("not a list of texts", source=place))
    if kind in (Kind.AMOUNT, Kind.EFFORT, Kind.NUMBER):
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not abs(value) <= LARGEST_NUMBER:
            return Cell(fault=InputError("not a number", source=place))
        whole = isinstance(value, int) or value.is_integer()
        return Cell(str(int(value)) if whole else repr(value), number=value)
    if isinstance(value, str):
        return Cell(value)
    return Cell(fault=InputError("not a text", source=place))


_TYPES: Mapping[Kind, Mapping[str, Any]] = {
    Kind.LINE: {"type": ["string", "null"]},
    Kind.TEXT: {"type": ["string", "null"]},
    Kind.DAY: {"type": ["string", "null"], "format": "date"},
    Kind.AMOUNT: {"type": ["integer", "null"], "minimum": 0},
    Kind.EFFORT: {"type": ["number", "null"], "minimum": 0},
    Kind.NUMBER: {"type": ["integer", "null"]},
    Kind.SCORE: {"type": ["string", "null"], "pattern": "^[1-9]x[1-9]$"},
    Kind.WORD: {"type": ["string", "null"]},
    Kind.IDS: {"type": ["array", "null"], "items": {"type": "string"}},
    Kind.NAMES: {"type": ["array", "null"], "items": {"type": "string"}},
}
_LONGEST = {Kind.LINE: LONGEST_LINE, Kind.TEXT: LONGEST_TEXT}
_MEANINGS: Mapping[Edit, str] = {
    Edit.NEVER: "For reading: an edit is told and ignored.",
    Edit.STATE: "For reading: an edit is refused.",
    Edit.FREE: "May be edited.",
    Edit.NEW_ONLY: "Read where the row has no id.",
    Edit.ADDED: "Not exported; what is given is added.",
}


def schema_of(noun: Noun) -> dict[str, Any]:
    """The published JSON Schema of a noun's form."""
    properties: dict[str, Any] = {
        "base": {
            "type": ["string", "null"],
            "description": "What the row was when it was exported: leave it as it is.",
        }
    }
    for field in noun.fields:
        shape = dict(_TYPES[field.kind])
        if field.kind in _LONGEST and field.edit not in (Edit.NEVER, Edit.STATE):
            shape["maxLength"] = _LONGEST[field.kind]
        if field.kind is Kind.WORD and field.words is not None:
            shape["enum"] = [*field.words("en"), None]
        properties[field.key] = {**shape, "description": _MEANINGS[field.edit]}
    properties["id"] = {
        "type": ["string", "null"],
        "pattern": f"^{noun.letter}-[0-9]{{4,}}$",
        "description": "Stable; a row without one is new, where new ones can be made.",
    }
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["schema_version", "kind", "rows"],
        "properties": {
            "schema_version": {"const": SCHEMA_VERSION},
            "kind": {"const": noun.name},
            "language": {"enum": list(LANGUAGES)},
            "exported_at": {"type": "string", "format": "date-time"},
            "ids": {"type": "string", "description": "Ids that were exported, as runs: 1-3,7."},
            "rows": {
                "type": "array",
                "maxItems": MOST_ROWS,
                "items": {"type": "object", "properties": properties},
            },
        },
    }
