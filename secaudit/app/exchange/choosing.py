"""Which findings are exported: those that a list with the same options shows."""

from secaudit.app.finding_acting import expire
from secaudit.app.finding_choice import SHOWN, FindingQuery, chosen_ids
from secaudit.app.workspace import Workspace


def finding_ids(workspace: Workspace, query: FindingQuery) -> list[str]:
    """The ids of the findings, worst first."""
    expire(workspace)
    states = query.states or (() if query.everything else tuple(SHOWN))
    with workspace.view() as connection:
        return chosen_ids(workspace, connection, query, states)
