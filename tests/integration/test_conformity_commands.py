"""Bad input of the conformity report, through the command line."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from assured_city import AssuredCity
from os_accounts import as_account
from sqlalchemy import text, update

from secaudit.assurance import statements
from secaudit.assurance.evidence import EvidenceFile
from secaudit.assurance.statements import Line
from secaudit.core.vocabulary import Outcome
from secaudit.store.tables.assurance import attestation

TODAY = datetime.now(UTC).date()
CRYPTOGRAPHY = "iso27001-2022:A.8.24"


class City(AssuredCity):
    """Has a GCIO and a coordinator; ``issue`` acts from the GCIO's account."""

    def __init__(self, folder, capsys, monkeypatch) -> None:
        super().__init__(folder, capsys, monkeypatch)
        self.sk = self.file("sk.pdf", "SK")
        self.signed = self.file("laporan.pdf", "bertanda tangan")
        self.act_as("sekda")
        self.grant("Budi Contoh", "coordinator", "sekda")
        self.grant("Ratna Contoh", "approver", "gcio")
        self.grant("Sandi Contoh", "operator", "operator")

    def grant(self, name: str, role: str, account: str) -> None:
        self.run("role", "grant", name, "--role", role, "--account", account, "--document", self.sk)

    def issue(self, *more: str, code: int = 0, account: str = "gcio") -> None:
        self.act_as(account)
        self.run("conformity", "issue", "--document", self.signed, *more, code=code)


@pytest.fixture
def city(tmp_path: Path, capsys, monkeypatch) -> City:
    return City(tmp_path / "ws", capsys, monkeypatch)


def _content(city: City, report: str = "CR-0001"):
    path = Path(city.file(f"{report}.json"))
    city.run("conformity", "show", report, "-o", str(path), "--force")
    return json.loads(path.read_bytes())


def test_a_city_in_which_nobody_judged_anything_says_just_that(city, tmp_path):
    target = tmp_path / "laporan.html"
    city.run("conformity", "draft", "-o", str(target), "--lang", "id")
    shown = target.read_text()
    assert "Belum ada ketentuan yang dinilai" in shown
    assert "KONSEP" in shown
    city.issue()
    row = city.json("conformity", "show", "CR-0001")
    assert row["numbers"]["not_judged"] == row["numbers"]["requirements"]
    assert row["numbers"]["conform"] == 0


def test_nothing_is_issued_without_the_signed_report(city):
    city.act_as("gcio")
    city.run("conformity", "issue", code=2)
    assert "signed report" in city.talk
    city.run("conformity", "issue", "--document", str(city.workspace.folder / "none.pdf"), code=2)
    assert city.json("conformity", "list") == []


def test_only_the_gcio_issues_and_only_the_coordinator_passes_on(city):
    city.issue(account="operator", code=2)
    city.issue("--by", "Budi Contoh", account="sekda", code=2)
    city.issue("--by", "Ratna Contoh", account="operator")
    city.act_as("gcio")
    city.run("conformity", "forward", "CR-0001", code=2)
    city.act_as("operator")
    city.run("conformity", "forward", "CR-0001", "--by", "Budi Contoh", code=2)
    assert "document" in city.talk
    city.run("conformity", "forward", "CR-0001", "--by", "Budi Contoh", "--document", city.signed)


def test_no_step_comes_before_the_one_that_leads_to_it(city):
    city.act_as("sekda")
    city.run("conformity", "forward", "CR-0001", code=2)
    assert "no conformity report CR-0001" in city.talk
    city.issue()
    city.act_as("sekda")
    city.run("conformity", "receive", "CR-0001", "--by", "Wali Kota", code=2)
    assert "not been passed on" in city.talk
    tomorrow = (TODAY + timedelta(days=2)).isoformat()
    city.run("conformity", "forward", "CR-0001", "--on", tomorrow, code=2)
    assert "still to come" in city.talk
    city.run("conformity", "forward", "CR-0001", "--on", "2020-01-01", code=2)
    assert "issued only on" in city.talk
    city.run("conformity", "forward", "CR-0001")
    city.run("conformity", "forward", "CR-0001", code=2)
    city.run("conformity", "receive", "CR-0001", "--by", " ", code=2)
    city.run("conformity", "receive", "CR-0001", "--by", "Wali Kota", "--on", "2020-01-01", code=2)
    city.run("conformity", "receive", "CR-0001", "--by", "Wali Kota")
    assert city.trail()[-3:] == [
        "conformity.issued",
        "conformity.forwarded",
        "conformity.received",
    ]


