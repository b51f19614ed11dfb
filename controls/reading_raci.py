"""Reading RACI matrices, and laying over them what people confirmed from the signed copy."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from controls.crosswalk import Confirmation
from controls.raci import (
    ConfirmedCell,
    MatrixEntry,
    OpenCell,
    RaciCell,
    RaciFile,
    RaciMatrix,
    RaciTask,
    TaskEntry,
)
from controls.shelf import Shelf, place
from secaudit.content.yaml import Document, Location


def read_matrices(shelf: Shelf, folders: Sequence[Path]) -> tuple[RaciMatrix, ...]:
    """Read ``raci/`` of each folder; a confirmed cell of a later layer wins."""
    files = [
        (layer, document, file)
        for layer, folder in enumerate(folders)
        for document, file in shelf.files(folder / "raci", RaciFile)
    ]
    for shelf.layer, document, file in files:
        if file.matrix is not None:
            _put_matrix(shelf, document, file.raci, file.matrix)
    for shelf.layer, document, file in files:
        seen: set[tuple[str, str]] = set()
        for index, cell in enumerate(file.confirmed):
            at: Location = ("confirmed", index)
            if (cell.task, cell.actor) in seen:
                shelf.refuse(
                    document.error(
                        at,
                        "{task} is confirmed twice for {actor}",
                        task=cell.task,
                        actor=cell.actor,
                    )
                )
            else:
                seen.add((cell.task, cell.actor))
                _confirm(shelf, document, at, file.raci, cell)
    return tuple(matrix for _, (_, matrix) in sorted(shelf.matrices.items()))


def _put_matrix(shelf: Shelf, document: Document, name: str, entry: MatrixEntry) -> None:
    before = shelf.matrices.get(name)
    if before is not None and before[0] == shelf.layer:
        shelf.refuse(document.error(("matrix",), "the matrix {id!r} is described twice", id=name))
        return
    tasks = []
    for index, task in enumerate(entry.tasks):
        at: Location = ("matrix", "tasks", index)
        requirement = f"{entry.framework}:{task.requirement}" if task.requirement else None
        if requirement is not None and not shelf.knows(document, (*at, "requirement"), requirement):
            requirement = None
        tasks.append(_task(task, requirement))
    shelf.matrices[name] = (
        shelf.layer,
        RaciMatrix(
            id=name,
            framework=entry.framework,
            title=entry.title,
            citation=entry.citation,
            confidence=entry.confidence,
            note=entry.note,
            legend=entry.legend,
            actors=entry.actors,
            tasks=tuple(tasks),
        ),
    )


def _task(task: TaskEntry, requirement: str | None) -> RaciTask:
    return RaciTask(
        key=task.key,
        title=task.title,
        citation=task.citation,
        requirement=requirement,
        lines=task.lines,
        cells={
            actor: RaciCell(None, cell.read_as, cell.why)
            if isinstance(cell, OpenCell)
            else RaciCell(cell)
            for actor, cell in task.cells.items()
        },
    )


def _confirm(
    shelf: Shelf, document: Document, at: Location, name: str, cell: ConfirmedCell
) -> None:
    unread = RaciFile in shelf.incomplete
    if name not in shelf.matrices:
        if not unread:
            shelf.refuse(document.error(("raci",), "no file describes the matrix {id!r}", id=name))
        return
    layer, matrix = shelf.matrices[name]
    task = next((one for one in matrix.tasks if one.key == cell.task), None)
    if task is None or cell.actor not in task.cells:
        if not unread:
            shelf.refuse(
                document.error(
                    at,
                    "{matrix} has no cell {task}, {actor}",
                    hint="see: secaudit control raci",
                    matrix=name,
                    task=cell.task,
                    actor=cell.actor,
                )
            )
        return
    confirmed = replace(
        task.cells[cell.actor],
        letters=cell.letters,
        confirmed=Confirmation(by=cell.by, on=cell.on, proof=cell.proof),
        source=place(document, at),
    )
    changed = replace(task, cells={**task.cells, cell.actor: confirmed})
    tasks = tuple(changed if one is task else one for one in matrix.tasks)
    shelf.matrices[name] = (layer, replace(matrix, tasks=tasks))
