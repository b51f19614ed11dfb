"""Evidence that somebody changed: reading it again ends with a reading or a ValueError, always."""

import asyncio
import json
from pathlib import Path

import pytest
from dns_probing import asked_about
from dns_server import Names, apex, dns_server
from handshake_probing import handshakes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from loopback_scans import greeting, serving
from ssh_servers import make_key, openssh
from starttls_probing import QUICK, observed
from tls_pki import issue
from tls_probing import MemoryEvidence, chains, endpoint_at, free_dialer
from tls_servers import openssl_server
from weak_probing import BRISK
from weak_servers import Bleeding, weak_server
from web_probing import answered

from scanners.rereading.reading import Reading
from scanners.rereading.registry import REREADERS, reread
from scanners.ssh.probe import probe_ssh
from scanners.tls.probe import probe_tls
from scanners.weakness.probe import probe_weaknesses
from secaudit.core.observation import Observation

Kept = tuple[list[Observation], MemoryEvidence]
MAIL = [(b"EHLO", b"250-surel.example\r\n250 STARTTLS\r\n"), (b"STARTTLS", b"454 nanti\r\n")]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """One observation of each kind that is read again, from real servers."""
    folder: Path = tmp_path_factory.mktemp("bukti")
    evidence = MemoryEvidence()
    found: list[Observation] = []
    with openssl_server(issue(), folder, "-www") as port:
        found += handshakes(port, kept=evidence)
        pages, more = answered(port, tls=True)
        found += [*pages, *chains(port)[:1]]
        evidence |= more
    with weak_server(issue(), Bleeding) as port:

        async def look() -> list[Observation]:
            endpoint, dialer = endpoint_at(port), free_dialer()
            first = await probe_tls(endpoint, dialer, evidence)
            return await probe_weaknesses(endpoint, dialer, evidence, first, BRISK)

        found += asyncio.run(look())
    with openssh(folder, [make_key(folder)]) as port:
        found += asyncio.run(probe_ssh(endpoint_at(port), free_dialer(), evidence))
    with serving(greeting(b"220 surel.example ESMTP\r\n", MAIL)) as port:
        seen, more = observed("smtp", port, settings=QUICK)
        found.append(seen)
        evidence |= more
    with dns_server(Names([apex("contoh.go.id"), 'contoh.go.id. CAA 0 issue "ca"'])) as resolver:
        names, more = asked_about(resolver, "contoh.go.id", mail=True)
        found += names
        evidence |= more
    assert {item.kind for item in found} == set(REREADERS)
    return found, evidence


def evidence_of(item: Observation, evidence: MemoryEvidence) -> list[bytes]:
    return [evidence[digest] for digest in item.evidence if digest in evidence]


def try_to_read(item: Observation, contents: list[bytes], others: list[Observation]) -> None:
    try:
        reading = reread(item, contents, others)
    except ValueError:
        return
    assert isinstance(reading, Reading)
    assert not reading.unread.keys() & set(reading.differing)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_bytes_that_were_changed_in_the_midst_of_an_answer(kept: Kept, data: st.DataObject) -> None:
    found, evidence = kept
    item = data.draw(st.sampled_from(found))
    contents = evidence_of(item, evidence)
    changed = []
    for content in contents:
        if not content.startswith(b"{"):
            changed.append(content)
            continue
        lines = []
        for line in content.splitlines():
            told = json.loads(line)
            received = bytearray.fromhex(told["received"])
            for _ in range(data.draw(st.integers(0, 3))):
                if received:
                    at = data.draw(st.integers(0, len(received) - 1))
                    received[at] = data.draw(st.integers(0, 255))
            end = data.draw(st.sampled_from([len(received), len(received) // 2]))
            lines.append(json.dumps({**told, "received": received[:end].hex()}).encode())
        changed.append(b"\n".join(lines))
    try_to_read(item, changed, found)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), content=st.binary(max_size=200))
def test_any_bytes_as_evidence(kept: Kept, data: st.DataObject, content: bytes) -> None:
    found, _ = kept
    item = data.draw(st.sampled_from(found))
    begin = data.draw(st.sampled_from([b"", b"{", b'{"received": 3}', b'{"received": "160303"}']))
    try_to_read(item, [begin + content], [])
    try_to_read(item, [], [])


def test_evidence_that_is_gone_bears_nothing_out(kept: Kept) -> None:
    found, _ = kept
    for item in found:
        if item.kind in ("tls.weakness", "dns.name"):
            continue  # what follows from other observations, or was answered by nobody
        reading = reread(item, [], [])
        assert reading is not None
        assert reading.differing, item.kind
