"""Rules on groups, primes and handshakes: what fails, passes, cannot be told and does not apply."""

import copy
from datetime import UTC, datetime
from typing import Any

import pytest

from scanners.base import Sight
from scanners.registry import judge, load_checks
from secaudit.core.observation import CheckResult, Observation
from secaudit.core.subject import Subject

SUBJECT = Subject("uji", "192.0.2.1", 443)
AT = datetime(2026, 11, 21, tzinfo=UTC)
ENDPOINT: dict[str, Any] = {
    "protocols": {"TLS 1.2": "accepted", "TLS 1.3": "accepted"},
    "reasons": {},
    "incomplete": {},
    "suites": {
        "TLS 1.2": ["TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"],
        "TLS 1.3": ["TLS_AES_128_GCM_SHA256"],
    },
    "preference": {"TLS 1.2": "server", "TLS 1.3": "server"},
    "groups": {"TLS 1.2": ["x25519"], "TLS 1.3": ["X25519MLKEM768", "x25519"]},
    "groups_incomplete": {},
    "group_preference": {},
    "key_exchange": {
        "dh_bits": [2048],
        "curves": ["x25519"],
        "dh": [
            {
                "bits": 2048,
                "sha256": "0" * 64,
                "generator": 2,
                "known": None,
                "standard": False,
                "prime": True,
                "safe": True,
            }
        ],
        "compared": ["x25519"],
        "reused": [],
    },
}
HANDSHAKE: dict[str, Any] = {
    "reasons": {},
    "legacy_protocol": "TLS 1.2",
    "secure_renegotiation": True,
    "client_renegotiation": False,
    "extended_master_secret": True,
    "encrypt_then_mac": True,
    "heartbeat": False,
    "downgrade_sentinel": True,
    "fallback_scsv": True,
    "ticket_lifetime_legacy": 300,
    "ticket_lifetime_modern": None,
    "early_data": 0,
    "signature_schemes": {"TLS 1.2": ["rsa_pss_rsae_sha256"]},
    "schemes_incomplete": {},
    "ocsp": {"stapled": True, "sha256": None, "size": 0},
    "unknown_name": {"answer": "refused", "alert": 112},
    "asked_name": "layanan.contoh.go.id",
    "version_intolerance": False,
    "intolerance": False,
    "ssl2": False,
    "ssl2_suites": [],
    "keys_compared": [],
    "keys_reused": [],
}
OWN = [
    name
    for name, check in load_checks().items()
    if check.rule
    in {
        *("weak_group", "wanted_group", "common_prime", "unsafe_prime", "reused_key"),
        *("feature_missing", "feature_present", "old_protocol", "ticket_lifetime", "early_data"),
        *("old_signature", "not_stapled", "any_name", "mac_before_encryption"),
    }
    and name.startswith("tls.")
]


def judged(
    endpoint: dict[str, Any] | None = None,
    handshake: dict[str, Any] | None = None,
    reasons: dict[str, str] | None = None,
) -> dict[str, CheckResult]:
    first, second = copy.deepcopy(ENDPOINT), copy.deepcopy(HANDSHAKE)
    exchange = (endpoint or {}).pop("key_exchange", {})
    first.update(endpoint or {})
    first["key_exchange"].update(exchange)
    second.update(handshake or {})
    second["reasons"] = reasons or {}
    sight = Sight(
        [
            Observation("tls.endpoint", SUBJECT, AT, first),
            Observation("tls.handshake", SUBJECT, AT, second),
        ]
    )
    found = {item.check: item for item in judge(sight, (), AT) if item.check in OWN}
    for item in found.values():
        if item.outcome == "failed":
            statement = load_checks()[item.check].statement
            assert "{" not in statement.id.format(**item.details)
            assert "{" not in statement.en.format(**item.details)
    return found


def test_a_sound_server_passes_every_check() -> None:
    outcomes = {name: item.outcome.value for name, item in judged().items()}
    assert len(outcomes) == len(OWN) == 21
    assert set(outcomes.values()) == {"passed"}


PRIME = ENDPOINT["key_exchange"]["dh"][0]
SHARED = PRIME | {"bits": 1024, "known": "Oakley group 2 (RFC 2409)", "standard": True}


