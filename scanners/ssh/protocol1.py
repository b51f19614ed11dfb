"""SSH protocol 1, just far enough to prove that it is spoken: the server's first packet.

The server sends its keys and what it supports before we say anything but our version
(SSH_SMSG_PUBLIC_KEY, draft-ylonen-ssh-protocol-00). Nothing is answered.
"""

from dataclasses import dataclass

from scanners.ssh.transport import SshConnection
from scanners.tls.wire import MalformedError, Reader

OUR_LINE_1 = b"SSH-1.5-secaudit"
_PUBLIC_KEY = 2
_LARGEST_PACKET = 16 * 1024
_CIPHERS = {0: "none", 1: "idea", 2: "des", 3: "3des", 4: "tss", 5: "rc4", 6: "blowfish"}


@dataclass(frozen=True)
class OldOffer:
    """What the packet says: bits of both RSA keys, and the ciphers."""

    host_key_bits: int
    server_key_bits: int
    ciphers: tuple[str, ...]


async def read_offer(connection: SshConnection) -> OldOffer:
    """Read the server's packet. Raises ProbeError, MalformedError for anything else."""
    size = int.from_bytes(await connection.exactly(4))
    if not 5 <= size <= _LARGEST_PACKET:
        raise MalformedError("no packet of protocol 1")
    padding = 8 - size % 8
    return parse_offer((await connection.exactly(padding + size))[padding:-4])


def parse_offer(content: bytes) -> OldOffer:
    """Read the packet without its padding and its checksum. Raises MalformedError."""
    reader = Reader(content)
    if reader.number(1) != _PUBLIC_KEY:
        raise MalformedError("another packet of protocol 1")
    reader.take(8)  # the cookie
    bits = [_key_bits(reader) for _ in range(2)]
    reader.take(4)  # flags of the protocol
    mask = reader.number(4)
    reader.take(4)  # ways to authenticate: we never do
    reader.expect_end()
    names = tuple(name for bit, name in _CIPHERS.items() if mask >> bit & 1)
    return OldOffer(server_key_bits=bits[0], host_key_bits=bits[1], ciphers=names)


def _key_bits(reader: Reader) -> int:
    bits = reader.number(4)
    for _ in range(2):  # exponent and modulus, each with its number of bits before it
        reader.take((reader.number(2) + 7) // 8)
    return bits
