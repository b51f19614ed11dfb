"""A sample city of two half-years, for conformity reports: commands run at a time that is told."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from faked_time import faketime
from os_accounts import as_account

HELPER = Path(__file__).with_name("told_scan.py")
TELNET, REDIS, FTP = "net.telnet.exposed", "net.redis.no_password", "net.ftp.plain"
TLS10 = "tls.protocol.tls1_0"
PORTAL, DATA, MAIL = "kantor/192.0.2.7", "kantor/192.0.2.8", "kantor/192.0.2.9"
ASSETS = (
    "nama,perangkat daerah,zona,alamat,kerahasiaan,keutuhan,ketersediaan\n"
    "Portal layanan,Dinas Kominfo Contoh,kantor,192.0.2.7,3,2,3\n"
    "Basis data pajak,Badan Keuangan Contoh,kantor,192.0.2.8,3,3,2\n"
    "Surel dinas,Dinas Kominfo Contoh,kantor,192.0.2.9,2,2,2\n"
    "Arsip elektronik,Dinas Kearsipan Contoh,kantor,192.0.2.10,2,3,1\n"
)
FIRST_SCAN = (
    (TELNET, f"{PORTAL}:23/tcp", "failed"),
    (REDIS, f"{DATA}:6379/tcp", "failed"),
    (TLS10, f"{PORTAL}:443/tcp", "failed"),
    (TLS10, f"{MAIL}:443/tcp", "failed"),
    (TLS10, f"{DATA}:443/tcp", "passed"),
)
SECOND_SCAN = (
    (TELNET, f"{PORTAL}:23/tcp", "passed"),
    (REDIS, f"{DATA}:6379/tcp", "failed"),
    (TLS10, f"{PORTAL}:443/tcp", "passed"),
    (TLS10, f"{MAIL}:443/tcp", "failed"),
    (TLS10, f"{DATA}:443/tcp", "passed"),
    (TELNET, f"{MAIL}:23/tcp", "failed"),
)
CRYPTOGRAPHY = "iso27001-2022:A.8.24"
NETWORKS = "iso27001-2022:A.8.20"
TRAFFIC = "perda-pekalongan-3-2026:pasal-26.ayat-5.huruf-c"
REPORTING = "perwal-pekalongan-26-2021:pasal-6.ayat-1.huruf-c"


class ReportedCity:
    """A workspace; ``run`` acts from an account at ``now`` (UTC) and checks the exit code."""

    def __init__(self, folder: Path, language: str = "en") -> None:
        self.folder = folder
        self.language = language
        self.now = "2026-01-12 03:00:00"
        self.account = "operator"
        self.talk = ""

    def process(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Python at the told time, from the told account."""
        return subprocess.run(
            [*faketime(self.now), sys.executable, *arguments],
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            env={
                **os.environ,
                "TZ": "UTC",
                "SECAUDIT_LANG": self.language,
                "COLUMNS": "200",
                "LOGNAME": self.account,
                **as_account(self.account, self.folder.parent),
            },
        )

    def run(self, *arguments: str, code: int | None = 0, account: str = "operator") -> str:
        """Run a command line; what it says is in ``talk``. None: it may end as it will."""
        self.account = account
        done = self.process("-m", "secaudit", "--workspace", str(self.folder), *arguments)
        self.talk = " ".join(done.stderr.split())
        assert code in (None, done.returncode), done.stdout + done.stderr
        return done.stdout

    def json(self, *arguments: str, code: int | None = 0) -> Any:
        """Run a command line with ``--format json``."""
        return json.loads(self.run(*arguments, "--format", "json", code=code))

    def scan(self, *answers: tuple[str, str, str]) -> None:
        """Take in what a scan saw now."""
        done = self.process(str(HELPER), str(self.folder), json.dumps(answers), "hosts")
        assert done.returncode == 0, done.stderr

    def file(self, name: str, text: str = "naskah contoh") -> str:
        """Write a file outside of the workspace and return its path."""
        path = self.folder.parent / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    def begin(self) -> "ReportedCity":
        """Make the workspace with its people and its inventory."""
        done = self.process(
            *("-m", "secaudit", "--lang", self.language, "init", str(self.folder)),
            *("--organisation", "Pemerintah Kota Contoh"),
        )
        assert done.returncode == 0, done.stderr
        sk = self.file("sk.pdf", "SK contoh")
        for name, role, account in (
            ("Budi Contoh", "coordinator", "sekda"),
            ("Ratna Contoh", "approver", "gcio"),
            ("Sandi Contoh", "operator", "operator"),
            ("Auditor Contoh", "auditor", "inspektorat"),
        ):
            granter = "operator" if role == "coordinator" else "sekda"
            self.run(
                *("role", "grant", name, "--role", role, "--account", account),
                *("--document", sk),
                account=granter,
            )
        self.run("asset", "import", self.file("aset.csv", ASSETS))
        return self

    def first_half(self) -> None:
        """Scan, plan, judge: what stands at the end of June."""
        self.now = "2026-02-02 03:00:00"
        self.scan(*FIRST_SCAN)
        self.run("risk", "propose")
        self.now = "2026-03-02 03:00:00"
        self.run(
            *("finding", "plan", "F-0001", "F-0003", "--owner", "Tim Jaringan Contoh"),
            *("--action", "Matikan Telnet dan TLS 1.0 pada portal", "--due", "2026-05-29"),
            *("--cost", "12000000"),
        )
        self.now = "2026-06-10 03:00:00"
        self.attest(CRYPTOGRAPHY, "conform", "kebijakan-kripto.pdf", "Kebijakan kriptografi")
        self.attest(NETWORKS, "partly", "topologi.pdf", "Topologi", "--note", "Segmentasi berjalan")
        self.attest(TRAFFIC, "not_conform", "", "", "--note", "Kanal surel belum dienkripsi")

    def second_half(self) -> None:
        """Repair, judge anew: what stands at the end of December."""
        self.now = "2026-08-03 03:00:00"
        self.scan(*SECOND_SCAN)
        self.now = "2026-10-05 03:00:00"
        self.attest(NETWORKS, "conform", "topologi-2.pdf", "Topologi baru")
        self.run(
            *("finding", "accept", "F-0002", "--approver", "Ratna Contoh", "--until", "2027-02-26"),
            *("--reason", "Menunggu migrasi", "--proof", self.file("terima.pdf"), "--yes"),
            *("--requested-by", "Badan Keuangan Contoh"),
        )

    def attest(self, requirement: str, verdict: str, name: str, text: str, *more: str) -> None:
        """Give a verdict with a file, where one is named."""
        files = ("--evidence", self.file(name, text)) if name else ()
        self.run(
            *("control", "attest", requirement, "--verdict", verdict, *files, *more),
            *("--by", "Kepala Bidang Persandian"),
        )

    def issue(self, period: str, *more: str, code: int = 0, account: str = "gcio") -> None:
        """Issue a report from the GCIO's account."""
        self.run(
            *("conformity", "issue", "--period", period),
            *("--document", self.file(f"laporan-{period}.pdf")),
            *more,
            code=code,
            account=account,
        )
