"""Run a scan to its end, or as far as it comes; and go on with one that was interrupted.

Each host is one step: its observations, results and findings are written in one transaction as
soon as it is done, so that Ctrl-C, a kill or a full disk cost the hosts in flight and no others.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection

from scanners import engine
from scanners.base import Watched
from scanners.plan import Host, ScanPlan, make_plan
from secaudit import __version__
from secaudit.app.checks import checks_of, follow_renames
from secaudit.app.finding_acting import expire
from secaudit.app.judging import judging_of
from secaudit.app.locks import exclusive
from secaudit.app.risk_look import moved
from secaudit.app.scanning.order import OutOfScopeError, ScanScope, make_order
from secaudit.app.scanning.request import ScanRequest
from secaudit.app.scanning.standing import standing_of
from secaudit.app.sla import due_dates, holiday_calendar, today
from secaudit.app.workspace import Workspace
from secaudit.core.canonical import to_json
from secaudit.core.errors import InternalError, NothingScannedError, RefusedError, SecauditError
from secaudit.core.observation import CheckResult
from secaudit.core.subject import Subject, parse_subject
from secaudit.ledger import findings, results, scans
from secaudit.ledger.findings import FindingChanges
from secaudit.ledger.scans import HostRecord, ScanState
from secaudit.registry.asset_index import AssetIndex


@dataclass(frozen=True)
class ScanReport:
    """How a scan ended. ``refused`` lists what the plan or the dialer would not probe, and why."""

    scan: str
    state: ScanState
    hosts_planned: int
    hosts_up: int
    hosts_silent: int
    hosts_failed: int
    hosts_left: int
    packets: int
    connections: int
    changes: FindingChanges
    message: str
    """Why the scan is not done: a reason code where the letter ended, else a sentence."""
    refused: tuple[tuple[str, str], ...]
    out_of_scope: Mapping[str, tuple[str, ...]]

    @property
    def whole(self) -> bool:
        """Every planned host was visited, and no probe failed on our side."""
        return self.state is ScanState.DONE and not self.hosts_left and not self.hosts_failed


def plan_scan(workspace: Workspace, request: ScanRequest) -> tuple[ScanPlan, ScanScope]:
    """Say what a scan would send. Nothing is sent."""
    at = datetime.now(UTC)
    order, scope = make_order(workspace, request, at)
    return make_plan(order, at), scope


def run_scan(
    workspace: Workspace, request: ScanRequest, observer: engine.ScanObserver = engine.SILENT
) -> ScanReport:
    """Run a new scan. Raises RefusedError before anything is sent, NothingScannedError after."""
    workspace.require("scan.start")
    with exclusive(workspace.folder, "scan"):
        expire(workspace)
        try:
            plan, scope = plan_scan(workspace, request)
        except OutOfScopeError as error:
            _record_refusal(workspace, request, error.answers, ())
            raise
        if not plan.hosts:
            refused = [(text, reason.value) for text, reason in plan.refused]
            _record_refusal(workspace, request, scope.out_of_scope, refused)
            if scope.out_of_scope:
                raise OutOfScopeError(scope.out_of_scope)
            raise NothingScannedError(
                "nothing to scan: no address of this request is in scope",
                hint="see why with: secaudit scan plan, and secaudit scope check ADDRESS",
            )
        with workspace.change() as change:
            follow_renames(change, checks_of(workspace), today(workspace, change.at))
            scan = scans.start(
                change.connection,
                authorisation=plan.order.authorisation.number,
                zone=plan.order.zone,
                request=request.to_record(),
                hosts_planned=len(plan.hosts),
                at=change.at,
                actor=str(change.actor),
                tool_version=__version__,
            )
            change.record(
                "scan.start",
                scan,
                {
                    "authorisation": plan.order.authorisation.number,
                    "zone": plan.order.zone,
                    "request": request.to_record(),
                    "hosts": len(plan.hosts),
                    "out_of_scope": scope.out_of_scope,
                },
            )
        return _Run(workspace, scan, plan, scope, observer).go(plan.hosts)


def _record_refusal(
    workspace: Workspace,
    request: ScanRequest,
    out_of_scope: Mapping[str, tuple[str, ...]],
    refused: Iterable[tuple[str, str]],
) -> None:
    """Leave a trace of a scan that was asked for and not begun: nothing of it was in scope."""
    with workspace.change() as change:
        change.record(
            "scan.refused",
            "",
            {
                "request": request.to_record(),
                "out_of_scope": out_of_scope,
                "refused": list(refused),
            },
        )


def resume_scan(
    workspace: Workspace, scan: str, observer: engine.ScanObserver = engine.SILENT
) -> ScanReport:
    """Go on with a scan that was interrupted; hosts that are done are not visited again."""
    workspace.require("scan.resume")
    with exclusive(workspace.folder, "scan"):
        expire(workspace)
        with workspace.view() as connection:
            record = scans.get(connection, scan)
            done = scans.hosts_done(connection, scan)
        if record.state is ScanState.DONE:
            raise RefusedError("scan {scan} is already done", scan=scan)
        plan, scope = plan_scan(workspace, ScanRequest.from_record(record.request))
        if plan.order.authorisation.number != record.authorisation:
            raise RefusedError(
                "scan {scan} ran under authorisation {before}, which no longer covers it",
                hint="start a new scan under the authorisation that is in force",
                scan=scan,
                before=record.authorisation,
            )
        left = [host for host in plan.hosts if str(host.address) not in done]
        with workspace.change() as change:
            scans.resume(change.connection, scan)
            change.record("scan.resume", scan, {"hosts_left": len(left)})
        return _Run(workspace, scan, plan, scope, observer).go(left)


_ENDS: Mapping[ScanState, str] = {
    ScanState.DONE: "scan.done",
    ScanState.INTERRUPTED: "scan.interrupted",
    ScanState.FAILED: "scan.failed",
}
"""How the end of a scan is called on the audit trail."""


class _Run:
    """One scan while it runs: keeps each host as it is done, and adds up the changes."""

    def __init__(
        self,
        workspace: Workspace,
        scan: str,
        plan: ScanPlan,
        scope: ScanScope,
        observer: engine.ScanObserver,
    ) -> None:
        self._workspace = workspace
        self._scan = scan
        self._plan = plan
        self._scope = scope
        self._observer = observer
        self._judging = judging_of(workspace)
        self._refused: list[tuple[str, str]] = [
            (text, reason.value) for text, reason in plan.refused
        ]
        with workspace.view() as connection:
            self._assets = AssetIndex.of(connection)
        self._due_on = due_dates(workspace, self._assets)
        self._calendar = holiday_calendar(workspace)

    def go(self, hosts: Sequence[Host]) -> ScanReport:
        state, message, failure = ScanState.DONE, "", None
        try:
            ended = asyncio.run(
                engine.run(
                    self._plan,
                    hosts,
                    self._workspace.evidence,
                    self._keep,
                    self._observer,
                    standing=standing_of(self._workspace, self._plan.order.authorisation.number),
                )
            )
            if ended is not None:
                state, message = ScanState.INTERRUPTED, ended.value
        except KeyboardInterrupt:
            state, message = ScanState.INTERRUPTED, "interrupted by the operator"
        except SecauditError as error:
            state, message, failure = ScanState.INTERRUPTED, str(error), error
        except Exception as error:  # an engine fault must not read as a finished scan
            state, message = ScanState.FAILED, f"{type(error).__name__}: {error}"
            failure = InternalError(
                "scan {scan} stopped: {why}",
                hint="go on with: secaudit scan resume {scan}",
                scan=self._scan,
                why=message,
            )
            failure.__cause__ = error
        report = self._finish(state, message, failure)
        if failure is not None:
            raise failure
        if report.state is ScanState.DONE and not report.hosts_up and not report.hosts_left:
            raise NothingScannedError(
                "scan {scan}: none of {count} hosts answered",
                hint="a silent host is not a safe host: check the address, the route and the zone",
                scan=self._scan,
                count=report.hosts_planned,
            )
        return report

    def _keep(self, outcome: engine.HostOutcome) -> None:
        if outcome.state == "refused":
            reason = outcome.reason.value if outcome.reason else "refused"
            self._refused.append((outcome.address, reason))
        at = datetime.now(UTC)
        if outcome.state == "interrupted":
            with self._workspace.database.write() as connection:
                self._keep_host(connection, outcome, at)
            return
        with self._workspace.database.write() as connection:
            watched = findings.watched(connection, self._plan.order.zone, outcome.address)
            judged = self._judging.host(outcome.observations, _watched(watched), at)
            self._write(connection, outcome, judged, at)

    def _write(
        self,
        connection: Connection,
        outcome: engine.HostOutcome,
        judged: list[CheckResult],
        at: datetime,
    ) -> None:
        self._keep_host(connection, outcome, at)
        results.record(connection, self._scan, at, judged)
        findings.apply(
            connection,
            self._scan,
            at,
            judged,
            self._due_on,
            self._assets.owner_of,
            self._calendar,
            today(self._workspace, at),
        )

    def _keep_host(self, connection: Connection, outcome: engine.HostOutcome, at: datetime) -> None:
        scans.keep_host(
            connection,
            self._scan,
            HostRecord(
                outcome.address,
                outcome.state,
                outcome.reason,
                outcome.observations,
                outcome.packets,
                outcome.connections,
                at,
            ),
        )

    def _finish(self, state: ScanState, message: str, failure: SecauditError | None) -> ScanReport:
        with self._workspace.view() as connection:
            totals = scans.totals(connection, self._scan)
            changes = findings.changes_of(connection, self._scan)
            done = len(scans.hosts_done(connection, self._scan))
        failed = totals.hosts.get(scans.HOST_ERROR, 0)
        left = max(len(self._plan.hosts) - done - failed, 0)
        if state is ScanState.DONE and left:
            state, message = ScanState.INTERRUPTED, f"{left} hosts were not visited"
        report = ScanReport(
            scan=self._scan,
            state=state,
            hosts_planned=len(self._plan.hosts),
            hosts_up=totals.hosts.get("up", 0),
            hosts_silent=totals.hosts.get("silent", 0),
            hosts_failed=failed,
            hosts_left=left,
            packets=totals.packets,
            connections=totals.connections,
            changes=changes,
            message=message,
            refused=tuple(self._refused),
            out_of_scope=self._scope.out_of_scope,
        )
        # On a full disk even this fails: the scan then stays "running", and can be resumed.
        guard = suppress(SecauditError) if failure else nullcontext()
        with guard, self._workspace.change() as change:
            scans.finish(change.connection, self._scan, change.at, state, message)
            change.record(_ENDS[state], self._scan, to_json(report), reason=message)
            moved(self._workspace, change)
        return report


def _watched(pairs: Iterable[tuple[str, str]]) -> list[Watched]:
    found = ((check, parse_subject(subject)) for check, subject in pairs)
    return [Watched(check, subject) for check, subject in found if isinstance(subject, Subject)]


def run_for_schedule(workspace: Workspace, request: ScanRequest) -> str:
    """Run a scan for a schedule and return its id. Raises SecauditError when it is not whole."""
    report = run_scan(workspace, request)
    if not report.whole:
        raise InternalError(
            "scan {scan} is not whole: {left} hosts left, {failed} failed",
            hint="go on with: secaudit scan resume {scan}",
            scan=report.scan,
            left=report.hosts_left,
            failed=report.hosts_failed,
        )
    return report.scan
