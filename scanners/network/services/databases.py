"""Questions that databases answer before anyone logs in. Pure: messages, and what answers say.

PostgreSQL: SSLRequest (documentation, 55.7). SQL Server: PRELOGIN (MS-TDS 2.2.6.5). MongoDB:
isMaster by OP_QUERY, which every version answers before authentication. Oracle: a TNS connect that
asks the listener for a ping. Redis: ECHO without its argument, refused by name before any password.
memcached: ``mn``, the no-operation of its meta commands.
"""

import re
import struct

from scanners.network.services.facts import Service, short, shown
from scanners.network.services.greetings import recognise

POSTGRESQL_SSL_REQUEST = struct.pack(">II", 8, 80877103)
REDIS_ECHO = b"ECHO\r\n"
MEMCACHED_NOOP = b"mn\r\n"


def read_postgresql(answer: bytes) -> Service | None:
    """One letter: S (TLS follows) or N; or an ErrorResponse from what knows no TLS at all."""
    if answer in (b"S", b"N"):
        return Service("postgresql", starttls=answer == b"S", product="PostgreSQL")
    if answer[:1] == b"E" and b"SFATAL\0" in answer[:64]:
        return Service("postgresql", starttls=False, product="PostgreSQL", banner=shown(answer[5:]))
    return None


def mssql_prelogin() -> bytes:
    """A PRELOGIN that offers encryption only for the login (option 1, value 0)."""
    options = ((0, b"\x0f\x00\x00\x00\x00\x00"), (1, b"\x00"), (2, b"\x00"), (3, bytes(4)))
    head, body, at = b"", b"", 5 * len(options) + 1
    for kind, value in options:
        head += struct.pack(">BHH", kind, at + len(body), len(value))
        body += value
    content = head + b"\xff" + body
    return struct.pack(">BBHHBB", 0x12, 1, 8 + len(content), 0, 0, 0) + content


def read_mssql(answer: bytes) -> Service | None:
    """Read version and encryption of a PRELOGIN response; encryption 2 is "not supported"."""
    if len(answer) < 14 or answer[0] != 4 or int.from_bytes(answer[2:4], "big") != len(answer):
        return None
    content, at = answer[8:], 0
    options: dict[int, bytes] = {}
    while at + 5 <= len(content) and content[at] != 0xFF and len(options) < 16:
        kind, start, length = struct.unpack_from(">BHH", content, at)
        options[kind] = content[start : start + length]
        at += 5
    version, encryption = options.get(0, b""), options.get(1, b"")
    if len(version) != 6 or len(encryption) != 1:
        return None
    major, minor, build = struct.unpack_from(">BBH", version)
    return Service(
        "mssql",
        starttls=encryption[0] != 2,
        product="Microsoft SQL Server",
        version=f"{major}.{minor}.{build}",
    )


def _bson(*elements: bytes) -> bytes:
    body = b"".join(elements) + b"\0"
    return struct.pack("<i", len(body) + 4) + body


def _bson_int(name: bytes, value: int) -> bytes:
    return b"\x10" + name + b"\0" + struct.pack("<i", value)


def _bson_text(name: bytes, value: bytes) -> bytes:
    return b"\x02" + name + b"\0" + struct.pack("<i", len(value) + 1) + value + b"\0"


def mongodb_is_master() -> bytes:
    """OP_QUERY (2004) on ``admin.$cmd``: isMaster, which tells roles and wire versions."""
    body = struct.pack("<i", 0) + b"admin.$cmd\0" + struct.pack("<ii", 0, -1)
    body += _bson(_bson_int(b"isMaster", 1))
    return struct.pack("<iiii", 16 + len(body), 1, 0, 2004) + body


def mongodb_list_databases() -> bytes:
    """OP_MSG (2013): listDatabases with nameOnly, which needs a login where there are logins."""
    command = _bson(
        _bson_int(b"listDatabases", 1), b"\x08nameOnly\0\x01", _bson_text(b"$db", b"admin")
    )
    body = struct.pack("<i", 0) + b"\0" + command
    return struct.pack("<iiii", 16 + len(body), 1, 0, 2013) + body


def _is_mongodb(answer: bytes) -> bool:
    """Whether it is an answer to our request 1 in OP_REPLY (1) or OP_MSG (2013)."""
    if len(answer) < 16:
        return False
    length, _number, reply_to, code = struct.unpack_from("<iiii", answer)
    return reply_to == 1 and code in (1, 2013) and 16 <= length <= 48_000_000


def read_mongodb(answer: bytes) -> Service | None:
    """Recognise an answer to isMaster by its fields."""
    fields = (b"maxWireVersion\0", b"ismaster\0", b"isWritablePrimary\0")
    if not _is_mongodb(answer) or not any(field in answer for field in fields):
        return None
    return Service("mongodb", product="MongoDB")


def read_mongodb_databases(answer: bytes) -> bool | None:
    """Tell whether listDatabases was answered (True), refused (False), or neither (None)."""
    if not _is_mongodb(answer):
        return None
    if b"\x10code\0" in answer or b"errmsg\0" in answer:
        return False
    return True if b"\x04databases\0" in answer else None


def oracle_ping() -> bytes:
    """A TNS connect packet (type 1, version 310) whose data asks the listener for a ping."""
    data = b"(CONNECT_DATA=(COMMAND=ping))"
    head = struct.pack(
        ">HHHHHHHHHHIBB", 310, 300, 0, 2048, 32767, 32520, 0, 1, len(data), 58, 0, 0, 0
    )
    packet = (head + bytes(58 - 8 - len(head))) + data
    return struct.pack(">HHBBH", 8 + len(packet), 0, 1, 0, 0) + packet


def read_oracle(answer: bytes) -> Service | None:
    """Recognise accept (2), refuse (4), redirect (5) or resend (11), whose length is its own."""
    if len(answer) < 8 or answer[4] not in (2, 4, 5, 11) or answer[2:4] != b"\0\0":
        return None
    if int.from_bytes(answer[:2], "big") != len(answer) or answer[6:8] != b"\0\0":
        return None
    match = re.search(rb"VSNNUM=(\d{5,10})", answer)
    number = int(match[1]) if match else 0
    parts = (number >> 24, number >> 20 & 15, number >> 12 & 255, number >> 8 & 15, number & 255)
    version = ".".join(map(str, parts)) if match else ""
    return Service("oracle", banner=shown(answer[8:]), product="Oracle TNS", version=short(version))


def read_redis(answer: bytes) -> Service | None:
    """Redis refuses ECHO without an argument in its own words; anything else is not Redis."""
    service = recognise(answer, 6379)
    return service if service is not None and service.name == "redis" else None


def read_redis_ping(answer: bytes) -> bool | None:
    """Tell whether PING was answered without a password."""
    if answer.startswith(b"+PONG"):
        return True
    return False if answer.startswith((b"-NOAUTH", b"-DENIED", b"-NOPERM")) else None


def read_memcached(answer: bytes) -> Service | None:
    """``MN`` from 1.6 on, ``ERROR`` before."""
    return recognise(answer, 11211) if answer in (b"MN\r\n", b"ERROR\r\n") else None
