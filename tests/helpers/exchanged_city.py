"""A sample city whose findings, plans and risks go out as files and come back."""

import io
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from secaudit.app.workspace import Workspace, open_workspace
from secaudit.cli.main import run
from secaudit.ledger import trail
from secaudit.text.language import Language, set_language

HELPER = Path(__file__).parent / "told_scan.py"
TELNET, SSL3, TLS10 = "net.telnet.exposed", "tls.protocol.ssl3", "tls.protocol.tls1_0"
HOSTS = ("kantor/192.0.2.7", "kantor/192.0.2.8")
ASSETS = (
    "nama,perangkat daerah,zona,alamat,kerahasiaan,keutuhan,ketersediaan\n"
    "Portal,Dinas A,kantor,192.0.2.7,3,2,1\n"
    "Data,Dinas B,kantor,192.0.2.8,2,2,2\n"
)
DUE = "2099-03-02"


class City:
    """A workspace with two assets, six findings, a plan for two of them, and their risks.

    Commands run inside this process, through the command line's own entry.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.talk = ""

    @property
    def workspace(self) -> Workspace:
        """The open workspace."""
        return open_workspace(self.folder)

    def run(self, *arguments: Any, code: int = 0) -> str:
        """Run one command; what it prints. What it says stands in ``talk``."""
        set_language(Language.ENGLISH)
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            found = run(["--workspace", str(self.folder), *map(str, arguments)])
        self.talk = " ".join(err.getvalue().split())
        assert found == code, out.getvalue() + err.getvalue()
        return out.getvalue()

    def json(self, *arguments: Any, code: int = 0) -> Any:
        """Run one command that prints JSON."""
        return json.loads(self.run(*arguments, "--format", "json", code=code))

    def scan(self, *answers: tuple[str, str, str]) -> None:
        """Take in a scan with these answers."""
        done = subprocess.run(
            [sys.executable, str(HELPER), str(self.folder), json.dumps(answers)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    def scan_many(self, count: int) -> None:
        """Take in a scan of many ports of hosts that no asset has."""
        answers = [
            [TELNET, f"kantor/198.51.100.{number % 250 + 1}:{number // 250 + 2000}/tcp", "failed"]
            for number in range(count)
        ]
        told = self.folder.parent / "answers.json"
        told.write_text(json.dumps(answers), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, str(HELPER), str(self.folder), f"@{told}"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    def export(self, noun: str, name: str, *more: Any) -> Path:
        """Export to a file beside the workspace."""
        path = self.folder.parent / name
        self.run(noun, "export", "-o", path, "--force", *more)
        return path

    def trial(self, noun: str, path: Path, *more: Any, code: int = 0) -> dict[str, Any]:
        """What an import would do."""
        return dict(self.json(noun, "import", path, "--dry-run", *more, code=code))

    def take(self, noun: str, path: Path, *more: Any, code: int = 0) -> dict[str, Any]:
        """Import a file without being asked."""
        return dict(self.json(noun, "import", path, "--yes", *more, code=code))

    def entries(self) -> list[trail.TrailEntry]:
        """The audit trail, which has to be whole."""
        with self.workspace.view() as connection:
            assert trail.verify(connection) is None
            return list(trail.entries(connection))


def found_city(folder: Path) -> City:
    """Make the city once; tests work on copies."""
    city = City(folder / "ws")
    set_language(Language.ENGLISH)
    with redirect_stderr(io.StringIO()), redirect_stdout(io.StringIO()):
        name = "Pemerintah Kota Contoh"
        assert run(["--lang", "en", "init", str(city.folder), "--organisation", name]) == 0
    inventory = folder / "aset.csv"
    inventory.write_text(ASSETS, encoding="utf-8")
    city.run("asset", "import", inventory)
    city.scan(
        *((check, f"{host}:{port}/tcp", "failed")
          for host in HOSTS
          for check, port in ((TELNET, 23), (SSL3, 443), (TLS10, 443)))
    )  # fmt: skip
    city.run(
        *("finding", "plan", "F-0001", "F-0002", "--owner", "Tim Jaringan"),
        *("--action", "matikan telnet", "--due", DUE, "--effort", "2.5", "--cost", "15000000"),
    )
    city.run("risk", "propose")
    return city


def copied(city: City, folder: Path) -> City:
    """The same city in another folder."""
    shutil.copytree(city.folder, folder / "ws")
    return City(folder / "ws")


class Sheet:
    """The first sheet of a workbook, as a person edits it: by heading and id."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.book = load_workbook(path)
        self.page: Worksheet = self.book.worksheets[0]

    def column(self, heading: str) -> int:
        """The number of a column, from 1."""
        for cell in self.page[1]:
            if cell.value == heading:
                return int(cell.column)
        raise AssertionError(f"no column {heading}")

    def row(self, identity: str) -> int:
        """The number of the row of an object."""
        column = self.column("Id")
        for row in range(2, self.page.max_row + 1):
            if self.page.cell(row, column).value == identity:
                return row
        raise AssertionError(f"no row {identity}")

    def cell(self, identity: str, heading: str) -> Any:
        """The cell of an object."""
        return self.page.cell(self.row(identity), self.column(heading))

    def set(self, identity: str, **values: Any) -> "Sheet":
        """Write cells of one row; ``_`` in a name stands for a blank."""
        for heading, value in values.items():
            self.cell(identity, heading.replace("_", " ")).value = value
        return self

    def add(self, **values: Any) -> int:
        """Write a new row below the last one."""
        row = self.page.max_row + 1
        for heading, value in values.items():
            self.page.cell(row, self.column(heading.replace("_", " "))).value = value
        return row

    def save(self, path: Path | None = None) -> Path:
        """Save it, there or elsewhere."""
        self.book.save(path or self.path)
        return path or self.path


def edited(path: Path, edit: Callable[[Sheet], Any]) -> Path:
    """Open a workbook, edit it, save it."""
    sheet = Sheet(path)
    edit(sheet)
    return sheet.save()


def row_of(report: dict[str, Any], identity: str) -> dict[str, Any]:
    """The row of a report that is about an object."""
    [found] = [row for row in report["rows"] if row["id"] == identity]
    return dict(found)


def said(row: dict[str, Any], what: str) -> str:
    """All refusals or notes of a row as one text."""
    return " ".join(row[what])
