"""Servers that really have a weakness: it is proved, and nothing else is."""

from pathlib import Path

import pytest
import weak_servers
from cryptography.hazmat.primitives.asymmetric import dh
from cryptography.hazmat.primitives.serialization import Encoding, ParameterFormat
from tls_pki import NAME, Issued, Wish, issue, rsa_key
from tls_probing import outcomes
from tls_servers import openssl_server
from weak_probing import look
from weak_servers import LONG_PRIME, SHORT_PRIME, weak_server

from scanners.weakness.settings import WeaknessSettings

TICKETS = {"ticketKeys": [bytearray(32)], "ticket_count": 1}
ASKED = {
    "heartbleed",
    "ccs_injection",
    "robot",
    "ticketbleed",
    "poodle_tls",
    "padding_oracle",
    "crime",
    "renegotiation",
}
CHECKS = {
    "heartbleed": "tls.heartbleed",
    "ccs_injection": "tls.ccs_injection",
    "robot": "tls.robot",
    "ticketbleed": "tls.ticketbleed",
    "poodle_tls": "tls.poodle_tls",
    "padding_oracle": "tls.padding_oracle",
    "renegotiation": "tls.insecure_renegotiation",
    "crime": "tls.crime",
}


@pytest.fixture(scope="module")
def issued() -> Issued:
    return issue(wish=Wish(key=rsa_key()))


@pytest.mark.parametrize(
    ("weakness", "flaw", "settings"),
    [
        ("heartbleed", weak_servers.Bleeding, {}),
        ("ccs_injection", weak_servers.EarlyChange, {}),
        ("ticketbleed", weak_servers.TicketBleeding, TICKETS),
        ("poodle_tls", weak_servers.PoodleTls, {}),
        ("padding_oracle", weak_servers.ZombiePoodle, {}),
        ("padding_oracle", weak_servers.ZeroLength, {}),
        ("renegotiation", weak_servers.Unbound, {}),
        ("crime", weak_servers.Compressing, {}),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_flaw_is_proved_and_no_other(
    issued: Issued, weakness: str, flaw: type, settings: dict[str, object]
) -> None:
    with weak_server(issued, flaw, **settings) as port:
        seen = look(port, NAME)

    assert seen.in_state("proved") & ASKED == {weakness}
    assert seen.in_state("absent") & ASKED == ASKED - {weakness}
    judged = outcomes(seen.survey, seen.observation)
    assert judged[CHECKS[weakness]] == "failed"
    others = {CHECKS[name] for name in CHECKS if name != weakness}
    assert {judged[check] for check in others} == {"passed"}


@pytest.mark.parametrize(
    ("oracle", "strength"),
    [
        ("alert", "strong"),
        ("close", "strong"),
        ("hang", "strong"),
        ("late", "strong"),
        ("weak", "weak"),
    ],
)
def test_each_kind_of_oracle_is_found(issued: Issued, oracle: str, strength: str) -> None:
    with weak_server(issued, oracle=oracle) as port:
        seen = look(port, NAME)

    found = seen.observation.data["weaknesses"]["robot"]
    assert (found["state"], found["facts"]["strength"]) == ("proved", strength)
    assert found["facts"]["rounds"] == 3
    assert outcomes(seen.survey, seen.observation)["tls.robot"] == "failed"
    assert seen.in_state("proved") & ASKED == {"robot"}


@pytest.mark.parametrize("version", [(3, 1), (3, 2)])
def test_old_versions_are_looked_at_too(issued: Issued, version: tuple[int, int]) -> None:
    limits = {"minVersion": version, "maxVersion": version}
    with weak_server(issued, weak_servers.PoodleTls, oracle="alert", **limits) as port:
        assert look(port, NAME).in_state("proved") & ASKED == {"poodle_tls", "robot"}


def test_an_oracle_that_changes_its_mind_proves_nothing(issued: Issued) -> None:
    with weak_server(issued, oracle="fickle") as port:
        seen = look(port, NAME)

    assert (seen.state("robot"), seen.why("robot")) == ("inconclusive", "answers_vary")
    assert outcomes(seen.survey, seen.observation)["tls.robot"] == "inconclusive"


def test_records_refused_without_rule_prove_nothing(issued: Issued) -> None:
    with weak_server(issued, weak_servers.FickleRecords) as port:
        seen = look(port, NAME)

    assert seen.why("padding_oracle") == "answers_vary"
    assert not seen.in_state("proved") & ASKED


def test_an_answer_without_a_byte_too_many_is_no_heartbleed(issued: Issued) -> None:
    with weak_server(issued, weak_servers.HeartbeatClamped) as port:
        seen = look(port, NAME)

    assert (seen.state("heartbleed"), seen.why("heartbleed")) == ("inconclusive", "odd_heartbeat")


def test_what_leaked_is_not_kept(issued: Issued) -> None:
    with weak_server(issued, weak_servers.Bleeding) as port:
        seen = look(port, NAME)

    facts = seen.observation.data["weaknesses"]["heartbleed"]["facts"]
    assert facts["returned"] == 1
    assert set(facts) == {"returned", "answer_bytes", "answer_sha256"}
    # The record of the answer is kept as so many zeros behind its header.
    assert b"1803030014" + b"00" * 20 in seen.evidence


@pytest.mark.parametrize(
    ("prime", "state", "outcome"),
    [
        (SHORT_PRIME, "proved", "failed"),
        (LONG_PRIME, "absent", "passed"),
    ],
    ids=["common-1024", "common-2048"],
)
def test_logjam_is_told_by_the_prime_itself(
    issued: Issued, tmp_path: Path, prime: tuple[int, int], state: str, outcome: str
) -> None:
    generator, modulus = prime
    parameters = dh.DHParameterNumbers(modulus, generator).parameters()
    file = tmp_path / "dh.pem"
    file.write_bytes(parameters.parameter_bytes(Encoding.PEM, ParameterFormat.PKCS3))
    chosen = ("-cipher", "DHE:@SECLEVEL=0", "-dhparam", str(file))
    with openssl_server(issued, tmp_path, "-no_tls1_3", *chosen) as port:
        seen = look(port, NAME, settings=WeaknessSettings(may_send=False))

    assert seen.state("logjam") == state
    assert outcomes(seen.survey, seen.observation)["tls.logjam"] == outcome
