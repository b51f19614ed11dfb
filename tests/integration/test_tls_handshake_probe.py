"""What real servers do around a handshake, against what they were configured to do."""

import subprocess
from base64 import b64decode
from pathlib import Path

import pytest
from asn1crypto.algos import DHParameters
from asn1crypto.core import Sequence
from asn1crypto.pem import armor
from go_tls import go_server
from handshake_probing import handshakes
from tls_pki import NAME, Issued, Wish, issue, rsa_key
from tls_probing import MemoryEvidence, chains, judged, outcomes, speaks_tls
from tls_servers import (
    OPENSSL_OLD,
    nginx_server,
    openssl_server,
    python_server,
    server_context,
    tlslite_server,
)

MOZILLA_INTERMEDIATE = (
    "ssl_protocols TLSv1.2 TLSv1.3;",
    (
        "ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
        "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
        "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305;"
    ),
    "ssl_prefer_server_ciphers off;",
)
ALL_TLS1_3 = ["x25519", "secp256r1", "x448", "secp521r1", "secp384r1"]


@pytest.fixture(scope="module")
def issued() -> Issued:
    return issue(wish=Wish(key=rsa_key()))


def test_a_modern_nginx(issued: Issued, tmp_path: Path) -> None:
    cache = "ssl_session_cache shared:one:1m;"
    with nginx_server(issued, tmp_path, *MOZILLA_INTERMEDIATE, cache) as port:
        endpoint, seen = handshakes(port, NAME)
    assert endpoint.data["connections"] <= 25
    assert endpoint.data["groups"]["TLS 1.3"][:5] == ALL_TLS1_3
    assert set(endpoint.data["groups"]["TLS 1.2"]) == set(ALL_TLS1_3)
    assert endpoint.data["groups_incomplete"] == {}
    assert endpoint.data["key_exchange"]["compared"]
    assert endpoint.data["key_exchange"]["reused"] == []
    expected = {
        "secure_renegotiation": True,
        "client_renegotiation": False,
        "extended_master_secret": True,
        "compression": "none",
        "heartbeat": False,
        "downgrade_sentinel": True,
        "fallback_scsv": True,
        "fallback_alert": 86,
        "resumption_id": True,
        "resumption_ticket": True,
        "resumption_psk": True,
        "ticket_lifetime_legacy": 300,
        "ticket_lifetime_modern": 300,
        "early_data": 0,
        "alpn": ["http/1.1", "http/1.0"],
        "alpn_unknown": "refused",
        "version_intolerance": False,
        "intolerance": False,
        "ssl2": False,
        "asks_client": False,
    }
    assert {key: seen.data[key] for key in expected} == expected
    assert seen.data["unknown_name"]["same"] is True
    assert seen.data["signature_schemes"]["TLS 1.3"] == [
        "rsa_pss_rsae_sha256",
        "rsa_pss_rsae_sha384",
        "rsa_pss_rsae_sha512",
    ]
    assert seen.data["reasons"] == {"encrypt_then_mac": "no_observation"}
    verdicts = outcomes(endpoint, seen)
    failed = {name for name, outcome in verdicts.items() if outcome == "failed"}
    assert failed == {"tls.group.no_post_quantum", "tls.sni.any_name"}
    assert verdicts["tls.encrypt_then_mac"] == "not_applicable"
    assert verdicts["tls.dh.common_prime"] == "not_applicable"


def test_nginx_with_http2_and_a_strict_default_server(issued: Issued, tmp_path: Path) -> None:
    certificate, key = issued.write(tmp_path)
    directives = (
        "ssl_protocols TLSv1.2 TLSv1.3; ssl_reject_handshake on; } server {",
        "listen 127.0.0.1:PORT ssl http2;",
        f"server_name {NAME}; ssl_certificate {certificate}; ssl_certificate_key {key};",
    )
    with nginx_server(issued, tmp_path, *directives) as port:
        endpoint, seen = handshakes(port, NAME)
    assert endpoint.data["protocols"]["TLS 1.2"] == "accepted"
    assert seen.data["unknown_name"] == {"answer": "refused", "alert": 112}
    assert seen.data["without_name"] == {"answer": "refused", "alert": 112}
    assert "h2" in seen.data["alpn"]
    assert outcomes(endpoint, seen)["tls.sni.any_name"] == "passed"


