"""A file of tables, bounded, by the ending of its name."""

from collections.abc import Iterator
from pathlib import Path

from secaudit.content.tables.cells import Table
from secaudit.content.tables.delimited import csv_lines
from secaudit.core.errors import InputError
from secaudit.core.os_words import os_words

LARGEST_FILE = 32 * 2**20
MOST_ROWS = 200_000
WORKBOOKS = (".xlsx",)
DELIMITED = (".csv", ".txt")


def read_tables(path: Path, content: bytes) -> Iterator[Table]:
    """Walk through the tables of a file by its suffix: the sheets of ``.xlsx``, or a CSV file.

    The rows of a table are read when they are asked for. Raises InputError.
    """
    suffix = path.suffix.lower()
    if suffix in DELIMITED:
        yield Table(path.name, csv_lines(content, str(path)))
        return
    from secaudit.content.tables.workbook import workbook_tables

    yield from workbook_tables(content, str(path))


def content_of(path: Path) -> bytes:
    """Read a file of at most :data:`LARGEST_FILE` bytes. Raises InputError."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise InputError(
                "larger than {limit} MiB", source=str(path), limit=LARGEST_FILE // 2**20
            )
        return path.read_bytes()
    except OSError as error:
        raise InputError("{why}", source=str(path), why=os_words(error)) from None
