"""``secaudit control``: ISO 27001 and the regulations, and what the evidence says about them."""

from itertools import chain
from typing import TYPE_CHECKING

import click

from secaudit.cli.command import Group, argument, format_option, option
from secaudit.cli.control_attest import attest, attestations, day_of, gap, grade, withdraw
from secaudit.cli.control_export import export
from secaudit.cli.control_import import import_regulation
from secaudit.cli.control_programme import programme
from secaudit.cli.control_raci import raci
from secaudit.cli.control_soa import soa
from secaudit.cli.control_view import (
    apart,
    cited,
    findings_of,
    level_of,
    read_of,
    scan_of,
    shown_of,
    status_of,
    summarise,
    tell,
    tell_catalogue,
)
from secaudit.cli.day import DAY
from secaudit.cli.output import Column, Format, emit_json, emit_list, emit_text, say
from secaudit.cli.session import Session, pass_session
from secaudit.core.errors import ExitCode
from secaudit.core.vocabulary import LegalStatus, Standing, Testability
from secaudit.text.language import N_, gettext

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Any

STANDING_STYLES = {
    "contradicted": "bold red",
    "supported": "green",
    "supported_in_part": "green",
    "silent": "yellow",
    "never_tested": "dim",
}
TABLE = (
    Column("id", N_("Id"), no_wrap=True),
    Column("title", N_("Title"), rank=1),
    Column("testability", N_("Scan?"), show=scan_of),
    Column("confidence", N_("Read"), show=read_of, rank=4),
    Column("checks", N_("Checks"), show=lambda value: str(len(value) or ""), right=True, rank=3),
)
STATUS = Column("status_shown", N_("Status"), rank=4)
"""Shown where something is not in force."""
CATALOGUES = (
    Column("id", N_("Id"), no_wrap=True),
    Column("short_title", N_("Title")),
    Column("status", N_("Status"), show=status_of),
    Column("confidence", N_("Read"), show=read_of),
    Column("requirements", N_("Entries"), right=True),
)
COLUMNS = tuple(
    Column(key, key)
    for key in (
        *("id", "type", "citation", "title", "summary", "kind", "group_title", "modality"),
        *("bearers", "testability", "status", "confidence", "checks"),
    )
)
COVERAGE_COLUMNS = tuple(
    Column(key, key)
    for key in (
        *("id", "citation", "title", "standing", "supported", "assets", "contradicting"),
        *("accepted", "hints", "testability", "last_tested", "self_value", "grade_value"),
        *("unscanned_assets", "status", "confidence", "binds"),
    )
)
COVERAGE_TABLE = (
    Column("cited", N_("Requirement")),
    Column("title", N_("Title")),
    Column(
        "standing_shown",
        N_("Evidence"),
        show=shown_of,
        style=lambda value: STANDING_STYLES.get(str(value), ""),
    ),
    Column("of", N_("Assets in support"), right=True, rank=3),
    Column("contradicting", N_("Contradicted by"), show=findings_of, rank=4),
)
framework_option = option("--framework", help=N_("Only this catalogue, such as iso27001-2022."))


@click.group("control", cls=Group, help=N_("ISO 27001 and the regulations."))
def group() -> None:
    """Hold the verbs."""


@group.command("list", help=N_("List the requirements of the catalogues."))
@framework_option
@option(
    "--catalogues",
    is_flag=True,
    help=N_("The catalogues themselves, and how surely each was read."),
)
@format_option
@pass_session
def list_(session: Session, framework: str | None, catalogues: bool, format_: Format) -> None:
    """List requirements."""
    from secaudit.app.catalogues import list_catalogues
    from secaudit.app.controls import library_of, list_requirements

    library = library_of(session.optional_workspace)
    if catalogues:
        emit_list(list_catalogues(library), CATALOGUES, format_)
        return
    rows = list_requirements(library, framework)
    if format_ != "table":
        emit_list(rows, COLUMNS, format_)
        return
    rows = [{**row, "status_shown": _not_in_force(row["status"])} for row in rows]
    marked = any(row["status_shown"] for row in rows)
    emit_list(rows, (*TABLE, STATUS) if marked else TABLE, format_)


