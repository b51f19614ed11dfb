"""Our side of the TLS benchmark: a process that probes every host as a scan does, and its cost.

    tls_worker.py suites|groups|everything capped|uncapped PORT HOST...

Loads nothing but what it measures: how long a process takes to start is part of the figures.
"""

# ruff: noqa: E402
from secaudit.core.garbage import look_seldom, settled

look_seldom()  # first of all, as the program does

import asyncio
import dataclasses
import json
import resource
import sys
from datetime import UTC, datetime

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


def work(scope: str, mode: str, port: int, hosts: list[str]) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    now = datetime.now(UTC)
    caps = RateCaps() if mode == "capped" else RateCaps(10**9, 10**9, 16, 256)
    letter = dataclasses.replace(loopback_authorisation(now), caps=caps)
    budget = Budget(caps)
    dialer = TcpDialer(letter, budget)
    kept = Sink()
    trust = TrustStores.of()
    suites = 0

    async def look(endpoint: Endpoint) -> list[Observation]:
        seen = await probe_tls(endpoint, dialer, kept)
        if scope == "suites":
            return seen + await probe_certificates(endpoint, dialer, kept, trust, now)
        if scope == "everything":
            from scanners.handshake.probe import probe_handshake
            from scanners.http.probe import probe_http
            from scanners.weakness.probe import probe_weaknesses

            seen += await probe_handshake(endpoint, dialer, kept, seen[0])
            seen += await probe_certificates(endpoint, dialer, kept, trust, now)
            seen += await probe_weaknesses(endpoint, dialer, kept, seen)
            seen += await probe_http(endpoint, dialer, kept, tls=True)
        return seen

    async def one(host: str) -> None:
        nonlocal suites
        endpoint = Endpoint(Subject("bench", host, port), parse_address(host), port)
        seen = await look(endpoint)
        if seen[0].data["problems"]:
            raise SystemExit(f"{host}: {seen[0].data['problems']}")
        for item in seen:
            if item.kind == "certificate.chain" and not item.data["chain"]:
                raise SystemExit(f"{host}: no certificate")
        suites += sum(len(names) for names in seen[0].data["suites"].values())

    with settled():
        asyncio.run(in_lanes(hosts, 256, one))
    spent = {
        "connections": budget.connections_opened,
        "packets": budget.packets_sent,
        "suites": suites,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(spent))


if __name__ == "__main__":
    work(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:])
