"""Looking at findings: the list, all about one, and what happened to it with its trail rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from secaudit.app.approvals import approvals_of
from secaudit.app.checks import shown_checks
from secaudit.app.finding_acting import expire
from secaudit.app.finding_choice import SHOWN, FindingQuery, chosen_ids, filter_of
from secaudit.app.owners import Ownership
from secaudit.app.sla import criticality_of, holiday_calendar, today
from secaudit.app.statements import statement_of, title_of
from secaudit.app.workspace import Workspace
from secaudit.core.canonical import to_json
from secaudit.core.vocabulary import FindingState
from secaudit.ledger import attachments, findings, plans, results, trail
from secaudit.ledger.findings import Finding, FindingEvent
from secaudit.ledger.findings.records import Record, overdue
from secaudit.ledger.trail import TrailEntry
from secaudit.registry.asset_index import AssetIndex
from secaudit.text.language import current_language


@dataclass(frozen=True)
class Listing:
    """The findings that were asked for, worst first; ``total`` counts those cut off too."""

    rows: tuple[Mapping[str, Any], ...]
    total: int


def list_findings(workspace: Workspace, query: FindingQuery, limit: int | None = None) -> Listing:
    """List findings as JSON values, each with its title, asset and whether it is overdue."""
    expire(workspace)
    states = _states(query)
    with workspace.view() as connection:
        if query.asset is None and query.owner is None:
            wanted = filter_of(workspace, connection, query, states)
            blocks = findings.records(connection, wanted, limit)
            total = findings.count(connection, wanted)
        else:
            ids = chosen_ids(workspace, connection, query, states)
            blocks, total = findings.records_of(connection, ids[:limit]), len(ids)
        told = _Telling(workspace, connection)
        return Listing(tuple(row for block in blocks for row in told.rows(block)), total)


def stream_findings(workspace: Workspace, query: FindingQuery) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of :func:`list_findings`, all of them, without holding them all at once."""
    expire(workspace)
    states = _states(query)
    with workspace.view() as connection:
        if query.asset is None and query.owner is None:
            wanted = filter_of(workspace, connection, query, states)
            blocks = findings.records(connection, wanted)
        else:
            ids = chosen_ids(workspace, connection, query, states)
            blocks = findings.records_of(connection, ids)
        told = _Telling(workspace, connection)
        for block in blocks:
            yield from told.rows(block)


def _states(query: FindingQuery) -> tuple[FindingState, ...]:
    return query.states or (() if query.everything else tuple(SHOWN))


def finding_rows(
    workspace: Workspace, connection: Connection, items: Sequence[Finding]
) -> list[dict[str, Any]]:
    """Findings as JSON values, with what the inventory and people's decisions add to them."""
    return _Telling(workspace, connection).rows([to_json(item) for item in items])


class _Telling:
    """Adds to findings what the inventory and people's decisions say of them."""

    def __init__(self, workspace: Workspace, connection: Connection) -> None:
        self._connection = connection
        self._checks = shown_checks(workspace)
        self._day = today(workspace, datetime.now(UTC))
        self._ownership = Ownership(AssetIndex.of(connection))
        self._titles: dict[str, str] = {}

    def rows(self, records: Sequence[Record]) -> list[Record]:
        """The same findings, completed."""
        connection = self._connection
        ids = [record["id"] for record in records]
        told = findings.escalations_of(connection, ids)
        accepted = findings.acceptance_of(connection, ids)
        planned = plans.plan_of(connection, ids)
        paused = findings.pauses_of(connection, ids)
        rows = []
        for record in records:
            row, identity = self._row(record), record["id"]
            held = [one for one in paused.get(identity, ()) if one.holds_on(self._day)]
            row["paused_until"] = to_json(held[-1].last_held) if held else None
            level = told.get(identity)
            row["escalation"] = to_json(level)
            row["escalation_level"] = None if level is None else level.level
            row["escalated_to"] = None if level is None else level.recipient
            row["accepted_until"] = (
                to_json(accepted[identity].expires_on) if identity in accepted else None
            )
            row["plan"] = planned[identity].id if identity in planned else None
            rows.append(row)
        return rows

    def _row(self, record: Record) -> Record:
        asset = self._ownership.asset_at(record["subject"], record["zone"], record["address"])
        check = record["check"]
        if check not in self._titles:
            self._titles[check] = title_of(self._checks.get(check), check)
        owner = record["owner"]
        if not record["owner_assigned"] and asset is not None:
            owner = asset.owner or owner
        return {
            **record,
            "owner": owner,
            "title": self._titles[check],
            "asset": None if asset is None else asset.id,
            "asset_name": None if asset is None else asset.name,
            "criticality": criticality_of(asset),
            "overdue": overdue(record, self._day),
        }


def show_finding(workspace: Workspace, finding_id: str) -> dict[str, Any]:
    """Return all about one finding as JSON values, in the current language where it is prose."""
    expire(workspace)
    checks = shown_checks(workspace)
    language = current_language().value
    with workspace.view() as connection:
        item = findings.get(connection, finding_id)
        check = checks.get(item.check)
        [record] = finding_rows(workspace, connection, [item])
        record["statement"] = statement_of(check, item.details)
        record["holidays_listed_until"] = holiday_calendar(workspace).last_year
        if check is not None:
            record["description"] = check.description.in_language(language)
            record["severity_reason"] = check.severity_reason.in_language(language)
            record["remediation"] = check.remediation.in_language(language)
            record["references"] = to_json([entry.model_dump() for entry in check.references])
        record["plan"] = to_json(plans.plan_of(connection, [item.id]).get(item.id))
        record["acceptance"] = to_json(findings.acceptance_of(connection, [item.id]).get(item.id))
        record["approvals"] = approvals_of(connection, item.id)
        record["disputed_by"] = findings.standing_dispute(connection, item.id)
        record["pauses"] = to_json(findings.pauses_of(connection, [item.id]).get(item.id, []))
        record["attachments"] = to_json(attachments.attachments_of(connection, item.id))
        record["answers"] = [
            {
                "outcome": answer.outcome.value,
                "reason": answer.reason.value,
                "from": to_json(answer.first_seen),
                "last_seen": to_json(answer.last_seen),
                "scans": answer.sightings,
            }
            for answer in results.intervals(connection, item.check, item.subject)
        ]
        record["events"] = [to_json(event) for event in findings.history(connection, item.id)]
    return record


def finding_history(workspace: Workspace, finding_id: str) -> list[dict[str, Any]]:
    """Return what happened to a finding, oldest first, each with its row in the audit trail."""
    expire(workspace)
    with workspace.view() as connection:
        findings.get(connection, finding_id)
        events = findings.history(connection, finding_id)
        entries = trail.entries_at(connection, [event.at for event in events])
    return [{**to_json(event), "trail": _position(event, entries)} for event in events]


def _position(event: FindingEvent, entries: Sequence[TrailEntry]) -> int | None:
    """The row that sealed an event: it may seal those of other findings too."""
    return next(
        (
            entry.position
            for entry in entries
            if entry.at == event.at
            and entry.action == f"finding.{event.kind.value}"
            and (
                entry.object_id == event.finding
                or event.finding in entry.details.get("findings", ())
            )
        ),
        None,
    )
