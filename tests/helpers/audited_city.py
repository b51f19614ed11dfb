"""The sample city with an audit team: three accounts, and an audit that can be begun at once."""

from pathlib import Path

import pytest
from assured_city import AssuredCity

LEAD = ("--name", "Sari Contoh", "--unit", "Inspektorat Contoh", "--role", "lead")
CRYPTOGRAPHY = "iso27001-2022:A.8.24"
NETWORKS = "iso27001-2022:A.8.20"
DRAFT = "rancangan-perda-pekalongan-2025:iii-b.pasal-42.praktik-2"
PERIOD = (
    *("--from", "2026-01-01", "--until", "2099-12-31"),
    *("--work-from", "2026-11-01", "--work-until", "2099-12-31"),
)


class AuditedCity(AssuredCity):
    """``audit`` acts from the auditors' account unless another is named."""

    def __init__(
        self, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        super().__init__(folder, capsys, monkeypatch)
        self.proof = self.file("bukti.txt", "Kertas kerja contoh.")

    def audit(self, *arguments: str, code: int = 0, account: str = "inspektorat") -> str:
        """Run ``secaudit audit`` from an account; the auditors' one by default."""
        self.act_as(account)
        return self.run("audit", *arguments, code=code)

    def plan(self, *criteria: str, more: tuple[str, ...] = ()) -> str:
        """Plan an audit with its lead auditor; return its id."""
        named = [part for name in criteria for part in ("--criterion", name)]
        self.audit("plan", "--title", "Audit contoh", *named, *PERIOD, *more)
        identity = self.talk.split()[0]
        self.audit("team", "add", identity, *LEAD, "--account", "inspektorat")
        return identity

    def begin(self, *criteria: str, more: tuple[str, ...] = ()) -> str:
        """Plan an audit and begin it."""
        identity = self.plan(*criteria, more=more)
        self.audit("start", identity)
        return identity

    def test_all(self, audit: str, *requirements: str, conclusion: str = "effective") -> None:
        """Record the same result for the four steps."""
        self.audit(
            *("test", audit, *requirements, "--step", "all", "--conclusion", conclusion),
            *("--work", "Dokumen ditelaah.", "--evidence", self.proof),
        )

    def settle(self, finding: str) -> None:
        """Carry an audit finding through to its end."""
        self.audit(
            *("nonconformity", "analyse", finding, "--cause", "Tidak ada penanggung jawab."),
            *("--correction", "Daftar disusun.", "--action", "Pejabat ditunjuk."),
            *("--owner", "Dinas Contoh", "--due", "2099-01-01"),
        )
        self.audit(
            *("nonconformity", "correct", finding, "--note", "Selesai.", "--by", "Budi Contoh"),
            *("--evidence", self.proof),
            account="kominfo",
        )
        self.audit(
            *("nonconformity", "verify", finding, "--effective", "--how", "Dicocokkan."),
            *("--evidence", self.proof, "--by", "Sari Contoh"),
        )
        self.audit("nonconformity", "close", finding, "--by", "Sari Contoh")
