"""The people of the city in the year 2026: what they do between scans, by the command line."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from exchanged_city import Sheet
from faked_time import faketime
from os_accounts import as_account
from year_city import NETWORK, PORTS, Place, Servers, address, at

PEOPLE = (
    ("Budi Contoh", "coordinator", "sekda", "Sekretariat Daerah Contoh"),
    ("Ratna Contoh", "approver", "gcio", "Pimpinan Kota Contoh"),
    ("Sandi Contoh", "operator", "sandi", "Tim Persandian Contoh"),
    ("Dewi Contoh", "operator", "dewi", "Tim Persandian Contoh"),
    ("Kiki Contoh", "risk_owner", "kominfo", "Dinas Kominfo Contoh"),
    ("Tono Contoh", "risk_owner", "keuangan", "Badan Keuangan Contoh"),
    ("Sari Contoh", "auditor", "inspektorat", "Inspektorat Contoh"),
)
KOMINFO, KEUANGAN = "Dinas Kominfo Contoh", "Badan Keuangan Contoh"
KESEHATAN, PERHUBUNGAN = "Dinas Kesehatan Contoh", "Dinas Perhubungan Contoh"
OWNERS = ((range(1, 11), KOMINFO), (range(11, 21), KEUANGAN), (range(21, 31), KESEHATAN),
          (range(31, 41), PERHUBUNGAN))  # fmt: skip
HEAD = "nama,perangkat daerah,zona,jenis,alamat,kerahasiaan,keutuhan,ketersediaan\n"
LETTER = "094/1"


def inventory(hosts: range, owner: str, zone: str) -> str:
    """The rows of an inventory: one asset for each host, of every criticality."""
    kind = "dc" if zone == "dc" else "it"
    return "".join(
        f"Server {host:02},{owner},{zone},{kind},{address(host)},{host % 3 + 1},2,1\n"
        for host in hosts
    )


class City:
    """A workspace whose commands run at ``now`` (UTC), each from the account of a person."""

    def __init__(self, folder: Path, servers: Servers) -> None:
        self.folder = folder
        self.servers = servers
        self.now = datetime(2026, 1, 5, 2, tzinfo=UTC)
        self.talk = ""
        self.commands = 0
        self.scans: list[str] = []
        """What each scan said at its end."""
        self._accounts: dict[str, Mapping[str, str]] = {}

    def run(self, *arguments: Any, code: int = 0, by: str = "sandi") -> str:
        """Run one command; what it prints. What it says stands in ``talk``."""
        if by not in self._accounts:
            self._accounts[by] = as_account(by, self.folder.parent)
        place, began = ("--workspace", str(self.folder)), time.monotonic()
        done = subprocess.run(
            [
                *faketime(f"{self.now:%Y-%m-%d %H:%M:%S}"),
                sys.executable,
                "-m",
                "secaudit",
                *place,
                *map(str, arguments),
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
            stdin=subprocess.DEVNULL,
            env={
                **os.environ,
                **self._accounts[by],
                "TZ": "UTC",
                "LOGNAME": by,
                "SECAUDIT_LANG": "en",
                "COLUMNS": "200",
            },
        )
        self.commands += 1
        # The next one comes later, however long this one took on a busy machine.
        self.now += timedelta(minutes=1 + (time.monotonic() - began) // 60)
        self.talk = " ".join(done.stderr.split())
        assert done.returncode == code, (arguments, done.stdout[-2000:], done.stderr)
        return done.stdout

    def json(self, *arguments: Any, code: int = 0, by: str = "sandi") -> Any:
        """Run one command that prints JSON."""
        return json.loads(self.run(*arguments, "--format", "json", code=code, by=by))

    def file(self, name: str, text: str = "naskah contoh") -> str:
        """A file outside of the workspace, which says its own name."""
        path = self.folder.parent / name
        path.write_text(f"{name}: {text}", encoding="utf-8")
        return str(path)

    def on(self, month: int, day: int, hour: int = 3, year: int = 2026) -> None:
        """Go on to another day."""
        self.now = max(self.now, datetime(year, month, day, hour, tzinfo=UTC))

    def scan(self, hosts: str, zone: str = "kantor") -> None:
        """Scan hosts from a zone under the letter; what it said of its end is kept."""
        self.run(
            *("scan", "run", f"{NETWORK}.{hosts}", "--zone", zone, "--authorisation", LETTER),
            *("--ports", ",".join(map(str, PORTS)), "--no-nmap"),
            *("--timeout", "0.5", "--retries", "0"),
        )
        self.scans.append(self.talk)

    def ids(self, check: str, *places: Place) -> list[str]:
        """The findings of a check, or of all that begin so, at places; in order."""
        wanted = {f"{address(host)}:{port}/tcp" for host, port in places}
        return sorted(
            row["id"]
            for row in self.json("finding", "list", "--all")
            if row["check"].startswith(check)
            and row["subject"].partition("/")[2].partition("#")[0] in wanted
        )

    def found(self) -> None:
        """Make the workspace, with its people, its letter and its inventory."""
        self.run("--lang", "en", "init", self.folder, "--organisation", "Pemerintah Kota Contoh",
                 by="sandi")  # fmt: skip
        (self.folder / "trust" / "kota.pem").write_bytes(self.servers.root)
        letter = self.file("sk.pdf")
        for name, role, account, unit in PEOPLE:
            self.run(
                *("role", "grant", name, "--role", role, "--account", account, "--unit", unit),
                *("--document", letter),
                by="sandi" if role == "coordinator" else "sekda",
            )
        self.run(
            *("scope", "add", "--number", LETTER, "--issuer", "Sekretaris Daerah Kota Contoh"),
            *("--target", f"{NETWORK}.0/24", "--from", "2026-01-01", "--until", "2026-12-31"),
            *("--zone", "kantor", "--zone", "dc=dc", "--rate", "50000", "--host-rate", "5000"),
            *("--connections", "1000", "--host-connections", "64"),
            *("--document", self.file("surat-tugas.pdf")),
        )
        rows = "".join(
            inventory(hosts, owner, "dc" if owner == PERHUBUNGAN else "kantor")
            for hosts, owner in OWNERS
        )
        path = self.folder.parent / "aset.csv"
        path.write_text(HEAD + rows, encoding="utf-8")
        self.run("asset", "import", path)

    def scan_month(self, month: int, day: int) -> None:
        """Let the servers change, and scan: the office each month, the data centre each quarter."""
        self.servers.month(month)
        self.on(month, day)
        if month == 7:
            path = self.folder.parent / "aset-baru.csv"
            path.write_text(HEAD + inventory(range(41, 44), KOMINFO, "kantor"), encoding="utf-8")
            self.run("asset", "import", path)
        self.scan("1-30" if month < 7 else "1-43")
        if month % 3 == 1:
            self.scan("31-40", "dc")


DAYS = {1: 12, 2: 9, 3: 9, 4: 13, 5: 11, 6: 8, 7: 13, 8: 10, 9: 14, 10: 12, 11: 9, 12: 14}
"""The day of each month on which is scanned."""
GCIO, SEKDA = "Ratna Contoh", "Budi Contoh"


def january(city: City) -> None:
    """Many findings are handed out and planned at once; some say too early that they are done."""
    city.on(1, 14)
    assign = ("finding", "assign", "--check", "net.redis", "--owner", "Tim Basis Data Contoh")
    city.run(*assign, "--dry-run", by="dewi")
    city.run(*assign, "--yes", by="dewi")
    plan = ("finding", "plan", "--yes", "--start", "2026-01-19")
    city.run(
        *(*plan, "--check", "ssh", "--of-owner", KOMINFO, "--owner", "Tim Jaringan Contoh"),
        *("--action", "Perbarui SSH", "--due", "2026-05-29", "--effort", "12,5"),
        *("--cost", "Rp45.000.000"),
        by="kominfo",
    )
    city.run(
        *(*plan, "--check", "tls", "--of-owner", KEUANGAN, "--owner", "Tim Aplikasi Contoh"),
        *("--action", "Matikan TLS lama", "--due", "2026-06-30", "--cost", "30000000"),
        by="keuangan",
    )
    city.run(
        *(*plan, "--check", "net.telnet", "--owner", "Tim Jaringan Contoh"),
        *("--action", "Tutup Telnet", "--due", "2026-04-30"),
        by="kominfo",
    )
    city.run("finding", "comment", "--check", "net.ftp", "--note", "vendor dihubungi", "--yes")
    photo = city.file("foto-rak.jpg")
    [first, *_] = city.ids("net.telnet", *at(2323, 1))
    city.run("finding", "attach", first, "--file", photo, "--note", "rak sebelum")
    city.on(2, 2)
    city.run("finding", "claim", *city.ids("net.telnet", *at(2323, range(1, 5))),
             "--note", "Telnet ditutup", by="kominfo")  # fmt: skip
    city.run("finding", "claim", *city.ids("ssh", *at(2022, 1, 2, 3)), by="kominfo")


def february(city: City) -> None:
    """Acceptances and disputes, each with a second person."""
    city.on(2, 11)
    accept = ("finding", "accept", "--approver", GCIO, "--yes")
    quantum = ("--check", "ssh.kex.no_post_quantum", "--state", "open", "--state", "planned")
    city.run(
        *(*accept, *quantum, "--reason", "menunggu vendor", "--until", "2026-04-30"),
        *("--proof", city.file("terima-1.pdf"), "--requested-by", "Kiki Contoh"),
        by="gcio",
    )
    city.run(
        *(*accept[:-1], *city.ids("net.redis", *at(6379, 20)), "--reason", "migrasi"),
        *("--until", "2026-05-29", "--proof", city.file("terima-2.pdf")),
        *("--requested-by", "Tono Contoh"),
    )
    city.run(
        *(*accept, "--check", "cert.self_signed", "--of-owner", KEUANGAN),
        *("--reason", "jaringan dalam", "--until", "2027-01-29"),
        *("--proof", city.file("terima-3.pdf"), "--requested-by", "Tono Contoh"),
    )
    one, other = (city.ids("net.ftp", *at(2121, host))[0] for host in (13, 14))
    dispute = ("finding", "dispute")
    city.run(*dispute, one, other, "--reason", "dibungkus VPN", by="dewi")
    city.run(*dispute, one, "--agree", "--reason", "dilihat di tempat", by="dewi", code=2)
    city.run(*dispute, one, "--agree", "--reason", "dilihat di tempat", by="inspektorat")
    city.run(*dispute, other, "--decline", "--reason", "VPN tidak ada")


def march(city: City) -> None:
    """Pauses over Lebaran; two people at one plan; a plan that is cancelled."""
    city.on(3, 10)
    for host in (27, 28):
        city.run(
            *("finding", "pause", "--check", "tls", "--asset", f"Server {host}", "--yes"),
            *("--from", "2026-03-16", "--until", "2026-03-27", "--reason", "libur Lebaran"),
            *("--by", KESEHATAN, "--approver", GCIO, "--document", city.file("jeda.pdf")),
        )
    revise = ("plan", "revise", "P-0001", "--reason", "vendor terlambat", "--version")
    gone = city.ids("ssh", *at(2022, 10))[0]
    more = city.ids("net.http", *at(8080, 6))[0]
    city.run(*revise, 1, "--due", "2026-06-30", "--remove", gone, "--add", more, by="kominfo")
    city.run(*revise, 1, "--owner", "Lain", by="dewi", code=2)
    assert "at version 2, not 1" in city.talk
    city.run(*revise, 2, "--effort", "20", "--cost", "60000000", by="dewi")
    city.run("plan", "cancel", "P-0003", "--version", 1, "--reason", "perangkat diganti",
             by="kominfo")  # fmt: skip
    city.run("plan", "comment", "P-0002", "--note", "menunggu anggaran", by="keuangan")
    city.on(3, 17)
    city.run("finding", "resume", "--asset", "Server 28", "--check", "tls", "--paused", "--yes",
             "--reason", "vendor datang", by="dewi")  # fmt: skip


def may(city: City) -> None:
    """What was accepted until April is open again, and is accepted anew; a list goes out."""
    city.on(5, 5)
    city.run(
        *("finding", "accept", "--approver", GCIO, "--check", "ssh.kex.no_post_quantum"),
        *("--state", "open", "--state", "planned", "--yes", "--reason", "belum ada pembaruan"),
        *("--until", "2027-04-30", "--proof", city.file("terima-4.pdf")),
        *("--requested-by", "Kiki Contoh"),
    )
    city.on(5, 19)
    path = city.folder.parent / "temuan.xlsx"
    city.run("finding", "export", "-o", path, "--owner", KESEHATAN)
    with_edits(path)
    told = city.json("finding", "import", path, "--dry-run", by="dewi")
    assert any(row["changes"] for row in told["rows"])
    city.run("finding", "import", path, "--yes", by="dewi")


def with_edits(path: Path) -> None:
    """Fill in a list as people do: an owner here, a plan for three there, a remark."""
    sheet = Sheet(path)
    names = [sheet.page.cell(row, sheet.column("Id")).value
             for row in range(2, sheet.page.max_row + 1)]  # fmt: skip
    for name in names[:3]:
        sheet.set(
            name, Repair="Ganti perangkat", Repaired_by="15/12/2026", Owner="Tim Kesehatan Contoh"
        )
    sheet.set(names[4], Owner="Tim Kesehatan Contoh", New_remark="sudah dibahas")
    sheet.save()


def august(city: City) -> None:
    """A machine is taken out of use, and a service on a machine that stays."""
    city.on(8, 12)
    retire = ("asset", "retire", "Server 24", "--reason", "server dibongkar")
    city.run(*retire, code=2)
    city.run(*retire, "--proof", city.file("berita-acara.pdf"))
    ids = city.ids("", *at(2121, 11))
    city.run("finding", "retire", *ids, "--reason", "FTP dimatikan",
             "--proof", city.file("ba-ftp.pdf"), by="dewi")  # fmt: skip


def september(city: City) -> None:
    """Claims that the next scan cannot look at."""
    city.on(9, 21)
    places = at(2022, 11, 12, 13, 14)
    names = (*city.ids("ssh.cipher", *places), *city.ids("ssh.mac", *places))
    city.run("finding", "claim", *names, "--note", "selesai", by="keuangan")


def december(city: City) -> None:
    """A claim that waits for the next year's first scan."""
    city.on(12, 15)
    city.run("finding", "claim", "--asset", "Server 16", "--check", "ssh.cipher", "--yes",
             by="keuangan")  # fmt: skip


def play(city: City, month: int) -> None:
    """One month: what happens before the scan, the scan, and what people do after it."""
    city.scan_month(month, DAYS[month])
    acts = {1: january, 2: february, 3: march, 5: may, 8: august, 9: september, 12: december}
    if month in acts:
        acts[month](city)
