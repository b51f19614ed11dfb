"""Notices as time passes, through the command line, to servers on this machine alone."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from city_people import register
from faked_time import faketime
from notice_sinks import mail_server, webhook

from secaudit.app.workspace import open_workspace

HELPER = Path(__file__).resolve().parents[1] / "helpers" / "told_scan.py"
TELNET, TLS10 = "net.telnet.exposed", "tls.protocol.tls1_0"
EXPIRED = "cert.expired"
PORTAL, DATA = "kantor/192.0.2.7", "kantor/192.0.2.8"
TOKEN = "r4has1aTOKENxyz"  # noqa: S105 (it is to be found nowhere)
ASSETS = (
    "nama,perangkat daerah,zona,alamat,kerahasiaan,keutuhan,ketersediaan\n"
    "Portal,Dinas A,kantor,192.0.2.7,3,2,1\n"
    "Data,Dinas B,kantor,192.0.2.8,2,2,2\n"
)
FIRST_DAY = "2026-03-02 03:00:00"


class City:
    """A workspace whose commands run at a time that the test tells. Times are in UTC."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = FIRST_DAY
        self.talk = ""
        self.said: list[str] = []
        self.environment: dict[str, str] = {}

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*faketime(self.now), sys.executable, *arguments],
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            env={
                **os.environ,
                "TZ": "UTC",
                "SECAUDIT_LANG": "en",
                "COLUMNS": "200",
                **self.environment,
            },
        )
        self.said += [done.stdout, done.stderr]
        return done

    def run(self, *arguments: str, code: int = 0) -> str:
        done = self._run("-m", "secaudit", "--workspace", str(self.folder), *arguments)
        self.talk = " ".join(done.stderr.split())
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def json(self, *arguments: str):
        return json.loads(self.run(*arguments, "--format", "json"))

    def scan(self, *answers) -> dict[str, list[str]]:
        done = self._run(str(HELPER), str(self.folder), json.dumps(answers))
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))

    def configure(self, text: str) -> None:
        settings = self.folder / "secaudit.yaml"
        kept = settings.read_text(encoding="utf-8").partition("notices:\n")[0]
        settings.write_text(f"{kept}notices:\n{text}", encoding="utf-8")

    def secret(self, name: str, address: str, mode: int = 0o600) -> Path:
        folder = self.folder / "secrets"
        folder.mkdir(exist_ok=True, mode=0o700)
        path = folder / name
        path.write_text(f"# one address\n{address}\n", encoding="utf-8")
        path.chmod(mode)
        return path

    def trail(self) -> list[dict[str, object]]:
        database = sqlite3.connect(self.folder / "secaudit.sqlite")
        rows = database.execute(
            "SELECT action, object_id, details FROM audit_trail ORDER BY position"
        ).fetchall()
        database.close()
        return [{"action": row[0], "about": row[1], "details": row[2]} for row in rows]

    def sent(self) -> list[dict[str, object]]:
        return [row for row in self.trail() if row["action"] == "notice.sent"]

    def content(self) -> str:
        database = sqlite3.connect(self.folder / "secaudit.sqlite")
        dump = "\n".join(database.iterdump())
        database.close()
        return dump


@pytest.fixture
def city(tmp_path):
    made = City(tmp_path / "ws")
    done = made._run(
        *("-m", "secaudit", "--lang", "id", "init", str(made.folder)),
        *("--organisation", "Pemerintah Kota Contoh"),
    )
    assert done.returncode == 0, done.stderr
    register(open_workspace(made.folder))
    inventory = tmp_path / "aset.csv"
    inventory.write_text(ASSETS, encoding="utf-8")
    made.run("asset", "import", str(inventory))
    return made


@pytest.fixture
def hook():
    with webhook() as sink:
        yield sink


