"""The risk register over a year, through the command line: nothing in it moves without a reason."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from city_people import register
from faked_time import faketime

from secaudit.app.workspace import open_workspace

HELPER = Path(__file__).resolve().parents[1] / "helpers" / "told_scan.py"
TELNET, REDIS = "net.telnet.exposed", "net.redis.no_password"
PORTAL, DATA = "kantor/192.0.2.7", "kantor/192.0.2.8"
ASSETS = (
    "nama,perangkat daerah,zona,alamat,kerahasiaan,keutuhan,ketersediaan\n"
    "Portal,Dinas A,kantor,192.0.2.7,3,2,1\n"
    "Data,Dinas B,kantor,192.0.2.8,2,2,2\n"
)
FAILED = ((TELNET, f"{PORTAL}:23/tcp", "failed"), (REDIS, f"{DATA}:6379/tcp", "failed"))


class Year:
    """A workspace whose commands run at a time that the test tells, in UTC."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = "2026-03-02 03:00:00"
        self.talk = ""

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*faketime(self.now), sys.executable, *arguments],
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "TZ": "UTC", "SECAUDIT_LANG": "en", "COLUMNS": "200"},
        )

    def run(self, *arguments: str, code: int = 0) -> str:
        done = self._run("-m", "secaudit", "--workspace", str(self.folder), *arguments)
        self.talk = " ".join(done.stderr.split())
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def json(self, *arguments: str, code: int = 0):
        return json.loads(self.run(*arguments, "--format", "json", code=code))

    def scan(self, *answers: tuple[str, str, str]) -> None:
        done = self._run(str(HELPER), str(self.folder), json.dumps(answers))
        assert done.returncode == 0, done.stderr

    def risk(self, risk_id: str, *more: str):
        return self.json("risk", "show", risk_id, *more)

    def lint(self, code: int = 4) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for row in self.json("risk", "lint", code=code):
            found.setdefault(row["risk"], set()).add(row["code"])
        return found


@pytest.fixture
def year(tmp_path):
    made = Year(tmp_path / "ws")
    done = made._run(
        *("-m", "secaudit", "--lang", "en", "init", str(made.folder)),
        *("--organisation", "Pemerintah Kota Contoh"),
    )
    assert done.returncode == 0, done.stderr
    register(open_workspace(made.folder))
    inventory = tmp_path / "aset.csv"
    inventory.write_text(ASSETS, encoding="utf-8")
    made.run("asset", "import", str(inventory))
    made.scan(*FAILED)
    made.run("risk", "propose")
    return made


@pytest.fixture
def letter(tmp_path):
    path = tmp_path / "surat.pdf"
    path.write_bytes(b"%PDF-1.4 signed")
    return str(path)


def about(year: Year, theme: str) -> str:
    [risk] = [row["id"] for row in year.json("risk", "list", "--all") if row["theme"] == theme]
    return str(risk)


def test_a_risk_follows_its_findings_and_its_past_stays(year, letter):
    risk = about(year, "stolen_passwords")
    first = year.risk(risk)
    assert (first["owner"], first["category"], first["above"]) == ("Dinas A", "keamanan", True)
    assert first["vulnerability"].startswith("Signing in")
    assert first["consequences"] == ["service", "reputation", "law"]
    assert first["assets"] == ["A-0001"]
    assert {row["code"] for row in year.json("risk", "lint", code=4) if row["risk"] == risk} == {
        "above_without_treatment"
    }
    year.now = "2026-03-05 03:00:00"
    year.run(
        *("risk", "treat", risk, "--how", "mitigate", "--action", "Matikan telnet"),
        *("--due", "2026-06-30", "--cost", "15000000", "--control", "A.8.20", "--residual", "1x4"),
        *("--finding", "F-0001"),
    )
    year.run(
        *("risk", "approve", risk, "--approver", "GCIO", "--reason", "sesuai rapat"),
        *("--document", letter, "--version", "2"),
    )
    approved = year.risk(risk)
    assert approved["scores"]["residual"]["estimate"] is True
    assert approved["treatments"][0]["controls"] == ["iso27001-2022:A.8.20"]
    assert approved["review_on"] == "2027-03-05"
    was = approved["scores"]["current"]["score"]

    year.now = "2026-06-02 03:00:00"
    year.scan((TELNET, f"{PORTAL}:23/tcp", "not_reached"))
    late = year.risk(risk)
    assert late["open_findings"] == ["F-0001"]
    assert late["scores"]["current"]["score"] > was
    assert late["history"][-1]["details"]["verified"] == []
    assert late["history"][-1]["details"]["facts"] == {"late": [None, 1]}

    year.now = "2026-07-02 03:00:00"
    year.scan((TELNET, f"{PORTAL}:23/tcp", "passed"))
    after = year.risk(risk)
    assert after["scores"]["current"]["likelihood"] == 1
    assert after["scores"]["residual"]["estimate"] is False
    assert after["state"] == "approved"
    moved = after["history"][-1]
    assert (moved["kind"], moved["details"]["verified"]) == ("moved", ["F-0001"])
    assert moved["actor"] == "secaudit"
    assert "verified: F-0001" in year.run("risk", "history", risk)

    then = year.risk(risk, "--at", "2026-06-30")
    assert then["scores"]["current"] == late["scores"]["current"]
    # Nobody looked in between: it was late on the day after its last one all the same.
    then = year.risk(risk, "--at", "2026-05-31")
    assert then["scores"]["current"] == late["scores"]["current"]
    then = year.risk(risk, "--at", "2026-03-08")
    assert (then["scores"]["current"]["score"], then["version"]) == (was, approved["version"])
    assert then["scores"]["residual"]["estimate"] is True
    assert [row["id"] for row in year.json("risk", "list", "--at", "2026-03-01")] == []
    year.run("risk", "show", risk, "--at", "2026-03-01", code=2)
    assert "there was no risk" in year.talk
    year.run("risk", "list", "--at", "2026-12-01", code=2)
    assert "still to come" in year.talk
    cells = year.json("risk", "matrix", "--at", "2026-03-06")
    assert [cell["score"] for cell in cells if risk in cell["risks"]] == [was]

    year.now = "2026-08-02 03:00:00"
    year.scan(FAILED[0])
    again = year.risk(risk)
    assert again["history"][-1]["details"]["reopened"] == ["F-0001"]
    assert again["scores"]["current"]["score"] == was
    year.now = "2027-03-06 03:00:00"
    assert "review_overdue" in year.lint()[risk]
    review = ("risk", "review", risk, "--by", "GCIO", "--reason", "tetap", "--next", "2027-06-30")
    year.run(*review, "--document", letter)
    assert "review_overdue" not in year.lint()[risk]
    assert "treatment_overdue" in year.lint()[risk]
    year.run("doctor", "--audit-trail")


