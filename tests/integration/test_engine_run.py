"""Whole scans of loopback: what is found, what is refused, and what survives."""

import asyncio
import socket
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from loopback_scans import (
    closed_port,
    greeting,
    of_kind,
    order_for,
    scanned,
    serving,
)
from tls_pki import Wish, issue, pem
from tls_probing import MemoryEvidence
from tls_servers import python_server, server_context

import scanners.visits
from scanners.base import ScopeRefusedError, Sight, Watched
from scanners.budget import Budget
from scanners.dialer import TcpDialer, utc_now
from scanners.engine import HostOutcome, Pulse, Silence, run
from scanners.plan import make_plan
from scanners.registry import judge
from secaudit.core.authorisation import Authorisation, RateCaps, ZonePermit
from secaudit.core.canonical import canonical_json
from secaudit.core.errors import InternalError
from secaudit.core.network import AddressSet, parse_address
from secaudit.core.subject import Subject
from secaudit.core.vocabulary import Outcome, ProbeClass, Reason, ZoneKind


def letter(*permitted: str, **changes: Any) -> Authorisation:
    made = Authorisation(
        number="090/CONTOH/2026",
        issuer="Kota Contoh",
        valid_from=utc_now() - timedelta(hours=1),
        valid_until=utc_now() + timedelta(hours=1),
        targets=permitted,
        permitted=AddressSet.parse(permitted),
        caps=RateCaps(20_000, 5_000, 8, 128),
    )
    return replace(made, **changes)


def test_several_hosts_from_the_first_port_to_the_last_certificate(tmp_path: Path) -> None:
    name = "surat.kota-contoh.example"
    issued = issue(wish=Wish(name, (name,)))
    shut = closed_port("127.0.0.31")
    with (
        serving(greeting(b"\xff\xfb\x01login: "), "127.0.0.31") as telnet,
        python_server(server_context(issued, tmp_path), "127.0.0.32") as tls,
    ):
        order = order_for(
            "127.0.0.31-33",
            f"{telnet},{tls},{shut}",
            names={"127.0.0.32": (name,)},
            trust_roots=(pem(issued),),
        )
        outcomes, evidence, _ = scanned(order)
    assert {outcome.state for outcome in outcomes.values()} == {"up"}
    first, second, third = (outcomes[f"127.0.0.3{number}"] for number in (1, 2, 3))
    assert of_kind(first, "service")[0].data["name"] == "telnet"
    assert of_kind(second, "service")[0].data["tls"] is True
    assert of_kind(second, "tls.endpoint")[0].data["protocols"]["TLS 1.3"] == "accepted"
    chains = {str(item.subject) for item in of_kind(second, "certificate.chain")}
    assert chains == {f"kantor/127.0.0.32:{tls}/tcp", f"kantor/127.0.0.32:{tls}/tcp#{name}"}
    assert [item.kind for item in third.observations] == ["host.ports"]
    for outcome in outcomes.values():
        assert outcome.packets > 0
        assert outcome.connections >= 3
        assert canonical_json(outcome)
        for item in outcome.observations:
            assert set(item.evidence) <= set(evidence)
    found = judge(Sight(first.observations), (), utc_now())
    failed = {item.check for item in found if item.outcome is Outcome.FAILED}
    assert failed == {"net.telnet.exposed"}


def test_ipv6_is_scanned_like_ipv4() -> None:
    with serving(greeting(b"SSH-2.0-Contoh_1.0\r\n"), "::1") as port:
        outcomes, _, _ = scanned(order_for("::1", str(port)))
    service = of_kind(outcomes["::1"], "service")[0]
    assert str(service.subject) == f"kantor/[::1]:{port}/tcp"
    assert service.data["name"] == "ssh"


def test_nothing_is_dialled_outside_the_authorisation() -> None:
    touched: list[str] = []

    def touch(connection: socket.socket) -> None:
        touched.append(connection.getsockname()[0])

    permitted = letter("127.0.0.41-127.0.0.42", exclusions=AddressSet.parse(["127.0.0.42"]))
    with ExitStack() as servers:
        port = servers.enter_context(serving(touch, "127.0.0.41"))
        for number in (42, 43):
            servers.enter_context(serving(touch, f"127.0.0.{number}", port))
        order = order_for("127.0.0.41-43", str(port), authorisation=permitted)
        outcomes, _, plan = scanned(order)
        # The engine asks again: a host that the planner would have refused is not dialled.
        beside = tuple(
            make_plan(order_for(f"127.0.0.{n}", str(port)), utc_now()).hosts[0] for n in (42, 43)
        )
        smuggled: list[HostOutcome] = []
        asyncio.run(run(plan, beside, MemoryEvidence(), smuggled.append))
    assert plan.refused == (
        ("127.0.0.42", Reason.EXCLUDED),
        ("127.0.0.43", Reason.OUT_OF_SCOPE),
    )
    assert list(outcomes) == ["127.0.0.41"]
    assert set(touched) == {"127.0.0.41"}
    assert {(item.address, item.state, item.reason) for item in smuggled} == {
        ("127.0.0.42", "refused", Reason.EXCLUDED),
        ("127.0.0.43", "refused", Reason.OUT_OF_SCOPE),
    }
    assert [item.packets for item in smuggled] == [0, 0]


