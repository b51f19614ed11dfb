"""``secaudit check`` as a user runs it."""

import csv
import io
import json
from pathlib import Path

import pytest
from tls_status import TestLog, log_list

from scanners.registry import load_checks
from secaudit.app.scanning.order import ct_logs
from secaudit.app.workspace import open_workspace
from secaudit.cli.main import run
from secaudit.core.errors import InputError
from secaudit.ledger import trail
from secaudit.text.language import Language, set_language


@pytest.fixture(autouse=True)
def _outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SECAUDIT_WORKSPACE", raising=False)
    set_language(Language.INDONESIAN)


def test_the_list_names_every_check(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "list", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["id"] for row in rows] == list(load_checks())
    assert set(rows[0]) >= {"id", "severity", "title"}


def test_the_list_can_be_narrowed(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["check", "list", "--prefix", "net.", "--severity", "critical", "--format", "csv"]
    assert run(arguments) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert "net.redis.no_password" in {row["id"] for row in rows}
    assert {row["severity"] for row in rows} == {"critical"}
    assert run(["check", "list"]) == 0
    assert "net.telnet.exposed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (Language.INDONESIAN, ("Layanan Telnet terbuka", "Matikan Telnet")),
        (Language.ENGLISH, ("Telnet is open", "Turn Telnet off")),
    ],
)
def test_one_check_is_shown_whole_in_either_language(
    language: Language, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    set_language(language)
    assert run(["check", "show", "net.telnet.exposed"]) == 0
    shown = capsys.readouterr().out
    for word in (*words, "net.telnet.exposed", "rfc-editor.org", "ports"):
        assert word in shown


def test_one_check_as_json_carries_both_languages(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "show", "net.telnet.exposed", "--format", "json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert set(record["title"]) == {"id", "en"}


def test_an_unknown_check_is_refused_with_near_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "show", "net.telnet.open"]) == 2
    assert "net.telnet.exposed" in capsys.readouterr().err
    assert run(["check", "show", "zzz"]) == 2
    assert "check list" in capsys.readouterr().err


def test_a_list_of_ct_logs_is_taken_over_and_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, given = tmp_path / "kota", tmp_path / "log_list.json"
    assert run(["init", str(folder), "--organisation", "Kota Contoh"]) == 0
    logs = (TestLog("Log Satu", "Operator Satu"), TestLog("Log Dua", "Operator Dua", tiled=True))
    given.write_bytes(log_list(*logs))
    base = ["--workspace", str(folder), "check", "ct-logs"]
    assert run([*base, "show"]) == 2
    assert run([*base, "import", str(given)]) == 0
    capsys.readouterr()
    assert run([*base, "show", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["kind"] for row in rows] == ["rfc6962", "static-ct-api"]
    assert rows[0]["log_id"] == logs[0].log_id.hex()
    kept = folder / "content" / "ct-logs.json"
    assert kept.read_bytes() == given.read_bytes()
    given.write_text("{}")
    assert run([*base, "import", str(given)]) == 2
    assert run([*base, "import", str(tmp_path / "tidak-ada.json")]) == 2
    assert kept.read_bytes() == log_list(*logs)
    assert ct_logs(folder / "content") == kept.read_bytes()
    with open_workspace(folder).view() as connection:
        actions = [entry.action for entry in trail.entries(connection)]
    assert actions.count("check.import_ct_logs") == 1
    kept.write_text("rusak")
    with pytest.raises(InputError) as told:
        ct_logs(folder / "content")
    assert str(kept) in str(told.value)
