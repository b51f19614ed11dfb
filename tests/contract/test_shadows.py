"""A stranger's package of the same name in the current folder is not run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

NAMES = ("reports", "controls", "scanners", "secaudit", "click", "yaml")


@pytest.fixture
def hostile_folder(tmp_path: Path) -> Path:
    for name in NAMES:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(
            f"raise SystemExit('a stranger: {name}')\n", encoding="utf-8"
        )
    return tmp_path


@pytest.mark.parametrize("arguments", [["--help"], ["check", "list"], ["control", "list"]])
def test_the_program_runs_among_strangers(hostile_folder: Path, arguments: list[str]) -> None:
    program = Path(sys.executable).parent / "secaudit"
    (hostile_folder / "secaudit" / "__init__.py").unlink()
    (hostile_folder / "secaudit").rmdir()
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    for command in ([sys.executable, "-m", "secaudit"], [str(program)]):
        done = subprocess.run(
            [*command, *arguments],
            cwd=hostile_folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "a stranger" not in done.stdout + done.stderr
