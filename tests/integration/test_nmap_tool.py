"""nmap beside our own identification: what it adds, and what its absence or death costs."""

import asyncio
import os
import shutil
import stat
from pathlib import Path

import pytest
from loopback_scans import greeting, of_kind, order_for, scanned, serving
from tls_probing import MemoryEvidence

from scanners.base import ProbeError, ScopeRefusedError
from scanners.budget import Budget
from scanners.dialer import utc_now
from scanners.network.merge import merge, wants_nmap
from scanners.network.nmap_tool import Nmap, NmapService
from scanners.network.services.facts import Service
from secaudit.core.authorisation import loopback_authorisation
from secaudit.core.network import parse_address
from secaudit.core.vocabulary import DEFAULT_PROBE_CLASSES, ProbeClass, Reason

HERE = parse_address("127.0.0.1")


@pytest.fixture
def nmap_path() -> str:
    path = shutil.which("nmap")
    if path is None:
        pytest.skip("needs nmap (version detection)")
    return path


def fake_nmap(folder: Path, body: str) -> str:
    """A program that says it is nmap, and then does something else."""
    script = folder / "nmap"
    version = 'echo "Nmap version 7.93 ( https://nmap.org )"'
    script.write_text(f'#!/bin/sh\nif [ "$1" = "-V" ]; then {version}; exit 0; fi\n{body}\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return str(script)


def test_nmap_adds_what_our_own_look_left_open(nmap_path: str) -> None:
    with (
        serving(
            greeting(b"220 Serv-U FTP Server v6.4 for WinSock ready...\r\n"), "127.0.0.71"
        ) as ftp,
        serving(lambda connection: None, "127.0.0.71") as other,
    ):
        order = order_for("127.0.0.71", f"{ftp},{other}", use_nmap=True)
        outcomes, evidence, _ = scanned(order)
    services = {item.subject.port: item for item in of_kind(outcomes["127.0.0.71"], "service")}  # type: ignore[union-attr]
    seen = services[ftp]
    assert seen.data["name"] == "ftp"
    assert seen.data["method"] == "nmap"
    assert "Serv-U" in seen.data["product"]
    assert any(evidence[digest].startswith(b"<?xml") for digest in seen.evidence)
    assert services[other].data["name"] == "unknown"
    assert of_kind(outcomes["127.0.0.71"], "tool") == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("kill -9 $$", Reason.PROBE_FAILED),
        ("echo '<nmaprun><host'; exit 1", Reason.PROBE_FAILED),
        ("echo nmap: out of memory >&2; exit 1", Reason.PROBE_FAILED),
        ("exit 0", Reason.PROBE_FAILED),
    ],
)
def test_a_killed_nmap_is_said_and_loses_nothing(body: str, reason: Reason, tmp_path: Path) -> None:
    path = fake_nmap(tmp_path, body)
    with serving(greeting(b"220 FTP contoh\r\n"), "127.0.0.72") as port:
        order = order_for("127.0.0.72", str(port), use_nmap=True, settings={"nmap": (path,)})
        outcomes, _, _ = scanned(order)
    outcome = outcomes["127.0.0.72"]
    service, tool = of_kind(outcome, "service")[0], of_kind(outcome, "tool")[0]
    assert outcome.state == "up"
    assert (service.data["name"], service.data["method"]) == ("ftp", "own")
    assert reason.value in service.data["problems"]
    assert (tool.data["name"], tool.data["reason"]) == ("nmap", reason.value)
    assert tool.data["message"]


def test_an_absent_nmap_is_said_and_loses_nothing() -> None:
    with serving(greeting(b"220 FTP contoh\r\n"), "127.0.0.73") as port:
        settings = {"nmap": ("no-such-nmap",)}
        order = order_for("127.0.0.73", str(port), use_nmap=True, settings=settings)
        outcomes, _, _ = scanned(order)
    tool = of_kind(outcomes["127.0.0.73"], "tool")[0]
    assert tool.data["reason"] == "tool_missing"
    assert of_kind(outcomes["127.0.0.73"], "service")[0].data["name"] == "ftp"


def test_nmap_is_not_started_for_what_the_letter_does_not_permit(tmp_path: Path) -> None:
    path = fake_nmap(tmp_path, f"touch {tmp_path}/started")
    letter = loopback_authorisation(utc_now())

    async def work() -> None:
        nmap = Nmap(letter, Budget(letter.caps), search_path=(path,))
        await nmap.identify(parse_address("192.0.2.1"), [80], MemoryEvidence())

    with pytest.raises(ScopeRefusedError):
        asyncio.run(work())
    assert not (tmp_path / "started").exists()