def test_a_period_to_come_or_taken_is_refused(city, tmp_path):
    year = TODAY.year
    target = str(tmp_path / "a.html")
    for arguments, told in (
        (("--period", f"{year + 1}"), "still to come"),
        (("--period", "2026-H3"), "is no period"),
        (("--from", "2026-02-01", "--until", "2026-01-01"), "before it begins"),
        (("--period", "2025", "--from", "2025-01-01"), "leave --from"),
    ):
        city.run("conformity", "draft", "-o", target, *arguments, code=2)
        assert told in city.talk
    city.issue("--period", f"{year}-{12}" if TODAY.month < 12 else f"{year + 1}", code=2)
    assert "still to come" in city.talk
    if (TODAY.month, TODAY.day) != (12, 31):
        city.issue("--from", f"{year}-01-01", "--until", f"{year}-12-31", code=2)
        assert "still to come" in city.talk
    city.issue("--period", f"{year - 1}")
    city.issue("--period", f"{year - 1}-H2", code=2)
    assert f"CR-0001 by Ratna Contoh is about {year - 1}-01-01" in city.talk
    city.issue()
    assert city.json("conformity", "list")[1]["period_from"] == f"{year}-01-01"
    city.issue(code=2)


def test_a_wrong_report_is_replaced_and_stays(city):
    city.issue("--period", str(TODAY.year - 1))
    city.issue("--replaces", "cr-0001", "--note", "salah lingkup", "--framework", "iso27001-2022")
    rows = city.json("conformity", "list")
    assert [row["state"] for row in rows] == ["replaced", "issued"]
    assert rows[1]["period_until"] == rows[0]["period_until"]
    assert rows[1]["frameworks"] == ["iso27001-2022"]
    city.issue("--replaces", "CR-0001", code=2)
    assert "replaced already" in city.talk


def test_what_was_signed_is_what_is_issued(city, tmp_path):
    target = tmp_path / "konsep.json"
    city.run("conformity", "draft", "-o", str(target))
    identity = city.talk.split("identity ")[1].split(".")[0]
    city.scan({("net.telnet.exposed", "kantor/192.0.2.7:23/tcp"): Outcome.FAILED})
    city.issue("--identity", identity, code=2)
    assert "signed draft is" in city.talk
    city.run("conformity", "draft", "-o", str(target), "--force")
    identity = city.talk.split("identity ")[1].split(".")[0]
    city.issue("--identity", identity.lower())


def test_evidence_that_is_gone_is_pointed_out(city):
    proof = city.file("bukti.pdf", "kebijakan")
    city.act_as("operator")
    city.run("control", "attest", CRYPTOGRAPHY, "--verdict", "conform", "--evidence", proof)
    city.issue("--period", str(TODAY.year - 1))
    digest = city.json("control", "attestations")[0]["evidence"][0]["sha256"]
    city.workspace.evidence.path_of(digest).unlink()
    city.issue()
    record = city.json("conformity", "show", "CR-0002")
    assert record["numbers"]["differing"] == 1
    assert any("8.24" in item["why"] for item in record["decisions"])


def test_a_judgement_after_the_period_counts_where_it_speaks_about_it(city):
    last = TODAY.replace(month=1, day=1) - timedelta(days=1)
    proof = city.file("bukti.pdf", "kebijakan")
    city.act_as("operator")
    city.run("control", "attest", "A.8.20", "--verdict", "conform", "--evidence", proof)
    city.run(
        *("control", "attest", CRYPTOGRAPHY, "--verdict", "conform", "--evidence", proof),
        *("--from", last.isoformat()),
    )
    city.issue("--period", str(last.year))
    assert city.json("conformity", "show", "CR-0001")["numbers"]["conform"] == 1


