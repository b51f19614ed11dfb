"""``secaudit control import-regulation``: a regulation's text into the workspace."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from secaudit.cli.command import Command, argument, option, record_format_option
from secaudit.cli.output import emit_json, emit_text, say
from secaudit.cli.session import Session, pass_session
from secaudit.text.language import N_, gettext

SHOWN = 20


@click.command(
    "import-regulation",
    cls=Command,
    help=N_("Read a regulation (text, Markdown, PDF with text), and find what concerns security."),
)
@argument("file", type=click.Path(path_type=Path, dir_okay=False))
@option("--id", "framework", help=N_("Its id, such as perda-contoh-3-2026; else from its head."))
@option("--title", help=N_("Its title; else from its head."))
@option(
    "--status",
    type=click.Choice(["in_force", "draft", "comparison", "superseded"]),
    default="comparison",
    show_default=True,
    help=N_("Its standing for your organisation, for a new catalogue."),
)
@option("--dry-run", is_flag=True, help=N_("Tell what would be found; write nothing."))
@record_format_option
@pass_session
def import_regulation(
    session: Session,
    file: Path,
    framework: str | None,
    title: str | None,
    status: str,
    dry_run: bool,
    format_: str,
) -> None:
    """Import one regulation."""
    from secaudit.app.regulations import import_regulation as read
    from secaudit.app.regulations import told
    from secaudit.core.vocabulary import LegalStatus

    found = read(
        session.workspace,
        file,
        framework=framework,
        title=title,
        status=LegalStatus(status),
        dry_run=dry_run,
    )
    record = told(found)
    if format_ == "json":
        emit_json(record)
    else:
        _tell(record)
    _say_what_was_done(record, dry_run=dry_run)


def _tell(record: Mapping[str, Any]) -> None:
    from secaudit.text.language import current_language

    language = current_language().value
    emit_text(f"{record['id']}  {record['title']}")
    emit_text(
        gettext("{articles} articles, {provisions} parts, on {lines} lines").format(
            articles=record["articles"], provisions=record["provisions"], lines=record["lines"]
        )
    )
    if record["reconstructed"]:
        emit_text(
            gettext("{count} numbers were lost in the source and follow from the order").format(
                count=len(record["reconstructed"])
            )
        )
    emit_text(f"\n{gettext('Candidates (for a person to judge, nothing is mapped)')}")
    if not record["candidates"]:
        emit_text(f"  {gettext('none')}")
    for item in record["candidates"]:
        place = gettext("line {lines}").format(lines=item["lines"])
        emit_text(f"  {item['citation'][language]}  ({place})")
        for control in item["controls"]:
            words = ", ".join(control["words"])
            emit_text(f"    {control['requirement']}: {words}")
    _listed(
        gettext("Not placed"), record["unplaced"], lambda row: f"{row['reason']}: {row['text']}"
    )
    _listed(gettext("To look at"), record["remarks"], lambda row: row["remark"])


def _listed(
    heading: str, rows: list[dict[str, Any]], words: Callable[[dict[str, Any]], str]
) -> None:
    if not rows:
        return
    emit_text(f"\n{heading}")
    for row in rows[:SHOWN]:
        place = gettext("line {lines}").format(lines=row["line"])
        emit_text(f"  {place}: {words(row)}")
    if len(rows) > SHOWN:
        more = gettext("{count} more; all of them with --format json")
        emit_text("  " + more.format(count=len(rows) - SHOWN))


def _say_what_was_done(record: Mapping[str, Any], *, dry_run: bool) -> None:
    if dry_run:
        say(gettext("Nothing was written: this was a rehearsal."))
        return
    for path in record["written"]:
        say(gettext("Written: {path}").format(path=path))
    if record["known"]:
        say(gettext("The library has this catalogue already; it was left as it is."))
    if record["absent"]:
        say(
            gettext("Not found in this text: {ids}").format(ids=", ".join(record["absent"][:SHOWN]))
        )
    if not record["known"]:
        say(gettext("Complete the catalogue, then look at it with: secaudit control lint"))
