"""Chains of real servers, and what the checks make of each fault."""

import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID
from tls_pki import NAME, Issued, Wish, authority, issue, pem, rsa_key
from tls_probing import chains, judged, outcomes
from tls_servers import nginx_server, openssl_server, python_server, server_context

from scanners.certificate.trust import MOZILLA, Roots, TrustStores

ROOT = authority("Akar Kota Contoh")
ISSUING = authority("Penerbit Kota Contoh", ROOT)
ROOTS = (pem(ROOT),)
NOT_FOR_A_PLAIN_CHAIN = (
    *("lifetime_too_long", "client_auth", "key_not_permitted", "ct_policy", "ct_invalid"),
    *("revoked", "revocation_unsound", "ocsp_invalid", "must_staple"),
)
"""What is about public roots, and about what this chain does not have."""


def failures(port: int, *names: str, **options: object) -> set[str]:
    """Ids of the failed checks of the one judged chain, without their ``cert.``."""
    seen = chains(port, *(names or (NAME,)), roots=ROOTS, **options)  # type: ignore[arg-type]
    found = outcomes(*seen)
    assert "error" not in found.values()
    return {name.removeprefix("cert.") for name, outcome in found.items() if outcome == "failed"}


def served(issued: Issued, folder: Path, *names: str, **options: object) -> set[str]:
    with python_server(server_context(issued, folder)) as port:
        return failures(port, *names, **options)


def leaf(**wishes: object) -> Issued:
    return issue(ISSUING, replace(Wish(), **wishes)).sending(ISSUING)  # type: ignore[arg-type]


def test_a_good_chain_passes_everything(tmp_path: Path) -> None:
    with python_server(server_context(leaf(), tmp_path)) as port:
        nameless, seen = chains(port, NAME, roots=ROOTS)
        assert outcomes(nameless)["cert.name_mismatch"] == "not_applicable"
    found = outcomes(nameless, seen)
    beside = {name for name, outcome in found.items() if outcome != "passed"}
    assert beside == {f"cert.{name}" for name in NOT_FOR_A_PLAIN_CHAIN}
    assert {found[name] for name in beside} == {"not_applicable"}
    assert str(seen.subject).endswith(f"#{NAME}")
    assert seen.data["verification"]["workspace"] == {"trusted": True, "problem": None}
    assert seen.data["ordered"]
    assert seen.data["complete"]
    assert [fact["subject"] for fact in seen.data["chain"]] == [
        f"CN={NAME}",
        "CN=Penerbit Kota Contoh",
    ]


@pytest.mark.parametrize(
    ("wish", "failed"),
    [
        ({"begin": timedelta(days=-90), "end": timedelta(days=-1)}, {"expired"}),
        ({"begin": timedelta(days=2)}, {"not_yet_valid"}),
        ({"begin": timedelta(days=-80), "end": timedelta(days=10)}, {"expiring"}),
        ({"begin": timedelta(days=-800), "end": timedelta(days=29)}, {"expiring"}),
        ({"begin": timedelta(days=-800), "end": timedelta(days=31)}, set()),
        ({"begin": timedelta(days=-4), "end": timedelta(days=2)}, set()),
        ({"names": ("lain.contoh.go.id",)}, {"name_mismatch", "name_in_cn_only"}),
        ({"names": ("*.contoh.go.id",)}, set()),
        ({"names": ("*.go.id",)}, {"name_mismatch", "name_in_cn_only"}),
        ({"names": None}, {"missing_san"}),
        ({"names": None, "name": "lain"}, {"missing_san", "name_mismatch"}),
        ({"usage": (ExtendedKeyUsageOID.CLIENT_AUTH,)}, {"not_for_server_auth"}),
        ({"usage": None}, set()),
        ({"key": rsa_key(1024)}, {"weak_key"}),
    ],
)
def test_one_fault_is_one_finding(
    tmp_path: Path, wish: dict[str, object], failed: set[str]
) -> None:
    assert served(leaf(**wish), tmp_path) == failed


