"""Paths that are each wrong in one way, held against ``openssl verify`` where it decides too."""

import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given, settings
from hypothesis import strategies as st
from tls_pki import NAME, Issued, Wish, authority, issue, pem

from scanners.certificate.constraints import path_faults
from scanners.certificate.name_constraints import looks_like_host
from scanners.certificate.policies import dotted
from scanners.certificate.probe import chain_data
from scanners.certificate.trust import TrustStores

ROOT = authority("Akar Kota Contoh")
TRUST = TrustStores.of((pem(ROOT),))
GOLD, SILVER = (x509.ObjectIdentifier(f"1.3.6.1.4.1.99999.{number}") for number in (1, 2))
ANY = x509.ObjectIdentifier("2.5.29.32.0")
STRANGE = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.7"), b"\x05\x00")
Extra = Sequence[tuple[x509.ExtensionType, bool]]


def dn(*pairs: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in pairs])


CITY = (NameOID.ORGANIZATION_NAME, "Kota Contoh")
OTHER = (NameOID.ORGANIZATION_NAME, "Kota Lain")
HOST = (NameOID.COMMON_NAME, NAME)


def ca(issuer: Issued | None, *extra: tuple[x509.ExtensionType, bool], **wishes: object) -> Issued:
    name = str(wishes.pop("name", "Penerbit Kota Contoh"))
    wish = Wish(name, None, ca=True, extra=extra, **wishes)  # type: ignore[arg-type]
    return issue(issuer, wish)


def leaf(issuer: Issued, *extra: tuple[x509.ExtensionType, bool], **wishes: object) -> Issued:
    return issue(issuer, Wish(extra=extra, **wishes))  # type: ignore[arg-type]


def permit(*names: x509.GeneralName) -> tuple[x509.ExtensionType, bool]:
    return x509.NameConstraints(names, None), True


def exclude(*names: x509.GeneralName) -> tuple[x509.ExtensionType, bool]:
    return x509.NameConstraints(None, names), True


def policies(*oids: x509.ObjectIdentifier) -> tuple[x509.ExtensionType, bool]:
    return x509.CertificatePolicies([x509.PolicyInformation(oid, None) for oid in oids]), False


def require(explicit: int | None, mapping: int | None = None) -> tuple[x509.ExtensionType, bool]:
    return x509.PolicyConstraints(explicit, mapping), True


