"""Indonesian and English: which one is spoken, and how its texts are found (gettext).

Messages in the code are English and are marked with ``_`` (translate now) or ``N_`` (mark, and
translate later). The catalogues are in ``locale/<language>/LC_MESSAGES``.
"""

import gettext as _gettext
from contextvars import ContextVar
from enum import StrEnum
from functools import cache
from pathlib import Path

LOCALE_FOLDER = Path(__file__).parent / "locale"


class Language(StrEnum):
    """The languages of every text that a user reads."""

    INDONESIAN = "id"
    ENGLISH = "en"


_current: ContextVar[Language] = ContextVar("language", default=Language.INDONESIAN)


def set_language(language: Language) -> None:
    """Speak ``language`` from now on in this context."""
    _current.set(language)


def current_language() -> Language:
    """The language that is spoken now."""
    return _current.get()


@cache
def _translations(language: Language) -> _gettext.NullTranslations:
    return _gettext.translation("secaudit", LOCALE_FOLDER, [language.value], fallback=True)


def gettext(message: str, language: Language | None = None) -> str:
    """Say ``message`` in ``language``, or in the current one."""
    return _translations(language or current_language()).gettext(message) if message else ""


def ngettext(singular: str, plural: str, count: int, language: Language | None = None) -> str:
    """Say the form that fits ``count``."""
    return _translations(language or current_language()).ngettext(singular, plural, count)


def mark(message: str) -> str:
    """Mark a message for translation without translating it yet."""
    return message


def mark_counted(singular: str, plural: str) -> tuple[str, str]:
    """Mark the two forms of a message that counts, for :func:`ngettext`."""
    return singular, plural


_ = gettext
N_ = mark
NN_ = mark_counted
