"""From the bytes of a file to its text: UTF-8, UTF-16 and Windows-1252 (which holds Latin-1)."""

import re

from secaudit.core.errors import InputError
from secaudit.text.language import N_

LARGEST_TEXT = 16 * 2**20
"""Bytes. The longest statute so far (1,187 pages) is under 4 MiB of text."""
_SAMPLE = 64 * 2**10
_BINARY = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_UTF16_SHARE = 0.3
_BINARY_SHARE = 0.001
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)


def decode(content: bytes, source: str) -> tuple[str, str]:
    """Return the text and the name of its encoding. Raises InputError that names ``source``.

    A byte order mark decides; without one, zero bytes at every other place mean UTF-16, valid
    UTF-8 is UTF-8, and what is left is Windows-1252.
    """
    if len(content) > LARGEST_TEXT:
        raise too_large(source)
    if not content.strip():
        raise InputError(N_("the file is empty"), source=source)
    text, encoding = _decoded(content, source)
    if len(_BINARY.findall(text[:_SAMPLE])) > _BINARY_SHARE * len(text[:_SAMPLE]):
        raise InputError(
            N_("not a text"),
            hint=N_("give the regulation as text, Markdown or PDF"),
            source=source,
        )
    return text, encoding


def too_large(source: str) -> InputError:
    """The refusal of a text beyond the bound."""
    return InputError(
        N_("larger than {limit} MiB of text"),
        hint=N_("no regulation is that long: give the text of one regulation"),
        source=source,
        limit=LARGEST_TEXT // 2**20,
    )


def _decoded(content: bytes, source: str) -> tuple[str, str]:
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return _strictly(content[len(mark) :], encoding, source), encoding
    sample = content[:_SAMPLE]
    for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if sample[first::2].count(0) > _UTF16_SHARE * len(sample) and not sample[
            1 - first :: 2
        ].count(0):
            return _strictly(content, encoding, source), encoding
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace"), "windows-1252"


def _strictly(content: bytes, encoding: str, source: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].decode(encoding, errors="ignore").count("\n") + 1
        raise InputError(
            N_("not {encoding} text, although it begins as one"),
            source=source,
            line=line,
            encoding=encoding.upper(),
        ) from None
