"""TLS endpoints per second, ours against sslyze, sslscan and testssl.sh, in the same run.

Starts nginx on many loopback addresses, each of them one host, and lets each tool find the same of
all of them: versions, suites and certificate; versions, suites and groups; and everything that it
looks for. Every tool is a fresh process, its start-up included. Ours runs without caps, and under
the default caps of an authorisation, which the peers do not have. Far servers answer through a
process that delays each direction.

    .venv/bin/python bench/tls_endpoints.py            print the figures
    .venv/bin/python bench/tls_endpoints.py --write    print them and rewrite docs/performance.md
    .venv/bin/python bench/tls_endpoints.py --quick    print the first table alone

Needs nginx, sslscan, testssl.sh, and ``pip install secaudit[bench]`` for sslyze; a peer that is
missing is left out, and the report says so.
"""

import argparse
import os
import platform
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import chain

import tls_tools
from sections import put_section
from tls_ground import FAR_PORT, MODERN, PERMISSIVE, PORT, addresses, servers
from tls_tools import EVERYTHING, GROUPS, SUITES, Scope, Tool, ours

TITLE = "TLS endpoints"
COMMAND = ".venv/bin/python bench/tls_endpoints.py --write"
FREE, CAPPED = "secaudit, no caps", "secaudit, default caps"


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    hosts: int
    few: int
    """How many of them for the peers, where they take long."""
    many: int
    rounds: int


def seconds(tool: Tool, hosts: Sequence[str], port: int) -> float:
    started = time.perf_counter()
    tool(hosts, port)
    return time.perf_counter() - started


def rates(
    scope: Scope, hosts: Sequence[str], few: Sequence[str], port: int, rounds: int
) -> dict[str, float]:
    """Endpoints per second of each tool, the median of rounds in which they take turns."""
    tools: dict[str, tuple[Tool, Sequence[str]]] = {FREE: (partial(ours, scope), hosts)}
    if tls_tools.has_sslyze():
        tools["sslyze"] = (partial(tls_tools.sslyze, scope), few)
    if tls_tools.has_sslscan():
        at_once = tls_tools.cores() if port == PORT else 8 * tls_tools.cores()
        tools["sslscan"] = (partial(tls_tools.sslscan, scope, at_once), few)
    found: dict[str, list[float]] = {name: [] for name in tools}
    for _ in range(rounds):
        for name, (tool, own) in tools.items():
            found[name].append(len(own) / seconds(tool, own, port))
    done = {name: statistics.median(values) for name, values in found.items()}
    return done | {CAPPED: len(hosts) / seconds(partial(ours, scope, capped=True), hosts, port)}


def table(found: dict[str, float]) -> Iterator[str]:
    yield "| tool | endpoints/s | ours without caps is | ours at default caps is |"
    yield "| --- | ---: | ---: | ---: |"
    for name, rate in found.items():
        own = name.startswith("secaudit")
        cells = ["", ""] if own else [f"{found[mine] / rate:.1f} ×" for mine in (FREE, CAPPED)]
        yield f"| {name} | {rate:.1f} | {cells[0]} | {cells[1]} |"
    for missing in sorted({"sslyze", "sslscan"} - set(found)):
        yield f"| {missing} | not installed | | |"
    yield ""


def cost(scope: Scope, hosts: Sequence[str], port: int) -> str:
    spent = ours(scope, hosts, port)
    return (
        f"{spent['connections'] / len(hosts):.0f} connections of ours to each,"
        f" {spent['suites'] / len(hosts):.0f} suites found over all versions,"
        f" {spent['megabytes']:.0f} MB at the most."
    )


def quick(plan: Plan) -> Iterator[str]:
    """The first table alone."""
    hosts = addresses(plan.hosts)
    with servers(hosts, MODERN):
        yield from table(rates(SUITES, hosts, hosts, PORT, plan.rounds))


def near(plan: Plan, hosts: Sequence[str]) -> Iterator[str]:
    """Servers that answer at once."""
    with servers(hosts, MODERN):
        for scope in (SUITES, GROUPS, EVERYTHING):
            few = hosts[: plan.few] if scope is EVERYTHING else hosts
            yield f"### {scope.title}, {plan.hosts} modern servers"
            yield ""
            yield cost(scope, hosts, PORT)
            yield ""
            yield from table(rates(scope, hosts, few, PORT, plan.rounds))
    with servers(hosts, PERMISSIVE):
        yield f"### {SUITES.title}, {plan.hosts} permissive servers"
        yield ""
        yield cost(SUITES, hosts, PORT)
        yield ""
        yield from table(rates(SUITES, hosts, hosts[: plan.few], PORT, 1))


