"""The published schemas are those that the code holds to, and allow no unknown key."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PUBLISHED = sorted((ROOT / "docs" / "schemas").glob("*.schema.json"))


def schemas(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "tools" / "schemas.py"), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def test_they_are_in_step() -> None:
    assert schemas("--check").returncode == 0


def test_one_that_is_not_is_named(tmp_path: Path) -> None:
    checked = schemas("--check", "--folder", str(tmp_path))
    assert checked.returncode == 1
    assert "settings.schema.json is out of step" in checked.stdout
    assert schemas("--folder", str(tmp_path)).returncode == 0
    assert schemas("--check", "--folder", str(tmp_path)).returncode == 0


@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.name)
def test_no_unknown_key_is_allowed(path: Path) -> None:
    schema = json.loads(path.read_text(encoding="utf-8"))
    assert schema["additionalProperties"] is False
    assert schema["title"]
