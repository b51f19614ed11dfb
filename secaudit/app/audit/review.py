"""Management review: its inputs computed from the workspace, reviews held, what they decided."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from secaudit.app.audit.common import (
    account,
    identity,
    kept,
    past_day,
    row_of,
    this_day,
)
from secaudit.app.audit.review_inputs import GATHER, Ground, Inputs
from secaudit.app.controls import library_of
from secaudit.app.risks import list_risks
from secaudit.app.sla import today
from secaudit.app.workspace import Workspace
from secaudit.audit import reviews
from secaudit.audit.content import ReviewInput, load_review_inputs
from secaudit.audit.reviews import NewAction, Review, ReviewAction
from secaudit.core.canonical import canonical_json
from secaudit.core.instant import format_instant
from secaudit.text.language import current_language

MONTHS_BEFORE_THE_FIRST = 365
"""Days that the first review looks back."""


def review_inputs(workspace: Workspace, since: date | None = None) -> dict[str, Any]:
    """Compute the checklist of clause 9.3.2, since the last review or a day that is named."""
    library = library_of(workspace)
    risks = list_risks(workspace)
    now = datetime.now(UTC)
    day = today(workspace, now)
    with workspace.view() as connection:
        held = reviews.list_all(connection)
        last = held[-1].held_on if held else day - timedelta(days=MONTHS_BEFORE_THE_FIRST)
        ground = Ground(workspace, connection, library, since or last, day, risks)
        rows = [_row(item, GATHER[item.id](ground)) for item in load_review_inputs().inputs]
    return {
        "since": ground.since.isoformat(),
        "until": day.isoformat(),
        "computed_at": format_instant(now),
        "last_review": held[-1].id if held else None,
        "inputs": rows,
    }


def record_review(
    workspace: Workspace,
    *,
    chair: str,
    minutes: tuple[Path, ...],
    actions: Sequence[NewAction],
    note: str = "",
    on: date | None = None,
) -> Review:
    """Record a review that was held; the inputs as they are now are kept with it."""
    day = past_day(workspace, on)
    inputs = review_inputs(workspace)
    proofs = kept(workspace, minutes)
    digest = workspace.evidence.put(canonical_json(inputs), "application/json")
    with workspace.change() as change:
        made = reviews.record(
            change.connection,
            held_on=day,
            chair=chair,
            note=note,
            minutes=proofs,
            inputs_sha256=digest,
            actions=actions,
            at=change.at,
            account=account(change),
        )
        change.record("review.held", made.id, row_of(made), reason=note)
    return made


def action_done(
    workspace: Workspace,
    action_id: str,
    *,
    note: str,
    files: tuple[Path, ...] = (),
    on: date | None = None,
) -> ReviewAction:
    """Record that a decision of a review was carried out."""
    day = past_day(workspace, on)
    proofs = kept(workspace, files)
    with workspace.change() as change:
        made = reviews.action_done(
            change.connection,
            identity(action_id),
            on=day,
            note=note,
            proofs=proofs,
            account=account(change),
        )
        change.record("review.action_done", made.id, row_of(made), reason=note)
    return made


def list_reviews(workspace: Workspace) -> list[dict[str, Any]]:
    """List the reviews with their decisions."""
    day = this_day(workspace)
    with workspace.view() as connection:
        found = reviews.list_all(connection)
    return [
        {
            **row_of(item),
            "actions": [{**row_of(one), "overdue": one.overdue(day)} for one in item.actions],
            "open": sum(1 for one in item.actions if one.done_on is None),
        }
        for item in found
    ]


def _row(item: ReviewInput, found: Inputs) -> dict[str, Any]:
    state = "attention" if found.attention else "known" if found.lines else "none"
    return {
        "id": item.id,
        "clause": item.clause,
        "title": item.title.in_language(current_language().value),
        "state": state,
        "by_people": found.by_people,
        "lines": list(found.lines),
        "sources": list(found.sources),
    }
