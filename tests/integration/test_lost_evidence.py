"""Evidence that was deleted or changed is missed, by name, wherever something rests on it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from audited_city import AuditedCity
from city_people import register

from secaudit.core.vocabulary import Outcome
from secaudit.store.evidence_references import evidence_references

TELNET = ("net.telnet.exposed", "kantor/192.0.2.7:23/tcp")


@pytest.fixture
def city(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[AuditedCity]:
    made = AuditedCity(tmp_path / "ws", capsys, monkeypatch)
    yield made
    made.workspace.database.close()


def row_of(city: AuditedCity, name: str, code: int) -> dict[str, Any]:
    """The doctor's row of this name."""
    rows = city.json("doctor", code=code)
    return next(row for row in rows if row["name"] == name)


def digest_of(city: AuditedCity, name: str) -> str:
    """The hash of the evidence file that a record keeps under this name."""
    with city.workspace.view() as connection:
        return next(item.digest for item in evidence_references(connection) if item.name == name)


def accepted_risk(city: AuditedCity) -> str:
    """A risk that the approver accepted with a signed document; return its id."""
    register(city.workspace)
    city.run(
        *("risk", "add", "--title", "Banjir", "--owner", "Dinas Contoh", "--category", "bencana"),
        *("--current", "2x5", "--reason", "Pernah terjadi."),
    )
    until = (datetime.now(UTC).date() + timedelta(days=30)).isoformat()
    city.run(
        *("risk", "treat", "R-0001", "--how", "accept", "--approver", "GCIO"),
        *("--reason", "Anggaran 2027.", "--until", until, "--requested-by", "Dinas Contoh"),
        *("--proof", city.file("surat-terima.txt", "Surat penerimaan risiko contoh.")),
    )
    return "R-0001"


def test_a_deleted_proof_of_a_risk_is_missed_by_doctor_and_lint(city: AuditedCity) -> None:
    risk = accepted_risk(city)
    assert row_of(city, "evidence", code=0)["state"] == "ok"
    city.workspace.evidence.path_of(digest_of(city, "surat-terima.txt")).unlink()
    row = row_of(city, "evidence", code=4)
    assert row["state"] == "fault"
    assert risk in row["meaning"]
    assert "surat-terima.txt (gone)" in row["meaning"]
    faults = {(item["code"], item["risk"]) for item in city.json("risk", "lint", code=4)}
    assert ("evidence_missing", risk) in faults


def test_a_changed_proof_is_found_without_being_drawn(city: AuditedCity) -> None:
    accepted_risk(city)
    for number in range(250):
        city.workspace.evidence.put(f"a banner {number}".encode(), "text/plain")
    path = city.workspace.evidence.path_of(digest_of(city, "surat-terima.txt"))
    path.write_text("Surat lain.", encoding="utf-8")
    assert "surat-terima.txt (changed)" in row_of(city, "evidence", code=4)["meaning"]
    faults = [item["code"] for item in city.json("risk", "lint", code=4)]
    assert "evidence_changed" in faults


def test_an_attestation_without_its_file_is_missed(city: AuditedCity) -> None:
    city.act_as("kominfo")
    city.run(
        *("control", "attest", "A.8.24", "--verdict", "partly", "--by", "Budi Contoh"),
        *("--evidence", city.file("kebijakan.txt", "Kebijakan kriptografi contoh.")),
    )
    city.workspace.evidence.path_of(digest_of(city, "kebijakan.txt")).unlink()
    (fault,) = [
        item
        for item in city.json("control", "lint", code=4)
        if item["code"].startswith("evidence_")
    ]
    assert (fault["code"], fault["about"]) == ("evidence_missing", "iso27001-2022:A.8.24")
    assert fault["source"] == "AT-0001"


def test_the_audit_report_marks_what_is_gone(city: AuditedCity) -> None:
    audit = city.begin("A.8.24")
    city.test_all(audit, "A.8.24")
    report = city.workspace.folder.parent / "laporan.json"
    city.audit("report", audit, "-o", str(report))
    assert json.loads(report.read_bytes())["lost"] == []
    digest = digest_of(city, "bukti.txt")
    city.workspace.evidence.path_of(digest).unlink()
    city.audit("report", audit, "-o", str(report), "--force")
    assert "bukti.txt (gone)" in city.talk
    (lost,) = json.loads(report.read_bytes())["lost"]
    assert (lost["sha256"], lost["loss"], lost["name"]) == (digest, "missing", "bukti.txt")
    page = report.with_suffix(".html")
    city.audit("report", audit, "-o", str(page), "--lang", "id")
    assert "Hilang dari penyimpanan bukti" in page.read_text(encoding="utf-8")


def test_a_pack_over_lost_evidence_is_marked_and_ends_with_a_fault(city: AuditedCity) -> None:
    city.scan({TELNET: Outcome.FAILED})
    accepted_risk(city)
    pack = city.workspace.folder.parent / "paket"
    city.run("pack", "build", "-o", str(pack))
    assert json.loads((pack / "manifest.json").read_bytes())["evidence_lost"] == []
    digest = digest_of(city, "surat-terima.txt")
    city.workspace.evidence.path_of(digest).unlink()
    city.run("pack", "build", "-o", str(pack), "--force", code=4)
    assert "surat-terima.txt (gone)" in city.talk
    (lost,) = json.loads((pack / "manifest.json").read_bytes())["evidence_lost"]
    assert lost["sha256"] == digest
    assert "R-0001" in lost["objects"]
    city.run("pack", "verify", str(pack))
