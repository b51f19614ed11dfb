"""OCSP responses and CRLs, right ones and ones that are each wrong in one way; and any bytes."""

import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st
from tls_pki import Issued, Wish, authority, issue, pem, rsa_key
from tls_status import (
    DAY,
    Answer,
    now,
    ocsp_response,
    refusal,
    responder,
    revocation_list,
)

from scanners.certificate.crl import crl_facts
from scanners.certificate.ocsp import LARGEST, ocsp_facts, single_timestamps
from scanners.certificate.revocation import fault_of
from secaudit.core.canonical import canonical_json

ISSUER = authority("Penerbit Kota Contoh")
STRANGER = authority("Penerbit Lain")
LEAF = issue(ISSUER)
GOOD = ocsp_response(LEAF, ISSUER)
CRL = revocation_list(ISSUER)
CRL_AT = "http://crl.kota-contoh.example/penerbit.crl"


def read(der: bytes, leaf: Issued = LEAF, issuer: Issued = ISSUER) -> dict[str, object]:
    facts = ocsp_facts(der, leaf.certificate, (issuer.certificate,), now())
    canonical_json(facts)
    return facts


def fault(answer: Answer, leaf: Issued = LEAF) -> str | None:
    return fault_of(read(ocsp_response(leaf, ISSUER, answer)), now())


RSA_ISSUER = issue(
    None, Wish("Penerbit RSA", None, end=timedelta(days=900), ca=True, key=rsa_key())
)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(), None),
        (Answer(by_name=False), None),
        (Answer(certid=hashes.SHA256()), None),
        (Answer(end=None), None),
        (Answer(ocsp.OCSPCertStatus.REVOKED), None),
        (Answer(signer=responder(ISSUER)), None),
        (Answer(signer=responder(ISSUER), by_name=False), None),
        (Answer(begin=-9 * DAY, end=-2 * DAY), "stale"),
        (Answer(begin=2 * DAY), "not_yet"),
        (Answer(signer=STRANGER), "unauthorised"),
        (Answer(signer=responder(STRANGER)), "unauthorised"),
        (
            Answer(signer=responder(ISSUER, usage=(ExtendedKeyUsageOID.SERVER_AUTH,))),
            "unauthorised",
        ),
        (Answer(signer=responder(ISSUER, usage=None)), "unauthorised"),
        (Answer(signer=responder(ISSUER, begin=-9 * DAY, end=-DAY)), "unauthorised"),
    ],
)
def test_who_signed_and_when(answer: Answer, expected: str | None) -> None:
    assert fault(answer) == expected


def test_what_a_good_response_says() -> None:
    facts = read(GOOD)
    assert facts["status"] == "good"
    assert facts["signer"] == "issuer"
    assert facts["signature"] == "valid"
    assert facts["hash"] == "sha256"
    revoked = read(ocsp_response(LEAF, ISSUER, Answer(ocsp.OCSPCertStatus.REVOKED)))
    assert revoked["status"] == "revoked"
    assert revoked["revocation_reason"] == "keyCompromise"
    assert str(revoked["revoked_at"]).endswith("Z")
    delegate = read(ocsp_response(LEAF, ISSUER, Answer(signer=responder(ISSUER))))
    assert delegate["signer"] == "delegate"
    unknown = read(ocsp_response(LEAF, ISSUER, Answer(ocsp.OCSPCertStatus.UNKNOWN)))
    assert unknown["status"] == "unknown"


def test_a_response_about_another_certificate() -> None:
    assert fault_of(read(ocsp_response(issue(ISSUER), ISSUER)), now()) == "other_certificate"
    # The same serial number below another issuer is another certificate.
    twin = read(ocsp_response(LEAF, STRANGER, Answer(signer=responder(ISSUER))))
    assert twin["concerns_certificate"] is False


def test_a_changed_response_and_a_refusal() -> None:
    assert fault_of(read(GOOD[:-5] + bytes([GOOD[-5] ^ 1]) + GOOD[-4:]), now()) in (
        "signature",
        "malformed",
    )
    refused = read(refusal(ocsp.OCSPResponseStatus.TRY_LATER))
    assert fault_of(refused, now()) == "try_later"
    assert fault_of(read(b""), now()) == "malformed"
    assert fault_of(read(GOOD + bytes(LARGEST)), now()) == "malformed"
    assert read(b"\x30\x80" * 60_000)["malformed"]


def test_signatures_by_rsa_are_verified() -> None:
    leaf = issue(RSA_ISSUER)
    facts = ocsp_facts(
        ocsp_response(leaf, RSA_ISSUER), leaf.certificate, (RSA_ISSUER.certificate,), now()
    )
    assert (facts["signature"], facts["hash"]) == ("valid", "sha256")


