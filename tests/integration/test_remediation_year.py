"""Plans, pauses, escalations, acceptances and numbers as time passes, through the command line."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from city_people import register
from faked_time import faketime

from secaudit.app.workspace import open_workspace

HELPER = Path(__file__).resolve().parents[1] / "helpers" / "told_scan.py"
TELNET, SSL3, TLS10 = "net.telnet.exposed", "tls.protocol.ssl3", "tls.protocol.tls1_0"
PORTAL, DATA = "kantor/192.0.2.7", "kantor/192.0.2.8"
ASSETS = (
    "nama,perangkat daerah,zona,alamat,kerahasiaan,keutuhan,ketersediaan\n"
    "Portal,Dinas A,kantor,192.0.2.7,3,2,1\n"
    "Data,Dinas B,kantor,192.0.2.8,2,2,2\n"
)
ESCALATION = "escalation:\n  - {after: 1, to: GCIO}\n  - {after: 5, to: Sekda}\n"


class Year:
    """A workspace whose commands run at a time that the test tells. Times are in UTC."""

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

    def json(self, *arguments: str):
        return json.loads(self.run(*arguments, "--format", "json"))

    def scan(self, *answers: tuple[str, str, str]) -> dict[str, list[str]]:
        done = self._run(str(HELPER), str(self.folder), json.dumps(answers))
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))

    def states(self) -> dict[str, str]:
        return {row["id"]: row["state"] for row in self.json("finding", "list", "--all")}


@pytest.fixture
def year(tmp_path):
    made = Year(tmp_path / "ws")
    done = made._run(
        *("-m", "secaudit", "--lang", "en", "init", str(made.folder)),
        *("--organisation", "Pemerintah Kota Contoh"),
    )
    assert done.returncode == 0, done.stderr
    register(open_workspace(made.folder))
    settings = made.folder / "secaudit.yaml"
    text = settings.read_text(encoding="utf-8")
    begin, end = text.index("escalation:\n"), text.index("# How long one pause")
    settings.write_text(text[:begin] + ESCALATION + text[end:], encoding="utf-8")
    inventory = tmp_path / "aset.csv"
    inventory.write_text(ASSETS, encoding="utf-8")
    made.run("asset", "import", str(inventory))
    made.scan(
        *((check, f"{host}:{port}/tcp", "failed")
          for host in (PORTAL, DATA)
          for check, port in ((TELNET, 23), (SSL3, 443), (TLS10, 443)))
    )  # fmt: skip
    return made


@pytest.fixture
def letter(tmp_path):
    path = tmp_path / "surat.pdf"
    path.write_bytes(b"%PDF-1.4 signed")
    return str(path)


def test_last_days_follow_severity_criticality_and_holidays(year, tmp_path):
    due = {row["id"]: row["due"] for row in year.json("finding", "list")}
    # High: 5 working days for the critical asset, 10 for the other; 19 March is Nyepi.
    assert due["F-0001"] == "2026-03-09"
    assert due["F-0004"] == "2026-03-16"
    assert [row["criticality"] for row in year.json("finding", "list", "--asset", "Portal")] == [
        3, 3, 3
    ]  # fmt: skip

    inventory = tmp_path / "aset.csv"
    inventory.write_text(ASSETS.replace("192.0.2.8,2,2,2", "192.0.2.8,2,3,2"), encoding="utf-8")
    year.run("asset", "import", str(inventory))
    shown = year.json("finding", "show", "F-0004")
    assert shown["due"] == "2026-03-09"
    assert [event["kind"] for event in shown["events"]] == ["found", "due_changed"]


def test_an_old_settings_file_keeps_its_meaning(year):
    settings = year.folder / "secaudit.yaml"
    text = settings.read_text(encoding="utf-8")
    begin, end = text.index("sla:\n"), text.index("# Holidays")
    old = "sla:\n  critical: 3\n  high: 10\n  medium: 30\n  low: 90\n  info: 365\n\n"
    settings.write_text(text[:begin] + old + text[end:], encoding="utf-8")
    year.scan((TELNET, f"{PORTAL}:2323/tcp", "failed"))
    assert year.json("finding", "show", "F-0007")["due"] == "2026-03-16"
    year.now = "2026-06-01 03:00:00"
    assert year.json("finding", "list", "--escalated") == []
    assert len(year.json("finding", "list", "--late")) == 7


def test_a_pause_moves_the_last_day_and_no_owner_pauses_alone(year, letter):
    pause = ("finding", "pause", "F-0001", "--until", "2026-03-13", "--reason", "menunggu vendor")
    year.run(*pause, "--by", "dinas a", code=2)
    assert "dinas a repairs F-0001" in year.talk.replace("Dinas A", "dinas a")
    year.run(*pause, "--by", "Dinas A", "--approver", "Dinas A", code=2)
    assert "needs the approval of a registered person" in year.talk
    approved = (*pause, "--approver", "GCIO", "--document", letter)
    year.run(*approved, "--by", "gcio", code=2)
    assert "GCIO asked for this and cannot approve it too: F-0001" in year.talk
    year.run(*approved, "--by", "Dinas A")
    # 2 to 13 March are ten working days; offices are closed for Nyepi and Idulfitri after that.
    row = year.json("finding", "show", "F-0001")
    assert (row["due"], row["paused_until"]) == ("2026-03-30", "2026-03-13")
    assert [item["id"] for item in year.json("finding", "list", "--paused")] == ["F-0001"]
    year.run(*pause, "--by", "GCIO", code=2)
    assert "is paused from 2026-03-02 to 2026-03-13 already" in year.talk
    year.run(*pause[:3], "--until", "2026-12-01", "--reason", "r", "--by", "GCIO", code=2)
    assert "lasts too long" in year.talk
    year.run(*pause[:3], "--until", "2026-03-01", "--reason", "r", "--by", "GCIO", code=2)
    assert "before it begins" in year.talk

    year.now = "2026-03-05 03:00:00"
    year.run("finding", "resume", "F-0001", "--reason", "vendor datang")
    # Paused on 2, 3 and 4 March only.
    assert year.json("finding", "show", "F-0001")["due"] == "2026-03-12"
    year.run("finding", "resume", "F-0001", "--reason", "lagi", code=2)
    assert "is not paused" in year.talk
    year.now = "2026-03-16 03:00:00"
    year.run(*pause[:3], "--until", "2026-03-20", "--reason", "r", "--by", "GCIO", code=2)
    assert "comes too late" in year.talk


def test_late_repairs_go_up_level_by_level_once(year):
    year.now = "2026-03-10 03:00:00"
    [first, second] = year.json("finding", "list", "--escalated")
    assert [first["id"], second["id"]] == ["F-0001", "F-0002"]
    assert (first["escalation_level"], first["escalated_to"]) == (1, "GCIO")
    year.now = "2026-03-17 03:00:00"
    told = {row["id"]: row["escalated_to"] for row in year.json("finding", "list", "--escalated")}
    assert sorted(told.values()) == ["GCIO", "GCIO", "Sekda", "Sekda"]
    history = year.json("finding", "history", "F-0001")
    assert [row["kind"] for row in history] == ["found", "escalated", "escalated"]
    assert [row["details"]["reached_on"] for row in history[1:]] == ["2026-03-10", "2026-03-16"]
    assert None not in [row["trail"] for row in history[1:]]
    year.run("finding", "list")
    assert len(year.json("finding", "history", "F-0001")) == 3


def test_what_an_acceptance_leaves_when_it_runs_out(year, letter):
    year.run(
        *("finding", "accept", "F-0004", "--approver", "Sekda", "--reason", "anggaran"),
        *("--until", "2026-04-30", "--proof", letter),
    )
    past = ("finding", "accept", "F-0001", "--approver", "Sekda", "--reason", "r")
    year.run(*past, "--until", "2026-03-01", "--proof", letter, code=2)
    assert "would have expired" in year.talk
    year.now = "2026-04-20 03:00:00"
    assert [row["id"] for row in year.json("finding", "list", "--expiring", "14d")] == ["F-0004"]
    assert year.json("finding", "list", "--expiring", "5") == []
    year.now = "2026-05-04 03:00:00"
    year.scan((TLS10, f"{PORTAL}:443/tcp", "failed"))
    shown = year.json("finding", "show", "F-0004")
    assert shown["state"] == "open"
    assert not shown["overdue"]
    last = year.json("finding", "history", "F-0004")[-1]
    assert (last["kind"], last["details"]["expired_on"]) == ("acceptance_expired", "2026-04-30")
    assert last["trail"] is not None


def test_a_plan_is_done_only_when_scans_saw_all_of_it(year):
    year.run(
        *("finding", "plan", "--check", "tls", "--owner", "Tim", "--action", "matikan TLS lama"),
        *("--due", "2026-05-01", "--start", "2026-03-03", "--effort", "2,5"),
        *("--cost", "Rp15.000.000", "--yes"),
    )
    [row] = year.json("plan", "list")
    assert (row["effort_days"], row["cost"], row["currency"]) == (2.5, 15_000_000, "IDR")
    assert (row["state"], row["progress"]["total"]) == ("not_begun", 4)
    year.run("finding", "claim", "--plan", "p-0001", "--note", "selesai", "--yes")
    assert year.json("plan", "list")[0]["state"] == "under_way"

    # Half of the hosts answer: nothing is closed by silence, doubt, another name or another zone.
    year.now = "2026-03-04 03:00:00"
    year.scan(
        (SSL3, f"{PORTAL}:443/tcp", "passed"),
        (TLS10, f"{PORTAL}:443/tcp", "inconclusive"),
        (SSL3, f"{DATA}:443/tcp", "not_reached"),
        (TLS10, f"{DATA}:443/tcp", "not_reached"),
        (TLS10, f"{PORTAL}:443/tcp#portal.example", "passed"),
    )
    year.scan((SSL3, "dmz/192.0.2.8:443/tcp", "passed"), (TLS10, "dmz/192.0.2.7:443/tcp", "passed"))
    shown = year.json("plan", "show", "P-0001")
    assert shown["progress"] == {
        "total": 4, "verified": 1, "claimed": 3, "open": 0, "accepted": 0, "false_positive": 0,
        "retired": 0, "withdrawn": 0, "not_reached": 2, "done": 1,
    }  # fmt: skip
    places = {place["place"]: place for place in shown["places"]}
    assert places[PORTAL]["verified"] == 1
    assert places[DATA]["not_reached"] == 2
    assert "verified 1 of 2, 1 claimed" in year.run("plan", "show", "P-0001")

    before = year.json("finding", "show", "F-0006")
    year.now = "2026-03-05 03:00:00"
    year.scan(
        (TLS10, f"{PORTAL}:443/tcp", "passed"),
        (SSL3, f"{DATA}:443/tcp", "passed"),
        (TLS10, f"{DATA}:443/tcp", "failed"),
    )
    refuted = year.json("finding", "show", "F-0006")
    assert refuted["events"][-1]["kind"] == "claim_refuted"
    assert refuted["due"] == before["due"], "a claim that does not hold gives no new time"
    assert year.json("plan", "list")[0]["progress"]["open"] == 1
    year.now = "2026-03-06 03:00:00"
    year.scan((TLS10, f"{DATA}:443/tcp", "passed"))
    assert year.json("plan", "list") == []
    assert year.json("plan", "list", "--all")[0]["state"] == "done"
    year.run("plan", "cancel", "P-0001", "--version", "1", "--reason", "r", code=2)
    assert "is done" in year.talk
    year.now = "2026-03-09 03:00:00"
    year.scan((TLS10, f"{DATA}:443/tcp", "failed"))
    assert year.json("plan", "list")[0]["progress"]["open"] == 1


def test_two_people_who_change_one_plan_hear_of_each_other(year):
    year.run(
        *("finding", "plan", "F-0001", "F-0002", "--owner", "Tim", "--action", "tutup"),
        *("--due", "2026-05-01"),
    )
    revise = ("plan", "revise", "P-0001", "--reason", "anggaran", "--version")
    year.run(*revise, "1", "--due", "2026-06-01", "--remove", "F-0002", "--add", "F-0004")
    year.run(*revise, "1", "--owner", "Lain", code=2)
    assert "at version 2, not 1" in year.talk
    assert "due: 2026-05-01 -> 2026-06-01" in year.talk
    year.run(*revise, "2", "--due", "2026-06-01", code=2)
    assert "nothing about P-0001 would change" in year.talk
    year.run(*revise, "2", "--start", "2026-07-01", code=2)
    assert "after it is due" in year.talk
    year.run(*revise, "2", "--remove", "F-0001", "--remove", "F-0004", code=2)
    assert "no finding would be left" in year.talk
    assert year.states()["F-0002"] == "open"
    year.run("plan", "comment", "P-0001", "--note", "=cmd()")
    year.run("plan", "cancel", "P-0001", "--version", "2", "--reason", "perangkat diganti")
    assert {year.states()[name] for name in ("F-0001", "F-0004")} == {"open"}
    year.run(*revise, "3", "--owner", "Lain", code=2)
    assert "was cancelled: perangkat diganti" in year.talk
    kinds = [event["kind"] for event in year.json("plan", "show", "P-0001")["events"]]
    assert kinds == ["made", "revised", "commented", "cancelled"]
    assert year.json("plan", "list") == []


def test_a_filter_shows_what_it_touches_and_asks(year):
    assign = ("finding", "assign", "--owner", "Tim Jaringan")
    year.run(*assign, code=2)
    assert "no finding is named" in year.talk
    year.run(*assign, "F-0001", "--severity", "high", code=2)
    assert "not both" in year.talk
    year.run(*assign, "--severity", "high", "--of-owner", "Dinas A", "--dry-run")
    assert "This is about 2 findings: 2 high." in year.talk
    year.run(*assign, "--severity", "high", "--of-owner", "Dinas A", code=2)
    assert "add --yes" in year.talk
    year.run(*assign, "--check", "cert", "--yes", code=2)
    assert "no finding matches" in year.talk
    rows = len(_trail(year))
    year.run(*assign, "--severity", "high", "--of-owner", "Dinas A", "--yes")
    assert len(year.json("finding", "list", "--owner", "Tim Jaringan")) == 2
    added = _trail(year)[rows:]
    assert [(row["action"], row["object_id"]) for row in added] == [
        ("finding.assigned", "F-0001+1")
    ]
    assert added[0]["details"]["findings"] == ["F-0001", "F-0002"]
    # One that cannot be claimed: then none is.
    year.run("finding", "claim", "F-0003")
    year.run("finding", "claim", "F-0001", "F-0003", code=2)
    assert year.states()["F-0001"] == "open"


def _trail(year):
    from secaudit.ledger import trail
    from secaudit.store.database import Database

    database = Database(year.folder / "secaudit.sqlite")
    try:
        with database.read() as connection:
            assert trail.verify(connection) is None
            return [vars(entry) for entry in trail.entries(connection)]
    finally:
        database.close()


def test_files_and_remarks_stay_with_findings(year, tmp_path):
    hostile = tmp_path / "..%2f=cmd().pdf"
    hostile.write_bytes(b"isi")
    year.run("finding", "attach", "F-0001", "F-0002", "--file", str(hostile), "--note", "foto")
    year.run("finding", "comment", "F-0001", "--note", "sudah dihubungi")
    [item] = year.json("finding", "attachments", "F-0002")
    assert (item["name"], item["size"], item["note"]) == (hostile.name, 3, "foto")
    out = tmp_path / "keluar"
    year.run("finding", "attachments", "F-0001", "--save", str(out))
    [saved] = list(out.iterdir())
    assert saved.read_bytes() == b"isi"
    assert saved.name.startswith("F-0001-01-")
    year.run("finding", "attachments", "F-0001", "--save", str(out), code=2)
    kinds = [row["kind"] for row in year.json("finding", "history", "F-0001")]
    assert kinds == ["found", "attached", "commented"]
    year.run("finding", "attachments", "P-0001", code=2)


def test_the_numbers_of_a_quarter(year):
    year.now = "2026-03-05 03:00:00"
    year.scan((TELNET, f"{PORTAL}:23/tcp", "passed"), (SSL3, f"{DATA}:443/tcp", "passed"))
    year.now = "2026-03-10 03:00:00"
    year.scan((TELNET, f"{PORTAL}:23/tcp", "failed"), (SSL3, f"{PORTAL}:443/tcp", "passed"))
    year.now = "2026-03-31 03:00:00"
    found = year.json("finding", "metrics", "--from", "2026-03-01", "--by", "owner")
    of = found["all"]
    assert (of["open_before"], of["opened"], of["relapsed"], of["verified"]) == (0, 7, 1, 3)
    assert (of["median_days"], of["p90_days"]) == (3.0, 8.0)
    # Kept: both of 5 March. Missed: SSL 3.0 of the portal (due on the 9th, repaired on the 10th),
    # Telnet of the data server (due on the 16th), and Telnet of the portal since its relapse.
    assert (of["kept"], of["missed"], of["kept_share"]) == (2, 3, 0.4)
    assert sum(of["ageing"].values()) == of["open"] == 4
    assert {name: part["open"] for name, part in found["groups"].items()} == {
        "Dinas A": 2, "Dinas B": 2
    }  # fmt: skip
    days = {day["day"]: day["open"] for day in found["burn_down"]}
    assert [days[f"2026-03-{day:02d}"] for day in (1, 2, 4, 5, 9, 10, 31)] == [0, 6, 6, 4, 4, 4, 4]
    early = year.json("finding", "metrics", "--from", "2026-03-01", "--until", "2026-03-04")
    assert (early["all"]["open"], early["all"]["kept"], early["all"]["missed"]) == (6, 0, 0)
    year.run("finding", "metrics", "--until", "2026-04-01", code=2)
    assert "still to come" in year.talk
    assert year.run("finding", "metrics", "--format", "csv", "--by", "zone").count("\n") == 3


def test_of_two_who_revise_at_the_same_moment_one_is_refused(year):
    year.run("finding", "plan", "F-0001", "--owner", "T", "--action", "a", "--due", "2026-05-01")
    command = [sys.executable, "-m", "secaudit", "--workspace", str(year.folder), "plan", "revise"]
    both = [
        subprocess.Popen(
            [*command, "P-0001", "--version", "1", "--owner", name, "--reason", "r"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "SECAUDIT_LANG": "en"},
        )
        for name in ("Ani", "Budi")
    ]
    said = [process.communicate(timeout=120)[1] for process in both]
    assert sorted(process.returncode for process in both) == [0, 2], said
    assert any("at version 2, not 1" in " ".join(words.split()) for words in said)
    shown = year.json("plan", "show", "P-0001")
    assert shown["version"] == 2
    assert shown["owner"] in {"Ani", "Budi"}


def test_numbers_do_not_depend_on_when_somebody_next_looks(year, letter, tmp_path):
    year.run(
        *("finding", "accept", "F-0004", "--approver", "Sekda", "--reason", "anggaran"),
        *("--until", "2026-03-06", "--proof", letter),
    )
    year.run("risk", "propose")
    soon, late = Year(tmp_path / "soon"), Year(tmp_path / "late")
    for copy in (soon, late):
        shutil.copytree(year.folder, copy.folder)
    soon.now = "2026-03-09 03:00:00"
    soon.run("finding", "list")
    told = []
    for copy in (soon, late):
        copy.now = "2026-05-04 03:00:00"
        period = ("--from", "2026-03-01", "--until", "2026-05-01", "--by", "owner")
        history = copy.json("finding", "history", "F-0004")
        told.append(
            {
                "metrics": copy.json("finding", "metrics", *period),
                "due": {row["id"]: row["due"] for row in copy.json("finding", "list")},
                "events": [(row["kind"], row["effective_at"]) for row in history],
                "registers": [
                    copy.json("risk", "list", "--at", day)
                    for day in ("2026-03-08", "2026-03-10", "2026-04-15", "2026-05-03")
                ],
            }
        )
        kinds = {row["kind"]: row for row in history}
        expired = kinds["acceptance_expired"]
        # The day after the last one begins in Jakarta at 17:00 UTC of the day before.
        assert expired["effective_at"] == "2026-03-06T17:00:00Z"
        assert expired["at"][:10] == ("2026-03-09" if copy is soon else "2026-05-04")
        assert None not in [row["trail"] for row in history if row["kind"] != "found"]
    assert told[0] == told[1]
    # It grew late on the day after its last day, 9 March: the risk moved then.
    scores = [[row["score"] for row in rows] for rows in told[1]["registers"]]
    assert scores[0] != scores[1]
    assert (told[0]["metrics"]["all"]["open"], told[0]["metrics"]["all"]["accepted"]) == (6, 0)


def test_what_is_told_is_told_in_the_words_and_numbers_of_the_language(year, tmp_path):
    year.run(
        *("finding", "plan", "F-0001", "--owner", "Tim", "--action", "tutup"),
        *("--due", "2026-05-01", "--effort", "2,5"),
    )
    year.run("plan", "revise", "P-0001", "--version", "1", "--due", "2026-05-04",
             "--effort", "3,5", "--add", "F-0002", "--reason", "libur")  # fmt: skip
    shown = year.run("--lang", "id", "plan", "show", "P-0001")
    assert "3,5" in shown
    assert "2,5 -> 3,5" in shown
    assert "2026-05-01 -> 2026-05-04" in shown
    assert "due:" not in shown
    year.run("plan", "comment", "P-0001", "--note", "-")
    year.run("finding", "dispute", "F-0003", "--reason", "salah alamat")
    assert "a false positive? salah alamat" in year.run("finding", "show", "F-0003")

    year.now = "2026-03-10 03:00:00"
    assert "late, due on 2026-03-09: escalated to GCIO" in year.run("finding", "show", "F-0001")

    note = tmp_path / "nota.txt"
    note.write_text("catatan", encoding="utf-8")
    year.run("finding", "attach", "F-0001", "--file", str(note))
    save = ("finding", "attachments", "F-0001", "--save", str(tmp_path / "berkas"))
    year.run(*save)
    year.run(*save, code=2)
    assert "--force" not in year.talk
    assert "name another folder" in year.talk
    size = ("audit", "sample", "size", "--population", "100", "--tolerable", "0.125")
    assert "12,5%" in year.run("--lang", "id", *size)
    year.run(
        *("audit", "plan", "--title", "Uji", "--criterion", "iso27001-2022", "--asset", "Tidak"),
        *("--from", "2026-01-01", "--until", "2026-02-28"),
        *("--work-from", "2026-04-01", "--work-until", "2026-04-30"), code=2,
    )  # fmt: skip
    assert "there is no asset Tidak" in year.talk
