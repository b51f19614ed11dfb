"""SCTs that log keys signed over real precertificates; wrong ones; lists of logs; any bytes."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st
from tls_pki import NAME, Issued, Wish, authority, issue, pem, prepare, rsa_key
from tls_probing import judged
from tls_status import (
    TestLog,
    certificate_entry,
    log_list,
    logged,
    precertificate_entry,
    sct_list,
    vector,
    with_scts,
)

from scanners.certificate.ct_logs import read_log_list
from scanners.certificate.der import DerError, certificate_extensions, elements
from scanners.certificate.fetch import SentChain
from scanners.certificate.probe import sent_data
from scanners.certificate.sct import embedded_list, parse_list
from scanners.certificate.trust import MOZILLA, Roots, TrustStores
from scanners.tls.wire import MalformedError
from secaudit.core.canonical import canonical_json
from secaudit.core.errors import InputError
from secaudit.core.observation import Observation
from secaudit.core.subject import Subject

ROOT = authority("Akar Publik Contoh")
ISSUER = authority("Penerbit Publik Contoh", ROOT)
FIRST = TestLog("Log Satu 2026", "Operator Satu")
SECOND = TestLog("Log Dua 2026", "Operator Dua", key=rsa_key())
TILED = TestLog("Log Ubin 2026", "Operator Dua", tiled=True)
SAME = TestLog("Log Satu 2027", "Operator Satu")
RETIRED = TestLog("Log Tiga", "Operator Tiga", state="retired", since="2090-01-01T00:00:00Z")
LONG_GONE = TestLog("Log Empat", "Operator Empat", state="retired", since="2020-01-01T00:00:00Z")
PENDING = TestLog("Log Lima", "Operator Lima", state="pending")
STRANGER = TestLog("Log Gelap", "Operator Gelap")
LISTED = (FIRST, SECOND, TILED, SAME, RETIRED, LONG_GONE, PENDING)


def now() -> datetime:
    return datetime.now(UTC)


def made_now() -> str:
    return now().isoformat()


def seen(leaf: Issued, content: bytes | None = None, **beside: bytes) -> Observation:
    """What the probe would say of a publicly rooted chain."""
    public = Roots(MOZILLA, (ROOT.certificate,))
    logs = None if content is None else read_log_list(content)
    chain = tuple(item.certificate.public_bytes(Encoding.DER) for item in (leaf, ISSUER))
    sent = SentChain(chain, asked_status=True, **beside)  # type: ignore[arg-type]
    data = sent_data(sent, TrustStores((public,), logs), now())
    canonical_json(data)
    named = {"asked_name": NAME, "name_matches": True, "problem": None, "asks_client": False}
    subject = Subject("uji", "127.0.0.1", 443).named(NAME)
    return Observation("certificate.chain", subject, now(), data | named)


def verdicts(leaf: Issued, content: bytes | None = None, **beside: bytes) -> list[str]:
    return [item["verdict"] for item in seen(leaf, content, **beside).data["scts"]]


def outcome(check: str, leaf: Issued, content: bytes | None = None, **beside: bytes) -> str:
    return judged(seen(leaf, content, **beside))[f"cert.{check}"].outcome.value


def known(*logs: TestLog) -> bytes:
    return log_list(*(logs or LISTED), made_at=made_now())


def test_embedded_scts_are_verified_over_the_precertificate() -> None:
    leaf = logged(ISSUER, Wish(), FIRST, SECOND, TILED)
    assert verdicts(leaf, known()) == ["valid"] * 3
    assert verdicts(leaf, known(FIRST)) == ["valid", "unknown_log", "unknown_log"]
    assert verdicts(leaf) == ["unverified"] * 3
    first, second, third = seen(leaf, known()).data["scts"]
    assert (first["operator"], first["tiled"]) == ("Operator Satu", False)
    assert (second["state"], third["tiled"]) == ("usable", True)
    assert outcome("ct_invalid", leaf, known()) == "passed"
    assert outcome("ct_invalid", leaf) == "inconclusive"
    details = judged(seen(leaf))["cert.ct_invalid"].details
    assert (details["count"], details["verified"]) == (3, "unverified")


def bare(wish: Wish | None = None) -> tuple[Issued, bytes]:
    """A certificate without SCTs, and the entry of its precertificate."""
    wish = wish or Wish()
    key = issue().key
    plain = prepare(key, ISSUER, wish).sign(ISSUER.key, hashes.SHA256())
    return Issued(key, plain), precertificate_entry(plain.tbs_certificate_bytes, ISSUER)


def wrong(change: str) -> Issued:
    key = issue().key
    builder = prepare(key, ISSUER, Wish())
    content = builder.sign(ISSUER.key, hashes.SHA256()).tbs_certificate_bytes
    entry = precertificate_entry(content, ISSUER)
    sct = FIRST.sct(entry)
    if change == "another certificate":
        sct = FIRST.sct(bare()[1])
    elif change == "another issuer":
        sct = FIRST.sct(precertificate_entry(content, ROOT))
    elif change == "the certificate's own entry":
        sct = FIRST.sct(b"\x00\x00" + entry[34:])
    elif change == "another log's key":
        sct = sct[:1] + SECOND.log_id + sct[33:]
    elif change == "another time":
        sct = sct[:40] + bytes([sct[40] ^ 1]) + sct[41:]
    elif change == "another hash":
        sct = sct[:43] + b"\x02" + sct[44:]
    elif change == "the signature":
        sct = sct[:-3] + bytes([sct[-3] ^ 1]) + sct[-2:]
    return with_scts(builder, key, ISSUER, sct_list(sct))


@pytest.mark.parametrize(
    "change",
    [
        *("another certificate", "another issuer", "the certificate's own entry"),
        *("another log's key", "another time", "another hash", "the signature"),
    ],
)
def test_an_sct_that_is_wrong_in_one_way(change: str) -> None:
    leaf = wrong(change)
    assert verdicts(leaf, known()) == ["invalid"]
    assert outcome("ct_invalid", leaf, known()) == "failed"


def test_nothing_changed_is_right_and_the_future_is_not() -> None:
    assert verdicts(wrong("nothing"), known()) == ["valid"]
    early = logged(ISSUER, Wish(), FIRST, at=now() + timedelta(days=1))
    assert verdicts(early, known()) == ["future"]
    assert outcome("ct_invalid", early, known()) == "failed"


def test_scts_of_the_tls_extension_are_over_the_certificate() -> None:
    leaf, entry = bare()
    right = sct_list(*(log.sct(certificate_entry(leaf)) for log in (FIRST, SECOND)))
    assert verdicts(leaf, known(), timestamps=right) == ["valid", "valid"]
    assert outcome("ct_policy", leaf, known(), timestamps=right) == "passed"
    assert verdicts(leaf, known(), timestamps=sct_list(FIRST.sct(entry))) == ["invalid"]


LONG = Wish(begin=timedelta(days=-10), end=timedelta(days=181))


@pytest.mark.parametrize(
    ("wish", "logs", "listed", "expected"),
    [
        (Wish(), (FIRST, SECOND), LISTED, "passed"),
        (Wish(), (FIRST, TILED), LISTED, "passed"),
        (Wish(), (FIRST, SAME), LISTED, "failed"),
        (Wish(), (FIRST, FIRST), LISTED, "failed"),
        (Wish(), (FIRST,), LISTED, "failed"),
        (Wish(), (FIRST, RETIRED), LISTED, "passed"),
        (Wish(), (RETIRED, TestLog("x", "y")), LISTED, "failed"),
        (Wish(), (FIRST, LONG_GONE), LISTED, "failed"),
        (Wish(), (FIRST, PENDING), LISTED, "failed"),
        (Wish(), (FIRST, STRANGER), LISTED, "failed"),
        (LONG, (FIRST, SECOND), LISTED, "failed"),
        (LONG, (FIRST, SECOND, TILED), LISTED, "passed"),
        (Wish(), (FIRST, SECOND), None, "inconclusive"),
        (Wish(), (FIRST,), None, "failed"),
        (LONG, (FIRST, SECOND), None, "failed"),
    ],
)
def test_chromes_policy(
    wish: Wish, logs: tuple[TestLog, ...], listed: tuple[TestLog, ...] | None, expected: str
) -> None:
    leaf = logged(ISSUER, wish, *logs)
    content = None if listed is None else log_list(*listed, made_at=made_now())
    assert outcome("ct_policy", leaf, content) == expected


def test_an_old_list_does_not_condemn_a_log_that_it_cannot_know() -> None:
    leaf = logged(ISSUER, Wish(), FIRST, STRANGER)
    old = log_list(*LISTED, made_at="2024-01-01T00:00:00Z")
    assert outcome("ct_policy", leaf, old) == "inconclusive"
    without = issue(ISSUER)
    assert outcome("ct_policy", without, old) == "failed"
    assert outcome("ct_policy", without) == "failed"
    assert outcome("ct_invalid", without) == "not_applicable"


def test_lists_of_wrong_lengths() -> None:
    sct = FIRST.sct(bare()[1])
    good = sct_list(sct)
    assert len(parse_list(good)) == 1
    assert parse_list(sct_list(b"\x07" + sct[1:])) == ()
    wrong_lists = [
        b"",
        b"\x00\x00",
        good[:-1],
        good + b"\x00",
        b"\xff\xff" + good[2:],
        vector(2, b"\x00\x00"),
        sct_list(sct + b"\x00"),
        sct_list(sct[:20]),
        sct_list(sct[:33] + b"\xff" * 8 + sct[41:]),
    ]
    for content in wrong_lists:
        with pytest.raises(MalformedError):
            parse_list(content)
    leaf = with_scts(prepare(issue().key, ISSUER, Wish()), issue().key, ISSUER, good[:-1])
    observation = seen(leaf, known())
    assert observation.data["sct_problems"] or observation.data["chain"][0]["malformed"]
    found = judged(seen(bare()[0], known(), timestamps=good[:-1]))
    assert found["cert.ct_invalid"].outcome == "failed"


@pytest.mark.parametrize(
    "garbage", [b"\x30\x82\xff\xff" + bytes(12), b"\x30\x02\x30\x00", b"bukan sertifikat"]
)
def test_what_is_no_certificate_has_no_wrong_scts(garbage: bytes) -> None:
    trust = TrustStores((Roots(MOZILLA, (ROOT.certificate,)),), None)
    data = sent_data(SentChain((garbage,)), trust, now())
    data |= {"asked_name": None, "problem": None, "name_matches": None, "asks_client": False}
    observation = Observation(
        "certificate.chain", Subject("kantor", "192.0.2.7", 443), now(), data | {"protocol": None}
    )
    found = judged(observation)["cert.ct_invalid"]
    assert (found.outcome, found.reason) == ("inconclusive", "unparsable_certificate")


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_as_lists_and_as_der(content: bytes) -> None:
    for parse in (parse_list, embedded_list):
        try:
            parse(content)
        except MalformedError:
            continue
    for read in (certificate_extensions, lambda der: list(elements(der))):
        try:
            read(content)
        except DerError:
            continue


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2000), st.integers(1, 255))
def test_a_damaged_certificate_with_scts_is_still_read(at: int, change: int) -> None:
    damaged = bytearray(FLAWLESS)
    damaged[at % len(damaged)] ^= change
    sent = SentChain((bytes(damaged),), asked_status=True)
    canonical_json(sent_data(sent, TrustStores((), read_log_list(known())), now()))


FLAWLESS = logged(ISSUER, Wish(), FIRST, SECOND).certificate.public_bytes(Encoding.DER)


def changed(**fields: object) -> bytes:
    document = json.loads(log_list(FIRST))
    document["operators"][0]["logs"][0] |= fields
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b'{"operators": []}',
        b'{"operators": [3]}',
        b'{"operators": [{"name": "x", "logs": [{}]}]}',
        b"[" * 100_000,
        changed(key="!!!"),
        changed(key="QUJD"),
        changed(log_id="QUJD"),
        changed(log_id=None),
        log_list(FIRST, FIRST),
    ],
)
def test_lists_of_logs_that_are_none(content: bytes) -> None:
    with pytest.raises(InputError):
        read_log_list(content)


def test_a_list_of_logs() -> None:
    found = read_log_list(log_list(FIRST, TILED))
    assert found.version == "81.0"
    assert found.made_at is not None
    assert found.operators == ("Operator Satu", "Operator Dua")
    assert found.logs[TILED.log_id].tiled
    assert read_log_list(changed(state=None)).logs[FIRST.log_id].state is None
    stores = TrustStores.of((pem(ROOT),), log_list(FIRST))
    assert stores.logs is not None


@pytest.mark.parametrize(
    ("content", "line"), [(b'{"operators":\n ]', 2), (b"\xc3(", None), (b"[" * 100_000, None)]
)
def test_a_broken_list_is_told_in_our_own_words(content: bytes, line: int | None) -> None:
    """The JSON reader speaks English alone: its words have no place in a message."""
    with pytest.raises(InputError) as caught:
        read_log_list(content)
    assert (str(caught.value), caught.value.line) == ("the log list is not JSON", line)
