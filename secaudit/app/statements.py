"""What a check says about one subject, in words: its statement, filled with the result's facts."""

from collections.abc import Mapping
from typing import Any

from scanners.catalogue import Check
from secaudit.text.escape import visible
from secaudit.text.language import current_language

UNKNOWN = "?"


class _Facts(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return UNKNOWN


def title_of(check: Check | None, check_id: str) -> str:
    """The title in the current language; the bare id of a check that is no longer declared."""
    return check_id if check is None else check.title.in_language(current_language().value)


def statement_of(check: Check | None, details: Mapping[str, Any]) -> str:
    """The filled statement in the current language, always one line.

    Its facts may come from a target: control characters are shown, not sent. A fact that an older
    result lacks is written as ``?``.
    """
    if check is None:
        return ""
    language = current_language().value
    facts = _Facts({key: _shown(value) for key, value in details.items()})
    try:
        return check.statement.in_language(language).format_map(facts)
    except (ValueError, AttributeError, IndexError, TypeError):
        return check.description.in_language(language)


def _shown(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return ", ".join(str(_shown(item)) for item in value)
    if isinstance(value, str):
        return visible(value)
    return "-" if value is None else value
