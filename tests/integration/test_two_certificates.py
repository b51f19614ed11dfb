"""Servers with certificates of several kinds at once: all are gathered, and the worst decides."""

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from handshake_probing import handshakes
from loopback_scans import order_for, scanned
from tls_pki import NAME, Issued, Wish, authority, issue, pem, rsa_key
from tls_probing import chains, judged
from tls_servers import nginx_server

from scanners.certificate.families import KeyFamily, families_seen
from secaudit.core.observation import Observation

ROOT = authority("Akar Contoh")
ROOTS = (pem(ROOT),)
LONG_AGO = {"begin": timedelta(days=-90), "end": timedelta(days=-3)}
BOTH = {KeyFamily.RSA, KeyFamily.ECDSA}


def rsa(**wishes: object) -> Issued:
    return issue(ROOT, replace(Wish(key=rsa_key()), **wishes))  # type: ignore[arg-type]


def ecdsa(**wishes: object) -> Issued:
    key = ec.generate_private_key(ec.SECP256R1())
    return issue(ROOT, replace(Wish(key=key), **wishes))  # type: ignore[arg-type]


def seen_at(
    folder: Path, first: Issued, second: Issued, *directives: str
) -> tuple[list[Observation], list[Observation]]:
    """The observations of both kinds of handshakes, and of the chains under one name."""
    if not shutil.which("/usr/sbin/nginx"):
        pytest.skip("nginx is missing")
    chain, key = second.write(folder)
    more = (f"ssl_certificate {chain};", f"ssl_certificate_key {key};", *directives)
    with nginx_server(first, folder, *more) as port:
        found = [*handshakes(port, NAME)]
        families = families_seen(found)
        return found, chains(port, NAME, roots=ROOTS, families=families)


MODERN = (
    "ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"
    ":ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384;"
)
VERSIONS = ["TLSv1.2 TLSv1.3", "TLSv1.2", "TLSv1.3"]


@pytest.mark.parametrize("versions", VERSIONS)
def test_both_certificates_are_seen_whatever_the_version(tmp_path: Path, versions: str) -> None:
    first, second = rsa(), ecdsa()
    found, seen = seen_at(tmp_path, first, second, f"ssl_protocols {versions};", MODERN)
    assert families_seen(found) == BOTH
    assert found[0].data["connections"] <= 25

    named = [item for item in seen if item.data["asked_name"] == NAME]
    assert len(named) == 2
    assert {item.data["restricted_to"] for item in named} in ({None, "RSA"}, {None, "ECDSA"})
    assert len({item.subject for item in named}) == 1
    shown = {item.data["chain"][0]["key"]["type"] for item in named}
    assert shown == {"RSA", "EC"}


@pytest.mark.parametrize("expired", ["RSA", "EC"])
def test_the_worst_decides_and_is_named(tmp_path: Path, expired: str) -> None:
    first = rsa(**(LONG_AGO if expired == "RSA" else {}))
    second = ecdsa(**(LONG_AGO if expired == "EC" else {}))
    _, seen = seen_at(tmp_path, first, second)

    results = judged(*seen)
    found = results["cert.expired"]
    assert (found.outcome, found.details["key_type"]) == ("failed", expired)
    assert found.subject == seen[-1].subject
    assert results["cert.name_mismatch"].outcome == "passed"


def test_one_certificate_costs_no_more_connections(tmp_path: Path) -> None:
    with nginx_server(rsa(), tmp_path) as port:
        families = families_seen(handshakes(port, NAME))
        seen = chains(port, NAME, roots=ROOTS, families=families)
    assert families == {KeyFamily.RSA}
    assert [item.data["restricted_to"] for item in seen] == [None, None]
    assert "key_type" not in judged(*seen)["cert.expired"].details


def test_a_scan_gathers_both(tmp_path: Path) -> None:
    chain, key = ecdsa(**LONG_AGO).write(tmp_path)
    more = (f"ssl_certificate {chain};", f"ssl_certificate_key {key};")
    with nginx_server(rsa(), tmp_path, *more) as port:
        hosts, _, _ = scanned(order_for("127.0.0.1", str(port)))
    seen = [
        item
        for outcome in hosts.values()
        for item in outcome.observations
        if item.kind == "certificate.chain"
    ]
    assert {item.data["chain"][0]["key"]["type"] for item in seen} == {"RSA", "EC"}
    found = judged(*seen)["cert.expired"]
    assert (found.outcome, found.details["key_type"]) == ("failed", "EC")
