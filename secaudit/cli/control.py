"""``secaudit control``: ISO 27001 and the regulations, and what the evidence says about them."""

from typing import TYPE_CHECKING

import click

from secaudit.cli.command import Group, format_option, option
from secaudit.cli.control_view import findings_of, scan_of, standing_of, summarise, tell
from secaudit.cli.output import Column, Format, emit_json, emit_list, say
from secaudit.cli.session import Session, pass_session
from secaudit.core.errors import ExitCode, NotFoundError
from secaudit.text.language import N_, gettext

if TYPE_CHECKING:
    from secaudit.app.workspace import Workspace

STANDING_STYLES = {
    "contradicted": "bold red",
    "supported": "green",
    "silent": "yellow",
    "never_tested": "dim",
}
TABLE = (
    Column("id", N_("Id"), no_wrap=True),
    Column("title", N_("Title")),
    Column("testability", N_("Scan?"), show=scan_of),
    Column("checks", N_("Checks"), show=lambda value: str(len(value) or ""), right=True),
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
        *("accepted", "hints", "testability", "last_tested"),
    )
)
framework_option = option("--framework", help=N_("Only this catalogue, such as iso27001-2022."))


@click.group("control", cls=Group, help=N_("ISO 27001 and the regulations."))
def group() -> None:
    """Hold the verbs."""


def _workspace(session: Session) -> "Workspace | None":
    """The workspace, where there is one; one that was named must be there."""
    try:
        session.folder  # noqa: B018  (asks only whether there is one)
    except NotFoundError:
        return None
    return session.workspace


@group.command("list", help=N_("List the requirements of the catalogues."))
@framework_option
@format_option
@pass_session
def list_(session: Session, framework: str | None, format_: Format) -> None:
    """List requirements."""
    from secaudit.app.controls import library_of, list_requirements

    workspace = _workspace(session)
    rows = list_requirements(library_of(workspace), framework)
    emit_list(rows, TABLE if format_ == "table" else COLUMNS, format_)


@group.command("show", help=N_("Tell all about one requirement, and what the evidence says."))
@click.argument("requirement")
@option(
    "--format",
    "format_",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help=N_("How to print it."),
)
@pass_session
def show(session: Session, requirement: str, format_: str) -> None:
    """Show one requirement."""
    from secaudit.app.controls import show_requirement

    record = show_requirement(_workspace(session), requirement)
    if format_ == "json":
        emit_json(record)
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
@format_option
@pass_session
def coverage(
    session: Session, framework: str | None, standings: tuple[str, ...], format_: Format
) -> None:
    """Show coverage."""
    from secaudit.app.controls import coverage as assess

    result = assess(session.workspace, framework)
    rows = [
        {**row, "of": f"{row['supported']}/{row['assets']}"}
        for row in result.rows
        if not standings or row["standing"] in standings
    ]
    emit_list(
        rows,
        (
            Column("citation", N_("Requirement")),
            Column("title", N_("Title")),
            Column(
                "standing",
                N_("Evidence"),
                show=standing_of,
                style=lambda value: STANDING_STYLES.get(str(value), ""),
            ),
            Column("of", N_("Assets in support"), right=True),
            Column("contradicting", N_("Contradicted by"), show=findings_of),
        )
        if format_ == "table"
        else COVERAGE_COLUMNS,
        format_,
    )
    summarise(result)


@group.command("lint", help=N_("Look for faults in the catalogues and mappings."))
@format_option
@pass_session
def lint(session: Session, format_: Format) -> int:
    """Lint the library."""
    from secaudit.app.control_lint import lint as look

    rows = look(_workspace(session))
    if rows or format_ != "table":
        emit_list(
            rows,
            (
                Column("code", N_("Fault"), no_wrap=True),
                Column("message", N_("What is wrong")),
                Column("source", N_("Place")),
            ),
            format_,
        )
    if rows:
        return int(ExitCode.FAULTS_FOUND)
    say(gettext("No faults in the catalogues and mappings."))
    return int(ExitCode.DONE)
