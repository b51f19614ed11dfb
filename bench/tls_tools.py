"""The tools that the TLS benchmark measures, each a fresh process with the same work to do."""

import argparse
import asyncio
import dataclasses
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
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
SCOPES = {scope.name: scope for scope in (SUITES, GROUPS, EVERYTHING)}


def require(holds: object) -> None:
    """Stop where a tool did not do the work that it is measured by."""
    if not holds:
        raise SystemExit("a tool did not finish its work: the figures would mean nothing")


def ours(
    scope: Scope, hosts: Sequence[str], port: int, *, capped: bool = False
) -> dict[str, float]:
    """Run our probes in a fresh process and return what they report."""
    mode = "capped" if capped else "uncapped"
    command = [sys.executable, __file__, scope.name, mode, str(port), *hosts]
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


def work(scope: Scope, mode: str, port: int, hosts: Sequence[str]) -> None:
    """The worker process: probe every host as a scan does, and print what it cost."""
    from scanners.base import Endpoint
    from scanners.budget import Budget
    from scanners.certificate.probe import probe_certificates
    from scanners.certificate.trust import TrustStores
    from scanners.dialer import TcpDialer
    from scanners.lanes import in_lanes
    from scanners.tls.probe import probe_tls
    from secaudit.core.authorisation import RateCaps, loopback_authorisation
    from secaudit.core.canonical import sha256_hex
    from secaudit.core.network import parse_address
    from secaudit.core.observation import Observation
    from secaudit.core.subject import Subject

    class Sink:
        def put(self, content: bytes, media_type: str) -> str:
            return sha256_hex(content)

    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    now = datetime.now(UTC)
    caps = RateCaps() if mode == "capped" else RateCaps(10**9, 10**9, 16, 256)
    letter = dataclasses.replace(loopback_authorisation(now), caps=caps)
    budget = Budget(caps)
    dialer = TcpDialer(letter, budget)
    kept = Sink()
    found = {"suites": 0}

    async def look(endpoint: Endpoint) -> list[Observation]:
        seen = await probe_tls(endpoint, dialer, kept)
        if scope is SUITES:
            return seen + await probe_certificates(endpoint, dialer, kept, TRUST, now)
        if scope is EVERYTHING:
            from scanners.handshake.probe import probe_handshake
            from scanners.http.probe import probe_http
            from scanners.weakness.probe import probe_weaknesses

            seen += await probe_handshake(endpoint, dialer, kept, seen[0])
            seen += await probe_certificates(endpoint, dialer, kept, TRUST, now)
            seen += await probe_weaknesses(endpoint, dialer, kept, seen)
            seen += await probe_http(endpoint, dialer, kept, tls=True)
        return seen

    async def one(host: str) -> None:
        endpoint = Endpoint(Subject("bench", host, port), parse_address(host), port)
        seen = await look(endpoint)
        require(not seen[0].data["problems"])
        for item in seen:
            require(item.kind != "certificate.chain" or item.data["chain"])
        found["suites"] += sum(len(names) for names in seen[0].data["suites"].values())

    TRUST = TrustStores.of()  # noqa: N806  (one for all hosts)
    asyncio.run(in_lanes(hosts, 256, one))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    spent = {"connections": budget.connections_opened, "packets": budget.packets_sent}
    print(json.dumps(spent | found | {"megabytes": memory}))


def main() -> None:
    parser = argparse.ArgumentParser(description="our own worker process")
    parser.add_argument("scope", choices=SCOPES)
    parser.add_argument("mode", choices=("capped", "uncapped"))
    parser.add_argument("port", type=int)
    parser.add_argument("hosts", nargs="+")
    options = parser.parse_args()
    work(SCOPES[options.scope], options.mode, options.port, options.hosts)


def cores() -> int:
    return os.cpu_count() or 1


if __name__ == "__main__":
    main()