def test_self_signed_is_not_also_untrusted(tmp_path: Path) -> None:
    own = issue()
    with python_server(server_context(own, tmp_path)) as port:
        found = outcomes(*chains(port, NAME))
        assert found["cert.self_signed"] == "failed"
        assert found["cert.untrusted"] == "not_applicable"
        assert found["cert.chain_incomplete"] == "passed"
        pinned = outcomes(*chains(port, NAME, roots=(pem(own),)))
    assert pinned["cert.self_signed"] == pinned["cert.untrusted"] == "passed"


def test_unknown_root_missing_and_misplaced_intermediates(tmp_path: Path) -> None:
    stranger = authority("Akar Lain")
    alien = issue(stranger).sending(stranger)
    assert served(alien, tmp_path) == {"untrusted"}
    alone = issue(ISSUING)
    assert served(alone, tmp_path) == {"untrusted"}
    published = issue(ISSUING, Wish(published="http://pki.kota-contoh.example/antara.cer"))
    assert served(published, tmp_path) == {"untrusted", "chain_incomplete"}
    private = issue(authority("Penerbit Dalam", authority("Akar Dalam")))
    with python_server(server_context(private, tmp_path)) as port:
        assert outcomes(*chains(port, NAME))["cert.chain_incomplete"] == "inconclusive"
    backwards = issue(ISSUING).sending(ROOT, ISSUING)
    assert served(backwards, tmp_path) == {"chain_order"}
    with_root = issue(ISSUING).sending(ISSUING, ROOT)
    assert served(with_root, tmp_path) == set()
    with_extra = issue(ISSUING).sending(ISSUING, stranger)
    assert served(with_extra, tmp_path) == set()


def test_a_leaf_cannot_issue(tmp_path: Path) -> None:
    middle = leaf(name="bukan penerbit")
    failed = served(issue(middle).sending(middle, ISSUING), tmp_path)
    assert failed == {"untrusted", "issuer_unfit"}


def test_an_expired_intermediate_is_untrusted(tmp_path: Path) -> None:
    wish = Wish("Penerbit Lama", None, timedelta(days=-50), timedelta(days=-2), ca=True)
    old = issue(ROOT, wish)
    assert served(issue(old).sending(old), tmp_path) == {"untrusted"}


def test_an_address_as_the_name(tmp_path: Path) -> None:
    own = leaf(name="alamat", names=("127.0.0.1",))
    assert served(own, tmp_path, "127.0.0.1") == set()
    assert served(leaf(), tmp_path, "127.0.0.1") == {"name_mismatch"}


@pytest.mark.parametrize("version", [("-x509v1",), ()])
def test_sha1_in_certificates_of_version_1_and_3(tmp_path: Path, version: tuple[str, ...]) -> None:
    key, certificate = tmp_path / "own.key", tmp_path / "own.pem"
    request = ["openssl", "req", "-x509", "-sha1", "-newkey", "rsa:2048", "-nodes"]
    files = ["-keyout", str(key), "-out", str(certificate), "-subj", f"/CN={NAME}"]
    extensions = [] if version else ["-addext", f"subjectAltName=DNS:{NAME}"]
    configuration = tmp_path / "openssl.cnf"
    configuration.write_text("[req]\ndistinguished_name = dn\n[dn]\n")
    plain = ["-config", str(configuration), "-days", "90", *extensions]
    subprocess.run([*request, *files, *plain], check=True, capture_output=True)
    own = Issued(
        load_pem_private_key(key.read_bytes(), None),  # type: ignore[arg-type]
        x509.load_pem_x509_certificate(certificate.read_bytes()),
    )
    with openssl_server(own, tmp_path, "-cipher", "ALL:@SECLEVEL=0") as port:
        found = failures(port)
    assert found == {"weak_signature", "self_signed"} | ({"missing_san"} if version else set())


CCM_8 = "TLS_AES_128_CCM_8_SHA256"


