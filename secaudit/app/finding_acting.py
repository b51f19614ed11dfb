"""The frame of every act on findings: what time brought comes first, and one row tells of all.

One command is one transaction and one row in the audit trail, which names all its findings.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from secaudit.app.approvals import Approval, require_other
from secaudit.app.owners import owned
from secaudit.app.sla import holiday_calendar, levels_of, start_of, today
from secaudit.app.workspace import Change, Workspace
from secaudit.core.canonical import to_json
from secaudit.core.errors import InternalError
from secaudit.ledger import findings
from secaudit.registry.asset_index import AssetIndex


@contextmanager
def acting(workspace: Workspace) -> Iterator[Change]:
    """A change by a person, after what time alone brought: each is recorded in its order."""
    expire(workspace)
    with workspace.change() as change:
        yield change


def expire(workspace: Workspace) -> tuple[str, ...]:
    """Do what time alone brings: open what was accepted until a past day, escalate what is late.

    Every command that looks at findings begins with it, and every scan. Returns the findings whose
    acceptance has run out; each kind of change is one row in the trail. Where nothing can be
    written, escalations wait for a command that can.
    """
    now = datetime.now(UTC)
    levels, day = levels_of(workspace), today(workspace, now)
    with workspace.view() as connection:
        run_out = findings.acceptance_run_out(connection, now)
        if not run_out and not levels:
            return ()
        calendar = holiday_calendar(workspace)
        if not run_out and not findings.escalations_due(connection, levels, calendar, day):
            return ()
    expired: tuple[str, ...] = ()
    try:
        with workspace.change() as change:
            expired = findings.expire_acceptances(change.connection, change.at, calendar=calendar)
            if expired:
                record(change, "finding.acceptance_expired", expired, {})
            told = findings.escalate(
                change.connection,
                levels,
                calendar,
                day,
                change.at,
                lambda reached: start_of(workspace, reached),
            )
            if told:
                details = {"escalations": to_json(told)}
                record(change, "finding.escalated", [one.finding for one in told], details)
            if not change.recorded:
                raise _DoneByOthers  # noqa: TRY301 (raised inside the transaction that it undoes)
    except _DoneByOthers:
        pass
    except InternalError:
        if run_out:
            raise
    return expired


class _DoneByOthers(Exception):  # noqa: N818 (no error: it ends a transaction that has no change)
    pass


def record(
    change: Change,
    action: str,
    ids: Sequence[str],
    details: Mapping[str, Any],
    reason: str = "",
    approval: Approval | None = None,
) -> None:
    """Leave one row in the trail for all findings of a command: ``F-0001+2`` is it and 2 others."""
    named = list(dict.fromkeys(ids))
    about = named[0] if len(named) == 1 else f"{named[0]}+{len(named) - 1}"
    change.record(
        action,
        about,
        {**details, "findings": named},
        reason=reason,
        approval=approval,
        objects=named,
    )


def require_other_person(
    change: Change, approval: Approval, ids: Sequence[str], asker: str
) -> None:
    """Refuse an approver who asked, or who owns one of the findings, by name or by unit."""
    index = AssetIndex.of(change.connection)
    for item in findings.by_ids(change.connection, ids):
        require_other(
            change.authority,
            approval,
            what=item.id,
            asked=(asker,),
            owned=(owned(item, index).owner,),
        )


def owners_of(change: Change, ids: Iterable[str]) -> list[str]:
    """Who owns findings, and the units that own what they were found on."""
    index = AssetIndex.of(change.connection)
    known = findings.by_ids(change.connection, list(ids))
    return [
        name for item in known for name in (owned(item, index).owner, index.owner_of(item.subject))
    ]
