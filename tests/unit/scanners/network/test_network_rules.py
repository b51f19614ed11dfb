import pytest
from network_sights import HOST, NOON, at, ports, results, service

from scanners.base import Sight, Watched
from scanners.network.view import described
from scanners.registry import judge, load_checks
from secaudit.core.vocabulary import Outcome, Reason

NETWORK_CHECKS = [name for name in load_checks() if name.startswith("net.")]
HTTP = {"status": 200, "location": None, "server": None}


def outcome(check: str, port: int, *observations: object) -> tuple[Outcome, Reason] | None:
    found = results(check, *observations).get(port)  # type: ignore[arg-type]
    return (found.outcome, found.reason) if found else None


def test_telnet_fails_where_it_answers_and_passes_where_its_port_is_shut() -> None:
    seen = (ports([2323], closed="21-25", filtered="80"), service(2323, "telnet"))
    assert outcome("net.telnet.exposed", 2323, *seen) == (Outcome.FAILED, Reason.OBSERVED)
    assert outcome("net.telnet.exposed", 23, *seen) == (Outcome.PASSED, Reason.PORT_CLOSED)
    assert outcome("net.telnet.exposed", 80, *seen) is None


def test_a_filtered_port_passes_with_its_own_reason() -> None:
    seen = ports([80], filtered="3306")
    assert outcome("net.mysql.exposed", 3306, seen) == (Outcome.PASSED, Reason.PORT_FILTERED)


def test_a_filtered_port_where_nothing_failed_says_nothing_of_what_is_spoken() -> None:
    assert outcome("net.ftp.cleartext", 21, ports([80], filtered="21")) is None


def test_another_service_on_the_usual_port_is_a_pass_and_an_unknown_one_is_not() -> None:
    ssh = (ports([23]), service(23, "ssh"))
    unknown = (ports([23]), service(23, "unknown"))
    unasked = ports([23])
    assert outcome("net.telnet.exposed", 23, *ssh) == (Outcome.PASSED, Reason.NOT_OFFERED)
    assert outcome("net.telnet.exposed", 23, *unknown) == (
        Outcome.INCONCLUSIVE,
        Reason.PROTOCOL_MISMATCH,
    )
    assert outcome("net.telnet.exposed", 23, unasked) == (
        Outcome.INCONCLUSIVE,
        Reason.NO_OBSERVATION,
    )


def test_a_silent_host_gives_no_result_at_all() -> None:
    assert results("net.telnet.exposed", ports(state="silent")) == {}


def test_a_port_that_was_not_probed_is_not_judged() -> None:
    assert 23 not in results("net.telnet.exposed", ports([443], closed="80"))


@pytest.mark.parametrize(
    ("starttls", "tls", "expected"),
    [
        (False, False, Outcome.FAILED),
        (True, False, Outcome.PASSED),
        (None, False, Outcome.INCONCLUSIVE),
        (None, True, Outcome.PASSED),
    ],
)
def test_cleartext_is_judged_by_tls_or_the_offer_of_it(
    starttls: bool | None, tls: bool, expected: Outcome
) -> None:
    for check, name in (
        ("net.ftp.cleartext", "ftp"),
        ("net.imap.cleartext", "imap"),
        ("net.pop3.cleartext", "pop3"),
        ("net.ldap.cleartext", "ldap"),
        ("net.smtp.no_starttls", "smtp"),
    ):
        seen = service(4000, name, starttls=starttls, tls=tls)
        found = results(check, ports([4000]), seen)[4000]
        assert found.outcome is expected


def test_a_flood_leaves_the_offer_of_tls_open() -> None:
    seen = service(143, "imap", starttls=None, problems=["limit_exceeded"])
    found = results("net.imap.cleartext", ports([143]), seen)[143]
    assert (found.outcome, found.reason) == (Outcome.INCONCLUSIVE, Reason.LIMIT_EXCEEDED)