@pytest.mark.parametrize(
    "arguments",
    [
        ("-tls1_3", "-ciphersuites", "TLS_AES_128_GCM_SHA256"),
        ("-tls1_3", "-ciphersuites", "TLS_AES_256_GCM_SHA384", "-groups", "P-384"),
        ("-tls1_3", "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256", "-groups", "X448"),
        ("-tls1_3", "-ciphersuites", "TLS_AES_128_CCM_SHA256", "-groups", "P-521"),
        # OpenSSL 3.5 takes the short tag of CCM_8 for too weak, unless it is told otherwise.
        ("-tls1_3", "-ciphersuites", CCM_8, "-cipher", "DEFAULT:@SECLEVEL=0", "-Verify", "1"),
        ("-tls1_2", "-Verify", "1"),
        ("-tls1", "-cipher", "ALL:@SECLEVEL=0"),
    ],
)
def test_every_version_and_suite_shows_the_same_chain(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    issued = issue(ISSUING, Wish(key=rsa_key())).sending(ISSUING)
    with openssl_server(issued, tmp_path, *arguments) as port:
        (seen,) = chains(port, roots=ROOTS)
    assert [fact["sha256"] for fact in seen.data["chain"]] == [
        item.fingerprint(SHA256()).hex() for item in issued.chain
    ]
    assert seen.data["asks_client"] is ("-Verify" in arguments)


def test_facts_agree_with_s_client(tmp_path: Path) -> None:
    with nginx_server(leaf(), tmp_path) as port:
        seen = chains(port, NAME, roots=ROOTS)[1]
        said = subprocess.run(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", NAME],
            capture_output=True,
            input=b"Q\n",
        ).stdout
    listing = ["openssl", "x509", "-noout", "-fingerprint", "-sha256", "-serial", "-enddate"]
    shown = subprocess.run(listing, input=said, capture_output=True, check=True).stdout.decode()
    facts = seen.data["chain"][0]
    lines = dict(line.split("=", 1) for line in shown.splitlines())
    assert lines["sha256 Fingerprint"].replace(":", "").lower() == facts["sha256"]
    assert int(lines["serial"], 16) == int(facts["serial"], 16)
    ends = datetime.strptime(lines["notAfter"], "%b %d %H:%M:%S %Y GMT").replace(tzinfo=UTC)
    assert ends == datetime.fromisoformat(facts["not_after"])


def test_names_choose_certificates_and_a_refused_name_is_inconclusive(tmp_path: Path) -> None:
    with nginx_server(leaf(), tmp_path, "ssl_reject_handshake on;") as port:
        seen = chains(port, NAME)
        assert [item.data["alert"] for item in seen] == [112, 112]
        assert set(outcomes(*seen).values()) == {"inconclusive"}


def test_public_lifetimes_follow_the_date_of_issue(tmp_path: Path) -> None:
    public = TrustStores((Roots(MOZILLA, (ROOT.certificate,)),))

    def verdict(issued_on: datetime, days: int) -> str:
        wish = {"now": issued_on, "begin": timedelta(0), "end": timedelta(days=days, seconds=-1)}
        with python_server(server_context(leaf(**wish), tmp_path)) as port:
            seen = chains(port, NAME, trust=public, at=issued_on + timedelta(days=1))
        return outcomes(*seen)["cert.lifetime_too_long"]

    assert verdict(datetime(2026, 3, 14, 12, tzinfo=UTC), 398) == "passed"
    assert verdict(datetime(2026, 3, 15, tzinfo=UTC), 200) == "passed"
    assert verdict(datetime(2026, 3, 15, tzinfo=UTC), 201) == "failed"
    assert verdict(datetime(2027, 3, 15, tzinfo=UTC), 101) == "failed"
    assert verdict(datetime(2029, 3, 15, tzinfo=UTC), 47) == "passed"


def test_a_long_chain_is_read_and_bounded(tmp_path: Path) -> None:
    issued = issue(ISSUING).sending(ISSUING, *[ROOT] * 90)
    with python_server(server_context(issued, tmp_path)) as port:
        seen = chains(port, NAME, roots=ROOTS)[1]
    assert seen.data["length"] == 92
    assert len(seen.data["chain"]) == 50
    assert judged(seen)["cert.untrusted"].outcome == "passed"
