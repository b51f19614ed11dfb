"""Writing findings, plans or the risk register to a file that can be filled in and taken back."""

from collections.abc import Sequence
from contextvars import copy_context
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from reports.exchange.delimited import form_csv
from reports.exchange.model import FormColumn, FormTable
from reports.exchange.workbook import form_xlsx
from reports.spreadsheet import Value
from secaudit.app.exchange.base import Base
from secaudit.app.exchange.exported import META_SHEET, Exported, meta_rows, runs_of
from secaudit.app.exchange.fields import Edit
from secaudit.app.exchange.json_form import form_json
from secaudit.app.exchange.noun import Entry, Noun
from secaudit.app.files import require_free, write_whole
from secaudit.app.sla import today
from secaudit.app.workspace import Workspace
from secaudit.text.language import Language, current_language, set_language

FORMATS = ("xlsx", "csv", "json")


@dataclass(frozen=True)
class ExportOrder:
    """Which objects to write, in this order, and how."""

    noun: Noun
    ids: Sequence[str]
    format_: str
    language: Language | None = None


def write_export(
    workspace: Workspace, order: ExportOrder, target: Path, *, overwrite: bool = False
) -> int:
    """Write the file, whole or not at all; return how many objects are in it."""
    require_free(target, overwrite=overwrite)
    context = copy_context()
    if order.language is not None:
        context.run(set_language, order.language)
    content, count = context.run(_content, workspace, order)
    write_whole(target, content)
    return count


def _content(workspace: Workspace, order: ExportOrder) -> tuple[bytes, int]:
    now = datetime.now(UTC)
    language = current_language().value
    with workspace.view() as connection:
        known = order.noun.entries(workspace, connection, order.ids)
    entries = [known[identity] for identity in order.ids if identity in known]
    exported = Exported(order.noun.name, language, now, runs_of(known))
    based = [(entry, base_of(order.noun, entry, language)) for entry in entries]
    if order.format_ == "json":
        return form_json(order.noun, exported, based), len(entries)
    table = FormTable(
        noun=order.noun.name,
        language=language,
        timezone=workspace.settings.timezone,
        organisation=workspace.settings.organisation,
        day=today(workspace, now),
        at=now,
        columns=_columns(order.noun, language),
        rows=[_row(order.noun, entry, base, language) for entry, base in based],
        meta_title=META_SHEET,
        meta=meta_rows(exported),
    )
    write = form_csv if order.format_ == "csv" else form_xlsx
    return write(table), len(entries)


def base_of(noun: Noun, entry: Entry, language: str) -> Base:
    """The base of an object as it is now."""
    marks = {
        field.key: field.mark(entry.values.get(field.key), language)
        for field in noun.fields
        if field.key != "id" and field.edit is not Edit.ADDED
    }
    return Base(entry.id, entry.version, language, marks)


def _columns(noun: Noun, language: str) -> list[FormColumn]:
    return [
        FormColumn(
            field.key,
            field.heading(language),
            field.width,
            editable=field.editable,
            new_only=field.edit is Edit.NEW_ONLY,
            choices=tuple(field.offered(language)) if field.offered else (),
        )
        for field in noun.fields
    ]


def _row(noun: Noun, entry: Entry, base: Base, language: str) -> Sequence[Value]:
    return [
        *(
            entry.id if field.key == "id" else field.shown(entry.values.get(field.key), language)
            for field in noun.fields
        ),
        str(base),
    ]
