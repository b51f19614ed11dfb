"""What this machine can do: Python, packages, nmap, trust, fonts, raw packets, room on the disk."""

import re
import shutil
import subprocess
import sys
from importlib import metadata, util
from pathlib import Path

from secaudit.app.doctor.row import Row, State
from secaudit.text.format import size_words
from secaudit.text.language import gettext

OUR_PACKAGES = ("secaudit", "scanners", "controls", "reports")
OLDEST_PYTHON = (3, 11)
LEAST_ROOM = 200 * 10**6
"""Bytes: below this a scan of a city may not fit."""
_CAP_NET_RAW = 13
_PAGE = b'#set document(title: "secaudit")\nsecaudit'


def examine_machine(folder: Path) -> list[Row]:
    """Look at everything that needs no workspace. ``folder`` is where data would be kept."""
    return [
        _python(),
        _packages(),
        _imports(),
        _nmap(),
        _trust(),
        _typst(),
        _raw_packets(),
        _room(folder),
    ]


def _python() -> Row:
    version = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info[:2] < OLDEST_PYTHON:
        return Row(
            "python",
            State.FAULT,
            gettext("Python {version} is too old.").format(version=version),
            gettext("Install Python 3.11 or newer."),
        )
    return Row("python", State.OK, gettext("Python {version}").format(version=version))


def _packages() -> Row:
    try:
        required = metadata.requires("secaudit") or []
    except metadata.PackageNotFoundError:
        return Row(
            "packages",
            State.MISSING,
            gettext("secaudit runs without being installed; its packages cannot be checked."),
            gettext("Install it: pipx install secaudit, or make setup in its folder."),
        )
    names = [re.split(r"[^A-Za-z0-9._-]", text)[0] for text in required if "extra ==" not in text]
    absent = [name for name in names if not _installed(name)]
    if absent:
        return Row(
            "packages",
            State.FAULT,
            gettext("Packages are missing: {names}").format(names=", ".join(absent)),
            gettext("Install secaudit again; pip brings them along."),
        )
    return Row(
        "packages", State.OK, gettext("All {count} packages are here.").format(count=len(names))
    )


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _imports() -> Row:
    """Our folders have plain names: say so when another program's answer to them."""
    home = Path(__file__).resolve().parents[3]
    strangers = []
    for name in OUR_PACKAGES:
        spec = util.find_spec(name)
        origin = None if spec is None or spec.origin is None else Path(spec.origin).resolve()
        if origin is None or origin.parents[1] != home:
            strangers.append(f"{name} = {origin or '?'}")
    if strangers:
        return Row(
            "imports",
            State.FAULT,
            gettext("Another program's packages stand before ours: {places}").format(
                places=", ".join(strangers)
            ),
            gettext(
                "Install secaudit on its own, with pipx or uv tool, and run it without PYTHONPATH."
            ),
        )
    return Row("imports", State.OK, gettext("No other program's packages shadow ours."))


def _nmap() -> Row:
    program = shutil.which("nmap")
    said = _first_line([program, "--version"]) if program else ""
    if not program or not said:
        return Row(
            "nmap",
            State.MISSING,
            gettext(
                "nmap is not here: services on unusual ports are named by our own probes alone."
            ),
            gettext("Install it: sudo apt install nmap"),
        )
    return Row("nmap", State.OK, said)


def _first_line(command: list[str]) -> str:
    try:
        done = subprocess.run(  # noqa: S603 (the program that which found, with a fixed argument)
            command, capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip().split("\n", 1)[0].split(" ( ")[0] if done.returncode == 0 else ""


def _trust() -> Row:
    try:
        # Not at the top: where a stranger's scanners stands before ours, this is the place to say.
        from scanners.certificate.trust import SYSTEM, TrustStores
    except ImportError as error:
        return Row(
            "trust",
            State.FAULT,
            gettext("The scanners cannot be loaded: {why}").format(why=error),
            gettext("See the row imports."),
        )
    counts = {roots.name: len(roots.certificates) for roots in TrustStores.of().stores}
    if SYSTEM not in counts:
        return Row(
            "trust",
            State.MISSING,
            gettext("This system has no list of roots; chains are verified by Mozilla's alone."),
            gettext("Install it: sudo apt install ca-certificates"),
        )
    return Row(
        "trust",
        State.OK,
        gettext("{count} roots of this system").format(count=counts[SYSTEM]),
    )


def _typst() -> Row:
    try:
        import typst

        typst.compile(_PAGE, ignore_system_fonts=True, pdf_standards=["a-2a", "ua-1"])
    except Exception as error:
        # Whatever keeps it from making one page keeps it from making a report.
        return Row(
            "typst",
            State.FAULT,
            gettext("No PDF can be made here: {why}").format(why=error),
            gettext("Install secaudit again; pip brings typst along."),
        )
    return Row("typst", State.OK, gettext("PDF reports can be made, with typst's own fonts."))


def _raw_packets() -> Row:
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        effective = int(re.search(r"^CapEff:\s*([0-9a-f]+)", status, re.MULTILINE)[1], 16)  # type: ignore[index]
    except (OSError, TypeError, ValueError):
        effective = 0
    if effective >> _CAP_NET_RAW & 1:
        return Row("raw_packets", State.OK, gettext("This account may send raw packets."))
    return Row(
        "raw_packets",
        State.MISSING,
        gettext("This account may not send raw packets: ports are found by TCP connections."),
        gettext("Nothing needs to be done; it is slower, and as true."),
    )


def _room(folder: Path) -> Row:
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    words = gettext("{free} free in {folder}").format(free=size_words(free), folder=folder)
    if free < LEAST_ROOM:
        return Row("disk", State.FAULT, words, gettext("Make room before the next scan."))
    return Row("disk", State.OK, words)