def mapped(issuer: x509.ObjectIdentifier, subject: x509.ObjectIdentifier) -> Extra:
    def encoded(oid: x509.ObjectIdentifier) -> bytes:
        return x509.CertificatePolicies([x509.PolicyInformation(oid, None)]).public_bytes()[4:]

    pair = encoded(issuer) + encoded(subject)
    value = bytes([0x30, len(pair) + 2, 0x30, len(pair)]) + pair
    return (x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.33"), value), True)  # type: ignore[return-value]


def by_openssl(path: Sequence[Issued], folder: Path) -> bool:
    """Tell whether OpenSSL takes the chain for a server's, with policies processed."""
    root, first, *others = (folder / f"{index}.pem" for index in range(2 + len(path)))
    root.write_bytes(pem(path[-1]))
    first.write_bytes(pem(path[0]))
    others[0].write_bytes(b"".join(pem(item) for item in path[1:-1]))
    command = ["openssl", "verify", "-purpose", "sslserver", "-x509_strict"]
    command += ["-policy_check", "-policy", "anyPolicy"]
    command += ["-CAfile", str(root), "-untrusted", str(others[0]), str(first)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def kinds(path: Sequence[Issued]) -> set[str]:
    found = path_faults(tuple(item.certificate for item in path))
    return {str(fault["kind"]) for fault in found}


def under(
    issuer: Issued, *extra: tuple[x509.ExtensionType, bool], **wishes: object
) -> list[Issued]:
    return [leaf(issuer, *extra, **wishes), issuer, ROOT]


def deep(*extras: Extra, last: Extra = ()) -> list[Issued]:
    """A path of CAs, each with its own extensions, and a server's certificate."""
    path = [ROOT]
    for number, extra in enumerate(extras):
        path.insert(0, ca(path[0], *extra, name=f"Penerbit {number}"))
    return [leaf(path[0], *last), *path]


INSIDE = dn(CITY, HOST)
CASES: dict[str, tuple[list[Issued], set[str]]] = {
    "plain": (under(ca(ROOT)), set()),
    "directory name inside": (
        under(ca(ROOT, permit(x509.DirectoryName(dn(CITY)))), subject=INSIDE),
        set(),
    ),
    "directory name by other case and spaces": (
        under(ca(ROOT, permit(x509.DirectoryName(dn((CITY[0], " KOTA  contoh"))))), subject=INSIDE),
        set(),
    ),
    "directory name outside": (
        under(ca(ROOT, permit(x509.DirectoryName(dn(CITY)))), subject=dn(OTHER, HOST)),
        {"name_constraints"},
    ),
    "directory name excluded": (
        under(ca(ROOT, exclude(x509.DirectoryName(dn(OTHER)))), subject=dn(OTHER, HOST)),
        {"name_constraints"},
    ),
    "DNS name inside": (under(ca(ROOT, permit(x509.DNSName("contoh.go.id")))), set()),
    "DNS name outside": (
        under(ca(ROOT, permit(x509.DNSName("lain.go.id")))),
        {"name_constraints"},
    ),
    "DNS name excluded": (
        under(ca(ROOT, exclude(x509.DNSName("contoh.go.id")))),
        {"name_constraints"},
    ),
    "common name as host, outside": (
        under(ca(ROOT, permit(x509.DNSName("lain.go.id"))), names=None),
        {"name_constraints"},
    ),
    "mail address outside": (
        under(
            ca(ROOT, permit(x509.RFC822Name("contoh.go.id"))),
            subject=dn((NameOID.EMAIL_ADDRESS, "a@lain.go.id"), HOST),
        ),
        {"name_constraints"},
    ),
    "mail address inside": (
        under(
            ca(ROOT, permit(x509.RFC822Name("contoh.go.id"))),
            subject=dn((NameOID.EMAIL_ADDRESS, "a@contoh.go.id"), HOST),
        ),
        set(),
    ),
    "constraint two steps up": (
        [
            leaf(low := ca(high := ca(ROOT, permit(x509.DNSName("lain.go.id"))), name="Bawah")),
            low,
            high,
            ROOT,
        ],
        {"name_constraints"},
    ),
    "path length": (
        [leaf(low := ca(high := ca(ROOT, path_length=0), name="Bawah")), low, high, ROOT],
        {"path_length"},
    ),
    "path length enough": (
        [leaf(low := ca(high := ca(ROOT, path_length=1), name="Bawah")), low, high, ROOT],
        set(),
    ),
    "issuer for mail alone": (
        under(ca(ROOT, (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False))),
        {"purpose"},
    ),
    "issuer for servers": (
        under(ca(ROOT, (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False))),
        set(),
    ),
    "critical and unknown in the issuer": (
        under(ca(ROOT, (STRANGE, True))),
        {"critical_extension"},
    ),
    "critical and unknown in the leaf": (
        under(ca(ROOT), (STRANGE, True)),
        {"critical_extension"},
    ),
    "unknown, not critical": (under(ca(ROOT), (STRANGE, False)), set()),
    "policy required and there": (
        deep([policies(GOLD), require(0)], last=[policies(GOLD)]),
        set(),
    ),
    "policy required and missing": (deep([policies(GOLD), require(0)]), {"policies"}),
    "policy required and another": (
        deep([policies(GOLD), require(0)], last=[policies(SILVER)]),
        {"policies"},
    ),
    "any policy above": (deep([policies(ANY), require(0)], last=[policies(SILVER)]), set()),
    "policy required later than the path is long": (deep([policies(GOLD), require(3)]), set()),
    "any policy inhibited": (
        deep(
            [policies(GOLD), require(0), (x509.InhibitAnyPolicy(0), True)],
            last=[policies(ANY)],
        ),
        {"policies"},
    ),
    "any policy in the leaf": (deep([policies(GOLD), require(0)], last=[policies(ANY)]), set()),
    "policy mapped": (
        deep([policies(GOLD), require(0), mapped(GOLD, SILVER)], last=[policies(SILVER)]),
        set(),
    ),
    "policy mapped away": (
        deep([policies(GOLD), require(0), mapped(GOLD, SILVER)], last=[policies(GOLD)]),
        {"policies"},
    ),
    "mapping inhibited": (
        deep(
            [policies(GOLD), require(0, 0)],
            [policies(GOLD), mapped(GOLD, SILVER)],
            last=[policies(SILVER)],
        ),
        {"policies"},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_each_fault_is_told_by_its_kind_and_openssl_agrees(name: str, tmp_path: Path) -> None:
    path, expected = CASES[name]
    assert kinds(path) == expected
    assert by_openssl(path, tmp_path) is (not expected)


def test_an_issuer_that_is_none() -> None:
    bare = leaf(ROOT)
    assert kinds([leaf(bare), bare, ROOT]) == {"not_a_ca"}
    silent = ca(ROOT, (usage(cert_sign=False), True), ca_usage=False)
    assert kinds([leaf(silent), silent, ROOT]) == {"key_usage"}


def usage(*, cert_sign: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=cert_sign,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def test_policy_extensions_do_not_make_a_chain_untrusted() -> None:
    """The verifier refuses what RFC 5280 wants to be critical; a step by hand leads past it."""
    path, _ = CASES["policy required and there"]
    sent = [item.certificate.public_bytes(Encoding.DER) for item in path[:-1]]
    data = chain_data(sent, TRUST, datetime.now(UTC))
    assert data["verification"]["workspace"] == {"trusted": True, "problem": None}
    assert data["path_faults"] == []
    assert len(data["path"]) == 3
    constrained = ca(ROOT, require(0), policies(GOLD), permit(x509.DNSName("lain.go.id")))
    sent = [
        item.certificate.public_bytes(Encoding.DER)
        for item in (leaf(constrained, policies(GOLD)), constrained)
    ]
    verdict = chain_data(sent, TRUST, datetime.now(UTC))["verification"]["workspace"]
    assert not verdict["trusted"]
    assert "name_constraints" in verdict["problem"]


def test_a_form_that_nobody_judges_is_not_passed() -> None:
    oid = x509.RegisteredID(GOLD)
    issuer = ca(ROOT, permit(oid))
    names = x509.SubjectAlternativeName([x509.DNSName(NAME), oid])
    assert kinds([leaf(issuer, (names, False), names=None), issuer, ROOT]) == {"unjudged"}


def test_too_many_names_are_not_compared() -> None:
    issuer = ca(ROOT, permit(*(x509.DNSName(f"n{number}.id") for number in range(300))))
    names = tuple(f"h{number}.contoh.go.id" for number in range(300))
    assert kinds([leaf(issuer, names=names), issuer, ROOT]) == {"unjudged"}


def test_a_loop_of_issuers_ends() -> None:
    first, second = ca(None, name="Satu"), ca(None, name="Dua")
    one = issue(second, Wish("Satu", None, ca=True, key=first.key))
    two = issue(first, Wish("Dua", None, ca=True, key=second.key))
    own = leaf(one)
    sent = [item.certificate.public_bytes(Encoding.DER) for item in (own, one, two, one, two)]
    data = chain_data(sent * 10, TRUST, datetime.now(UTC))
    assert data["length"] == 50
    assert not data["verification"]["workspace"]["trusted"]
    assert data["path_faults"] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (NAME, True),
        ("*.contoh.go.id", True),
        ("Layanan Kota Contoh", False),
        ("localhost", False),
        ("192.0.2.7", False),
        ("printer_1.kantor", True),
    ],
)
def test_what_looks_like_a_host(text: str, expected: bool) -> None:
    assert looks_like_host(text) is expected


@settings(max_examples=200)
@given(st.binary(min_size=1, max_size=80))
def test_object_identifiers_of_any_bytes(content: bytes) -> None:
    try:
        text = dotted(content)
    except ValueError:
        return
    assert set(text) <= set("0123456789.")


@settings(max_examples=60, deadline=None)
@given(
    st.binary(max_size=60), st.sampled_from(["2.5.29.33", "2.5.29.36", "2.5.29.30", "2.5.29.32"])
)
def test_any_bytes_in_the_extensions_of_an_issuer(content: bytes, oid: str) -> None:
    """Whoever makes his own CA can write into it what he likes."""
    odd = x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), content)
    above = ca(ROOT, (odd, True))
    path = [leaf(above), above]
    sent = [item.certificate.public_bytes(Encoding.DER) for item in path]
    data = chain_data(sent, TRUST, datetime.now(UTC))
    assert data["length"] == 2
    path_faults(tuple(item.certificate for item in path), anchored=False)