def far(plan: Plan, hosts: Sequence[str]) -> Iterator[str]:
    """Servers 40 ms away."""
    with servers(hosts, MODERN, far=True):
        for scope in (SUITES, GROUPS, EVERYTHING):
            yield f"### {scope.title}, {plan.hosts} modern servers at 40 ms"
            yield ""
            yield from table(rates(scope, hosts, hosts[: plan.few], FAR_PORT, 1))


def many(plan: Plan) -> Iterator[str]:
    """All endpoints in one run, and what memory it takes."""
    hosts = addresses(plan.many)
    yield f"### {plan.many} modern servers in one run of ours"
    yield ""
    yield "| what | seconds | endpoints/s | connections to each | peak memory, MB |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    with servers(hosts, MODERN):
        for scope in (GROUPS, EVERYTHING):
            started = time.perf_counter()
            spent = ours(scope, hosts, PORT)
            taken = time.perf_counter() - started
            cells = f"{spent['connections'] / len(hosts):.0f} | {spent['megabytes']:.0f}"
            yield f"| {scope.title} | {taken:.1f} | {len(hosts) / taken:.1f} | {cells} |"
    yield ""


def one(hosts: Sequence[str]) -> Iterator[str]:
    """One modern host, which testssl.sh is measured on too."""
    yield "### Everything, one modern server"
    yield ""
    if tls_tools.testssl_program() is None:
        yield "testssl.sh is not installed."
        yield ""
        return
    with servers(hosts, MODERN):
        own = seconds(partial(ours, EVERYTHING), hosts, PORT)
        theirs = seconds(tls_tools.testssl, hosts, PORT)
    yield "| tool | seconds | ours without caps is |"
    yield "| --- | ---: | ---: |"
    yield f"| {FREE} | {own:.2f} | |"
    yield f"| testssl.sh | {theirs:.1f} | {theirs / own:.0f} × |"
    yield ""


def report(plan: Plan) -> str:
    """The text of the section."""
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    hosts = addresses(plan.hosts)
    head = f"""Written by `{COMMAND}` on {day} ({machine}). Do not edit by hand.

One nginx on many loopback addresses, an RSA key of 2048 bits; each tool is a fresh process with its
start-up included, median of {plan.rounds} rounds in which the tools take turns (one round at
default caps, at 40 ms, and on permissive servers). nginx shares the cores with whoever measures it.
That all tools find the same is shown by `tests/differential/test_tls_peers.py`; see
[differences](tls-differences.md).

- **Modern**: Mozilla's intermediate suites and its three curves, TLS 1.2 and 1.3. **Permissive**:
  every suite that Debian's OpenSSL has, TLS 1.0 to 1.3, the groups that it comes with.
- **Versions, suites and certificate**: sslyze with `{SUITES.sslyze}`, sslscan with
  `{SUITES.sslscan}`. Ours finds groups and preferences as well, which it cannot leave out.
- **Versions, suites and groups**: sslyze with `{GROUPS.sslyze}`, sslscan with
  `{GROUPS.sslscan}`.
- **Everything**: sslyze with all its scans but the Mozilla profile, sslscan with all that it has
  (`{EVERYTHING.sslscan}`); ours with the probes of TLS, handshakes, certificates, weaknesses
  and HTTP.
- **No caps**: what the program could do. The peers always run like this.
- **Default caps**: what a scan does, at most 1,000 packets/s in all, 40 packets/s and 4 connections
  to one host, whatever the program could do.
- **40 ms**: a process on loopback passes everything on, 20 ms later each way, and the first bytes
  of a connection 40 ms later still, as the handshake of TCP would.
- sslscan is run once a host, as many at once as there are cores (at 40 ms eight times as many).
  Everything, permissive and far servers are too long for the peers: they get {plan.few} hosts.
"""
    lines = []
    for line in chain(near(plan, hosts), far(plan, hosts), many(plan), one(hosts[:1])):
        print(line, file=sys.stderr, flush=True)
        lines.append(line)
    return head + "\n" + "\n".join(lines).rstrip() + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--write", action="store_true", help="rewrite docs/performance.md")
    parser.add_argument("--quick", action="store_true", help="print the first table alone")
    parser.add_argument("--hosts", type=int, default=100, help="how many servers")
    parser.add_argument("--few", type=int, default=20, help="how many of them for slow peers")
    parser.add_argument("--many", type=int, default=1000, help="how many in the one large run")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    plan = Plan(options.hosts, options.few, options.many, options.rounds)
    if options.quick:
        print("\n".join(quick(plan)))
        return
    text = report(plan)
    print(f"## {TITLE}\n\n{text}")
    if options.write:
        put_section(TITLE, text)


if __name__ == "__main__":
    main()
