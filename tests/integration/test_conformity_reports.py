"""Two conformity reports half a year apart, through the command line."""

import io
import json
import shutil
import sqlite3

import openpyxl
import pytest
from reported_city import CRYPTOGRAPHY, NETWORKS, REPORTING, TRAFFIC, ReportedCity

DIRECTION = "Selesaikan enkripsi surel sebelum akhir tahun."
OVERLAY = """\
schema_version: 1
catalogue: perwal-pekalongan-26-2021
group:
  key: pasal-6
  title: {id: Pasal 6 GCIO Daerah, en: Article 6 Government CIO}
requirements:
  - id: pasal-6.ayat-1.huruf-c
    kind: [obligation, cadence]
    title: {id: Laporan kesesuaian, en: Conformity report}
    summary:
      id: GCIO Daerah melaporkan kesesuaian kepada Wali Kota setiap semester.
      en: The government CIO reports conformity to the mayor every half-year.
    modality: indicative
    bearers: [gcio]
    testability: manual
    cadence: {at_least: 1, per: half_year}
    lines: 417-420
"""


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    """A city that issued two reports; the first went to the mayor and came back with words."""
    made = ReportedCity(tmp_path_factory.mktemp("city") / "ws").begin()
    overlay = made.folder / "content" / "catalogs" / "perwal-pekalongan-26-2021"
    overlay.mkdir(parents=True)
    (overlay / "pasal-6.yaml").write_text(OVERLAY, encoding="utf-8")
    made.first_half()
    made.now = "2026-07-06 03:00:00"
    made.run("conformity", "draft", "--period", "2026-H1", "-o", str(made.folder.parent / "a.json"))
    draft = json.loads((made.folder.parent / "a.json").read_bytes())
    made.issue(
        *("2026-H1", "--letter", "500.12/77", "--letter-date", "2026-07-06"),
        *("--identity", draft["identity"]),
    )
    made.now = "2026-07-08 03:00:00"
    made.run("conformity", "forward", "cr-0001", account="sekda")
    made.now = "2026-07-10 03:00:00"
    made.run(
        *("conformity", "receive", "CR-0001", "--by", "Wali Kota Contoh", "--on", "2026-07-09"),
        *("--direction", DIRECTION),
    )
    made.second_half()
    made.now = "2027-01-04 03:00:00"
    made.issue("2026-S2")
    return made


def _content(city, report):
    path = city.folder.parent / f"{report}.json"
    city.run("conformity", "show", report, "-o", str(path), "--force")
    return json.loads(path.read_bytes())


def _line(content, requirement):
    return next(item for item in content["requirements"] if item["id"] == requirement)


def test_the_first_report_says_what_people_stated_and_what_the_evidence_says(city):
    content = _content(city, "CR-0001")
    assert content["previous"] is None
    assert content["progress"] is None
    assert content["numbers"]["conform"] == 1
    assert content["numbers"]["not_conform"] == 1
    cryptography = _line(content, CRYPTOGRAPHY)
    assert (cryptography["verdict"], cryptography["standing"]) == ("conform", "contradicted")
    assert cryptography["differences"] == ["contradicted"]
    assert cryptography["said"]["evidence"][0]["name"] == "kebijakan-kripto.pdf"
    assert _line(content, NETWORKS)["verdict"] == "partly"
    assert _line(content, TRAFFIC)["said"]["note"] == "Kanal surel belum dienkripsi"
    untold = [item for item in content["requirements"] if item["verdict"] == "not_judged"]
    assert len(untold) == content["numbers"]["not_judged"]
    planned = {item["id"]: item["plan"] for item in content["findings"]}
    assert planned == {"F-0001": "P-0001", "F-0002": "", "F-0003": "P-0001", "F-0004": ""}
    assert content["numbers"]["late"] == 4


def test_the_region_s_own_law_comes_first(city):
    names = [item["id"] for item in _content(city, "CR-0001")["frameworks"]]
    assert names[:2] == ["perda-pekalongan-3-2026", "perwal-pekalongan-26-2021"]
    assert "rancangan-perda-pekalongan-2025" not in names


