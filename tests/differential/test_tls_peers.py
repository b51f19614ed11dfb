"""Ours against sslyze and sslscan on the same servers: every difference is one that we can explain.

``DIFFERENCES`` names, for each server, the facts in which a peer says something else, with the name
of the reason: a heading of docs/tls-differences.md. A difference that is not there fails, and so
does one that is there and is not seen any more, or is not of the kind that its reason speaks of.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tls_matrix import SERVERS, Certified, certified
from tls_peers import SSLYZE, Facts, by_sslscan, by_sslyze, by_us
from tls_pki import NAME

DOCUMENT = Path(__file__).parents[2] / "docs" / "tls-differences.md"
PEERS: dict[str, Callable[[int, str], Facts]] = {"sslscan": by_sslscan, "sslyze": by_sslyze}

pytestmark = [
    pytest.mark.skipif(not SSLYZE.exists(), reason="needs sslyze (the peer)"),
    pytest.mark.skipif(not shutil.which("sslscan"), reason="needs sslscan (the peer)"),
]


def more(*marks: str) -> Callable[[Any, Any], bool]:
    """We see all that they see, and more: only names with one of these marks."""

    def holds(ours: Any, theirs: Any) -> bool:
        extra = ours - theirs
        return bool(ours > theirs) and all(any(mark in name for mark in marks) for name in extra)

    return holds


def nothing(ours: Any, theirs: Any) -> bool:
    """We see what they do not see at all."""
    return bool(ours and not theirs)


_UNKNOWN_TO_SSLYZE = "DH_anon_WITH_CAMELLIA"
REASONS: dict[str, Callable[[Any, Any], bool]] = {
    "The question does not arise": lambda ours, _: ours is None,
    "Finite-field groups": more("ffdhe"),
    "Post-quantum groups": more("MLKEM"),
    "Post-quantum groups alone": nothing,
    "Brainpool curves": more("brainpool"),
    "Curves beside a certificate of ECDSA": more("x25519"),
    "Groups of anonymous suites": more("secp", "x25519", "x448"),
    "Suites that sslyze lacks": more(_UNKNOWN_TO_SSLYZE),
    "Pre-shared keys": more("PSK"),
    "Suites of SSL 3.0": nothing,
    "RSA behind pre-shared keys": lambda ours, theirs: ours is None and theirs is False,
    "Secure renegotiation": nothing,
    "Signatures of a short list of suites": nothing,
    "Signatures beside ECDSA": more("ecdsa"),
    "Signatures that nobody makes": lambda ours, theirs: theirs > ours,
    "A client certificate that is demanded": nothing,
    "A certificate behind anonymous suites": nothing,
    "Tickets of Go": nothing,
    "Sessions that end without a word": nothing,
}

_NOT_ASKED = "The question does not arise"
_OLD_ONLY = {("sslyze", "early data"): _NOT_ASKED}
_ONE_VERSION = {("sslyze", "early data"): _NOT_ASKED, ("sslyze", "fallback"): _NOT_ASKED}
_FFDHE = {("sslyze", "groups"): "Finite-field groups"}
_FFDHE_OLD = _FFDHE | {("sslscan", "groups TLS 1.2"): "Finite-field groups"}
_NEW_ONLY = {("sslscan", "secure renegotiation"): "Secure renegotiation"}
_ANON_CAMELLIA = {("sslyze", "suites TLS 1.2"): "Suites that sslyze lacks"}
_FORGOTTEN = {("sslyze", "resumption by id"): "Sessions that end without a word"}

DIFFERENCES: dict[str, dict[tuple[str, str], str]] = {
    "nginx, modern": {
        ("sslyze", "compression"): _NOT_ASKED,
        ("sslyze", "fallback"): _NOT_ASKED,
        ("sslyze", "secure renegotiation"): _NOT_ASKED,
        ("sslyze", "client renegotiation"): _NOT_ASKED,
        ("sslyze", "extended master secret"): _NOT_ASKED,
        ("sslyze", "resumption by id"): _NOT_ASKED,
        ("sslyze", "resumption by ticket"): _NOT_ASKED,
        ("sslscan", "secure renegotiation"): _NOT_ASKED,
    },
    "nginx, intermediate": _NEW_ONLY
    | {("sslscan", "signatures TLS 1.2"): "Signatures of a short list of suites"},
    "nginx, permissive": _FFDHE,
    "nginx, early data and resumption": _FFDHE | _NEW_ONLY,
    "nginx, two certificates": _FFDHE
    | _NEW_ONLY
    | {("sslscan", "signatures TLS 1.2"): "Signatures beside ECDSA"},
    "nginx, a name alone": _FFDHE | _NEW_ONLY,
    "nginx, client certificate": _FFDHE | _NEW_ONLY,
    "OpenSSL, everything": _FORGOTTEN | _FFDHE | _ANON_CAMELLIA,
    "OpenSSL, legacy renegotiation": _FORGOTTEN | _ONE_VERSION | _NEW_ONLY,
    "OpenSSL, prime of 1024 bits": _FORGOTTEN | _ONE_VERSION | _NEW_ONLY,
    "OpenSSL, pre-shared key": _ONE_VERSION
    | _FORGOTTEN
    | _NEW_ONLY
    | {
        ("sslyze", "suites TLS 1.2"): "Pre-shared keys",
        ("sslyze", "robot"): "RSA behind pre-shared keys",
        ("sslscan", "suites TLS 1.2"): "Pre-shared keys",
        ("sslscan", "signatures TLS 1.2"): "Signatures that nobody makes",
    },
    "OpenSSL, anonymous": _ONE_VERSION
    | _FORGOTTEN
    | _NEW_ONLY
    | _ANON_CAMELLIA
    | {
        ("sslyze", "groups"): "Groups of anonymous suites",
        ("sslscan", "groups TLS 1.2"): "Groups of anonymous suites",
        ("sslscan", "signatures TLS 1.2"): "Signatures that nobody makes",
        ("sslscan", "certificate"): "A certificate behind anonymous suites",
    },
    "OpenSSL, client certificate": _FFDHE
    | _NEW_ONLY
    | {("sslscan", "suites TLS 1.2"): "A client certificate that is demanded"},
    "OpenSSL, brainpool and P-521": _FORGOTTEN
    | _NEW_ONLY
    | {("sslyze", "groups"): "Brainpool curves"},
    "OpenSSL, stapling, P-384 alone": _FORGOTTEN | _NEW_ONLY,
    "OpenSSL, no tickets": _FORGOTTEN | _ONE_VERSION | _NEW_ONLY,
    "Python, ECDSA": _FFDHE
    | _NEW_ONLY
    | {
        ("sslscan", "groups TLS 1.2"): "Curves beside a certificate of ECDSA",
        ("sslscan", "signatures TLS 1.2"): "Signatures beside ECDSA",
    },
    "tlslite, SSL 3.0 and RC4": _OLD_ONLY
    | _FFDHE_OLD
    | {("sslscan", "suites SSL 3.0"): "Suites of SSL 3.0"},
    "tlslite, TLS 1.2": _OLD_ONLY | _FFDHE_OLD,
    "Go, as it comes": _NEW_ONLY
    | {
        ("sslyze", "groups"): "Post-quantum groups",
        ("sslyze", "resumption by ticket"): "Tickets of Go",
        ("sslscan", "signatures TLS 1.2"): "Signatures of a short list of suites",
        ("sslscan", "groups TLS 1.3"): "Post-quantum groups",
    },
    "Go, post-quantum alone": {
        ("sslyze", "anything"): "Post-quantum groups alone",
        ("sslscan", "TLS 1.3"): "Post-quantum groups alone",
        ("sslscan", "suites TLS 1.3"): "Post-quantum groups alone",
        ("sslscan", "groups TLS 1.3"): "Post-quantum groups",
        ("sslscan", "secure renegotiation"): _NOT_ASKED,
    },
    "Heartbleed": _OLD_ONLY | _FFDHE_OLD,
}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Certified:
    return certified(tmp_path_factory.mktemp("certificates"))


def differences(ours: Facts, theirs: Facts) -> dict[str, tuple[Any, Any]]:
    """Each fact that the peer tells otherwise than we."""
    if not theirs:
        return {"anything": (ours, {})}
    return {fact: (ours[fact], told) for fact, told in theirs.items() if ours[fact] != told}


def confirmed(ours: Facts, theirs: Facts, others: list[Facts]) -> Facts:
    """What a peer says, with the suites that it missed and another peer sees as we do.

    sslyze takes a suite for refused when its connection comes to nothing, as it now and then does
    at a server that serves one client at a time.
    """
    made = dict(theirs)
    for fact, names in theirs.items():
        if fact.startswith("suites "):
            seen = set().union(*(other.get(fact, set()) for other in others))
            missed = {name for name in ours[fact] & seen if _UNKNOWN_TO_SSLYZE not in name}
            made[fact] = frozenset(names) | missed
    return made


@pytest.mark.parametrize("server", SERVERS)
def test_whatever_peers_say_otherwise_is_explained(server: str, own: Certified) -> None:
    expected = DIFFERENCES.get(server, {})
    ours = asked(by_us, server, own)
    found: dict[tuple[str, str], tuple[Any, Any]] = {}
    heard: list[Facts] = []
    for peer, ask in PEERS.items():
        for _ in range(5):  # on a busy machine a peer takes a late answer for none
            answer = confirmed(ours, asked(ask, server, own), heard)
            told = differences(ours, answer)
            same = {(peer, fact) for fact in told} == {at for at in expected if at[0] == peer}
            if same and all(REASONS[expected[peer, fact]](*told[fact]) for fact in told):
                break
        found |= {(peer, fact): values for fact, values in told.items()}
        heard.append(answer)
    assert {place: found[place] for place in found.keys() - expected.keys()} == {}
    assert expected.keys() - found.keys() == set()
    for place, values in found.items():
        assert REASONS[expected[place]](*values), (place, expected[place], values)


def asked(ask: Callable[[int, str], Facts], server: str, own: Certified) -> Facts:
    """What one tool says about a server that nobody has asked before."""
    with SERVERS[server](own) as port:
        return ask(port, NAME)


def test_every_reason_is_explained_in_the_document() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    used = {reason for rows in DIFFERENCES.values() for reason in rows.values()}
    assert used == set(REASONS)
    assert all(f"\n### {reason}\n" in text for reason in used)
    assert set(DIFFERENCES) <= set(SERVERS)
