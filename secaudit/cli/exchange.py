"""``export`` and ``import`` of findings, plans and risks: files that people fill in."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from secaudit.cli.command import Command, argument, format_option, option
from secaudit.cli.endings import format_of
from secaudit.cli.output import Column, Format, emit_json, emit_list, say
from secaudit.cli.session import Session, pass_session
from secaudit.core.errors import RefusedError
from secaudit.text.language import N_, NN_, Language, gettext, ngettext

if TYPE_CHECKING:
    from secaudit.app.exchange.report import ImportReport

FILE = click.Path(path_type=Path, dir_okay=False)
FORMATS = ("xlsx", "csv", "json")
ABSENT_SHOWN = 12
FATES = {
    "new": N_("new"),
    "changed": N_("changed"),
    "unchanged": N_("unchanged"),
    "conflict": N_("conflict"),
    "refused": N_("refused"),
    "note": N_("note"),
}
COLUMNS = (
    Column("place", N_("Where in the file"), rank=3),
    Column("id", N_("Id"), no_wrap=True),
    Column("fate", N_("What becomes of it"), lambda fate: gettext(FATES[fate]), no_wrap=True),
    Column("field", N_("Field"), rank=1),
    Column("before", N_("In the workspace"), rank=1),
    Column("after", N_("In the file"), rank=1),
    Column("why", N_("Why"), rank=1),
)
CSV_COLUMNS = tuple(
    Column(key, key) for key in ("place", "id", "fate", "field", "before", "after", "why")
)


def output_options(command: Any, more: Sequence[str] = ()) -> Any:
    """The options of a file that is written."""
    for one in (
        option(
            "--lang",
            "language",
            type=click.Choice([item.value for item in Language]),
            help=N_("Its language (default: that of the program)."),
        ),
        option("--force", is_flag=True, help=N_("Replace the file if it is there.")),
        option(
            "--format",
            "format_",
            type=click.Choice([*FORMATS, *more]),
            help=N_("What to write (default: as the name of the file ends)."),
        ),
        option("--output", "-o", type=FILE, required=True, help=N_("The file to write.")),
    ):
        command = one(command)
    return command


def write(
    session: Session,
    noun: str,
    ids: Sequence[str],
    *,
    output: Path,
    format_: str | None,
    language: str | None,
    force: bool,
) -> None:
    """Write a file to fill in, and say what is in it."""
    from secaudit.app.exchange.exporting import ExportOrder, write_export
    from secaudit.app.exchange.nouns import NOUNS

    order = ExportOrder(
        NOUNS[noun],
        ids,
        format_ or format_of(output, FORMATS, "xlsx"),
        Language(language) if language else None,
    )
    count = write_export(session.workspace, order, output, overwrite=force)
    told = NN_("Written: {path}, {count} row.", "Written: {path}, {count} rows.")
    say(ngettext(*told, count).format(path=output, count=count))
    say(
        gettext("Take it in again with: secaudit {noun} import {path} --dry-run").format(
            noun=noun, path=output
        )
    )


def import_command(noun: str, help_: str) -> click.Command:
    """The command that takes a file of this noun in."""

    @click.command("import", cls=Command, help=help_)
    @argument("file", type=FILE)
    @option("--dry-run", is_flag=True, help=N_("Only show what it would do."))
    @option("--yes", is_flag=True, help=N_("Do not ask."))
    @option(
        "--take",
        type=click.Choice(["file", "workspace"]),
        help=N_("Whose value counts where both changed a field since the export."),
    )
    @option(
        "--skip-refused",
        is_flag=True,
        help=N_("Take the rest where rows are refused or in conflict."),
    )
    @option("--reason", default="", help=N_("Why; for rows that give no reason of their own."))
    @format_option
    @pass_session
    def import_(
        session: Session, /, file: Path, *, dry_run: bool, yes: bool, format_: Format, **given: Any
    ) -> None:
        """Take a file in."""
        from secaudit.app.exchange import importing
        from secaudit.app.exchange.nouns import NOUNS

        workspace = session.workspace
        reading = importing.read_file(importing.ImportOrder(NOUNS[noun], file, **given))
        told = importing.trial(workspace, reading)
        stopped = bool(told.blocked) and not given["skip_refused"]
        if dry_run or stopped or not told.taken:
            _show(told, format_)
            _close(told, dry_run=dry_run, stopped=stopped)
            return
        told_first = format_ == "table" or not yes
        if told_first:
            _show(told, format_)
        if not yes:
            _ask()
        done = importing.take_in(workspace, reading, told)
        if not told_first:
            _show(done, format_)
        _say_done(done)

    return import_


def _close(told: "ImportReport", *, dry_run: bool, stopped: bool) -> None:
    if stopped:
        raise RefusedError(
            "{count} rows are refused or in conflict: nothing was taken in",
            hint="correct them, settle conflicts with --take file or --take workspace, or take the"
            " rest with --skip-refused",
            count=len(told.blocked),
        )
    if not told.taken:
        say(gettext("The file changes nothing."))
    elif dry_run:
        say(gettext("This is what would change; nothing was written."))


def _say_done(done: "ImportReport") -> None:
    count = len(done.taken)
    told = NN_("{count} row was taken in.", "{count} rows were taken in.")
    say(ngettext(*told, count).format(count=count))
    if done.skipped:
        left = NN_("{count} row was left out.", "{count} rows were left out.")
        say(ngettext(*left, len(done.blocked)).format(count=len(done.blocked)))
    say(gettext("The file is kept as evidence: {digest}").format(digest=done.sha256))


def _show(report: "ImportReport", format_: Format) -> None:
    from secaudit.app.exchange.report import record_of, said

    if format_ == "json":
        emit_json(record_of(report))
        return
    rows = _lines(report, in_words=format_ == "table")
    if rows or format_ == "csv":
        emit_list(rows, COLUMNS if format_ == "table" else CSV_COLUMNS, format_)
    for note in report.notes:
        say(said(note))
    counts = {fate.value: count for fate, count in report.counts.items()}
    say(
        gettext(
            "New: {new}. Changed: {changed}. Unchanged: {unchanged}. In conflict: {conflict}."
            " Refused: {refused}."
        ).format(**counts)
    )
    if report.absent:
        shown = ", ".join(report.absent[:ABSENT_SHOWN])
        more = len(report.absent) - ABSENT_SHOWN
        if more > 0:
            shown = gettext("{ids} and {more} more").format(ids=shown, more=more)
        say(gettext("Not in the file, left as they are: {ids}").format(ids=shown))


def _lines(report: "ImportReport", *, in_words: bool) -> list[dict[str, Any]]:
    """A line for each field that changes or is in conflict, each refusal and each note."""
    from secaudit.app.exchange.fields import Plain
    from secaudit.app.exchange.nouns import NOUNS
    from secaudit.app.exchange.report import said
    from secaudit.text.language import current_language

    language = current_language().value
    known = {item.key: item for item in NOUNS[report.noun].fields}

    def named(key: str) -> str:
        return known[key].heading(language) if in_words else key

    def shown(key: str, value: Plain) -> str:
        return "" if value is None else str(known[key].shown(value, language))

    lines: list[dict[str, Any]] = []
    for row in report.rows:
        about = {"place": row.place, "id": row.id}
        lines += [
            {**about, "fate": row.fate.value, "field": named(item.field),
             "before": shown(item.field, item.before), "after": shown(item.field, item.after)}
            for item in row.changes if not row.refusals and not row.conflicts
        ]  # fmt: skip
        lines += [
            {**about, "fate": "conflict", "field": named(item.field),
             "before": shown(item.field, item.workspace), "after": shown(item.field, item.file)}
            for item in row.conflicts
        ]  # fmt: skip
        lines += [{**about, "fate": "refused", "why": said(item)} for item in row.refusals]
        lines += [{**about, "fate": "note", "why": said(item)} for item in row.notes]
    return lines


def _ask() -> None:
    if not sys.stdin.isatty():
        raise RefusedError(
            "nobody is there to be asked",
            hint="look at what it is about with --dry-run, then add --yes",
        )
    click.confirm(gettext("Go on?"), abort=True, err=True)