def test_a_letter_that_ends_in_the_midst_refuses_the_rest_and_keeps_what_was_seen() -> None:
    made = letter("127.0.0.44")
    calls = 0

    def clock() -> Any:
        nonlocal calls
        calls += 1
        return utc_now() if calls < 6 else utc_now() + timedelta(hours=2)

    with serving(greeting(b"SSH-2.0-Contoh_1.0\r\n"), "127.0.0.44") as port:
        plan = make_plan(order_for("127.0.0.44", f"{port},1", authorisation=made), utc_now())
        kept: list[HostOutcome] = []
        work = run(plan, plan.hosts, MemoryEvidence(), kept.append, clock=clock)
        asyncio.run(work)
    assert [(item.state, item.reason) for item in kept] == [("refused", Reason.OUTSIDE_WINDOW)]
    assert of_kind(kept[0], "host.ports")[0].data["open"] == [port]
    assert of_kind(kept[0], "error")[0].data["reason"] == "outside_window"


def test_a_probe_that_raises_is_recorded_and_the_host_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> list[object]:
        raise ZeroDivisionError("broken probe")

    monkeypatch.setattr(scanners.visits, "probe_tls", broken)
    with python_server(server_context(issue(), tmp_path), "127.0.0.45") as port:
        outcomes, _, _ = scanned(order_for("127.0.0.45", str(port)))
    outcome = outcomes["127.0.0.45"]
    errors = of_kind(outcome, "error")
    assert [item.data["probe"] for item in errors] == ["tls"]
    assert "broken probe" in errors[0].data["message"]
    assert of_kind(outcome, "certificate.chain")
    endpoint = Subject("kantor", "127.0.0.45", port)
    watched = [Watched("tls.protocol.tls1_0", endpoint)]
    found = judge(Sight(outcome.observations), watched, utc_now())
    mine = [item for item in found if item.check == "tls.protocol.tls1_0"]
    assert [item.outcome for item in mine] == [Outcome.ERROR]


def test_a_full_disk_stops_the_scan_and_is_said() -> None:
    class Full:
        def put(self, content: bytes, media_type: str) -> str:
            raise InternalError("the disk is full")

    plan = make_plan(order_for("127.0.0.46", str(closed_port())), utc_now())
    kept: list[HostOutcome] = []
    with pytest.raises(InternalError, match="disk is full"):
        asyncio.run(run(plan, plan.hosts, Full(), kept.append))
    assert kept == []


def test_cancelling_keeps_what_is_finished_and_loses_only_what_is_in_flight() -> None:
    kept: list[tuple[str, str]] = []
    costs: list[int] = []

    def silent(connection: socket.socket) -> None:
        connection.recv(1)

    async def interrupted() -> None:
        plan = make_plan(order_for("127.0.0.47-48", str(port)), utc_now())
        finished = asyncio.Event()

        def keep(outcome: HostOutcome) -> None:
            kept.append((outcome.address, outcome.state))
            costs.append(outcome.packets)
            finished.set()

        task = asyncio.create_task(run(plan, plan.hosts, MemoryEvidence(), keep))
        await finished.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with serving(silent, "127.0.0.47") as port:
        asyncio.run(interrupted())
    assert kept == [("127.0.0.48", "up"), ("127.0.0.47", "interrupted")]
    assert min(costs) > 0


def test_a_host_that_takes_too_long_is_left_with_what_is_known() -> None:
    def silent(connection: socket.socket) -> None:
        connection.recv(1)

    with serving(silent, "127.0.0.49") as port:
        order = order_for("127.0.0.49", str(port), settings={"host_seconds": 0.5})
        outcomes, _, _ = scanned(order)
    outcome = outcomes["127.0.0.49"]
    assert (outcome.state, outcome.reason) == ("error", Reason.LIMIT_EXCEEDED)
    assert of_kind(outcome, "host.ports")[0].data["open"] == [port]
    assert of_kind(outcome, "error")[0].data["probe"] == "host"


def test_an_operational_zone_is_only_listened_to_one_connection_at_a_time() -> None:
    at_once, most, heard = 0, 0, []

    def handle(connection: socket.socket) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        heard.append(connection.recv(100))
        at_once -= 1

    made = letter(
        "127.0.0.50",
        zones=(ZonePermit("kantor", ZoneKind.OT),),
        probe_classes=frozenset({ProbeClass.DISCOVERY, ProbeClass.SERVICE}),
    )
    with serving(handle, "127.0.0.50") as one, serving(handle, "127.0.0.50") as two:
        order = order_for(
            "127.0.0.50",
            f"{one},{two}",
            authorisation=made,
            zone_kind=ZoneKind.OT,
            use_nmap=True,
        )
        outcomes, _, _ = scanned(order)
    assert most == 1
    assert not any(heard)
    assert {item.data["method"] for item in of_kind(outcomes["127.0.0.50"], "service")} == {"own"}