@pytest.mark.parametrize(
    ("check", "endpoint", "handshake"),
    [
        ("tls.group.weak", {"groups": {"TLS 1.2": ["x25519", "secp160r1"]}}, {}),
        ("tls.group.draft", {"groups": {"TLS 1.3": ["X25519Kyber768Draft00"]}}, {}),
        ("tls.group.no_post_quantum", {"groups": {"TLS 1.3": ["x25519"]}}, {}),
        ("tls.dh.common_prime", {"key_exchange": {"dh": [SHARED]}}, {}),
        ("tls.dh.unsafe_prime", {"key_exchange": {"dh": [PRIME | {"safe": False}]}}, {}),
        ("tls.dh.reused", {"key_exchange": {"reused": ["x25519"]}}, {}),
        ("tls.dh.reused", {}, {"keys_reused": ["x25519"]}),
        ("tls.renegotiation.insecure", {}, {"secure_renegotiation": False}),
        ("tls.renegotiation.client", {}, {"client_renegotiation": True}),
        ("tls.extended_master_secret", {}, {"extended_master_secret": False}),
        ("tls.encrypt_then_mac", {}, {"encrypt_then_mac": False}),
        ("tls.fallback_scsv", {}, {"fallback_scsv": False}),
        ("tls.downgrade_sentinel", {}, {"downgrade_sentinel": False}),
        ("tls.ticket.long_lifetime", {}, {"ticket_lifetime_modern": 604800}),
        ("tls.early_data", {}, {"early_data": 16384}),
        ("tls.signature.sha1", {}, {"signature_schemes": {"TLS 1.2": ["rsa_pkcs1_sha1"]}}),
        ("tls.sni.any_name", {}, {"unknown_name": {"answer": "certificate", "same": True}}),
        ("tls.heartbeat", {}, {"heartbeat": True}),
        ("tls.intolerance.version", {}, {"version_intolerance": True}),
        ("tls.intolerance.extensions", {}, {"intolerance": True}),
        ("tls.protocol.ssl2", {}, {"ssl2": True, "ssl2_suites": ["SSL_CK_RC4_128_WITH_MD5"]}),
    ],
)
def test_a_fault_fails_its_own_check_alone(
    check: str, endpoint: dict[str, Any], handshake: dict[str, Any]
) -> None:
    found = judged(copy.deepcopy(endpoint), handshake)
    failed = {name for name, item in found.items() if item.outcome == "failed"}
    expected = {check}
    if check in ("tls.group.draft", "tls.group.weak"):
        expected.add("tls.group.no_post_quantum")
    assert failed == expected


@pytest.mark.parametrize(
    ("check", "fact"),
    [
        ("tls.renegotiation.client", "client_renegotiation"),
        ("tls.early_data", "early_data"),
        ("tls.protocol.ssl2", "ssl2"),
        ("tls.sni.any_name", "unknown_name"),
        ("tls.encrypt_then_mac", "encrypt_then_mac"),
        ("tls.fallback_scsv", "fallback_scsv"),
    ],
)
def test_a_fact_that_is_not_there_is_inconclusive_or_does_not_apply(check: str, fact: str) -> None:
    unseen = judged(handshake={fact: None}, reasons={fact: "timed_out"})[check]
    assert (unseen.outcome, unseen.reason) == ("inconclusive", "timed_out")
    nowhere = judged(handshake={fact: None}, reasons={fact: "not_offered"})[check]
    assert (nowhere.outcome, nowhere.reason) == ("not_applicable", "not_offered")
    unexplained = judged(handshake={fact: None})[check]
    assert (unexplained.outcome, unexplained.reason) == ("inconclusive", "no_observation")


def test_a_list_that_may_be_too_short_convicts_but_never_acquits() -> None:
    short = {"groups_incomplete": {"TLS 1.2": "timed_out"}}
    assert judged(dict(short))["tls.group.weak"].outcome == "inconclusive"
    assert judged(dict(short))["tls.group.no_post_quantum"].outcome == "passed"
    weak = short | {"groups": {"TLS 1.2": ["secp192r1"]}}
    assert judged(weak)["tls.group.weak"].outcome == "failed"
    schemes = {"schemes_incomplete": {"TLS 1.2": "timed_out"}}
    assert judged(handshake=schemes)["tls.signature.sha1"].outcome == "inconclusive"
    unknown = {"reasons": {"TLS 1.3": "timed_out"}, "groups": {"TLS 1.2": ["x25519"]}}
    assert judged(unknown)["tls.group.no_post_quantum"].outcome == "inconclusive"


def test_primes_and_keys_of_which_too_little_was_seen() -> None:
    untested = PRIME | {"safe": None, "prime": None, "bits": 8192}
    found = judged({"key_exchange": {"dh": [untested]}})
    assert found["tls.dh.unsafe_prime"].outcome == "inconclusive"
    unread = judged({"key_exchange": {"dh": [], "compared": []}})
    assert unread["tls.dh.common_prime"].outcome == "inconclusive"
    assert unread["tls.dh.reused"].outcome == "inconclusive"
    suites = {"TLS 1.3": ["TLS_AES_128_GCM_SHA256"]}
    modern = judged({"suites": suites, "key_exchange": {"dh": [], "dh_bits": []}})
    assert modern["tls.dh.common_prime"].outcome == "not_applicable"


def test_observations_of_an_older_release_are_inconclusive() -> None:
    old = copy.deepcopy(ENDPOINT)
    for key in ("groups", "groups_incomplete", "group_preference"):
        del old[key]
    old["key_exchange"] = {"dh_bits": [2048], "curves": ["x25519"]}
    sight = Sight([Observation("tls.endpoint", SUBJECT, AT, old)])
    found = {item.check: item.outcome.value for item in judge(sight, (), AT) if item.check in OWN}
    assert set(found.values()) == {"inconclusive"}
    assert set(found) == {
        *("tls.group.weak", "tls.group.draft", "tls.group.no_post_quantum"),
        *("tls.dh.common_prime", "tls.dh.unsafe_prime", "tls.dh.reused"),
    }
