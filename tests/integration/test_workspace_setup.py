"""Workspaces made, opened, examined and migrated by the real program."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from secaudit.app import doctor
from secaudit.app.setup import init_workspace
from secaudit.app.workspace import open_workspace
from secaudit.content.yaml import read_document, validate
from secaudit.core.errors import InputError, RefusedError, VerificationError
from secaudit.ledger import trail
from secaudit.ledger.working_days import HolidayFile
from secaudit.registry import zones

CITY = "Pemerintah Kota Contoh"


def secaudit(*arguments, cwd=None, **environment):
    return subprocess.run(
        [sys.executable, "-m", "secaudit", "--lang", "en", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def city(tmp_path: Path) -> Path:
    init_workspace(tmp_path / "kota", CITY)
    return tmp_path / "kota"


def test_init_makes_a_workspace_that_others_find(tmp_path):
    done = secaudit("init", tmp_path / "kota", "--organisation", CITY)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert "secaudit scope add" in done.stderr
    folder = tmp_path / "kota"
    assert folder.stat().st_mode & 0o777 == 0o700
    for name in (
        "secaudit.yaml",
        "secaudit.sqlite",
        "evidence",
        "holidays.yaml",
        "trust",
        "content",
    ):
        assert (folder / name).exists()
    below = secaudit("asset", "list", "--format", "json", cwd=folder / "trust")
    assert json.loads(below.stdout) == []
    workspace = open_workspace(folder)
    with workspace.view() as connection:
        (row,) = trail.entries(connection)
        assert (row.action, row.object_id, row.position) == ("workspace.init", "kota", 1)
        assert list(zones.all_zones(connection)) == ["kantor"]


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize(
    "name", [CITY, "Kota \"C\": #1 {x} 'y' $z", "=cmd()", "- a", "x\u2028y\x85z"]
)
def test_any_name_survives_the_settings_file(tmp_path, language, name):
    init_workspace(tmp_path / "w", name, language, unit=name)
    settings = open_workspace(tmp_path / "w").settings
    assert (settings.organisation, settings.unit, settings.language) == (name, name, language)
    text = (tmp_path / "w" / "secaudit.yaml").read_text(encoding="utf-8")
    assert text.count("#") >= 8


def test_an_existing_workspace_is_refused_and_left_alone(city):
    before = (city / "secaudit.sqlite").read_bytes()
    done = secaudit("init", city, "--organisation", "x")
    assert done.returncode == 2
    assert "has a workspace" in done.stderr
    assert (city / "secaudit.sqlite").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--zone", "Kantor Pusat"], "default_zone does not have the form"),
        (["--timezone", "Mars/Olympus"], "is not a time zone such as Asia/Jakarta"),
        (["--organisation", " "], "must not be empty"),
    ],
)
def test_settings_that_cannot_be_make_nothing(tmp_path, arguments, said):
    done = secaudit("init", tmp_path / "w", "--organisation", CITY, *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert not (tmp_path / "w").exists()


def test_a_failure_on_the_way_leaves_nothing(tmp_path, monkeypatch):
    def fail(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("secaudit.app.setup.upgrade", fail)
    with pytest.raises(Exception, match="No space left"):
        init_workspace(tmp_path / "w", CITY)
    assert not (tmp_path / "w").exists()


def test_a_wrong_key_in_the_settings_names_its_line(city):
    path = city / "secaudit.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "colour: blue\n", encoding="utf-8")
    done = secaudit("asset", "list", cwd=city)
    assert done.returncode == 2
    assert "secaudit.yaml:" in done.stderr
    assert "unknown key 'colour'" in done.stderr
    with pytest.raises(InputError):
        open_workspace(city)


def set_revision(folder, revision):
    connection = sqlite3.connect(folder / "secaudit.sqlite")
    with connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    connection.close()


@pytest.mark.parametrize("command", [["asset", "list"], ["migrate"]])
def test_a_database_of_a_newer_version_is_refused(city, command):
    set_revision(city, "9999")
    done = secaudit(*command, cwd=city)
    assert done.returncode == 2
    assert "newer secaudit" in done.stderr
    with pytest.raises(RefusedError):
        open_workspace(city)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is not a database of secaudit"),
        (b"not a database at all, but a letter" * 200, "is damaged or is not a database"),
    ],
)
def test_a_missing_or_foreign_database_is_named(city, content, said):
    (city / "secaudit.sqlite").write_bytes(content)
    for name in ("secaudit.sqlite-wal", "secaudit.sqlite-shm"):
        (city / name).unlink(missing_ok=True)
    done = secaudit("asset", "list", cwd=city)
    assert done.returncode == 4
    assert said in done.stderr
    (city / "secaudit.sqlite").unlink()
    with pytest.raises(VerificationError, match="is missing"):
        open_workspace(city)
    assert not (city / "secaudit.sqlite").exists()
    assert secaudit("migrate", cwd=city).returncode == 4


def test_migrate_has_nothing_to_do(city):
    done = secaudit("migrate", cwd=city)
    assert done.returncode == 0
    assert "of this version" in done.stderr


def test_the_shipped_holidays_are_those_of_the_decree(city):
    listed = validate(read_document(city / "holidays.yaml"), HolidayFile).holidays
    of = {
        year: [day for day in listed if day.date.year == year and day.confirmed]
        for year in (2026, 2027)
    }
    assert sum(day.kind == "libur_nasional" for day in of[2026]) == 17
    assert sum(day.kind == "cuti_bersama" for day in of[2026]) == 8
    assert of[2027] == []
    assert len({day.date for day in listed}) == len(listed)
    assert [day.date for day in listed] == sorted(day.date for day in listed)


def states(rows):
    return {row.name: row.state.value for row in rows}


def test_doctor_without_a_workspace(tmp_path):
    done = secaudit("doctor", "--format", "json", cwd=tmp_path)
    rows = {row["name"]: row for row in json.loads(done.stdout)}
    assert {
        "python",
        "packages",
        "imports",
        "nmap",
        "trust",
        "typst",
        "raw_packets",
        "disk",
    } == set(rows)
    assert all(
        row["state"] in ("ok", "missing", "fault") and row["meaning"] for row in rows.values()
    )
    assert rows["imports"]["state"] == "ok"
    assert done.returncode == (4 if "fault" in [row["state"] for row in rows.values()] else 0)


def test_doctor_finds_a_whole_workspace_whole(city):
    found = states(doctor.examine_workspace(city))
    assert found == {
        "settings": "ok",
        "rights": "ok",
        "database": "ok",
        "evidence": "ok",
        "letters": "missing",
        "audit_trail": "ok",
        "due_days": "ok",
        "conformity_reports": "ok",
        "notices": "ok",
        "ledger": "ok",
        "roles": "missing",
        "holidays": found["holidays"],
    }
    assert found["holidays"] != "fault"


def test_doctor_sees_strangers_before_our_packages(tmp_path):
    for name in ("reports", "scanners"):
        (tmp_path / "strange" / name).mkdir(parents=True)
        (tmp_path / "strange" / name / "__init__.py").touch()
    done = secaudit(
        "doctor", "--format", "json", cwd=tmp_path, PYTHONPATH=str(tmp_path / "strange")
    )
    rows = {row["name"]: row for row in json.loads(done.stdout)}
    assert done.returncode == 4
    assert rows["imports"]["state"] == "fault"
    assert str(tmp_path / "strange" / "reports") in rows["imports"]["meaning"]


def test_doctor_finds_a_broken_trail_changed_evidence_and_open_rights(city):
    workspace = open_workspace(city)
    digest = workspace.evidence.put(b"a banner", "text/plain")
    workspace.evidence.path_of(digest).write_bytes(b"another banner")
    city.chmod(0o755)
    connection = sqlite3.connect(city / "secaudit.sqlite")
    with connection:
        connection.execute("DROP TRIGGER audit_trail_no_update")
        connection.execute("UPDATE audit_trail SET actor = 'someone else'")
    connection.close()
    done = secaudit("doctor", "--format", "json", cwd=city)
    rows = {row["name"]: row for row in json.loads(done.stdout)}
    assert done.returncode == 4
    for name in ("rights", "evidence", "audit_trail"):
        assert rows[name]["state"] == "fault"
        assert rows[name]["meaning"]
    assert "row 1 was changed after it was written" in rows["audit_trail"]["meaning"]
    alone = secaudit("doctor", "--audit-trail", cwd=city)
    assert alone.returncode == 4


def test_doctor_names_a_damaged_database_and_settings(city):
    with (city / "secaudit.sqlite").open("r+b") as stream:
        stream.seek(100)
        stream.write(b"\xff" * 4000)
    rows = {row.name: row for row in doctor.examine_workspace(city)}
    assert rows["database"].state is doctor.State.FAULT
    assert "secaudit restore" in rows["database"].remedy
    (city / "secaudit.yaml").write_text("organisation: [", encoding="utf-8")
    (row,) = doctor.examine_workspace(city)
    assert (row.name, row.state) == ("settings", doctor.State.FAULT)