def test_a_neglected_openssl_server(issued: Issued, tmp_path: Path) -> None:
    arguments = ("-cipher", OPENSSL_OLD, "-client_renegotiation", "-early_data")
    with openssl_server(issued, tmp_path, *arguments, "-alpn", "imap,h2") as port:
        endpoint, seen = handshakes(port)
    assert seen.data["client_renegotiation"] is True
    assert seen.data["encrypt_then_mac"] is True
    assert seen.data["early_data"] == 16384
    for way in ("resumption_ticket", "resumption_psk", "resumption_id"):
        assert seen.data[way] is True
    assert set(seen.data["alpn"]) == {"imap", "h2"}
    assert "rsa_pkcs1_sha1" in seen.data["signature_schemes"]["TLS 1.2"]
    primes = endpoint.data["key_exchange"]["dh"]
    assert [(item["bits"], item["known"], item["safe"]) for item in primes]
    verdicts = outcomes(endpoint, seen)
    for check in ("renegotiation.client", "early_data", "signature.sha1"):
        assert verdicts[f"tls.{check}"] == "failed"
    for check in ("renegotiation.insecure", "fallback_scsv", "encrypt_then_mac", "dh.reused"):
        assert verdicts[f"tls.{check}"] == "passed"


def dh_parameters(group: str) -> bytes:
    """A group that OpenSSL knows by name, as a file of ``p`` and ``g`` alone."""
    kind = "DHX" if "_" in group else "DH"
    command = ["openssl", "genpkey", "-genparam", "-algorithm", kind, "-pkeyopt", f"group:{group}"]
    made = subprocess.run(command, capture_output=True, check=True).stdout
    der = b64decode(b"".join(line for line in made.splitlines() if not line.startswith(b"-")))
    prime, generator = (Sequence.load(der)[index].native for index in (0, 1))
    return armor("DH PARAMETERS", DHParameters({"p": prime, "g": generator}).dump())


def test_diffie_hellman_primes_by_name(issued: Issued, tmp_path: Path) -> None:
    for group, name, outcome in (
        ("ffdhe2048", "ffdhe2048 (RFC 7919)", "passed"),
        ("dh_1024_160", "1024-bit group with 160-bit subgroup (RFC 5114)", "failed"),
    ):
        parameters = tmp_path / f"{group}.pem"
        parameters.write_bytes(dh_parameters(group))
        cipher = ("-tls1_2", "-cipher", "DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0")
        with openssl_server(issued, tmp_path, "-dhparam", str(parameters), *cipher) as port:
            endpoint, seen = handshakes(port)
        (prime,) = endpoint.data["key_exchange"]["dh"]
        assert prime["known"] == name
        assert prime["safe"] is (outcome == "passed")
        assert endpoint.data["key_exchange"]["compared"] == [f"dh {prime['bits']}"]
        verdicts = outcomes(endpoint, seen)
        assert verdicts["tls.dh.common_prime"] == verdicts["tls.dh.unsafe_prime"] == outcome
        assert verdicts["tls.dh.reused"] == "passed"


def test_without_tickets_and_with_legacy_renegotiation(issued: Issued, tmp_path: Path) -> None:
    arguments = ("-tls1_2", "-no_ticket", "-legacy_renegotiation", "-client_renegotiation")
    with openssl_server(issued, tmp_path, *arguments) as port:
        endpoint, seen = handshakes(port)
    assert seen.data["tickets_legacy"] is False
    assert seen.data["resumption_ticket"] is False
    assert seen.data["resumption_id"] is True
    assert seen.data["client_renegotiation"] is True
    assert seen.data["reasons"]["early_data"] == "not_offered"
    assert outcomes(endpoint, seen)["tls.ticket.long_lifetime"] == "not_applicable"


