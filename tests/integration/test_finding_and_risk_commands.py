"""Findings and risks through the command line, on a real workspace."""

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from city_people import register

from secaudit.app.assets import retire_asset
from secaudit.app.checks import checks_of
from secaudit.app.doctor.workspace import examine_workspace
from secaudit.app.finding_acting import expire
from secaudit.app.packs import PackRequest, report_data
from secaudit.app.setup import init_workspace
from secaudit.app.sla import due_dates
from secaudit.app.workspace import Actor
from secaudit.cli.main import run
from secaudit.core.errors import RefusedError
from secaudit.core.network import AddressSet
from secaudit.core.observation import CheckResult
from secaudit.core.subject import parse_subject
from secaudit.core.vocabulary import FindingState, Outcome, Reason
from secaudit.ledger import findings, results, scans, trail
from secaudit.registry.asset_index import AssetIndex
from secaudit.registry.assets import Asset, upsert
from secaudit.text.language import Language, set_language

TELNET = ("net.telnet.exposed", "kantor/192.0.2.7:23/tcp")
REDIS = ("net.redis.no_password", "kantor/192.0.2.8:6379/tcp")
ESCALATED = "finding.escalated"
HOSTILE = "=cmd()\x1b[31m\n<b>x"


class City:
    def __init__(self, folder, capsys):
        self.workspace = init_workspace(folder, "Pemerintah Kota Contoh", "en")
        register(self.workspace)
        self._capsys = capsys
        asset = Asset(
            "", "Portal", "Dinas Contoh", "kantor", addresses=AddressSet.parse(["192.0.2.7"])
        )
        with self.workspace.change() as change:
            upsert(change.connection, asset)
            change.record("asset.add", "A-0001")

    def scan(self, *answers, ago=timedelta()):
        at = datetime.now(UTC) - ago
        checks = checks_of(self.workspace)
        with self.workspace.change() as change:
            connection = change.connection
            scan = scans.start(
                connection, authorisation="loopback", zone="kantor", request={},
                hosts_planned=1, at=at, actor="a@b", tool_version="0",
            )  # fmt: skip
            made = [
                CheckResult(
                    check, parse_subject(subject), outcome, Reason.OBSERVED,
                    checks[check].severity, at,
                    {"port": 23, "zone": "kantor", "shown": HOSTILE}, ("ab" * 32,),
                )
                for (check, subject), outcome in answers
            ]  # fmt: skip
            results.record(connection, scan, at, made)
            owner_of = AssetIndex.of(connection).owner_of
            findings.apply(connection, scan, at, made, due_dates(self.workspace), owner_of)
            scans.finish(connection, scan, at)
            change.record("scan.done", scan)

    def run(self, *arguments, code=0):
        set_language(Language.ENGLISH)
        folder = str(self.workspace.folder)
        assert run(["--workspace", folder, "--lang", "en", *arguments]) == code
        self.talk, printed = (captured := self._capsys.readouterr()).err, captured.out
        return printed

    def json(self, *arguments):
        return json.loads(self.run(*arguments, "--format", "json"))


@pytest.fixture
def city(tmp_path, capsys):
    made = City(tmp_path / "ws", capsys)
    yield made
    made.workspace.database.close()


@pytest.fixture
def letter(tmp_path):
    path = tmp_path / "nota-dinas.pdf"
    path.write_bytes(b"%PDF-1.4 signed on paper")
    return path


