"""A workspace of the sample city with assets, scans and several people, for the tests."""

import json
import os
import pwd
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from secaudit.app.checks import checks_of
from secaudit.app.setup import init_workspace
from secaudit.app.sla import due_dates
from secaudit.cli.main import run
from secaudit.core.network import AddressSet
from secaudit.core.observation import CheckResult
from secaudit.core.subject import parse_subject
from secaudit.core.vocabulary import Outcome, Reason
from secaudit.ledger import findings, results, scans
from secaudit.ledger.scans import HostRecord
from secaudit.registry.asset_index import AssetIndex
from secaudit.registry.assets import Asset, upsert
from secaudit.text.language import Language, set_language


class AssuredCity:
    """Three assets in one zone; ``run`` speaks English and checks the exit code."""

    def __init__(
        self, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.workspace = init_workspace(folder, "Pemerintah Kota Contoh", "en")
        self.talk = ""
        self._capsys = capsys
        self._monkeypatch = monkeypatch
        with self.workspace.change() as change:
            for number in (7, 8, 9):
                addresses = AddressSet.parse([f"192.0.2.{number}"])
                asset = Asset("", f"Server {number}", "Dinas Contoh", "kantor", addresses=addresses)
                upsert(change.connection, asset)
            change.record("asset.add", "A-0001")

    def act_as(self, account: str) -> None:
        """Let another account of the operating system act from now on."""
        own = pwd.getpwuid(os.getuid())
        entry = pwd.struct_passwd((account, *own[1:]))
        self._monkeypatch.setattr(pwd, "getpwuid", lambda uid: entry)

    def file(self, name: str, text: str = "bukti") -> str:
        """Write a file outside of the workspace and return its path."""
        path = self.workspace.folder.parent / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    def scan(self, answers: Mapping[tuple[str, str], Outcome], at: datetime | None = None) -> None:
        """Record what a scan saw at ``at`` (now): outcomes by check and subject."""
        at = at or datetime.now(UTC)
        checks = checks_of(self.workspace)
        seen = self.workspace.evidence.put(b"what was seen", "text/plain")
        with self.workspace.change() as change:
            connection = change.connection
            scan = scans.start(
                connection,
                authorisation="loopback",
                zone="kantor",
                request={},
                hosts_planned=1,
                at=at,
                actor="a@b",
                tool_version="0",
            )
            made = [
                CheckResult(
                    check,
                    parse_subject(subject),
                    outcome,
                    Reason.OBSERVED,
                    checks[check].severity,
                    at,
                    {},
                    (seen,),
                )
                for (check, subject), outcome in answers.items()
            ]
            for address in sorted({subject.split("/")[1].split(":")[0] for _, subject in answers}):
                scans.keep_host(connection, scan, HostRecord(address, "up", None, (), 1, 1, at))
            results.record(connection, scan, at, made)
            owner_of = AssetIndex.of(connection).owner_of
            findings.apply(connection, scan, at, made, due_dates(self.workspace), owner_of)
            scans.finish(connection, scan, at)
            change.record("scan.done", scan)

    def run(self, *arguments: str, code: int = 0, language: str = "en") -> str:
        """Run a command line; what it says is in ``talk``."""
        set_language(Language(language))
        self._monkeypatch.setenv("SECAUDIT_LANG", language)
        folder = str(self.workspace.folder)
        answer = run(["--workspace", folder, "--lang", language, *arguments])
        captured = self._capsys.readouterr()
        self.talk = captured.err
        assert answer == code, captured.err
        return captured.out

    def json(self, *arguments: str, code: int = 0) -> Any:
        """Run a command line with ``--format json``."""
        return json.loads(self.run(*arguments, "--format", "json", code=code))

    def trail(self) -> list[str]:
        """The actions in the audit trail, in order."""
        from secaudit.ledger.trail import entries

        with self.workspace.view() as connection:
            return [entry.action for entry in entries(connection)]
