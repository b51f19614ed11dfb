"""Build the wheel as a user gets it, install it outside the tree, look into it, and run it."""

import os
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("secaudit", "controls", "scanners", "reports")
CARRIED = {".py", ".yaml", ".json", ".mo", ".j2", ".css", ".typ", ".txt", ".typed", ".ttf", ".otf"}
"""What a package folder may hold that the wheel must carry too."""


def carried_files() -> set[str]:
    """Every file of the tree that belongs into the wheel, as git knows it."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *PACKAGES],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return {
        name
        for name in listed.stdout.splitlines()
        if Path(name).suffix in CARRIED and (ROOT / name).exists()
    }


def faults_of(wheel: Path) -> list[str]:
    """Say what the wheel lacks, and what it should not have."""
    names = set(zipfile.ZipFile(wheel).namelist())
    tops = {name.split("/")[0] for name in names}
    strange = {top for top in tops if top not in PACKAGES and not top.endswith(".dist-info")}
    complaints = [f"the wheel lacks {name}" for name in sorted(carried_files() - names)]
    complaints += [f"the wheel has a stranger: {top}" for top in sorted(strange)]
    if not any(name.endswith(".dist-info/licenses/LICENSE") for name in names):
        complaints.append("the wheel lacks the licence")
    return complaints


def run_installed(wheel: Path, folder: Path) -> None:
    """Install into a new environment and run, from a folder that has a stranger's ``reports``."""
    venv.create(folder / "venv", with_pip=True)
    programs = folder / "venv" / "bin"
    python = str(programs / "python")
    pip = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    subprocess.run([*pip, "-c", str(ROOT / "constraints.txt"), str(wheel)], check=True)
    elsewhere = folder / "elsewhere"
    (elsewhere / "reports").mkdir(parents=True)
    stranger = elsewhere / "reports" / "__init__.py"
    stranger.write_text("raise SystemExit('a stranger')\n", encoding="utf-8")
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    for command in (
        [str(programs / "secaudit"), "--version"],
        [python, "-m", "secaudit", "check", "list"],
        [python, "-m", "secaudit", "control", "list"],
    ):
        done = subprocess.run(
            command, cwd=elsewhere, env=environment, capture_output=True, text=True, check=False
        )
        words = " ".join(command[1:])
        if done.returncode != 0:
            raise SystemExit(f"{words}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        print(f"{words}: {len(done.stdout.splitlines())} lines")


def main() -> int:
    """Check; 1 and a list where the wheel is not whole."""
    with tempfile.TemporaryDirectory(prefix="secaudit-wheel-") as name:
        folder = Path(name)
        # By way of the source archive, as a packager does: what that lacks, the wheel lacks too.
        build = [sys.executable, "-m", "build", "--outdir", name, str(ROOT)]
        built = subprocess.run(build, check=False, capture_output=True, text=True)
        if built.returncode != 0:
            raise SystemExit(built.stdout + built.stderr)
        (wheel,) = folder.glob("*.whl")
        print(f"{wheel.name}: {wheel.stat().st_size // 1024} kB")
        complaints = faults_of(wheel)
        print("\n".join(complaints) or "the wheel has everything, and nothing else")
        if complaints:
            return 1
        run_installed(wheel, folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
