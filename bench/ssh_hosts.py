"""SSH hosts per second, ours against ssh-audit, on the same servers in the same run.

Two kinds of servers: a light one of our own, which listens on many loopback addresses and runs real
key exchanges (curve25519, an RSA key of 3072 bits), so that the servers are not what is measured;
and Debian's sshd on as many addresses as it takes (16). Every tool is a fresh process, its start-up
included. Ours runs without caps, and under the default caps of an authorisation, which the peer
does not have.

    .venv/bin/python bench/ssh_hosts.py            print the figures
    .venv/bin/python bench/ssh_hosts.py --write    print them and rewrite docs/performance.md

Needs openssh-server, and ``pip install secaudit[bench]`` for ssh-audit; a peer that is missing is
left out, and the report says so.
"""

import argparse
import asyncio
import dataclasses
import hashlib
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from socket import create_connection

from sections import put_section

PORT = 24422
TITLE = "SSH hosts"
COMMAND = ".venv/bin/python bench/ssh_hosts.py --write"
SSHD = Path("/usr/sbin/sshd")
SSHD_ADDRESSES = 16
"""OpenSSH listens on no more."""
Tool = Callable[[Sequence[str]], object]


def addresses(count: int) -> list[str]:
    return [f"127.0.{78 + number // 250}.{1 + number % 250}" for number in range(count)]


@contextmanager
def light_servers(hosts: Sequence[str]) -> Iterator[None]:
    """Our own server, in a process of its own."""
    command = [sys.executable, __file__, "--serve", *hosts]
    with subprocess.Popen(command) as process:
        try:
            _wait_for(hosts[-1])
            yield
        finally:
            process.terminate()


@contextmanager
def sshd(hosts: Sequence[str]) -> Iterator[None]:
    """Debian's OpenSSH as it comes, with keys of its own."""
    with tempfile.TemporaryDirectory() as name:
        Path("/run/sshd").mkdir(exist_ok=True)
        command = [str(SSHD), "-D", "-e", "-f", "/dev/null", "-p", str(PORT)]
        for kind in ("rsa", "ecdsa", "ed25519"):
            key = f"{name}/{kind}"
            make = ["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", key]
            subprocess.run(make, check=True)
            command += ["-h", key]
        options = [f"PidFile={name}/pid", "UsePAM=no", "MaxStartups=1000"]
        for option in (*options, *(f"ListenAddress={host}" for host in hosts)):
            command += ["-o", option]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            try:
                _wait_for(hosts[-1])
                yield
            finally:
                process.terminate()


def _wait_for(host: str) -> None:
    for _ in range(200):
        with suppress(OSError), create_connection((host, PORT), 1):
            return
        time.sleep(0.05)
    raise SystemExit("the server does not start")


