"""Audit programmes as a use case: what is planned over the years, and what was carried out."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from controls.library import Library
from secaudit.app.approvals import approvals_of, approve, require_other
from secaudit.app.audit.common import account, identity, kept_one, proof_of, row_of, this_day
from secaudit.app.audit.scope import approved_statement, criteria_of
from secaudit.app.calendar import obligation_row, standing
from secaudit.app.controls import library_of
from secaudit.app.workspace import Workspace
from secaudit.audit import engagements, papers, programmes
from secaudit.audit.engagements import Engagement
from secaudit.audit.programmes import NewProgramme, Programme
from secaudit.audit.vocabulary import EngagementState
from secaudit.core.errors import NotFoundError


def add_programme(
    workspace: Workspace, new: NewProgramme, document: Path | None = None
) -> Programme:
    """Record a programme; where an approver is named, a registered one approves it.

    Raises NotFoundError for an obligation that the calendar lacks.
    """
    library = library_of(workspace)
    if new.obligation is not None:
        with workspace.view() as connection:
            key = obligation_key(workspace, connection, library, new.obligation)
        new = replace(new, obligation=key)
    action, approval = "audit.programme", None
    if new.approver.strip():
        action = "audit.programme_approved"
        approval = approve(workspace, action, by=new.approver, document=document)
        new = replace(new, approver=approval.name, document=proof_of(approval))
    else:
        new = replace(new, document=kept_one(workspace, document))
    with workspace.change() as change:
        made = programmes.add(change.connection, new, change.at, account(change))
        if approval is not None:
            require_other(change.authority, approval, what=made.id, entered=(account(change),))
        change.record(action, made.id, row_of(made), reason=made.basis, approval=approval)
    return made


def list_programmes(workspace: Workspace) -> list[dict[str, Any]]:
    """List the programmes with how far they are carried out."""
    with workspace.view() as connection:
        return [
            _row(item, engagements.list_all(connection, programme=item.id))
            for item in programmes.list_all(connection)
        ]


def show_programme(workspace: Workspace, programme_id: str) -> dict[str, Any]:
    """Tell all about one programme: its engagements by year, its obligation, what it left out."""
    library = library_of(workspace)
    with workspace.view() as connection:
        found = programmes.get(connection, identity(programme_id))
        members = engagements.list_all(connection, programme=found.id)
        row = _row(found, members)
        row["obligation_state"] = _obligation(workspace, connection, library, found)
        row["coverage"] = _coverage(connection, library, members)
        row["approvals"] = approvals_of(connection, found.id)
        row["engagements"] = [
            {
                "id": item.id,
                "title": item.title,
                "state": item.state.value,
                "year": item.planned_from.year,
                "planned_from": item.planned_from.isoformat(),
                "planned_until": item.planned_until.isoformat(),
                "criteria": list(item.criteria),
                "late": late(workspace, item),
            }
            for item in members
        ]
    return row


def obligation_key(
    workspace: Workspace, connection: Connection, library: Library, name: str
) -> str:
    """The key of an obligation of the calendar, however it was written. Raises NotFoundError."""
    from controls.lookup import find

    day = this_day(workspace)
    local, mark, rest = name.partition("#")
    key = find(library, local).id + mark + rest
    if any(item.key == key for item, _, _ in standing(workspace, connection, library, day)):
        return key
    raise NotFoundError(
        "{name} is no obligation with a date or a rhythm that binds here",
        hint="see: secaudit calendar",
        name=key,
    )


def late(workspace: Workspace, item: Engagement) -> bool:
    """Whether an engagement should have been started or concluded by now."""
    day = this_day(workspace)
    if item.state is EngagementState.PLANNED:
        return item.planned_from < day
    return item.state is EngagementState.RUNNING and item.planned_until < day


def _row(item: Programme, members: list[Engagement]) -> dict[str, Any]:
    standing_members = [one for one in members if one.state is not EngagementState.CANCELLED]
    by_year = Counter(one.planned_from.year for one in standing_members)
    done = [one for one in members if one.state is EngagementState.CONCLUDED]
    years = sorted({*item.years, *by_year})
    return {
        **row_of(item),
        "asked": item.asked,
        "planned": len(standing_members),
        "concluded": len(done),
        "years": {str(year): by_year[year] for year in years},
    }


def _obligation(
    workspace: Workspace, connection: Connection, library: Library, found: Programme
) -> dict[str, Any] | None:
    if found.obligation is None:
        return None
    day = this_day(workspace)
    for item, status, performed in standing(workspace, connection, library, day):
        if item.key == found.obligation:
            return obligation_row(library, item, status, performed)
    return None


def _coverage(
    connection: Connection, library: Library, members: list[Engagement]
) -> list[Mapping[str, Any]]:
    """How much of each catalogue the programme's engagements look at, and what none does."""
    looked_at: set[str] = set()
    frameworks: dict[str, None] = {}
    statement = approved_statement(connection)
    for item in members:
        if item.state is EngagementState.CANCELLED:
            continue
        recorded = papers.criteria_of(connection, item.id)
        chosen = (
            [one.requirement for one in recorded]
            if recorded
            else [one.id for one in criteria_of(library, item.criteria, statement).requirements]
        )
        looked_at.update(chosen)
        frameworks |= dict.fromkeys(name.partition(":")[0] for name in chosen)
    rows: list[Mapping[str, Any]] = []
    for name in frameworks:
        if name not in library.frameworks:
            continue
        asked = [one.id for one in criteria_of(library, (name,), statement).requirements]
        missing = [one for one in asked if one not in looked_at]
        rows.append(
            {
                "framework": name,
                "asked": len(asked),
                "looked_at": len(asked) - len(missing),
                "missing": missing,
            }
        )
    return rows
