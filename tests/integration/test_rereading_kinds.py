"""Each kind of observation is read again: it agrees, or what the bytes say otherwise is named."""

import asyncio
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from dns_probing import asked_about
from dns_server import Names, apex, dns_server
from handshake_probing import handshakes
from loopback_scans import answering, serving
from read_again import read_again
from ssh_servers import make_key, openssh
from starttls_probing import observed
from starttls_servers import HOST, postfix
from tls_pki import issue
from tls_probing import MemoryEvidence, endpoint_at, free_dialer, survey
from tls_servers import nginx_server, openssl_server
from weak_probing import BRISK
from weak_servers import Bleeding, weak_server
from web_probing import answered

from scanners.rereading.reading import Unread
from scanners.ssh.probe import probe_ssh
from scanners.weakness.probe import probe_weaknesses
from secaudit.core.observation import Observation

ZONE = "contoh.go.id"


def saying(item: Observation, **facts: Any) -> Observation:
    """The same observation, if it had said something else."""
    return replace(item, data={**item.data, **facts})


def altered(kept: Mapping[str, bytes], old: bytes, new: bytes) -> dict[str, bytes]:
    """The same evidence with other bytes in it (in hexadecimal), under the same digests."""
    changed = {
        digest: content.replace(old.hex().encode(), new.hex().encode())
        for digest, content in kept.items()
    }
    assert changed != dict(kept)
    return changed


def test_handshakes_of_a_server_with_all_versions(tmp_path: Path) -> None:
    kept = MemoryEvidence()
    with openssl_server(issue(), tmp_path, "-serverpref") as port:
        _, seen = handshakes(port, kept=kept)

    reading = read_again(seen, kept)
    assert reading.differing == ()
    hidden = {name for name, why in reading.unread.items() if why is Unread.ENCRYPTED}
    assert {"tickets_modern", "client_renegotiation", "signature_schemes.TLS 1.3"} <= hidden
    assert reading.unread["intolerance_modern"] is Unread.CONNECTION
    assert not {"secure_renegotiation", "resumption_psk", "resumption_id"} & reading.unread.keys()

    facts = {
        "secure_renegotiation": not seen.data["secure_renegotiation"],
        "resumption_psk": not seen.data["resumption_psk"],
        "ticket_lifetime_legacy": 1,
        "fallback_scsv": not seen.data["fallback_scsv"],
        "keys_reused": ["x25519"],
    }
    for name, value in facts.items():
        found = read_again(saying(seen, **{name: value}), kept).differing
        assert name in found, name
    schemes = {**seen.data["signature_schemes"]}
    schemes["TLS 1.2"] = schemes["TLS 1.2"][1:]
    wrong = saying(seen, signature_schemes=schemes)
    assert read_again(wrong, kept).differing == ("signature_schemes.TLS 1.2",)


def test_a_byte_that_was_flipped_in_a_handshake_is_found(tmp_path: Path) -> None:
    kept = MemoryEvidence()
    with openssl_server(issue(), tmp_path, "-tls1_2") as port:
        _, seen = handshakes(port, kept=kept)
    # The server's renegotiation_info extension (RFC 5746), empty as in any first handshake.
    flipped = altered(kept, b"\xff\x01\x00\x01\x00", b"\xff\x02\x00\x01\x00")

    assert "secure_renegotiation" in read_again(seen, flipped).differing
    shown = {**seen.data["without_name"], "sha256": "0" * 64}
    assert read_again(saying(seen, without_name=shown), kept).differing == ("without_name",)
    shown = {**seen.data["unknown_name"], "same": False}
    assert read_again(saying(seen, unknown_name=shown), kept).differing == ("unknown_name",)


def test_a_bleeding_server_and_the_weaknesses_that_follow_from_its_suites() -> None:
    kept = MemoryEvidence()
    with weak_server(issue(), Bleeding) as port:
        before = survey(port)
        probing = probe_weaknesses(endpoint_at(port), free_dialer(), kept, [before], BRISK)
        (seen,) = asyncio.run(probing)
    found = seen.data["weaknesses"]
    assert found["heartbleed"]["state"] == "proved"

    reading = read_again(seen, kept, [before])
    assert reading.differing == ()
    assert reading.unread["weaknesses.padding_oracle"] is Unread.ENCRYPTED

    def told(name: str, **changes: Any) -> Observation:
        return saying(seen, weaknesses={**found, name: {**found[name], **changes}})

    longer = {**found["heartbleed"]["facts"], "answer_bytes": 4}
    changed: dict[str, dict[str, Any]] = {
        "heartbleed": {"facts": longer},
        "ccs_injection": {"state": "proved", "why": "early_change_accepted"},
        "crime": {"state": "proved", "why": "tls_compression"},
        "robot": {"facts": {"answer": "alert 99"}},
        "beast": {"state": "proved" if found["beast"]["state"] == "absent" else "absent"},
    }
    for name, changes in changed.items():
        differing = read_again(told(name, **changes), kept, [before]).differing
        assert differing == (f"weaknesses.{name}",), name
    alone = read_again(seen, kept)
    assert alone.unread["weaknesses.beast"] is Unread.ELSEWHERE