def test_the_second_report_tells_what_moved(city):
    content = _content(city, "CR-0002")
    previous, progress = content["previous"], content["progress"]
    assert previous["id"] == "CR-0001"
    assert previous["direction"] == DIRECTION
    assert previous["received_on"] == "2026-07-09"
    moved = {item["requirement"]: (item["before"], item["after"]) for item in progress["verdicts"]}
    assert moved == {NETWORKS: ("partly", "conform")}
    assert progress["new"] == ["F-0005"]
    assert progress["verified"] == ["F-0001", "F-0003"]
    assert progress["plans_done"] == ["P-0001"]
    accepted = next(item for item in content["findings"] if item["id"] == "F-0002")["accepted"]
    assert (accepted["approver"], accepted["until"]) == ("Ratna Contoh", "2027-02-26")
    duty = next(item for item in content["obligations"] if item["key"] == REPORTING)
    assert (duty["standing"], duty["done_on"]) == ("met", ["2026-07-06"])


def test_what_was_stated_after_the_period_is_not_in_it(city):
    assert _line(_content(city, "CR-0001"), NETWORKS)["verdict"] == "partly"
    assert _line(_content(city, "CR-0002"), NETWORKS)["verdict"] == "conform"


def test_every_step_is_on_the_trail_and_the_report_verifies(city):
    for report in ("CR-0001", "CR-0002"):
        rows = city.json("conformity", "show", report, "--verify")
        assert {row["compared"]: row["state"] for row in rows} == {
            "content": "ok",
            "documents": "ok",
            "audit_trail": "ok",
            "numbers": "ok",
            "evidence": "ok",
            "recomputed": "ok",
        }
    rows = city.json("conformity", "list")
    assert [row["state"] for row in rows] == ["received", "issued"]
    assert rows[0]["letter"] == "500.12/77"
    assert rows[1]["previous"] == "CR-0001"
    doctor = {row["name"]: row for row in city.json("doctor", code=None)}
    assert doctor["conformity_reports"]["state"] == "ok"


def test_the_calendar_records_the_report_as_done(city):
    record = city.json("calendar", "show", REPORTING)
    assert [item["done_on"] for item in record["records"]] == ["2026-07-06", "2027-01-04"]
    assert [item["note"] for item in record["records"]] == ["CR-0001", "CR-0002"]


@pytest.mark.parametrize("ending", ["pdf", "html", "xlsx"])
def test_an_issued_report_can_be_written_again(city, ending):
    path = city.folder.parent / f"lagi.{ending}"
    city.run("conformity", "show", "CR-0002", "-o", str(path))
    first = path.read_bytes()
    city.run("conformity", "show", "CR-0002", "-o", str(path), code=2)
    assert "is there already" in city.talk
    city.run("conformity", "show", "CR-0002", "-o", str(path), "--force")
    assert path.read_bytes() == first
    if ending == "html":
        assert DIRECTION in first.decode()
    if ending == "xlsx":
        book = openpyxl.load_workbook(io.BytesIO(first))
        assert book.sheetnames[0] == "Requirements"


def test_show_tells_the_numbers_and_what_needs_a_decision(city):
    told = city.run("conformity", "show", "CR-0002")
    assert "Ratna Contoh" in told
    assert "not yet judged" in told
    assert "1. " in told


def test_a_report_that_was_tampered_with_is_found_out(city, tmp_path):
    copy = ReportedCity(tmp_path / "ws")
    shutil.copytree(city.folder, copy.folder)
    copy.now = city.now
    with sqlite3.connect(copy.folder / "secaudit.sqlite") as connection:
        digest = connection.execute("SELECT content_sha256 FROM conformity_report").fetchone()[0]
    connection.close()
    path = copy.folder / "evidence" / digest[:2] / digest
    path.write_bytes(path.read_bytes().replace(b'"conform":1', b'"conform":9', 1))
    rows = copy.json("conformity", "show", "CR-0001", "--verify", code=4)
    assert {row["compared"]: row["state"] for row in rows}["content"] == "fault"
    doctor = {row["name"]: row for row in copy.json("doctor", code=4)}
    assert doctor["conformity_reports"]["state"] == "fault"
    path.unlink()
    copy.run("conformity", "show", "CR-0001", code=4)
    assert "gone from the evidence store" in copy.talk
    copy.now = "2027-07-05 03:00:00"
    copy.run("conformity", "list")
    copy.issue("2027-H1")  # The one before it is whole.
    assert copy.json("conformity", "list")[2]["previous"] == "CR-0002"
