"""The ground of ``ledger.py``: a city's workspace with a million results, made from one seed.

Everything is written by the functions that scans and commands use, in large transactions instead
of one for each host, and with events in the past. Nothing is sent anywhere: the addresses are of
the benchmarking range (RFC 2544).
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from secaudit.app.checks import checks_of
from secaudit.app.finding_acting import expire
from secaudit.app.risk_decisions import RiskText, Who, add_risk
from secaudit.app.risks import propose_risks
from secaudit.app.setup import init_workspace
from secaudit.app.sla import due_dates, end_of, holiday_calendar
from secaudit.app.workspace import Change, Workspace
from secaudit.core.network import AddressSet
from secaudit.core.observation import CheckResult, Observation
from secaudit.core.subject import Subject
from secaudit.core.vocabulary import Outcome, Reason, Severity, ZoneKind
from secaudit.ledger import findings, plans, results, scans
from secaudit.ledger.findings import LIVE, FindingFilter
from secaudit.ledger.plans import NewPlan
from secaudit.ledger.scans import HostRecord
from secaudit.registry import zones
from secaudit.registry.asset_index import AssetIndex
from secaudit.registry.assets import Asset, upsert_all
from secaudit.risk.decisions import NewScores
from secaudit.risk.model import Score

SEED = 20261121
CHECKS = 50
PORTS = 10
RESULTS_OF_A_HOST = CHECKS * PORTS
FAILING_OF_A_HOST = RESULTS_OF_A_HOST // 10
OWNERS = 40
HOSTS_AT_ONCE = 25
ACTOR = "bench@bench"
RELAPSING_OF_A_HOST = 4
FINDINGS_OF_A_PLAN = 20
FIRST_SCAN, SECOND_SCAN, THIRD_SCAN, DECIDED = 120, 40, 10, 5
"""Days ago."""
_LIVE = FindingFilter(states=tuple(LIVE))

Told = list[CheckResult]


@dataclass(frozen=True)
class Size:
    """How large the workspace is; each host is an asset with 500 results, 50 of them failing."""

    hosts: int = 2_000
    zones: int = 8
    plans: int = 500
    risks: int = 300

    @property
    def results(self) -> int:
        """Results that stand."""
        return self.hosts * RESULTS_OF_A_HOST

    @property
    def findings(self) -> int:
        """Findings in all states; half of them are live."""
        return self.hosts * FAILING_OF_A_HOST


SMALL = Size(hosts=160, plans=50, risks=60)


@dataclass
class Ground:
    """The workspace, and what fails on each host, to make further scans from."""

    workspace: Workspace
    size: Size
    checks: list[str]
    severities: Mapping[str, Severity]
    failing: list[list[int]]
    """For each host: the numbers of the results that failed in its first scan."""

    @classmethod
    def of(cls, workspace: Workspace, size: Size) -> "Ground":
        """The ground over a workspace that is there, from the same seed."""
        rolled = random.Random(SEED)  # noqa: S311 (no secret)
        declared = checks_of(workspace)
        return cls(
            workspace,
            size,
            sorted(rolled.sample(sorted(declared), CHECKS)),
            {name: check.severity for name, check in declared.items()},
            [rolled.sample(range(RESULTS_OF_A_HOST), FAILING_OF_A_HOST) for _ in range(size.hosts)],
        )

    def zone_of(self, host: int) -> str:
        """The zone that a host is seen from."""
        return f"zona-{host * self.size.zones // self.size.hosts + 1}"

    def hosts_of(self, zone: str) -> list[int]:
        """The numbers of the hosts of a zone."""
        return [host for host in range(self.size.hosts) if self.zone_of(host) == zone]

    def subject(self, host: int, number: int) -> Subject:
        """What a result of a host is about."""
        return Subject(self.zone_of(host), address_of(host), 8_000 + number // CHECKS)

    @property
    def zones(self) -> list[str]:
        """The names of the zones."""
        return [f"zona-{number + 1}" for number in range(self.size.zones)]

    def answer(self, host: int, number: int, outcome: Outcome, at: datetime) -> CheckResult:
        """One result of a host."""
        check = self.checks[number % CHECKS]
        return CheckResult(
            check=check,
            subject=self.subject(host, number),
            outcome=outcome,
            reason=Reason.NO_ANSWER if outcome is Outcome.NOT_REACHED else Reason.OBSERVED,
            severity=self.severities[check],
            observed_at=at,
            details={"port": 8_000 + number // CHECKS, "protocol": "TLSv1.0", "service": "https"},
            evidence=(f"{host:032x}{number:032x}",),
        )

    def seen(self, host: int, at: datetime, failing: frozenset[int]) -> Told:
        """All results of a host."""
        return [
            self.answer(host, number, Outcome.FAILED if number in failing else Outcome.PASSED, at)
            for number in range(RESULTS_OF_A_HOST)
        ]

    def whole(self, host: int, at: datetime) -> Told:
        """All results of a host, as its first scan saw them."""
        return self.seen(host, at, frozenset(self.failing[host]))

    def repaired(self, host: int, at: datetime) -> Told:
        """What passes since: a half of what failed."""
        return [
            self.answer(host, number, Outcome.PASSED, at)
            for number in self.failing[host][: FAILING_OF_A_HOST // 2]
        ]

    def relapsed(self, host: int, at: datetime) -> Told:
        """What fails again."""
        return [
            self.answer(host, number, Outcome.FAILED, at)
            for number in self.failing[host][:RELAPSING_OF_A_HOST]
        ]


def address_of(host: int) -> str:
    """The address of a host."""
    return f"198.18.{host // 250}.{host % 250 + 1}"


def observed(ground: Ground, host: int, at: datetime) -> tuple[Observation, ...]:
    """What a scan keeps of a host: its ports, and a web server on each."""
    whole = Subject(ground.zone_of(host), address_of(host))
    ports = [8_000 + index for index in range(PORTS)]
    data = {
        "state": "up", "profile": "8000-8009", "open": ports, "closed": "", "filtered": "",
        "attempts": 1,
    }  # fmt: skip
    service = {
        "name": "http", "tls": False, "starttls": None, "banner": "", "product": "nginx",
        "version": "1.26.2", "method": "own", "anonymous": None,
        "http": {"status": 200, "location": None, "server": "nginx"}, "facts": {}, "problems": [],
    }  # fmt: skip
    return (
        Observation("host.ports", whole, at, data),
        *(
            Observation("service", Subject(whole.zone, whole.address, port), at, service)
            for port in ports
        ),
    )


def make(folder: Path, size: Size) -> Ground:
    """Make the workspace and all that is in it."""
    workspace = init_workspace(folder, "Pemerintah Kota Contoh", "en")
    ground = Ground.of(workspace, size)
    rolled = random.Random(SEED + 1)  # noqa: S311 (no secret)
    _register(ground)
    _scan_all(ground)
    _decide(ground, rolled)
    _risks(ground, rolled)
    expire(workspace)
    return ground


def _register(ground: Ground) -> None:
    size = ground.size
    with ground.workspace.change() as change:
        for number in range(size.zones):
            zones.put(change.connection, f"zona-{number + 1}", ZoneKind.IT)
        upsert_all(
            change.connection,
            [
                Asset(
                    "", f"Server {host}", f"Dinas Contoh {host % OWNERS + 1}",
                    ground.zone_of(host), addresses=AddressSet.parse([address_of(host)]),
                    confidentiality=1 + host % 3, integrity=1 + host // 3 % 3, availability=2,
                )
                for host in range(size.hosts)
            ],
        )  # fmt: skip
        change.record("asset.import", "bench")


def _scan_all(ground: Ground) -> None:
    """Three scans of each zone: everything; what was repaired since; what came back."""
    for zone in ground.zones:
        hosts = ground.hosts_of(zone)
        scan(ground, hosts, days_ago(FIRST_SCAN), ground.whole)
        scan(ground, hosts, days_ago(SECOND_SCAN), ground.repaired)
        scan(ground, hosts, days_ago(THIRD_SCAN), ground.relapsed)


def scan(
    ground: Ground, hosts: list[int], at: datetime, told: Callable[[int, datetime], Told]
) -> str:
    """Take in one scan of a zone, in a transaction for each :data:`HOSTS_AT_ONCE` hosts."""
    workspace = ground.workspace
    zone = ground.zone_of(hosts[0])
    with workspace.change() as change:
        identity = open_scan(change, zone, len(hosts), at)
        owner_of = AssetIndex.of(change.connection).owner_of
    due_on, calendar = due_dates(workspace), holiday_calendar(workspace)
    for start in range(0, len(hosts), HOSTS_AT_ONCE):
        with workspace.database.write() as connection:
            answers: list[CheckResult] = []
            for host in hosts[start : start + HOSTS_AT_ONCE]:
                answers += told(host, at)
                scans.keep_host(connection, identity, host_record(ground, host, at))
            results.record(connection, identity, at, answers)
            findings.apply(connection, identity, at, answers, due_on, owner_of, calendar)
    with workspace.change() as change:
        scans.finish(change.connection, identity, at)
        change.record("scan.done", identity)
    return identity


def open_scan(change: Change, zone: str, hosts: int, at: datetime) -> str:
    """Begin a scan."""
    identity = scans.start(
        change.connection, authorisation="loopback", zone=zone, request={}, hosts_planned=hosts,
        at=at, actor=ACTOR, tool_version="0",
    )  # fmt: skip
    change.record("scan.start", identity)
    return identity


def host_record(ground: Ground, host: int, at: datetime) -> HostRecord:
    """What a scan keeps of a host besides the results."""
    return HostRecord(address_of(host), "up", None, observed(ground, host, at), 1, 1, at)


def days_ago(days: int) -> datetime:
    """An instant in the past."""
    return datetime.now(UTC) - timedelta(days=days)


def _decide(ground: Ground, rolled: random.Random) -> None:
    """Plans, claims, acceptances and agreed false positives among what is live."""
    workspace, at = ground.workspace, days_ago(DECIDED)
    day = at.date()
    with workspace.database.write() as connection:
        live = [item.id for item in findings.list_all(connection, _LIVE)]
        rolled.shuffle(live)
        taken = iter(live)

        def some(count: int) -> list[str]:
            return list(islice(taken, count))

        hundredth = ground.size.findings // 100
        until = day + timedelta(days=90)
        findings.accept(
            connection, some(5 * hundredth), approver="GCIO", reason="menunggu pengadaan",
            expires_on=until, expires_at=end_of(workspace, until), at=at, actor=ACTOR,
            requested_by="Tim Jaringan", accepted_on=day,
        )  # fmt: skip
        refuted = some(hundredth)
        told: dict[str, Any] = {"reason": "perangkat uji", "at": at, "actor": ACTOR}
        findings.raise_dispute(connection, refuted, by="Auditor A", **told)
        findings.settle_dispute(connection, refuted, by="Auditor B", agreed=True, **told)
        findings.claim(
            connection, some(3 * hundredth), by="Tim Server", note="", at=at, actor=ACTOR
        )
        for number in range(ground.size.plans):
            plan = NewPlan(
                f"Tim {number % OWNERS + 1}", f"Pembaruan {number}",
                due=day + timedelta(days=rolled.randrange(1, 200)), effort_days=2, cost=5_000_000,
            )  # fmt: skip
            plans.make(connection, some(FINDINGS_OF_A_PLAN), plan, at=at, actor=ACTOR)
        findings.assign(connection, some(2 * hundredth), owner="Tim Khusus", at=at, actor=ACTOR)


def _risks(ground: Ground, rolled: random.Random) -> None:
    """The register as it is proposed, and the rest of its risks by hand."""
    with ground.workspace.view() as connection:
        assets = [asset.id for asset in AssetIndex.of(connection).assets]
    proposed = len(propose_risks(ground.workspace).new)
    for number in range(ground.size.risks - proposed):
        score = Score(rolled.randrange(1, 6), rolled.randrange(1, 6))
        add_risk(
            ground.workspace,
            RiskText(
                title=f"Risiko {number}", owner=f"Dinas Contoh {number % OWNERS + 1}",
                assets=tuple(rolled.sample(assets, 3)),
            ),
            NewScores(current=score),
            Who(by="Koordinator", reason="lokakarya"),
        )  # fmt: skip
