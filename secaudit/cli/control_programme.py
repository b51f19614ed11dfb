"""``secaudit control programme``: the stages of a certification, with dates and proof."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from secaudit.assurance.vocabulary import StageState
from secaudit.assurance.words import say as word_of
from secaudit.cli.command import Group, argument, format_option, option
from secaudit.cli.control_attest import FILE, day_of
from secaudit.cli.day import DAY
from secaudit.cli.output import Column, Format, emit_list, say
from secaudit.cli.session import Session, pass_session
from secaudit.text.language import N_, gettext

if TYPE_CHECKING:
    from collections.abc import Mapping

TABLE = (
    Column("programme", N_("Programme"), no_wrap=True),
    Column("stage", N_("Stage"), no_wrap=True),
    Column("title", N_("Title")),
    Column(
        "state_shown",
        N_("State"),
        style=lambda text: "bold red" if text == gettext("late") else "",
        no_wrap=True,
    ),
    Column("day", N_("Day"), no_wrap=True),
)
CSV = tuple(
    Column(key, key)
    for key in (
        *("programme", "kind", "started_on", "stage", "title", "requirement", "state", "overdue"),
        *("planned_on", "planned_by_hand", "done_on", "note", "evidence"),
    )
)
COURSES = (
    Column("kind", N_("Programme"), no_wrap=True),
    Column("title", N_("Title")),
    Column("stages", N_("Stages"), show=lambda stages: ", ".join(stages)),
)


@click.group("programme", cls=Group, help=N_("The stages on the way to a certificate."))
def programme() -> None:
    """Hold the verbs."""


@programme.command("courses", help=N_("List the courses that a programme may follow."))
@format_option
@pass_session
def courses(session: Session, format_: Format) -> None:
    """List courses."""
    from secaudit.app.programme import courses as every

    _ = session.optional_workspace
    rows = every()
    emit_list(rows, COURSES, format_)
    if format_ == "table":
        for row in rows:
            say(f"\n{row['kind']}: {row['note']}")


@programme.command("start", help=N_("Begin a programme."))
@argument("course")
@option("--on", "day", type=DAY, metavar="YYYY-MM-DD", help=N_("Its first day (today)."))
@option("--note", default="", help=N_("What to know about it."))
@pass_session
def start(session: Session, course: str, day: datetime | None, note: str) -> None:
    """Begin a programme."""
    from secaudit.app.programme import start as begin

    identity = begin(session.workspace, course, day_of(day), note)
    say(gettext("{id} has begun. Its stages: secaudit control programme list").format(id=identity))


@programme.command("list", help=N_("List the stages of every programme."))
@format_option
@pass_session
def list_(session: Session, format_: Format) -> None:
    """List stages."""
    from secaudit.app.programme import list_stages

    rows = list_stages(session.workspace)
    if format_ == "table":
        rows = [{**row, **_shown(row)} for row in rows]
    emit_list(
        rows,
        TABLE if format_ == "table" else CSV,
        format_,
        empty=N_("No programme has begun: secaudit control programme start COURSE"),
    )


def _shown(row: "Mapping[str, Any]") -> dict[str, Any]:
    late = gettext("late")
    return {
        "state_shown": late if row["overdue"] else word_of(StageState, row["state"]),
        "day": row["done_on"] or row["planned_on"],
    }


@programme.command("set", help=N_("Plan a stage, or say that it is running or done."))
@argument("programme")
@argument("stage")
@option(
    "--state", type=click.Choice([item.value for item in StageState]), help=N_("How it stands.")
)
@option("--planned", type=DAY, metavar="YYYY-MM-DD", help=N_("The day it is planned for."))
@option("--on", "day", type=DAY, metavar="YYYY-MM-DD", help=N_("The day it was done."))
@option("--note", help=N_("What to know about it."))
@option(
    "--evidence",
    "files",
    multiple=True,
    type=FILE,
    help=N_("A file that shows it; it is kept as evidence (repeatable)."),
)
@pass_session
def set_(
    session: Session,
    programme: str,
    stage: str,
    state: str | None,
    planned: datetime | None,
    day: datetime | None,
    note: str | None,
    files: tuple[Path, ...],
) -> None:
    """Set a stage."""
    from secaudit.app.programme import set_stage

    made = set_stage(
        session.workspace,
        programme,
        stage,
        state=StageState(state) if state else None,
        planned_on=day_of(planned),
        done_on=day_of(day),
        note=note,
        files=files,
    )
    said = word_of(StageState, made.state.value)
    say(f"{programme.upper()} {stage}: {said} {made.done_on or made.planned_on or ''}".rstrip())
