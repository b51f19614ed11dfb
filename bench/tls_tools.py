"""The tools that the TLS benchmark measures, each a fresh process with the same work to do."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

Tool = Callable[[Sequence[str], int], object]
"""Takes hosts and a port."""


@dataclass(frozen=True)
class Scope:
    """What each tool is told to find. The peers' options, without the dashes of sslyze."""

    title: str
    name: str
    """As our worker knows it."""
    sslyze: str
    sslscan: str


_VERSIONS = "sslv3 tlsv1 tlsv1_1 tlsv1_2 tlsv1_3"
_NO_MORE = "--no-heartbleed --no-renegotiation --no-compression --no-fallback"
SUITES = Scope(
    "Versions, suites and certificate",
    "suites",
    f"certinfo {_VERSIONS}",
    f"--show-certificate {_NO_MORE} --no-groups",
)
GROUPS = Scope(
    "Versions, suites and groups",
    "groups",
    f"elliptic_curves {_VERSIONS}",
    f"--no-check-certificate {_NO_MORE}",
)
EVERYTHING = Scope(
    "Everything",
    "everything",
    f"certinfo sslv2 {_VERSIONS} elliptic_curves compression reneg fallback heartbleed resum"
    " early_data ems openssl_ccs robot http_headers",
    "--show-certificate --ocsp --show-sigs",
)
_WORKER = Path(__file__).with_name("tls_worker.py")


def require(holds: object) -> None:
    """Stop where a tool did not do the work that it is measured by."""
    if not holds:
        raise SystemExit("a tool did not finish its work: the figures would mean nothing")


def ours(
    scope: Scope, hosts: Sequence[str], port: int, *, capped: bool = False
) -> dict[str, float]:
    """Run our probes in a fresh process and return what they report."""
    mode = "capped" if capped else "uncapped"
    command = [sys.executable, str(_WORKER), scope.name, mode, str(port), *hosts]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(done.stdout))


def has_sslyze() -> bool:
    return _sslyze_program().exists()


def _sslyze_program() -> Path:
    return Path(sys.executable).with_name("sslyze")


def sslyze(scope: Scope, hosts: Sequence[str], port: int) -> None:
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        scans = [f"--{scan}" for scan in scope.sslyze.split()]
        targets = [f"{host}:{port}" for host in hosts]
        command = [str(_sslyze_program()), *scans, "--json_out", report.name, *targets]
        subprocess.run(command, check=False, capture_output=True)
        scanned = json.loads(Path(report.name).read_bytes())["server_scan_results"]
        require(len(scanned) == len(hosts))
        for item in scanned:
            require(item["scan_result"]["tls_1_2_cipher_suites"]["status"] == "COMPLETED")


def has_sslscan() -> bool:
    return shutil.which("sslscan") is not None


def sslscan(scope: Scope, at_once: int, hosts: Sequence[str], port: int) -> None:
    def one(host: str) -> None:
        command = ["sslscan", "--no-colour", *scope.sslscan.split(), f"{host}:{port}"]
        done = subprocess.run(command, check=True, capture_output=True)
        require(b"TLSv1.2" in done.stdout)

    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(one, hosts))


def testssl_program() -> str | None:
    return shutil.which("testssl") or shutil.which("testssl.sh")


def testssl(hosts: Sequence[str], port: int) -> None:
    """All that it does by itself, on one host after the other."""
    program = testssl_program()
    require(program)
    for host in hosts:
        options = ["--quiet", "--color", "0", "--warnings", "off", "--nodns", "none"]
        command = [str(program), *options, f"{host}:{port}"]
        done = subprocess.run(command, check=False, capture_output=True)
        require(b" Done " in done.stdout)


def cores() -> int:
    return os.cpu_count() or 1
