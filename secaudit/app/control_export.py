"""Catalogues and mappings for other programs."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from controls import oscal
from controls.library import Library
from secaudit.app.controls import library_of
from secaudit.app.workspace import Workspace
from secaudit.core.errors import InputError
from secaudit.core.os_words import os_words
from secaudit.text.language import current_language

FORMATS: Mapping[str, Callable[[Library, str, str], dict[str, Any]]] = {
    "oscal-catalog": oscal.catalogue,
    "oscal-mapping": oscal.mappings,
}


def export(workspace: Workspace | None, framework: str, format_: str) -> bytes:
    """The bytes of one framework in one of ``FORMATS``, in the current language."""
    document = FORMATS[format_](library_of(workspace), framework, current_language().value)
    return oscal.to_bytes(document)


def write(content: bytes, path: Path) -> None:
    """Write an export. Raises InputError where that cannot be done."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise InputError("{why}", source=str(path), why=os_words(error)) from None