def at_once(city: City, hook, *lines: str) -> None:
    city.secret("web.url", f"json://127.0.0.1:{hook.port}/{TOKEN}?rto=20")
    more = "".join(f"      {line}\n" for line in lines)
    city.configure(
        "  timeout_seconds: 2\n  channels:\n    persandian:\n      secret: web.url\n"
        f"      recipients: [Tim persandian]\n{more}"
    )


def test_a_new_critical_finding_is_told_once_and_again_when_it_fails_again(city, hook):
    at_once(city, hook)
    city.scan((TELNET, f"{PORTAL}:23/tcp", "failed"))
    [severity] = {row["severity"] for row in city.json("finding", "list")}
    kind = {"critical": "new_critical", "high": "new_high"}[severity]
    at_once(city, hook, f"kinds: [{kind}]")
    city.run("notice", "send")
    [told] = hook.received
    assert told["title"].startswith("Pemerintah Kota Contoh [secaudit] ")
    assert "F-0001" in told["title"]
    assert "Dinas A" in told["message"]
    assert "Portal, 192.0.2.7:23/tcp" in told["message"]
    assert "2 Maret 2026" in told["message"]
    assert "secaudit finding show F-0001" in told["message"]
    city.now = "2026-03-02 04:00:00"
    city.run("notice", "send")
    assert len(hook.received) == 1
    assert "nothing to tell" in city.talk
    city.now = "2026-03-03 03:00:00"
    city.scan((TELNET, f"{PORTAL}:23/tcp", "passed"))
    city.run("notice", "send")
    assert len(hook.received) == 1
    city.now = "2026-03-04 03:00:00"
    city.scan((TELNET, f"{PORTAL}:23/tcp", "failed"))
    city.run("notice", "send")
    assert len(hook.received) == 2
    assert [row["about"] for row in city.sent()] == ["N-0001", "N-0002"]
    assert [row["state"] for row in city.json("notice", "history")] == ["sent", "sent"]
    assert f'"{kind}": 1' in json.dumps(city.json("notice", "show", "N-0001")["kinds"])


def test_last_days_are_told_near_and_missed_and_by_level(city, hook):
    at_once(city, hook, "kinds: [sla_near, sla_missed]")
    city.scan((TLS10, f"{DATA}:443/tcp", "failed"))
    [row] = city.json("finding", "list")
    due = row["due"]
    for day, wanted in (
        (-4, None),
        (-3, "sudah dekat"),
        (-2, None),
        (-1, "sudah dekat"),
        (1, "terlewati"),
        (2, None),
    ):
        before = len(hook.received)
        city.now = f"{_days(due, day)} 05:00:00"
        city.run("notice", "send")
        said = hook.received[before:]
        assert [wanted in one["title"] for one in said] == ([] if wanted is None else [True])
    at_once(city, hook, "kinds: [sla_missed, escalated]")
    for day in (2, 9, 20):
        city.now = f"{_days(due, day)} 05:00:00"
        city.run("notice", "send")
    levels = [one["message"] for one in hook.received if "tingkat" in one["message"]]
    assert [f"tingkat {number}" in text for number, text in enumerate(levels, 1)] == [True] * 3
    assert "GCIO" in levels[1]
    assert not any("terlewati" in text for text in levels)


def _days(day: str, count: int) -> str:
    from datetime import date, timedelta

    return (date.fromisoformat(day) + timedelta(days=count)).isoformat()


def certificate(subject: str, last: str, name: str = "CN=portal.kota-contoh.example"):
    return (
        EXPIRED,
        subject,
        "passed",
        {"not_after": last, "certificate": name, "fingerprint": "ab" * 32},
    )


