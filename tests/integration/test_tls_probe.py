"""Versions and suites of real servers, against what they were configured to speak."""

import re
import subprocess
from pathlib import Path

import pytest
from tls_pki import NAME, Issued, Wish, issue, rsa_key
from tls_probing import judged, outcomes, speaks_tls, survey
from tls_servers import (
    OPENSSL_OLD,
    nginx_server,
    openssl_server,
    python_server,
    server_context,
    tlslite_server,
)


@pytest.fixture(scope="module")
def issued() -> Issued:
    return issue(wish=Wish(key=rsa_key()))


def suites_by_openssl(port: int, version: str) -> list[str]:
    """What ``openssl s_client`` gets when it offers one suite at a time."""
    listing = subprocess.run(
        ["openssl", "ciphers", "-stdname", "-s", f"-{version}", OPENSSL_OLD],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = []
    for line in listing.splitlines():
        standard, openssl = re.match(r"(\S+)\s+-\s+(\S+)", line).groups()  # type: ignore[union-attr]
        client = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", f"-{version}"]
        offer = (
            ["-ciphersuites", openssl]
            if version == "tls1_3"
            else ["-cipher", f"{openssl}:@SECLEVEL=0"]
        )
        done = subprocess.run([*client, *offer], capture_output=True, text=True, input="Q\n")
        if done.returncode == 0 and "Cipher is (NONE)" not in done.stdout:
            found.append(standard)
    return found


NGINX_SUITES = (
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-CHACHA20-POLY1305:ECDHE-RSA-AES128-SHA:AES128-SHA"
)


def test_nginx_agrees_with_its_configuration_and_with_s_client(
    issued: Issued, tmp_path: Path
) -> None:
    directives = (
        "ssl_protocols TLSv1.2 TLSv1.3;",
        f"ssl_ciphers {NGINX_SUITES};",
        "ssl_prefer_server_ciphers on;",
    )
    with nginx_server(issued, tmp_path, *directives) as port:
        assert speaks_tls(port)
        seen = survey(port, NAME)
        for version, protocol in (("tls1_2", "TLS 1.2"), ("tls1_3", "TLS 1.3")):
            assert set(suites_by_openssl(port, version)) <= set(seen.data["suites"][protocol])
    assert seen.data["protocols"] == {
        "SSL 3.0": "refused",
        "TLS 1.0": "refused",
        "TLS 1.1": "refused",
        "TLS 1.2": "accepted",
        "TLS 1.3": "accepted",
    }
    assert seen.data["suites"]["TLS 1.2"] == [
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
        "TLS_RSA_WITH_AES_128_CBC_SHA",
    ]
    assert seen.data["preference"]["TLS 1.2"] == "server"
    assert seen.data["key_exchange"]["curves"]
    assert seen.data["problems"] == []
    assert seen.data["connections"] <= 25
    assert seen.data["asked_name"] == NAME
    verdicts = outcomes(seen)
    assert verdicts["tls.cipher.no_forward_secrecy"] == "failed"
    assert verdicts["tls.protocol.tls1_0"] == "passed"
    assert verdicts["tls.preference.client"] == "passed"
    assert verdicts["tls.dh.weak"] == "not_applicable"


def test_a_neglected_openssl_server(issued: Issued, tmp_path: Path) -> None:
    with openssl_server(issued, tmp_path, "-cipher", OPENSSL_OLD) as port:
        seen = survey(port)
        by_openssl = suites_by_openssl(port, "tls1_2")
    assert set(by_openssl) == set(seen.data["suites"]["TLS 1.2"])
    assert len(by_openssl) > 40
    assert seen.data["protocols"]["TLS 1.0"] == seen.data["protocols"]["TLS 1.1"] == "accepted"
    assert seen.data["preference"]["TLS 1.2"] == "client"
    verdicts = outcomes(seen)
    failed = {name for name, outcome in verdicts.items() if outcome == "failed"}
    assert failed == {
        "tls.protocol.tls1_0",
        "tls.protocol.tls1_1",
        "tls.cipher.null",
        "tls.cipher.anonymous",
        "tls.cipher.no_forward_secrecy",
        "tls.dh.common_prime",
        "tls.dh.weak",
        "tls.group.no_post_quantum",
        "tls.preference.client",
    }
    assert verdicts["tls.protocol.ssl3"] == "passed"
    assert set(verdicts.values()) <= {"failed", "passed", "not_applicable"}


def test_ssl3_with_rc4_and_triple_des(issued: Issued) -> None:
    old = {
        "minVersion": (3, 0),
        "maxVersion": (3, 1),
        "cipherNames": ["rc4", "3des"],
        "macNames": ["sha", "md5"],
    }
    with tlslite_server(issued, **old) as port:
        seen = survey(port)
    assert seen.data["protocols"] == {
        "SSL 3.0": "accepted",
        "TLS 1.0": "accepted",
        "TLS 1.1": "refused",
        "TLS 1.2": "refused",
        "TLS 1.3": "refused",
    }
    assert "TLS_RSA_WITH_RC4_128_MD5" in seen.data["suites"]["SSL 3.0"]
    verdicts = outcomes(seen)
    for check in ("protocol.ssl3", "protocol.no_tls1_2", "cipher.rc4", "cipher.triple_des"):
        assert verdicts[f"tls.{check}"] == "failed"
    assert verdicts["tls.cipher.cbc_only"] == "not_applicable"


def test_cbc_alone_in_tls1_2(issued: Issued, tmp_path: Path) -> None:
    suites = "ECDHE-RSA-AES128-SHA256:AES256-SHA"
    with openssl_server(issued, tmp_path, "-tls1_2", "-cipher", suites) as port:
        results = judged(survey(port))
    assert results["tls.cipher.cbc_only"].outcome == "failed"
    assert results["tls.protocol.no_tls1_3"].outcome == "failed"
    assert results["tls.protocol.no_tls1_2"].outcome == "passed"


@pytest.mark.parametrize("group", ["X25519", "P-521", "ffdhe3072"])
def test_tls1_3_alone_in_any_group(issued: Issued, tmp_path: Path, group: str) -> None:
    with openssl_server(issued, tmp_path, "-tls1_3", "-groups", group) as port:
        seen = survey(port)
    assert list(seen.data["suites"]) == ["TLS 1.3"]
    assert len(seen.data["suites"]["TLS 1.3"]) == 3
    assert len(seen.data["key_exchange"]["curves"]) == 1
    assert seen.data["connections"] <= 16
    assert outcomes(seen)["tls.cipher.cbc_only"] == "not_applicable"


def test_ipv6(issued: Issued, tmp_path: Path) -> None:
    with python_server(server_context(issued, tmp_path), "::1") as port:
        seen = survey(port, address="::1")
    assert seen.data["protocols"]["TLS 1.3"] == "accepted"
    assert str(seen.subject) == f"uji/[::1]:{port}/tcp"


def test_a_server_that_wants_a_client_certificate_or_a_name(issued: Issued, tmp_path: Path) -> None:
    with openssl_server(issued, tmp_path, "-Verify", "1") as port:
        assert survey(port).data["protocols"]["TLS 1.2"] == "accepted"
    with nginx_server(issued, tmp_path, "ssl_reject_handshake on;") as port:
        seen = survey(port)
    assert seen.data["protocols"]["TLS 1.2"] == "inconclusive"
    assert seen.data["reasons"]["TLS 1.2"] == "tls_refused"
    verdicts = outcomes(seen)
    passed = {name for name, outcome in verdicts.items() if outcome == "passed"}
    assert passed <= {"tls.protocol.ssl3", "tls.protocol.tls1_0", "tls.protocol.tls1_1"}
    assert set(verdicts.values()) <= {"inconclusive", "passed"}
