"""What answers mean, and what follows from a survey: pure functions, case by case."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.base import Sight
from scanners.registry import load_checks
from scanners.tls.version import Protocol
from scanners.tls.wire import MalformedError
from scanners.weakness import padding, robot
from scanners.weakness.derived import derive
from scanners.weakness.earlier import Ssl2, ssl2_of
from scanners.weakness.early import judge_heartbeat
from scanners.weakness.ground import Ground
from scanners.weakness.reaction import Reaction
from scanners.weakness.rules import compressed_page, drown
from scanners.weakness.ticketbleed import hide_echo, judge_echo
from secaudit.core.observation import Observation
from secaudit.core.subject import Subject
from secaudit.core.vocabulary import Reason

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
HTTPS = Subject("uji", "192.0.2.7", 443)
IMAPS = Subject("uji", "192.0.2.7", 993)
CBC, GCM = "TLS_RSA_WITH_AES_128_CBC_SHA", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"


def survey(
    suites: Mapping[str, list[str]],
    subject: Subject = HTTPS,
    dh: tuple[dict[str, Any], ...] = (),
    **changes: Any,
) -> Observation:
    """A ``tls.endpoint`` observation in which all that is not accepted was refused."""
    protocols = {item.value: "accepted" if item in suites else "refused" for item in Protocol}
    data = {
        "protocols": protocols | changes.pop("states", {}),
        "reasons": {},
        "suites": suites,
        "incomplete": {},
        "key_exchange": {"dh_bits": sorted({item["bits"] for item in dh}), "dh": list(dh)},
        **changes,
    }
    return Observation("tls.endpoint", subject, NOON, data)


def states(seen: Observation, ssl2: Ssl2 | None = None) -> dict[str, tuple[str, str]]:
    found = derive(Ground(seen), ssl2 or Ssl2(False))
    return {name.value: (item.state.value, item.why) for name, item in found.items()}


def test_a_modern_survey_acquits_of_all() -> None:
    found = states(survey({"TLS 1.2": [GCM], "TLS 1.3": ["TLS_AES_128_GCM_SHA256"]}))

    assert {state for state, _ in found.values()} == {"absent"}
    assert found["logjam"] == ("absent", "no_dhe")
    assert found["drown"] == ("absent", "no_ssl2_here")


@pytest.mark.parametrize(
    ("protocol", "suite", "proved"),
    [
        ("SSL 3.0", CBC, {"poodle_ssl", "beast"}),
        ("SSL 3.0", "TLS_RSA_WITH_RC4_128_SHA", {"rc4"}),
        ("TLS 1.0", CBC, {"beast"}),
        ("TLS 1.1", CBC, set()),
        ("TLS 1.2", "TLS_RSA_WITH_3DES_EDE_CBC_SHA", {"sweet32"}),
        ("TLS 1.2", "TLS_RSA_WITH_IDEA_CBC_SHA", {"sweet32"}),
        ("TLS 1.1", "TLS_RSA_EXPORT_WITH_RC4_40_MD5", {"freak", "rc4"}),
        ("TLS 1.1", "TLS_RSA_EXPORT1024_WITH_RC4_56_SHA", {"rc4"}),
        ("TLS 1.1", "TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA", {"logjam", "sweet32"}),
        ("TLS 1.1", "TLS_DH_anon_EXPORT_WITH_RC4_40_MD5", {"logjam", "rc4"}),
    ],
)
def test_what_one_suite_proves(protocol: str, suite: str, proved: set[str]) -> None:
    found = states(survey({protocol: [suite]}))

    assert {name for name, (state, _) in found.items() if state == "proved"} == proved


DHE = {"TLS 1.2": ["TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"]}


@pytest.mark.parametrize(
    ("bits", "known", "expected"),
    [
        (512, None, ("proved", "short_prime")),
        (768, "Oakley group 1", ("proved", "short_prime")),
        (1024, "Oakley group 2", ("proved", "common_prime")),
        (1024, None, ("absent", "own_prime")),
        (2048, "ffdhe2048", ("absent", "long_prime")),
    ],
)
def test_which_primes_are_within_reach(
    bits: int, known: str | None, expected: tuple[str, str]
) -> None:
    seen = survey(DHE, dh=({"bits": bits, "known": known},))

    assert states(seen)["logjam"] == expected


def test_one_common_prime_among_others_is_enough() -> None:
    primes = ({"bits": 1024, "known": None}, {"bits": 1024, "known": "Apache"})
    seen = survey(DHE, dh=primes)

    assert states(seen)["logjam"] == ("proved", "common_prime")


def test_primes_that_were_not_seen_decide_nothing() -> None:
    assert states(survey(DHE))["logjam"][0] == "inconclusive"


def test_a_doubt_about_the_survey_acquits_nobody() -> None:
    doubtful = survey({"TLS 1.2": [GCM]}, incomplete={"TLS 1.2": "timed_out"})
    found = states(doubtful)
    assert found["rc4"][0] == found["freak"][0] == found["logjam"][0] == "inconclusive"
    assert found["beast"][0] == "absent"

    unheard = survey({"TLS 1.2": [GCM]}, states={"SSL 3.0": "inconclusive"})
    assert states(unheard)["poodle_ssl"][0] == "inconclusive"


def test_ssl2_is_read_from_the_handshake_probe() -> None:
    data = {"ssl2": True, "reasons": {}}
    spoken = ssl2_of([Observation("tls.handshake", HTTPS, NOON, data)])
    assert states(survey({"TLS 1.2": [GCM]}), spoken)["drown"] == ("proved", "ssl2_here")

    unknown = {"ssl2": None, "reasons": {"ssl2": "timed_out"}}
    assert ssl2_of([Observation("tls.handshake", HTTPS, NOON, unknown)]).reason is Reason.TIMED_OUT
    assert ssl2_of([]).spoken is None


def weak(subject: Subject, state: str) -> Observation:
    drowning = {"state": state, "why": "x", "reason": "observed", "facts": {}}
    return Observation("tls.weakness", subject, NOON, {"weaknesses": {"drown": drowning}})


def chain(subject: Subject, name: str, digest: str) -> Observation:
    named = Subject(subject.zone, subject.address, subject.port, name=name)
    return Observation("certificate.chain", named, NOON, {"chain": [{"sha256": digest}]})


def test_drown_crosses_ports_that_share_a_certificate() -> None:
    check = load_checks()["tls.drown"]
    seen = [weak(HTTPS, "absent"), weak(IMAPS, "proved")]
    apart = Sight([*seen, chain(HTTPS, "a.go.id", "1"), chain(IMAPS, "a.go.id", "2")])
    assert [item.outcome for item in drown(apart, check)] == ["passed", "failed"]

    shared = Sight([*seen, chain(HTTPS, "a.go.id", "1"), chain(IMAPS, "b.go.id", "1")])
    results = list(drown(shared, check))
    assert [item.outcome for item in results] == ["failed", "failed"]
    assert results[0].details["where"] == str(IMAPS)


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"compressed": True, "content_encoding": ["gzip"]}, "failed"),
        ({}, "passed"),
        ({"status": 301}, "inconclusive"),
        ({"status": 301, "followed": {"status": 200, "compressed": False}}, "passed"),
        (
            {
                "status": 301,
                "followed": {"status": 200, "compressed": True, "content_encoding": "br"},
            },
            "failed",
        ),
        ({"status": None, "problem": "timed_out"}, "inconclusive"),
        ({"scheme": "http", "compressed": True}, None),
    ],
)
def test_breach_is_a_condition(changes: dict[str, Any], outcome: str | None) -> None:
    data = {"scheme": "https", "status": 200, "compressed": False, "problem": None, **changes}
    sight = Sight([Observation("http.response", HTTPS, NOON, data)])
    results = list(compressed_page(sight, load_checks()["tls.breach"]))

    assert [item.outcome for item in results] == ([outcome] if outcome else [])


@pytest.mark.parametrize(
    ("content", "state"),
    [
        (b"\x02\x00\x01Z" + bytes(16), "proved"),
        (b"\x02\x00\x01Z", "proved"),
        (b"\x02\x00\x00" + bytes(16), "inconclusive"),
        (b"\x02\x00\x09Z", "inconclusive"),
        (b"\x01\x00\x01Z" + bytes(16), "inconclusive"),
        (b"\x02\x00\x01", "inconclusive"),
        (b"", "inconclusive"),
    ],
)
def test_a_heartbeat_proves_by_a_byte_never_sent(content: bytes, state: str) -> None:
    verdict = judge_heartbeat(content)

    assert verdict.state == state
    # A hash of four bytes would give the leaked one away.
    assert ("answer_sha256" in verdict.facts) == (state == "proved" and len(content) >= 20)


@given(st.binary(max_size=64))
def test_no_heartbeat_breaks_the_judge(content: bytes) -> None:
    judge_heartbeat(content)


def test_an_echo_proves_by_its_length() -> None:
    sent = bytes(range(31))
    exact, longer = judge_echo(sent, sent), judge_echo(sent, sent + b"!")

    assert exact is not None
    assert exact.state == "absent"
    assert longer is not None
    assert (longer.state, longer.facts) == ("proved", {"sent": 31, "echoed": 32})
    assert judge_echo(sent, bytes(32)) is None
    assert judge_echo(sent, b"") is None


@given(st.binary(max_size=120))
def test_hiding_an_echo_never_breaks(content: bytes) -> None:
    seen = bytearray(content)
    hide_echo(seen)

    assert len(seen) == len(content)
    hello = bytearray(b"\x16\x03\x03\x00\x60\x02\x00\x00\x5c\x03\x03" + bytes(32) + b"\x20")
    hello += b"m" * 32 + content
    hide_echo(hello)
    assert hello[44:76] == b"m" * 31 + b"\0"
    assert hello[76:] == content


def answers(**changed: str) -> dict[str, robot.Answer]:
    alike = robot.Answer(Reaction(("silent",)), Reaction(("alert 20",)))
    other = {name: robot.Answer(Reaction((event,)), None) for name, event in changed.items()}
    return {name: other.get(name, alike) for name in robot.VECTORS}


def test_answers_that_differ_must_come_again() -> None:
    telling = answers(wrong_type="alert 50")
    assert robot.judge_answers([telling] * 3).facts["strength"] == "strong"
    assert robot.judge_answers([telling, telling, answers()]).why == "answers_vary"
    assert robot.judge_answers([answers()]).state == "absent"
    weak_oracle = answers(wrong_type="alert 50", misplaced_zero="alert 50", no_zero="alert 50")
    assert robot.judge_answers([weak_oracle] * 3).facts["strength"] == "weak"


@pytest.mark.parametrize(
    ("alone", "whole", "state"),
    [
        ("reset", None, "inconclusive"),
        ("closed", None, "inconclusive"),
        ("alert 10", None, "inconclusive"),
        ("silent", "silent", "inconclusive"),
        ("silent", "reset", "absent"),
        ("silent", "alert 20", "absent"),
    ],
)
def test_what_five_like_answers_decide(alone: str, whole: str | None, state: str) -> None:
    answer = robot.Answer(Reaction((alone,)), Reaction((whole,)) if whole else None)
    alike = dict.fromkeys(robot.VECTORS, answer)

    assert robot.judge_answers([alike]).state == state


@pytest.mark.parametrize("name", robot.VECTORS)
@pytest.mark.parametrize("size", [64, 128, 256, 257, 512])
def test_each_block_is_broken_in_its_own_way(name: str, size: int) -> None:
    block = robot.premaster_block(name, size, 0x0303)
    zero = block.find(b"\0", 2)

    assert len(block) == size
    assert block[:2] == (b"\x41\x17" if name == "wrong_type" else b"\x00\x02")
    if name in ("right", "wrong_type"):
        assert (zero, block[zero + 1 : zero + 3]) == (size - 49, b"\x03\x03")
    elif name == "wrong_version":
        assert (zero, block[zero + 1 : zero + 3]) == (size - 49, b"\x02\x02")
    elif name == "misplaced_zero":
        assert zero == size - 2
    else:
        assert zero == -1


def test_a_tiny_modulus_carries_no_secret() -> None:
    with pytest.raises(MalformedError):
        robot.premaster_block("right", 48, 0x0303)


def refused(event: str = "alert 20") -> padding.Answer:
    return padding.Answer(Reaction((event,)))


def test_records_are_judged_by_their_refusals() -> None:
    went_on = padding.Answer(Reaction(("silent",)), Reaction(("alert 0",)))
    shrugged = padding.Answer(Reaction(("silent",)), Reaction(("closed",)))
    assert padding.judge_acceptance([went_on] * 3).state == "proved"
    assert padding.judge_acceptance([went_on, refused()]).why == "answers_vary"
    assert padding.judge_acceptance([refused()]).state == "absent"
    assert padding.judge_acceptance([refused("reset")]).state == "inconclusive"
    assert padding.judge_acceptance([shrugged]).reason is Reason.CONNECTION_CLOSED

    alike = dict.fromkeys(padding.VECTORS, refused())
    telling = alike | {"wrong_mac": refused("alert 21")}
    assert padding.judge_answers([alike]).state == "absent"
    assert padding.judge_answers([telling] * 3).state == "proved"
    assert padding.judge_answers([telling, alike, telling]).why == "answers_vary"
    only_poodle = alike | {padding.WRONG_PADDING: went_on}
    assert padding.judge_answers([only_poodle] * 3).state == "absent"
