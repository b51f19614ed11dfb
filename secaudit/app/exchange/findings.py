"""Findings as rows: whom they are given to, what is planned for those without a plan, remarks."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection

from reports.words import Words
from secaudit.app.exchange.fields import Edit, Field, Kind, Plain
from secaudit.app.exchange.noun import Applied, Edited, Entry, local_day
from secaudit.app.exchange.report import Statement
from secaudit.app.exchange.savepoint import attempt
from secaudit.app.finding_choice import SHOWN
from secaudit.app.finding_views import finding_rows
from secaudit.app.findings import assign_in, comment_in
from secaudit.app.plans import plan_in
from secaudit.app.workspace import Change, Workspace
from secaudit.core.errors import InputError, RefusedError, SecauditError
from secaudit.core.vocabulary import FindingState, Outcome, Severity
from secaudit.ledger import findings, plans
from secaudit.ledger.findings import EventKind, FindingFilter
from secaudit.ledger.plans import NewPlan
from secaudit.ledger.plans.model import CURRENCY
from secaudit.ledger.sights import chunks
from secaudit.store.tables.ledger import finding_event
from secaudit.text.language import N_

_PLANNED = ("plan_action", "plan_due", "plan_effort", "plan_cost")
_ROWS_AT_ONCE = 2_000


def _listed(kind: str, members: type[Any]) -> Any:
    return lambda language: {
        member.value: Words(language).of(kind, member.value) for member in members
    }


FIELDS: tuple[Field, ...] = (
    Field("id", Kind.LINE, width=10),
    Field("severity", Kind.WORD, width=12, words=_listed("severity", Severity)),
    Field("state", Kind.WORD, Edit.STATE, 18, words=_listed("state", FindingState)),
    Field("title", Kind.LINE, width=40),
    Field("subject", Kind.LINE, width=38),
    Field("asset_name", Kind.LINE, width=26),
    Field("owner", Kind.LINE, Edit.FREE, 28),
    Field("due", Kind.DAY, width=13),
    Field("plan", Kind.LINE, width=12),
    Field("plan_action", Kind.TEXT, Edit.FREE, 40, may_be_empty=True),
    Field("plan_due", Kind.DAY, Edit.FREE, 14, may_be_empty=True),
    Field("plan_effort", Kind.EFFORT, Edit.FREE, 12, may_be_empty=True),
    Field("plan_cost", Kind.AMOUNT, Edit.FREE, 16, may_be_empty=True),
    Field("remark", Kind.TEXT, Edit.ADDED, 36),
    Field("accepted_until", Kind.DAY, width=14),
    Field("check", Kind.LINE, width=28),
    Field("last_outcome", Kind.WORD, width=16, words=_listed("outcome", Outcome)),
    Field("first_seen", Kind.DAY, width=13),
    Field("last_seen", Kind.DAY, width=13),
)

_STATE_HINTS: Mapping[FindingState, str] = {
    FindingState.VERIFIED: N_("only a passing re-scan from the same zone verifies it"),
    FindingState.CLAIMED_FIXED: N_("say that it is repaired with: secaudit finding claim"),
    FindingState.ACCEPTED: N_(
        "to accept it takes an approver and the signed document: secaudit finding accept"
    ),
    FindingState.FALSE_POSITIVE: N_("two persons have to say so: secaudit finding dispute"),
    FindingState.PLANNED: N_("it is planned by filling in the repair and its last day"),
    FindingState.RETIRED: N_("it is closed with its asset: secaudit asset retire"),
}


class FindingNoun:
    """Findings."""

    name = "finding"
    letter = "F"
    fields = FIELDS
    makes_new = False

    def entries(
        self, workspace: Workspace, connection: Connection, ids: Sequence[str]
    ) -> dict[str, Entry]:
        """Findings with the plan that each is in."""
        found: dict[str, Entry] = {}
        wanted = list(dict.fromkeys(ids))
        for start in range(0, len(wanted), _ROWS_AT_ONCE):
            part = findings.by_ids(connection, wanted[start : start + _ROWS_AT_ONCE])
            planned = plans.plan_of(connection, [item.id for item in part])
            for row in finding_rows(workspace, connection, part):
                plan = planned.get(row["id"])
                values: dict[str, Plain] = {
                    field.key: row[field.key] for field in FIELDS if field.key in row
                }
                values |= {
                    "first_seen": local_day(workspace, row["first_seen"]),
                    "last_seen": local_day(workspace, row["last_seen"]),
                    "owner": row["owner"] or None,
                    "plan": plan.id if plan else None,
                    "plan_action": plan.action if plan else None,
                    "plan_due": plan.due.isoformat() if plan else None,
                    "plan_effort": plan.effort_days if plan else None,
                    "plan_cost": plan.cost if plan and plan.currency == CURRENCY else None,
                    "remark": None,
                }
                found[row["id"]] = Entry(row["id"], 0, values)
        return found

    def standing(self, workspace: Workspace, connection: Connection) -> Sequence[str]:
        """What a list shows: all that still fails."""
        wanted = FindingFilter(states=tuple(SHOWN))
        return [row.id for row in findings.owned_rows(connection, wanted)]

    def closed_word(self, code: Any) -> str:
        """How a finding comes to a state."""
        try:
            return _STATE_HINTS.get(FindingState(str(code)), "")
        except ValueError:
            return ""

    def missing(self, values: Mapping[str, Plain]) -> Sequence[str]:
        """Findings are never made here."""
        return ()

    def apply(
        self, workspace: Workspace, change: Change, rows: Sequence[Edited], reason: str
    ) -> Applied:
        """Assign, plan and comment on findings; rows that say the same are done at once.

        A row is taken whole or not at all: where a group finds one that is refused, all is undone
        and done again without it.
        """
        refused: dict[int, list[Statement]] = {}
        made: dict[str, list[str]] = {}
        idle = _idle(change.connection, rows)
        left = list(rows)
        while left:
            faults = self._refused_plainly(left)
            if not faults:
                try:
                    with attempt(change):
                        made, faults = self._apply(workspace, change, left, reason)
                        if faults:
                            raise _Again  # noqa: TRY301 (undoes what the block did)
                except _Again:
                    pass
            if not faults:
                break
            refused |= faults
            left = [row for row in left if row.row not in faults]
        plan_of = {identity: plan for plan, ids in made.items() for identity in ids}
        notes: dict[int, list[Exception]] = {
            row.row: [InputError("becomes part of the plan {plan}", plan=plan_of[row.id])]
            for row in left
            if row.id in plan_of
        }
        return Applied(refused, {}, idle, notes)

    def _refused_plainly(self, rows: Sequence[Edited]) -> dict[int, list[Statement]]:
        faults: dict[int, list[Statement]] = {}
        for row in rows:
            wanted = [key for key in _PLANNED if row.values.get(key) is not None]
            emptied = [key for key in _PLANNED if key in row.values and key not in wanted]
            standing = row.entry.values.get("plan") if row.entry else None
            if standing and (wanted or emptied):
                faults[row.row] = [
                    RefusedError(
                        "{finding} is in {plan}: a plan is changed in its own file",
                        hint="secaudit plan export, or: secaudit plan revise {plan}",
                        finding=row.id,
                        plan=standing,
                    )
                ]
            elif wanted and not {"plan_action", "plan_due"} <= set(wanted):
                faults[row.row] = [
                    InputError(
                        "a plan for {finding} needs an action and a last day", finding=row.id
                    )
                ]
            elif "owner" in row.values and row.values["owner"] is None:
                faults[row.row] = [InputError("the {what} is empty", what="owner")]
        return faults

    def _apply(
        self, workspace: Workspace, change: Change, rows: Sequence[Edited], reason: str
    ) -> tuple[dict[str, list[str]], dict[int, list[Statement]]]:
        faults: dict[int, list[Statement]] = {}
        made: dict[str, list[str]] = {}

        def assigned(ids: Sequence[str], key: tuple[Any, ...]) -> None:
            assign_in(change, ids, str(key[0]))

        def planned(ids: Sequence[str], key: tuple[Any, ...]) -> None:
            owner, action, due, effort, cost = key
            wanted = NewPlan(owner, action, date.fromisoformat(due), None, effort, cost)
            made[plan_in(workspace, change, ids, wanted).id] = list(ids)

        def commented(ids: Sequence[str], key: tuple[Any, ...]) -> None:
            comment_in(change, ids, str(key[0]))

        remarks = _remarks_there(change.connection, [row.id or "" for row in rows])
        groups: list[tuple[Any, dict[tuple[Any, ...], list[Edited]]]] = [
            (assigned, {}), (planned, {}), (commented, {}),
        ]  # fmt: skip
        for row in rows:
            if "owner" in row.values:
                groups[0][1].setdefault((row.values["owner"],), []).append(row)
            if row.values.get("plan_action") is not None:
                owner = row.values.get("owner") or (row.entry and row.entry.values["owner"])
                key = (owner or "", *(row.values.get(name) for name in _PLANNED))
                groups[1][1].setdefault(key, []).append(row)
            remark = row.added.get("remark")
            if remark is not None and remark not in remarks.get(row.id or "", ()):
                groups[2][1].setdefault((remark,), []).append(row)
        for act, grouped in groups:
            for key, members in grouped.items():
                faults |= _done_or_faults(change, act, key, members)
        return made, faults


def _idle(connection: Connection, rows: Sequence[Edited]) -> frozenset[int]:
    """The rows that say nothing but a remark that is there already."""
    remarks = _remarks_there(connection, [row.id or "" for row in rows])
    return frozenset(
        row.row
        for row in rows
        if not row.values and row.added.get("remark") in remarks.get(row.id or "", ())
    )


class _Again(Exception):  # noqa: N818 (no error: it undoes a part that is tried again)
    pass


def _done_or_faults(
    change: Change, act: Any, key: tuple[Any, ...], members: Sequence[Edited]
) -> dict[int, list[Statement]]:
    """Do it for all at once; where that is refused, find the rows that it is refused for."""
    try:
        with attempt(change):
            act([row.id for row in members], key)
    except SecauditError as error:
        if len(members) == 1:
            return {members[0].row: [error]}
    else:
        return {}
    half = len(members) // 2
    return {
        **_done_or_faults(change, act, key, members[:half]),
        **_done_or_faults(change, act, key, members[half:]),
    }


def _remarks_there(connection: Connection, ids: Sequence[str]) -> dict[str, set[str]]:
    """The remarks that findings have already, so that the same file again adds none."""
    found: dict[str, set[str]] = {}
    for chunk in chunks(list(ids)):
        query = (
            finding_event.select()
            .with_only_columns(finding_event.c.finding_id, finding_event.c.reason)
            .where(
                finding_event.c.finding_id.in_(chunk),
                finding_event.c.kind == EventKind.COMMENTED.value,
            )
        )
        for identity, text in connection.execute(query):
            found.setdefault(identity, set()).add(text)
    return found
