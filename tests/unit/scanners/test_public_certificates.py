"""What the rules for public certificates say, at the dates on which they change."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from tls_pki import NAME, Issued, Wish, issue, rsa_key
from tls_probing import judged

from scanners.certificate.fetch import SentChain
from scanners.certificate.probe import sent_data
from scanners.certificate.trust import MOZILLA, WORKSPACE, Roots, TrustStores
from secaudit.core.observation import CheckResult, Observation
from secaudit.core.subject import Subject

ROOT = issue(
    None,
    Wish(
        "Akar Publik Contoh",
        None,
        end=timedelta(days=9000),
        ca=True,
        now=datetime(2015, 1, 1, tzinfo=UTC),
    ),
)
SERVER, CLIENT = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH


def result(check: str, leaf: Issued, *, store: str = MOZILLA) -> CheckResult:
    at = leaf.certificate.not_valid_before_utc + timedelta(days=1)
    sent = SentChain((leaf.certificate.public_bytes(Encoding.DER),), asked_status=True)
    data = sent_data(sent, TrustStores((Roots(store, (ROOT.certificate,)),)), at)
    assert data["verification"][store]["trusted"], data["verification"]
    named = {"asked_name": NAME, "name_matches": True, "problem": None, "asks_client": False}
    subject = Subject("uji", "127.0.0.1", 443).named(NAME)
    return judged(Observation("certificate.chain", subject, at, data | named))[f"cert.{check}"]


def issued_on(day: str, days: int = 40, **wishes: object) -> Issued:
    """A certificate of just so many days, both ends counted, issued at midnight."""
    begin = datetime.fromisoformat(day).replace(tzinfo=UTC)
    end = timedelta(days=days) - timedelta(seconds=1)
    wish = Wish(begin=timedelta(), end=end, now=begin)
    return issue(ROOT, replace(wish, **wishes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("day", "limit"),
    [
        ("2018-03-01", 825),
        ("2020-08-31", 825),
        ("2020-09-01", 398),
        ("2026-03-14", 398),
        ("2026-03-15", 200),
        ("2027-03-14", 200),
        ("2027-03-15", 100),
        ("2029-03-14", 100),
        ("2029-03-15", 47),
    ],
)
def test_lifetimes_by_the_day_of_issue(day: str, limit: int) -> None:
    at_most = result("lifetime_too_long", issued_on(day, limit))
    assert (at_most.outcome, at_most.details["days"]) == ("passed", limit)
    too_long = result("lifetime_too_long", issued_on(day, limit + 1))
    assert (too_long.outcome, too_long.details["limit"]) == ("failed", limit)
    own = result("lifetime_too_long", issued_on(day, limit + 1), store=WORKSPACE)
    assert own.outcome == "not_applicable"


@pytest.mark.parametrize(
    ("day", "usage", "store", "expected"),
    [
        ("2027-03-14", (SERVER, CLIENT), MOZILLA, "passed"),
        ("2027-03-15", (SERVER, CLIENT), MOZILLA, "failed"),
        ("2027-03-15", (SERVER,), MOZILLA, "passed"),
        ("2027-03-15", None, MOZILLA, "passed"),
        ("2027-03-15", (SERVER, CLIENT), WORKSPACE, "not_applicable"),
    ],
)
def test_client_authentication(
    day: str, usage: tuple[object, ...] | None, store: str, expected: str
) -> None:
    assert result("client_auth", issued_on(day, usage=usage), store=store).outcome == expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (ec.generate_private_key(ec.SECP256R1()), "passed"),
        (ec.generate_private_key(ec.SECP521R1()), "passed"),
        (ec.generate_private_key(ec.BrainpoolP256R1()), "failed"),
        (ec.generate_private_key(ec.SECP256K1()), "failed"),
        (rsa_key(2048), "passed"),
        (rsa_key(2052), "failed"),
    ],
)
def test_keys_that_public_certificates_may_have(key: object, expected: str) -> None:
    assert result("key_not_permitted", issued_on("2026-06-01", key=key)).outcome == expected


@pytest.mark.parametrize(
    ("name", "names", "expected"),
    [
        (NAME, (NAME,), "passed"),
        (NAME.upper(), (NAME,), "passed"),
        ("x.contoh.go.id", ("*.contoh.go.id",), "passed"),
        ("lain.go.id", (NAME,), "failed"),
        ("*.lain.go.id", (NAME,), "failed"),
        ("Layanan Kota Contoh", (NAME,), "not_applicable"),
        (NAME, None, "not_applicable"),
    ],
)
def test_names_in_the_common_name_only(
    name: str, names: tuple[str, ...] | None, expected: str
) -> None:
    leaf = issued_on("2026-06-01", name=name, names=names)
    assert result("name_in_cn_only", leaf).outcome == expected