@pytest.mark.parametrize(
    ("status", "location", "expected"),
    [
        (301, "https://data.example/", Outcome.PASSED),
        (308, "HTTPS://data.example/", Outcome.PASSED),
        (302, "http://data.example/", Outcome.FAILED),
        (302, "//data.example/", Outcome.FAILED),
        (301, None, Outcome.FAILED),
        (200, "https://data.example/", Outcome.FAILED),
        (404, None, Outcome.FAILED),
        (426, None, Outcome.PASSED),
    ],
)
def test_http_passes_only_by_leading_to_https(
    status: int, location: str | None, expected: Outcome
) -> None:
    http = {"status": status, "location": location, "server": None}
    found = results("net.http.no_redirect", ports([8080]), service(8080, "http", http=http))[8080]
    assert found.outcome is expected
    assert found.details["status"] == status


@pytest.mark.parametrize(
    ("anonymous", "problems", "expected", "reason"),
    [
        (True, [], Outcome.FAILED, Reason.OBSERVED),
        (False, [], Outcome.PASSED, Reason.OBSERVED),
        (None, ["class_not_permitted"], Outcome.INCONCLUSIVE, Reason.CLASS_NOT_PERMITTED),
        (None, [], Outcome.INCONCLUSIVE, Reason.NO_OBSERVATION),
    ],
)
def test_anonymous_access_is_judged_only_where_it_was_asked(
    anonymous: bool | None, problems: list[str], expected: Outcome, reason: Reason
) -> None:
    redis = service(6379, "redis", anonymous=anonymous, problems=problems)
    assert outcome("net.redis.no_password", 6379, ports([6379]), redis) == (expected, reason)


def test_facts_that_were_not_seen_say_nothing() -> None:
    seen = (ports([445]), service(445, "smb", facts={"signing_required": False}))
    assert results("net.smb.signing_optional", *seen)[445].outcome is Outcome.FAILED
    assert results("net.smb.v1", *seen) == {}
    rdp = (ports([3389]), service(3389, "rdp", facts={"nla_required": True}))
    assert results("net.rdp.no_nla", *rdp)[3389].outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, Outcome.FAILED),
        ({"tls": True}, Outcome.INCONCLUSIVE),
        ({"problems": ["timed_out"]}, Outcome.INCONCLUSIVE),
        ({"problems": ["tool_missing"]}, Outcome.FAILED),
    ],
)
def test_an_unknown_service_is_a_finding_unless_we_could_not_hear_it(
    facts: dict[str, object], expected: Outcome
) -> None:
    found = results("net.service.unknown", ports([4000]), service(4000, "unknown", **facts))
    assert found[4000].outcome is expected


def test_a_service_that_was_replaced_verifies_its_old_finding() -> None:
    watched = Watched("net.telnet.exposed", at(2323))
    sight = Sight((ports([2323]), service(2323, "ssh")))
    found = judge(sight, [watched], NOON)
    mine = [item for item in found if (item.check, item.subject) == (watched.check, at(2323))]
    assert [(item.outcome, item.reason) for item in mine] == [(Outcome.PASSED, Reason.NOT_OFFERED)]


@pytest.mark.parametrize("name", NETWORK_CHECKS)
def test_every_failing_result_fills_its_statement_in_both_languages(name: str) -> None:
    check = load_checks()[name]
    wanted = check.parameters.get("services", ("unknown",))
    first = wanted[0] if isinstance(wanted, tuple) else str(wanted)
    facts = {"nla_required": False, "signing_required": False, "smb1": True}
    seen = service(4000, first, starttls=False, anonymous=True, http=HTTP, facts=facts)
    found = results(name, ports([4000]), seen)[4000]
    assert found.outcome is Outcome.FAILED
    for language in ("id", "en"):
        text = check.statement.in_language(language).format(**found.details)
        assert "4000" in text
    assert found.evidence == seen.evidence
    assert found.severity is check.severity


def test_a_service_without_product_is_described_by_its_banner() -> None:
    assert described(service(21, "ftp", banner="220 siap"))["shown"] == "220 siap"
    assert described(service(21, "ftp"))["shown"] == "-"
    assert HOST.zone == "kantor"


def test_a_bad_request_says_nothing_about_a_redirect() -> None:
    bad = {"status": 400, "location": None, "server": "nginx"}
    for port in (80, 443):
        seen = (ports([port]), service(port, "http", http=bad))
        expected = (Outcome.INCONCLUSIVE, Reason.NO_OBSERVATION)
        assert outcome("net.http.no_redirect", port, *seen) == expected
