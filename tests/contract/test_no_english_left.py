"""What other packages and the system say reaches an Indonesian user in Indonesian."""

from datetime import timedelta

import pytest
from pydantic import BaseModel, Field

from secaudit.app import schedules
from secaudit.app.scanning.request import ScanRequest
from secaudit.app.settings import Settings
from secaudit.app.setup import init_workspace
from secaudit.cli.main import run
from secaudit.content.yaml import parse_document, read_document, validate
from secaudit.core.errors import SecauditError
from secaudit.registry.asset_files import read_assets
from secaudit.text.language import Language, gettext, set_language


def indonesian(error: SecauditError) -> str:
    return error.in_words(lambda text: gettext(text, Language.INDONESIAN))[0]


class Odd(BaseModel):
    share: float = Field(gt=0, default=1)
    token: bytes = Field(default=b"", max_length=1)


@pytest.mark.parametrize(
    ("content", "model", "said"),
    [
        ("timezone: Mars/Olympus\n", Settings, "bukan zona waktu"),
        ("share: 0\n", Odd, "harus lebih dari 0"),
        ("token: [1]\n", Odd, "tidak memiliki nilai yang sesuai"),
    ],
)
def test_what_a_model_refuses(content, model, said):
    with pytest.raises(SecauditError) as caught:
        validate(parse_document(content.encode(), "a.yaml"), model)
    assert said in indonesian(caught.value)


def test_what_the_system_refuses(tmp_path):
    with pytest.raises(SecauditError) as caught:
        read_document(tmp_path / "tidak-ada.yaml")
    assert "Tidak ada berkas atau folder" in indonesian(caught.value)


def test_a_cell_that_cannot_be_read(tmp_path):
    path = tmp_path / "aset.csv"
    path.write_text("nama,perangkat daerah,alamat\nA,B,127.0.0.999\n", encoding="utf-8")
    with pytest.raises(SecauditError) as caught:
        read_assets(path)
    assert "bukan alamat" in indonesian(caught.value)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["asset", "add", "--help"], "secaudit asset add [OPSI] NAMA"),
        (["schedule", "status", "--help"], "[JADWAL]"),
        (["finding", "assign", "--help"], "TEMUAN..."),
        (["calendar", "done"], "'KEWAJIBAN'"),
        (["control", "coverage", "--help"], "TTTT-BB-HH"),
        (
            ["control", "coverage", "--at", "2026-02-30"],
            "'2026-02-30' tidak sesuai dengan bentuk TTTT",
        ),
        (
            ["report", "build", "--from", "kemarin"],
            "'kemarin' tidak sesuai dengan bentuk TTTT-BB-HH",
        ),
    ],
)
def test_arguments_are_named_in_the_users_language(arguments, said, capsys):
    set_language(Language.INDONESIAN)
    run(arguments)
    shown = capsys.readouterr()
    assert said in shown.out + shown.err


def test_yaml_that_cannot_be_parsed():
    with pytest.raises(SecauditError) as caught:
        parse_document(b"a: b: c\n", "a.yaml")
    assert "bukan YAML: pemetaan tidak boleh ada di sini" in indonesian(caught.value)


def test_what_lint_finds_in_a_workspaces_own_content(tmp_path, capsys):
    folder = tmp_path / "kota"
    init_workspace(folder, "Pemerintah Kota Contoh")
    mappings = folder / "content" / "mappings"
    mappings.mkdir(parents=True, exist_ok=True)
    (mappings / "own.yaml").write_text(
        "schema_version: 1\nchecks:\n  cert.expired:\n"
        "  - {requirement: 'iso27001-2022:A.8.24', relation: tests}\n",
        encoding="utf-8",
    )
    set_language(Language.INDONESIAN)
    assert run(["--workspace", str(folder), "control", "lint", "--format", "json"]) == 4
    assert "diperlukan relation dan rationale" in capsys.readouterr().out


def test_what_became_of_a_due_time(tmp_path, capsys):
    folder = tmp_path / "kota"
    workspace = init_workspace(folder, "Pemerintah Kota Contoh")
    request = ScanRequest(targets=("127.0.0.1",), ports="22")
    made = schedules.add_schedule(workspace, name="malam", expression="0 * * * *", request=request)
    at = made.next_run + timedelta(hours=2)
    schedules.run_due(workspace, lambda _workspace, _request: None, at)
    set_language(Language.INDONESIAN)
    assert run(["--workspace", str(folder), "schedule", "status"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "terlewat" in shown
    assert "selesai" in shown
    assert "missed" not in shown
