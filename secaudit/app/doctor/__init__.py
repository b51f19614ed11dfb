"""What this machine can do, what is missing, and is the workspace whole."""

from pathlib import Path

from secaudit.app.doctor.machine import examine_machine
from secaudit.app.doctor.row import Row, State
from secaudit.app.doctor.workspace import examine_ledger, examine_workspace

__all__ = ["Row", "State", "examine", "examine_ledger", "has_faults"]


def examine(folder: Path | None, *, all_evidence: bool = False) -> list[Row]:
    """Look at the machine, and at the workspace in ``folder`` if there is one.

    Nothing is changed and nothing is sent. ``all_evidence`` reads every piece again, not a sample.
    """
    rows = examine_machine(folder or Path.cwd())
    if folder is not None:
        rows += examine_workspace(folder, all_evidence=all_evidence)
    return rows


def has_faults(rows: list[Row]) -> bool:
    """Tell whether anything is worse than missing."""
    return any(row.state is State.FAULT for row in rows)