def test_nmap_is_killed_when_the_letter_is_revoked_and_what_it_cost_is_counted(
    tmp_path: Path,
) -> None:
    path = fake_nmap(tmp_path, f"echo $$ > {tmp_path}/pid; exec sleep 60")
    letter = loopback_authorisation(utc_now())

    def standing() -> Reason | None:
        return Reason.REVOKED if (tmp_path / "pid").exists() else None

    async def work() -> None:
        budget = Budget(letter.caps)
        nmap = Nmap(letter, budget, search_path=(path,), standing=standing)
        with pytest.raises(ScopeRefusedError, match="revoked"):
            await nmap.identify(HERE, [1, 2], MemoryEvidence())
        spent = budget.spent(HERE)
        assert (spent.packets, spent.connections) == (48, 10)

    asyncio.run(work())
    number = int((tmp_path / "pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)


def test_an_absent_nmap_costs_nothing() -> None:
    letter = loopback_authorisation(utc_now())

    async def work() -> None:
        budget = Budget(letter.caps)
        nmap = Nmap(letter, budget, search_path=("no-such-nmap",))
        with pytest.raises(ProbeError):
            await nmap.identify(HERE, [1], MemoryEvidence())
        assert budget.packets_sent == 0

    asyncio.run(work())


def test_nmap_does_not_outlive_a_cancelled_scan(tmp_path: Path) -> None:
    path = fake_nmap(tmp_path, f"echo $$ > {tmp_path}/pid; exec sleep 60")
    letter = loopback_authorisation(utc_now())

    async def work() -> None:
        nmap = Nmap(letter, Budget(letter.caps), search_path=(path,))
        task = asyncio.create_task(nmap.identify(HERE, [1], MemoryEvidence()))
        for _ in range(200):
            await asyncio.sleep(0.05)
            if (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().endswith("\n"):
                break
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(work())
    number = int((tmp_path / "pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)


def test_nmap_gets_literal_addresses_and_paced_options() -> None:
    letter = loopback_authorisation(utc_now())
    nmap = Nmap(letter, Budget(letter.caps))
    arguments = nmap.arguments(parse_address("::1"), 3)
    assert arguments[-1] == "-6"
    for option, value in (
        ("--max-rate", str(letter.caps.packets_per_second_per_host)),
        ("--exclude-ports", "9100-9107"),
        ("--version-intensity", "2"),
    ):
        assert arguments[arguments.index(option) + 1] == value
    assert "-sT" in arguments
    assert not {"-A", "-O", "--script", "-sC"} & set(arguments)


def test_a_missing_nmap_is_a_probe_error() -> None:
    letter = loopback_authorisation(utc_now())
    nmap = Nmap(letter, Budget(letter.caps), search_path=("no-such-nmap",))
    with pytest.raises(ProbeError) as caught:
        asyncio.run(nmap.identify(HERE, [1], MemoryEvidence()))
    assert caught.value.reason is Reason.TOOL_MISSING


def test_our_own_word_on_tls_wins_and_names_are_ours() -> None:
    tls = Service(tls=True)
    merged = merge(tls, NmapService("http", "nginx", "1.22"))
    assert (merged.name, merged.tls, merged.product) == ("https", True, "nginx")
    named = Service("ftp", starttls=True, product="vsFTPd", version="3.0.5")
    assert merge(named, NmapService("ftp", "other", "9")) == named
    assert merge(Service(), NmapService("ms-wbt-server", "", "")).name == "rdp"
    assert merge(Service(), NmapService("tcpwrapped", "", "")) == Service()
    assert merge(Service(), NmapService("<script>", "", "")) == Service()
    hostile = merge(Service(), NmapService("x", "a\x1b[2J" + "b" * 500, ""))
    assert "\x1b" not in hostile.product
    assert len(hostile.product) <= 80


def test_nmap_is_not_asked_for_anonymous_reads_that_are_not_permitted() -> None:
    permitted = DEFAULT_PROBE_CLASSES | {ProbeClass.ANONYMOUS_ACCESS}
    ftp = Service("ftp")
    assert wants_nmap(ftp, permitted)
    assert not wants_nmap(ftp, DEFAULT_PROBE_CLASSES)
    assert wants_nmap(Service(), DEFAULT_PROBE_CLASSES)
    assert not wants_nmap(Service("ssh", product="OpenSSH"), permitted)
