"""An audit whose days follow each other, and whose conclusions rest on evidence that bears them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from audited_city import AuditedCity

from secaudit.core.vocabulary import Outcome

TELNET = ("net.telnet.exposed", "kantor/192.0.2.7:23/tcp")
STRANGE = ("net.telnet.exposed", "kantor/192.0.2.9:23/tcp")
CLOSED = ("net.telnet.exposed", "kantor/192.0.2.8:23/tcp")
RAISED = ("A.8.20", "--title", "Telnet", "--condition", "Telnet terbuka.")


@pytest.fixture
def city(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[AuditedCity]:
    made = AuditedCity(tmp_path / "ws", capsys, monkeypatch)
    yield made
    made.workspace.database.close()


def day(city: AuditedCity, days: int) -> str:
    """A day so many days from today, where the workspace is."""
    now = datetime.now(UTC).astimezone(city.workspace.settings.time_zone).date()
    return (now + timedelta(days=days)).isoformat()


def test_an_action_is_not_checked_before_it_was_done_nor_done_before_it_was_asked(
    city: AuditedCity,
) -> None:
    audit = city.begin("A.8.20")
    finding = ("nonconformity", "raise", audit, *RAISED, "--grade", "minor")
    city.audit(*finding, "--evidence", city.proof)
    verify = ("nonconformity", "verify", "AF-0001", "--effective", "--how", "Dicocokkan.")
    city.audit(*verify, "--by", "Sari Contoh", "--evidence", city.proof, code=2)
    assert "cannot be checked: it is open" in city.talk
    assert "nonconformity analyse AF-0001" in city.talk
    city.audit(
        *("nonconformity", "analyse", "AF-0001", "--cause", "x", "--correction", "y"),
        *("--action", "z", "--owner", "Dinas Contoh", "--due", day(city, 30)),
    )
    correct = ("nonconformity", "correct", "AF-0001", "--note", "Selesai.", "--by", "Budi Contoh")
    files = ("--evidence", city.proof)
    city.audit(*correct, *files, "--on", day(city, -1), code=2, account="kominfo")
    assert "is too early: AF-0001 has been open since" in city.talk
    city.audit(*correct, *files, "--on", day(city, 0), account="kominfo")
    city.audit(*verify, *files, "--by", "Sari Contoh", "--on", "2026-07-01", code=2)
    assert "2026-07-01 is too early" in city.talk
    city.audit(*verify, *files, "--by", "Sari Contoh", "--on", day(city, 0))


def test_a_finding_that_came_back_is_corrected_after_that(city: AuditedCity) -> None:
    audit = city.begin("A.8.20")
    raised = ("nonconformity", "raise", audit, *RAISED, "--grade", "minor")
    city.audit(*raised, "--evidence", city.proof)
    city.settle("AF-0001")
    city.audit("nonconformity", "reopen", "AF-0001", "--reason", "Terbuka lagi.")
    correct = ("nonconformity", "correct", "AF-0001", "--note", "Selesai.", "--by", "Budi Contoh")
    city.audit(*correct, "--evidence", city.proof, "--on", day(city, -1), code=2)
    assert "has been reopened since" in city.talk
    city.audit(*correct, "--evidence", city.proof)


def test_decisions_of_a_review_are_for_days_after_it(city: AuditedCity) -> None:
    record = ("review", "record", "--chair", "Sekda Contoh", "--minutes", city.proof)
    city.audit(*record, "--action", "Tambah auditor", "Inspektorat", "2026-01-31", code=2)
    assert "a decision is for a day to come" in city.talk
    city.audit(*record, "--action", "Tambah auditor", "Inspektorat", day(city, 30))
    city.audit("review", "done", "MA-0001", "--note", "Selesai", "--on", day(city, -1), code=2)
    assert "before the review that decided it" in city.talk
    city.audit("review", "done", "MA-0001", "--note", "Selesai")


def test_a_test_outside_the_work_needs_its_reason_told(city: AuditedCity) -> None:
    audit = city.begin("A.8.24")
    tested = (
        *("test", audit, "A.8.24", "--step", "design", "--conclusion", "effective"),
        *("--work", "Kebijakan dibaca.", "--on", "2026-10-05"),
    )
    city.audit(*tested, code=2)
    assert "2026-10-05 is outside the work on AE-0001" in city.talk
    city.audit(*tested, "--reason", "Dibaca saat survei pendahuluan.")
    page = city.workspace.folder.parent / "laporan.html"
    city.audit("report", audit, "-o", str(page))
    assert "Dibaca saat survei pendahuluan." in page.read_text(encoding="utf-8")


def test_what_still_fails_does_not_prove_that_a_control_works(city: AuditedCity) -> None:
    city.scan({TELNET: Outcome.FAILED, CLOSED: Outcome.PASSED})
    audit = city.begin("A.8.20")
    tested = ("test", audit, "A.8.20", "--step", "effectiveness", "--conclusion", "effective")
    tested += ("--work", "Hasil pindai ditelaah.")
    city.audit(*tested, "--finding", "F-0001", code=2)
    assert "F-0001 is open: it speaks against the conclusion" in city.talk
    city.audit(*tested, "--result", *TELNET, code=2)
    assert "is failed: it speaks against the conclusion" in city.talk
    city.audit(*tested, "--result", *CLOSED)
    city.audit(*tested, "--finding", "F-0001", "--reason", "Satu pengecualian, sudah diisolasi.")


def test_evidence_is_about_what_is_audited(city: AuditedCity) -> None:
    city.scan({TELNET: Outcome.FAILED, STRANGE: Outcome.FAILED})
    audit = city.begin("A.8.20", more=("--asset", "A-0001"))
    tested = ("test", audit, "A.8.20", "--step", "effectiveness", "--work", "Ditelaah.")
    tested += ("--conclusion", "not_effective")
    city.audit(*tested, "--finding", "F-0002", code=2)
    assert "F-0002 is about something that AE-0001 does not audit" in city.talk
    raised = ("nonconformity", "raise", audit, *RAISED, "--grade", "major")
    city.audit(*raised, "--finding", "F-0002", code=2)
    assert "does not audit" in city.talk
    city.audit(*raised, code=2)
    assert "a nonconformity rests on evidence" in city.talk
    city.audit(*raised, "--finding", "F-0001")


def test_a_retired_asset_proves_nothing_about_those_in_use(city: AuditedCity) -> None:
    city.scan({TELNET: Outcome.FAILED})
    city.run("asset", "retire", "A-0001", "--reason", "Diganti.", "--proof", city.proof)
    audit = city.begin("A.8.20")
    tested = ("test", audit, "A.8.20", "--step", "effectiveness", "--work", "Ditelaah.")
    city.audit(*tested, "--conclusion", "not_effective", "--finding", "F-0001", code=2)
    assert "F-0001 is about something that AE-0001 does not audit" in city.talk


def test_the_report_names_a_pattern_of_criteria_as_one(city: AuditedCity) -> None:
    audit = city.begin("iso27001-2022:A.8.2*")
    criteria = {row["requirement"] for row in city.json("audit", "work", audit)}
    page = city.workspace.folder.parent / "laporan.json"
    city.audit("report", audit, "-o", str(page))
    (name,) = json.loads(page.read_bytes())["names"]
    assert name.startswith("ISO/IEC 27001:2022 ")
    assert name.endswith(f"A.8.2* ({len(criteria)} requirements)")


def test_steps_are_counted_as_the_report_counts_them(city: AuditedCity) -> None:
    audit = city.begin("A.8.24", "A.8.20")
    city.test_all(audit, "A.8.24")
    city.audit(
        *("test", audit, "A.8.20", "--step", "all", "--conclusion", "not_tested"),
        *("--reason", "Tidak sempat."),
    )
    shown = city.run("audit", "show", audit)
    page = city.workspace.folder.parent / "laporan.html"
    city.audit("report", audit, "-o", str(page))
    assert "4 / 8" in shown
    assert "4 / 8" in page.read_text(encoding="utf-8")
