"""What a person changed in a row, and whether somebody else changed the same meanwhile.

Three values of each field are compared: what was exported (by its mark in the base), what the file
says now, and what the workspace says now. Only what the file changed is a change; where both
changed the same field to something else, that is a conflict.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from secaudit.app.exchange.base import Base, read_base
from secaudit.app.exchange.fields import Edit, Field, Kind, Plain, is_unsure_day, mark_of
from secaudit.app.exchange.given import BASE, Given, GivenRow
from secaudit.app.exchange.noun import Edited, Entry, Noun
from secaudit.app.exchange.report import FieldChange, FieldConflict, Statement
from secaudit.content.tables import Cell
from secaudit.core.errors import InputError, RefusedError, SecauditError
from secaudit.text.days import with_month_first
from secaudit.text.escape import from_cell

Take = Literal["file", "workspace"]
EntriesIn = Callable[[str], Mapping[str, Entry]]
"""The objects of a noun as they are now, in a language."""
_ID = re.compile(r"[A-Z]+-\d{4,9}")


@dataclass
class Judged:
    """One row with what was found out about it."""

    row: GivenRow
    id: str | None = None
    edited: Edited | None = None
    """What is to be done; None for a row that is refused, in conflict, or unchanged."""
    changes: list[FieldChange] = field(default_factory=list)
    conflicts: list[FieldConflict] = field(default_factory=list)
    refusals: list[Statement] = field(default_factory=list)
    notes: list[Statement] = field(default_factory=list)


class Merger:
    """Judges the rows of one file."""

    def __init__(
        self, noun: Noun, given: Given, entries: EntriesIn, language: str, take: Take | None
    ) -> None:
        self._noun, self._given, self._entries = noun, given, entries
        self._language, self._take = language, take
        self._fields = [item for item in noun.fields if item.key in given.columns]
        self._month_first = any(map(self._has_month_first, given.rows))

    def judge(self) -> list[Judged]:
        """Judge every row, in the order of the file."""
        judged = [Judged(row) for row in self._given.rows]
        for number, item in enumerate(judged):
            self._identify(item)
            if not item.refusals:
                self._merge(number, item)
        self._refuse_doubles(judged)
        return judged

    def _identify(self, item: Judged) -> None:
        cell = item.row.cells.get("id", Cell())
        text = from_cell(cell.text).strip().upper()
        item.id = text or None
        for key in ("id", BASE):
            if key in item.row.merged:
                item.refusals.append(self._merged(item.row, key))
            found = item.row.cells.get(key)
            if found is not None and found.fault is not None:
                item.refusals.append(found.fault)
        if item.id is None and not item.refusals:
            self._require_new(item)
            return
        if item.id is not None and (
            _ID.fullmatch(item.id) is None or not item.id.startswith(f"{self._noun.letter}-")
        ):
            item.refusals.append(
                InputError(
                    "{text!r} is not an id such as {letter}-0001",
                    source=item.row.places.get("id"),
                    text=cell.text,
                    letter=self._noun.letter,
                )
            )

    def _require_new(self, item: Judged) -> None:
        if not self._noun.makes_new:
            item.refusals.append(
                RefusedError(
                    "a finding is never made by a file",
                    hint="findings come from scans and from results of other tools that are"
                    " taken in",
                )
            )
        elif BASE in item.row.cells:
            item.refusals.append(
                InputError(
                    "the id of this row was deleted",
                    hint="write it back, or delete the base version too to make a new one",
                    source=item.row.places.get("id"),
                )
            )

    def _merge(self, number: int, item: Judged) -> None:
        base = self._base_of(item)
        if item.refusals:
            return
        language = base.language if base is not None else self._language
        entry = self._entries(language).get(item.id) if item.id is not None else None
        if item.id is not None and entry is None:
            item.refusals.append(
                RefusedError("there is no {noun} {id}", noun=self._noun.name, id=item.id)
            )
            return
        values: dict[str, Plain] = {}
        added: dict[str, Plain] = {}
        for known in self._fields:
            if known.key == "id" or known.key not in item.row.places:
                continue
            if item.id is not None and known.edit in (Edit.NEVER, Edit.STATE, Edit.NEW_ONLY):
                self._look_at_fixed(item, known, base, entry)
                continue
            if known.edit in (Edit.NEVER, Edit.STATE):
                self._tell_ignored(item, known)
                continue
            readable, value = self._read(item, known, base)
            if not readable:
                continue
            if known.edit is Edit.ADDED:
                if value is not None:
                    added[known.key] = value
                    item.changes.append(FieldChange(known.key, None, value))
            elif entry is None:
                if value is not None:
                    values[known.key] = value
                    item.changes.append(FieldChange(known.key, None, value))
            else:
                self._compare(item, known, value, entry, base, language, values)
        if item.refusals:
            return
        if entry is None and (missing := self._noun.missing(values)):
            item.refusals.append(
                InputError(
                    "a new row lacks: {names}",
                    names=", ".join(
                        found.heading(self._language)
                        for found in self._noun.fields
                        if found.key in missing
                    ),
                )
            )
            return
        if item.conflicts or not (values or added):
            return
        if set(added) == {"reason"} and not values:
            item.changes.clear()
            item.notes.append(InputError("a reason alone changes nothing"))
            return
        item.edited = Edited(number, item.id, values, added, entry)

    def _base_of(self, item: Judged) -> Base | None:
        cell = item.row.cells.get(BASE)
        if cell is None or item.id is None:
            return None
        try:
            base = read_base(from_cell(cell.text))
        except InputError as error:
            item.refusals.append(_at(error, item.row.places.get(BASE)))
            return None
        if base.id != item.id:
            item.refusals.append(
                InputError(
                    "this row says {id}, but its base version is of {other}",
                    hint="columns were sorted or pasted apart: export anew, and enter the changes"
                    " there",
                    source=item.row.places.get("id"),
                    id=item.id,
                    other=base.id,
                )
            )
        return base

    def _read(self, item: Judged, known: Field, base: Base | None) -> tuple[bool, Plain]:
        key, cell = known.key, item.row.cells.get(known.key, Cell())
        if key in item.row.merged:
            item.refusals.append(self._merged(item.row, key))
            return False, None
        as_it_was = from_cell(cell.text).strip() or None
        if base is not None and cell.fault is None and _is(base, key, as_it_was):
            return True, as_it_was
        if known.kind is Kind.DAY and cell.text and cell.fault is None:
            swapped = with_month_first(from_cell(cell.text)) if cell.day is None else None
            if swapped is not None and base is not None and _is(base, key, swapped.isoformat()):
                return True, swapped.isoformat()
            if is_unsure_day(cell):
                if self._month_first:
                    item.refusals.append(
                        InputError(
                            "{value!r} may be two days: other dates of this file have the month"
                            " first",
                            hint="write it as 2026-12-15, or as 15 Desember 2026",
                            source=item.row.places[key],
                            value=cell.text,
                        )
                    )
                    return False, None
                item.notes.append(
                    InputError(
                        "{value!r} is read with the day first",
                        source=item.row.places[key],
                        value=cell.text,
                    )
                )
        try:
            return True, known.read(cell)
        except InputError as error:
            item.refusals.append(_at(error, item.row.places.get(key)))
            return False, None

    def _compare(
        self,
        item: Judged,
        known: Field,
        value: Plain,
        entry: Entry,
        base: Base | None,
        language: str,
        values: dict[str, Plain],
    ) -> None:
        key, standing = known.key, entry.values.get(known.key)
        if mark_of(value) == known.mark(standing, language):
            return
        if base is not None and _is(base, key, value):
            return
        known_base = base is not None and key in base.marks
        if known_base and base is not None and base.marks[key] == known.mark(standing, language):
            values[key] = value
            item.changes.append(FieldChange(key, standing, value))
        elif self._take == "file":
            values[key] = value
            item.changes.append(FieldChange(key, standing, value))
            item.notes.append(
                InputError(
                    "{field}: the file wins over the workspace",
                    field=known.heading(self._language),
                )
            )
        elif self._take == "workspace":
            item.notes.append(
                InputError(
                    "{field}: the workspace's value stays", field=known.heading(self._language)
                )
            )
        else:
            item.conflicts.append(FieldConflict(key, standing, value))
            if not known_base:
                item.notes.append(
                    InputError(
                        "the row has no base version: whether somebody else changed it since, "
                        "nobody can tell"
                    )
                )

    def _look_at_fixed(
        self, item: Judged, known: Field, base: Base | None, entry: Entry | None
    ) -> None:
        """Tell an edit of what cannot be edited; refuse that of a state."""
        key, cell = known.key, item.row.cells.get(known.key, Cell())
        if key in item.row.merged:
            return
        try:
            value: Plain = known.read(cell)
        except InputError:
            value = cell.text
        language = base.language if base is not None else self._language
        standing = known.mark(entry.values.get(key), language) if entry is not None else None
        if mark_of(value) == standing:
            return
        if base is None or key not in base.marks:
            # Without a base nobody can tell an edit from an old export; a state is refused anyway.
            if known.edit is not Edit.STATE or value is None:
                return
        elif _is(base, key, value) or _is_swapped_day(base, known, cell):
            return
        place = item.row.places.get(known.key)
        if known.edit is Edit.STATE:
            item.refusals.append(
                _at(
                    RefusedError(
                        "a state cannot be set by a file: {value!r}",
                        hint=self._noun.closed_word(value)
                        or "it is the outcome of what people and scans do",
                        value=cell.text,
                    ),
                    place,
                )
            )
            return
        item.notes.append(
            InputError(
                "{column} cannot be changed here; {value!r} is ignored",
                source=place,
                column=known.heading(self._language),
                value=" ".join(cell.text.split())[:80],
            )
        )

    def _tell_ignored(self, item: Judged, known: Field) -> None:
        cell = item.row.cells.get(known.key)
        if cell is not None:
            item.notes.append(
                InputError(
                    "{column} cannot be set here; {value!r} is ignored",
                    source=item.row.places.get(known.key),
                    column=known.heading(self._language),
                    value=" ".join(cell.text.split())[:80],
                )
            )

    def _merged(self, row: GivenRow, key: str) -> InputError:
        return InputError(
            "the cell is merged with others ({cells}): only the first of them keeps the value",
            hint="split the cells, and write the value into each row",
            source=row.places.get(key),
            cells=row.merged[key],
        )

    def _refuse_doubles(self, judged: Sequence[Judged]) -> None:
        counted = Counter(item.id for item in judged if item.id is not None)
        for item in judged:
            if item.id is not None and counted[item.id] > 1:
                others = [
                    other.row.place for other in judged if other is not item and other.id == item.id
                ]
                item.edited = None
                item.changes.clear()
                item.conflicts.clear()
                item.refusals.append(
                    InputError(
                        "{id} stands in {count} rows; another one is at {place}",
                        hint="keep the one that counts",
                        source=item.row.place,
                        id=item.id,
                        count=counted[item.id],
                        place=others[0],
                    )
                )

    def _has_month_first(self, row: GivenRow) -> bool:
        """Tell whether a date of the row can only be one with the month first."""
        for known in self._fields:
            cell = row.cells.get(known.key)
            if known.kind is not Kind.DAY or cell is None or cell.day is not None:
                continue
            found = re.match(r"\s*(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*\d{4}", cell.text)
            if found is not None and int(found[1]) <= 12 < int(found[2]):
                return True
        return False


def _is(base: Base, key: str, value: Plain) -> bool:
    return base.marks.get(key) == mark_of(value)


def _is_swapped_day(base: Base, known: Field, cell: Cell) -> bool:
    """Tell whether a day is as it was exported, but that a spreadsheet wrote the month first."""
    if known.kind is not Kind.DAY or cell.day is not None:
        return False
    swapped = with_month_first(cell.text)
    return swapped is not None and _is(base, known.key, swapped.isoformat())


def _at(error: SecauditError, place: str | None) -> InputError:
    """The error with the place of its cell."""
    if isinstance(error, InputError) and error.source is not None:
        return error
    return InputError(error.message, hint=error.hint, source=place, line=None, **error.facts)
