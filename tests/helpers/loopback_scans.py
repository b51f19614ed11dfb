"""Real servers on loopback for the network probes, and scans of them as a user would run them."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

from tls_probing import MemoryEvidence

from scanners.base import Endpoint
from scanners.budget import Budget
from scanners.dialer import TcpDialer, utc_now
from scanners.engine import SILENT, HostOutcome, ScanObserver, run
from scanners.network.identify import Identification, Manner
from scanners.network.services.facts import Service
from scanners.plan import ScanOrder, ScanPlan, make_plan
from scanners.ports import parse_ports
from secaudit.core.authorisation import Authorisation, loopback_authorisation
from secaudit.core.network import AddressSet, parse_address
from secaudit.core.observation import Observation
from secaudit.core.subject import Subject
from secaudit.core.vocabulary import DEFAULT_PROBE_CLASSES, ProbeClass, ZoneKind

Handler = Callable[[socket.socket], None]
ZONE = "kantor"
EVERYTHING = DEFAULT_PROBE_CLASSES | {ProbeClass.ANONYMOUS_ACCESS}

QUICK = {"listen_seconds": 0.5, "answer_seconds": 0.5, "hello_seconds": 0.5}


@contextmanager
def serving(handler: Handler, address: str = "127.0.0.1", port: int = 0) -> Iterator[int]:
    """Give each connection to ``handler`` in a thread of its own; stop at the end of the block."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, port))
    listener.listen(128)
    threads: list[threading.Thread] = []
    connections: list[socket.socket] = []

    def one(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.settimeout(10)
            handler(connection)

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connections.append(connection)
            thread = threading.Thread(target=one, args=(connection,), daemon=True)
            threads.append(thread)
            thread.start()

    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        acceptor.join(10)
        for connection in connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(10)


def greeting(content: bytes, answers: Sequence[tuple[bytes, bytes]] = ()) -> Handler:
    """Greet, then answer each line that begins with a key; say nothing to others."""

    def handle(connection: socket.socket) -> None:
        connection.sendall(content)
        held = b""
        while True:
            piece = connection.recv(4096)
            if not piece:
                return
            held += piece
            while b"\n" in held:
                line, _, held = held.partition(b"\n")
                for key, answer in answers:
                    if line.startswith(key):
                        connection.sendall(answer)
                        break

    return handle


def answering(answers: Sequence[tuple[bytes, bytes]]) -> Handler:
    """Wait for a message, answer it by how it begins, and hang up."""

    def handle(connection: socket.socket) -> None:
        message = connection.recv(4096)
        for key, answer in answers:
            if message.startswith(key):
                connection.sendall(answer)
                return

    return handle


def closed_port(address: str = "127.0.0.1") -> int:
    """A port on which nothing listens at this moment."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.bind((address, 0))
        port: int = probe.getsockname()[1]
        return port


def identified(
    port: int,
    address: str = "127.0.0.1",
    *,
    permitted: frozenset[ProbeClass] = EVERYTHING,
    names: tuple[str, ...] = (),
    gentle: bool = False,
) -> tuple[Service, bytes]:
    """Identify one service; return it with the transcript."""
    letter = replace(loopback_authorisation(utc_now()), probe_classes=permitted)

    async def work() -> tuple[Service, bytes]:
        where = parse_address(address)
        endpoint = Endpoint(Subject(ZONE, address, port), where, port, names)
        dialer = TcpDialer(letter, Budget(letter.caps))
        manner = Manner(permitted, gentle, **QUICK)
        identification = Identification(endpoint, dialer, manner)
        service = await identification.run()
        return service, identification.transcript.content()

    return asyncio.run(work())


def order_for(targets: str, ports: str, **changes: Any) -> ScanOrder:
    """An order on loopback, without nmap unless asked for."""
    letter: Authorisation = changes.pop("authorisation", loopback_authorisation(utc_now()))
    order = ScanOrder(
        letter,
        ZONE,
        ZoneKind.IT,
        AddressSet.parse(targets.split(",")),
        parse_ports(ports),
        use_nmap=False,
        timeout=1.0,
        settings=QUICK | changes.pop("settings", {}),
    )
    return replace(order, **changes)


def scanned(
    order: ScanOrder, observer: ScanObserver = SILENT
) -> tuple[dict[str, HostOutcome], MemoryEvidence, ScanPlan]:
    """Plan and run; return the outcome of each host, the evidence and the plan."""
    plan = make_plan(order, utc_now())
    evidence = MemoryEvidence()
    outcomes: dict[str, HostOutcome] = {}

    def keep(outcome: HostOutcome) -> None:
        assert outcome.address not in outcomes
        outcomes[outcome.address] = outcome

    asyncio.run(run(plan, plan.hosts, evidence, keep, observer))
    return outcomes, evidence, plan


def of_kind(outcome: HostOutcome, kind: str) -> list[Observation]:
    return [item for item in outcome.observations if item.kind == kind]