def test_the_life_of_a_finding_leaves_a_whole_trail(city, tmp_path):
    city.scan((TELNET, Outcome.FAILED), (REDIS, Outcome.FAILED), ago=timedelta(days=60))
    listed = city.json("finding", "list")
    assert [(row["id"], row["owner"]) for row in listed] == [
        ("F-0002", ""),
        ("F-0001", "Dinas Contoh"),
    ]
    assert [row["overdue"] for row in listed] == [True, True]
    assert [row["id"] for row in city.json("finding", "list", "--asset", "Portal")] == ["F-0001"]
    assert len(city.json("finding", "list", "--overdue", "--check", "net.redis")) == 1

    city.run("finding", "assign", "F-0001", "f-0002", "--owner", "Tim Jaringan")
    city.run(
        *("finding", "plan", "F-0001", "F-0002", "--owner", "Tim", "--action", "tutup"),
        *("--due", "2099-01-01"),
    )
    city.run("finding", "claim", "F-0001", "--note", "ditutup", "--by", "Teknisi")
    shown = city.run("finding", "show", "F-0001")
    assert "claimed fixed by Teknisi, not verified yet" in shown
    city.scan((TELNET, Outcome.PASSED), (REDIS, Outcome.NOT_REACHED))
    states = {row["id"]: row["state"] for row in city.json("finding", "list", "--all")}
    assert states == {"F-0001": "verified", "F-0002": "planned"}

    proof = tmp_path / "surat.pdf"
    proof.write_bytes(b"%PDF-1.4 signed")
    accept = ("finding", "accept", "F-0002", "--reason", "anggaran", "--until", soon(30))
    city.run(*accept, "--approver", "Sekda", code=2)
    assert "needs the signed document" in city.talk
    proven = (*accept, "--proof", str(proof))
    city.run(*proven, "--approver", "Sekda", "--requested-by", "sekda", code=2)
    assert "cannot approve" in city.talk
    city.run(*proven, "--approver", Actor.of_this_process().account.upper(), code=2)
    assert "needs the approval of a registered person" in city.talk
    assert "those registered for it: Sekda, GCIO" in " ".join(city.talk.split())
    city.run(*proven, "--approver", "Sekda", "--until", soon(367), code=2)
    assert f"{soon(365)}, the latest day permitted" in " ".join(city.talk.split())
    city.run(*accept, "--approver", "Sekda", "--proof", str(proof))
    record = city.json("finding", "show", "F-0002")
    assert record["state"] == "accepted"
    assert city.workspace.evidence.get(record["acceptance"]["proof_sha256"]) == proof.read_bytes()

    rows = [
        row
        for row in city.json("finding", "history", "F-0001")
        if f"finding.{row['kind']}" != ESCALATED
    ]
    assert [row["kind"] for row in rows] == ["found", "assigned", "planned", "claimed", "verified"]
    positions = [row["trail"] for row in rows]
    assert [position is not None for position in positions] == [False, True, True, True, False]
    with city.workspace.view() as connection:
        assert trail.verify(connection) is None
        actions = [
            entry.action
            for entry in trail.entries(connection)
            if "F-0002" in entry.details.get("findings", ()) and entry.action != ESCALATED
        ]
        assert actions == ["finding.assigned", "finding.planned", "finding.accepted"]


def soon(days):
    return (datetime.now(ZoneInfo("Asia/Jakarta")).date() + timedelta(days=days)).isoformat()


def test_an_asset_known_later_gives_its_owner_and_an_assignment_wins(city):
    city.scan((TELNET, Outcome.FAILED), (REDIS, Outcome.FAILED))
    asset = Asset("", "Basis data", "Dinas B", "kantor", addresses=AddressSet.parse(["192.0.2.8"]))
    with city.workspace.change() as change:
        upsert(change.connection, asset)
        change.record("asset.add", "A-0002")

    owners = {row["id"]: row["owner"] for row in city.json("finding", "list")}
    [redis] = [identity for identity, owner in owners.items() if owner == "Dinas B"]
    assert city.json("finding", "show", redis)["owner"] == "Dinas B"
    assert [row["id"] for row in city.json("finding", "list", "--owner", "Dinas B")] == [redis]
    shown = report_data(city.workspace, PackRequest()).findings
    assert {item.id: item.owner for item in shown} == owners

    city.run("finding", "assign", redis, "--owner", "Tim Jaringan")
    assert city.json("finding", "show", redis)["owner"] == "Tim Jaringan"
    assert city.json("finding", "list", "--owner", "Dinas B") == []


def test_a_due_day_past_the_listed_holidays_says_so(city):
    city.scan((TELNET, Outcome.FAILED))
    assert "holidays are listed" not in city.run("finding", "show", "F-0001")
    (city.workspace.folder / "holidays.yaml").write_text(
        "schema_version: 1\nholidays: [{date: 2020-01-01, name: Tahun Baru}]\n", encoding="utf-8"
    )

    assert "holidays are listed until 2020" in city.run("finding", "show", "F-0001")
    rows = {row.name: row for row in examine_workspace(city.workspace.folder)}
    assert rows["due_days"].state == "missing"
    assert "until 2020: 1 findings" in rows["due_days"].meaning


def test_an_expired_acceptance_is_open_at_the_next_look(city, tmp_path):
    proof = tmp_path / "surat.pdf"
    proof.write_bytes(b"%PDF-1.4 signed")
    city.scan((TELNET, Outcome.FAILED))
    city.run(
        *("finding", "accept", "F-0001", "--approver", "Sekda", "--reason", "r"),
        *("--until", soon(30), "--proof", str(proof)),
    )
    assert expire(city.workspace) == ()
    with city.workspace.database.write() as connection:
        connection.exec_driver_sql("UPDATE acceptance SET expires_at = '2020-01-01T00:00:00Z'")
    assert city.json("finding", "list")[0]["state"] == "open"
    with city.workspace.view() as connection:
        last = list(trail.entries(connection, "F-0001"))[-1]
        assert last.action == "finding.acceptance_expired"
        assert findings.get(connection, "F-0001").state is FindingState.OPEN


