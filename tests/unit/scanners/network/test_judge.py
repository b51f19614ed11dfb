from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from network_sights import HOST, NOON, at, ports, service

from scanners import registry
from scanners.base import Sight, Watched
from scanners.catalogue import Check
from scanners.ports import port_runs
from scanners.registry import find_check, judge, load_checks, load_declarations
from secaudit.core.errors import InputError, NotFoundError
from secaudit.core.observation import CheckResult, Observation
from secaudit.core.subject import Subject
from secaudit.core.vocabulary import Outcome, Reason, Severity

TLS_CHECK = "tls.protocol.tls1_0"
LATER = NOON + timedelta(days=1)


def owed(check: str, subject: Subject, *observations: Observation) -> tuple[Outcome, Reason]:
    watched = [Watched(check, subject)]
    found = judge(Sight(observations), watched, LATER)
    mine = [item for item in found if (item.check, item.subject) == (check, subject)]
    assert len(mine) == 1
    return mine[0].outcome, mine[0].reason


def error(subject: Subject, reason: str = "probe_failed") -> Observation:
    return Observation("error", subject, NOON, {"probe": "tls", "reason": reason, "message": ""})


def test_a_silent_host_is_not_reached() -> None:
    silent = ports(state="silent")
    assert owed(TLS_CHECK, at(443), silent) == (Outcome.NOT_REACHED, Reason.NO_ANSWER)


def test_a_closed_port_means_what_the_check_says() -> None:
    seen = ports([80], closed="443")
    shut = Outcome(load_checks()[TLS_CHECK].when_closed)
    assert owed(TLS_CHECK, at(443), seen) == (shut, Reason.PORT_CLOSED)
    assert owed("net.redis.exposed", at(443), seen) == (Outcome.PASSED, Reason.PORT_CLOSED)
    assert owed("net.ftp.cleartext", at(443), seen) == (Outcome.PASSED, Reason.PORT_CLOSED)


@pytest.mark.parametrize("check", list(load_checks()))
def test_a_silent_port_says_something_about_exposure_alone(check: str) -> None:
    seen = ports([80], filtered="443")
    passes = check.endswith(".exposed")
    outcome = Outcome.PASSED if passes else Outcome.INCONCLUSIVE
    assert owed(check, at(443), seen) == (outcome, Reason.PORT_FILTERED)


def test_an_open_port_of_which_nothing_was_said_is_inconclusive() -> None:
    assert owed(TLS_CHECK, at(443), ports([443])) == (Outcome.INCONCLUSIVE, Reason.NO_OBSERVATION)


def test_a_port_that_was_not_probed_is_not_reached() -> None:
    seen = ports([80], closed="81-442")
    assert owed(TLS_CHECK, at(443), seen) == (Outcome.NOT_REACHED, Reason.NO_OBSERVATION)


def test_a_probe_that_failed_is_an_error_and_never_a_pass() -> None:
    seen = (ports([443]), error(at(443), "malformed_answer"))
    assert owed(TLS_CHECK, at(443), *seen) == (Outcome.ERROR, Reason.MALFORMED_ANSWER)
    assert owed(TLS_CHECK, at(443), error(HOST)) == (Outcome.ERROR, Reason.PROBE_FAILED)
    named = at(443).named("data.contoh.example")
    assert owed("cert.expired", named, *seen)[0] is Outcome.ERROR


def test_a_name_that_was_not_asked_for_is_inconclusive() -> None:
    named = at(443).named("data.contoh.example")
    assert owed("cert.expired", named, ports([443]))[0] is Outcome.INCONCLUSIVE


def test_other_hosts_other_zones_and_checks_that_are_gone_are_left_alone() -> None:
    watched = [
        Watched(TLS_CHECK, Subject("kantor", "192.0.2.8", 443)),
        Watched(TLS_CHECK, Subject("internet", HOST.address, 443)),
        Watched("tls.gone", at(443)),
    ]
    found = judge(Sight((ports([443]),)), watched, NOON)
    said = {(item.check, item.subject) for item in found}
    assert not said & {(item.check, item.subject) for item in watched}


def test_a_former_id_is_answered_under_its_present_one() -> None:
    check = load_checks()[TLS_CHECK].model_copy(update={"aliases": ("tls.former",)})
    watched = [Watched("tls.former", at(443))]
    found = judge(Sight((ports(state="silent"),)), watched, NOON, {check.id: check})
    assert [(item.check, item.outcome) for item in found] == [(TLS_CHECK, Outcome.NOT_REACHED)]
    assert find_check("tls.former", {check.id: check}) is check


def test_a_rule_that_raises_is_an_error_on_the_host_and_on_what_it_owed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(_sight: Sight, _check: Check) -> list[CheckResult]:
        raise ValueError("broken")

    check = load_checks()[TLS_CHECK]
    monkeypatch.setattr(registry, "_declared", lambda: ((check, broken),))
    watched = [Watched(TLS_CHECK, at(443))]
    found = judge(Sight((ports([443]),)), watched, NOON, {check.id: check})
    assert [(item.subject, item.outcome) for item in found] == [
        (HOST, Outcome.ERROR),
        (at(443), Outcome.ERROR),
    ]


