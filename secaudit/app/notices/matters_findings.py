"""What findings give to tell: new ones, their last days, escalations, acceptances that end."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from scanners.catalogue import Check
from secaudit.app.notices.kinds import Kind, Matter
from secaudit.app.notices.settings import Notices
from secaudit.app.notices.stages import PAST, stage_of
from secaudit.app.owners import owned
from secaudit.core.instant import format_instant
from secaudit.core.vocabulary import FindingState, Severity
from secaudit.ledger import findings
from secaudit.ledger.findings import LIVE, EventKind, Finding, FindingFilter
from secaudit.registry.asset_index import AssetIndex
from secaudit.risk import register
from secaudit.risk.model import STANDING, TreatmentKind
from secaudit.store.tables.ledger import acceptance

ENDED_DAYS = 14
"""For how many days after its end an acceptance is still told to who was not told of it."""
_NEW = {Severity.CRITICAL: Kind.NEW_CRITICAL, Severity.HIGH: Kind.NEW_HIGH}


@dataclass(frozen=True)
class Ground:
    """What every kind is computed from: one view of the workspace at one moment."""

    connection: Connection
    settings: Notices
    checks: Mapping[str, Check]
    assets: AssetIndex
    now: datetime
    today: date
    day_of: Callable[[datetime], date]
    """The day of an instant where the workspace is."""


def finding_matters(ground: Ground) -> Iterator[Matter]:
    """Live findings: new critical and high ones, last days near and missed, escalations."""
    near = max(ground.settings.sla_days, default=0)
    due = findings.list_all(
        ground.connection, FindingFilter(due_by=ground.today + timedelta(days=near))
    )
    fresh = findings.list_all(
        ground.connection, FindingFilter(states=tuple(LIVE), severities=tuple(_NEW))
    )
    for item in fresh:
        yield _matter(ground, item, _NEW[item.severity], format_instant(item.opened_at))
    for item in due:
        yield from _of_last_day(ground, item)
    yield from _escalated(ground)


def _of_last_day(ground: Ground, item: Finding) -> Iterator[Matter]:
    if item.due is None:
        return
    stage = stage_of(item.due, ground.today, ground.settings.sla_days)
    if stage is None:
        return
    kind = Kind.SLA_MISSED if stage == PAST else Kind.SLA_NEAR
    yield _matter(ground, item, kind, f"{_begun(item)}:{item.due}:{stage}")


def _escalated(ground: Ground) -> Iterator[Matter]:
    late = findings.list_all(ground.connection, FindingFilter(escalated=True))
    levels = findings.escalations_of(ground.connection, [item.id for item in late])
    for item in late:
        if (level := levels.get(item.id)) is not None:
            yield _matter(
                ground,
                item,
                Kind.ESCALATED,
                f"{_begun(item)}:{level.due}:{level.level}",
                level=level.level,
                recipient=level.recipient,
            )


def acceptance_matters(ground: Ground) -> Iterator[Matter]:
    """Acceptances of findings that end soon, or ended and left the finding open again."""
    horizon = ground.today + timedelta(days=max(ground.settings.acceptance_days, default=0))
    ending = findings.list_all(ground.connection, FindingFilter(expiring_by=horizon))
    standing = findings.acceptance_of(ground.connection, [item.id for item in ending])
    for item in ending:
        yield from _of_acceptance(ground, item, standing[item.id].expires_on)
    ended = _ended_acceptances(ground)
    for item in findings.by_ids(ground.connection, list(ended)):
        if item.state in LIVE:
            yield from _of_acceptance(ground, item, ended[item.id])
    yield from _risk_acceptances(ground)


def _of_acceptance(ground: Ground, item: Finding, last: date) -> Iterator[Matter]:
    stage = stage_of(last, ground.today, ground.settings.acceptance_days)
    if stage is not None and item.state in LIVE | {FindingState.ACCEPTED}:
        yield _matter(
            ground, item, Kind.ACCEPTANCE_EXPIRING, f"{last}:{stage}", until=last, past=stage
        )


def _ended_acceptances(ground: Ground) -> dict[str, date]:
    query = (
        select(acceptance.c.finding_id, acceptance.c.expires_on)
        .where(
            acceptance.c.ended_because == EventKind.ACCEPTANCE_EXPIRED.value,
            acceptance.c.expires_on >= ground.today - timedelta(days=ENDED_DAYS),
        )
        .order_by(acceptance.c.number)
    )
    return {row.finding_id: row.expires_on for row in ground.connection.execute(query)}


def _risk_acceptances(ground: Ground) -> Iterator[Matter]:
    earliest = ground.today - timedelta(days=ENDED_DAYS)
    for risk in register.list_all(ground.connection, STANDING):
        accepted = [
            item
            for item in risk.treatments
            if item.kind is TreatmentKind.ACCEPT and item.stands(earliest)
        ]
        # Only the one that lasts longest counts: it took the place of those before it.
        last = max((item.expires_on for item in accepted if item.expires_on), default=None)
        if last is None:
            continue
        stage = stage_of(last, ground.today, ground.settings.acceptance_days)
        if stage is not None:
            facts = {"title": risk.title, "until": last, "past": stage, "what": "risk"}
            yield Matter(
                Kind.ACCEPTANCE_EXPIRING,
                risk.id,
                f"{last}:{stage}",
                None,
                _named(risk.owner),
                last,
                {"id": risk.id, "place": risk.zone, **facts},
            )


def _begun(item: Finding) -> str:
    """What makes the last day of a finding that failed again another one."""
    return format_instant(item.opened_at)


def _matter(ground: Ground, item: Finding, kind: Kind, stage: str, **facts: Any) -> Matter:
    asset = ground.assets.asset_of(item.subject)
    return Matter(
        kind,
        item.id,
        stage,
        item.severity,
        _named(owned(item, ground.assets).owner),
        item.due,
        {
            "id": item.id,
            "what": "finding",
            "title": title_in_both(ground.checks.get(item.check), item.check),
            "place": place_of(item.subject, None if asset is None else asset.name),
            "since": ground.day_of(item.opened_at),
            "due": item.due,
            **facts,
        },
    )


def place_of(subject: str, asset: str | None) -> str:
    """Where something is: the asset's name and the address, or the address and its zone."""
    zone, _, address = subject.partition("/")
    return f"{asset}, {address or zone}" if asset else f"{address}, {zone}" if address else zone


def title_in_both(check: Check | None, check_id: str) -> Mapping[str, str] | str:
    """A check's title in both languages; its id where it is no longer declared."""
    return check_id if check is None else {"id": check.title.id, "en": check.title.en}


def _named(*owners: str) -> tuple[str, ...]:
    return tuple(owner for owner in owners if owner)


def owners_of(subjects: Sequence[str], assets: AssetIndex) -> Mapping[str, list[str]]:
    """The subjects by who answers for them; an empty name where nobody does."""
    found: dict[str, list[str]] = {}
    for subject in subjects:
        found.setdefault(assets.owner_of(subject), []).append(subject)
    return found
