"""nmap's version detection, read by python-nmap, for ports that are open already.

nmap is a program of its own that we call: it gets the text of one address object and of port
numbers, never a string from a user or a target, and asks nothing of hosts outside the
authorisation. Its absence or its death is said, and loses nothing that we found ourselves.
"""

import asyncio
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from scanners.base import ProbeError, ScopeRefusedError
from scanners.budget import Budget
from scanners.dialer import Standing, always_standing, utc_now
from scanners.ports import port_runs
from secaudit.core.authorisation import FORBIDDEN_PORTS, Authorisation
from secaudit.core.network import Address
from secaudit.core.observation import EvidenceSink
from secaudit.core.vocabulary import ProbeClass, Reason

SEARCH_PATH = ("nmap", "/usr/bin/nmap", "/usr/local/bin/nmap")
SHARD = 16
"""Ports that one nmap is asked about: a killed nmap costs no more."""
AT_ONCE = 4
"""nmap processes at once, over all hosts."""
_CONNECTIONS = 5
"""An estimate, for nmap does not tell: for each port one connection of the connect scan, one that
only listens, and up to three probes of intensity 2, each on a connection of its own."""
_PACKETS = 24
"""Charged for each port: so many connections of four packets, and four for what is said on them."""
_LOOK_SECONDS = 0.5
"""How often the letter is asked again while nmap runs."""
_INTENSITY = 2
_PORT_SECONDS = 5
_HOST_SECONDS = 60
"""A port that says nothing takes nmap up to half a minute; several are asked at once."""
_GRACE_SECONDS = 15
_PROBED = 8
"""nmap's confidence from which a name comes from an answer, and not from a table of ports."""


@dataclass(frozen=True)
class NmapService:
    """What nmap says about one port; empty text where it says nothing."""

    name: str
    product: str
    version: str


class _NotStartedError(ProbeError):
    """The program could not be started: nothing was sent."""


