"""Whole scans of what no Debian package can show: our own small servers, on usual ports."""

import ssl
from pathlib import Path

import pytest
from loopback_scans import identified, of_kind, order_for, scanned, serving
from starttls_pretenders import context, lines_server, mssql_server
from starttls_probing import seen_at

HOST = "127.0.0.3"


@pytest.mark.parametrize("encryption", [0, 1])
def test_a_scan_surveys_tls_inside_tds(encryption: int, tmp_path: Path) -> None:
    """PRELOGIN and TLS 1.2 in TDS packets, as written in MS-TDS; this is no SQL Server."""
    secured = context(tmp_path, ssl.TLSVersion.TLSv1_2)
    with serving(mssql_server(secured, encryption), HOST, 1433):
        outcomes, _, _ = scanned(order_for(HOST, "1433"))
    outcome = outcomes[HOST]
    service = of_kind(outcome, "service")[0].data
    assert (service["name"], service["tls"], service["starttls"]) == ("mssql", False, True)
    survey = of_kind(outcome, "tls.endpoint")[0].data
    assert survey["protocols"]["TLS 1.2"] == "accepted"
    assert survey["problems"] == []
    assert of_kind(outcome, "certificate.chain")[0].data["length"] == 1
    assert of_kind(outcome, "error") == []


def test_a_scan_knows_tds_8(tmp_path: Path) -> None:
    with serving(mssql_server(context(tmp_path), strict=True), HOST, 1433):
        outcomes, _, _ = scanned(order_for(HOST, "1433"))
    outcome = outcomes[HOST]
    service = of_kind(outcome, "service")[0].data
    assert (service["name"], service["tls"], service["starttls"]) == ("mssql", True, None)
    assert of_kind(outcome, "tls.endpoint")[0].data["protocols"]["TLS 1.3"] == "accepted"
    assert of_kind(outcome, "starttls.endpoint") == []


@pytest.mark.parametrize(
    ("name", "port"), [("sieve", 4190), ("nntp", 1190), ("irc", 6667), ("lmtp", 2400)]
)
def test_services_are_known_by_their_words(name: str, port: int, tmp_path: Path) -> None:
    with serving(lines_server(name, context(tmp_path), keeps=False), HOST, port):
        service, _ = identified(port, HOST)
        outcomes, _, _ = scanned(order_for(HOST, str(port)))
    assert (service.name, service.starttls, service.tls) == (name, True, False)
    outcome = outcomes[HOST]
    assert of_kind(outcome, "tls.endpoint")[0].data["protocols"]["TLS 1.3"] == "accepted"
    assert of_kind(outcome, "starttls.endpoint")[0].data["starts"] is True


def test_over_ipv6_too(tmp_path: Path) -> None:
    with serving(lines_server("smtp", context(tmp_path), keeps=True), "::1") as port:
        seen = seen_at("smtp", port, host="::1")
        outcomes, _, _ = scanned(order_for("::1", str(port)))
    assert seen["injection"] == "proved"
    found = of_kind(outcomes["::1"], "tls.endpoint")
    assert found[0].data["protocols"]["TLS 1.3"] == "accepted"
