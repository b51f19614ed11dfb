"""Sound servers: whatever can be asked is absent, at few connections, and nothing is guessed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from go_tls import go_server
from tls_pki import NAME, Issued, Wish, issue, rsa_key
from tls_probing import outcomes
from tls_servers import (
    OPENSSL_OLD,
    nginx_server,
    openssl_server,
    python_server,
    server_context,
    tlslite_server,
)
from weak_probing import look
from weak_servers import Sound, weak_server

from scanners.weakness.settings import WeaknessSettings

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
MODERN = (
    "ssl_protocols TLSv1.2 TLSv1.3;",
    "ssl_ciphers ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384;",
)


@pytest.fixture(scope="module")
def issued() -> Issued:
    return issue(wish=Wish(key=rsa_key()))


@contextmanager
def serving(kind: str, issued: Issued, folder: Path) -> Iterator[int]:
    """One of the sound servers, with suites as old as it has them."""
    old = ("-cipher", OPENSSL_OLD)
    servers = {
        "nginx": lambda: nginx_server(issued, folder),
        "openssl": lambda: openssl_server(issued, folder, *old),
        "openssl-old": lambda: openssl_server(issued, folder, "-www", *old, "-tls1"),
        "openssl-no-tickets": lambda: openssl_server(issued, folder, "-no_ticket", *old),
        "openssl-client-certificate": lambda: openssl_server(issued, folder, "-verify", "1", *old),
        "python": lambda: python_server(server_context(issued, folder)),
        "go": lambda: go_server(issued, folder),
        "tlslite": lambda: weak_server(issued, Sound),
        "tlslite-tickets": lambda: weak_server(
            issued, Sound, ticketKeys=[bytearray(32)], ticket_count=1
        ),
    }
    with servers[kind]() as port:
        yield port


@pytest.mark.parametrize(
    "kind",
    [
        "nginx",
        "openssl",
        "openssl-old",
        "openssl-no-tickets",
        "openssl-client-certificate",
        "python",
        "go",
        "tlslite",
        "tlslite-tickets",
    ],
)
def test_everything_is_absent_at_a_sound_server(kind: str, issued: Issued, tmp_path: Path) -> None:
    with serving(kind, issued, tmp_path) as port:
        seen = look(port, NAME)

    assert seen.in_state("absent") & ASKED == ASKED, seen.observation.data["weaknesses"]
    assert seen.connections <= 13
    judged = outcomes(seen.survey, seen.observation)
    for check in ("tls.heartbleed", "tls.ccs_injection", "tls.robot", "tls.ticketbleed"):
        assert judged[check] == "passed"


def test_a_modern_server_costs_three_connections(issued: Issued, tmp_path: Path) -> None:
    with nginx_server(issued, tmp_path, *MODERN) as port:
        seen = look(port, NAME)

    assert seen.connections == 3
    assert seen.in_state("proved") == set()
    assert seen.in_state("absent") >= ASKED
    assert seen.why("robot") == "no_rsa_key_exchange"
    assert seen.why("padding_oracle") == "no_cbc"
    assert seen.why("ticketbleed") == "echo_exact"


def test_tls1_3_alone_costs_nothing(issued: Issued, tmp_path: Path) -> None:
    with nginx_server(issued, tmp_path, "ssl_protocols TLSv1.3;") as port:
        seen = look(port, NAME)

    assert seen.connections == 0
    assert seen.in_state("absent") >= ASKED
    assert seen.why("heartbleed") == "only_tls1_3"
    assert seen.evidence == b""
    assert set(seen.observation.evidence) == set(seen.survey.evidence)


def test_what_follows_from_the_survey_is_told_without_asking(issued: Issued) -> None:
    settings = {"minVersion": (3, 0), "maxVersion": (3, 2)}
    names = {"cipherNames": ["rc4", "3des", "aes128"], "macNames": ["sha", "md5"]}
    with tlslite_server(issued, **settings, **names) as port:
        seen = look(port, NAME, settings=WeaknessSettings(may_send=False))

    assert seen.connections == 0
    assert seen.in_state("proved") == {"poodle_ssl", "sweet32", "rc4", "beast"}
    assert seen.in_state("inconclusive") == {*ASKED, "drown"}
    found = seen.observation.data["weaknesses"]
    assert {found[name]["reason"] for name in ASKED} == {"class_not_permitted"}
    judged = outcomes(seen.survey, seen.observation)
    assert judged["tls.poodle"] == judged["tls.beast"] == "failed"
    assert judged["tls.freak"] == "passed"
    assert judged["tls.robot"] == judged["tls.drown"] == "inconclusive"
