"""``secaudit control raci``: who does, answers for, is asked about and is told of a task."""

from collections.abc import Mapping
from typing import Any

import click

from secaudit.cli.command import Command, argument, format_option
from secaudit.cli.output import Column, Format, emit_json, emit_list, emit_text, say
from secaudit.cli.session import Session, pass_session
from secaudit.text.language import N_, gettext


@click.command("raci", cls=Command, help=N_("Who does which task (RACI), as a regulation says."))
@argument("matrix", required=False)
@format_option
@pass_session
def raci(session: Session, matrix: str | None, format_: Format) -> None:
    """Show RACI matrices."""
    from secaudit.app.control_raci import matrices
    from secaudit.app.controls import library_of

    found = matrices(library_of(session.optional_workspace), matrix)
    if format_ == "json":
        emit_json(found)
        return
    for one in found:
        _tell(one, format_)


def _tell(matrix: Mapping[str, Any], format_: Format) -> None:
    if format_ == "table":
        emit_text(f"{matrix['title']} ({matrix['id']}, {matrix['citation']})\n")
    rows = [
        {
            "task": task["key"],
            "title": task["title"],
            "requirement": task["requirement"],
            **{actor: _cell(cell) for actor, cell in task["cells"].items()},
        }
        for task in matrix["tasks"]
    ]
    columns = (
        Column("task", N_("Task"), no_wrap=True),
        *(
            (Column("title", N_("Title")), Column("requirement", N_("Requirement")))
            if format_ == "csv"
            else ()
        ),
        *(Column(key, title) for key, title in matrix["actors"].items()),
    )
    emit_list(rows, columns, format_)
    if format_ != "table":
        return
    for task in matrix["tasks"]:
        given = f" ({task['requirement_citation']})" if task["requirement"] else ""
        emit_text(f"{task['key']}: {task['title']}{given}")
    emit_text("")
    for letter, meaning in matrix["legend"].items():
        emit_text(f"{letter}: {meaning}")
    _tell_doubts(matrix)


def _cell(cell: Mapping[str, Any]) -> str:
    if cell["letters"] is not None:
        return "/".join(cell["letters"]) + ("*" if cell["confirmed"] else "")
    return "?" + (f" ({'/'.join(cell['read_as'])})" if cell["read_as"] else "")


def _tell_doubts(matrix: Mapping[str, Any]) -> None:
    for task in matrix["tasks"]:
        for actor, cell in task["cells"].items():
            name = matrix["actors"][actor]
            if cell["open"]:
                say(f"? {task['citation']}, {name}: {cell['why_open']}")
            elif cell["confirmed"]:
                words = gettext("confirmed by {by} on {on}").format(**cell["confirmed"])
                say(f"* {task['citation']}, {name}: {words}")
    if matrix["open_cells"]:
        say(
            gettext("Open cells: {count}. Confirm them from the signed copy.").format(
                count=matrix["open_cells"]
            )
        )
