"""Repair plans as rows: revised with a reason, made anew on rows without an id."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection

from reports.words import Words
from secaudit.app.exchange.fields import Edit, Field, Kind, Plain, names_in
from secaudit.app.exchange.noun import Applied, Edited, Entry, local_day
from secaudit.app.exchange.report import Statement
from secaudit.app.exchange.savepoint import attempt
from secaudit.app.plans import CLOSED, comment_in, plan_in, plan_row, revise_in
from secaudit.app.sla import today
from secaudit.app.workspace import Change, Workspace
from secaudit.core.errors import InputError, RefusedError, SecauditError
from secaudit.ledger import plans
from secaudit.ledger.plans import NewPlan, Plan, PlanEventKind, PlanState, Revision
from secaudit.ledger.sights import chunks
from secaudit.store.tables.ledger import plan_finding
from secaudit.text.language import N_, current_language


def _states(language: str) -> Mapping[str, str]:
    return {state.value: Words(language).of("exchange.plan_state", state) for state in PlanState}


FIELDS: tuple[Field, ...] = (
    Field("id", Kind.LINE, width=10),
    Field("state", Kind.WORD, Edit.STATE, 16, words=_states),
    Field("progress", Kind.LINE, width=12),
    Field("owner", Kind.LINE, Edit.FREE, 28),
    Field("action", Kind.TEXT, Edit.FREE, 48),
    Field("start", Kind.DAY, Edit.FREE, 13, may_be_empty=True),
    Field("due", Kind.DAY, Edit.FREE, 13),
    Field("effort_days", Kind.EFFORT, Edit.FREE, 12, may_be_empty=True),
    Field("cost", Kind.AMOUNT, Edit.FREE, 16, may_be_empty=True),
    Field("currency", Kind.LINE, Edit.NEW_ONLY, 8),
    Field("findings", Kind.IDS, Edit.FREE, 40),
    Field("reason", Kind.TEXT, Edit.ADDED, 32),
    Field("remark", Kind.TEXT, Edit.ADDED, 32),
    Field("created", Kind.DAY, width=13),
    Field("version", Kind.NUMBER, width=8),
)
_NEEDED = ("owner", "action", "due", "findings")


class PlanNoun:
    """Repair plans."""

    name = "plan"
    letter = "P"
    fields = FIELDS
    makes_new = True

    def entries(
        self, workspace: Workspace, connection: Connection, ids: Sequence[str]
    ) -> dict[str, Entry]:
        """Plans with the findings in them."""
        wanted = set(ids)
        items = [item for item in plans.list_all(connection) if item.id in wanted]
        day = today(workspace, datetime.now(UTC))
        progress = plans.progress_of(connection, [item.id for item in items])
        inside = findings_inside(connection, [item.id for item in items])
        words = Words(current_language().value)
        found = {}
        for item in items:
            row = plan_row(item, progress[item.id], day)
            counts = row["progress"]
            values: dict[str, Plain] = {
                field.key: row[field.key] for field in FIELDS if field.key in row
            }
            values |= {
                "progress": words("exchange.progress", done=counts["done"], total=counts["total"]),
                "findings": ", ".join(inside.get(item.id, ())) or None,
                "created": local_day(workspace, row["created_at"]),
                "reason": None,
                "remark": None,
            }
            found[item.id] = Entry(item.id, item.version, values)
        return found

    def standing(self, workspace: Workspace, connection: Connection) -> Sequence[str]:
        """What a list shows: plans that are neither done nor cancelled."""
        items = [item for item in plans.list_all(connection) if item.cancelled_at is None]
        progress = plans.progress_of(connection, [item.id for item in items])
        return [item.id for item in items if progress[item.id].state not in CLOSED]

    def closed_word(self, code: Any) -> str:
        """How a plan comes to a state."""
        if code == PlanState.CANCELLED.value:
            return N_("cancel it with: secaudit plan cancel")
        return N_("the state of a plan is counted from its findings")

    def missing(self, values: Mapping[str, Plain]) -> Sequence[str]:
        """What a new plan lacks."""
        return [key for key in _NEEDED if values.get(key) is None]

    def apply(
        self, workspace: Workspace, change: Change, rows: Sequence[Edited], reason: str
    ) -> Applied:
        """Revise plans and make new ones, each row whole or not at all."""
        refused: dict[int, list[Statement]] = {}
        made: dict[int, str] = {}
        already: list[int] = []
        remarks = _remarks_there(change, [row.id for row in rows if row.id])
        for row in rows:
            try:
                with attempt(change):
                    if row.id is not None:
                        self._revise(workspace, change, row, reason)
                        if not self._remark(change, row.id, row, remarks) and not row.values:
                            already.append(row.row)
                    elif (same := _same_plan(change.connection, row)) is not None:
                        made[row.row] = same
                        already.append(row.row)
                    else:
                        wanted = _new(row)
                        plan = plan_in(workspace, change, names_in(row.values["findings"]), wanted)
                        self._remark(change, plan.id, row, remarks)
                        made[row.row] = plan.id
            except SecauditError as error:
                refused[row.row] = [error]
        return Applied(refused, made, already)

    def _revise(self, workspace: Workspace, change: Change, row: Edited, reason: str) -> None:
        if not row.values or row.entry is None or row.id is None:
            return
        for key in ("owner", "action", "due", "findings"):
            if key in row.values and row.values[key] is None:
                if key == "findings":
                    raise RefusedError(
                        "no finding would be left in {plan}",
                        hint="cancel it with: secaudit plan cancel {plan} --reason TEXT",
                        plan=row.id,
                    )
                raise InputError("the {what} is empty", what=key)
        before = set(names_in(row.entry.values["findings"]))
        after = before
        if "findings" in row.values:
            after = set(names_in(row.values["findings"]))
        values = row.values
        wanted = Revision(
            owner=_text(values.get("owner")),
            action=_text(values.get("action")),
            due=_day(values.get("due")),
            start=_day(values.get("start")),
            effort_days=_number(values.get("effort_days")),
            cost=_whole(values.get("cost")),
            add=tuple(sorted(after - before)),
            remove=tuple(sorted(before - after)),
            emptied=tuple(key for key in values if values[key] is None),
        )
        why = str(row.added.get("reason") or reason)
        if not why.strip():
            raise InputError(
                "a change of {plan} needs a reason",
                hint="write it into the column of reasons, or give it once with: --reason TEXT",
                plan=row.id,
            )
        revise_in(workspace, change, row.id, wanted, version=row.entry.version, reason=why)

    def _remark(
        self, change: Change, plan: str, row: Edited, remarks: Mapping[str, set[str]]
    ) -> bool:
        """Leave the remark of a row, if it is not there already; tell whether one was left."""
        text = row.added.get("remark")
        if text is None or text in remarks.get(plan, ()):
            return False
        comment_in(change, plan, str(text))
        return True


def findings_inside(connection: Connection, ids: Sequence[str]) -> dict[str, list[str]]:
    """The ids of the findings in each of these plans."""
    found: dict[str, list[str]] = {}
    for chunk in chunks(list(ids)):
        query = plan_finding.select().where(
            plan_finding.c.plan_id.in_(chunk), plan_finding.c.removed_at.is_(None)
        )
        for row in connection.execute(query):
            found.setdefault(row.plan_id, []).append(row.finding_id)
    return {
        plan: sorted(inside, key=lambda name: (len(name), name)) for plan, inside in found.items()
    }


def _new(row: Edited) -> NewPlan:
    values = row.values
    return NewPlan(
        owner=str(values["owner"]),
        action=str(values["action"]),
        due=date.fromisoformat(str(values["due"])),
        start=_day(values.get("start")),
        effort_days=_number(values.get("effort_days")),
        cost=_whole(values.get("cost")),
        currency=str(values.get("currency") or "IDR").upper(),
    )


def _same_plan(connection: Connection, row: Edited) -> str | None:
    """A plan that says just this already: the same file was taken in before."""
    wanted = _new(row)
    inside = set(names_in(row.values["findings"]))

    def same(plan: Plan) -> bool:
        return plan.cancelled_at is None and all(
            getattr(plan, name) == value for name, value in vars(wanted).items()
        )

    alike = [plan.id for plan in plans.list_all(connection, owner=wanted.owner) if same(plan)]
    there = findings_inside(connection, alike)
    return next((plan for plan in alike if set(there.get(plan, ())) == inside), None)


def _remarks_there(change: Change, ids: Sequence[str]) -> dict[str, set[str]]:
    return {
        plan: {
            event.reason
            for event in plans.history(change.connection, plan, since=-1)
            if event.kind is PlanEventKind.COMMENTED
        }
        for plan in ids
    }


def _text(value: Plain) -> str | None:
    return None if value is None else str(value)


def _day(value: Plain) -> date | None:
    return None if value is None else date.fromisoformat(str(value))


def _number(value: Plain) -> float | None:
    return None if value is None else float(value)


def _whole(value: Plain) -> int | None:
    return None if value is None else int(value)
