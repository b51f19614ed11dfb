"""From a workspace to a sealed pack through the command line, and back by its verifiers."""

import json
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from secaudit.app.packs import PackRequest, build, report_data
from secaudit.app.risks import propose_risks
from secaudit.app.setup import init_workspace
from secaudit.app.workspace import Workspace, open_workspace
from secaudit.core.canonical import sha256_hex
from secaudit.core.errors import InputError, NotFoundError, VerificationError
from secaudit.core.network import AddressSet
from secaudit.core.observation import CheckResult, Observation
from secaudit.core.subject import parse_subject
from secaudit.core.vocabulary import FindingState, Outcome, Reason, Severity, Standing
from secaudit.ledger import findings, results, scans, trail
from secaudit.ledger.scans import HostRecord
from secaudit.registry import assets
from secaudit.registry.asset import NOT_NUMBERED, Asset
from secaudit.text.language import Language

BANNER = b"220 <script>alert(1)</script> \x1b[31m =cmd()\r\n"
START = datetime.now(UTC) - timedelta(hours=3)


def observe(workspace: Workspace, number: int, failing: set[int], evidence: str) -> None:
    """Record one scan of 127.0.0.1 and 127.0.0.2; ``failing`` are the hosts that fail."""
    at = START + timedelta(hours=number)
    answers = [
        CheckResult(
            "net.telnet.exposed",
            parse_subject(f"kantor/127.0.0.{host}:23/tcp"),
            Outcome.FAILED if host in failing else Outcome.PASSED,
            Reason.OBSERVED,
            Severity.HIGH,
            at,
            {"banner": BANNER.decode()},
            (evidence,),
        )
        for host in (1, 2)
    ]
    chain = Observation(
        "certificate.chain",
        parse_subject("kantor/127.0.0.1:443/tcp#a.kota-contoh.example"),
        at,
        {
            "chain": [
                {
                    "sha256": "ab" * 32,
                    "common_names": ["=cmd()\n<b>"],
                    "issuer": "CN=CA",
                    "not_before": "2026-01-01T00:00:00Z",
                    "not_after": "2026-02-01T00:00:00Z",
                    "key": {"type": "RSA", "bits": 2048},
                    "signature": {"name": "sha256WithRSAEncryption"},
                }
            ],
            "verification": {"mozilla": {"trusted": False, "problem": "unknown issuer"}},
        },
        (evidence,),
    )
    with workspace.change() as change:
        scan = scans.start(
            change.connection, authorisation="loopback", zone="kantor",
            request={"ports": "top100"}, hosts_planned=3, at=at, actor="op", tool_version="0",
        )  # fmt: skip
        for host, state in ((1, "up"), (2, "up"), (3, "silent")):
            seen = (chain,) if host == 1 else ()
            record = HostRecord(f"127.0.0.{host}", state, None, seen, 30, 5, at)
            scans.keep_host(change.connection, scan, record)
        results.record(change.connection, scan, at, answers)
        findings.apply(
            change.connection, scan, at, answers, lambda *_: date(2030, 1, 1), lambda _: "Dinas"
        )
        scans.finish(change.connection, scan, at + timedelta(minutes=1))
        change.record("scan.done", scan)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("workspaces") / "kota"
    workspace = init_workspace(folder, "Pemerintah Kota Contoh", unit="Bidang Persandian")
    evidence = workspace.evidence.put(BANNER, "text/plain")
    with workspace.change() as change:
        for number in (1, 2, 3):
            asset = Asset(
                id=NOT_NUMBERED, name=f"Layanan {number}", owner="Dinas Kominfo", zone="kantor",
                addresses=AddressSet.parse([f"127.0.0.{number}"]),
            )  # fmt: skip
            assets.upsert(change.connection, asset)
        change.record("asset.import", "3")
    observe(workspace, 0, {1, 2}, evidence)
    observe(workspace, 1, {2}, evidence)
    propose_risks(workspace)
    workspace.database.close()
    return folder


@pytest.fixture
def workspace(folder: Path) -> Workspace:
    return open_workspace(folder)


def secaudit(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "secaudit", "--workspace", str(folder), "--lang", "en", *arguments],
        capture_output=True, text=True, check=False, cwd=folder,
    )  # fmt: skip


