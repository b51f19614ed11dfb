"""OpenSSH's certificates for host keys (PROTOCOL.certkeys): what one says, and if its CA signed it.

They are no X.509: one signature by one key, no chain, and a validity in seconds since 1970.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from scanners.ssh.hostkey import (
    PublicKey,
    is_certificate,
    parse_key,
    plain_name,
    read_key,
    verify,
)
from scanners.ssh.wire import SshReader, string
from scanners.tls.wire import MalformedError
from secaudit.text.escape import visible_bytes

_HOST = 2
_KINDS = {1: "user", _HOST: "host"}
_MOST_PRINCIPALS = 64
_LONGEST_PRINCIPAL = 255
_LATEST = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp())


@dataclass(frozen=True)
class Certificate:
    """What a certificate says. A bound of the validity is None where there is none."""

    serial: int
    kind: str
    key_id: str
    principals: tuple[str, ...]
    valid_from: datetime | None
    valid_until: datetime | None
    critical_options: tuple[str, ...]
    authority: PublicKey
    signed_with: str
    """The algorithm that the CA's signature names."""
    signature: str
    """``verified``, ``invalid``, or ``not_checked`` where we could not tell."""


def parse_host_key(blob: bytes) -> tuple[PublicKey, Certificate | None]:
    """Read a plain key, or a certificate with the key in it. Raises MalformedError."""
    name = SshReader(blob).text()
    return parse_certificate(blob) if is_certificate(name) else (parse_key(blob), None)


def parse_certificate(blob: bytes) -> tuple[PublicKey, Certificate]:
    """Read a certificate and the key in it. Raises MalformedError."""
    reader = SshReader(blob)
    name = plain_name(reader.text())
    reader.string()  # the nonce
    fields = _fields_of_key(name, reader)
    plain = string(name.encode("ascii")) + fields
    key = read_key(name, SshReader(fields), plain)
    serial, kind = reader.number(8), reader.number(4)
    key_id = visible_bytes(reader.string(), _LONGEST_PRINCIPAL)
    principals = _principals(reader.string())
    begins, ends = reader.number(8), reader.number(8)
    options = _option_names(reader.string())
    reader.string()  # extensions: of no use for a host
    reader.string()  # reserved
    authority = parse_key(reader.string())
    signed = blob[: len(blob) - reader.left]
    signature = reader.string()
    reader.expect_end()
    if kind not in _KINDS:
        raise MalformedError("a certificate is neither for a host nor for a user")
    certificate = Certificate(
        serial,
        _KINDS[kind],
        key_id,
        principals,
        datetime.fromtimestamp(begins, UTC) if 0 < begins <= _LATEST else None,
        datetime.fromtimestamp(ends, UTC) if ends <= _LATEST else None,
        options,
        authority,
        SshReader(signature).text(),
        _state(authority, signature, signed),
    )
    return key, certificate


def _fields_of_key(name: str, reader: SshReader) -> bytes:
    """The fields of the key, which stand in the midst of the certificate, as a key has them."""
    count = {"ssh-rsa": 2, "ssh-dss": 4, "ssh-ed25519": 1, "ssh-ed448": 1}.get(name)
    if count is None:
        count = 2 if name.startswith("ecdsa-sha2-") else 0
    if not count:
        raise MalformedError("a certificate for a key of an unknown kind")
    return b"".join(string(reader.string()) for _ in range(count))


def _principals(content: bytes) -> tuple[str, ...]:
    reader = SshReader(content)
    found: list[str] = []
    while reader.left:
        found.append(visible_bytes(reader.string(), _LONGEST_PRINCIPAL))
        if len(found) > _MOST_PRINCIPALS:
            raise MalformedError("a certificate has too many principals")
    return tuple(found)


def _option_names(content: bytes) -> tuple[str, ...]:
    reader = SshReader(content)
    found: list[str] = []
    while reader.left:
        found.append(visible_bytes(reader.string(), _LONGEST_PRINCIPAL))
        reader.string()
        if len(found) > _MOST_PRINCIPALS:
            raise MalformedError("a certificate has too many options")
    return tuple(found)


def _state(authority: PublicKey, signature: bytes, signed: bytes) -> str:
    try:
        verify(authority, SshReader(signature).text(), signature, signed)
    except InvalidSignature:
        return "invalid"
    except UnsupportedAlgorithm:
        return "not_checked"
    return "verified"
