"""What a stored scan says about the rules of policy profiles, endpoint by endpoint."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from scanners.policy.grade import Grade, grade_endpoints
from scanners.policy.library import find_profile
from scanners.policy.profile import Profile
from scanners.policy.verdict import EndpointVerdict, judge_host
from secaudit.app.judging import judging_of
from secaudit.app.policies import profiles_of
from secaudit.app.scanning.compare import results_of
from secaudit.app.workspace import Workspace
from secaudit.core.errors import NotFoundError
from secaudit.ledger import scans


@dataclass(frozen=True)
class Judgement:
    """One scan judged anew, from what it stored: nothing was sent."""

    scan: str
    judged_on: date
    verdicts: tuple[EndpointVerdict, ...]
    grades: tuple[Grade, ...]


def judge_scan(
    workspace: Workspace,
    scan: str | None = None,
    names: Sequence[str] = (),
    on: date | None = None,
) -> Judgement:
    """Judge the endpoints of one scan (else the last one) by profiles (else those of the settings).

    The rules are those that hold on the day ``on``, else on the day of the scan. Raises
    NotFoundError for an unknown profile, an unknown scan, and where there is no scan at all.
    """
    known = profiles_of(workspace)
    chosen = names or workspace.settings.tls_policies or tuple(known)
    profiles = [find_profile(name, known) for name in chosen]
    judging = judging_of(workspace)
    with workspace.view() as connection:
        found = scan or _last(connection)
        record = scans.get(connection, found)
        day = on or record.started_at.astimezone(workspace.settings.time_zone).date()
        return Judgement(
            found,
            day,
            tuple(_verdicts(connection, found, profiles, day)),
            tuple(grade_endpoints(results_of(connection, found, judging))),
        )


def _verdicts(
    connection: Connection, scan: str, profiles: Sequence[Profile], on: date
) -> Iterator[EndpointVerdict]:
    for host in scans.hosts(connection, scan):
        for profile in profiles:
            yield from judge_host(profile, host.observations, on)


def _last(connection: Connection) -> str:
    found = scans.list_all(connection)
    if not found:
        raise NotFoundError("there is no scan yet", hint="make one with: secaudit scan run")
    return found[0].id