def test_what_is_gathered(workspace: Workspace) -> None:
    data = report_data(workspace, PackRequest(language=Language.ENGLISH))
    assert data.language == "en"
    assert [scan.id for scan in data.scans] == ["S-0001", "S-0002"]
    states = {item.subject: item.state for item in data.findings}
    assert states == {
        "kantor/127.0.0.1:23/tcp": FindingState.VERIFIED,
        "kantor/127.0.0.2:23/tcp": FindingState.OPEN,
    }
    assert data.trend is not None
    assert (data.trend.verified, data.trend.still_open) == (1, 1)
    assert [asset.last_scanned is None for asset in data.assets] == [False, False, True]
    assert data.certificates[0].trusted is False
    assert data.risks
    contradicted = [
        item
        for framework in data.frameworks
        for item in framework.requirements
        if item.standing is Standing.CONTRADICTED
    ]
    assert contradicted
    assert all(item.unscanned == ("A-0003",) for item in contradicted)
    standing = next(item for item in data.findings if item.is_open)
    assert standing.citations
    assert any("Pasal" in citation or "Article" in citation for citation in standing.citations)


def test_a_period_before_everything_has_nothing(workspace: Workspace) -> None:
    data = report_data(workspace, PackRequest(start=date(2020, 1, 1), end=date(2020, 1, 31)))
    assert (data.scans, data.findings, data.results, data.certificates) == ((), (), (), ())
    with pytest.raises(InputError, match="before it begins"):
        report_data(workspace, PackRequest(start=date(2021, 1, 1), end=date(2020, 1, 1)))


def test_a_narrowed_report_holds_only_what_was_asked_for(workspace: Workspace) -> None:
    data = report_data(workspace, PackRequest(assets=("A-0002",)))
    assert {item.subject for item in data.findings} == {"kantor/127.0.0.2:23/tcp"}
    assert [asset.id for asset in data.assets] == ["A-0002"]
    with pytest.raises(NotFoundError):
        report_data(workspace, PackRequest(zones=("dc",)))
    with pytest.raises(NotFoundError):
        report_data(workspace, PackRequest(assets=("A-9999",)))


@pytest.mark.parametrize("noun", ["pack", "report"])
def test_what_is_unknown_or_empty_is_refused(folder: Path, tmp_path: Path, noun: str) -> None:
    target = tmp_path / "hasil.zip" if noun == "pack" else tmp_path / "hasil.json"
    make = (noun, "build", "--output", str(target))
    for option in (("--zone", "tak-ada"), ("--asset", "tak-ada")):
        refused = secaudit(folder, *make, *option)
        assert refused.returncode == 2
        assert "tak-ada" in refused.stderr
    past = ("--from", "2020-01-01", "--until", "2020-01-31")
    assert secaudit(folder, *make, *past).returncode == 3
    assert not target.exists()
    assert secaudit(folder, *make, *past, "--allow-empty").returncode == 0
    assert target.exists()


def test_the_trend_compares_what_both_scans_looked_at(tmp_path: Path) -> None:
    workspace = init_workspace(tmp_path / "kota", "Pemerintah Kota Contoh")
    evidence = workspace.evidence.put(BANNER, "text/plain")
    observe(workspace, 0, {1, 2}, evidence)
    at = START + timedelta(hours=1)
    with workspace.change() as change:
        lone = scans.start(
            change.connection, authorisation="loopback", zone="kantor",
            request={}, hosts_planned=1, at=at, actor="op", tool_version="0",
        )  # fmt: skip
        record = HostRecord("127.0.0.99", "up", None, (), 1, 1, at)
        scans.keep_host(change.connection, lone, record)
        scans.finish(change.connection, lone, at)
        change.record("scan.done", lone)

    assert report_data(workspace, PackRequest()).trend is None
    observe(workspace, 2, {2}, evidence)
    trend = report_data(workspace, PackRequest()).trend
    assert trend is not None
    assert (trend.scan, trend.previous, trend.hosts) == ("S-0003", "S-0001", 3)
    assert (trend.verified, trend.still_open) == (1, 1)
    workspace.database.close()