def test_without_services_tls_is_still_found(tmp_path: Path) -> None:
    with python_server(server_context(issue(), tmp_path), "127.0.0.51") as port:
        outcomes, _, _ = scanned(order_for("127.0.0.51", str(port), services=False))
    kinds = [item.kind for item in outcomes["127.0.0.51"].observations]
    assert kinds == [
        *("host.ports", "tls.endpoint", "tls.handshake", "certificate.chain", "tls.weakness"),
    ]


def test_the_observer_hears_of_every_host() -> None:
    class Notes:
        def __init__(self) -> None:
            self.started: list[str] = []
            self.steps: list[tuple[int, int]] = []
            self.pulses: list[Pulse] = []

        def host_started(self, address: str) -> None:
            self.started.append(address)

        def host_done(self, outcome: HostOutcome) -> None:
            assert outcome.address in self.started

        def progress(self, done: int, total: int, packets: int) -> None:
            assert packets > 0
            self.steps.append((done, total))

        def pulse(self, pulse: Pulse) -> None:
            self.pulses.append(pulse)

    notes = Notes()
    scanned(order_for("127.0.0.52-127.0.0.55", str(closed_port())), notes)
    assert notes.steps == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert len(notes.started) == 4
    assert notes.pulses[0].hosts == 4
    assert notes.pulses[-1].work == 4


def test_one_host_moves_while_it_is_looked_at() -> None:
    class Works(Silence):
        def __init__(self) -> None:
            self.pulses: list[Pulse] = []

        def pulse(self, pulse: Pulse) -> None:
            self.pulses.append(pulse)

    def mute(connection: socket.socket) -> None:
        connection.recv(1)

    works = Works()
    with serving(mute, "127.0.0.57") as port:
        settings = {"listen_seconds": 1.5, "answer_seconds": 1.5}
        scanned(order_for("127.0.0.57", str(port), settings=settings), works)
    between = [pulse for pulse in works.pulses if 0 < pulse.work < 1]
    assert between
    assert all(pulse.hosts == 1 and pulse.hosts_done == 0 for pulse in between)
    assert between[0].packets > 0


def test_a_letter_that_is_revoked_stops_the_hosts_in_flight_and_those_after_them() -> None:
    made = letter("127.0.0.58", "127.0.0.59", caps=RateCaps(20_000, 5_000, 1, 1))
    revoked: list[Reason] = []

    def revoke(connection: socket.socket) -> None:
        revoked.append(Reason.REVOKED)
        connection.recv(1)

    with serving(revoke, "127.0.0.58") as port:
        order = order_for("127.0.0.58-59", f"{port},1", authorisation=made)
        plan = make_plan(order, utc_now())
        kept: list[HostOutcome] = []
        ended = asyncio.run(
            run(
                plan,
                plan.hosts,
                MemoryEvidence(),
                kept.append,
                standing=lambda: revoked[0] if revoked else None,
            )
        )
    assert ended is Reason.REVOKED
    assert [(item.address, item.state, item.reason) for item in kept] == [
        ("127.0.0.58", "refused", Reason.REVOKED)
    ]


def test_the_letter_is_asked_again_after_the_wait_for_the_budget() -> None:
    made = letter("127.0.0.60", caps=RateCaps(20_000, 5_000, 1, 1))
    ended: list[Reason] = []
    dialled: list[str] = []

    async def work() -> None:
        budget = Budget(made.caps)
        dialer = TcpDialer(made, budget, standing=lambda: ended[0] if ended else None)
        where = parse_address("127.0.0.60")
        async with await dialer.connect(where, port, ProbeClass.DISCOVERY):
            waiting = asyncio.create_task(dialer.connect(where, port, ProbeClass.DISCOVERY))
            await asyncio.sleep(0.1)
            ended.append(Reason.REVOKED)
        with pytest.raises(ScopeRefusedError, match="revoked"):
            await waiting
        assert budget.spent(where).connections == 1

    with serving(lambda connection: dialled.append("once"), "127.0.0.60") as port:
        asyncio.run(work())
    assert dialled == ["once"]


def test_classes_that_are_not_permitted_are_not_used() -> None:
    heard: list[bytes] = []

    def handle(connection: socket.socket) -> None:
        heard.append(connection.recv(100))

    made = letter("127.0.0.56", probe_classes=frozenset({ProbeClass.DISCOVERY}))
    with serving(handle, "127.0.0.56") as port:
        outcomes, _, _ = scanned(order_for("127.0.0.56", str(port), authorisation=made))
    assert [item.kind for item in outcomes["127.0.0.56"].observations] == ["host.ports"]
    assert not any(heard)
