"""Facts of certificates good and broken, trust roots, and names."""

from datetime import UTC, datetime
from hashlib import sha256, sha512

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from tls_pki import NAME, Wish, authority, issue, pem

from scanners.certificate.facts import certificate_facts, load_strictly
from scanners.certificate.names import common_name_matches, names_match
from scanners.certificate.probe import chain_data
from scanners.certificate.trust import TrustStores, read_roots
from secaudit.core.canonical import canonical_json
from secaudit.core.errors import InputError

LEAF = issue(wish=Wish(names=(NAME, "*.contoh.go.id", "192.0.2.7", "2001:db8::7")))
DER = LEAF.certificate.public_bytes(Encoding.DER)


@given(st.integers(0, len(DER) - 1), st.integers(1, 255), st.integers(0, len(DER)))
def test_a_damaged_certificate_still_has_facts(at: int, change: int, end: int) -> None:
    damaged = bytearray(DER)
    damaged[at] ^= change
    for der in (bytes(damaged), DER[:end], DER + bytes(damaged[:end])):
        facts = certificate_facts(der)
        canonical_json(facts)
        assert set(facts) == set(certificate_facts(DER))
        chain_data((der,), TrustStores.of((pem(LEAF),)), datetime.now(UTC))


@given(st.binary(max_size=200))
def test_any_bytes_have_facts(der: bytes) -> None:
    facts = certificate_facts(der)
    assert facts["malformed"]
    assert facts["size"] == len(der)


def test_a_refused_certificate_keeps_its_basic_fields() -> None:
    version = DER.index(b"\xa0\x03\x02\x01\x02")
    broken = DER[: version + 4] + b"\x07" + DER[version + 5 :]  # there is no version 8
    assert load_strictly(broken) is None
    facts = certificate_facts(broken)
    assert facts["malformed"]
    assert facts["common_names"] == [NAME]
    assert facts["dns_names"] == [NAME, "*.contoh.go.id"]
    assert facts["not_after"] == certificate_facts(DER)["not_after"]
    assert facts["key"]["type"] == "EC"


def test_digests_of_a_key_are_those_of_its_encoding() -> None:
    key = LEAF.certificate.public_key().public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    )
    assert certificate_facts(DER)["spki_sha256"] == sha256(key).hexdigest()
    assert certificate_facts(DER)["spki_sha512"] == sha512(key).hexdigest()
    # One more byte behind it is no DER, and no reason to lose the key.
    assert certificate_facts(DER + b"\0")["spki_sha256"] == sha256(key).hexdigest()
    assert certificate_facts(DER[:100])["spki_sha256"] is None


def test_facts_of_a_good_certificate() -> None:
    facts = certificate_facts(DER)
    assert facts["malformed"] is None
    assert facts["key"] == {
        "type": "EC",
        "bits": 256,
        "curve": "secp256r1",
        "oid": "1.2.840.10045.2.1",
    }
    assert facts["ip_addresses"] == ["192.0.2.7", "2001:db8::7"]
    assert facts["extended_key_usage"] == ["1.3.6.1.5.5.7.3.1"]
    assert facts["self_signed"]


@pytest.mark.parametrize(
    ("name", "covered"),
    [
        (NAME, True),
        (NAME.upper() + ".", True),
        ("apa.contoh.go.id", True),
        ("apa.saja.contoh.go.id", False),
        ("contoh.go.id", False),
        ("192.0.2.7", True),
        ("2001:0db8::0007", True),
        ("192.0.2.8", False),
    ],
)
def test_names(name: str, covered: bool) -> None:
    assert names_match(certificate_facts(DER), name) is covered


def test_a_common_name_is_only_a_common_name() -> None:
    bare = issue(wish=Wish(names=None)).certificate.public_bytes(Encoding.DER)
    assert not names_match(certificate_facts(bare), NAME)
    assert common_name_matches(certificate_facts(bare), NAME)
    assert not common_name_matches(certificate_facts(bare), "lain")


def test_roots_of_the_workspace() -> None:
    first, second = authority("Akar Satu"), authority("Akar Dua")
    assert len(read_roots(pem(first) + b"komentar\n" + pem(second))) == 2
    assert len(read_roots(first.certificate.public_bytes(Encoding.DER))) == 1
    trust = TrustStores.of((pem(first), pem(second)))
    assert {roots.name for roots in trust.stores} >= {"mozilla", "workspace"}
    for content in (b"", b"bukan sertifikat", b"-----BEGIN CERTIFICATE-----\nAAAA\n"):
        with pytest.raises(InputError):
            read_roots(content)