def test_a_certificate_is_told_at_each_stage_once_wherever_it_is_shown(city, hook):
    at_once(city, hook, "kinds: [certificate_expiring]")
    name = "CN=<b>x</b>[y](http://evil.example)@all\r\nBcc: a@b\x1b[31m*_`"
    city.scan(
        certificate(f"{PORTAL}:443/tcp", "2026-04-20", name),
        certificate(f"{PORTAL}:8443/tcp", "2026-04-20", name),
        certificate(f"{DATA}:443/tcp", "2026-04-20", name),
    )
    city.run("notice", "send")
    assert hook.received == []
    for day, count in (
        ("2026-03-21", 1), ("2026-03-25", 1), ("2026-04-07", 2), ("2026-04-14", 3),
        ("2026-04-20", 4), ("2026-04-21", 5), ("2026-05-02", 5),
    ):  # fmt: skip
        city.now = f"{day} 05:00:00"
        city.run("notice", "send")
        assert len(hook.received) == count, day
    text = hook.received[0]["message"]
    assert text.count("20 April 2026") == 2  # once for each owner
    assert "Portal, 192.0.2.7:443/tcp; Portal, 192.0.2.7:8443/tcp" in text
    assert "sudah lewat" in hook.last["message"]
    for sign in ("<b>", "](", "http://evil", "@all", "\r", "\x1b", "`"):
        assert sign not in text + hook.received[0]["title"]


def test_a_certificate_that_was_not_reached_again_is_not_forgotten(city, hook):
    at_once(city, hook, "kinds: [certificate_expiring]")
    subject = f"{PORTAL}:443/tcp"
    city.scan(certificate(subject, "2026-03-20"))
    city.now = "2026-03-05 03:00:00"
    city.scan((EXPIRED, subject, "not_reached", {}))
    city.run("notice", "send")
    assert "20 Maret 2026" in hook.last["message"]
    city.now = "2026-03-06 03:00:00"
    city.scan(certificate(subject, "2027-03-20"))
    assert city.json("notice", "list", "--only", "certificate_expiring") == []


def test_an_acceptance_is_told_before_and_after_its_end(city, hook, tmp_path):
    at_once(city, hook, "kinds: [acceptance_expiring]")
    city.scan((TLS10, f"{DATA}:443/tcp", "failed"))
    letter = tmp_path / "surat.pdf"
    letter.write_bytes(b"%PDF-1.7 sample")
    accepted = city._run(
        *("-m", "secaudit", "--workspace", str(city.folder), "finding", "accept", "F-0001"),
        *("--approver", "GCIO", "--reason", "diganti tahun depan", "--until", "2026-04-10"),
        *("--proof", str(letter), "--requested-by", "Dinas B"),
    )
    assert accepted.returncode == 0, accepted.stderr
    for day, count in (
        ("2026-03-20", 0), ("2026-03-28", 1), ("2026-04-04", 2), ("2026-04-10", 3),
        ("2026-04-11", 4), ("2026-04-12", 4),
    ):  # fmt: skip
        city.now = f"{day} 05:00:00"
        city.run("notice", "send")
        assert len(hook.received) == count, day
    assert "10 April 2026 (sudah lewat)" in hook.last["message"]
    assert "finding.acceptance_expired" in [row["action"] for row in city.trail()]


def test_obligations_are_told_with_who_has_to_do_them(city, hook):
    at_once(city, hook, "kinds: [obligation_due]", "longest: 700")
    city.now = "2026-12-02 03:00:00"
    rows = city.json("notice", "list", "--only", "obligation_due")
    assert rows
    assert {row["due"] for row in rows} <= {"2026-12-31"}
    city.run("notice", "send")
    [told] = hook.received
    assert len(told["message"]) <= 700
    assert "31 Desember 2026" in told["message"]
    assert "lagi: secaudit calendar" in told["message"]
    assert {row["channels"]["persandian"]["state"] for row in city.json("notice", "list")} == {
        "sent"
    }


