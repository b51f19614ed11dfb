"""Make ``.venv`` and install secaudit in it. Standard library only: this runs before anything else.

Nothing is installed into the system. Where a system package is missing, one line says which, and
what is missing without it.
"""

import argparse
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST_PYTHON = (3, 11)
HELPFUL: dict[str, tuple[tuple[str, str, str], ...]] = {
    "": (("nmap", "nmap", "services are then named by secaudit's own probes alone"),),
    "test": (
        ("nginx", "nginx", "tests against a real web server are skipped"),
        ("sshd", "openssh-server", "tests against a real SSH server are skipped"),
        ("dropbear", "dropbear-bin", "tests against a small SSH server are skipped"),
        ("openssl", "openssl", "tests that compare with openssl s_client are skipped"),
        ("postfix", "postfix", "tests against a real mail server are skipped"),
        (
            "dovecot",
            "dovecot-imapd dovecot-pop3d dovecot-lmtpd",
            "tests against real mailboxes are skipped",
        ),
        ("vsftpd", "vsftpd", "tests against a real FTP server are skipped"),
        ("slapd", "slapd", "tests against a real directory are skipped"),
        ("pg_ctlcluster", "postgresql", "tests against a real PostgreSQL are skipped"),
        ("mariadbd", "mariadb-server", "tests against a real MariaDB are skipped"),
        ("prosody", "prosody", "tests against a real chat server are skipped"),
        ("xrdp", "xrdp", "tests against a real remote desktop are skipped"),
        ("sslscan", "sslscan", "tests that compare what TLS servers speak are skipped"),
        ("testssl", "testssl.sh", "tests that compare weaknesses with testssl.sh are skipped"),
        ("faketime", "faketime", "tests of a database's and a schedule's age are skipped"),
        ("libnss_wrapper.so", "libnss-wrapper", "tests in which several accounts act are skipped"),
        ("pdftotext", "poppler-utils", "tests that read a PDF are skipped"),
    ),
}
"""For each extra: a program or library, its Debian package, and what is missing without it."""


class PrepareError(Exception):
    """One line that says what is wrong and what to do."""


def say(line: str) -> None:
    """Talk on stderr; stdout belongs to the program that follows."""
    print(line, file=sys.stderr, flush=True)


def python_of(venv: Path) -> Path:
    """The interpreter of a virtual environment."""
    return venv / "bin" / "python"


def is_usable(venv: Path) -> bool:
    """Tell whether the environment runs, is of this Python, and has pip."""
    if not python_of(venv).exists():
        return False
    question = "import sys, pip; print(*sys.version_info[:2])"
    answer = subprocess.run(
        [python_of(venv), "-c", question], capture_output=True, text=True, check=False
    )
    return answer.stdout.split() == [str(part) for part in sys.version_info[:2]]


def make(venv: Path) -> None:
    """Create the environment with pip in it, without help from the network where possible."""
    if importlib.util.find_spec("ensurepip") and _run(
        sys.executable, "-m", "venv", "--clear", venv
    ):
        return
    # Debian's python3 comes without ensurepip. Its python3-pip can fill an environment from
    # outside, and so can uv.
    if importlib.util.find_spec("pip"):
        made = _run(sys.executable, "-m", "venv", "--clear", "--without-pip", venv)
        outside = (sys.executable, "-m", "pip", "--python", python_of(venv), "install", "-q", "pip")
        if made and _run(*outside):
            return
    uv = shutil.which("uv")
    if uv and _run(uv, "venv", "--quiet", "--clear", "--seed", "--python", sys.executable, venv):
        return
    shutil.rmtree(venv, ignore_errors=True)
    major, minor = sys.version_info[:2]
    raise PrepareError(
        f"python{major}.{minor} cannot make a virtual environment here: "
        f"install it with: sudo apt install python{major}.{minor}-venv"
    )


def install(venv: Path, extras: str) -> None:
    """Install this tree, editable, with the versions that constraints.txt names."""
    what = f"{ROOT}[{extras}]" if extras else str(ROOT)
    say(f"secaudit: memasang ke {venv} (sekitar satu menit; sistem tidak diubah)")
    say(f"secaudit: installing into {venv} (about a minute; nothing goes into the system)")
    command = [str(python_of(venv)), "-m", "pip", "install", "-qq"]
    command += [
        "--disable-pip-version-check",
        "--root-user-action=ignore",
        "--use-pep517",
        "-c",
        str(ROOT / "constraints.txt"),
        "-e",
        what,
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        say(done.stdout + done.stderr)
        raise PrepareError(
            "the installation failed (see above). Without internet: run 'make bundle' on a machine "
            "that has it, and follow docs/install.md"
        )


def _run(*command: str | Path) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _there(name: str, search: str) -> bool:
    """Tell whether a program, or a library of that file name, is installed."""
    if name.endswith(".so"):
        return any(Path("/usr/lib").glob(f"*/{name}")) or Path("/usr/lib", name).exists()
    return bool(shutil.which(name) or shutil.which(name, path=search))


def say_what_helps(extras: str) -> None:
    """One line for each helpful program that is missing."""
    search = ":".join(("/usr/local/sbin", "/usr/sbin", "/sbin"))
    for extra in dict.fromkeys(("", *extras.split(","))):
        for program, package, without in HELPFUL.get(extra, ()):
            if not _there(program, search):
                say(f"secaudit: {program} is missing: {without} (sudo apt install {package})")


def main() -> int:
    """Prepare; 2 and one line where it cannot be done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv")
    parser.add_argument("--extras", default="")
    parser.add_argument("--stamp", type=Path, help="a file to touch when all is done")
    arguments = parser.parse_args()
    if sys.version_info < OLDEST_PYTHON:
        say("secaudit: Python 3.11 or newer is needed; name one with: make PYTHON=python3.11")
        return 2
    try:
        if not is_usable(arguments.venv):
            make(arguments.venv)
        install(arguments.venv, arguments.extras)
    except PrepareError as error:
        say(f"secaudit: {error}")
        return 2
    say_what_helps(arguments.extras)
    if arguments.stamp:
        arguments.stamp.touch()
    return 0


if __name__ == "__main__":
    sys.exit(main())
