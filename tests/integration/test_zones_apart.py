"""Assets that stand in the inventory under another zone than the one that was scanned."""

import json

import pytest
from reported_city import DATA, PORTAL, TELNET, ReportedCity


@pytest.fixture
def city(tmp_path):
    made = ReportedCity(tmp_path / "ws").begin()
    made.now = "2026-02-02 03:00:00"
    return made


def _draft(city) -> tuple[dict, str]:
    city.now = city.now.replace("03:00", "04:00")
    folder = city.folder.parent
    for name in ("a.json", "a.html"):
        city.run("conformity", "draft", "--period", "2026-01", "--force", "-o", str(folder / name))
    return json.loads((folder / "a.json").read_bytes()), (folder / "a.html").read_text("utf-8")


def test_the_report_names_both_zones_and_claims_no_ignorance(city):
    city.now = "2026-01-20 03:00:00"
    elsewhere = [subject.replace("kantor/", "dc/") for subject in (PORTAL, DATA)]
    city.scan(*((TELNET, f"{subject}:23/tcp", "failed") for subject in elsewhere))
    data, page = _draft(city)
    assert data["apart"] == [
        {"scanned": "dc", "listed": "kantor", "addresses": 2,
         "assets": ["Portal layanan", "Basis data pajak"]}
    ]  # fmt: skip
    assert "2 scanned addresses stand in the inventory under another zone" in page
    assert "Scanned in zone dc, in the inventory in zone kantor" in page
    assert "--zone kantor" in page
    # Of the two others nothing is known indeed.
    assert "technical state: Surel dinas, Arsip elektronik." in page
    assert data["numbers"]["unscanned"] == 4
    city.now = "2026-01-21 03:00:00"
    # Once they are reached in their own zone, the same addresses of the other are others.
    city.scan(*((TELNET, f"{subject}:23/tcp", "passed") for subject in (PORTAL, DATA)))
    data, page = _draft(city)
    assert data["apart"] == []
    assert "under another zone" not in page


def test_a_scan_says_at_its_end_that_the_inventory_has_another_zone(city):
    city.run(
        *("asset", "add", "Sendiri", "--owner", "Dinas Contoh", "--zone", "kantor"),
        *("--address", "127.0.0.1"),
    )
    city.run(*("scan", "run", "127.0.0.1", "--ports", "9", "--zone", "loopback"), code=None)
    assert "1 scanned address stands in the inventory under another zone" in city.talk
    assert "in the inventory in zone kantor: Sendiri" in city.talk
