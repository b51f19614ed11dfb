"""The trail alone tells how findings and risks stand; tables that say otherwise are found."""

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from city_people import register

from secaudit.app.doctor.replay import hold, replay
from secaudit.app.sealing import documents_of
from secaudit.app.setup import init_workspace
from secaudit.ledger import trail
from secaudit.ledger.scans import ScanState

HELPER = Path(__file__).resolve().parents[1] / "helpers" / "told_scan.py"
HOST = "kantor/192.0.2.7"
TELNET, SSL3, TLS10 = "net.telnet.exposed", "tls.protocol.ssl3", "tls.protocol.tls1_0"
MANY = 30


class Ledger:
    """A workspace with a busy history, made by the real commands."""

    def __init__(self, folder: Path, proof: Path) -> None:
        self.workspace = init_workspace(folder, "Kota Contoh", "en")
        register(self.workspace)
        proof.write_bytes(b"%PDF-1.4 signed")
        seen = [(TELNET, 23), (SSL3, 443), (TLS10, 443)]
        self.scan(*((check, f"{HOST}:{port}/tcp", "failed") for check, port in seen))
        self.run("finding", "assign", "F-0001", "--owner", "Tim Jaringan")
        self.run(
            *("finding", "plan", "F-0001", "F-0002", "--owner", "Tim", "--action", "matikan"),
            *("--due", "2099-01-01"),
        )
        self.run("risk", "propose")
        self.run("finding", "claim", "F-0001", "--note", "ditutup")
        self.scan((TELNET, f"{HOST}:23/tcp", "passed"), (SSL3, f"{HOST}:443/tcp", "failed"))
        until = self.json("finding", "show", "F-0002")["due"]
        self.run(
            *("finding", "pause", "F-0003", "--until", until, "--reason", "vendor"),
            *("--by", "Vendor"),
        )
        self.run("finding", "comment", "F-0003", "--note", "lihat surat")
        self.run("risk", "score", "R-0001", "--current", "2x2", "--reason", "sudah dibatasi")
        self.run(
            *("risk", "treat", "R-0001", "--how", "mitigate", "--action", "matikan"),
            *("--owner", "Tim", "--due", "2099-01-01", "--residual", "1x2"),
        )
        # Too many events for one row: their document lies in the evidence.
        self.scan(*((TELNET, f"{HOST}:{port}/tcp", "failed") for port in range(1000, 1000 + MANY)))

    def run(self, *arguments: str, code: int = 0) -> str:
        place = ("--workspace", str(self.workspace.folder), "--lang", "en")
        done = subprocess.run(
            [sys.executable, "-m", "secaudit", *place, *arguments],
            capture_output=True, text=True, check=False, timeout=120, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def json(self, *arguments: str, code: int = 0):
        return json.loads(self.run(*arguments, "--format", "json", code=code))

    def scan(self, *answers: tuple[str, str, str]) -> None:
        given = [str(HELPER), str(self.workspace.folder), json.dumps(answers)]
        subprocess.run([sys.executable, *given], check=True, capture_output=True)

    def tamper(self, *statements: str) -> None:
        with sqlite3.connect(self.workspace.folder / "secaudit.sqlite") as connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()

    def held(self):
        with self.workspace.view() as connection:
            return hold(connection, self.workspace.evidence.get)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ledger")
    ledger = Ledger(folder / "ws", folder / "surat.pdf")
    ledger.workspace.database.close()
    return ledger


@pytest.fixture
def ledger(made, tmp_path):
    import copy
    import shutil

    from secaudit.app.workspace import open_workspace

    shutil.copytree(made.workspace.folder, tmp_path / "ws")
    mine = copy.copy(made)
    mine.workspace = open_workspace(tmp_path / "ws")
    yield mine
    mine.workspace.database.close()


def test_an_untouched_workspace_agrees_with_its_trail(ledger):
    rows = {row["name"]: row for row in ledger.json("doctor", "--audit-trail")}
    assert {row["state"] for row in rows.values()} == {"ok"}
    assert f"tells of {3 + MANY} findings" in rows["ledger"]["meaning"]
    assert "cannot be replayed" not in rows["ledger"]["meaning"]

    with ledger.workspace.view() as connection:
        told = replay(trail.entries(connection), ledger.workspace.evidence.get)
    assert told.findings["F-0001"]["state"] == "verified"
    assert told.findings["F-0002"]["state"] == "planned"
    assert told.findings["F-0003"]["due"] == ledger.json("finding", "show", "F-0003")["due"]
    [risk] = [row for row in ledger.json("risk", "list") if row["id"] == "R-0001"]
    assert told.risks["R-0001"]["own"]["score"] == {"likelihood": 2, "impact": 2}
    assert told.risks["R-0001"]["residual"]["impact"] == risk["scores"]["residual"]["impact"]


@pytest.mark.parametrize(
    ("statements", "says"),
    [
        (["update finding set state = 'verified' where id = 'F-0002'"],
         "F-0002: state is planned in the trail, and verified in the table"),
        (["update finding set due = '2099-12-31' where id = 'F-0003'"],
         "2099-12-31 in the table"),
        (["update finding_event set at = '2026-01-01T00:00:00.000000Z' where number = 1"],
         "F-0001 #1: at is"),
        (["update finding_event set effective_at = '2026-01-01T00:00:00.000000Z' where number = 2"],
         "effective_at is - in the trail"),
        (["delete from finding_event where kind = 'claimed'"],
         "event is claimed in the trail, and - in the table"),
        ([("insert into finding_event (finding_id, at, kind, from_state, to_state, actor, reason,"
          " details) values ('F-0002', '2026-01-01T00:00:00.000000Z', 'verified', 'planned',"
          " 'verified', 'secaudit', '', '{}')")],
         "event is - in the trail, and verified in the table"),
        ([("update risk set content = json_set(content, '$.owner', 'Orang lain')"
          " where id = 'R-0001'")],
         "R-0001: owner is"),
        (["update risk_event set content = json_set(content, '$.residual', null)"],
         "content_sha256 is"),
        (["update trail_seal set finding_event = finding_event + 5"], "trail_seal: until is"),
    ],
)  # fmt: skip
def test_a_table_that_was_rewritten_is_told(ledger, statements, says):
    ledger.tamper(*statements)
    rows = ledger.json("doctor", "--audit-trail", code=4)
    assert rows[0]["state"] == "ok", "the chain itself is whole"
    assert any(says in row["meaning"] for row in rows[1:]), rows
    # What came behind the trail is not sealed by the next command either.
    ledger.run("finding", "comment", "F-0003", "--note", "-")
    assert ledger.held().differences


def test_a_sealed_document_that_is_gone_or_changed_is_told(ledger):
    with ledger.workspace.view() as connection:
        sealed = [entry.details.get("sealed", {}) for entry in trail.entries(connection)]
    [large] = [one["sha256"] for one in sealed if one and "document" not in one]
    path = ledger.workspace.evidence.path_of(large)
    path.write_bytes(path.read_bytes() + b" ")
    assert any(one.what == "sha256" for one in ledger.held().differences)
    path.unlink()
    assert any(one.what == "sha256" for one in ledger.held().differences)


def test_a_scan_that_has_not_ended_waits_to_be_sealed(ledger):
    from datetime import UTC, datetime

    from secaudit.core.observation import CheckResult
    from secaudit.core.subject import parse_subject
    from secaudit.core.vocabulary import Outcome, Reason, Severity
    from secaudit.ledger import findings, scans

    at = datetime.now(UTC)
    result = CheckResult(
        SSL3, parse_subject(f"{HOST}:443/tcp"), Outcome.PASSED, Reason.OBSERVED, Severity.HIGH, at,
        {}, (),
    )  # fmt: skip
    with ledger.workspace.database.write() as connection:
        scan = scans.start(
            connection, authorisation="-", zone="kantor", request={}, hosts_planned=1, at=at,
            actor="a@b", tool_version="0",
        )  # fmt: skip
        findings.apply(connection, scan, at, [result], lambda *_: at.date(), lambda _: "")
    assert (ledger.held().differences, ledger.held().waiting) == ((), 1)
    with ledger.workspace.change() as change:
        scans.finish(change.connection, scan, at, ScanState.DONE)
        change.record("scan.done", scan)
    assert (ledger.held().differences, ledger.held().waiting) == ((), 0)


def test_what_was_there_before_rows_sealed_anything_is_counted(ledger):
    before = ledger.held()
    with ledger.workspace.view() as connection:
        entries = list(trail.entries(connection))
    last = replay(entries[-1:], ledger.workspace.evidence.get)
    assert last.before is not None
    assert last.before[0] > 0
    assert not before.not_replayable


def test_a_pack_has_the_documents_that_the_trail_seals(ledger, tmp_path):
    with ledger.workspace.view() as connection:
        [large] = documents_of(trail.entries(connection))
    pack = tmp_path / "paket"
    ledger.run("pack", "build", "--output", str(pack), "--allow-empty")
    assert (pack / "evidence" / f"{large}.json").is_file()
