"""TLS endpoints per second, ours against sslyze and sslscan, on the same servers in the same run.

Starts nginx with the same configuration on many loopback addresses, each of them one host, and lets
each tool find protocol versions, cipher suites and the certificate of all of them. Every tool is a
fresh process, its start-up included. Ours runs without caps, and under the default caps of an
authorisation, which the peers do not have.

    .venv/bin/python bench/tls_endpoints.py            print the figures
    .venv/bin/python bench/tls_endpoints.py --write    print them and rewrite docs/performance.md

Needs nginx, sslscan, and ``pip install secaudit[bench]`` for sslyze; a peer that is missing is
left out, and the report says so.
"""

import argparse
import asyncio
import dataclasses
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from socket import create_connection

from sections import REPORT, other_sections

PORT = 24433
COMMAND = ".venv/bin/python bench/tls_endpoints.py --write"
MODERN = (
    "ssl_protocols TLSv1.2 TLSv1.3; ssl_prefer_server_ciphers off;"
    "ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305;"
)
PERMISSIVE = (
    "ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3; ssl_ciphers ALL:COMPLEMENTOFALL:@SECLEVEL=0;"
)
CONFIGURATIONS = {"modern": MODERN, "permissive": PERMISSIVE}
Tool = Callable[[Sequence[str]], object]


def addresses(count: int) -> list[str]:
    return [f"127.0.77.{number}" for number in range(1, count + 1)]