def test_the_words_before_tls(tmp_path: Path) -> None:
    with postfix(tmp_path, "smtpd_tls_security_level=may") as port:
        seen, kept = observed("smtp", port, host=HOST)
    assert seen.data["starts"]
    reading = read_again(seen, kept)
    assert reading.differing == ()
    assert not {"starts", "injection", "login_in_clear", "answered"} & reading.unread.keys()

    assert read_again(saying(seen, injection="proved"), kept).differing == ("injection",)
    methods = saying(seen, login_methods=["PLAIN"])
    assert read_again(methods, kept).differing == ("login_methods",)
    silent = altered(kept, b"STARTTLS\r\n250", b"STARTTLX\r\n250")
    assert "starts" in read_again(seen, silent).differing


def test_an_answer_of_http_whose_cookies_were_not_kept(tmp_path: Path) -> None:
    if not shutil.which("/usr/sbin/nginx"):
        pytest.skip("nginx is missing")
    headers = (
        'add_header Strict-Transport-Security "max-age=31536000" always;',
        'add_header Set-Cookie "sesi=rahasia-sekali; Secure; HttpOnly" always;',
    )
    with nginx_server(issue(), tmp_path, *headers) as port:
        (seen,), kept = answered(port, "layanan.contoh.go.id", tls=True)
    assert seen.data["cookies"][0]["value_bytes"] == len("rahasia-sekali")
    assert b"rahasia".hex().encode() not in b"".join(kept.values())

    reading = read_again(seen, kept)
    assert reading.differing == ()
    assert set(reading.unread) == {"asked_name", "connections", "body", "meta_referrer"}
    assert read_again(saying(seen, hsts_max_age=5), kept).differing == ("hsts_max_age",)
    cookies = [{**seen.data["cookies"][0], "http_only": False}]
    assert read_again(saying(seen, cookies=cookies), kept).differing == ("cookies",)
    older = altered(kept, b"max-age=31536000", b"max-age=31536001")
    assert set(read_again(seen, older).differing) == {"headers", "hsts", "hsts_max_age"}


def test_what_is_no_answer_of_http() -> None:
    with serving(answering([(b"GET", b"SSH-2.0-bukan\r\n")])) as port:
        (seen,), kept = answered(port)
    assert seen.data["problem"] == "protocol_mismatch"
    assert read_again(seen, kept).differing == ()
    wrong = saying(seen, problem="malformed_answer")
    assert read_again(wrong, kept).differing == ("problem",)


def test_host_keys_of_an_ssh_server(tmp_path: Path) -> None:
    kept = MemoryEvidence()
    with openssh(tmp_path, [make_key(tmp_path, "rsa", 2048), make_key(tmp_path)]) as port:
        (seen,) = asyncio.run(probe_ssh(endpoint_at(port), free_dialer(), kept))
    assert len(seen.data["host_keys"]) == 2

    reading = read_again(seen, kept)
    assert reading.differing == ()
    assert reading.unread["host_keys.1.signature"] is Unread.NOT_KEPT
    keys = [seen.data["host_keys"][0], {**seen.data["host_keys"][1], "fingerprint": "SHA256:x"}]
    assert read_again(saying(seen, host_keys=keys), kept).differing == ("host_keys.1",)
    group = {**seen.data["group_exchange"], "bits": 1024}
    assert read_again(saying(seen, group_exchange=group), kept).differing == ("group_exchange",)


def test_answers_of_a_resolver() -> None:
    lines = [apex(ZONE), f'{ZONE}. CAA 0 issue "ca.contoh"', f"www.{ZONE}. A 192.0.2.1"]
    with dns_server(Names(lines)) as resolver:
        (seen,), kept = asked_about(resolver, f"www.{ZONE}", mail=True)
    assert seen.data["caa"]["found_at"] == ZONE

    reading = read_again(seen, kept)
    assert reading.differing == ()
    assert set(reading.unread) == {"resolver"}
    caa = {**seen.data["caa"], "found_at": f"www.{ZONE}"}
    assert read_again(saying(seen, caa=caa), kept).differing == ("caa",)
    other = altered(kept, b"ca.contoh", b"cb.contoh")
    assert read_again(seen, other).differing == ("caa",)