class Nmap:
    """nmap on this machine, under one authorisation and one budget."""

    def __init__(
        self,
        authorisation: Authorisation,
        budget: Budget,
        *,
        search_path: Sequence[str] = SEARCH_PATH,
        clock: Callable[[], datetime] = utc_now,
        standing: Standing = always_standing,
    ) -> None:
        self._authorisation = authorisation
        self._budget = budget
        self._search_path = tuple(search_path)
        self._clock = clock
        self._standing = standing
        self._free = asyncio.Semaphore(AT_ONCE)

    async def identify(
        self, address: Address, ports: Sequence[int], evidence: EvidenceSink
    ) -> tuple[Mapping[int, NmapService], tuple[str, ...]]:
        """Ask about open ports of one host; return what it says by port, and its raw XML.

        Raises ScopeRefusedError, and ProbeError: TOOL_MISSING where there is no nmap, PROBE_FAILED
        where it died, LIMIT_EXCEEDED where it ran out of time. What nmap sends is charged by an
        estimate, and paced by it: a shard starts when the host's budget has paid for it.
        """
        _ = self._path  # Nothing is charged for a program that is not there.
        found: dict[int, NmapService] = {}
        digests: list[str] = []
        for shard in _shards(sorted(set(ports))):
            self._ask(address, shard)
            # Paid before a process is taken: who waits for packets keeps no other host waiting.
            await self._budget.spend(address, _PACKETS * len(shard))
            try:
                async with self._free:
                    self._ask(address, shard)
                    self._budget.count_connections(address, _CONNECTIONS * len(shard))
                    services, xml = await self._scan(address, shard)
            except _NotStartedError as error:
                self._budget.count_connections(address, -_CONNECTIONS * len(shard))
                self._budget.give_back(address, _PACKETS * len(shard))
                raise ProbeError(error.reason, str(error)) from None
            found |= services
            digests.append(evidence.put(xml, "application/xml"))
        return found, tuple(digests)

    def _ask(self, address: Address, ports: Sequence[int]) -> None:
        """Raise ScopeRefusedError where one of these ports may not be asked about now."""
        standing = self._standing()
        for port in ports:
            refusal = standing or self._authorisation.refusal(
                address, port, ProbeClass.SERVICE, self._clock()
            )
            if refusal is not None:
                raise ScopeRefusedError(address, port, refusal)

    @cached_property
    def _path(self) -> str:
        """Where nmap is. Raises ProbeError."""
        for candidate in self._search_path:
            path = shutil.which(candidate)
            if path is not None:
                return path
        raise ProbeError(Reason.TOOL_MISSING, "nmap is not installed")

    def arguments(self, address: Address, count: int) -> list[str]:
        """The options for ``count`` ports of one host: a light, paced connect scan."""
        caps = self._authorisation.caps
        arguments = ["-sT", "-sV", "--version-intensity", str(_INTENSITY), "-Pn", "-n"]
        arguments += ["--max-rate", str(caps.packets_per_second_per_host)]
        arguments += ["--max-parallelism", str(caps.connections_per_host), "--max-retries", "1"]
        arguments += ["--host-timeout", f"{_seconds(count)}s"]
        arguments += ["--exclude-ports", port_runs(FORBIDDEN_PORTS)]
        return [*arguments, "-6"] if address.version == 6 else arguments

    async def _start(self, address: Address, ports: Sequence[int]) -> asyncio.subprocess.Process:
        command = [self._path, "-oX", "-", str(address), "-p", ",".join(map(str, ports))]
        try:
            return await asyncio.create_subprocess_exec(
                *command,
                *self.arguments(address, len(ports)),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
        except OSError as error:
            message = f"nmap failed: {_one_line(error)}"
            raise _NotStartedError(Reason.PROBE_FAILED, message) from None

    async def _scan(
        self, address: Address, ports: Sequence[int]
    ) -> tuple[dict[int, NmapService], bytes]:
        """Run one nmap. It outlives neither us nor the letter: it is killed when either ends."""
        process = await self._start(address, ports)
        try:
            async with asyncio.timeout(_seconds(len(ports)) + _GRACE_SECONDS):
                xml, complaint = await self._watched(process, address, ports)
        except TimeoutError:
            raise ProbeError(Reason.LIMIT_EXCEEDED, "nmap ran out of time") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        table = await asyncio.to_thread(_table, self._path, xml, complaint)
        if not table:
            raise ProbeError(Reason.LIMIT_EXCEEDED, "nmap ran out of time, or said nothing")
        return {port: _read(entry) for port, entry in table.items() if port in ports}, xml

    async def _watched(
        self, process: asyncio.subprocess.Process, address: Address, ports: Sequence[int]
    ) -> tuple[bytes, bytes]:
        """Wait for what nmap says, asking the letter now and then. Raises ScopeRefusedError."""
        answer = asyncio.ensure_future(process.communicate())
        try:
            while not (await asyncio.wait({answer}, timeout=_LOOK_SECONDS))[0]:
                self._ask(address, ports)
            return answer.result()
        finally:
            if not answer.done():
                answer.cancel()
                await asyncio.wait({answer})


def _table(path: str, xml: bytes, complaint: bytes) -> Mapping[int, Mapping[str, Any]]:
    """Let python-nmap read the report on one host: its TCP ports."""
    import nmap

    try:
        scanner = nmap.PortScanner((path,))
        scanner.analyse_nmap_xml_scan(xml.decode(errors="replace"), complaint.decode("latin-1"))
        hosts = scanner.all_hosts()
        table: Mapping[int, Mapping[str, Any]] = scanner[hosts[0]].get("tcp", {}) if hosts else {}
    except (nmap.PortScannerError, AttributeError, KeyError, ValueError, OSError) as error:
        raise ProbeError(Reason.PROBE_FAILED, f"nmap failed: {_one_line(error)}") from None
    return table


def _seconds(count: int) -> int:
    return _HOST_SECONDS + _PORT_SECONDS * count


def _shards(ports: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ports[start : start + SHARD] for start in range(0, len(ports), SHARD))


def _read(entry: Mapping[str, Any]) -> NmapService:
    """Take a name only where an answer gave it."""
    product, version = str(entry.get("product", "")), str(entry.get("version", ""))
    confidence = str(entry.get("conf", "0"))
    probed = product or (confidence.isdigit() and int(confidence) >= _PROBED)
    return NmapService(str(entry.get("name", "")) if probed else "", product, version)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]
