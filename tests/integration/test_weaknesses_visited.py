"""Weaknesses in a scan: after the survey, within the letter, and behind STARTTLS too."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from loopback_scans import of_kind, order_for, scanned
from tls_pki import Issued, Wish, issue, rsa_key
from tls_probing import MemoryEvidence, endpoint_at, free_dialer, survey
from tls_servers import nginx_server, raw_server
from weak_servers import BaseTLSException, Bleeding, prepared, weak_server

from scanners.base import Sight
from scanners.certificate.trust import TrustStores
from scanners.network.services.facts import Service
from scanners.registry import judge
from scanners.visits import VISITORS, Visit
from secaudit.core.network import Address
from secaudit.core.observation import Observation
from secaudit.core.vocabulary import ProbeClass, ZoneKind


@pytest.fixture(scope="module")
def issued() -> Issued:
    return issue(wish=Wish(key=rsa_key()))


class Forbidden:
    """A dialer that nobody may use."""

    async def connect(self, address: Address, port: int, probe_class: ProbeClass) -> None:
        raise AssertionError("something was sent")


def visited(surveyed: Observation, port: int, kind: ZoneKind, *permitted: ProbeClass) -> dict:
    order = order_for("127.0.0.1", str(port), zone_kind=kind)
    classes = order.authorisation.probe_classes | set(permitted)
    order = replace(order, authorisation=replace(order.authorisation, probe_classes=classes))
    silent = kind is ZoneKind.OT and not permitted
    dialer = Forbidden() if silent else free_dialer()
    visit = Visit(
        order,
        endpoint_at(port),
        Service(tls=True),
        dialer,
        dialer,
        MemoryEvidence(),
        TrustStores.of(()),
        (surveyed,),
    )
    visitor = next(item for item in VISITORS if item.name == "weakness")
    assert visitor.wants(Service(tls=True))
    assert not visitor.wants(Service(name="http"))
    return asyncio.run(visitor.look(visit))[0].data


def test_operational_technology_is_left_in_peace_unless_the_letter_permits_it(
    issued: Issued,
) -> None:
    with weak_server(issued, Bleeding, cipherNames=["aes128gcm"]) as port:
        surveyed = survey(port)
        peaceful = visited(surveyed, port, ZoneKind.OT)
        permitted = visited(surveyed, port, ZoneKind.OT, ProbeClass.OT)
        usual = visited(surveyed, port, ZoneKind.IT)

    assert peaceful["connections"] == 0
    assert peaceful["weaknesses"]["heartbleed"]["why"] == "not_asked"
    assert peaceful["problems"] == ["class_not_permitted", "no_observation"]
    assert permitted["weaknesses"]["heartbleed"]["state"] == "proved"
    assert usual["weaknesses"]["heartbleed"]["state"] == "proved"


@contextmanager
def bleeding_mail_server(issued: Issued, address: str) -> Iterator[int]:
    """SMTP whose STARTTLS leads to a server with Heartbleed."""

    def talk(connection: socket.socket) -> None:
        connection.sendall(b"220 surat.kota-contoh.example ESMTP\r\n")
        while line := connection.recv(512):
            if line.upper().startswith(b"STARTTLS"):
                connection.sendall(b"220 go ahead\r\n")
                server, arguments = prepared(connection, issued, Bleeding)
                with suppress(BaseTLSException):
                    server.handshakeServer(**arguments)
                    while server.read(max=256):
                        pass
                return
            answers = {b"EHLO": b"250-kota\r\n250 STARTTLS\r\n", b"QUIT": b"221 bye\r\n"}
            connection.sendall(answers.get(line[:4].upper(), b"250 ok\r\n"))

    with raw_server(talk, address) as port:
        yield port


def test_a_weakness_behind_starttls_is_found_in_a_whole_scan(issued: Issued) -> None:
    with bleeding_mail_server(issued, "127.0.0.61") as port:
        outcomes, _, _ = scanned(order_for("127.0.0.61", str(port)))

    outcome = outcomes["127.0.0.61"]
    seen = of_kind(outcome, "tls.weakness")
    assert len(seen) == 1
    assert seen[0].data["weaknesses"]["heartbleed"]["state"] == "proved"
    results = judge(Sight(outcome.observations), (), datetime.now(UTC))
    found = {item.check: item for item in results}
    assert found["tls.heartbleed"].outcome == "failed"
    assert found["tls.drown"].outcome == "passed"
    assert found["tls.heartbleed"].evidence


@pytest.mark.parametrize(
    ("directives", "outcome"),
    [(("gzip on;", "gzip_min_length 1;"), "failed"), (("gzip off;",), "passed")],
    ids=["gzip", "plain"],
)
def test_a_compressed_page_is_the_condition_of_breach(
    issued: Issued, tmp_path: Path, directives: tuple[str, ...], outcome: str
) -> None:
    page = "default_type text/html; return 200 '<p>Pemerintah Kota Contoh, layanan warga.</p>';"
    modern = ("ssl_protocols TLSv1.3;", f"location / {{ {page} }}")
    with nginx_server(issued, tmp_path, *modern, *directives) as port:
        outcomes, _, _ = scanned(order_for("127.0.0.1", str(port)))

    results = judge(Sight(outcomes["127.0.0.1"].observations), (), datetime.now(UTC))
    found = {item.check: item for item in results}
    assert found["tls.breach"].outcome == outcome
    assert found["tls.breach"].severity == "info"
    assert found["tls.crime"].outcome == found["tls.robot"].outcome == "passed"
    if outcome == "failed":
        assert found["tls.breach"].details["encoding"] == "gzip"
