"""scapy (GPL-2.0-only) and python-nmap (GPL-3.0-or-later) never load in one process."""

import pkgutil
import subprocess
import sys
from pathlib import Path

import controls
import reports
import scanners
import secaudit

ROOT = Path(__file__).resolve().parents[2]


def loaded_by(code: str) -> set[str]:
    """The top-level modules that a new interpreter has loaded after ``code``."""
    program = f"{code}\nimport sys; print(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run(
        [sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True, cwd="/"
    )
    return set(done.stdout.splitlines()[-1].split())


def main_process_modules() -> list[str]:
    """Every module of ours but the packet process, which stands apart."""
    found = []
    for package in (secaudit, controls, scanners, reports):
        walk = pkgutil.walk_packages(package.__path__, f"{package.__name__}.", onerror=print)
        found += [item.name for item in walk]
    apart = ("scanners.packets", "secaudit.__main__", "secaudit.store.migrations")
    return [name for name in found if not name.startswith(apart)]


def test_the_main_process_never_loads_scapy() -> None:
    modules = main_process_modules()
    assert len(modules) > 50
    loaded = loaded_by("import nmap\n" + "\n".join(f"import {name}" for name in modules))
    assert "nmap" in loaded
    assert "scapy" not in loaded


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import contextlib, io\n"
        "from secaudit.cli.main import run\n"
        "with contextlib.redirect_stdout(io.StringIO()) as shown:\n"
        "    assert run(['--help']) == 0\n"
        "assert 'scan' in shown.getvalue()"
    )
    heavy = {"sqlalchemy", "alembic", "scapy", "nmap", "pydantic", "cryptography", "babel"}
    heavy |= {"yaml", "rich", "jinja2", "typst", "asyncio", "openpyxl", "xlsxwriter", "apscheduler"}
    assert not loaded_by(code) & heavy


def test_the_licence_is_the_whole_text() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "GNU GENERAL PUBLIC LICENSE\n                       Version 2, June 1991" in text
    assert "END OF TERMS AND CONDITIONS" in text