def _more_files() -> None:
    """Let this process have as many sockets as the machine allows."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def serve(hosts: Sequence[str]) -> None:
    """The server process: identification, KEXINIT, one curve25519 exchange, and it hangs up."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa, x25519

    from scanners.ssh.kexinit import make_kexinit
    from scanners.ssh.transport import packet
    from scanners.ssh.wire import SshReader, mpint, string

    line = b"SSH-2.0-OpenSSH_10.0"
    key = rsa.generate_private_key(65537, 3072)
    numbers = key.public_key().public_numbers()
    blob = string(b"ssh-rsa") + mpint(numbers.e) + mpint(numbers.n)
    ciphers = ("aes256-gcm@openssh.com", "aes128-gcm@openssh.com", "aes256-ctr")
    macs = ("hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com")
    kex = ("curve25519-sha256", "ecdh-sha2-nistp256", "kex-strict-s-v00@openssh.com")
    lists = (kex, ("rsa-sha2-512",), ciphers, ciphers, macs, macs, ("none",), ("none",))
    offer = make_kexinit(lists).payload

    async def message(reader: asyncio.StreamReader) -> bytes:
        head = await reader.readexactly(5)
        size = int.from_bytes(head[:4])
        return (await reader.readexactly(size - 1))[: size - 1 - head[4]]

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, ValueError):
            writer.write(line + b"\r\n" + packet(offer))
            theirs = (await reader.readline()).rstrip(b"\r\n")
            client = await message(reader)
            public = SshReader((await message(reader))[1:]).string()
            private = x25519.X25519PrivateKey.generate()
            share = private.public_key().public_bytes_raw()
            secret = private.exchange(x25519.X25519PublicKey.from_public_bytes(public))
            hashed = (theirs, line, client, offer, blob, public, share)
            content = b"".join(map(string, hashed)) + mpint(int.from_bytes(secret))
            digest = hashlib.sha256(content).digest()
            value = key.sign(digest, padding.PKCS1v15(), hashes.SHA512())
            signature = string(b"rsa-sha2-512") + string(value)
            writer.write(packet(b"\x1f" + string(blob) + string(share) + string(signature)))
            await reader.read()
        writer.close()

    async def listen() -> None:
        server = await asyncio.start_server(one, list(hosts), PORT, backlog=128)
        await server.serve_forever()

    _more_files()
    with suppress(KeyboardInterrupt):
        asyncio.run(listen())


def _require(holds: object) -> None:
    """Stop where a tool did not do the work that it is measured by."""
    if not holds:
        raise SystemExit("a tool did not finish its work: the figures would mean nothing")


def ours(hosts: Sequence[str], *, capped: bool) -> dict[str, float]:
    """Run our probe in a fresh process and return what it reports."""
    mode = "capped" if capped else "uncapped"
    command = [sys.executable, __file__, "--worker", mode, *hosts]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout))


def ssh_audit(hosts: Sequence[str]) -> None:
    """One target file, as many threads as it uses by itself; its rate test is left out."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as targets:
        targets.write("\n".join(f"{host}:{PORT}" for host in hosts) + "\n")
        targets.flush()
        program = Path(sys.executable).with_name("ssh-audit")
        command = [str(program), "-j", "--skip-rate-test", "-T", targets.name]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        found = json.loads(done.stdout)
        _require(len(found) == len(hosts))
        _require(all(item["fingerprints"] for item in found))


def work(mode: str, hosts: Sequence[str]) -> None:
    """The worker process: probe and judge every host, and print what it cost."""
    from scanners.base import Endpoint, Sight
    from scanners.budget import Budget
    from scanners.dialer import TcpDialer
    from scanners.registry import judge, load_checks
    from scanners.ssh.probe import probe_ssh
    from secaudit.core.authorisation import RateCaps, loopback_authorisation
    from secaudit.core.canonical import sha256_hex
    from secaudit.core.network import parse_address
    from secaudit.core.subject import Subject

    class Sink:
        def put(self, content: bytes, media_type: str) -> str:
            return sha256_hex(content)

    _more_files()
    now = datetime.now(UTC)
    caps = RateCaps() if mode == "capped" else RateCaps(10**9, 10**9, 16, 128)
    letter = dataclasses.replace(loopback_authorisation(now), caps=caps)
    budget = Budget(caps)
    dialer = TcpDialer(letter, budget)
    checks = {name: item for name, item in load_checks().items() if name.startswith("ssh.")}
    results = 0

    async def one(host: str) -> None:
        nonlocal results
        endpoint = Endpoint(Subject("bench", host, PORT), parse_address(host), PORT)
        (seen,) = await probe_ssh(endpoint, dialer, Sink())
        _require({key["signature"] for key in seen.data["host_keys"]} == {"verified"})
        _require(not seen.data["open_keys"])
        results += len(judge(Sight([seen]), (), now, checks))

    async def all_of_them() -> None:
        await asyncio.gather(*(one(host) for host in hosts))

    asyncio.run(all_of_them())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    spent = {"connections": budget.connections_opened, "packets": budget.packets_sent}
    print(json.dumps(spent | {"results": results, "megabytes": memory}))


def seconds(tool: Tool, hosts: Sequence[str], rounds: int) -> float:
    """How long a tool takes for all hosts, the median of some rounds."""
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        tool(hosts)
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def table(rows: Mapping[str, tuple[int, float]]) -> Iterator[str]:
    """The lines of one table, from tool to hosts and seconds."""
    rates = {name: count / taken for name, (count, taken) in rows.items()}
    yield "| tool | hosts | seconds | hosts/s | ours without caps is | ours at default caps is |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    for name, (count, taken) in rows.items():
        rate = rates[name]
        mine = (rates["secaudit, no caps"], rates["secaudit, default caps"])
        cells = ["", ""] if name.startswith("secaudit") else [f"{own / rate:.1f} ×" for own in mine]
        yield f"| {name} | {count} | {taken:.1f} | {rate:.1f} | {cells[0]} | {cells[1]} |"
    if "ssh-audit" not in rows:
        yield "| ssh-audit | not installed | | | | |"
    yield ""


def measure(hosts: Sequence[str], few: Sequence[str], rounds: int) -> dict[str, tuple[int, float]]:
    """Each tool's hosts and seconds; the peer gets fewer hosts."""
    rows = {
        "secaudit, no caps": (len(hosts), seconds(partial(ours, capped=False), hosts, rounds)),
        "secaudit, default caps": (len(hosts), seconds(partial(ours, capped=True), hosts, 1)),
    }
    if Path(sys.executable).with_name("ssh-audit").exists():
        rows["ssh-audit"] = (len(few), seconds(ssh_audit, few, rounds))
    return rows