def test_without_an_issuer_nothing_is_verified() -> None:
    facts = ocsp_facts(GOOD, LEAF.certificate, (), now())
    assert fault_of(facts, now()) == "unverifiable"
    assert facts["status"] == "good"


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255), st.integers(0, len(GOOD)))
def test_a_damaged_response_never_counts_as_another_answer(at: int, change: int, end: int) -> None:
    damaged = bytearray(GOOD)
    damaged[at] ^= change
    for der in (bytes(damaged), GOOD[:end], GOOD + bytes(damaged[:end])):
        facts = read(der)
        single_timestamps(der)
        if fault_of(facts, now()) is None:
            assert facts["status"] == "good"


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read(content: bytes) -> None:
    assert read(content)["malformed"] or read(content)["response_status"] != "successful"
    assert crl_facts(content, LEAF.certificate, (ISSUER.certificate,))["malformed"]


def of_crl(der: bytes, leaf: Issued = LEAF, at: str = CRL_AT) -> dict[str, object]:
    facts = crl_facts(der, leaf.certificate, (ISSUER.certificate,), at)
    canonical_json(facts)
    return facts


def point(**fields: object) -> list[tuple[x509.ExtensionType, bool]]:
    usual: dict[str, object] = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return [(x509.IssuingDistributionPoint(**(usual | fields)), True)]  # type: ignore[arg-type]


HERE = [x509.UniformResourceIdentifier(CRL_AT)]
ELSEWHERE = [x509.UniformResourceIdentifier("http://crl.kota-contoh.example/lain.crl")]
DELTA = [(x509.DeltaCRLIndicator(1), True)]
ODD = [(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.7"), b"\x05\0"), True)]


@pytest.mark.parametrize(
    ("der", "expected", "scope"),
    [
        (CRL, None, None),
        (revocation_list(ISSUER, extra=point(full_name=HERE)), None, None),
        (revocation_list(ISSUER, extra=point(only_contains_user_certs=True)), None, None),
        (revocation_list(ISSUER, begin=-9 * DAY, end=-DAY), "stale", None),
        (revocation_list(ISSUER, begin=2 * DAY), "not_yet", None),
        (revocation_list(ISSUER, signer=STRANGER), "signature", None),
        (revocation_list(STRANGER, signer=ISSUER), "other_certificate", "another_issuer"),
        (revocation_list(ISSUER, extra=DELTA), "other_certificate", "delta"),
        (revocation_list(ISSUER, extra=ODD), "other_certificate", "unknown_critical_extension"),
        (
            revocation_list(ISSUER, extra=point(full_name=ELSEWHERE)),
            "other_certificate",
            "another_distribution_point",
        ),
        (
            revocation_list(ISSUER, extra=point(only_contains_ca_certs=True)),
            "other_certificate",
            "other_certificates",
        ),
        (
            revocation_list(ISSUER, extra=point(indirect_crl=True)),
            "other_certificate",
            "indirect",
        ),
    ],
)
def test_crls(der: bytes, expected: str | None, scope: str | None) -> None:
    facts = of_crl(der)
    assert fault_of(facts, now()) == expected
    assert facts["scope_problem"] == scope


def test_entries_of_a_crl() -> None:
    assert of_crl(CRL)["status"] == "good"
    revoked = of_crl(revocation_list(ISSUER, [issue(ISSUER), LEAF]))
    assert revoked["status"] == "revoked"
    assert revoked["revocation_reason"] == "keyCompromise"
    removed = revocation_list(ISSUER, [LEAF], reason=x509.ReasonFlags.remove_from_crl)
    assert of_crl(removed)["status"] == "good"
    text = x509.load_der_x509_crl(CRL).public_bytes(Encoding.PEM)
    assert of_crl(text)["status"] == "good"


def test_a_ca_that_may_not_sign_crls() -> None:
    plain = replace(Wish("Penerbit tanpa cRLSign", None, ca=True), ca_usage=False)
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    issuer = issue(None, replace(plain, extra=((usage, True),)))
    leaf = issue(issuer)
    facts = crl_facts(revocation_list(issuer), leaf.certificate, (issuer.certificate,), CRL_AT)
    assert facts["signature"] == "invalid"


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(CRL) - 1), st.integers(1, 255), st.integers(0, len(CRL)))
def test_a_damaged_crl_is_never_relied_on(at: int, change: int, end: int) -> None:
    damaged = bytearray(CRL)
    damaged[at] ^= change
    for der in (bytes(damaged), CRL[:end]):
        facts = of_crl(der)
        if der != CRL:
            assert fault_of(facts, now()) is not None or facts["status"] == "good"


def openssl(*arguments: str) -> str:
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Answer(), "good"),
        (Answer(ocsp.OCSPCertStatus.REVOKED), "revoked"),
        (Answer(signer=responder(ISSUER)), "good"),
        (Answer(begin=-9 * DAY, end=-2 * DAY), None),
        (Answer(signer=responder(STRANGER)), None),
        (Answer(signer=responder(ISSUER, usage=None)), None),
        (Answer(signer=responder(ISSUER, begin=-9 * DAY, end=-DAY)), None),
    ],
)
def test_openssl_ocsp_agrees(tmp_path: Path, answer: Answer, says: str | None) -> None:
    der = ocsp_response(LEAF, ISSUER, answer)
    files = {"leaf.pem": pem(LEAF), "ca.pem": pem(ISSUER), "answer.der": der}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    leaf, ca, given = (str(tmp_path / name) for name in files)
    told = openssl(
        *("ocsp", "-no_nonce", "-respin", given, "-issuer", ca, "-cert", leaf, "-CAfile", ca)
    )
    facts = read(der)
    assert (fault_of(facts, now()) is None) is (says is not None)
    counted = "Response verify OK" in told and "WARNING" not in told
    assert counted is (says is not None), told
    if says is not None:
        assert f"leaf.pem: {says}" in told
        assert facts["status"] == says


