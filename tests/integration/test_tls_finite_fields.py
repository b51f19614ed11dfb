"""Servers that take the groups of RFC 7919 by name, and what they give to those who name none."""

import re
import subprocess
from pathlib import Path

import pytest
from tls_pki import NAME, Issued, Wish, issue, rsa_key
from tls_probing import judged, survey
from tls_servers import openssl_server, tlslite_server
from weak_servers import COMMON_1024

DHE_ALONE = {"keyExchangeNames": ["dhe_rsa"], "maxVersion": (3, 3)}
ALL_FINITE = ["ffdhe2048", "ffdhe3072", "ffdhe4096", "ffdhe6144", "ffdhe8192"]


@pytest.fixture(scope="module")
def issued() -> Issued:
    return issue(wish=Wish(key=rsa_key()))


def bits_for_openssl(port: int, *groups: str) -> str:
    """The temporary key that ``openssl s_client`` gets."""
    client = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-tls1_2", *groups]
    suites = ["-cipher", "DHE:@SECLEVEL=0"]
    done = subprocess.run([*client, *suites], capture_output=True, text=True, input="Q\n")
    found = re.search(r"Temp Key: (.*)", done.stdout + done.stderr)
    return found.group(1) if found else ""


def test_a_short_prime_behind_the_named_groups(issued: Issued) -> None:
    with tlslite_server(issued, dhParams=COMMON_1024, **DHE_ALONE) as port:
        assert bits_for_openssl(port, "-groups", "X25519") == "DH, 1024 bits"
        seen = survey(port, NAME)
    exchange = seen.data["key_exchange"]
    assert exchange["dh_bits"][0] == 1024
    assert exchange["dh_bits"][1] >= 2048
    assert [item["bits"] for item in exchange["dh"]] == exchange["dh_bits"]
    assert seen.data["groups"]["TLS 1.2"] == ALL_FINITE
    assert "TLS 1.2" not in seen.data["groups_incomplete"]
    results = judged(seen)
    assert results["tls.dh.weak"].outcome == "failed"
    assert results["tls.dh.weak"].details["bits"] == 1024


def test_named_groups_of_which_some_are_taken(issued: Issued) -> None:
    wanted = ["ffdhe3072", "ffdhe2048"]
    with tlslite_server(issued, dhGroups=wanted, **DHE_ALONE) as port:
        seen = survey(port, NAME)
    assert set(seen.data["groups"]["TLS 1.2"]) == set(wanted)
    assert seen.data["reasons"] == {}


def test_one_prime_for_all_is_no_named_group(issued: Issued, tmp_path: Path) -> None:
    parameters = tmp_path / "dh.pem"
    command = ["openssl", "genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:ffdhe3072"]
    subprocess.run([*command, "-out", str(parameters)], check=True, capture_output=True)
    arguments = ("-tls1_2", "-cipher", "ECDHE+AESGCM:DHE+AESGCM", "-dhparam", str(parameters))
    with openssl_server(issued, tmp_path, *arguments) as port:
        seen = survey(port, NAME)
    assert seen.data["key_exchange"]["dh_bits"] == [3072]
    assert seen.data["groups"]["TLS 1.2"]
    assert not any("ffdhe" in name for name in seen.data["groups"]["TLS 1.2"])
    assert seen.data["problems"] == []