def test_a_pack_through_the_command_line(folder: Path, tmp_path: Path) -> None:
    pack = tmp_path / "paket.zip"
    made = secaudit(folder, "pack", "build", "--output", str(pack), "--sample")
    assert made.returncode == 0, made.stderr
    sealed = made.stdout.strip()
    checked = secaudit(folder, "pack", "verify", str(pack), "--format", "json")
    assert checked.returncode == 0, checked.stderr
    assert json.loads(checked.stdout)["sums_sha256"] == sealed
    shown = secaudit(folder, "pack", "show", str(pack), "--format", "json")
    manifest = json.loads(shown.stdout)
    assert manifest["organisation"] == "Pemerintah Kota Contoh"
    evidence = f"evidence/{sha256_hex(BANNER)}.txt"
    assert evidence in {item["path"] for item in manifest["files"]}
    again = secaudit(folder, "pack", "build", "--output", str(pack))
    assert again.returncode == 2
    assert "is there already" in again.stderr


def test_a_flipped_byte_ends_with_4_and_a_name(folder: Path, tmp_path: Path) -> None:
    pack = tmp_path / "paket"
    assert secaudit(folder, "pack", "build", "--output", str(pack)).returncode == 0
    content = bytearray((pack / "report.pdf").read_bytes())
    content[1000] ^= 1
    (pack / "report.pdf").write_bytes(content)
    checked = secaudit(folder, "pack", "verify", str(pack))
    assert checked.returncode == 4
    assert "report.pdf" in checked.stderr
    assert "changed" in checked.stdout


def test_a_pack_verifies_without_any_workspace(folder: Path, tmp_path: Path) -> None:
    pack = tmp_path / "paket"
    assert secaudit(folder, "pack", "build", "--output", str(pack)).returncode == 0
    done = subprocess.run(
        [sys.executable, "-m", "secaudit", "pack", "verify", str(pack)],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_the_head_of_the_trail_is_inside_and_the_pack_is_on_the_trail(
    workspace: Workspace, tmp_path: Path
) -> None:
    with workspace.view() as connection:
        position, sealed = trail.head(connection)
    summary = build(workspace, PackRequest(), tmp_path / "paket").summary
    manifest = json.loads((tmp_path / "paket" / "manifest.json").read_text("utf-8"))
    assert manifest["audit_trail"] == {"position": position, "hash": sealed}
    with workspace.view() as connection:
        last = list(trail.entries(connection, summary.identity))[-1]
    assert last.action == "pack.built"
    assert last.details["sha256sums"] == summary.sums_sha256


def test_the_same_input_makes_the_same_bytes_but_for_time(
    workspace: Workspace, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        build(workspace, PackRequest(), tmp_path / name)
    differing = {
        path.relative_to(tmp_path / "one").as_posix()
        for path in (tmp_path / "one").rglob("*")
        if path.is_file()
        and path.read_bytes()
        != (tmp_path / "two" / path.relative_to(tmp_path / "one")).read_bytes()
    }
    assert differing <= {"manifest.json", "SHA256SUMS"}


def test_no_pack_is_sealed_over_a_broken_trail(tmp_path: Path) -> None:
    workspace = init_workspace(tmp_path / "kota", "Pemerintah Kota Contoh")
    with workspace.database.engine.connect() as connection, connection.begin():
        for (name,) in connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).all():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.exec_driver_sql("UPDATE audit_trail SET actor = 'someone else'")
    with pytest.raises(VerificationError, match="audit trail is broken"):
        build(workspace, PackRequest(), tmp_path / "paket")
    assert not (tmp_path / "paket").exists()


@pytest.mark.parametrize("ending", ["html", "pdf", "xlsx", "json"])
def test_one_report_by_the_name_of_its_file(folder: Path, tmp_path: Path, ending: str) -> None:
    target = tmp_path / f"laporan.{ending}"
    done = secaudit(folder, "report", "build", "--output", str(target))
    assert done.returncode == 0, done.stderr
    assert target.stat().st_size > 1000
    assert secaudit(folder, "report", "build", "--output", str(target)).returncode == 2
    assert [path.name for path in tmp_path.iterdir()] == [target.name]


def test_the_preview_tells_the_summary(folder: Path) -> None:
    shown = secaudit(folder, "report", "preview")
    assert shown.returncode == 0, shown.stderr
    assert "1 asset of the 3 in scope never scanned" in shown.stdout
    value = json.loads(secaudit(folder, "report", "preview", "--format", "json").stdout)
    assert value["decisions"]


def test_an_empty_workspace_makes_a_report_that_says_so(tmp_path: Path) -> None:
    init_workspace(tmp_path / "kota", "Pemerintah Kota Contoh")
    shown = secaudit(tmp_path / "kota", "report", "preview")
    assert "Nothing was scanned in this period" in shown.stdout
