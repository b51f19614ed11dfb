"""What an SSH offer means, from observations that no server has to be started for."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from ssh_probing import failures, judged_ssh, ssh_outcomes

from scanners.base import Sight, Watched
from scanners.registry import judge
from scanners.ssh.algorithms import KINDS, entry_of, load_algorithms
from scanners.ssh.kexinit import make_kexinit
from scanners.ssh.questions import keys_to_ask, open_keys
from scanners.ssh.software import load_flaws, older, suspicions
from secaudit.core.observation import Observation
from secaudit.core.subject import Subject

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SUBJECT = Subject("kantor", "192.0.2.7", 22)
SOUND: Mapping[str, Any] = {
    "kex": ["mlkem768x25519-sha256", "curve25519-sha256", "kex-strict-s-v00@openssh.com"],
    "host_key": ["ssh-ed25519"],
    "cipher": ["aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com"],
    "mac": ["hmac-sha2-256-etm@openssh.com"],
    "compression": ["none", "zlib@openssh.com"],
}
KEY = {
    "algorithm": "ssh-ed25519",
    "kind": "ed25519",
    "bits": 256,
    "fingerprint": "SHA256:x",
    "signature": "verified",
    "certificate": None,
}
CERTIFICATE = {
    "key_id": "situs",
    "serial": "1",
    "kind": "host",
    "valid_from": None,
    "valid_until": None,
    "signed_with": "rsa-sha2-512",
    "signature": "verified",
    "authority": {"kind": "rsa", "bits": 3072},
}


def seen(lists: Mapping[str, Any] | None = None, **changes: Any) -> Observation:
    chosen = {**SOUND, **(lists or {})}
    algorithms = {
        "kex": chosen["kex"],
        "host_key": chosen["host_key"],
        **{
            f"{kind}_{way}": chosen[kind]
            for kind in ("cipher", "mac", "compression")
            for way in ("in", "out")
        },
    }
    data = {
        "reason": None,
        "identification": {
            "software": "OpenSSH_10.0",
            "comment": "",
            "product": "OpenSSH",
            "version": "10.0",
        },
        "protocol_1": "refused",
        "protocol_1_reason": None,
        "protocol_1_offer": None,
        "algorithms": algorithms,
        "strict_kex": True,
        "host_keys": [KEY],
        "open_keys": {},
        "group_exchange": None,
        "problems": [],
    }
    return Observation("ssh.endpoint", SUBJECT, NOON, data | changes)


def test_a_sound_server_passes_everything() -> None:
    assert set(ssh_outcomes(seen()).values()) == {"passed", "not_applicable"}


@pytest.mark.parametrize(
    ("kind", "name", "check"),
    [
        ("kex", "diffie-hellman-group1-sha1", "ssh.kex.short_group"),
        ("kex", "gss-group1-sha1-toWM5Slw5Ew8Mqkay+al2g==", "ssh.kex.short_group"),
        ("kex", "rsa1024-sha1", "ssh.kex.short_group"),
        ("kex", "diffie-hellman-group14-sha1", "ssh.kex.sha1"),
        ("host_key", "ssh-dss", "ssh.host_key.dsa"),
        ("host_key", "ssh-rsa", "ssh.host_key.sha1_only"),
        ("cipher", "none", "ssh.cipher.none"),
        ("cipher", "arcfour", "ssh.cipher.rc4"),
        ("cipher", "blowfish-cbc", "ssh.cipher.short_block"),
        ("cipher", "3des-ctr", "ssh.cipher.short_block"),
        ("cipher", "aes256-cbc", "ssh.cipher.cbc"),
        ("cipher", "rijndael-cbc@lysator.liu.se", "ssh.cipher.cbc"),
        ("compression", "zlib", "ssh.compression.before_auth"),
    ],
)
def test_one_weak_name_among_sound_ones_fails_its_check(kind: str, name: str, check: str) -> None:
    found = judged_ssh(seen({kind: [*SOUND[kind], name]}))
    assert found[check].outcome == "failed"
    assert found[check].details["algorithms"] == name


@pytest.mark.parametrize(
    ("name", "check"),
    [
        ("none", "ssh.mac.none"),
        ("hmac-md5-96-etm@openssh.com", "ssh.mac.md5"),
        ("umac-64-etm@openssh.com", "ssh.mac.short_tag"),
        ("hmac-sha1-96", "ssh.mac.short_tag"),
        ("hmac-ripemd160", "ssh.mac.sha1"),
    ],
)
def test_a_weak_mac_counts_where_a_cipher_may_need_it(name: str, check: str) -> None:
    macs = [*SOUND["mac"], name]
    found = judged_ssh(seen({"cipher": [*SOUND["cipher"], "aes256-ctr"], "mac": macs}))
    assert found[check].outcome == "failed"
    assert found[check].details["algorithms"] == name
    unknown = judged_ssh(seen({"cipher": [*SOUND["cipher"], "sandi@contoh.example"], "mac": macs}))
    assert unknown[check].outcome == "failed"
    unused = judged_ssh(seen({"mac": macs}))[check]
    assert (unused.outcome, unused.reason) == ("passed", "not_offered")


def test_rsa_sha2_beside_ssh_rsa_is_sound() -> None:
    lists = {"host_key": ["rsa-sha2-512", "ssh-rsa"]}
    key = {**KEY, "kind": "rsa", "bits": 2048}
    assert failures(seen(lists, host_keys=[key])) == {"ssh.host_key.rsa_below_3072"}


@pytest.mark.parametrize(
    ("ciphers", "macs", "strict", "outcome"),
    [
        (["chacha20-poly1305@openssh.com"], ["hmac-sha2-256"], False, "failed"),
        (["chacha20-poly1305@openssh.com"], ["hmac-sha2-256"], True, "passed"),
        (["aes128-cbc"], ["hmac-sha2-256-etm@openssh.com"], False, "failed"),
        (["aes128-cbc"], ["hmac-sha2-256"], False, "passed"),
        (["aes128-ctr"], ["hmac-sha2-256-etm@openssh.com"], False, "passed"),
        (["aes256-gcm@openssh.com"], ["hmac-sha2-256-etm@openssh.com"], False, "passed"),
    ],
)
def test_the_conditions_of_terrapin(
    ciphers: list[str], macs: list[str], strict: bool, outcome: str
) -> None:
    observed = seen({"cipher": ciphers, "mac": macs}, strict_kex=strict)
    assert ssh_outcomes(observed)["ssh.kex.terrapin"] == outcome


def test_no_post_quantum_key_exchange_counts_only_key_exchanges() -> None:
    names = ["curve25519-sha256", "ecdh-sha2-nistp256"]
    found = judged_ssh(seen({"kex": [*names, "ext-info-s"]}))["ssh.kex.no_post_quantum"]
    assert (found.outcome, found.details["count"]) == ("failed", 2)
    strange = seen({"kex": [*names, "baru@contoh.example"]})
    assert ssh_outcomes(strange)["ssh.kex.no_post_quantum"] == "inconclusive"


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"valid_until": "2026-11-20T00:00:00+00:00"}, "ssh.host_certificate.expired"),
        ({"valid_from": "2026-11-22T00:00:00+00:00"}, "ssh.host_certificate.expired"),
        ({"signature": "invalid"}, "ssh.host_certificate.weak"),
        ({"kind": "user"}, "ssh.host_certificate.weak"),
        ({"signed_with": "ssh-rsa"}, "ssh.host_certificate.weak"),
        ({"authority": {"kind": "rsa", "bits": 1024}}, "ssh.host_certificate.weak"),
        ({"authority": {"kind": "dsa", "bits": 1024}}, "ssh.host_certificate.weak"),
        ({"valid_until": "2026-12-20T00:00:00+00:00"}, None),
    ],
)
def test_certificates(changes: Mapping[str, Any], fault: str | None) -> None:
    key = {**KEY, "certificate": {**CERTIFICATE, **changes}}
    assert failures(seen(host_keys=[key])) == ({fault} if fault else set())


def test_a_certificate_that_was_not_seen_is_not_passed() -> None:
    missing = {"ssh-ed25519-cert-v01@openssh.com": "limit_exceeded"}
    found = judged_ssh(seen(open_keys=missing))["ssh.host_certificate.expired"]
    assert (found.outcome, found.reason) == ("inconclusive", "limit_exceeded")


@pytest.mark.parametrize(
    ("software", "comment", "outcome"),
    [
        ("OpenSSH_9.2p1", "Debian-2+deb12u2", "failed"),
        ("OpenSSH_9.2p1", "Debian-2+deb12u3", "passed"),
        ("OpenSSH_9.2p1", "Debian-2+deb12u10", "passed"),
        ("OpenSSH_9.2p1", "", "inconclusive"),
        ("OpenSSH_8.9p1", "Ubuntu-3ubuntu0.6", "failed"),
        ("OpenSSH_8.9p1", "Ubuntu-3ubuntu0.13", "passed"),
        ("OpenSSH_8.7", "", "inconclusive"),
        ("OpenSSH_8.4p1", "Debian-5+deb11u3", "passed"),
        ("OpenSSH_9.7p1", "Debian-7", "inconclusive"),
        ("OpenSSH_9.9p2", "", "passed"),
        ("OpenSSH_10.2p1", "", "passed"),
        ("OpenSSH_7.4", "", "inconclusive"),
        ("libssh_0.8.1", "", "inconclusive"),
        ("libssh_0.9.6", "", "passed"),
        ("dropbear_2016.73", "", "inconclusive"),
        ("dropbear", "", "not_applicable"),
        ("ROSSSH", "", "not_applicable"),
    ],
)
def test_versions_with_known_flaws(software: str, comment: str, outcome: str) -> None:
    from scanners.ssh.identification import parse_identification

    told = parse_identification(f"SSH-2.0-{software} {comment}".rstrip().encode())
    assert told is not None
    fields = ("software", "comment", "product", "version")
    observed = seen(identification={name: getattr(told, name) for name in fields})
    found = judged_ssh(observed)["ssh.software.known_flaw"]
    assert found.outcome == outcome
    assert (outcome in ("passed", "not_applicable")) == (not found.details.get("flaws"))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("9.7p1", "9.8"),
        ("9.9p1", "9.9p2"),
        ("9.9", "10.0"),
        ("2016.73", "2016.74"),
        ("Debian-2+deb12u2", "Debian-2+deb12u10"),
        ("Ubuntu-3ubuntu0.9", "Ubuntu-3ubuntu0.10"),
    ],
)
def test_versions_compare_by_value(left: str, right: str) -> None:
    assert older(left, right)
    assert not older(right, left)
    assert not older(left, left)


def test_a_range_is_told() -> None:
    (found,) = [
        item for item in suspicions("OpenSSH", "9.2p1", "") if item.flaw.id == "CVE-2024-6387"
    ]
    assert (found.versions, found.state) == ("8.5 - < 9.8", "unknown")


def test_the_tables_are_whole() -> None:
    assert len(load_flaws()) >= 5
    for kind in KINDS:
        names = [name for entry in load_algorithms().of_kind(kind) for name in entry.names]
        assert len(names) == len(set(names))
        for name in names:
            found = entry_of(kind, name.replace("*", "x"))
            assert found is not None
        assert entry_of(kind, "uji@contoh") is None


@pytest.mark.parametrize(
    ("offered", "asked", "needed"),
    [
        (["ssh-ed25519"], ["ssh-ed25519"], set()),
        (["ssh-ed25519", "ecdsa-sha2-nistp256"], ["ssh-ed25519"], set()),
        (["ssh-rsa", "rsa-sha2-512", "ssh-ed25519"], ["rsa-sha2-512"], {"rsa-sha2-512"}),
        (
            ["rsa-sha2-512-cert-v01@openssh.com", "rsa-sha2-512", "ssh-ed25519"],
            ["rsa-sha2-512-cert-v01@openssh.com"],
            {"rsa-sha2-512-cert-v01@openssh.com"},
        ),
        (
            ["ssh-ed25519-cert-v01@openssh.com", "ssh-ed25519", "ssh-rsa"],
            ["ssh-rsa", "ssh-ed25519-cert-v01@openssh.com"],
            {"ssh-rsa", "ssh-ed25519-cert-v01@openssh.com"},
        ),
        (["x509v3-rsa2048-sha256"], [], set()),
    ],
)
def test_what_is_asked_and_in_which_order(
    offered: list[str], asked: list[str], needed: set[str]
) -> None:
    offer = make_kexinit([("curve25519-sha256",), tuple(offered), *[("x",)] * 6])
    assert keys_to_ask(offer) == asked
    assert open_keys(offer) == needed
    assert len(keys_to_ask(offer, every_key=True)) >= len(asked)


def test_another_protocol_on_the_port_of_an_old_finding() -> None:
    """Where HTTP answers now, a finding of SSH does not apply any more; it is not passed."""
    host = SUBJECT.host
    ports = {"state": "up", "open": [22], "closed": "", "filtered": "", "profile": "22"}
    service = {"name": "http", "tls": False, "starttls": None}
    sight = Sight(
        [
            Observation("host.ports", host, NOON, {**ports, "attempts": 1}),
            Observation("service", SUBJECT, NOON, {**service, "http": None, "anonymous": None}),
        ]
    )
    results = judge(sight, [Watched("ssh.cipher.cbc", SUBJECT)], NOON)
    (found,) = [item for item in results if item.check == "ssh.cipher.cbc"]
    assert (found.outcome, found.reason) == ("not_applicable", "protocol_mismatch")
