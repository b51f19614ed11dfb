"""Checks that were renamed or withdrawn: history follows the name, nothing stays open unseen."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select, update

from secaudit.core.vocabulary import FindingState
from secaudit.ledger.findings.decisions import end_decisions
from secaudit.ledger.findings.history import add_events, event_row
from secaudit.ledger.findings.model import EventKind
from secaudit.ledger.findings.query import finding_of
from secaudit.store.tables.ledger import finding as table
from secaudit.store.tables.scans import result_interval


@dataclass(frozen=True)
class CarriedOver:
    """Ids of findings that follow their check's new name, and of those whose check is gone."""

    renamed: tuple[str, ...]
    withdrawn: tuple[str, ...]


def carry_over(
    connection: Connection,
    known: Collection[str],
    aliases: Mapping[str, str],
    at: datetime,
    today: date | None = None,
) -> CarriedOver:
    """Bring the ledger in line with the checks that are declared now.

    ``known`` are the ids of all checks; ``aliases`` maps a former id to the present one. Cheap when
    there is nothing to do, so that every scan may begin with it.
    """
    if not known:
        raise ValueError("no check at all is known: that would withdraw every finding")
    renamed: list[str] = []
    withdrawn: list[str] = []
    for check in connection.execute(select(table.c.check_id).distinct()).scalars().all():
        if check in known:
            continue
        target = aliases.get(check)
        for row in connection.execute(select(table).where(table.c.check_id == check)).all():
            item = finding_of(row)
            heir = None if target is None else _finding_with(connection, target, item.subject)
            if target is not None and heir is None:
                connection.execute(
                    update(table).where(table.c.id == item.id).values(check_id=target)
                )
                states = (item.state, item.state)
                details = {"from": check, "to": target}
                event = event_row(item.id, at, EventKind.RENAMED, states, details=details)
                add_events(connection, [event])
                renamed.append(item.id)
            elif item.state is not FindingState.WITHDRAWN:
                connection.execute(
                    update(table)
                    .where(table.c.id == item.id)
                    .values(state=FindingState.WITHDRAWN.value)
                )
                states = (item.state, FindingState.WITHDRAWN)
                details = {"continued_in": heir} if heir else {"check": check}
                event = event_row(item.id, at, EventKind.WITHDRAWN, states, details=details)
                add_events(connection, [event])
                withdrawn.append(item.id)
    _carry_intervals(connection, known, aliases, at)
    end_decisions(connection, withdrawn, at, EventKind.WITHDRAWN, today)
    return CarriedOver(tuple(renamed), tuple(withdrawn))


def _finding_with(connection: Connection, check: str, subject: str) -> str | None:
    return connection.execute(
        select(table.c.id).where(table.c.check_id == check, table.c.subject == subject)
    ).scalar()


def _carry_intervals(
    connection: Connection, known: Collection[str], aliases: Mapping[str, str], at: datetime
) -> None:
    standing = result_interval.c.until_at.is_(None)
    checks = connection.execute(
        select(result_interval.c.check_id).where(standing).distinct()
    ).scalars()
    for check in checks.all():
        if check in known:
            continue
        target = aliases.get(check)
        if target is not None:
            other = result_interval.alias()
            has_heir = select(other.c.number).where(
                other.c.check_id == target, other.c.subject == result_interval.c.subject
            )
            connection.execute(
                update(result_interval)
                .where(result_interval.c.check_id == check, ~has_heir.exists())
                .values(check_id=target)
            )
        connection.execute(
            update(result_interval)
            .where(result_interval.c.check_id == check, standing)
            .values(until_at=at)
        )
