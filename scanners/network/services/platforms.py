"""Questions of desktops, files, directories and devices. Pure: messages, and what answers say.

RDP: X.224 connection request (MS-RDPBCGR 2.2.1.1). SMB: NEGOTIATE of SMB2 (MS-SMB2 2.2.3) and of
SMB1 (MS-CIFS 2.2.4.52). LDAP: the StartTLS request (RFC 4511, 4.14). X11: a setup request of
protocol version 0, which is refused by version before anyone is let in. MQTT: a CONNECT of an
unused protocol level, which must be refused (MQTT 3.1.1, 3.1.2.2). rpcbind: a NULL call (RFC 5531).
XMPP: the opening of a stream (RFC 6120). IRC: the IRCv3 list of capabilities.
"""

import re
import struct

from scanners.network.services.facts import Service, shown
from scanners.network.services.greetings import recognise

_RDP_TLS, _RDP_HYBRID_REQUIRED = 1, 5
_SMB_SIGNING_REQUIRED = 2
_SMB2_DIALECTS = {0x0202: "2.0.2", 0x0210: "2.1", 0x0300: "3.0"}
_STARTTLS_OID = b"1.3.6.1.4.1.1466.20037"
MQTT_UNUSED_LEVEL = 0x7F


def rdp_request() -> bytes:
    """Ask for TLS without CredSSP: who agrees does not require Network Level Authentication."""
    return bytes.fromhex("030000130ee000000000000100080001000000")


def read_rdp(answer: bytes) -> Service | None:
    """Read a connection confirm (0xd0) and what it says about security."""
    if len(answer) < 11 or answer[:2] != b"\x03\x00" or answer[5] != 0xD0:
        return None
    kind = answer[11] if len(answer) >= 19 else 0
    value = int.from_bytes(answer[15:19], "little") if kind else 0
    if kind == 2:
        facts, tls = {"nla_required": False}, value == _RDP_TLS
    elif kind == 3:
        required = value == _RDP_HYBRID_REQUIRED
        facts, tls = {"nla_required": required}, required
    else:
        facts, tls = {"nla_required": False}, False
    return Service("rdp", starttls=tls, facts=facts)


def smb2_negotiate() -> bytes:
    """Offer dialects 2.0.2, 2.1 and 3.0."""
    header = b"\xfeSMB" + struct.pack("<HHIHH", 64, 0, 0, 0, 1) + bytes(48)
    dialects = struct.pack("<HHH", *_SMB2_DIALECTS)
    body = struct.pack("<HHHHI", 36, 3, 1, 0, 0) + b"secaudit-network" + bytes(8) + dialects
    return struct.pack(">I", len(header) + len(body)) + header + body


def read_smb2(answer: bytes) -> Service | None:
    """Read the security mode and the dialect of a NEGOTIATE response."""
    if len(answer) < 74 or answer[4:8] != b"\xfeSMB" or answer[16:18] != b"\0\0":
        return None
    mode, dialect = struct.unpack_from("<HH", answer, 4 + 64 + 2)
    return Service(
        "smb",
        version=_SMB2_DIALECTS.get(dialect, ""),
        facts={"signing_required": bool(mode & _SMB_SIGNING_REQUIRED)},
    )


def smb1_negotiate() -> bytes:
    """Offer the dialect "NT LM 0.12" alone."""
    return bytes.fromhex(
        "0000002fff534d4272000000001853c8000000000000000000000000fffffffe"
        "00000000000c00024e54204c4d20302e313200"
    )


def read_smb1(answer: bytes) -> bool | None:
    """Tell whether SMB1 was agreed on: dialect index 0 (0xffff is a refusal)."""
    if len(answer) < 39 or answer[4:9] != b"\xffSMB\x72":
        return None
    return answer[9:13] == bytes(4) and answer[37:39] == b"\0\0"


def ldap_starttls() -> bytes:
    """An ExtendedRequest, message 1, with the name of StartTLS."""
    name = b"\x80" + bytes([len(_STARTTLS_OID)]) + _STARTTLS_OID
    operation = b"\x77" + bytes([len(name)]) + name
    message = b"\x02\x01\x01" + operation
    return b"\x30" + bytes([len(message)]) + message


