"""Install secaudit from the wheels beside this file, without network: python3 install.py [FOLDER].

Every wheel is checked against its SHA-256 before it is installed. Nothing goes into the system:
FOLDER (default ~/.local/share/secaudit) gets a virtual environment, and ~/.local/bin a link.
"""

import argparse
import hashlib
import json
import platform
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def refuse(line: str) -> None:
    """End with one line and exit code 2."""
    print(f"secaudit: {line}", file=sys.stderr)
    raise SystemExit(2)


def check_machine(facts: "dict[str, object]") -> None:
    """The wheels fit one version of Python and one processor."""
    python = "{}.{}".format(*sys.version_info[:2])
    if python != facts["python"]:
        refuse(
            f"these wheels are for Python {facts['python']}, this is {python}: run "
            f"python{facts['python']} install.py, or make a bundle with Python {python}"
        )
    if platform.machine() != facts["machine"]:
        refuse(f"these wheels are for {facts['machine']}, this machine is {platform.machine()}")


def checked_pip(facts: "dict[str, object]") -> Path:
    """The wheel of pip, which installs the others; it can run from the wheel itself."""
    pinned = facts["pip"]
    assert isinstance(pinned, dict)  # noqa: S101 (this file was written beside the list)
    for name, expected in pinned.items():
        wheel = HERE / "wheels" / str(name)
        if hashlib.sha256(wheel.read_bytes()).hexdigest() != expected:
            refuse(f"{name} is not the file that was bundled")
        return wheel
    raise AssertionError("a bundle holds pip")


def link(program: Path) -> None:
    """Link the program into ~/.local/bin, or say why not."""
    place = Path.home() / ".local" / "bin" / "secaudit"
    if place.exists() and not place.is_symlink():
        print(f"secaudit: {place} is a file of its own and stays as it is", file=sys.stderr)
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    place.symlink_to(program)


def main() -> int:
    """Install; 0 when ``secaudit --version`` answers."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = Path.home() / ".local" / "share" / "secaudit"
    parser.add_argument("folder", nargs="?", type=Path, default=default)
    parser.add_argument("--no-link", action="store_true", help="do not touch ~/.local/bin")
    arguments = parser.parse_args()
    facts = json.loads((HERE / "bundle.json").read_text(encoding="utf-8"))
    check_machine(facts)
    pip = checked_pip(facts)

    folder = arguments.folder.resolve()
    shutil.rmtree(folder / "venv", ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    python = folder / "venv" / "bin" / "python"
    command = [python, "-I", pip / "pip", "install", "--quiet", "--isolated", "--no-index"]
    command += ["--disable-pip-version-check", "--find-links", HERE / "wheels"]
    command += ["--require-hashes", "--no-deps", "-r", HERE / "requirements.txt"]
    if subprocess.run(command, check=False).returncode != 0:
        refuse("the installation failed (see above)")
    program = folder / "venv" / "bin" / "secaudit"
    if not arguments.no_link:
        link(program)
    subprocess.run([program, "--version"], check=True)
    print(f"Installed: {program}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
