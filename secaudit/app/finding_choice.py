"""Which findings a command is about: named one by one, or by the same filters as the list."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection

from secaudit.app.owners import Ownership
from secaudit.app.sla import today
from secaudit.app.workspace import Workspace
from secaudit.core.errors import RefusedError
from secaudit.core.vocabulary import FindingState, Severity
from secaudit.ledger import findings, plans
from secaudit.ledger.findings import LIVE, FindingFilter, Near, Owned
from secaudit.registry.asset_index import AssetIndex
from secaudit.registry.assets import Asset
from secaudit.registry.assets import get as get_asset

SHOWN = LIVE | {FindingState.ACCEPTED}
"""What a list shows unless it is asked for more: what still fails and was not refuted."""

MOST_PLACES = 1_000
"""With more hosts than these in one question, reading all findings is as quick."""


@dataclass(frozen=True)
class FindingQuery:
    """What a person asks to see. ``asset`` is an id or a name; no states: what still fails."""

    states: tuple[FindingState, ...] = ()
    severities: tuple[Severity, ...] = ()
    check: str | None = None
    owner: str | None = None
    zone: str | None = None
    asset: str | None = None
    plan: str | None = None
    overdue: bool = False
    escalated: bool = False
    paused: bool = False
    disputed: bool = False
    """Only what waits for a second person to say whether it is a false positive."""
    due_within: int | None = None
    """Days from today to the last day, at most; what is late is among them."""
    expiring_within: int | None = None
    """Days from today to the end of the acceptance, at most."""
    everything: bool = False


@dataclass(frozen=True)
class Choice:
    """What a command would touch: ids, worst first, and how many there are of each severity."""

    ids: tuple[str, ...]
    severities: Mapping[Severity, int]


def choose(workspace: Workspace, query: FindingQuery, allowed: Collection[FindingState]) -> Choice:
    """Return what a filter finds among the states in which the command can be done.

    Raises RefusedError where there is nothing. States that the query names itself are taken as
    they are: the command then says which finding it cannot be done with.
    """
    with workspace.view() as connection:
        found = chosen(workspace, connection, query, query.states or tuple(allowed))
        if not found:
            raise RefusedError(
                "no finding matches, or this cannot be done with those that do",
                hint="see them with: secaudit finding list, and the same options",
            )
    counted = Counter(Severity(row.severity) for row in found)
    return Choice(
        tuple(row.id for row in found),
        {level: counted[level] for level in Severity if counted[level]},
    )


def chosen_ids(
    workspace: Workspace,
    connection: Connection,
    query: FindingQuery,
    states: Collection[FindingState],
) -> list[str]:
    """Return the ids of all that a query finds in these states, worst first."""
    return [row.id for row in chosen(workspace, connection, query, states)]


def chosen(
    workspace: Workspace,
    connection: Connection,
    query: FindingQuery,
    states: Collection[FindingState],
) -> list[Owned]:
    """Return what a query finds in these states, worst first, without reading all about each."""
    wanted = filter_of(workspace, connection, query, states)
    if query.asset is None and query.owner is None:
        return findings.owned_rows(connection, wanted)
    index = AssetIndex.of(connection)
    ownership = Ownership(index)
    asset = None if query.asset is None else get_asset(connection, query.asset)
    if asset is not None:
        wanted = replace(wanted, near=_near(connection, index, lambda other: other == asset))
    else:
        near = _near(connection, index, lambda other: other.owner == query.owner)
        wanted = replace(wanted, near=near and replace(near, owner=query.owner))
    return [
        row
        for row in findings.owned_rows(connection, wanted)
        if (asset is None or ownership.asset_of(row) == asset)
        and (query.owner is None or ownership.owner_of(row) == query.owner)
    ]


def _near(connection: Connection, index: AssetIndex, mine: Callable[[Asset], bool]) -> Near | None:
    """The places of some assets, so that few findings are looked at; None where they are many."""
    places = [
        (zone, address)
        for zone, address in findings.places(connection)
        if address and (asset := index.asset_at(zone, address)) is not None and mine(asset)
    ]
    named = any(asset.hostnames for asset in index.assets if mine(asset))
    return Near(places, named=named) if len(places) <= MOST_PLACES else None


def filter_of(
    workspace: Workspace,
    connection: Connection,
    query: FindingQuery,
    states: Collection[FindingState],
) -> FindingFilter:
    """Say a query to the ledger, but for asset and owner, which the inventory decides."""
    day = today(workspace, datetime.now(UTC))
    if query.plan is not None:
        plans.get(connection, query.plan)
    return FindingFilter(
        states=tuple(states),
        severities=query.severities,
        check=query.check,
        zone=query.zone,
        plan=query.plan,
        overdue_on=day if query.overdue else None,
        escalated=query.escalated,
        disputed=query.disputed,
        paused_on=day if query.paused else None,
        due_by=_in_days(day, query.due_within),
        expiring_by=_in_days(day, query.expiring_within),
    )


def _in_days(day: date, count: int | None) -> date | None:
    return None if count is None else day + timedelta(days=count)