def test_a_digest_waits_for_its_time_and_groups_a_day(city, hook):
    at_once(city, hook, "digest: daily 07:30", "kinds: [new_high, new_critical, sla_near]",
            "critical_at_once: false", "language: en")  # fmt: skip
    city.run("notice", "send")  # the first digest: nothing to tell, but its time is noted
    city.scan((TELNET, f"{PORTAL}:23/tcp", "failed"))
    city.now = "2026-03-02 08:00:00"
    city.run("notice", "send")
    assert hook.received == []
    assert "held until 2026-03-03 07:30 WIB (digest)" in city.talk
    [row] = [row for row in city.json("notice", "list") if row["kind"].startswith("new")]
    assert row["channels"]["persandian"]["state"] == "digest"
    city.scan((TELNET, f"{DATA}:23/tcp", "failed"))
    city.now = "2026-03-03 00:29:00"
    city.run("notice", "send")
    assert hook.received == []
    city.now = "2026-03-03 00:30:00"
    city.run("notice", "send")
    [told] = hook.received
    assert "F-0001" in told["message"]
    assert "F-0002" in told["message"]
    assert told["message"].index("Dinas A") < told["message"].index("Dinas B")
    assert "3 March 2026 07:30 WIB" in told["message"]


def test_quiet_hours_hold_all_back_but_what_is_critical(city, hook):
    at_once(city, hook, "quiet: 21:00-06:00", "kinds: [certificate_expiring, new_critical]")
    city.now = "2026-03-02 15:00:00"  # 22:00 in Jakarta
    city.scan(certificate(f"{PORTAL}:443/tcp", "2026-03-05"))
    city.run("notice", "send")
    assert hook.received == []
    assert "held until 2026-03-03 06:00 WIB (quiet hours)" in city.talk
    city.now = "2026-03-02 22:59:00"
    city.run("notice", "send")
    assert hook.received == []
    city.now = "2026-03-02 23:00:00"
    city.run("notice", "send")
    assert len(hook.received) == 1


def test_a_service_that_fails_is_tried_again_later_and_given_up_in_the_end(city, hook):
    at_once(city, hook, "kinds: [certificate_expiring]")
    city.scan(certificate(f"{PORTAL}:443/tcp", "2026-03-05"))
    hook.answers = [500]
    city.run("notice", "send", code=1)
    assert "the service answered 500" in city.talk
    assert city.sent() == []
    city.now = "2026-03-02 03:04:00"
    city.run("notice", "send")  # too early for the next try
    assert len(hook.paths) == 1
    city.now = "2026-03-02 03:06:00"
    city.run("notice", "send")
    assert len(hook.received) == 1
    [row] = city.json("notice", "history")
    assert (row["state"], row["attempts"]) == ("sent", 2)
    city.now = "2026-03-04 03:00:00"
    hook.answers = [503] * 20
    # Eight tries: the first, then after 5, 10, 20, 40, 80, 160 and 320 minutes.
    for clock in ("03:01", "03:07", "03:18", "03:39", "04:21", "05:43", "08:25", "13:47"):
        city.now = f"2026-03-04 {clock}:00"
        city.run("notice", "send", code=1)
    [row, _] = city.json("notice", "history")
    assert (row["state"], row["attempts"]) == ("given_up", 8)
    city.run("doctor", code=4)
    assert "N-0002" in city.said[-2]
    assert "notice.given_up" in [row["action"] for row in city.trail()]
    hook.answers = []
    city.run("notice", "retry", "N-0002")
    city.now = "2026-03-04 13:50:00"
    city.run("notice", "send")
    assert city.json("notice", "history")[0]["state"] == "sent"


def test_a_service_that_hangs_costs_bounded_time_and_redirects_are_not_followed(city, hook):
    at_once(city, hook, "kinds: [certificate_expiring]")
    city.scan(certificate(f"{PORTAL}:443/tcp", "2026-03-05"))
    hook.answers = [0]
    begin = time.monotonic()
    city.run("notice", "send", code=1)
    assert time.monotonic() - begin < 60
    assert city.json("notice", "history")[0]["state"] == "waiting"
    hook.answers = [307]
    city.now = "2026-03-02 03:30:00"
    city.run("notice", "send", code=1)
    assert set(hook.paths) == {f"/{TOKEN}"}
    assert hook.received == []


