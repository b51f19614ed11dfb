"""Verdicts on the moment before TLS, and what a check is owed there."""

from typing import Any

import pytest
from network_sights import NOON, at, ports, service

from scanners.base import Sight, Watched
from scanners.registry import judge, load_checks
from secaudit.core.observation import CheckResult, Observation
from secaudit.core.vocabulary import Outcome, Reason

INJECTION = "starttls.injection"
LOGIN = "starttls.mailbox.login_in_clear"


def seen(port: int, protocol: str, **changes: Any) -> Observation:
    data: dict[str, Any] = {
        "protocol": protocol,
        "starts": True,
        "refusal": None,
        "reason": None,
        "login_in_clear": False,
        "login_methods": [],
        "injection": "absent",
        "injection_reason": None,
        "injected": "NOOP",
        "answered": "",
        "leftover": 0,
        "direct_tls": None,
        "facts": {},
        "connections": 2,
        "problems": [],
    }
    return Observation("starttls.endpoint", at(port), NOON, data | changes, ("c" * 64,))


def told(
    check: str, *observations: Observation, watched: tuple[int, ...] = ()
) -> dict[int | None, CheckResult]:
    only = {check: load_checks()[check]}
    owed = [Watched(check, at(port)) for port in watched]
    found = judge(Sight(observations), owed, NOON, only)
    return {item.subject.port: item for item in found}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        ("proved", Outcome.FAILED),
        ("absent", Outcome.PASSED),
        ("inconclusive", Outcome.INCONCLUSIVE),
    ],
)
def test_injection(state: str, outcome: Outcome) -> None:
    found = told(INJECTION, seen(25, "smtp", injection=state, injection_reason="timed_out"))
    assert found[25].outcome is outcome
    if outcome is Outcome.INCONCLUSIVE:
        assert found[25].reason is Reason.TIMED_OUT


def test_injection_says_nothing_where_it_was_not_tried() -> None:
    assert told(INJECTION, seen(3306, "mysql", injection="not_tried")) == {}


@pytest.mark.parametrize(
    ("allowed", "outcome"),
    [(True, Outcome.FAILED), (False, Outcome.PASSED), (None, Outcome.INCONCLUSIVE)],
)
def test_login_in_clear(allowed: bool | None, outcome: Outcome) -> None:
    observation = seen(143, "imap", login_in_clear=allowed, login_methods=["LOGIN"])
    assert told(LOGIN, observation)[143].outcome is outcome
    assert told("starttls.ftp.login_in_clear", observation) == {}


def test_a_login_that_nothing_told_about_keeps_the_reason() -> None:
    observation = seen(143, "imap", login_in_clear=None, reason="timed_out", starts=False)
    assert told(LOGIN, observation)[143].reason is Reason.TIMED_OUT


def test_announced_and_refused() -> None:
    refused = seen(25, "smtp", starts=False, refusal="refused", reason="tls_refused")
    assert told("starttls.broken", refused)[25].outcome is Outcome.FAILED
    assert told("starttls.broken", seen(25, "smtp"))[25].outcome is Outcome.PASSED
    busy = seen(25, "smtp", starts=False, refusal="unavailable", reason="connection_refused")
    found = told("starttls.broken", busy)[25]
    assert (found.outcome, found.reason) == (Outcome.INCONCLUSIVE, Reason.CONNECTION_REFUSED)


@pytest.mark.parametrize(
    ("state", "outcome"), [("accepted", Outcome.INCONCLUSIVE), ("inconclusive", Outcome.FAILED)]
)
def test_refused_where_tls_was_started_in_the_same_scan(state: str, outcome: Outcome) -> None:
    refused = seen(25, "smtp", starts=False, refusal="refused", reason="tls_refused")
    survey = Observation("tls.endpoint", at(25), NOON, {"protocols": {"TLS 1.2": state}})
    assert told("starttls.broken", refused, survey)[25].outcome is outcome


def test_tls_from_the_first_byte_on_ends_what_failed_before() -> None:
    found = told(LOGIN, ports([143]), service(143, "imap", tls=True), watched=(143,))
    assert (found[143].outcome, found[143].reason) == (Outcome.PASSED, Reason.NOT_OFFERED)


def test_another_protocol_ends_it_too_and_an_unknown_one_does_not() -> None:
    named = told(LOGIN, ports([143]), service(143, "ssh"), watched=(143,))
    assert named[143].outcome is Outcome.PASSED
    unknown = told(LOGIN, ports([143]), service(143, "unknown"), watched=(143,))
    assert unknown[143].outcome is Outcome.INCONCLUSIVE


def test_starttls_that_is_no_longer_offered_is_told() -> None:
    gone = seen(25, "smtp", starts=False, refusal="not_offered", injection="not_tried")
    before = [ports([25]), service(25, "smtp", starttls=False), gone]
    for check in (INJECTION, "starttls.broken"):
        assert told(check, *before, watched=(25,))[25].outcome is Outcome.NOT_APPLICABLE
        assert told(check, *before) == {}


def test_a_shut_port_takes_no_passwords() -> None:
    found = told(LOGIN, ports([22], closed="143"), watched=(143,))
    assert (found[143].outcome, found[143].reason) == (Outcome.PASSED, Reason.PORT_CLOSED)


@pytest.mark.parametrize(
    ("facts", "outcome", "reason"),
    [
        ({"starttls": True}, Outcome.INCONCLUSIVE, Reason.NO_OBSERVATION),
        ({"starttls": None}, Outcome.INCONCLUSIVE, Reason.NO_OBSERVATION),
        ({"starttls": False}, Outcome.NOT_APPLICABLE, Reason.NOT_OFFERED),
    ],
)
@pytest.mark.parametrize("name", ["smtp", "lmtp", "xmpp", "sieve"])
def test_what_a_check_of_tls_is_owed_behind_starttls(
    name: str, facts: dict[str, Any], outcome: Outcome, reason: Reason
) -> None:
    check = "tls.protocol.tls1_0"
    found = told(check, ports([25]), service(25, name, **facts), watched=(25,))
    assert (found[25].outcome, found[25].reason) == (outcome, reason)


def test_statements_and_details_fit() -> None:
    observations = [
        seen(25, "smtp", injection="proved", login_in_clear=True, login_methods=["PLAIN"]),
        seen(143, "imap", login_in_clear=True, login_methods=["LOGIN"]),
        seen(21, "ftp", login_in_clear=True),
        seen(389, "ldap", login_in_clear=True),
        seen(5222, "xmpp", login_in_clear=True),
        seen(3389, "rdp", login_in_clear=True, login_methods=["STANDARD RDP SECURITY"]),
        seen(587, "smtp", starts=False, refusal="refused"),
    ]
    checks = {name: item for name, item in load_checks().items() if name.startswith("starttls.")}
    failed = [
        item
        for item in judge(Sight(observations), (), NOON, checks)
        if item.outcome is Outcome.FAILED
    ]
    assert {item.check for item in failed} == set(checks)
    for item in failed:
        statement = checks[item.check].statement
        assert statement.id.format(**item.details) != statement.en.format(**item.details)
