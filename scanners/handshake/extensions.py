"""The extensions that our hellos carry besides the usual ones, and what their answers say."""

from scanners.tls.wire import MalformedError, Reader, vector

STATUS_REQUEST, MAX_FRAGMENT, HEARTBEAT, ALPN = 5, 1, 15, 16
SCT, ENCRYPT_THEN_MAC, EXTENDED_MASTER, SESSION_TICKET = 18, 22, 23, 35
SUPPORTED_VERSIONS, RENEGOTIATION_INFO = 43, 0xFF01
GREASE_EXTENSION, GREASE_SUITE, GREASE_GROUP, GREASE_VERSION = 0x1A1A, 0x0A0A, 0x2A2A, 0x7A7A
"""Values that mean nothing, and that every server has to pass over (RFC 8701)."""
OCSP_REQUEST = b"\x01\x00\x00\x00\x00"
FRAGMENT_4096 = b"\x04"
PEER_NOT_ALLOWED = b"\x02"
"""The heartbeat mode that asks the server to send us none."""

ALPN_NAMES = (
    *("h2", "http/1.1", "http/1.0", "spdy/3.1", "spdy/3", "imap", "pop3", "managesieve", "ftp"),
    *("xmpp-client", "xmpp-server", "mqtt", "postgresql", "tds/8.0", "smb", "nntp", "irc", "sip/2"),
    *("dot", "ntske/1", "stun.turn", "webrtc", "h3", "tidak-dikenal"),
)
"""Protocol ids; the last one means nothing to anybody."""
COMPRESSIONS = {0: "none", 1: "DEFLATE", 64: "LZS"}


def alpn(names: tuple[str, ...] | list[str]) -> bytes:
    """The content of the extension that offers these protocols (RFC 7301)."""
    return vector(2, b"".join(vector(1, name.encode("ascii")) for name in names))


def alpn_chosen(content: bytes | None) -> str | None:
    """The protocol that the server chose. Raises MalformedError."""
    if content is None:
        return None
    names = Reader(Reader(content).vector(2))
    chosen = names.vector(1)
    names.expect_end()
    try:
        return chosen.decode("ascii")
    except UnicodeDecodeError:
        raise MalformedError("a protocol id that was not offered") from None
