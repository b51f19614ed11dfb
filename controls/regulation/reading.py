"""Reading a regulation from a file: text, Markdown, or the text inside a PDF."""

from dataclasses import dataclass
from pathlib import Path

from controls.regulation import pdf_text
from controls.regulation.decoding import LARGEST_TEXT, decode, too_large
from controls.regulation.parse import parse
from controls.regulation.tree import Regulation
from secaudit.core.errors import InputError
from secaudit.core.os_words import os_words
from secaudit.text.language import N_


@dataclass(frozen=True)
class Source:
    """A file as it was read. ``text`` is what lines are counted in."""

    name: str
    content: bytes
    media_type: str
    encoding: str
    text: str


def read_regulation(path: Path) -> tuple[Source, Regulation]:
    """Read a file and parse it; nothing is written. Raises InputError that names the file."""
    source = read_source(path)
    return source, parse(source.text, str(path))


def read_source(path: Path) -> Source:
    """Read a file within the bounds. Raises InputError."""
    try:
        if not path.is_file():
            raise InputError(N_("no such file"), source=str(path))
        size = path.stat().st_size
        if size > pdf_text.LARGEST_FILE:
            raise too_large(str(path))
        with path.open("rb") as stream:
            begin = stream.read(1024)
            is_pdf = pdf_text.SIGNATURE in begin
            if not is_pdf and size > LARGEST_TEXT:
                raise too_large(str(path))
            content = begin + stream.read(pdf_text.LARGEST_FILE)
    except OSError as error:
        raise InputError("{why}", source=str(path), why=os_words(error)) from None
    if is_pdf:
        text = pdf_text.read_pdf(content, str(path))
        return Source(path.name, content, "application/pdf", "pdf", text)
    text, encoding = decode(content, str(path))
    markdown = path.suffix.lower() in {".md", ".markdown"}
    return Source(path.name, content, "text/markdown" if markdown else "text/plain", encoding, text)
