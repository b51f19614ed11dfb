"""How many findings were open on each day of a report's period."""

from sqlalchemy import Connection

from reports.model import BurnLine
from secaudit.app.finding_metrics import episodes_until
from secaudit.app.reporting.finding_lines import Dated
from secaudit.app.reporting.request import Span
from secaudit.app.workspace import Workspace
from secaudit.ledger.metrics import burn_down

LEAST_DAYS = 7
"""A shorter period is told by its numbers: there is nothing to draw."""


def burn_lines(
    workspace: Workspace, connection: Connection, found: tuple[Dated, ...], span: Span
) -> tuple[BurnLine, ...]:
    """Count each day from the first on which anything was open; empty where that is too short."""
    told = episodes_until(workspace, connection, span.last)
    chosen = [one for item in found for one in told.get(item.finding.id, ())]
    days = burn_down(chosen, span.first, span.last)
    begin = next((index for index, day in enumerate(days) if day.open or day.accepted), None)
    shown = () if begin is None else days[max(begin - 1, 0) :]
    if len(shown) < LEAST_DAYS:
        return ()
    return tuple(BurnLine(day.day, day.open, day.accepted) for day in shown)
