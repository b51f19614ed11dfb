"""Stored evidence is read again: the bytes alone bear out what was observed, or it is said."""

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from tls_pki import authority, issue
from tls_probing import MemoryEvidence, endpoint_at, free_dialer
from tls_servers import nginx_server, openssl_server

from scanners.certificate.probe import probe_certificates
from scanners.certificate.trust import TrustStores
from scanners.dialer import utc_now
from scanners.rereading.registry import REREADERS, reread
from scanners.rereading.replay import exchanges
from scanners.tls.probe import probe_tls
from secaudit.app.setup import init_workspace
from secaudit.core.observation import Observation

Seen = tuple[list[Observation], MemoryEvidence]
WEAK = (
    "ssl_protocols TLSv1 TLSv1.2 TLSv1.3;",
    "ssl_ciphers ALL:COMPLEMENTOFALL:@SECLEVEL=0;",
)


def seen_at(port: int) -> Seen:
    kept = MemoryEvidence()
    endpoint, dialer = endpoint_at(port), free_dialer()

    async def look() -> list[Observation]:
        found = await probe_tls(endpoint, dialer, kept)
        trust = TrustStores.of(())
        return found + await probe_certificates(endpoint, dialer, kept, trust, utc_now())

    return asyncio.run(look()), kept


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    if not shutil.which("/usr/sbin/nginx"):
        pytest.skip("nginx is missing")
    issued = issue(authority("Akar Contoh"))
    with nginx_server(issued, tmp_path_factory.mktemp("nginx"), *WEAK) as port:
        yield seen_at(port)


def differing(item: Observation, evidence: Sequence[bytes]) -> list[str] | None:
    reading = reread(item, evidence)
    return None if reading is None else list(reading.differing)


def evidence_of(item: Observation, kept: MemoryEvidence) -> list[bytes]:
    return [kept[digest] for digest in item.evidence]


def test_the_bytes_bear_out_every_observation(seen: Seen) -> None:
    found, kept = seen
    kinds = {item.kind for item in found}

    assert {"tls.endpoint", "certificate.chain"} <= kinds & REREADERS.keys()
    for item in found:
        assert differing(item, evidence_of(item, kept)) in ([], None), item.kind
    tls = next(item for item in found if item.kind == "tls.endpoint")
    assert sum(len(names) for names in tls.data["suites"].values()) > 20


def test_an_observation_that_says_more_or_less_than_its_bytes_is_found_out(seen: Seen) -> None:
    found, kept = seen
    tls = next(item for item in found if item.kind == "tls.endpoint")
    suites = {**tls.data["suites"]}
    suites["TLS 1.2"] = suites["TLS 1.2"][1:]
    protocols = {**tls.data["protocols"], "TLS 1.1": "accepted"}
    wrong = replace(tls, data={**tls.data, "suites": suites, "protocols": protocols})

    assert differing(wrong, evidence_of(tls, kept)) == ["protocols.TLS 1.1", "suites.TLS 1.2"]

    chain = next(item for item in found if item.kind == "certificate.chain")
    leaf = {**chain.data["chain"][0], "not_after": "2099-01-01T00:00:00Z"}
    wrong = replace(chain, data={**chain.data, "chain": [leaf, *chain.data["chain"][1:]]})
    assert differing(wrong, evidence_of(chain, kept)) == ["chain.0.not_after"]
    assert differing(chain, ()) == [f"chain.{index}" for index in range(len(chain.data["chain"]))]


def test_a_transcript_holds_what_was_sent_and_received(seen: Seen) -> None:
    found, kept = seen
    tls = next(item for item in found if item.kind == "tls.endpoint")
    lines = [line for content in evidence_of(tls, kept) for line in exchanges(content)]

    assert len(lines) == tls.data["connections"]
    assert all(line.sent[:1] in (b"\x16", b"\x80") for line in lines if line.sent)
    with pytest.raises(ValueError, match="Expecting value"):
        list(exchanges(b"bukan transkrip"))


def test_a_stored_scan_is_read_again_and_tampering_is_found(tmp_path: Path) -> None:
    workspace = init_workspace(tmp_path / "ws", "Kota Contoh", "en")

    def secaudit(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "secaudit", "--workspace", str(workspace.folder)]
        return subprocess.run(
            [*command, *arguments], capture_output=True, text=True, timeout=100, check=False
        )

    with openssl_server(issue(), tmp_path, "-tls1_2") as port:
        done = secaudit("scan", "run", "127.0.0.1", "--ports", str(port), "--no-nmap")
        assert done.returncode == 0, done.stderr
    done = secaudit("scan", "reread", "S-0001", "--format", "json")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    kinds = {"tls.endpoint", "certificate.chain", "tls.handshake", "tls.weakness"}
    assert {row["kind"] for row in rows} >= kinds
    assert {row["state"] for row in rows} == {"agrees"}
    handshake = next(row for row in rows if row["kind"] == "tls.handshake")
    assert handshake["unread"]["client_renegotiation"] == "encrypted"
    told = secaudit("scan", "reread", "S-0001")
    assert "client_renegotiation" in told.stderr
    assert "keys are never kept" in told.stderr

    tls = next(row for row in rows if row["kind"] == "tls.endpoint")
    path = workspace.evidence.path_of(tls["evidence"][0])
    path.chmod(0o600)
    path.write_bytes(path.read_bytes() + b"\n")
    done = secaudit("scan", "reread", "S-0001", "--format", "json")
    assert done.returncode == 4
    states = {
        row["subject"]: row["state"]
        for row in json.loads(done.stdout)
        if row["kind"] == "tls.endpoint"
    }
    assert set(states.values()) == {"changed"}
    path.unlink()
    assert '"missing"' in secaudit("scan", "reread", "S-0001", "--format", "json").stdout
    assert secaudit("scan", "reread", "S-0099").returncode == 2