def read_ldap(answer: bytes) -> Service | None:
    """Read an ExtendedResponse (0x78): result code 0 means that TLS may start."""
    if answer[:1] != b"\x30" or len(answer) < 12:
        return None
    at = 2 + (answer[1] & 0x7F if answer[1] & 0x80 else 0)
    if answer[at : at + 3] not in (b"\x02\x01\x01", b"\x02\x01\x00"):
        return None
    at += 3
    if answer[at : at + 1] != b"\x78":
        return None
    at += 2 + (answer[at + 1] & 0x7F if answer[at + 1 : at + 2] >= b"\x80" else 0)
    if answer[at : at + 2] != b"\x0a\x01" or len(answer) <= at + 2:
        return None
    return Service("ldap", starttls=answer[at + 2] == 0)


def x11_setup() -> bytes:
    """A little-endian setup request of version 0.0, which no server speaks."""
    return struct.pack("<BxHHHHxx", 0x6C, 0, 0, 0, 0)


def read_x11(answer: bytes) -> Service | None:
    """Recognise the refusal by its own protocol version, 11.0."""
    if len(answer) < 8 or answer[0] not in (0, 1, 2) or answer[2:4] not in (b"\x0b\0", b"\0\x0b"):
        return None
    if answer[0] == 0 and answer[1] > len(answer) - 8:
        return None
    reason = answer[8 : 8 + answer[1]] if answer[0] == 0 else b""
    return Service("x11", banner=shown(reason), version="11")


def mqtt_connect(level: int) -> bytes:
    """A CONNECT with a clean session, no name and no password, of a protocol level."""
    client = b"secaudit"
    body = b"\x00\x04MQTT" + bytes([level, 2]) + struct.pack(">HH", 30, len(client)) + client
    return b"\x10" + bytes([len(body)]) + body


def read_mqtt(answer: bytes) -> Service | None:
    """Recognise a CONNACK, of version 3.1.1 (two bytes) or 5 (reason and properties)."""
    if len(answer) < 4 or answer[0] != 0x20 or answer[1] != len(answer) - 2 or answer[2] > 1:
        return None
    return Service("mqtt")


def read_mqtt_welcome(answer: bytes) -> bool | None:
    """Tell whether a nameless client was let in: return code 0, or 4 and 5."""
    if read_mqtt(answer) is None:
        return None
    return {0: True, 4: False, 5: False}.get(answer[3])


def rpcbind_null() -> bytes:
    """A NULL call of program 100000 version 2, with its record mark."""
    call = struct.pack(">IIIIIIIIII", 0x53434155, 0, 2, 100000, 2, 0, 0, 0, 0, 0)
    return struct.pack(">I", 0x80000000 | len(call)) + call


def read_rpcbind(answer: bytes) -> Service | None:
    """Recognise a reply (1) to our call."""
    if len(answer) < 16 or answer[4:12] != struct.pack(">II", 0x53434155, 1):
        return None
    return Service("rpcbind")


def xmpp_stream(name: str | None, kind: str) -> bytes:
    """The header of a client's or a server's stream (RFC 6120, 4.7), as far as the features."""
    to = f" to='{name}'" if name else ""
    return (
        f"<?xml version='1.0'?><stream:stream{to} version='1.0' xmlns='jabber:{kind}' "
        "xmlns:stream='http://etherx.jabber.org/streams'>"
    ).encode("ascii", "ignore")


XMPP_ENDS = (
    b"</stream:features>", b"<stream:features/>", b"</features>", b"</stream:error>",
    b"</stream:stream>",
)  # fmt: skip
"""What ends the first answer of a stream: its features, or the error instead of them."""


def xmpp_is_enough(content: bytes) -> bool:
    """Enough: the features, or the error instead of them."""
    return any(end in content for end in XMPP_ENDS)


def read_xmpp(answer: bytes) -> Service | None:
    """Recognise a stream by its namespace."""
    return recognise(answer, 5222) if b"<stream:stream" in answer else None


IRC_CAPABILITIES = b"CAP LS 302\r\n"
"""The IRCv3 list of capabilities, which is given before anyone registers."""


def irc_is_enough(content: bytes) -> bool:
    """Enough: the list, or the refusal of a server that knows none."""
    return re.search(rb"(?: CAP \S+ LS :?| 421 | 451 )[^\n]*\n", content) is not None


def read_irc(answer: bytes) -> Service | None:
    """Recognise the answer by its form; a server that greets first is heard out too."""
    found = recognise(answer, 6667)
    return found if found is not None and found.name == "irc" else None