@contextmanager
def servers(hosts: Sequence[str], directives: str) -> Iterator[None]:
    """One nginx that listens on every host."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "90"]
        files = ["-keyout", f"{folder}/key.pem", "-out", f"{folder}/certificate.pem"]
        subject = ["-subj", "/CN=layanan.contoh.go.id"]
        names = ["-addext", "subjectAltName=DNS:layanan.contoh.go.id"]
        subprocess.run([*request, *files, *subject, *names], check=True, capture_output=True)
        listens = "\n".join(f"listen {host}:{PORT} ssl;" for host in hosts)
        (folder / "nginx.conf").write_text(
            f"daemon off; pid {folder}/pid; error_log {folder}/error.log crit;"
            f"worker_processes {os.cpu_count() or 1}; events {{ worker_connections 4096; }}\n"
            f"http {{ access_log off; client_body_temp_path {folder}; proxy_temp_path {folder};"
            f"fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};\n"
            f"server {{ {listens}\n ssl_certificate {folder}/certificate.pem;"
            f"ssl_certificate_key {folder}/key.pem; {directives} }}\n}}\n"
        )
        command = ["nginx", "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"]
        with subprocess.Popen(command, env=_with_sbin()) as process:
            try:
                _wait_for(hosts[-1])
                yield
            finally:
                process.terminate()


def _with_sbin() -> dict[str, str]:
    return os.environ | {"PATH": os.environ.get("PATH", "") + ":/usr/sbin"}


def _wait_for(host: str) -> None:
    for _ in range(200):
        with suppress(OSError), create_connection((host, PORT), 1):
            return
        time.sleep(0.05)
    raise SystemExit("nginx does not start")


def _require(holds: object) -> None:
    """Stop where a tool did not do the work that it is measured by."""
    if not holds:
        raise SystemExit("a tool did not finish its work: the figures would mean nothing")


def ours(hosts: Sequence[str], *, capped: bool) -> dict[str, object]:
    """Run our probes in a fresh process and return what they report."""
    mode = "capped" if capped else "uncapped"
    command = [sys.executable, __file__, "--worker", mode, *hosts]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout))


def sslyze(hosts: Sequence[str]) -> None:
    scans = ("--certinfo", "--sslv3", "--tlsv1", "--tlsv1_1", "--tlsv1_2", "--tlsv1_3")
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        targets = [f"{host}:{PORT}" for host in hosts]
        program = Path(sys.executable).with_name("sslyze")
        command = [str(program), *scans, "--json_out", report.name, *targets]
        subprocess.run(command, check=False, capture_output=True)
        scanned = json.loads(Path(report.name).read_bytes())["server_scan_results"]
        _require(len(scanned) == len(hosts))
        for item in scanned:
            _require(item["scan_result"]["tls_1_2_cipher_suites"]["status"] == "COMPLETED")


SSLSCAN_EXTRAS = "--no-heartbleed --no-renegotiation --no-compression --no-fallback --no-groups"
"""What sslscan would look for besides."""


def sslscan(hosts: Sequence[str]) -> None:
    def one(host: str) -> None:
        command = ["sslscan", "--no-colour", "--show-certificate", *SSLSCAN_EXTRAS.split()]
        done = subprocess.run([*command, f"{host}:{PORT}"], check=True, capture_output=True)
        _require(b"TLSv1.2" in done.stdout)

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        list(pool.map(one, hosts))


def work(mode: str, hosts: Sequence[str]) -> None:
    """The worker process: probe every host as a scan does, and print what it cost."""
    from scanners.base import Endpoint
    from scanners.budget import Budget
    from scanners.certificate.probe import probe_certificates
    from scanners.certificate.trust import TrustStores
    from scanners.dialer import TcpDialer
    from scanners.tls.probe import probe_tls
    from secaudit.core.authorisation import RateCaps, loopback_authorisation
    from secaudit.core.canonical import sha256_hex
    from secaudit.core.network import parse_address
    from secaudit.core.subject import Subject

    class Sink:
        def put(self, content: bytes, media_type: str) -> str:
            return sha256_hex(content)

    now = datetime.now(UTC)
    caps = RateCaps() if mode == "capped" else RateCaps(10**9, 10**9, 16, 256)
    letter = dataclasses.replace(loopback_authorisation(now), caps=caps)
    budget = Budget(caps)
    dialer = TcpDialer(letter, budget)
    trust = TrustStores.of()
    suites = 0

    async def one(host: str) -> None:
        nonlocal suites
        endpoint = Endpoint(Subject("bench", host, PORT), parse_address(host), PORT)
        (seen,) = await probe_tls(endpoint, dialer, Sink())
        (chain,) = await probe_certificates(endpoint, dialer, Sink(), trust, now)
        _require(not seen.data["problems"])
        _require(chain.data["chain"])
        suites += sum(len(names) for names in seen.data["suites"].values())

    async def all_of_them() -> None:
        await asyncio.gather(*(one(host) for host in hosts))

    asyncio.run(all_of_them())
    spent = {"connections": budget.connections_opened, "packets": budget.packets_sent}
    print(json.dumps(spent | {"suites": suites}))


def measured(tools: Mapping[str, Tool], hosts: Sequence[str], rounds: int) -> dict[str, float]:
    """Endpoints per second, the median of some rounds; the tools take turns in each."""
    rates: dict[str, list[float]] = {name: [] for name in tools}
    for _ in range(rounds):
        for name, tool in tools.items():
            started = time.perf_counter()
            tool(hosts)
            rates[name].append(len(hosts) / (time.perf_counter() - started))
    return {name: statistics.median(found) for name, found in rates.items()}


def compare(hosts: Sequence[str], rounds: int) -> Iterator[str]:
    """Yield the lines of one table for each configuration."""
    peers: dict[str, Tool] = {}
    if Path(sys.executable).with_name("sslyze").exists():
        peers["sslyze"] = sslyze
    if shutil.which("sslscan"):
        peers["sslscan"] = sslscan
    for name, directives in CONFIGURATIONS.items():
        with servers(hosts, directives):
            spent = ours(hosts, capped=False)
            free: dict[str, Tool] = {"secaudit, no caps": partial(ours, capped=False), **peers}
            rates = measured(free, hosts, rounds)
            capped: dict[str, Tool] = {"secaudit, default caps": partial(ours, capped=True)}
            rates |= measured(capped, hosts, 1)
        connections = int(str(spent["connections"])) / len(hosts)
        suites = int(str(spent["suites"])) / len(hosts)
        yield f"### {name.capitalize()} servers ({suites:.0f} suites over all versions)"
        yield ""
        yield f"{connections:.0f} connections of ours to each, the certificate's included."
        yield ""
        yield "| tool | endpoints/s | ours without caps is | ours at default caps is |"
        yield "| --- | ---: | ---: | ---: |"
        ours_free, ours_capped = rates["secaudit, no caps"], rates["secaudit, default caps"]
        for tool_name, rate in rates.items():
            cells = (
                ("", "")
                if tool_name.startswith("secaudit")
                else (ours_free / rate, ours_capped / rate)
            )
            ratios = " | ".join(f"{cell:.1f} ×" if cell else "" for cell in cells)
            yield f"| {tool_name} | {rate:.1f} | {ratios} |"
        for missing in sorted({"sslyze", "sslscan"} - set(peers)):
            yield f"| {missing} | not installed | | |"
        yield ""


def report(lines: Sequence[str], count: int, rounds: int) -> str:
    """The text of docs/performance.md."""
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    head = f"""# Performance

Written by `{COMMAND}` on {datetime.now(UTC):%Y-%m-%d} ({machine}). Do not edit by hand.

## TLS endpoints

{count} hosts on loopback, one nginx, an RSA key of 2048 bits; each tool finds the protocol
versions, the cipher suites and the certificate of all of them, as a fresh process with its start-up
included; median of {rounds} rounds in which the tools take turns. nginx shares the cores with
whoever measures it.

- **No caps**: what the program could do. The peers always run like this.
- **Default caps**: what a scan does, at most 1,000 packets/s in all, 40 packets/s and 4 connections
  to one host, whatever the program could do.
- sslyze looks for one suite a connection, with a full handshake for those that are accepted.
- sslscan shrinks its offer as we do, one connection after the other. It is run once a host, as many
  at once as there are cores, with `{SSLSCAN_EXTRAS}`.

"""
    return head + "\n".join(lines).rstrip() + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--write", action="store_true", help="rewrite docs/performance.md")
    parser.add_argument("--hosts", type=int, default=100, help="how many servers (at most 250)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--worker", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        work(options.worker[0], options.worker[1:])
        return
    lines = list(compare(addresses(options.hosts), options.rounds))
    text = report(lines, options.hosts, options.rounds)
    print(text)
    if options.write:
        REPORT.write_text(text + other_sections("TLS endpoints"), encoding="utf-8")


if __name__ == "__main__":
    main()
