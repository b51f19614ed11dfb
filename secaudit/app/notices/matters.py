"""All that stands now and could be told, computed from the workspace alone; nothing is written."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from sqlalchemy import Connection

from secaudit.app.checks import checks_of
from secaudit.app.notices.kinds import NOBODYS, OF_LAST_DAYS, OPENED, Kind, Matter
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


def matters_of(
    workspace: Workspace,
    connection: Connection,
    now: datetime,
    kinds: Collection[Kind] = tuple(Kind),
) -> tuple[Matter, ...]:
    """All of these kinds to tell at ``now``: by kind, then the worst, then what is due first.

    What no channel asks for is not computed: reading the catalogues alone takes a second.
    """
    ground = Ground(
        connection=connection,
        settings=workspace.settings.notices,
        checks=checks_of(workspace),
        assets=AssetIndex.of(connection),
        now=now,
        today=today(workspace, now),
        day_of=lambda instant: today(workspace, instant),
    )
    sources: tuple[tuple[Callable[[], Iterable[Matter]], tuple[Kind, ...]], ...] = (
        (lambda: finding_matters(ground), (*OPENED, *OF_LAST_DAYS)),
        (lambda: acceptance_matters(ground), (Kind.ACCEPTANCE_EXPIRING,)),
        (lambda: certificate_matters(ground), (Kind.CERTIFICATE_EXPIRING,)),
        (lambda: obligation_matters(ground, workspace), (Kind.OBLIGATION_DUE,)),
        (lambda: scan_matters(ground), NOBODYS),
    )
    found = [
        item
        for source, given in sources
        if not set(given).isdisjoint(kinds)
        for item in source()
        if item.kind in kinds
    ]
    order = list(Kind)
    return tuple(
        sorted(
            found,
            key=lambda item: (
                order.index(item.kind),
                _NO_SEVERITY if item.severity is None else item.severity.rank,
                "9999" if item.due is None else item.due.isoformat(),
                len(item.subject),
                item.subject,
                item.stage,
            ),
        )
    )
