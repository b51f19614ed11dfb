"""One scan as data: what it was, what was judged, and the findings that came of it."""

from collections import Counter
from typing import Any

from secaudit.app.judging import judging_of
from secaudit.app.scanning.compare import results_of
from secaudit.app.workspace import Workspace
from secaudit.core.canonical import to_json
from secaudit.core.vocabulary import Outcome, Severity
from secaudit.ledger import findings, scans


def scan_record(workspace: Workspace, scan: str) -> dict[str, Any]:
    """Return ``{"scan", "results", "counts", "findings"}`` as JSON values, worst results first."""
    judging = judging_of(workspace)
    with workspace.view() as connection:
        record = to_json(scans.get(connection, scan))
        record["totals"] = to_json(scans.totals(connection, scan))
        judged = sorted(
            results_of(connection, scan, judging),
            key=lambda item: (
                list(Outcome).index(item.outcome) != 1,
                item.severity.rank,
                str(item.subject),
                item.check,
            ),
        )
        touched = [to_json(item) for item in findings.of_scan(connection, scan)]
    counts = Counter(item.outcome for item in judged)
    return {
        "scan": record,
        "results": [to_json(item) for item in judged],
        "counts": {outcome.value: counts[outcome] for outcome in Outcome if counts[outcome]},
        "findings": touched,
    }


def failing(workspace: Workspace, scan: str, at_least: Severity) -> bool:
    """Tell whether the scan has a failed result at or above a severity."""
    judging = judging_of(workspace)
    with workspace.view() as connection:
        return any(
            item.outcome is Outcome.FAILED and item.severity.rank <= at_least.rank
            for item in results_of(connection, scan, judging)
        )
