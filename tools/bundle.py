"""Make the offline installation: every wheel, a list of their hashes, and one command.

The wheels are for the Python and the processor that run this. Packages that come as source are
built here, so that the server needs no compiler, no index and no python3-venv.
"""

import hashlib
import json
import platform
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def collect_wheels(folder: Path) -> None:
    """Build or fetch the wheels of secaudit, of all that it needs, and of pip itself."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    common = ["-q", "-w", str(folder), "-c", str(ROOT / "constraints.txt")]
    shutil.rmtree(ROOT / "build", ignore_errors=True)  # setuptools would take over what it left
    subprocess.run([*pip, "wheel", *common, f"{ROOT}[all]"], check=True)
    subprocess.run([*pip, "wheel", *common, "--no-deps", "pip"], check=True)


def requirement_of(wheel: Path) -> str:
    """One line that pins a wheel by name, version and hash."""
    name, version = wheel.name.split("-")[:2]
    return f"{name.replace('_', '-')}=={version} --hash=sha256:{sha256_of(wheel)}"


def write_bundle(folder: Path) -> None:
    """Fill the bundle's folder."""
    wheels = folder / "wheels"
    wheels.mkdir(parents=True)
    collect_wheels(wheels)
    found = sorted(wheels.glob("*.whl"))
    pinned = [requirement_of(wheel) for wheel in found if not wheel.name.startswith("pip-")]
    (folder / "requirements.txt").write_text("\n".join(pinned) + "\n", encoding="utf-8")
    facts = {
        "python": "{}.{}".format(*sys.version_info[:2]),
        "machine": platform.machine(),
        "pip": {wheel.name: sha256_of(wheel) for wheel in found if wheel.name.startswith("pip-")},
    }
    (folder / "bundle.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    shutil.copy(ROOT / "tools" / "bundle_install.py", folder / "install.py")
    shutil.copy(ROOT / "LICENSE", folder / "LICENSE")
    shutil.copy(ROOT / "docs" / "install.md", folder / "INSTALL.md")


def main() -> int:
    """Make ``dist/secaudit-...-bundle`` and a tar.gz of it; print where it is."""
    tag = "py{}{}-{}".format(*sys.version_info[:2], platform.machine())
    sys.path.insert(0, str(ROOT))
    from secaudit import __version__

    name = f"secaudit-{__version__}-{tag}-bundle"
    folder = ROOT / "dist" / name
    shutil.rmtree(folder, ignore_errors=True)
    write_bundle(folder)
    archive = folder.with_name(f"{name}.tar.gz")
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(folder, arcname=name)
    size = round(archive.stat().st_size / 2**20)
    print(f"{archive.relative_to(ROOT)} ({size} MB, SHA-256 {sha256_of(archive)})")
    print(f"On the server: tar xf {archive.name} && python3 {name}/install.py")
    return 0


if __name__ == "__main__":
    sys.exit(main())
