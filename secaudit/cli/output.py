"""Data goes to stdout as a table, JSON or CSV; talk goes to stderr. Hostile text is disarmed."""

import csv
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import click

from secaudit.core.canonical import canonical_json, pretty_json, to_json
from secaudit.text.escape import cell, visible
from secaudit.text.language import gettext

Format = Literal["table", "json", "csv"]


@dataclass(frozen=True)
class Column:
    """One column of a table: ``key`` of the row, English heading, and how to show the value."""

    key: str
    heading: str
    show: Callable[[Any], str] = lambda value: "" if value is None else str(value)
    style: Callable[[Any], str] = lambda _value: ""
    right: bool = False
    no_wrap: bool = False


def emit_list(
    rows: Iterable[Mapping[str, Any]],
    columns: Sequence[Column],
    format_: Format,
    *,
    empty: str = "",
) -> None:
    """Print rows. JSON carries every key of the rows, table and CSV just the columns."""
    if format_ == "json":
        emit_json([dict(row) for row in rows])
    elif format_ == "csv":
        _emit_csv(rows, columns)
    else:
        _emit_table(list(rows), columns, empty)


def emit_json(value: Any) -> None:
    """Print one JSON value."""
    click.echo(pretty_json(value), nl=False)


def emit_text(text: str) -> None:
    """Print text that may carry hostile parts, line breaks kept."""
    click.echo(visible(text, keep_newlines=True))


def say(message: str) -> None:
    """Talk to the user on stderr."""
    click.echo(visible(message, keep_newlines=True), err=True)


def _emit_csv(rows: Iterable[Mapping[str, Any]], columns: Sequence[Column]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow([column.key for column in columns])
    for row in rows:
        writer.writerow([cell(_plain(row.get(column.key))) for column in columns])


def _plain(value: Any) -> str:
    """One CSV field: lists of words with blanks between, what is nested as JSON, true and false."""
    value = to_json(value)
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, list) and not any(isinstance(item, list | dict) for item in value):
        return " ".join(map(_plain, value))
    return canonical_json(value).decode("utf-8")


def _emit_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[Column], empty: str) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    if not rows:
        say(gettext(empty) if empty else gettext("Nothing to show."))
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(
            gettext(column.heading),
            justify="right" if column.right else "left",
            no_wrap=column.no_wrap,
            overflow="fold",
        )
    for row in rows:
        table.add_row(
            *(
                Text(
                    visible(column.show(row.get(column.key))),
                    style=column.style(row.get(column.key)),
                )
                for column in columns
            )
        )
    Console(highlight=False).print(table)


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
