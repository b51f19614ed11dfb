"""The instants since the last weighing at which a risk could have moved, and the findings then.

The register follows its findings whenever somebody looks. What moved a risk before that, an act
about a finding or time alone, took effect then: the register of a past day stays the same, whenever
somebody next looked.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, select

from secaudit.app.sla import start_of
from secaudit.app.workspace import Workspace
from secaudit.core.vocabulary import Severity
from secaudit.ledger.findings import LIVE, EventKind
from secaudit.ledger.findings.history import took_effect
from secaudit.ledger.findings.outlines import Outline, Undoing, undone
from secaudit.risk import register
from secaudit.risk.weigh import FAILING, LONG_OPEN_DAYS
from secaudit.store.tables.ledger import finding_event
from secaudit.store.tables.risk import risk_weighing

_MOVING = (
    *(EventKind.SEVERITY_CHANGED, EventKind.DUE_CHANGED, EventKind.PAUSED, EventKind.PAUSE_ENDED),
)
"""Events that leave a finding in its state, and still change what it weighs."""


def past(
    workspace: Workspace, connection: Connection, items: Sequence[Outline], at: datetime
) -> Iterator[tuple[datetime, list[Outline]]]:
    """Yield each such instant before ``at``, in order, with the findings as they were then."""
    last = connection.execute(select(risk_weighing)).first()
    if last is None or last.at is None:
        return
    members = register.member_states(connection)
    inside = {finding for ids in members.values() for finding in ids}
    events = _since(connection, last.event, inside)
    stops = sorted({event.at for event in events if event.by_itself and last.at < event.at < at})
    begun = last.at
    for stop in (*stops, at):
        then = undone(items, [event for event in events if event.at > begun])
        by_id = {item.id: item for item in then if item.id in inside}
        for instant in _grown_late(workspace, members.values(), by_id, begun, stop):
            yield instant, then
        if stop != at:
            yield stop, undone(items, [event for event in events if event.at > stop])
        begun = stop


def _since(connection: Connection, number: int, inside: set[str]) -> list[Undoing]:
    """The events after a number about these findings, newest first."""
    query = (
        select(
            finding_event.c.finding_id,
            took_effect.label("effective"),
            finding_event.c.kind,
            finding_event.c.scan_id,
            finding_event.c.from_state,
            finding_event.c.details,
        )
        .where(
            finding_event.c.number > number,
            finding_event.c.from_state.is_distinct_from(finding_event.c.to_state)
            | finding_event.c.kind.in_([kind.value for kind in _MOVING]),
        )
        .order_by(finding_event.c.number.desc())
    )
    return [
        Undoing(
            finding=row.finding_id,
            at=row.effective,
            state=row.from_state,
            due=_day(row.details.get("due_before", row.details.get("from")))
            if row.kind != EventKind.SEVERITY_CHANGED
            else None,
            severity=Severity(row.details["from"])
            if row.kind == EventKind.SEVERITY_CHANGED
            else None,
            # A scan weighs the risks when it ends.
            by_itself=row.scan_id is None or row.kind == EventKind.ACCEPTANCE_EXPIRED,
        )
        for row in connection.execute(query)
        if row.finding_id in inside
    ]


def _grown_late(
    workspace: Workspace,
    groups: Iterable[Mapping[str, str]],
    items: Mapping[str, Outline],
    after: datetime,
    before: datetime,
) -> list[datetime]:
    """When, by time alone, the first finding of a risk grew late or was open for too long."""
    days: dict[date, datetime] = {}

    def morning(day: date) -> datetime:
        if day not in days:
            days[day] = start_of(workspace, day + timedelta(days=1))
        return days[day]

    found = set()
    for ids in groups:
        instants = []
        for identity in ids:
            item = items.get(identity)
            if item is None or item.state not in FAILING:
                continue
            instants.append(item.opened_at + timedelta(days=LONG_OPEN_DAYS + 1))
            if item.due is not None and item.state in LIVE:
                instants.append(morning(item.due))
        if instants and after < (first := min(instants)) < before:
            found.add(first)
    return sorted(found)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
