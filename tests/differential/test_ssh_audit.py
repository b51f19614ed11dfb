"""Ours against ssh-audit: the same facts from the same servers, and every difference explained.

Facts (lists, key sizes, fingerprints, moduli) must be equal. Verdicts differ where ``EXPLAINED``
says why, by the words of ssh-audit's own note, or ``STRICTER`` by name; any other difference fails.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ssh_probing import survey_ssh
from ssh_servers import async_ssh, certify, dropbear, make_key, openssh

from scanners.ssh.algorithms import Kind, entry_of
from scanners.ssh.limits import SshSettings

PROGRAM = Path(sys.executable).with_name("ssh-audit")
POST_QUANTUM = "does not provide protection against post-quantum attacks"
EXPLAINED = {
    POST_QUANTUM: "true, and one finding of its own about the server, not one a name",
    "2048-bit modulus only provides 112-bits of symmetric strength": "NIST SP 800-131A allows 112"
    " bits until 2030; RSA host keys below 3072 bits have a check by their size",
    "using elliptic curves that are suspected as being backdoored by the U.S. National Security"
    " Agency": "a suspicion without evidence; RFC 9142, NIST and BSI TR-02102-4 recommend them",
    "using weak random number generator could reveal the key": "of every ECDSA and DSA key, and"
    " nothing that a scan could see",
    "using encrypt-and-MAC mode": "a check of its own (ssh.mac.no_etm), no weak function",
    "using experimental algorithm": "sntrup4591761 was an early version; no attack on it is known",
    "using unproven algorithm": "brainpool and Koblitz curves; BSI TR-02102-4 recommends brainpool",
    "using deprecated Serpent cipher": "rare, not broken",
    "using unknown algorithm": "ssh-audit does not know the name that RFC 5656 makes of an OID",
}
STRICTER = {
    "umac-96@openssh.com": "a tag of 96 bits; ssh-audit objects to encrypt-and-MAC alone",
    "hmac-sha2-256-96": "cut to 96 bits; ssh-audit objects to its ETM variant",
    "hmac-sha2-512-96": "cut to 96 bits; ssh-audit objects to its ETM variant",
    "ecdh-sha2-nistp192": "as strong as 96 bits; ssh-audit says so of the curve's OID only",
}
KINDS: dict[str, tuple[Kind, str]] = {
    "kex": ("kex", "kex"),
    "key": ("host_key", "host_key"),
    "enc": ("cipher", "cipher_in"),
    "mac": ("mac", "mac_in"),
}

pytestmark = pytest.mark.skipif(not PROGRAM.exists(), reason="needs ssh-audit (the peer)")


def ssh_audit(port: int) -> dict[str, Any]:
    command = [PROGRAM, "-j", "--skip-rate-test", "-p", str(port), "127.0.0.1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode in (0, 2, 3), done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def objections(notes: dict[str, list[str]]) -> list[str]:
    return [
        note for note in (*notes.get("fail", ()), *notes.get("warn", ())) if note not in EXPLAINED
    ]


def compare(port: int) -> None:
    """Hold all that both say about one server against each other."""
    theirs = ssh_audit(port)
    seen = survey_ssh(port, SshSettings(every_key=True)).data
    assert theirs["banner"]["software"] == seen["identification"]["software"]
    assert (theirs["banner"]["comments"] or "") == seen["identification"]["comment"]
    assert theirs["compression"] == seen["algorithms"]["compression_in"]
    for name, (kind, ours) in KINDS.items():
        assert [item["algorithm"] for item in theirs[name]] == seen["algorithms"][ours]
        for item in theirs[name]:
            entry = entry_of(kind, item["algorithm"])
            weaknesses = entry.weaknesses if entry else ()
            assert bool(objections(item["notes"])) == bool(weaknesses), item
    sizes = {item["algorithm"]: item.get("keysize") for item in theirs["key"]}
    hashes = {item["hash"] for item in theirs["fingerprints"] if item["hash_alg"] == "SHA256"}
    for key in seen["host_keys"]:
        assert key["fingerprint"].removeprefix("SHA256:") in hashes
        if key["kind"] == "rsa":
            assert sizes[key["algorithm"]] == key["bits"]
    moduli = [
        item["keysize"]
        for item in theirs["kex"]
        if "group-exchange" in item["algorithm"] and "keysize" in item
    ]
    group = seen["group_exchange"]
    # ssh-audit asks OpenSSH a second time and then tells what newer clients would get: 3072 bits.
    # We tell the least that the server gives to anyone.
    assert all(group["bits"] <= size for size in moduli)


WEAK = (
    "KexAlgorithms=+diffie-hellman-group1-sha1,diffie-hellman-group14-sha1",
    "Ciphers=+3des-cbc,aes128-cbc",
    "MACs=+hmac-md5,hmac-sha1-96,hmac-md5-96-etm@openssh.com",
    "HostKeyAlgorithms=+ssh-rsa",
)
OLD = {
    "encryption_algs": ["arcfour256", "blowfish-cbc", "cast128-cbc", "aes128-ctr"],
    "mac_algs": ["hmac-md5", "hmac-sha1-96", "hmac-sha2-256"],
    "kex_algs": ["diffie-hellman-group-exchange-sha1", "rsa1024-sha1", "ecdh-sha2-nistp256"],
    "compression_algs": ["zlib", "none"],
}


@pytest.mark.parametrize("options", [(), WEAK], ids=["usual", "weak"])
def test_openssh(options: tuple[str, ...], tmp_path: Path) -> None:
    keys = [make_key(tmp_path, "rsa", 2048), make_key(tmp_path), make_key(tmp_path, "ecdsa")]
    with openssh(tmp_path, keys, *options) as port:
        compare(port)


def test_openssh_with_a_certificate(tmp_path: Path) -> None:
    key = make_key(tmp_path, "rsa", 2048)
    certificate = certify(key, make_key(tmp_path, "rsa", 3072))
    with openssh(tmp_path, [key], f"HostCertificate={certificate}") as port:
        theirs = {item["algorithm"]: item for item in ssh_audit(port)["key"]}
        (seen,) = survey_ssh(port).data["host_keys"]
    told = theirs["rsa-sha2-512-cert-v01@openssh.com"]
    # ssh-audit tells the size of the key on the lines without a certificate only.
    assert theirs["rsa-sha2-512"]["keysize"] == seen["bits"]
    assert (told["ca_algorithm"], told["casize"]) == ("ssh-rsa", 3072)
    assert (seen["bits"], seen["certificate"]["authority"]["bits"]) == (2048, 3072)


def test_dropbear(tmp_path: Path) -> None:
    with dropbear(tmp_path, "rsa", 2048) as port:
        compare(port)


def test_asyncssh_with_old_algorithms(tmp_path: Path) -> None:
    with async_ssh([make_key(tmp_path, "rsa", 2048)], **OLD) as port:
        compare(port)


def test_every_name_that_both_tables_know_has_the_same_verdict() -> None:
    database = pytest.importorskip("ssh_audit.ssh2_kexdb").SSH2_KexDB.get_db()
    compared = 0
    for name, (kind, _ours) in KINDS.items():
        for algorithm, row in database[name].items():
            entry = entry_of(kind, algorithm)
            if entry is None:
                continue
            compared += 1
            notes = dict(zip(("fail", "warn"), row[1:3], strict=False))
            said = objections(notes)
            if algorithm in STRICTER:
                assert entry.weaknesses
                assert not said
                continue
            assert bool(said) == bool(entry.weaknesses), (algorithm, said, entry.weaknesses)
            if kind == "kex":
                assert entry.post_quantum != (POST_QUANTUM in notes.get("warn", ())), algorithm
    assert compared > 150
