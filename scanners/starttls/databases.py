"""TLS requests of PostgreSQL and MySQL, before any user is named.

PostgreSQL: SSLRequest (protocol documentation, 55.2.10). MySQL and MariaDB: the SSL request packet,
which is the head of the login packet with the flag CLIENT_SSL and without a user.
"""

import re
import struct

from scanners.starttls.preamble import Preamble, Refusal, StartTlsError, wrong_protocol

SSL_REQUEST = struct.pack(">II", 8, 80877103)

_CLIENT_SSL = 0x0800
_FLAGS = 0x00000001 | 0x00000200 | _CLIENT_SSL | 0x00008000 | 0x00080000
"""LONG_PASSWORD, PROTOCOL_41, SSL, SECURE_CONNECTION, PLUGIN_AUTH."""
_LARGEST_PACKET = 2**24 - 1
_UTF8 = 33
_BLOCKED = {1040, 1129, 1130, 1203}
"""Too many connections; host blocked; host not privileged; too many connections of one user."""


async def postgresql(preamble: Preamble) -> None:
    """S is the go-ahead, N a refusal; an ErrorResponse comes from what knows no TLS at all."""
    await preamble.start(SSL_REQUEST)
    answer = await preamble.exactly(1)
    if answer == b"S":
        return
    if answer == b"N":
        raise StartTlsError(Refusal.NOT_OFFERED, answer)
    if answer != b"E":
        raise wrong_protocol(answer)
    size = int.from_bytes(await preamble.exactly(4))
    if not 4 <= size <= 4096:
        raise wrong_protocol(answer)
    raise StartTlsError(Refusal.UNAVAILABLE, await preamble.exactly(size - 4))


async def mysql(preamble: Preamble) -> None:
    """Read the greeting's capabilities; send the request where CLIENT_SSL is among them.

    The server gives no go-ahead: it waits for the ClientHello.
    """
    head = await preamble.exactly(4)
    size = int.from_bytes(head[:3], "little")
    if head[3] != 0 or not 3 <= size <= 4096:
        raise wrong_protocol(head)
    greeting = await preamble.exactly(size)
    if greeting[0] == 0xFF:
        code = int.from_bytes(greeting[1:3], "little")
        raise (
            StartTlsError(Refusal.UNAVAILABLE, greeting)
            if code in _BLOCKED
            else (wrong_protocol(greeting))
        )
    version, end, rest = greeting[1:].partition(b"\0")
    if greeting[0] != 10 or not end or not re.match(rb"\d+\.\d+", version) or len(rest) < 15:
        raise wrong_protocol(greeting[:40])
    if not int.from_bytes(rest[13:15], "little") & _CLIENT_SSL:
        raise StartTlsError(Refusal.NOT_OFFERED)
    body = struct.pack("<IIB", _FLAGS, _LARGEST_PACKET, _UTF8) + bytes(23)
    await preamble.start(len(body).to_bytes(3, "little") + b"\x01" + body)
