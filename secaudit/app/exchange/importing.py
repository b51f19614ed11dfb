"""Taking a file in that people edited: first told row by row, then done whole or not at all.

The trial is the import itself in a transaction that is undone: what it says is what will happen.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextvars import copy_context
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from secaudit.app.exchange.given import Given, read_given
from secaudit.app.exchange.json_form import read_json
from secaudit.app.exchange.merging import Judged, Merger, Take
from secaudit.app.exchange.noun import Applied, Entry, Noun
from secaudit.app.exchange.report import (
    BLOCKING,
    Fate,
    FieldChange,
    ImportReport,
    RowReport,
    counted,
)
from secaudit.app.finding_acting import expire
from secaudit.app.risk_look import follow_findings, moved, note_weighing
from secaudit.app.workspace import Change, Workspace
from secaudit.content.tables import content_of
from secaudit.core.canonical import sha256_hex
from secaudit.core.errors import InputError, RefusedError, SecauditError
from secaudit.text.language import Language, current_language, set_language

_MEDIA_TYPES = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".csv": "text/csv",
    ".txt": "text/csv",
    ".json": "application/json",
}


@dataclass(frozen=True)
class ImportOrder:
    """What to take in, and how.

    ``take`` says whose value counts where both sides changed a field; ``reason`` stands for rows
    that give none of their own; ``skip_refused`` takes the rest where rows are refused.
    """

    noun: Noun
    path: Path
    take: Take | None = None
    reason: str = ""
    skip_refused: bool = False


class _Undo(Exception):  # noqa: N818 (no error: it ends a transaction that is to leave no trace)
    pass


@dataclass(frozen=True)
class Reading:
    """A file as it was read, so that the trial and the import are about the same bytes."""

    order: ImportOrder
    content: bytes
    given: Given

    @property
    def sha256(self) -> str:
        """The SHA-256 of the file."""
        return sha256_hex(self.content)


def read_file(order: ImportOrder) -> Reading:
    """Read a file by its suffix. Raises InputError that says what is wrong with it as a whole."""
    suffix = order.path.suffix.lower()
    if suffix not in _MEDIA_TYPES:
        raise InputError(
            "{path} cannot be taken in",
            hint="save it as .xlsx (without macros), .csv or .json",
            path=order.path,
        )
    content = content_of(order.path)
    reader = read_json if suffix == ".json" else read_given
    return Reading(order, content, reader(order.path, content, order.noun))


def trial(workspace: Workspace, reading: Reading) -> ImportReport:
    """Tell what taking the file in would do. Nothing is written."""
    _come_up_to_date(workspace)
    return _run(workspace, reading, write=False)


def take_in(
    workspace: Workspace, reading: Reading, told: ImportReport | None = None
) -> ImportReport:
    """Take the file in, all or nothing; keep it as evidence.

    Raises RefusedError where rows are refused and are not to be skipped, or where the workspace
    changed since ``told`` so that the file would do something else now.
    """
    _come_up_to_date(workspace)
    report = _run(workspace, reading, write=True, told=told)
    if report.blocked and not reading.order.skip_refused:
        raise RefusedError(
            "{count} rows are refused or in conflict: nothing was taken in",
            hint="correct them, settle conflicts with --take file or --take workspace, or take the"
            " rest with --skip-refused",
            count=len(report.blocked),
        )
    return report


def _come_up_to_date(workspace: Workspace) -> None:
    expire(workspace)
    follow_findings(workspace)


def _run(
    workspace: Workspace, reading: Reading, *, write: bool, told: ImportReport | None = None
) -> ImportReport:
    report: ImportReport | None = None
    try:
        with workspace.change() as change:
            report = _attempt(workspace, change, reading)
            stopped = bool(report.blocked) and not reading.order.skip_refused
            if told is not None and not report.same_as(told):
                raise RefusedError(
                    "the workspace was changed meanwhile: nothing was taken in",
                    hint="run the same command again, and look at what it would do now",
                )
            if stopped or not report.taken:
                raise _Undo  # noqa: TRY301 (raised inside the transaction that it undoes)
            _seal(workspace, change, reading, report)
            if not write:
                raise _Undo  # noqa: TRY301 (undoes what was only tried)
            suffix = reading.order.path.suffix.lower()
            workspace.evidence.put(reading.content, _MEDIA_TYPES[suffix])
            report = replace(report, written=True, skipped=bool(report.blocked))
    except _Undo:
        pass
    if report is None:
        raise AssertionError("a transaction that ended has a report")
    return report


def _attempt(workspace: Workspace, change: Change, reading: Reading) -> ImportReport:
    order, given = reading.order, reading.given
    noun = order.noun
    if noun.name == "risk":
        moved(workspace, change)
    ids = {
        cell.text.strip().upper() for row in given.rows if (cell := row.cells.get("id")) is not None
    }
    language = given.exported.language if given.exported else current_language().value

    @cache
    def entries(name: str) -> Mapping[str, Entry]:
        context = copy_context()
        context.run(set_language, Language(name))
        return context.run(noun.entries, workspace, change.connection, sorted(ids))

    judged = Merger(noun, given, entries, language, order.take).judge()
    edited = [item.edited for item in judged if item.edited is not None]
    applied = noun.apply(workspace, change, edited, order.reason) if edited else Applied({}, {})
    rows = [_report(number, item, applied) for number, item in enumerate(judged)]
    return ImportReport(
        noun=noun.name,
        file=order.path.name,
        sha256=reading.sha256,
        rows=rows,
        absent=_absent(workspace, change, reading, ids),
        notes=given.notes,
        counts=counted(rows),
    )


def _report(number: int, item: Judged, applied: Applied) -> RowReport:
    refusals = [*item.refusals, *applied.refused.get(number, ())]
    notes: list[SecauditError] = [*item.notes]
    for note in (applied.notes or {}).get(number, ()):
        if isinstance(note, SecauditError):
            notes.append(note)
    identity, fate = item.id, Fate.UNCHANGED
    changes: Sequence[FieldChange] = item.changes
    if refusals:
        fate = Fate.REFUSED
    elif item.conflicts:
        fate = Fate.CONFLICT
    elif item.edited is not None:
        identity = applied.made.get(number, item.id)
        fate = Fate.NEW if item.id is None else Fate.CHANGED
        if number in applied.already:
            fate, changes = Fate.UNCHANGED, ()
    else:
        changes = ()
    return RowReport(
        item.row.place, identity, fate, changes, item.conflicts, refusals, tuple(notes)
    )


def _absent(
    workspace: Workspace, change: Change, reading: Reading, ids: Iterable[str]
) -> list[str]:
    """What was exported and stands in no row; without a word on that, what a list shows."""
    noun, exported = reading.order.noun, reading.given.exported
    there = set(ids)
    if exported is not None:
        expected: Iterable[str] = exported.ids(noun.letter)
    else:
        expected = noun.standing(workspace, change.connection)
    return sorted(set(expected) - there, key=lambda name: (len(name), name))


def _seal(workspace: Workspace, change: Change, reading: Reading, report: ImportReport) -> None:
    """One row in the trail for the import, beside those of what it did; it names the file."""
    order = reading.order
    if order.noun.name == "risk":
        note_weighing(workspace, change)
    details: dict[str, Any] = {
        "sha256": report.sha256,
        "taken": [row.id for row in report.rows if row.fate is Fate.CHANGED],
        "made": [row.id for row in report.rows if row.fate is Fate.NEW],
        "left_out": [row.id or row.place for row in report.rows if row.fate in BLOCKING],
        "take": order.take,
    }
    change.record(f"{order.noun.name}.imported", order.path.name, details, reason=order.reason)