def _not_in_force(status: str) -> str:
    """The status of what binds nobody by itself; nothing for what is in force."""
    return "" if status == LegalStatus.IN_FORCE.value else status_of(status)


@group.command(
    "show",
    help=N_("Tell all about one requirement or catalogue, and what the evidence says."),
)
@argument("requirement")
@framework_option
@option(
    "--format",
    "format_",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help=N_("How to print it."),
)
@pass_session
def show(session: Session, requirement: str, framework: str | None, format_: str) -> None:
    """Show one requirement, or one catalogue."""
    from secaudit.app.controls import show_requirement

    record = show_requirement(session.optional_workspace, requirement, framework)
    if format_ == "json":
        emit_json(record)
    elif "requirements" in record:
        tell_catalogue(record)
    else:
        tell(session, record)


@group.command("coverage", help=N_("Tell what the evidence says about each requirement."))
@framework_option
@option(
    "--standing",
    "standings",
    multiple=True,
    type=click.Choice(["contradicted", "supported", "silent", "never_tested"]),
    help=N_("Only requirements of this standing; may be given again."),
)
@option(
    "--at", "day", type=DAY, metavar="YYYY-MM-DD", help=N_("As it stood at the end of this day.")
)
@format_option
@pass_session
def coverage(
    session: Session,
    framework: str | None,
    standings: tuple[str, ...],
    day: "datetime | None",
    format_: Format,
) -> None:
    """Show coverage."""
    from secaudit.app.controls import coverage as assess

    result = assess(session.workspace, framework, day_of(day))
    chosen = [
        [row for row in rows if not standings or row["standing"] in standings]
        for rows in (result.rows, result.beside)
    ]
    if format_ == "table":
        counted, beside = ([_coverage_row(row) for row in rows] for rows in chosen)
        if counted or not beside:
            emit_list(counted, COVERAGE_TABLE, format_)
        for why, rows in apart(beside).items():
            emit_text(gettext("Not counted: {why}").format(why=why) + "\n")
            emit_list(rows, COVERAGE_TABLE, format_)
    else:
        emit_list([_coverage_row(row) for row in chain(*chosen)], COVERAGE_COLUMNS, format_)
    summarise(result)


def _coverage_row(row: "Mapping[str, Any]") -> "dict[str, Any]":
    return {
        **row,
        "of": f"{row['supported']}/{row['assets']}",
        "cited": cited(row),
        "standing_shown": Standing(row["standing"]).shown(Testability(row["testability"])),
        "self_value": row["self_assessment"] and row["self_assessment"]["value"],
        "grade_value": row["grade"] and row["grade"]["value"],
    }


@group.command("lint", help=N_("Look for faults in the catalogues, and in what people stated."))
@option(
    "--information",
    is_flag=True,
    help=N_("Also tell what is no fault, such as provisions that a catalogue leaves out."),
)
@format_option
@pass_session
def lint(session: Session, information: bool, format_: Format) -> int:
    """Lint the library."""
    from secaudit.app.control_lint import lint as look

    found = look(session.optional_workspace)
    rows = [row for row in found if information or row["level"] == "fault"]
    if rows or format_ != "table":
        emit_list(
            rows,
            (
                Column("level", N_("Level"), show=level_of),
                Column("code", N_("Fault"), no_wrap=True),
                Column("message", N_("What is wrong")),
                Column("source", N_("Place")),
            ),
            format_,
        )
    if any(row["level"] == "fault" for row in rows):
        return int(ExitCode.FAULTS_FOUND)
    say(gettext("No faults in the catalogues and mappings."))
    if session.optional_workspace is not None:
        say(gettext("No contradictions in what people stated."))
    return int(ExitCode.DONE)


group.add_command(export)
group.add_command(raci)
group.add_command(import_regulation)


for _verb in (attest, grade, withdraw, attestations, gap, soa, programme):
    group.add_command(_verb)
