"""What a target sends is hostile: make it harmless for the place where it is shown.

HTML is escaped by the templates (Jinja2 autoescape) and JSON by its writer. This module covers the
terminal, spreadsheet cells, one-line fields and file names.
"""

import re
import unicodedata

_UNSAFE_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_FORMULA_START = ("\t", "\r", "\n")
_FORMULA_SIGNS = ("=", "+", "-", "@")
_FORMULA = re.compile(r"(?:^|(?<=[;\n]))(?=\s*[=+\-@])")
"""Also after ``;`` and a line break: a CSV file opened where ``;`` parts cells is cut there."""
_GUARDED = re.compile(r"(?:^|(?<=[;\n]))'(?=\s*[=+\-@])")
"""The apostrophe that :func:`cell` puts before what a spreadsheet would take for a formula."""
_FILE_NAME_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def visible(text: str, *, keep_newlines: bool = False, limit: int | None = None) -> str:
    r"""Return ``text`` with control and invisible characters written as ``\xNN`` or ``\uNNNN``.

    Removes ANSI escapes, bidirectional overrides, zero-width characters and line breaks (unless
    kept) as threats, and keeps them visible as facts. ``limit`` bounds the length in characters.
    """
    if limit is not None and len(text) > limit:
        text = text[:limit] + "…"
    if text.isprintable():
        return text
    return "".join(
        character if _harmless(character, keep_newlines=keep_newlines) else _written(character)
        for character in text
    )


def _harmless(character: str, *, keep_newlines: bool) -> bool:
    if character == "\n":
        return keep_newlines
    return unicodedata.category(character) not in _UNSAFE_CATEGORIES


def _written(character: str) -> str:
    number = ord(character)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def visible_bytes(content: bytes, limit: int = 200) -> str:
    """Show bytes from the wire as text: UTF-8 where it is, the rest as visible escapes."""
    return visible(content[: limit * 4].decode("utf-8", "backslashreplace"), limit=limit)


def cell(text: str) -> str:
    """Make text safe for a spreadsheet or CSV cell: no control characters, and never a formula."""
    if ";" not in text and text.isprintable():  # Nearly all are: only their beginning matters.
        return f"'{text}" if text.lstrip().startswith(_FORMULA_SIGNS) else text
    shown = _FORMULA.sub("'", visible(text, keep_newlines=True))
    return "'" + shown if text.startswith(_FORMULA_START) else shown


def from_cell(text: str) -> str:
    """Take the guard of :func:`cell` off again, as a file comes back from a spreadsheet."""
    return _GUARDED.sub("", text)


def file_name(text: str, *, limit: int = 80) -> str:
    """Make a file name of plain ASCII letters that cannot leave its folder."""
    name = _FILE_NAME_UNSAFE.sub("-", text).strip(".-")[:limit]
    return name or "unnamed"