def report(count: int, few: int, rounds: int) -> str:
    """The text of the section."""
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    lines = [
        f"Written by `{COMMAND}` on {datetime.now(UTC):%Y-%m-%d} ({machine}). Do not edit by hand.",
        "",
        "Each tool finds the algorithms, every host key and its proof, and judges them, as a fresh",
        f"process with its start-up included; median of {rounds} rounds (one at default caps).",
        "Servers and tools share the cores. ssh-audit runs with `-j --skip-rate-test -T` and its",
        "own number of threads, on fewer hosts.",
        "",
    ]
    hosts = addresses(count)
    with light_servers(hosts):
        spent = ours(hosts, capped=False)
        rows = measure(hosts, hosts[:few], rounds)
    lines += [
        f"### {count} light servers (real key exchange, an RSA key of 3072 bits)",
        "",
        f"Ours to each host: connections {spent['connections'] / count:.0f}, packets",
        f"{spent['packets'] / count:.0f}; {spent['megabytes']:.0f} MB at the most.",
        "",
        *table(rows),
    ]
    if SSHD.exists():
        hosts = addresses(SSHD_ADDRESSES)
        with sshd(hosts):
            spent = ours(hosts, capped=False)
            rows = measure(hosts, hosts, rounds)
        lines += [
            f"### {SSHD_ADDRESSES} addresses of Debian's OpenSSH as it comes",
            "",
            f"Ours to each host: connections {spent['connections'] / len(hosts):.0f}, one for each",
            "host key, with the group exchange; most of the time is sshd's own.",
            "",
            *table(rows),
        ]
    return "\n".join(lines).rstrip() + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--write", action="store_true", help="rewrite docs/performance.md")
    parser.add_argument("--hosts", type=int, default=1000, help="how many light servers")
    parser.add_argument("--few", type=int, default=250, help="how many of them for the peer")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--worker", nargs="+", help=argparse.SUPPRESS)
    parser.add_argument("--serve", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve)
    elif options.worker:
        work(options.worker[0], options.worker[1:])
    else:
        text = report(options.hosts, options.few, options.rounds)
        print(f"## {TITLE}\n\n{text}")
        if options.write:
            put_section(TITLE, text)


if __name__ == "__main__":
    main()
