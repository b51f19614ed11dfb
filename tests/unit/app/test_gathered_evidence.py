"""Evidence is gathered in outline: what an assessment says of it is what it says of each answer."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from controls.assessment import Evidence, Weighed
from secaudit.app.controls import library_of
from secaudit.app.gathered import EvidenceBase, gather_evidence
from secaudit.app.setup import init_workspace
from secaudit.app.workspace import Workspace
from secaudit.core.network import AddressSet
from secaudit.core.observation import CheckResult
from secaudit.core.subject import Subject
from secaudit.core.vocabulary import Outcome, Reason, Severity
from secaudit.ledger import findings, results, scans
from secaudit.registry.asset_index import AssetIndex
from secaudit.registry.assets import Asset, upsert_all

HOSTS, PORTS, SCANS = 6, 3, 4
CHECKS = ("tls.protocol.tls1_0", "net.telnet.exposed", "net.service.unknown", "cert.expired")
ANSWERS = (
    (Outcome.PASSED, Reason.OBSERVED),
    (Outcome.PASSED, Reason.PORT_CLOSED),
    (Outcome.FAILED, Reason.OBSERVED),
    (Outcome.NOT_REACHED, Reason.NO_ANSWER),
    (Outcome.NOT_APPLICABLE, Reason.NOT_OFFERED),
    (Outcome.INCONCLUSIVE, Reason.NO_OBSERVATION),
)


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    made = init_workspace(tmp_path / "ws", "Kota Contoh")
    with made.change() as change:
        upsert_all(
            change.connection,
            [
                Asset("", f"Server {host}", "Dinas", "kantor",
                      addresses=AddressSet.parse([f"192.0.2.{host}"]))
                for host in range(HOSTS - 1)
            ],
        )  # fmt: skip
        change.record("asset.import", "test")
    yield made
    made.database.close()


def scan(workspace: Workspace, rolled: random.Random, at: datetime) -> None:
    answers = [
        CheckResult(
            check, Subject("kantor", f"192.0.2.{host}", 8_000 + port), *rolled.choice(ANSWERS),
            Severity.HIGH, at,
        )
        for host in range(HOSTS)
        for port in range(PORTS)
        for check in CHECKS
        if rolled.random() < 0.8
    ]  # fmt: skip
    with workspace.change() as change:
        identity = scans.start(
            change.connection, authorisation="loopback", zone="kantor", request={},
            hosts_planned=HOSTS, at=at, actor="a@b", tool_version="0",
        )  # fmt: skip
        results.record(change.connection, identity, at, answers)
        findings.apply(
            change.connection, identity, at, answers, lambda *_: at.date(), lambda _subject: ""
        )
        change.record("scan.done", identity)


def each_answer(workspace: Workspace, at: datetime) -> tuple[Evidence, ...]:
    with workspace.view() as connection:
        assets = AssetIndex.of(connection)
        known = {(item.check, item.subject): item for item in findings.list_all(connection)}
        told = []
        for answer in results.standing(connection):
            asset, finding = (
                assets.asset_of(answer.subject),
                known.get((answer.check, answer.subject)),
            )
            told.append(
                Evidence(
                    answer.check, answer.subject, asset and asset.id, answer.outcome,
                    min(answer.last_seen, at), finding and finding.id, finding and finding.state,
                    answer.reason,
                )
            )  # fmt: skip
        return tuple(told)


@pytest.mark.parametrize("seed", range(4))
def test_the_outline_is_weighed_as_every_answer_is(workspace, seed):
    rolled = random.Random(seed)  # noqa: S311 (no secret)
    for ago in range(SCANS, 0, -1):
        scan(workspace, rolled, datetime.now(UTC) - timedelta(days=ago))
    with workspace.view() as connection:
        base = gather_evidence(connection)
    whole = each_answer(workspace, base.at)
    assert len(base.evidence) < len(whole)
    weighed = Weighed(whole, base.scope, base.at, reached=base.reached)
    library = library_of(workspace)
    for framework in library.frameworks:
        assert base.against(library, framework) == weighed.against(library, framework)


def test_whatever_ever_failed_is_there_one_by_one(workspace):
    rolled = random.Random(7)  # noqa: S311 (no secret)
    for ago in (3, 2, 1):
        scan(workspace, rolled, datetime.now(UTC) - timedelta(days=ago))
    with workspace.view() as connection:
        base: EvidenceBase = gather_evidence(connection)
        ids = {item.id for item in findings.list_all(connection)}
    assert sorted(item.finding for item in base.evidence if item.finding) == sorted(ids)


def test_what_a_scan_has_not_answered_since_then_stood_on_a_past_day(workspace):
    rolled = random.Random(5)  # noqa: S311 (no secret)
    first = datetime.now(UTC) - timedelta(days=9)
    scan(workspace, rolled, first)
    with workspace.view() as connection:
        then = gather_evidence(connection)
    scan(workspace, rolled, datetime.now(UTC) - timedelta(days=1))
    with workspace.view() as connection:
        later = gather_evidence(connection, first + timedelta(days=1))
    library = library_of(workspace)
    for framework in library.frameworks:
        now = [(item.requirement, item.standing) for item in then.against(library, framework)]
        assert now == [
            (item.requirement, item.standing) for item in later.against(library, framework)
        ]
