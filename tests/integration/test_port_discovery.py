"""Which ports are open, closed, filtered or unknown; loss, back-off and budgets."""

import asyncio

import pytest
from loopback_scans import closed_port, order_for, scanned, serving

from scanners.base import ProbeError
from scanners.budget import Budget
from scanners.dialer import TcpDialer, utc_now
from scanners.network.discovery import PortSurvey
from scanners.plan import Host
from scanners.ports import expand_runs
from secaudit.core.authorisation import RateCaps, loopback_authorisation
from secaudit.core.network import Address, parse_address
from secaudit.core.vocabulary import ProbeClass, Reason

HERE = parse_address("127.0.0.61")
CAPS = RateCaps(1000, 40, 4, 64)


class ScriptedDialer:
    """Answers each attempt at a port by its script; what is not scripted is refused."""

    def __init__(self, script: dict[int, list[Reason]]) -> None:
        self._script = script
        self.attempts: list[int] = []

    async def connect(self, address: Address, port: int, probe_class: ProbeClass) -> "Closed":
        assert probe_class is ProbeClass.DISCOVERY
        self.attempts.append(port)
        reasons = self._script.get(port, [Reason.CONNECTION_REFUSED])
        reason = reasons.pop(0) if len(reasons) > 1 else reasons[0]
        if reason is Reason.OBSERVED:
            return Closed()
        raise ProbeError(reason)


class Closed:
    async def close(self) -> None:
        pass


def survey(
    script: dict[int, list[Reason]], ports: range, retries: int = 1
) -> tuple[PortSurvey, ScriptedDialer, Budget]:
    dialer, budget = ScriptedDialer(script), Budget(CAPS)
    host = Host(HERE, (), tuple(ports))
    made = PortSurvey(host, dialer, budget, lanes=4, retries=retries)  # type: ignore[arg-type]
    asyncio.run(made.run())
    return made, dialer, budget


def data_of(made: PortSurvey) -> dict[str, object]:
    class Nowhere:
        def put(self, content: bytes, media_type: str) -> str:
            return "0" * 64

    return dict(made.observation("kantor", "test", Nowhere()).data)


def test_open_and_closed_on_a_real_host() -> None:
    shut = closed_port("127.0.0.61")
    with serving(lambda connection: None, "127.0.0.61") as port:
        outcomes, _, _ = scanned(order_for("127.0.0.61", f"{port},{shut}", services=False))
    data = outcomes["127.0.0.61"].observations[0].data
    assert data["open"] == [port]
    assert expand_runs(data["closed"]) == (shut,)
    assert data["filtered"] == ""
    assert (data["state"], data["attempts"]) == ("up", 2)


def test_a_silent_host_costs_only_its_first_look_and_one_retry() -> None:
    made, dialer, _ = survey({port: [Reason.TIMED_OUT] for port in range(1, 301)}, range(1, 301))
    data = data_of(made)
    assert data["state"] == "silent"
    assert (data["open"], data["closed"], data["filtered"]) == ([], "", "")
    assert len(dialer.attempts) == 64


def test_an_unreachable_host_is_silent_and_is_not_asked_twice() -> None:
    made, dialer, _ = survey({port: [Reason.UNREACHABLE] for port in range(1, 101)}, range(1, 101))
    assert data_of(made)["state"] == "silent"
    assert len(dialer.attempts) == 32


def test_only_timeouts_are_tried_again_and_what_stays_silent_is_filtered() -> None:
    script = {5: [Reason.TIMED_OUT], 6: [Reason.OBSERVED], 7: [Reason.UNREACHABLE]}
    made, dialer, _ = survey(script, range(1, 11), retries=2)
    data = data_of(made)
    assert data["open"] == [6]
    assert data["filtered"] == "5,7"
    assert data["closed"] == "1-4,8-10"
    assert dialer.attempts.count(5) == 3
    assert dialer.attempts.count(7) == dialer.attempts.count(1) == 1


def test_a_lost_port_is_found_again_and_the_host_is_spared() -> None:
    script = {5: [Reason.TIMED_OUT, Reason.OBSERVED]}
    made, _, budget = survey(script, range(1, 11))
    assert made.open_ports == [5]
    assert data_of(made)["filtered"] == ""
    host = budget._host(HERE)
    assert host.bucket._rate == CAPS.packets_per_second_per_host / 2


def test_a_candid_host_that_falls_silent_is_slowed_down_but_never_stopped() -> None:
    script = {port: [Reason.TIMED_OUT] for port in range(40, 400)}
    _, dialer, budget = survey(script, range(1, 400))
    assert budget._host(HERE).bucket._rate == CAPS.packets_per_second_per_host / 8
    # A whole batch of retries without one answer is a filter: the rest is not tried again.
    assert len(dialer.attempts) == 399 + 64


def test_a_machine_that_cannot_connect_is_an_error_and_no_filter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("scanners.network.discovery._LOCAL_PAUSE", 0.0)
    with pytest.raises(ProbeError) as caught:
        survey({3: [Reason.PROBE_FAILED]}, range(1, 11))
    assert caught.value.reason is Reason.PROBE_FAILED


def test_a_refused_connection_costs_one_packet_and_the_rest_is_given_back() -> None:
    async def refused() -> Budget:
        letter = loopback_authorisation(utc_now())
        budget = Budget(letter.caps)
        dialer = TcpDialer(letter, budget)
        with pytest.raises(ProbeError):
            await dialer.connect(HERE, closed_port("127.0.0.61"), ProbeClass.DISCOVERY)
        return budget

    budget = asyncio.run(refused())
    assert budget.packets_sent == budget.spent(HERE).packets == 1
    assert budget.spent(HERE).connections == 1


def test_patience_shrinks_for_a_near_host_and_leaves_the_kernel_its_retry() -> None:
    budget = Budget(CAPS)
    assert budget.patience(HERE, 3.0) == 3.0
    budget.heard(HERE, 0.001)
    assert 1.0 < budget.patience(HERE, 3.0) < 3.0
    budget.heard(HERE, 2.0)
    assert budget.patience(HERE, 3.0) == 3.0
    assert budget.patience(HERE, 0.5) == 0.5
