"""Help and usage errors speak the workspace's language before anything is parsed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def secaudit(*arguments: str, cwd: Path, **variables: str) -> str:
    environment = {key: value for key, value in os.environ.items() if "SECAUDIT" not in key}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "secaudit", *arguments],
        capture_output=True, text=True, check=False, cwd=cwd, env={**environment, **variables},
    )  # fmt: skip
    return done.stdout + done.stderr


@pytest.fixture
def english(tmp_path: Path) -> Path:
    (tmp_path / "deep").mkdir()
    settings = "organisation: Kota Contoh\nlanguage: en  # for guests\n"
    (tmp_path / "secaudit.yaml").write_text(settings, encoding="utf-8")
    return tmp_path


def test_from_the_nearest_parent_the_option_and_the_environment(english: Path) -> None:
    elsewhere = english.parent
    assert "Commands:" in secaudit("--help", cwd=english / "deep")
    assert "Commands:" in secaudit("--workspace", str(english), "--help", cwd=elsewhere)
    assert "Commands:" in secaudit("--help", cwd=elsewhere, SECAUDIT_WORKSPACE=str(english))
    assert "Perintah:" in secaudit("--help", cwd=elsewhere)
    assert "No such command" in secaudit("scam", cwd=english)


def test_what_the_user_says_wins(english: Path) -> None:
    assert "Perintah:" in secaudit("--lang", "id", "--help", cwd=english)
    assert "Perintah:" in secaudit("--help", cwd=english, SECAUDIT_LANG="id")