def test_a_catalogue_that_does_not_bind_is_refused(city, tmp_path):
    target = str(tmp_path / "a.html")
    for name in ("rancangan-perda-pekalongan-2025", "tidak-ada"):
        city.run("conformity", "draft", "-o", target, "--framework", name, code=2)
    city.run("conformity", "draft", "-o", str(tmp_path / "a.docx"), code=2)
    city.run("conformity", "draft", "-o", str(tmp_path / "tanpa"), code=2)
    city.issue("--obligation", "A.8.24", code=2)
    assert "no obligation" in city.talk


def test_of_two_who_issue_at_once_one_is_refused(city):
    account = as_account("gcio", city.workspace.folder.parent)
    environment = {**os.environ, **account, "LOGNAME": "gcio", "SECAUDIT_LANG": "en"}
    command = [
        *(sys.executable, "-m", "secaudit", "--workspace", str(city.workspace.folder)),
        *("conformity", "issue", "--document", city.signed),
    ]
    both = [
        subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    told = [process.communicate()[1] for process in both]
    assert sorted(process.returncode for process in both) == [0, 2], told
    assert any("CR-0001 by Ratna Contoh is about" in text for text in told)
    assert len(city.json("conformity", "list")) == 1
    city.run("conformity", "show", "CR-0001", "--verify")


def test_what_the_auditor_finds_graver_is_what_the_report_states(city):
    proof = city.file("bukti.pdf", "kebijakan")
    city.act_as("sekda")
    city.grant("Sari Contoh", "auditor", "inspektorat")
    city.act_as("operator")
    city.run("control", "attest", CRYPTOGRAPHY, "--verdict", "conform", "--evidence", proof)
    city.act_as("inspektorat")
    city.run("control", "grade", CRYPTOGRAPHY, "--grade", "minor", "--note", "tanpa daftar kunci")
    city.issue()
    line = next(item for item in _content(city)["requirements"] if item["id"] == CRYPTOGRAPHY)
    assert line["verdict"] == "partly"
    assert line["said"]["value"] == "conform"
    assert line["graded"]["note"] == "tanpa daftar kunci"
    assert line["differences"] == ["graded"]


def test_controls_that_the_approved_statement_excludes_are_named_and_not_counted(city):
    with city.workspace.change() as change:
        line = Line("iso27001-2022:A.7.8", applicable=False, justification="Semua di pusat data")
        made = statements.start(
            change.connection, "iso27001-2022", [line], at=change.at, account="a@b"
        )
        statements.approve(
            change.connection, made, approver="Ratna Contoh", at=change.at, account="a@b",
            document=EvidenceFile("ab" * 32, "soa.pdf"),
        )  # fmt: skip
        change.record("soa.edited", made)
    city.issue()
    content = _content(city)
    standard = next(item for item in content["frameworks"] if item["id"] == "iso27001-2022")
    assert (standard["excluded"], standard["statement"]) == (["Annex A 7.8"], "SOA-0001")
    assert all(item["id"] != "iso27001-2022:A.7.8" for item in content["requirements"])


def test_a_word_that_ran_out_is_no_longer_a_judgement(city):
    proof = city.file("bukti.pdf", "kebijakan")
    city.act_as("operator")
    city.run(
        *("control", "attest", CRYPTOGRAPHY, "--verdict", "conform", "--evidence", proof),
        *("--from", "2024-01-01", "--expires", TODAY.isoformat()),
    )
    city.issue("--period", "2025-H1")
    assert city.json("conformity", "show", "CR-0001")["numbers"]["conform"] == 1
    with city.workspace.database.write() as connection:
        yesterday = TODAY - timedelta(days=1)
        connection.execute(update(attestation).values(expires_on=yesterday))
    city.issue()
    line = next(
        item for item in _content(city, "CR-0002")["requirements"] if item["id"] == CRYPTOGRAPHY
    )
    assert (line["verdict"], line["lapsed"]) == ("not_judged", yesterday.isoformat())


def test_a_broken_trail_seals_no_report(city):
    with city.workspace.database.write() as connection:
        guards = (
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_trail'"
        )
        for (name,) in connection.execute(text(guards)).all():
            connection.execute(text(f"DROP TRIGGER {name}"))
        connection.execute(text("UPDATE audit_trail SET reason = 'x' WHERE position = 2"))
    city.issue(code=4)
    assert "audit trail is broken" in city.talk
    assert city.json("conformity", "list") == []