def test_a_persons_score_stays_and_the_difference_is_shown(year):
    risk = about(year, "stolen_passwords")
    year.run("risk", "score", risk, "--current", "2x2", "--reason", "VLAN", "--by", "Kabid")
    year.now = "2026-03-03 03:00:00"
    year.scan((TELNET, f"{PORTAL}:23/tcp", "passed"))
    shown = year.risk(risk)
    assert shown["scores"]["current"]["score"] == 4
    assert shown["scores"]["current"]["by"] == "person"
    assert (shown["differs"], shown["computed"]["likelihood"]) == (True, 1)
    assert "By the findings it would be" in year.run("risk", "show", risk)
    year.run("risk", "score", risk, "--computed", "--reason", "terverifikasi")
    assert year.risk(risk)["differs"] is False


def test_two_people_who_edit_one_risk(year, letter):
    risk = about(year, "stolen_passwords")
    year.run("risk", "set", risk, "--owner", "Dinas C", "--version", "1")
    year.run("risk", "score", risk, "--current", "5x5", "--reason", "x", "--version", "1", code=2)
    assert "since version 1; version 2 has owner: Dinas A -> Dinas C" in year.talk
    assert "--version 2" in year.talk
    approve = ("risk", "approve", risk, "--approver", "GCIO", "--reason", "r", "--document", letter)
    year.run(*approve, "--version", "9", code=2)
    assert "has no version 9" in year.talk
    assert year.risk(risk)["version"] == 2


def test_acceptance_needs_a_second_person_a_proof_and_an_end(year, letter):
    risk = about(year, "unauthorised_access")
    accept = ("risk", "treat", risk, "--how", "accept", "--reason", "anggaran 2027")
    who = ("--approver", "Sekda")
    until = ("--until", "2026-06-30")
    year.run(*accept, *who, *until, code=2)
    assert "--proof is missing" in year.talk
    year.run(*accept, *who, "--proof", letter, code=2)
    assert "--until is missing" in year.talk
    year.run(*accept, *until, "--proof", letter, code=2)
    assert "--approver is missing" in year.talk
    whole = (*accept, *who, "--proof", letter)
    year.run(*whole, "--until", "2026-03-01", code=2)
    assert "expired on 2026-03-01 already" in year.talk
    year.run(*whole, "--until", "2028-03-01", code=2)
    assert "lasts too long" in year.talk
    year.run(*whole, *until, "--requested-by", " sekda", code=2)
    assert f"Sekda asked for this and cannot approve it too: {risk}" in year.talk
    year.run("risk", "score", risk, "--current", "4x3", "--reason", "x", "--by", "Sekda")
    year.run(*whole, *until, code=2)
    assert f"Sekda scored {risk} and cannot approve it too" in year.talk
    year.run("risk", "score", risk, "--current", "4x3", "--reason", "x", "--by", "Kabid")
    year.run(*whole, *until)
    assert "above_without_treatment" not in year.lint().get(risk, set())
    year.now = "2026-07-01 03:00:00"
    assert {"acceptance_expired", "above_without_treatment"} <= year.lint()[risk]
    assert year.risk(risk)["treatments"][0]["expired"] is True