def test_the_order_of_the_mac_shows_with_session_ids_alone(issued: Issued, tmp_path: Path) -> None:
    ids = ("ssl_session_tickets off;", "ssl_session_cache shared:ids:1m;")
    directives = (*ids, "ssl_protocols TLSv1.2;", "ssl_ciphers ECDHE+AESGCM:AES128-SHA;")
    with nginx_server(issued, tmp_path, *directives) as port:
        endpoint, seen = handshakes(port, NAME)
    assert seen.data["tickets_legacy"] is False
    assert seen.data["resumption_id"] is True
    assert seen.data["encrypt_then_mac"] is True
    assert outcomes(endpoint, seen)["tls.encrypt_then_mac"] == "passed"


def test_a_client_certificate_that_is_demanded(issued: Issued, tmp_path: Path) -> None:
    with openssl_server(issued, tmp_path, "-Verify", "1") as port:
        endpoint, seen = handshakes(port)
    assert seen.data["asks_client"] is True
    assert seen.data["client_renegotiation"] is None
    for fact in ("early_data", "client_renegotiation", "resumption_id"):
        assert seen.data["reasons"][fact] == "client_certificate"
    verdicts = outcomes(endpoint, seen)
    assert verdicts["tls.early_data"] == verdicts["tls.renegotiation.client"] == "inconclusive"
    assert verdicts["tls.renegotiation.insecure"] == "passed"


def test_no_extended_master_secret_in_tls1_1_by_tlslite(issued: Issued) -> None:
    settings = {"minVersion": (3, 1), "maxVersion": (3, 2), "useExtendedMasterSecret": False}
    with tlslite_server(issued, **settings) as port:
        endpoint, seen = handshakes(port)
    assert seen.data["legacy_protocol"] == "TLS 1.1"
    assert seen.data["extended_master_secret"] is False
    verdict = outcomes(endpoint, seen)["tls.extended_master_secret"]
    assert verdict == "failed"


def test_a_weak_curve_by_tlslite(issued: Issued) -> None:
    settings = {"minVersion": (3, 3), "maxVersion": (3, 3), "defaultCurve": "secp256r1"}
    curves = {"eccCurves": ["secp192r1", "secp256r1"], "keyShares": ["secp256r1"]}
    curves["keyExchangeNames"] = ["ecdhe_rsa"]
    with tlslite_server(issued, **settings, **curves) as port:
        endpoint, seen = handshakes(port)
    assert endpoint.data["groups"] == {"TLS 1.2": ["secp256r1", "secp192r1"]}
    results = judged(endpoint, seen)
    assert results["tls.group.weak"].details == {"groups": "secp192r1"}


def test_post_quantum_groups_by_go(issued: Issued, tmp_path: Path) -> None:
    with go_server(issued, tmp_path, "-groups", "4588,4587,4589,29,23", "-alpn", "h2") as port:
        endpoint, seen = handshakes(port)
    assert set(endpoint.data["groups"]["TLS 1.3"]) == {
        *("X25519MLKEM768", "SecP256r1MLKEM768", "SecP384r1MLKEM1024", "x25519", "secp256r1")
    }
    assert set(endpoint.data["groups"]["TLS 1.2"]) == {"x25519", "secp256r1"}
    assert endpoint.data["connections"] <= 30
    assert seen.data["alpn"] == ["h2"]
    assert seen.data["resumption_psk"] is True
    assert seen.data["client_renegotiation"] is False
    verdicts = outcomes(endpoint, seen)
    assert verdicts["tls.group.no_post_quantum"] == "passed"
    assert verdicts["tls.ticket.long_lifetime"] == "failed"