def test_nobody_is_answered_twice() -> None:
    watched = [Watched("net.redis.exposed", at(6379))] * 2
    found = judge(Sight((ports([6379]), service(6379, "redis"))), watched, NOON)
    mine = [item for item in found if item.check == "net.redis.exposed"]
    assert [item.outcome for item in mine] == [Outcome.FAILED]


PORT = st.integers(1, 40)


@given(
    st.sampled_from(["up", "silent"]),
    st.dictionaries(PORT, st.sampled_from(["open", "closed", "filtered"])),
    st.lists(
        st.tuples(st.sampled_from([TLS_CHECK, "net.telnet.exposed", "net.redis.no_password"]), PORT)
    ),
)
def test_everything_watched_gets_one_outcome_and_passes_only_by_what_was_seen(
    state: str, states: dict[int, str], pairs: list[tuple[str, int]]
) -> None:
    def of(wanted: str) -> list[int]:
        return sorted(port for port, seen in states.items() if seen == wanted)

    seen = ports(of("open"), port_runs(of("closed")), port_runs(of("filtered")), state)
    watched = [Watched(check, at(port)) for check, port in pairs]
    found = judge(Sight((seen,)), watched, NOON)
    for pair in {(item.check, item.subject) for item in watched}:
        mine = [item for item in found if (item.check, item.subject) == pair]
        assert len(mine) == 1
        port = pair[1].port or 0
        if mine[0].outcome is Outcome.PASSED:
            assert state == "up"
            assert states[port] in ("closed", "filtered")


def test_severities_of_the_workspace_are_in_the_results() -> None:
    checks = load_checks({"net.telnet.exposed": Severity.INFO})
    found = judge(Sight((ports([23]), service(23, "telnet"))), (), NOON, checks)
    assert {i.severity for i in found if i.check == "net.telnet.exposed"} == {Severity.INFO}
    assert load_checks()["net.telnet.exposed"].severity is Severity.HIGH


def test_an_unknown_check_offers_near_ones() -> None:
    with pytest.raises(NotFoundError) as caught:
        find_check("telnet")
    assert "net.telnet.exposed" in caught.value.in_words()[1]
    with pytest.raises(NotFoundError):
        load_checks({"net.telnet.gone": Severity.LOW})
    with pytest.raises(NotFoundError) as caught:
        find_check("zzzz")
    assert "check list" in caught.value.in_words()[1]


def test_the_rooms_are_listed_and_every_one_declares_checks() -> None:
    rooms = {name.split(".")[0] for name in load_checks()}
    assert rooms >= {"net", "tls", "cert", "ssh", "starttls"}


DECLARATION = """checks:
  - id: {id}
    title: &both {{id: "a", en: "b"}}
    severity: low
    severity_reason: *both
    description: *both
    statement: *both
    remediation: *both
    references: [{{title: "RFC 9293"}}]
    rule: {rule}
"""


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (DECLARATION.format(id="net.one.thing", rule="no_such_rule"), "no_such_rule"),
        (DECLARATION.format(id="net.one.thing", rule="_without_the_service"), "rule"),
        (
            DECLARATION.format(id="net.one.thing", rule="exposed")
            + DECLARATION.format(id="net.one.thing", rule="exposed")
            .removeprefix("checks:\n")
            .replace("&both", "&again"),
            "twice",
        ),
        (DECLARATION.format(id="net.one.thing", rule="exposed") + "    colour: red\n", "colour"),
    ],
)
def test_a_bad_declaration_is_refused_with_file_and_line(
    text: str, complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "network"
    folder.mkdir()
    (folder / "checks.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(registry, "__file__", str(tmp_path / "registry.py"))
    monkeypatch.setattr(registry, "FOLDERS", ("network",))
    registry._declared.cache_clear()
    try:
        with pytest.raises(InputError) as caught:
            load_checks()
    finally:
        registry._declared.cache_clear()
    assert complaint in str(caught.value)
    assert "checks.yaml:" in str(caught.value)


def test_the_answer_is_a_mapping_by_id() -> None:
    checks: Mapping[str, Check] = load_checks()
    assert all(name == check.id for name, check in checks.items())


def test_another_protocol_where_tls_was_is_not_applicable_and_not_open_for_ever() -> None:
    mismatch = (Outcome.NOT_APPLICABLE, Reason.PROTOCOL_MISMATCH)
    opened = ports([443])
    assert owed(TLS_CHECK, at(443), opened, service(443, "ssh")) == mismatch
    named = at(443).named("data.contoh.example")
    assert owed("cert.expired", named, opened, service(443, "ssh")) == mismatch


@pytest.mark.parametrize(
    "seen",
    [
        service(443, "unknown"),
        service(443, "http", tls=True),
        service(443, "smtp", starttls=True),
        service(443, "smtp"),
    ],
)
def test_what_may_still_speak_tls_stays_inconclusive(seen: Observation) -> None:
    assert owed(TLS_CHECK, at(443), ports([443]), seen)[0] is Outcome.INCONCLUSIVE


def test_declarations_are_the_checks_without_their_rules() -> None:
    assert load_declarations() == load_checks()
    assert list(load_declarations()) == list(load_checks())
    changed = load_declarations({TLS_CHECK: Severity.INFO})
    assert changed == load_checks({TLS_CHECK: Severity.INFO})
    assert changed[TLS_CHECK].severity is Severity.INFO