def test_a_rejection_says_why_and_new_findings_speak_again(year, letter):
    risk = about(year, "stolen_passwords")
    signed = ("--document", letter)
    year.run("risk", "reject", risk, "--by", "GCIO", "--reason", " ", *signed, code=2)
    assert "the reason is empty" in year.talk
    year.run("risk", "reject", risk, "--by", "GCIO", "--reason", "jaringan terpisah", *signed)
    year.run("risk", "propose")
    assert year.risk(risk)["state"] == "rejected"
    year.run("risk", "approve", risk, "--approver", "GCIO", "--reason", "r", *signed, code=2)
    assert "is rejected" in year.talk
    year.now = "2026-03-03 03:00:00"
    year.scan((TELNET, f"{PORTAL}:2323/tcp", "failed"))
    year.run("risk", "propose")
    back = year.risk(risk)
    assert (back["state"], len(back["findings"])) == ("proposed", 2)
    assert back["rejection"]["reason"] == "jaringan terpisah"
    year.run("risk", "retire", risk, "--reason", "server dibongkar")
    year.run("risk", "propose")
    rows = year.json("risk", "list", "--all")
    mine = [row for row in rows if row["theme"] == "stolen_passwords"]
    assert sorted(row["state"] for row in mine) == ["proposed", "retired"]


def test_what_no_scan_sees_is_put_in_by_a_person(year):
    add = ("risk", "add", "--title", "Banjir di pusat data", "--reason", "kajian BPBD")
    year.run(*add, "--owner", " ", "--current", "2x5", code=2)
    assert "the owner is empty" in year.talk
    year.run(*add, "--owner", "Dinas A", code=2)
    assert "needs a score" in year.talk
    year.run(*add, "--owner", "Dinas A", "--current", "2x5", "--category", "cuaca", code=2)
    assert "no risk category 'cuaca'" in year.talk
    assert "bencana" in year.talk
    year.run(*add, "--owner", "Dinas A", "--current", "2x6", code=2)
    assert "impact from 1 to 5" in year.talk
    year.run(
        *(*add, "--owner", "Dinas A", "--current", "2x5", "--category", "bencana"),
        *("--asset", "Portal", "--harm", "service", "--harm", "safety", "--inherent", "3x5"),
    )
    made = year.json("risk", "list", "--category", "bencana")[0]
    assert made["assets"] == ["A-0001"]
    assert made["scores"]["inherent"]["score"] == 15
    year.run("risk", "score", made["id"], "--computed", "--reason", "x", code=2)
    assert "has no findings" in year.talk
    year.run("risk", "propose")
    assert year.risk(made["id"])["state"] == "proposed"


def test_a_register_keeps_the_scale_it_was_scored_with(year, letter):
    decided = about(year, "stolen_passwords")
    waiting = about(year, "unauthorised_access")
    year.run(
        *("risk", "approve", decided, "--approver", "GCIO", "--reason", "r"),
        *("--document", letter),
    )
    before = year.risk(decided)["scores"]["current"]
    settings = year.folder / "secaudit.yaml"
    text = settings.read_text(encoding="utf-8")
    changed = text.replace("scale: product-5x5", "scale: spbe").replace(
        "appetite: {}", "appetite: {default: 16, keamanan: 12}"
    )
    settings.write_text(changed, encoding="utf-8")
    shown = year.risk(decided)
    assert (shown["scale"], shown["scores"]["current"]) == ("product-5x5", before)
    assert year.lint()[decided] >= {"other_scale"}
    year.run("risk", "list")
    assert "scored with another scale (product-5x5)" in year.talk
    year.run("risk", "propose")
    assert year.risk(waiting)["scale"] == "spbe"
    assert year.risk(waiting)["appetite"] == 16
    year.run("risk", "score", decided, "--residual", "1x1", "--reason", "x", code=2)
    assert "score the current risk anew" in year.talk
    year.run("risk", "score", decided, "--computed", "--reason", "skala baru")
    rescored = year.risk(decided)
    assert (rescored["scale"], rescored["appetite"], rescored["state"]) == ("spbe", 12, "proposed")
    settings.write_text(changed.replace("keamanan:", "keamanann:"), encoding="utf-8")
    year.run("risk", "list", code=2)
    assert "secaudit.yaml:" in year.talk
    assert "no risk category 'keamanann'" in year.talk


def test_the_matrix_as_a_drawing(year, tmp_path):
    target = tmp_path / "matriks.svg"
    year.run("risk", "matrix", "--output", str(target))
    drawn = target.read_text(encoding="utf-8")
    assert "R-0001" in drawn
    assert "very high" in drawn
    assert "Kota Contoh" in drawn
    year.run("risk", "matrix", "--output", str(target), code=2)
    year.run("--lang", "id", "risk", "matrix", "--output", str(target), "--force")
    assert "Hampir Pasti Terjadi" in target.read_text(encoding="utf-8")
    year.run("risk", "matrix", "--output", str(tmp_path / "m.png"), code=2)
    assert ".svg" in year.talk