@pytest.mark.parametrize(
    ("groups", "negotiable"),
    [
        ("P-256:P-384:X25519", ["secp256r1"]),  # the certificate's own curve before all others
        ("X25519:P-256:P-384", ["x25519", "secp256r1"]),
        ("P-384:P-256:X25519", ["secp384r1", "secp256r1"]),
    ],
)
def test_curves_beside_a_certificate_that_needs_its_own(
    tmp_path: Path, groups: str, negotiable: list[str]
) -> None:
    with openssl_server(issue(), tmp_path, "-serverpref", "-groups", groups) as port:
        endpoint, seen = handshakes(port)
    assert endpoint.data["groups"]["TLS 1.2"] == negotiable
    assert len(endpoint.data["groups"]["TLS 1.3"]) == 3
    assert endpoint.data["groups_incomplete"] == {}
    verdicts = outcomes(endpoint, seen)
    assert verdicts["tls.group.weak"] == "passed"
    assert verdicts["tls.group.no_post_quantum"] == "failed"


@pytest.mark.parametrize(
    "suites",
    [
        "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384",  # fewer suites than groups
        "AES128-SHA:ECDHE-RSA-AES128-GCM-SHA256",  # a suite without a group before those with one
        "DHE-RSA-AES128-GCM-SHA256:AES128-SHA:ECDHE-RSA-AES128-GCM-SHA256",
    ],
)
def test_all_groups_are_found_by_few_suites(issued: Issued, tmp_path: Path, suites: str) -> None:
    options = ["-serverpref", "-tls1_2", "-cipher", suites, "-groups", "P-384:X25519:P-256:P-521"]
    with openssl_server(issued, tmp_path, *options) as port:
        endpoint, seen = handshakes(port)
    assert endpoint.data["groups"] == {"TLS 1.2": ["secp384r1", "x25519", "secp256r1", "secp521r1"]}
    assert endpoint.data["groups_incomplete"] == {}
    assert endpoint.data["group_preference"] == {"TLS 1.2": "server"}
    assert len(endpoint.data["suites"]["TLS 1.2"]) == suites.count(":") + 1
    assert outcomes(endpoint, seen)["tls.group.weak"] == "passed"


def test_the_chain_is_read_where_post_quantum_groups_come_first(
    issued: Issued, tmp_path: Path
) -> None:
    with go_server(issued, tmp_path, "-groups", "4588,29,23", "-min", "772") as port:
        assert speaks_tls(port)
        (chain,) = chains(port)
    assert chain.data["problem"] is None
    assert chain.data["protocol"] == "TLS 1.3"


def test_post_quantum_alone_by_go(issued: Issued, tmp_path: Path) -> None:
    with go_server(issued, tmp_path, "-groups", "4588") as port:
        endpoint, seen = handshakes(port)
    assert endpoint.data["groups"]["TLS 1.3"] == ["X25519MLKEM768"]
    assert seen.data["resumption_psk"] is None
    assert seen.data["reasons"]["resumption_psk"] == "no_observation"


def test_ipv6(issued: Issued, tmp_path: Path) -> None:
    with python_server(server_context(issued, tmp_path), "::1") as port:
        endpoint, seen = handshakes(port, address="::1")
        assert seen.data["resumption_psk"] is True
    with go_server(issued, tmp_path, address="::1") as port:
        endpoint, seen = handshakes(port, address="::1")
    assert "X25519MLKEM768" in endpoint.data["groups"]["TLS 1.3"]
    assert str(seen.subject) == f"uji/[::1]:{port}/tcp"


def test_nothing_unusual_is_sent_where_that_is_asked(issued: Issued, tmp_path: Path) -> None:
    kept = MemoryEvidence()
    with openssl_server(issued, tmp_path, "-client_renegotiation") as port:
        endpoint, seen = handshakes(port, gentle=True, kept=kept)
    for fact in ("client_renegotiation", "version_intolerance", "ssl2"):
        assert seen.data[fact] is None
        assert seen.data["reasons"][fact] == "zone_not_permitted"
    assert seen.data["secure_renegotiation"] is True
    assert seen.data["resumption_psk"] is True
    results = judged(endpoint, seen)
    assert results["tls.renegotiation.client"].outcome == "inconclusive"
    assert results["tls.renegotiation.client"].reason == "zone_not_permitted"
    assert b"SSL 2.0" not in kept[seen.evidence[0]]