def test_a_run_that_is_killed_while_it_sends_loses_nothing(city, hook):
    at_once(city, hook, "kinds: [certificate_expiring]")
    city.scan(certificate(f"{PORTAL}:443/tcp", "2026-03-05"))
    hook.answers = [0]
    running = subprocess.Popen(
        [*faketime(city.now), sys.executable, "-m", "secaudit", "--workspace", str(city.folder),
         "notice", "send"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "TZ": "UTC"},
        start_new_session=True,
    )  # fmt: skip
    for _ in range(600):
        if hook.paths:
            break
        time.sleep(0.1)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait(30)
    assert len(hook.paths) == 1
    city.now = "2026-03-02 03:30:00"
    [row] = city.json("notice", "history")
    assert (row["state"], row["attempts"]) == ("waiting", 0)
    city.run("notice", "send")
    assert len(hook.received) == 1
    assert [row["about"] for row in city.sent()] == ["N-0001"]


def test_a_scan_that_left_hosts_out_is_told(city, hook):
    at_once(city, hook, "kinds: [scan_incomplete]")
    city.scan((TLS10, f"{DATA}:443/tcp", "failed"))  # one host planned, and none is on record
    city.run("notice", "send")
    assert "S-0001" in hook.last["title"]
    assert "1 dari 1 host belum dipindai" in hook.last["message"]
    assert "secaudit scan resume S-0001" in hook.last["message"]
    assert "Tanpa pemilik" not in hook.last["message"]


def test_a_dry_run_prints_and_writes_nothing(city, hook):
    at_once(city, hook)
    city.scan(
        (TELNET, f"{PORTAL}:23/tcp", "failed"), certificate(f"{PORTAL}:443/tcp", "2026-03-05")
    )
    before = city.content()
    said = city.run("notice", "send", "--dry-run")
    assert "Tim persandian" in said
    assert "Pemerintah Kota Contoh [secaudit]" in said
    assert "CN=portal.kota-contoh.example" in said
    assert "F-0001" not in said or "finding show" in said
    assert city.content() == before
    assert hook.paths == []
    assert city.run("notice", "send", "--dry-run", "--only", "sla_missed") == ""


def test_the_secret_is_never_said(city, hook, tmp_path):
    at_once(city, hook)
    city.scan(certificate(f"{PORTAL}:443/tcp", "2026-03-05"))
    hook.answers = [500, 404]
    for _ in range(2):
        city.run("notice", "send", code=1)
        city.now = "2026-03-02 03:30:00"
    city.run("notice", "test", "persandian")
    assert "uji" in hook.last["title"]
    city.run("notice", "channels")
    city.json("notice", "channels")
    city.run("notice", "list")
    city.run("notice", "history")
    city._run("-m", "secaudit", "--workspace", str(city.folder), "doctor")
    city.run("backup", str(tmp_path / "cadangan.tar.gz"))
    city.secret("web.url", f"nonsense {TOKEN} json//x")
    city.run("notice", "test", "persandian", code=2)
    city.secret("web.url", f"unknownscheme://{TOKEN}")
    city.run("notice", "test", "persandian", code=1)
    assert all(TOKEN not in text for text in city.said)
    assert TOKEN not in city.content()
    import tarfile

    with tarfile.open(tmp_path / "cadangan.tar.gz") as archive:
        assert not any(name.startswith("secrets") for name in archive.getnames())
        for member in archive.getmembers():
            stream = archive.extractfile(member)
            assert stream is None or TOKEN.encode() not in stream.read()


def test_a_secret_that_others_may_read_is_refused(city, hook):
    at_once(city, hook)
    city.secret("web.url", f"json://127.0.0.1:{hook.port}/{TOKEN}", mode=0o644)
    city.run("notice", "test", "persandian", code=2)
    assert "other accounts may read" in city.talk
    city.scan(certificate(f"{PORTAL}:443/tcp", "2026-03-05"))
    city.run("notice", "send", code=1)
    assert hook.paths == []
    city.run("doctor", code=4)
    city.secret("web.url", f"json://127.0.0.1:{hook.port}/{TOKEN}")
    city.now = "2026-03-02 03:10:00"
    city.run("notice", "send")
    assert len(hook.received) == 1


