"""What the catalogues are, and how surely each was read."""

from typing import Any

from controls.library import Library
from controls.requirement import Framework
from secaudit.content.bilingual import Bilingual
from secaudit.core.canonical import to_json
from secaudit.text.language import current_language


def list_catalogues(library: Library) -> list[dict[str, Any]]:
    """List the catalogues, as JSON values."""
    return [catalogue_row(library, framework) for framework in library.frameworks.values()]


def catalogue_row(library: Library, framework: Framework) -> dict[str, Any]:
    """One catalogue as JSON values, in the current language."""
    return {
        "id": framework.id,
        "kind": framework.kind.value,
        "title": _say(framework.title),
        "short_title": _say(framework.short_title),
        "version": framework.version,
        "status": framework.status.value,
        "superseded_by": framework.superseded_by,
        "confidence": framework.confidence.value,
        "in_force_since": to_json(framework.in_force_since),
        "revised": to_json(framework.revised),
        "requirements": len(library.requirements(framework.id)),
        "note": _say(framework.note),
    }


def _say(text: Bilingual | None) -> str | None:
    return None if text is None else text.in_language(current_language().value)
