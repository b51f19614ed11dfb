"""Findings of a service that was switched off, through the command line and real scans."""

import json
import ssl
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from city_people import register
from loopback_scans import serving
from tls_pki import issue
from tls_servers import server_context

from secaudit.app.setup import init_workspace
from secaudit.app.workspace import Workspace
from secaudit.core.observation import CheckResult, Observation
from secaudit.core.subject import parse_subject
from secaudit.core.vocabulary import Outcome, Reason, Severity
from secaudit.ledger import findings, scans
from secaudit.ledger.scans import HostRecord


class Office:
    """A workspace, scanned over loopback by the real program."""

    def __init__(self, folder: Path) -> None:
        self.workspace = init_workspace(folder, "Kota Contoh", "en")
        register(self.workspace)

    def run(self, *arguments: str, code: int = 0) -> str:
        place = ("--workspace", str(self.workspace.folder), "--lang", "en")
        done = subprocess.run(
            [sys.executable, "-m", "secaudit", *place, *arguments],
            capture_output=True, text=True, check=False, timeout=120, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        self.talk = " ".join(done.stderr.split())
        return done.stdout

    def json(self, *arguments: str):
        return json.loads(self.run(*arguments, "--format", "json"))

    def scan(self, port: int) -> None:
        self.run("scan", "run", "127.0.0.1", "--ports", str(port), "--no-nmap", "--timeout", "1")


@pytest.fixture
def office(tmp_path):
    made = Office(tmp_path / "ws")
    yield made
    made.workspace.database.close()


@pytest.fixture
def record_of_end(tmp_path):
    path = tmp_path / "berita-acara.pdf"
    path.write_bytes(b"%PDF-1.4 the web server was switched off")
    return str(path)


def tls_handler(folder: Path):
    context: ssl.SSLContext = server_context(issue(), folder)

    def handle(connection) -> None:
        with suppress(OSError), context.wrap_socket(connection, server_side=True) as spoken:
            spoken.recv(1000)

    return handle


def test_a_service_that_was_switched_off_is_closed_with_proof(office, tmp_path, record_of_end):
    handler = tls_handler(tmp_path)
    with serving(handler) as port:
        office.scan(port)
        ids = [row["id"] for row in office.json("finding", "list", "--check", "cert")]
        assert ids
        give = ("finding", "retire", *ids, "--reason", "server dimatikan")
        office.run(*give, "--proof", record_of_end, code=2)
        assert f"port {port} of 127.0.0.1 was open in scan S-0001" in office.talk
        assert "switch the service off and scan again" in office.talk
    office.run("finding", "claim", *ids, "--note", "server dimatikan")
    office.scan(port)
    rows = office.json("finding", "list", "--check", "cert")
    assert {row["state"] for row in rows} == {"claimed_fixed"}
    assert {row["last_reason"] for row in rows} == {"port_closed"}
    office.run(*give, code=2)
    assert "needs the record that the service was switched off" in office.talk
    office.run(
        *("finding", "retire", "--check", "cert", "--reason", "server dimatikan"),
        *("--proof", record_of_end, "--yes"),
    )
    assert "closed as retired, as seen by: S-0002" in office.talk
    assert {office.json("finding", "show", each)["state"] for each in ids} == {"retired"}
    told = office.run("finding", "show", ids[0])
    assert "closed: scan S-0002 found the port shut" in told
    office.run(*give, "--proof", record_of_end, code=2)
    assert "taken out of use" in office.talk

    with serving(handler, port=port):
        office.scan(port)
    again = office.json("finding", "show", ids[0])
    assert again["state"] == "reopened"
    # A scan had seen it gone: its time begins anew.
    assert again["opened_at"] != again["first_seen"]


@pytest.mark.parametrize(
    ("ports", "names", "says"),
    [
        (None, (), "did not reach 192.0.2.7"),
        ({"open": [], "closed": "1-442", "filtered": "443"}, (), "was only silent in scan S-0001"),
        ({"open": [], "closed": "1-100", "filtered": ""}, (), "did not ask port 443"),
        ({"open": [443], "closed": "", "filtered": ""}, ("a.example",), "S-0001 asked for it"),
    ],
)
def test_a_retirement_is_refused_where_no_scan_saw_the_end(
    office, record_of_end, ports, names, says
):
    name_of = told_scan(office.workspace, ports, names)
    office.run(
        *("finding", "retire", name_of, "--reason", "mati", "--proof", record_of_end), code=2
    )
    assert says in office.talk


def test_a_server_name_that_is_asked_for_no_more_is_retired(office, record_of_end):
    identity = told_scan(office.workspace, {"open": [443], "closed": "", "filtered": ""}, ())
    office.run("finding", "retire", identity, "--reason", "pindah", "--proof", record_of_end)
    assert "met its server name no more" in office.run("finding", "show", identity)


def told_scan(workspace: Workspace, ports, names) -> str:
    """Keep a finding about a server name, and what the last scan saw of its host."""
    at = datetime.now(UTC)
    host = parse_subject("kantor/192.0.2.7")
    about = parse_subject("kantor/192.0.2.7:443/tcp#a.example")
    seen = () if ports is None else (
        Observation("host.ports", host, at, {"state": "up", "attempts": 1, **ports}),
        *(
            Observation(
                "certificate.chain", parse_subject(f"kantor/192.0.2.7:443/tcp#{name}"), at, {}
            )
            for name in names
        ),
    )  # fmt: skip
    with workspace.change() as change:
        scan = scans.start(
            change.connection, authorisation="-", zone="kantor", request={}, hosts_planned=1,
            at=at, actor="a@b", tool_version="0",
        )  # fmt: skip
        state = "silent" if ports is None else "up"
        scans.keep_host(
            change.connection, scan, HostRecord("192.0.2.7", state, None, seen, 1, 1, at)
        )
        result = CheckResult(
            "cert.expired", about, Outcome.FAILED, Reason.OBSERVED, Severity.HIGH, at, {}, ()
        )
        made = findings.apply(
            change.connection, scan, at, [result], lambda *_: at.date(), lambda _: ""
        )
        change.record("scan.done", scan)
    return made.new[0]
