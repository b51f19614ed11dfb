"""What people write into a field: bounded, and with nothing in it that cannot be seen."""

import unicodedata

from secaudit.core.errors import InputError

_BROKEN = frozenset({"Cc", "Cs", "Cn", "Co"})
_HIDDEN = frozenset({"Cf", "Zl", "Zp"})
_ALLOWED = frozenset("\u00ad\u200c\u200d")
"""A soft hyphen, and the joiners that scripts and emoji are written with: they move nothing."""
_SHOWN = 80


def require_plain(text: str, limit: int, *, lines: bool = False) -> str:
    """Return ``text`` as it is; ``lines`` allows line breaks and tabs.

    Raises InputError where it is longer than ``limit`` characters, or has control characters, or
    signs that turn or hide other letters, such as U+202E.
    """
    if len(text) > limit:
        raise InputError("longer than {limit} characters", limit=limit)
    if text.isprintable():
        return text
    for character in text:
        if character in _ALLOWED or (lines and character in "\n\t"):
            continue
        category = unicodedata.category(character)
        if category in _BROKEN:
            raise InputError("{text!r} has control characters", text=text[:_SHOWN])
        if category in _HIDDEN:
            raise InputError(
                "{text!r} has a character that cannot be seen: {code}",
                hint="write the text again by hand; such characters come along when it is pasted",
                text=text[:_SHOWN],
                code=f"U+{ord(character):04X}",
            )
    return text
