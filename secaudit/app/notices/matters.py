"""All that stands now and could be told, computed from the workspace alone; nothing is written."""

from datetime import datetime

from sqlalchemy import Connection

from secaudit.app.checks import checks_of
from secaudit.app.notices.kinds import Kind, Matter
from secaudit.app.notices.matters_beside import (
    certificate_matters,
    obligation_matters,
    scan_matters,
)
from secaudit.app.notices.matters_findings import Ground, acceptance_matters, finding_matters
from secaudit.app.sla import today
from secaudit.app.workspace import Workspace
from secaudit.core.vocabulary import Severity
from secaudit.registry.asset_index import AssetIndex

_NO_SEVERITY = len(Severity)


def matters_of(workspace: Workspace, connection: Connection, now: datetime) -> tuple[Matter, ...]:
    """Everything to tell at ``now``: by kind, then the worst, then what is due first."""
    ground = Ground(
        connection=connection,
        settings=workspace.settings.notices,
        checks=checks_of(workspace),
        assets=AssetIndex.of(connection),
        now=now,
        today=today(workspace, now),
        day_of=lambda instant: today(workspace, instant),
    )
    found = [
        *finding_matters(ground),
        *acceptance_matters(ground),
        *certificate_matters(ground),
        *obligation_matters(ground, workspace),
        *scan_matters(ground),
    ]
    kinds = list(Kind)
    return tuple(
        sorted(
            found,
            key=lambda item: (
                kinds.index(item.kind),
                _NO_SEVERITY if item.severity is None else item.severity.rank,
                "9999" if item.due is None else item.due.isoformat(),
                len(item.subject),
                item.subject,
                item.stage,
            ),
        )
    )
