"""How repairs go: over a period, by owner, severity or zone, with the burn-down of each day."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from secaudit.app.finding_acting import expire
from secaudit.app.owners import Ownership
from secaudit.app.sla import local_zone, today
from secaudit.app.workspace import Workspace
from secaudit.core.canonical import to_json
from secaudit.core.errors import InputError
from secaudit.core.vocabulary import Severity
from secaudit.ledger import findings
from secaudit.ledger.episodes import Episode, episodes
from secaudit.ledger.findings import FindingFilter, Owned
from secaudit.ledger.metrics import BurnDay, Measures, burn_down, measure
from secaudit.registry.asset_index import AssetIndex

DAYS_UNLESS_TOLD = 90
MOST_DAYS = 3_660
GROUPS = ("owner", "severity", "zone")


@dataclass(frozen=True)
class Metrics:
    """All findings, and the groups that were asked for, in order."""

    first: date
    last: date
    all: Measures
    groups: Mapping[str, Measures]
    burn_down: tuple[BurnDay, ...]

    def to_record(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "from": self.first.isoformat(),
            "until": self.last.isoformat(),
            "all": to_json(self.all),
            "groups": {name: to_json(measures) for name, measures in self.groups.items()},
            "burn_down": [to_json(day) for day in self.burn_down],
        }


def metrics(
    workspace: Workspace,
    first: date | None = None,
    last: date | None = None,
    by: str | None = None,
) -> Metrics:
    """Count a period of whole days: the 90 days until today unless told.

    Raises InputError for a period that ends before it begins, or is still to come.
    """
    expire(workspace)
    day = today(workspace, datetime.now(UTC))
    until = last or day
    since = first or until - timedelta(days=DAYS_UNLESS_TOLD - 1)
    if until > day:
        raise InputError("{day} is still to come", day=until)
    if not 0 <= (until - since).days < MOST_DAYS:
        raise InputError(
            "from {first} to {last} is no period of at most {days} days",
            first=since,
            last=until,
            days=MOST_DAYS,
        )
    with workspace.view() as connection:
        told = episodes_until(workspace, connection, until)
        groups = _grouped(connection, told, by) if by is not None else {}
    everything = [one for several in told.values() for one in several]
    return Metrics(
        since,
        until,
        measure(everything, since, until),
        {name: measure(members, since, until) for name, members in groups.items()},
        burn_down(everything, since, until),
    )


def episodes_until(
    workspace: Workspace, connection: Connection, until: date
) -> dict[str, list[Episode]]:
    """The episodes of all findings as they stood at the end of a day."""
    zone = local_zone(workspace)
    return episodes(connection, lambda instant: instant.astimezone(zone).date(), until)


def _grouped(
    connection: Connection, told: Mapping[str, list[Episode]], by: str
) -> dict[str, list[Episode]]:
    key = _key(connection, by)
    groups: dict[str, list[Episode]] = {}
    for row in findings.owned_rows(connection, FindingFilter()):
        if row.id in told:
            groups.setdefault(key(row), []).extend(told[row.id])
    order = [severity.value for severity in Severity] if by == "severity" else sorted(groups)
    return {name: groups[name] for name in order if name in groups}


def _key(connection: Connection, by: str) -> Callable[[Owned], str]:
    if by == "owner":
        return Ownership(AssetIndex.of(connection)).owner_of
    return lambda row: str(getattr(row, by))