@pytest.mark.parametrize(
    ("der", "accepted"),
    [
        (CRL, True),
        (revocation_list(ISSUER, [LEAF]), False),
        (revocation_list(ISSUER, [issue(ISSUER)]), True),
        (revocation_list(ISSUER, begin=-9 * DAY, end=-DAY), False),
        (revocation_list(ISSUER, signer=STRANGER), False),
        (revocation_list(ISSUER, extra=ODD), False),
        (revocation_list(ISSUER, extra=point(only_contains_ca_certs=True)), False),
        (revocation_list(ISSUER, extra=point(only_contains_user_certs=True)), True),
    ],
)
def test_openssl_verify_agrees_on_crls(tmp_path: Path, der: bytes, accepted: bool) -> None:
    crl = x509.load_der_x509_crl(der).public_bytes(Encoding.PEM)
    files = {"leaf.pem": pem(LEAF), "ca.pem": pem(ISSUER), "crl.pem": crl}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    leaf, ca, given = (str(tmp_path / name) for name in files)
    told = openssl("verify", "-crl_check", "-CRLfile", given, "-CAfile", ca, leaf)
    assert told.rstrip().endswith("OK") is accepted, told
    facts = of_crl(der)
    assert (fault_of(facts, now()) is None and facts["status"] == "good") is accepted


def signed_by_openssl(folder: Path, leaf: Issued, issuer: Issued, *options: str) -> bytes:
    """An OCSP response as OpenSSL's responder signs it."""
    files = {"issuer": pem(issuer), "leaf": pem(leaf), "key": issuer.key_pem}
    for name, content in files.items():
        (folder / f"{name}.pem").write_bytes(content)
    serial = f"{leaf.certificate.serial_number:X}"
    serial = serial.zfill(len(serial) + len(serial) % 2)
    until = leaf.certificate.not_valid_after_utc.strftime("%y%m%d%H%M%SZ")
    (folder / "index.txt").write_text(f"V\t{until}\t\t{serial}\tunknown\t/CN=uji\n")
    (folder / "index.txt.attr").write_text("unique_subject = no\n")
    asking = ("ocsp", "-issuer", "issuer.pem", "-cert", "leaf.pem", "-reqout", "request.der")
    answering = (
        *("ocsp", "-index", "index.txt", "-rsigner", "issuer.pem", "-rkey", "key.pem"),
        *("-CA", "issuer.pem", "-reqin", "request.der", "-respout", "response.der"),
        *("-ndays", "2", "-rmd", "sha256", *options),
    )
    for arguments in (asking, answering):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)
    return (folder / "response.der").read_bytes()


@pytest.mark.parametrize(
    "options",
    [
        ("-rsigopt", "rsa_padding_mode:pss"),
        ("-rsigopt", "rsa_padding_mode:pss", "-rsigopt", "rsa_pss_saltlen:32"),
        ("-rsigopt", "rsa_padding_mode:pss", "-rsigopt", "rsa_mgf1_md:sha384"),
        (),
    ],
)
def test_a_response_signed_by_pss_is_verified(tmp_path: Path, options: tuple[str, ...]) -> None:
    leaf = issue(RSA_ISSUER)
    der = signed_by_openssl(tmp_path, leaf, RSA_ISSUER, *options)
    facts = read(der, leaf, RSA_ISSUER)
    assert (facts["signature"], facts["signer"], facts["hash"]) == ("valid", "issuer", "sha256")
    assert (facts["status"], facts["concerns_certificate"]) == ("good", True)

    # The signature stands before the responder's certificate, which is the last thing in it.
    at = der.index(issuer_der := RSA_ISSUER.certificate.public_bytes(Encoding.DER)) - 40
    broken = der[:at] + bytes([der[at] ^ 1]) + der[at + 1 :]
    assert issuer_der in broken
    assert read(broken, leaf, RSA_ISSUER)["signature"] == "invalid"


def test_parameters_that_nobody_can_compute_leave_a_response_open(tmp_path: Path) -> None:
    leaf = issue(RSA_ISSUER)
    der = signed_by_openssl(tmp_path, leaf, RSA_ISSUER, "-rsigopt", "rsa_padding_mode:pss")
    mgf1 = bytes.fromhex("06092a864886f70d010108")
    assert der.count(mgf1) == 1
    other = der.replace(mgf1, mgf1[:-1] + b"\x63")
    assert read(other, leaf, RSA_ISSUER)["signature"] == "unverifiable"