def test_an_address_from_the_environment(city, hook):
    city.configure("  channels:\n    persandian: {}\n")
    city.run("notice", "test", "persandian", code=2)
    assert "SECAUDIT_NOTICE_PERSANDIAN" in city.talk
    city.environment = {"SECAUDIT_NOTICE_PERSANDIAN": f"json://127.0.0.1:{hook.port}/{TOKEN}"}
    city.run("notice", "test", "persandian")
    assert len(hook.received) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("  channels:\n    a: {url: 'json://rahasia'}\n", "unknown key 'notices.channels.a.url'"),
        ("  channels:\n    a: {secret: 'json://rahasia'}\n", "never stands in secaudit.yaml"),
        ("  channels:\n    a: {secret: ../../etc/passwd}\n", "inside the folder secrets"),
        ("  channels:\n    a: {digest: weekly}\n", "daily 07:30"),
        ("  channels:\n    a: {quiet: malam}\n", "21:00-06:00"),
        ("  channels:\n    a: {kinds: [hujan]}\n", "must be one of"),
        ("  channels:\n    A b: {}\n", "notices.channels"),
        ("  sla_days: [-1]\n", "at least 0"),
    ],
)
def test_a_wrong_configuration_names_its_line(city, text, said):
    city.configure(text)
    city.run("notice", "channels", code=2)
    assert said in city.talk
    assert "rahasia" not in city.talk
    assert "secaudit.yaml:" in city.talk


def test_owners_and_severity_choose_who_hears_what(city, hook):
    at_once(city, hook, "owners: [dinas b]", "kinds: [new_high, new_critical, scan_failed]",
            "detail: brief")  # fmt: skip
    city.scan((TELNET, f"{PORTAL}:23/tcp", "failed"), (TELNET, f"{DATA}:23/tcp", "failed"))
    city.run("notice", "send")
    [told] = hook.received
    assert "F-0002" in told["message"]
    assert "F-0001" not in told["message"]
    assert "192.0.2.8" not in told["message"]


def test_a_mail_has_one_subject_and_plain_text(city):
    with mail_server() as box:
        city.secret(
            "surat.url",
            f"mailto://127.0.0.1:{box.port}?from=secaudit@kota-contoh.example"
            "&to=persandian@kota-contoh.example",
        )
        city.configure("  channels:\n    surat:\n      secret: surat.url\n")
        city.scan(certificate(f"{PORTAL}:443/tcp", "2026-03-05", "CN=<script>x\r\nBcc: y@z"))
        city.run("notice", "send")
        [message] = box.messages
        assert message["Bcc"] is None
        assert box.subject().startswith("Pemerintah Kota Contoh [secaudit] ")
        assert "5 Maret 2026" in box.text()
        whole = message.as_string() + box.text()
        assert "<script>" not in whole
        assert len(box.recipients) == 1


def test_a_scan_on_schedule_that_is_refused_is_told_when_it_was_due(city, hook):
    at_once(city, hook, "kinds: [scan_failed, scan_incomplete]")
    city.run("schedule", "add", "malam", "127.0.0.1", "--cron", "0 4 * * *", "--ports", "9")
    city.run("schedule", "run", "--once")
    assert hook.paths == []
    # The letter is gone when the time comes: no address outside of this machine is in scope.
    database = sqlite3.connect(city.folder / "secaudit.sqlite")
    database.execute("UPDATE schedule SET options = replace(options, '127.0.0.1', '192.0.2.99')")
    database.commit()
    database.close()
    city.now = "2026-03-03 00:00:00"
    city.run("schedule", "run", "--once", code=1)
    told = "\n".join(one["message"] for one in hook.received)
    assert "J-0001" in told
    assert "gagal" in told
    assert "secaudit schedule status J-0001" in told
    city.run("notice", "send")
    assert len(hook.received) == 1


