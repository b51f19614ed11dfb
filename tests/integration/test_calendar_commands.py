"""Obligations and certification programmes through the command line."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import icalendar
import pytest
from assured_city import AssuredCity

MEETINGS = "perda-pekalongan-3-2026:pasal-33.ayat-4"
DEADLINE = "perda-pekalongan-3-2026:pasal-46"
AUDIT = "perpres-95-2018:pasal-58.ayat-4"
NATIONAL = "perpres-95-2018:pasal-58.ayat-3"


@pytest.fixture
def city(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[AssuredCity]:
    made = AssuredCity(tmp_path / "ws", capsys, monkeypatch)
    yield made
    made.workspace.database.close()


def calendar(city: AssuredCity, *arguments: str) -> dict[str, dict[str, object]]:
    return {row["obligation"]: row for row in city.json("calendar", *arguments)}


def setting(city: AssuredCity, before: str, after: str) -> None:
    path = city.workspace.folder / "secaudit.yaml"
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def test_every_cadence_and_deadline_that_binds_is_there(city: AssuredCity) -> None:
    found = calendar(city)
    assert (found[MEETINGS]["rhythm"], found[MEETINGS]["needed"]) == ("at least 2 times a year", 2)
    assert found[DEADLINE]["last"] == "2027-02-12"
    assert found[AUDIT]["rhythm"] == "at least once in two years"
    assert found["uu-27-2022:pasal-46"]["state"] == "undated"
    assert "72 hours" in str(found["uu-27-2022:pasal-46"]["rhythm"])
    frameworks = {key.partition(":")[0] for key in found}
    assert not frameworks & {"perda-pontianak-9-2022", "rancangan-perda-pekalongan-2025"}
    assert NATIONAL not in found


def test_the_settings_say_what_binds(city: AssuredCity) -> None:
    setting(city, "  other_bearers: [bssn]", "  other_bearers: []")
    setting(city, "  drop: []", f"  drop: [perda-pekalongan-3-2026, '{AUDIT}']")
    found = calendar(city)
    assert NATIONAL in found
    assert MEETINGS not in found
    assert AUDIT not in found


def test_a_record_needs_proof_and_counts_for_its_period(city: AssuredCity) -> None:
    minutes = city.file("notulen.pdf")
    city.run("calendar", "done", MEETINGS, code=2)
    city.run("calendar", "done", MEETINGS, "--evidence", city.file("kosong.pdf", ""), code=2)
    tomorrow = (date.today() + timedelta(days=2)).isoformat()  # noqa: DTZ011 - only "to come"
    city.run("calendar", "done", MEETINGS, "--evidence", minutes, "--on", tomorrow, code=2)
    assert "still to come" in city.talk
    assert calendar(city)[MEETINGS]["done"] == 0

    for _ in range(2):
        city.run("calendar", "done", MEETINGS, "--evidence", minutes)
    found = calendar(city)[MEETINGS]
    assert (found["state"], found["done"]) == ("done", 2)
    city.run("calendar", "withdraw", "o-0002", "--reason", "keliru")
    assert calendar(city)[MEETINGS]["state"] == "due"
    record = city.json("calendar", "show", MEETINGS)
    assert [item["withdrawn_reason"] for item in record["records"]] == [None, "keliru"]
    assert "notulen.pdf" in city.run("calendar", "show", MEETINGS)
    assert city.trail()[-3:] == ["calendar.done", "calendar.done", "calendar.withdrawn"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("perda-pekalongan-3-2026:pasal-1.angka-2", "no obligation"),
        ("perda-pekalongan-3-2026:pasal-999", "no requirement"),
        (NATIONAL, "no obligation"),
        ("PR-0001/stage-1", "programme set"),
    ],
)
def test_what_is_no_obligation_is_not_done(city: AssuredCity, name: str, said: str) -> None:
    city.run("calendar", "done", name, "--evidence", city.file("x.pdf"), code=2)
    assert said in city.talk


def test_until_leaves_out_what_comes_later(city: AssuredCity) -> None:
    soon = calendar(city, "--until", "2027-02-11")
    assert DEADLINE not in soon
    assert DEADLINE in calendar(city, "--until", "2027-02-12")
    assert city.run("calendar", "--format", "csv").startswith("obligation,kind,")


def test_the_calendar_file_is_read_by_a_calendar_library(city: AssuredCity) -> None:
    city.run("control", "programme", "start", "iso-cycle", "--on", "2027-03-01")
    target = city.workspace.folder.parent / "kota.ics"
    city.run("calendar", "export", str(target), "--until", "2028-12-31")

    def events() -> dict[str, icalendar.cal.Component]:
        parsed = icalendar.Calendar.from_ical(target.read_bytes())
        return {str(item["UID"]): item for item in parsed.walk("VEVENT")}

    first = events()
    assert f"{len(first)} events" in city.talk
    (deadline,) = [item for item in first.values() if DEADLINE in str(item["DESCRIPTION"])]
    assert deadline.decoded("DTSTART") == date(2027, 2, 12)
    assert any(item.decoded("DTSTART") == date(2027, 3, 1) for item in first.values())
    assert all(item["DTSTART"].params["VALUE"] == "DATE" for item in first.values())

    (audit, *_) = [item for item in first.values() if AUDIT in str(item["DESCRIPTION"])]
    assert str(audit["SUMMARY"]).endswith("paragraph (4) [third party's copy])")
    assert "[third party's copy]" in city.run("calendar", "show", AUDIT)
    assert "Read: third party's copy" in city.run("calendar")

    city.run("calendar", "export", str(target), code=2)
    assert "is there already" in city.talk
    city.run("calendar", "done", DEADLINE, "--evidence", city.file("perwal.pdf"))
    city.run("calendar", "export", str(target), "--until", "2028-12-31", "--force")
    second = events()
    assert set(first) - set(second) == {str(deadline["UID"])}
    assert not set(second) - set(first)
    city.run("calendar", "export", str(target), "--until", "2999-01-01", "--force", code=2)


def test_a_late_stage_is_called_so_and_names_its_programme(city: AssuredCity) -> None:
    city.run("control", "programme", "start", "iso-cycle", "--on", "2020-01-01")
    target = city.workspace.folder.parent / "kota.ics"
    city.run("calendar", "export", str(target))
    parsed = icalendar.Calendar.from_ical(target.read_bytes())
    (stage,) = [item for item in parsed.walk("VEVENT") if "Stage 1 audit" in str(item["SUMMARY"])]
    assert str(stage["SUMMARY"]) == "overdue: Stage 1 audit (The ISO/IEC 27001 certification cycle)"
    assert not stage.walk("VALARM")


def test_the_calendar_speaks_indonesian(city: AssuredCity) -> None:
    target = city.workspace.folder.parent / "kota.ics"
    city.run("calendar", "export", str(target), language="id")
    titles = {
        str(item["SUMMARY"])
        for item in icalendar.Calendar.from_ical(target.read_bytes()).walk("VEVENT")
    }
    assert any(title.startswith("Rapat Dewan dua kali setahun") for title in titles)


def test_a_programme_is_begun_planned_and_done(city: AssuredCity) -> None:
    assert {row["kind"] for row in city.json("control", "programme", "courses")} == {
        "bekasi",
        "iso-cycle",
    }
    city.run("control", "programme", "start", "bekasi")
    set_ = ["control", "programme", "set", "pr-0001", "gap-analysis"]
    city.run(*set_, code=2)
    city.run(*set_, "--on", "2126-01-01", "--evidence", city.file("x.pdf"), code=2)
    assert "still to come" in city.talk
    city.run(*set_, "--state", "done", "--on", "2026-01-15", code=2)
    assert "evidence is needed" in city.talk
    city.run(*set_, "--planned", "2026-01-10")
    rows = city.json("control", "programme", "list")
    assert len(rows) == 7
    assert rows[0]["overdue"]
    city.run(*set_, "--on", "2026-01-15", "--evidence", city.file("analisis.pdf"))
    row = city.json("control", "programme", "list")[0]
    assert (row["state"], row["done_on"], row["overdue"]) == ("done", "2026-01-15", False)
    assert calendar(city)["PR-0001/gap-analysis"]["state"] == "done"
    assert calendar(city)["PR-0001/implementation"]["state"] == "undated"
    city.run("control", "programme", "start", "cobit", code=2)
    assert "iso-cycle" in city.talk
