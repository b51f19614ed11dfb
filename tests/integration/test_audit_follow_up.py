"""Audit findings until they are closed, samples drawn again, reviews, and reports as files."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pypdf
import pytest
from audited_city import CRYPTOGRAPHY, AuditedCity
from faked_time import faketime
from os_accounts import as_account

from secaudit.core.vocabulary import Outcome

TELNET = ("net.telnet.exposed", "kantor/192.0.2.7:23/tcp")


@pytest.fixture
def city(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[AuditedCity]:
    made = AuditedCity(tmp_path / "ws", capsys, monkeypatch)
    yield made
    made.workspace.database.close()


@pytest.fixture
def raised(city: AuditedCity) -> AuditedCity:
    """An audit under way with one minor nonconformity, AF-0001."""
    audit = city.begin("A.8.24")
    city.audit(
        *("nonconformity", "raise", audit, "A.8.24", "--grade", "minor", "--title", "Kunci"),
        *("--condition", "Daftar kunci tidak ada.", "--evidence", city.proof),
    )
    return city


def later(city: AuditedCity, day: str, *arguments: str) -> str:
    """Run the program itself on another day."""
    told = subprocess.run(
        [*faketime(f"{day} 10:00:00"), sys.executable, "-m", "secaudit", *arguments],
        env={
            **os.environ,
            **as_account("sari", city.workspace.folder.parent),
            "SECAUDIT_WORKSPACE": str(city.workspace.folder),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout


def test_a_finding_goes_its_way_and_no_other(raised: AuditedCity) -> None:
    step = ("nonconformity",)
    proof = ("--evidence", raised.proof)
    raised.audit(*step, "correct", "AF-0001", "--note", "x", *proof, code=2)
    assert "still missing: cause, correction, action, owner, due" in raised.talk
    raised.audit(*step, "close", "AF-0001", code=2)
    assert "AF-0001 cannot be closed: it is open" in raised.talk
    analyse = (*step, "analyse", "AF-0001")
    raised.audit(*analyse, "--due", "2020-01-01", code=2)
    raised.audit(*analyse, code=2)
    raised.audit(
        *(*analyse, "--cause", "A", "--correction", "B", "--action", "C"),
        *("--owner", "Budi Contoh", "--due", "2099-01-01"),
    )
    correct = (*step, "correct", "AF-0001", "--note", "Selesai", "--by", "Wati")
    raised.audit(*correct, code=2, account="kominfo")
    assert "evidence is needed" in raised.talk
    raised.audit(*correct, *proof, account="kominfo")
    verify = (*step, "verify", "AF-0001", "--how", "Dilihat", *proof)
    for person, account in (("wati", "x"), ("BUDI contoh", "x"), ("Sari Contoh", "kominfo")):
        raised.audit(*verify, "--effective", "--by", person, code=2, account=account)
        assert "cannot check it" in raised.talk
    raised.audit(*verify, "--not-effective", "--by", "Sari Contoh")
    assert raised.json("audit", "nonconformity", "show", "AF-0001")["state"] == "reopened"
    raised.audit(*correct, *proof, account="kominfo")
    raised.audit(*verify, "--effective", "--by", "Sari Contoh")
    raised.audit(*step, "close", "AF-0001", "--by", "Wati", code=2, account="x")
    raised.audit(*step, "close", "AF-0001", "--by", "Sari Contoh")
    raised.audit(*step, "reopen", "AF-0001", "--reason", "Kembali")
    shown = raised.json("audit", "nonconformity", "show", "AF-0001")
    assert [event["kind"] for event in shown["events"]] == [
        *("raised", "analysed", "corrected", "not_effective", "corrected", "verified"),
        *("closed", "reopened"),
    ]
    assert shown["closed_on"] is None
    assert shown["criterion"]["id"] == "ISO/IEC 27001:2022 Lampiran A 8.24"


def test_an_observation_is_closed_by_a_decision(raised: AuditedCity) -> None:
    raised.audit(
        *("nonconformity", "raise", "AE-0001", "A.8.24", "--grade", "opportunity"),
        *("--title", "Saran", "--condition", "Dapat lebih baik."),
    )
    raised.audit("nonconformity", "close", "AF-0002", code=2)
    assert "a reason is needed" in raised.talk
    raised.audit("nonconformity", "close", "AF-0002", "--reason", "Tidak dilaksanakan")


def test_what_an_earlier_audit_found_is_linked(raised: AuditedCity) -> None:
    again = raised.begin("A.8.24")
    rows = raised.json("audit", "work", again, "A.8.24")
    assert "An earlier audit found AF-0001" in json.dumps(rows[0]["questions"])
    raised.audit(
        *("nonconformity", "raise", again, "A.8.24", "--grade", "major", "--title", "Kunci lagi"),
        *("--condition", "Daftar kunci masih tidak ada.", "--evidence", raised.proof),
    )
    assert "It repeats AF-0001" in raised.talk
    first = raised.json("audit", "nonconformity", "show", "AF-0001")
    assert first["repeated_by"] == ["AF-0002"]
    assert [row["id"] for row in raised.json("audit", "follow-up", "list")] == [
        "AF-0002",
        "AF-0001",
    ]


def test_a_day_that_passes_makes_a_finding_late(raised: AuditedCity) -> None:
    raised.audit("nonconformity", "analyse", "AF-0001", "--due", "2027-03-31")
    told = json.loads(later(raised, "2027-03-31", "audit", "follow-up", "list", "--format=json"))
    assert [row["overdue"] for row in told] == [False]
    told = json.loads(later(raised, "2027-04-02", "audit", "follow-up", "list", "--format=json"))
    assert [row["overdue"] for row in told] == [True]
    inputs = json.loads(later(raised, "2027-04-02", "audit", "review", "inputs", "--format=json"))
    found = {row["id"]: row for row in inputs["inputs"]}
    assert found["nonconformities"]["state"] == "attention"
    assert "1" in found["nonconformities"]["lines"][0]


def test_a_sample_is_drawn_again_from_the_list_that_was_kept(city: AuditedCity) -> None:
    city.scan({TELNET: Outcome.FAILED})
    audit = city.begin("A.8.24")
    draw = ("sample", "draw", audit, "--seed", "contoh", "--from")
    city.audit(*draw, "assets", "--size", "2", "--method", "stratified")
    city.audit(*draw, "findings", "--size", "1", "--check", "net")
    city.audit(*draw, "results", "--size", "1", "--method", "weighted")
    city.audit(*draw, "changes", "--confidence", "0.9", "--action", "asset")
    city.audit(*draw, "attestations", "--size", "1", code=2)
    assert "the population is empty" in city.talk
    city.audit(*draw, "changes", "--size", "1", "--method", "weighted", code=2)
    city.audit(*draw, "assets", "--size", "4", code=2)
    assert "a sample of 4 cannot be drawn from 3" in city.talk
    city.audit(*draw, "assets", code=2)
    found = city.json("audit", "sample", "list")
    assert [row["population_size"] for row in found] == [3, 1, 1, 1]
    city.run("asset", "retire", "A-0003", "--reason", "diganti")
    for number in range(1, 5):
        city.audit("sample", "redraw", f"SM-000{number}")
        assert "the same" in city.talk
    kept = city.workspace.evidence.path_of(found[0]["population_sha256"])
    kept.write_bytes(kept.read_bytes().replace(b"Server 7", b"Server 0"))
    city.audit("sample", "redraw", "SM-0001", code=4)
    assert "was changed after it was written" in city.talk


def test_a_size_is_explained_as_ours(city: AuditedCity) -> None:
    told = city.run("audit", "sample", "size", "--population", "100")
    assert "Draw 25 of 100" in told
    assert "no law and no standard sets a size" in " ".join(told.split())
    assert city.json("audit", "sample", "size", "--population", "100")["size"] == 25


def test_a_management_review_keeps_its_inputs_and_follows_its_decisions(city: AuditedCity) -> None:
    city.run(
        *("risk", "add", "--title", "Jaringan", "--owner", "Dinas Contoh", "--asset", "A-0001"),
        *("--current", "4x5", "--reason", "contoh"),
    )
    inputs = {row["id"]: row for row in city.json("audit", "review", "inputs")["inputs"]}
    assert inputs["risks"]["state"] == "attention"
    assert "Above the appetite: R-0001" in inputs["risks"]["lines"]
    record = ("review", "record", "--chair", "Sekda Contoh", "--minutes", city.proof)
    city.audit(*record, "--action", "Tambah auditor", "Inspektorat", "2027-01-31")
    city.audit(*record, "--action", "Tambah auditor", "Inspektorat", "besok", code=2)
    (held,) = city.json("audit", "review", "list")
    kept = json.loads(city.workspace.evidence.get(held["inputs_sha256"]))
    assert [row["clause"] for row in kept["inputs"]] == [
        *("9.3.2 a", "9.3.2 b", "9.3.2 c", "9.3.2 d 1", "9.3.2 d 2", "9.3.2 d 3", "9.3.2 d 4"),
        *("9.3.2 e", "9.3.2 f", "9.3.2 g"),
    ]
    late = json.loads(later(city, "2027-02-02", "audit", "review", "inputs", "--format=json"))
    assert late["inputs"][0]["state"] == "attention"
    city.audit("review", "done", "ma-0001", "--note", "Selesai")
    city.audit("review", "done", "MA-0001", "--note", "Selesai", code=2)
    assert city.json("audit", "review", "inputs")["inputs"][0]["state"] == "known"
    assert {"review.held", "review.action_done"} <= set(city.trail())


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_report_is_written_in_three_formats(raised: AuditedCity, language: str) -> None:
    folder = raised.workspace.folder.parent
    raised.test_all("AE-0001", "A.8.24", conclusion="partly")
    raised.audit("conclude", "AE-0001", "--opinion", "with_exceptions", "--text", "<b>Cukup</b>")
    for ending in ("html", "pdf", "json"):
        raised.audit("report", "ae-0001", "-o", str(folder / f"a.{ending}"), "--lang", language)
    raised.audit("report", "AE-0001", "-o", str(folder / "a.pdf"), code=2)
    raised.audit("report", "AE-0001", "-o", str(folder / "a.docx"), code=2)
    page = (folder / "a.html").read_text("utf-8")
    assert "&lt;b&gt;Cukup&lt;/b&gt;" in page
    assert "<script" not in page
    told = json.loads((folder / "a.json").read_bytes())
    text = " ".join(
        part.extract_text()
        for part in pypdf.PdfReader(io.BytesIO((folder / "a.pdf").read_bytes())).pages
    )
    title = {"id": "Laporan Hasil Audit Internal", "en": "Internal Audit Report"}[language]
    for shown in (page, text):
        assert title in shown
        assert "AF-0001" in shown
        assert told["identity"] in shown
    assert told["criteria"][0]["requirement"] == CRYPTOGRAPHY
    assert [step["conclusion"] for step in told["criteria"][0]["steps"]] == ["partly"] * 4