def test_what_waits_is_told_by_what_stands_and_is_set_then(city, hook):
    at_once(city, hook, "kinds: [escalated]", "language: en")
    city.scan((TLS10, f"{DATA}:443/tcp", "failed"), (TLS10, f"{DATA}:8443/tcp", "failed"))
    due = city.json("finding", "list")[0]["due"]
    city.now = f"{_days(due, 2)} 05:00:00"
    hook.answers = [500]
    city.run("notice", "send", code=1)
    city.now = f"{_days(due, 2)} 05:01:00"
    city.run("notice", "send")
    assert "persandian: 1 message waits for its next try, not before" in city.talk
    assert "nothing to tell" not in city.talk
    # One of the two is repaired, and the channel is told to say less, before the next try.
    city.scan((TLS10, f"{DATA}:8443/tcp", "passed"))
    at_once(city, hook, "kinds: [escalated]", "language: en", "detail: brief")
    city.now = f"{_days(due, 2)} 05:10:00"
    city.run("notice", "send")
    [told] = hook.received
    assert told["message"].count("level 1") == 1
    assert "192.0.2.8" not in told["message"]
    assert city.json("notice", "show", "N-0001")["kinds"] == {"escalated": 1}
    assert told["message"].strip() == city.json("notice", "show", "N-0001")["body"].strip()


def test_a_message_of_ten_days_ago_is_not_sent_but_what_stands_is(city, hook):
    at_once(city, hook, "kinds: [escalated, sla_missed, certificate_expiring]", "language: en")
    city.scan((TLS10, f"{DATA}:443/tcp", "failed"))
    due = city.json("finding", "list")[0]["due"]
    city.scan(certificate(f"{PORTAL}:443/tcp", _days(due, 1)))
    for day in (2, 3):
        hook.answers = [500]
        city.now = f"{_days(due, day)} 05:00:00"
        city.run("notice", "send", code=1)
        assert len(city.json("notice", "history")) == 1
    city.now = f"{_days(due, 20)} 05:00:00"
    shown = city.run("notice", "send", "--dry-run")
    assert "F-0001" in shown
    city.run("notice", "send")
    [told] = hook.received
    assert "level 3" in told["message"]
    assert "level 1" not in told["message"]
    assert told["message"].count("(past)") == 1
    assert "install its replacement now" in told["message"]
    assert "before that day" not in told["message"]
    states = {row["id"]: (row["state"], row["why"]) for row in city.json("notice", "history")}
    assert states == {"N-0001": ("given_up", "too_old"), "N-0002": ("sent", "")}
    assert "notice.given_up" in [row["action"] for row in city.trail()]
    city._run("-m", "secaudit", "--workspace", str(city.folder), "doctor")
    assert "N-0001" not in city.said[-2]
    city.run("notice", "retry", "N-0001")
    city.now = f"{_days(due, 20)} 05:10:00"
    city.run("notice", "send")
    assert "N-0001 to persandian is not sent" in city.talk
    assert len(hook.received) == 1


def test_a_step_further_goes_with_the_message_that_waits_and_none_is_told_twice(city, hook):
    at_once(city, hook, "kinds: [escalated, sla_missed]", "language: en")
    city.scan((TLS10, f"{DATA}:443/tcp", "failed"))
    due = city.json("finding", "list")[0]["due"]
    hook.answers = [500]
    city.now = f"{_days(due, 6)} 16:59:00"
    city.run("notice", "send", code=1)
    first = city.json("notice", "list")
    city.now = f"{_days(due, 8)} 05:00:00"
    city.run("notice", "send")
    [told] = hook.received
    assert first
    assert "level 2" in told["message"]
    assert "level 1" not in told["message"]
    [row] = city.json("notice", "history")
    assert (row["state"], row["attempts"]) == ("sent", 2)
    city.run("notice", "send")
    assert len(hook.received) == 1
