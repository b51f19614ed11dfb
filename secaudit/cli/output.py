"""Data goes to stdout as a table, JSON or CSV; talk goes to stderr. Hostile text is disarmed."""

import csv
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

import click

from secaudit.cli import table
from secaudit.core.canonical import canonical_json, pretty_json, pretty_json_list, to_json
from secaudit.text.escape import cell, visible
from secaudit.text.language import gettext

Format = Literal["table", "json", "csv"]
ROWS_AT_ONCE = 500
"""Rows of JSON or CSV that are printed in one piece."""


@dataclass(frozen=True)
class Column:
    """One column of a table: ``key`` of the row, English heading, and how to show the value."""

    key: str
    heading: str
    show: Callable[[Any], str] = lambda value: "" if value is None else str(value)
    style: Callable[[Any], str] = lambda _value: ""
    right: bool = False
    no_wrap: bool = False
    rank: int = 2
    """Where the terminal is narrow, the columns of the highest rank go below their row first."""


def emit_list(
    rows: Iterable[Mapping[str, Any]],
    columns: Sequence[Column],
    format_: Format,
    *,
    empty: str = "",
) -> None:
    """Print rows. JSON carries every key of the rows, table and CSV just the columns.

    JSON and CSV are printed as the rows come: there may be more than memory should hold.
    """
    if format_ == "json":
        _emit_pieces(pretty_json_list(rows))
    elif format_ == "csv":
        _emit_csv(rows, columns)
    else:
        _emit_table(list(rows), columns, empty)


def emit_json(value: Any) -> None:
    """Print one JSON value."""
    click.echo(pretty_json(value), nl=False)


def _emit_pieces(pieces: Iterable[str]) -> None:
    """Print text that comes in small pieces, many at once."""
    waiting = iter(pieces)
    while block := "".join(islice(waiting, ROWS_AT_ONCE)):
        click.echo(block, nl=False)


def emit_text(text: str) -> None:
    """Print text that may carry hostile parts, line breaks kept; a terminal gets whole words."""
    shown = visible(text, keep_newlines=True)
    if sys.stdout.isatty() or os.environ.get("COLUMNS"):
        shown = _fitted(shown)
    click.echo(shown)


def _fitted(text: str) -> str:
    width = shutil.get_terminal_size().columns
    if all(len(line) <= width // 2 for line in text.split("\n")):
        return text  # Even wide characters fit: no need to load what measures them.
    from rich.cells import cell_len

    return "\n".join(
        part for line in text.split("\n") for part in table.wrap_prose(line, width, cell_len)
    )


def say(message: str) -> None:
    """Talk to the user on stderr."""
    click.echo(visible(message, keep_newlines=True), err=True)


def _emit_csv(rows: Iterable[Mapping[str, Any]], columns: Sequence[Column]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow([column.key for column in columns])
    for row in rows:
        writer.writerow([_field(row.get(column.key)) for column in columns])


def _field(value: Any) -> str:
    if value is None:
        return ""
    return cell(value if type(value) is str else _plain(value))


def _plain(value: Any) -> str:
    """One CSV field: lists of words with blanks between, what is nested as JSON, true and false."""
    value = to_json(value)
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, list) and not any(isinstance(item, list | dict) for item in value):
        return " ".join(map(_plain, value))
    return canonical_json(value).decode("utf-8")


def _emit_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[Column], empty: str) -> None:
    from rich.cells import cell_len
    from rich.console import Console
    from rich.text import Text

    if not rows:
        say(gettext(empty) if empty else gettext("Nothing to show."))
        return
    shapes = [
        table.Shape(
            gettext(column.heading),
            [visible(column.show(row.get(column.key))) for row in rows],
            column.rank,
            right=column.right,
            no_wrap=column.no_wrap,
        )
        for column in columns
    ]
    console = Console(highlight=False)
    layout = table.lay_out(shapes, console.width, cell_len)
    *headings, rule = table.heading_lines(shapes, layout, cell_len)
    lines = [*(Text(heading, style="bold") for heading in headings), Text(rule)]
    for number, row in enumerate(rows):
        wrapped = {
            index: table.wrap(shapes[index].cells[number], width, cell_len)
            for index, width in layout.widths.items()
        }
        for height in range(max(map(len, wrapped.values()))):
            line = Text()
            for index, width in layout.widths.items():
                part = wrapped[index][height] if height < len(wrapped[index]) else ""
                line.append(
                    table.pad(part, width, right=shapes[index].right, measure=cell_len),
                    style=columns[index].style(row.get(columns[index].key)),
                )
                line.append(table.GAP)
            line.rstrip()
            lines.append(line)
        below = table.lines_below(shapes, layout, number, console.width, cell_len)
        lines.extend(map(Text, below))
    for line in lines:
        console.print(line, soft_wrap=True)
    console.print()


SEVERITY_STYLES = {
    "critical": "bold red",
    "high": "red",
    "medium": "yellow",
    "low": "cyan",
    "info": "dim",
}


def severity_style(value: Any) -> str:
    """The colour of a severity; the word itself is always there too."""
    return SEVERITY_STYLES.get(str(value), "")