def test_what_a_target_says_does_no_harm(city):
    city.scan((TELNET, Outcome.FAILED))
    shown = city.run("finding", "show", "F-0001")
    assert "\x1b" not in shown
    assert "\n<b>" not in shown
    city.run("finding", "claim", "F-0001", "--by", "=HYPERLINK()", "--note", "=cmd()")
    rows = list(
        csv.DictReader(io.StringIO(city.run("finding", "history", "F-0001", "--format", "csv")))
    )
    assert rows[-1]["reason"] == "'=cmd()"


def test_refusals_name_the_thing_and_the_way_on(city, letter):
    city.run("finding", "show", "F-9999", code=2)
    assert "F-9999" in city.talk
    city.scan((TELNET, Outcome.FAILED))
    city.run("finding", "dispute", "F-0001", "--reason", "r", "--by", "Ani")
    city.run("finding", "dispute", "F-0001", "--reason", "r", "--by", "Ani", "--agree", code=2)
    agree = ("finding", "dispute", "F-0001", "--reason", "r", "--by", "GCIO", "--agree")
    city.run(*agree, code=2)
    assert "needs the document that GCIO signed" in city.talk
    city.run(*agree, "--document", str(letter))
    city.run("finding", "claim", "F-0001", code=2)
    assert "false positive" in city.talk
    city.run(
        *("finding", "plan", "F-0001", "--owner", "a", "--action", "b", "--due", "2020-01-01"),
        code=2,
    )
    assert city.json("finding", "list") == []


def test_findings_close_with_their_asset_and_come_back_when_it_does(city, tmp_path):
    city.scan((TELNET, Outcome.FAILED), (REDIS, Outcome.FAILED))
    with pytest.raises(RefusedError, match="1 findings of A-0001 would be closed"):
        retire_asset(city.workspace, "Portal", "dibongkar")
    record = tmp_path / "berita-acara.pdf"
    record.write_bytes(b"%PDF-1.4 signed")
    retire_asset(city.workspace, "Portal", "dibongkar", record)
    assert [row["id"] for row in city.json("finding", "list")] == ["F-0002"]
    assert city.json("finding", "history", "F-0001")[-1]["kind"] == "retired"
    city.scan((TELNET, Outcome.FAILED))
    assert city.json("finding", "show", "F-0001")["state"] == "reopened"


def test_risks_are_proposed_approved_and_drawn(city, letter):
    city.scan((TELNET, Outcome.FAILED), (REDIS, Outcome.FAILED))
    proposed = city.json("risk", "propose")
    assert {risk["theme"] for risk in proposed} == {"stolen_passwords", "unauthorised_access"}
    city.run("risk", "propose")
    assert "Unchanged: 2." in city.talk
    first = proposed[0]["id"]
    approve = ("risk", "approve", first, "--approver", "GCIO", "--reason", "sesuai")
    city.run(*approve, code=2)
    assert "needs the document that GCIO signed" in city.talk
    approve = (*approve, "--document", str(letter))
    city.run(*approve, code=2)
    assert "has no owner" in city.talk
    city.run("risk", "set", first, "--owner", "Dinas Contoh")
    city.run(*approve)
    city.run(*approve, code=2)
    city.scan((TELNET, Outcome.PASSED), (REDIS, Outcome.PASSED))
    city.run("risk", "propose")
    assert "Lapsed: 1." in city.talk
    assert [row["id"] for row in city.json("risk", "list")] == [first]
    shown = city.run("risk", "show", first)
    assert re.search(r"^Still open +0$", shown, re.MULTILINE)
    assert "Likelihood becomes 1: of 1 findings, none fails any more." in shown
    assert "moved by its findings: 4x3 (12) -> 1x3 (3); verified: F-0002" in shown
    drawn = city.run("risk", "matrix")
    assert first in drawn
    assert "***** very high" in drawn
    cells = city.json("risk", "matrix")
    assert len(cells) == 25
    assert [cell["risks"] for cell in cells if cell["risks"]] == [[first]]
    with city.workspace.view() as connection:
        actions = [entry.action for entry in trail.entries(connection)]
        assert actions.count("risk.proposed") == 3
        assert actions.count("risk.approved") == 1
        assert actions.count("risk.moved") == 1
