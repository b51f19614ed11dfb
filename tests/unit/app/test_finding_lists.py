"""Lists of findings by owner and asset, whole and in pages: the short ways find what is there."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from secaudit.app.finding_choice import SHOWN, FindingQuery, choose, chosen_ids
from secaudit.app.finding_views import finding_rows, list_findings, stream_findings
from secaudit.app.setup import init_workspace
from secaudit.app.workspace import Workspace
from secaudit.core.errors import RefusedError
from secaudit.core.network import AddressSet
from secaudit.core.observation import CheckResult
from secaudit.core.subject import parse_subject
from secaudit.core.vocabulary import Outcome, Reason, Severity
from secaudit.ledger import findings, scans
from secaudit.registry.assets import Asset, upsert_all

SUBJECTS = (
    "kantor/192.0.2.1:443/tcp",
    "kantor/192.0.2.1:443/tcp#www.kota.example",
    "kantor/192.0.2.2:443/tcp",
    "kantor/192.0.2.3:22/tcp",
    "kantor/[2001:db8::7]:443/tcp",
    "kantor/198.51.100.9:443/tcp",
    "file:kunci/server.p12#alias",
)
AT = datetime.now(UTC) - timedelta(days=30)


def asset(name: str, owner: str, *addresses: str, hostnames: tuple[str, ...] = ()) -> Asset:
    where = AddressSet.parse(addresses)
    return Asset("", name, owner, "kantor", addresses=where, hostnames=hostnames)


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """The owner written on a finding is that of its scan; the inventory has changed since."""
    made = init_workspace(tmp_path / "ws", "Kota Contoh", "en")
    with made.change() as change:
        connection = change.connection
        scan = scans.start(
            connection, authorisation="loopback", zone="kantor", request={}, hosts_planned=1,
            at=AT, actor="a@b", tool_version="0",
        )  # fmt: skip
        answers = [
            CheckResult(
                check, parse_subject(subject), Outcome.FAILED, Reason.OBSERVED, severity, AT,
                {"cipher": "RC4"}, ("ab" * 32,),
            )
            for subject in SUBJECTS
            for check, severity in (
                ("tls.protocol.tls1_0", Severity.HIGH), ("net.telnet.exposed", Severity.CRITICAL),
            )
        ]  # fmt: skip
        findings.apply(
            connection, scan, AT, answers, lambda *_: AT.date(), lambda _subject: "Dinas Lama"
        )
        told = {"at": AT, "actor": "a@b"}
        findings.assign(connection, ["F-0001", "F-0005"], owner="Dinas A", **told)
        upsert_all(
            connection,
            [
                asset("Satu", "Dinas A", "192.0.2.1"),
                asset("Portal", "Dinas B", hostnames=("www.kota.example",)),
                asset("Dua", "Dinas B", "192.0.2.2", "2001:db8::/64"),
                asset("Tiga", "", "192.0.2.3"),
            ],
        )
        change.record("asset.import", "test")
    yield made
    made.database.close()


def one_by_one(workspace: Workspace, **wanted: str) -> list[str]:
    """The ids by looking at every finding."""
    with workspace.view() as connection:
        rows = finding_rows(workspace, connection, findings.list_all(connection))
    return [row["id"] for row in rows if all(row[name] == value for name, value in wanted.items())]


@pytest.mark.parametrize("owner", ["Dinas A", "Dinas B", "Dinas Lama", "Dinas C", ""])
def test_the_findings_of_an_owner(workspace, owner):
    with workspace.view() as connection:
        found = chosen_ids(workspace, connection, FindingQuery(owner=owner), tuple(SHOWN))
    assert found == one_by_one(workspace, owner=owner)
    assert bool(found) is (owner in ("Dinas A", "Dinas B", "Dinas Lama"))


@pytest.mark.parametrize("name", ["Satu", "Portal", "Dua", "Tiga"])
def test_the_findings_of_an_asset(workspace, name):
    with workspace.view() as connection:
        found = chosen_ids(workspace, connection, FindingQuery(asset=name), tuple(SHOWN))
    assert found
    assert found == one_by_one(workspace, asset_name=name)


@pytest.mark.parametrize(
    "query",
    [
        FindingQuery(),
        FindingQuery(everything=True),
        FindingQuery(owner="Dinas B"),
        FindingQuery(asset="Dua", owner="Dinas A"),
        FindingQuery(severities=(Severity.HIGH,), overdue=True),
    ],
)
def test_a_stream_is_the_whole_list(workspace, query):
    whole = list_findings(workspace, query)
    assert list(stream_findings(workspace, query)) == list(whole.rows)
    assert len(whole.rows) == whole.total
    page = list_findings(workspace, query, 3)
    assert page.rows == whole.rows[:3]
    assert page.total == whole.total


def test_a_row_tells_what_it_told_of_a_finding(workspace):
    listed = list_findings(workspace, FindingQuery(everything=True)).rows
    with workspace.view() as connection:
        rows = finding_rows(workspace, connection, findings.list_all(connection))
    assert listed == tuple(rows)
    assert json.loads(json.dumps(rows)) == rows


def test_what_a_command_would_touch_is_counted(workspace):
    found = choose(workspace, FindingQuery(owner="Dinas B"), SHOWN)
    assert found.ids == tuple(one_by_one(workspace, owner="Dinas B"))
    assert found.severities == {Severity.CRITICAL: 3, Severity.HIGH: 2}
    with pytest.raises(RefusedError):
        choose(workspace, FindingQuery(owner="Dinas C"), SHOWN)
