"""Algorithms and host keys of real SSH servers, against what they were configured to have."""

import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from loopback_scans import of_kind, order_for, scanned
from ssh_probing import failures, judged_ssh, ssh_outcomes, survey_ssh
from ssh_servers import SSHD, async_ssh, certify, dropbear, fingerprint_of, make_key, openssh

from scanners.registry import load_checks
from scanners.ssh.exchange import METHODS
from scanners.ssh.limits import SshSettings

EVERY_KEX = sorted(set(METHODS) - {"mlkem768x25519-sha256"})
WEAK = (
    "KexAlgorithms=diffie-hellman-group1-sha1,diffie-hellman-group-exchange-sha1",
    "Ciphers=3des-cbc,aes128-cbc",
    "MACs=hmac-md5,hmac-sha1-96,umac-64@openssh.com",
    "HostKeyAlgorithms=ssh-rsa",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ssh")


def test_one_connection_decides_all_about_a_usual_openssh(folder: Path) -> None:
    keys = [make_key(folder, "rsa", 3072), make_key(folder, "ed25519"), make_key(folder, "ecdsa")]
    with openssh(folder, keys) as port:
        seen = survey_ssh(port, SshSettings(every_key=False))
    told = subprocess.run([SSHD, "-T", "-f", "/dev/null"], capture_output=True, text=True)
    usual = dict(line.split(" ", 1) for line in told.stdout.splitlines() if " " in line)
    assert seen.data["connections"] == 1
    assert seen.data["problems"] == []
    assert seen.data["identification"]["product"] == "OpenSSH"
    for name, option in (("cipher_in", "ciphers"), ("mac_out", "macs"), ("kex", "kexalgorithms")):
        offered = [item for item in seen.data["algorithms"][name] if "strict" not in item]
        assert ",".join(offered) == usual[option]
    (key,) = seen.data["host_keys"]
    assert key["fingerprint"] == fingerprint_of(keys[0])
    assert (key["kind"], key["bits"], key["signature"]) == ("rsa", 3072, "verified")
    assert set(seen.data["open_keys"]) == {"ssh-ed25519", "ecdsa-sha2-nistp256"}
    assert seen.data["group_exchange"]["bits"] >= 2048
    assert failures(seen) == {"ssh.mac.sha1", "ssh.mac.short_tag", "ssh.mac.no_etm"}


def test_three_connections_show_every_key_and_no_more(folder: Path) -> None:
    keys = [make_key(folder, "rsa", 3072), make_key(folder, "ed25519"), make_key(folder, "ecdsa")]
    with openssh(folder, keys) as port:
        seen = survey_ssh(port)
    assert seen.data["connections"] == 3
    assert seen.data["open_keys"] == {}
    shown = [item["fingerprint"] for item in seen.data["host_keys"]]
    assert shown == [fingerprint_of(key) for key in keys]
    assert {item["signature"] for item in seen.data["host_keys"]} == {"verified"}


@pytest.mark.parametrize("kex", EVERY_KEX)
def test_the_signature_over_every_key_exchange_is_verified(kex: str, folder: Path) -> None:
    key = make_key(folder, "ed25519")
    others = {"curve448-sha512", *(f"diffie-hellman-group{number}-sha512" for number in (15, 17))}
    if kex in others or kex.endswith("1.3.132.0.10"):
        with async_ssh([key], kex_algs=[kex]) as port:
            seen = survey_ssh(port)
    else:
        with openssh(folder, [key], f"KexAlgorithms={kex}") as port:
            seen = survey_ssh(port)
    (shown,) = seen.data["host_keys"]
    assert shown["signature"] == "verified"
    assert shown["fingerprint"] == fingerprint_of(key)


@pytest.mark.parametrize(
    ("kind", "bits", "algorithm"),
    [
        ("ecdsa", 256, "ecdsa-sha2-nistp256"),
        ("ecdsa", 384, "ecdsa-sha2-nistp384"),
        ("ecdsa", 521, "ecdsa-sha2-nistp521"),
        ("rsa", 1024, "rsa-sha2-512"),
        ("dsa", None, "ssh-dss"),
    ],
)
def test_each_kind_of_key_is_read(
    kind: str, bits: int | None, algorithm: str, folder: Path
) -> None:
    key = make_key(folder, kind, bits)
    options = ("RequiredRSASize=1024", "HostKeyAlgorithms=+ssh-dss")
    with openssh(folder, [key], *options) as port:
        seen = survey_ssh(port)
    (shown,) = seen.data["host_keys"]
    assert shown["algorithm"] == algorithm
    assert shown["bits"] == bits or kind == "dsa"
    assert shown["signature"] == "verified"
    failed = failures(seen)
    assert ("ssh.host_key.rsa_short" in failed) == (bits == 1024)
    assert ("ssh.host_key.dsa" in failed) == (kind == "dsa")


def test_weak_settings_are_found_each_by_its_check(folder: Path) -> None:
    with openssh(folder, [make_key(folder, "rsa", 2048)], *WEAK) as port:
        seen = survey_ssh(port)
    assert failures(seen) == {
        "ssh.kex.short_group",
        "ssh.kex.sha1",
        "ssh.kex.no_post_quantum",
        "ssh.cipher.short_block",
        "ssh.cipher.cbc",
        "ssh.mac.md5",
        "ssh.mac.sha1",
        "ssh.mac.short_tag",
        "ssh.mac.no_etm",
        "ssh.host_key.sha1_only",
        "ssh.host_key.rsa_below_3072",
    }
    results = judged_ssh(seen)
    assert "diffie-hellman-group1-sha1" in results["ssh.kex.short_group"].details["algorithms"]
    assert results["ssh.kex.terrapin"].outcome == "passed"


def test_a_small_modulus_is_told(folder: Path) -> None:
    key = make_key(folder, "ed25519")
    with async_ssh([key], kex_algs=["diffie-hellman-group-exchange-sha1"]) as port:
        seen = survey_ssh(port)
    group = seen.data["group_exchange"]
    assert (group["bits"], group["common"]) == (1024, "modp1024")
    assert "ssh.kex.small_modulus" in failures(seen)


def test_terrapin_in_a_server_without_strict_key_exchange(folder: Path) -> None:
    key = make_key(folder, "ed25519")
    with async_ssh([key]) as port:
        seen = survey_ssh(port)
    assert seen.data["strict_kex"]
    assert ssh_outcomes(seen)["ssh.kex.terrapin"] == "passed"
    seen = replace(seen, data={**seen.data, "strict_kex": False})
    assert "ssh.kex.terrapin" in failures(seen)


def test_rc4_and_early_compression_of_an_old_server(folder: Path) -> None:
    settings = {
        "encryption_algs": ["arcfour256", "3des-cbc", "aes128-ctr"],
        "mac_algs": ["hmac-md5", "hmac-sha1-96"],
        "compression_algs": ["zlib", "none"],
    }
    with async_ssh([make_key(folder, "ed25519")], **settings) as port:
        seen = survey_ssh(port)
    failed = failures(seen)
    assert {"ssh.cipher.rc4", "ssh.cipher.short_block", "ssh.compression.before_auth"} <= failed


def test_certificates_are_asked_for_in_the_place_of_their_keys(folder: Path) -> None:
    authority = make_key(folder, "rsa", 3072)
    rsa, edwards = make_key(folder, "rsa", 2048), make_key(folder, "ed25519")
    names = ("-n", "situs.kota-contoh.example,192.0.2.7", "-z", "7")
    old = certify(rsa, authority, *names, "-V", "-3d:-1d")
    new = certify(edwards, authority, *names, "-V", "-1d:+365d")
    with openssh(
        folder, [rsa, edwards], f"HostCertificate={old}", f"HostCertificate={new}"
    ) as port:
        seen = survey_ssh(port)
    first, second = seen.data["host_keys"]
    assert seen.data["connections"] == 2
    assert first["fingerprint"] == fingerprint_of(rsa)
    said = first["certificate"]
    assert said["principals"] == ["situs.kota-contoh.example", "192.0.2.7"]
    assert (said["serial"], said["key_id"], said["signature"]) == ("7", "uji", "verified")
    assert said["authority"]["fingerprint"] == fingerprint_of(authority)
    assert second["certificate"]["valid_until"] > second["certificate"]["valid_from"]
    failed = failures(seen)
    assert "ssh.host_certificate.expired" in failed
    assert "ssh.host_certificate.weak" not in failed


def test_a_certificate_by_a_weak_authority(folder: Path) -> None:
    authority, key = make_key(folder, "rsa", 1024), make_key(folder, "ecdsa", 384)
    certificate = certify(key, authority, "-t", "ssh-rsa", "-V", "always:forever")
    options = (f"HostCertificate={certificate}", "CASignatureAlgorithms=+ssh-rsa")
    with openssh(folder, [key], *options) as port:
        seen = survey_ssh(port)
    (shown,) = seen.data["host_keys"]
    assert (shown["certificate"]["valid_from"], shown["certificate"]["valid_until"]) == (None, None)
    results = judged_ssh(seen)
    assert results["ssh.host_certificate.weak"].details["signed_with"] == "ssh-rsa"
    assert results["ssh.host_certificate.expired"].outcome == "passed"


@pytest.mark.parametrize(("kind", "bits"), [("rsa", 2048), ("rsa", 1024), ("ed25519", 0)])
def test_dropbear(kind: str, bits: int, tmp_path: Path) -> None:
    with dropbear(tmp_path, kind, bits) as port:
        seen = survey_ssh(port)
    assert seen.data["identification"]["product"] == "Dropbear"
    assert [item["kind"] for item in seen.data["host_keys"]] == [kind]
    assert seen.data["host_keys"][0]["signature"] == "verified"
    judgement = ssh_outcomes(seen)
    short = {"rsa": "failed" if bits == 1024 else "passed"}.get(kind, "inconclusive")
    # Dropbear names RSA even without such a key: then nobody can tell how long it would be.
    assert judgement["ssh.host_key.rsa_short"] == short
    assert judgement["ssh.software.known_flaw"] == "passed"


def test_the_ready_configuration_repairs_what_it_is_for(folder: Path) -> None:
    """What the remediation tells is accepted by sshd, and the checks then pass."""
    text = "\n".join(check.remediation.en for check in load_checks().values() if "ssh." in check.id)
    lines = dict(
        found.split(" ", 1)
        for found in re.findall(
            r'"((?:KexAlgorithms|Ciphers|MACs|HostKeyAlgorithms) [^" ]+)"', text
        )
        if "mlkem" not in found  # Debian 12 has OpenSSH 9.2
    )
    assert set(lines) == {"KexAlgorithms", "Ciphers", "MACs", "HostKeyAlgorithms"}
    keys = [make_key(folder, "rsa", 3072), make_key(folder, "ed25519")]
    options = [f"{name}={value}" for name, value in lines.items()]
    with openssh(folder, keys, *options) as port:
        seen = survey_ssh(port)
    assert failures(seen) == set()


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_ipv6_and_ipv4(address: str, folder: Path) -> None:
    key = make_key(folder, "ed25519")
    bracketed = f"[{address}]" if ":" in address else address
    with openssh(folder, [key], f"ListenAddress={bracketed}") as port:
        seen = survey_ssh(port, address=address)
    assert seen.data["host_keys"][0]["fingerprint"] == fingerprint_of(key)


def test_a_scan_looks_at_ssh_on_any_port_and_keeps_the_bytes(folder: Path) -> None:
    with openssh(folder, [make_key(folder, "ed25519")]) as port:
        outcomes, evidence, _ = scanned(order_for("127.0.0.1", str(port)))
    (outcome,) = outcomes.values()
    (seen,) = of_kind(outcome, "ssh.endpoint")
    assert str(seen.subject).endswith(f":{port}/tcp")
    assert of_kind(outcome, "error") == []
    (line,) = [json.loads(text) for text in evidence[seen.evidence[0]].decode().splitlines()]
    assert bytes.fromhex(line["sent"]).startswith(b"SSH-2.0-secaudit\r\n")
    assert bytes.fromhex(line["received"]).startswith(b"SSH-2.0-OpenSSH")
    assert seen.data["host_keys"][0]["signature"] == "verified"
    assert outcome.connections <= 4
