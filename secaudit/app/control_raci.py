"""RACI matrices as a use case: who does what, and which cells wait for the signed copy."""

from typing import Any

from controls.library import Library
from controls.raci import RaciCell, RaciMatrix
from secaudit.content.bilingual import Bilingual
from secaudit.core.errors import NotFoundError
from secaudit.text.language import current_language


def matrices(library: Library, name: str | None) -> list[dict[str, Any]]:
    """One matrix, or all, as JSON values. Raises NotFoundError that names those there are."""
    found = [item for item in library.matrices if name is None or item.id == name]
    if name is not None and not found:
        raise NotFoundError(
            "no RACI matrix {name!r} in the library",
            hint="there are: {known}",
            name=name,
            known=", ".join(item.id for item in library.matrices),
        )
    return [_matrix(library, item) for item in found]


def _matrix(library: Library, matrix: RaciMatrix) -> dict[str, Any]:
    return {
        "id": matrix.id,
        "framework": matrix.framework,
        "title": _say(matrix.title),
        "citation": _say(matrix.citation),
        "confidence": matrix.confidence.value,
        "note": _say(matrix.note),
        "legend": {letter: _say(text) for letter, text in matrix.legend.items()},
        "actors": {key: _say(text) for key, text in matrix.actors.items()},
        "open_cells": matrix.open_cells,
        "tasks": [
            {
                "key": task.key,
                "title": _say(task.title),
                "citation": _say(task.citation),
                "requirement": task.requirement,
                "requirement_citation": task.requirement
                and _say(library.requirement(task.requirement).citation),
                "lines": task.lines,
                "cells": {actor: _cell(cell) for actor, cell in task.cells.items()},
            }
            for task in matrix.tasks
        ],
    }


def _cell(cell: RaciCell) -> dict[str, Any]:
    return {
        "letters": None if cell.letters is None else list(cell.letters),
        "open": cell.letters is None,
        "read_as": list(cell.read_as),
        "why_open": _say(cell.why_open),
        "confirmed": cell.confirmed and cell.confirmed.model_dump(mode="json"),
    }


def _say(text: Bilingual | None) -> str | None:
    return None if text is None else text.in_language(current_language().value)
