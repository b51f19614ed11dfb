"""StartTLS of LDAP (RFC 4511, 4.14), and what its root entry says about logins in clear.

The root entry (RFC 4512, 5.1) is what a client reads before it binds; one attribute of it is read.
"""

from dataclasses import dataclass

from scanners.starttls.preamble import Preamble, Refusal, StartTlsError, wrong_protocol
from scanners.starttls.replies import note_login

START_TLS = bytes.fromhex("301d02010177188016") + b"1.3.6.1.4.1.1466.20037"
"""ExtendedRequest, message 1."""
_MECHANISMS = b"supportedSASLMechanisms"
_EXTENDED_RESPONSE, _ENTRY, _DONE = 0x78, 0x64, 0x65
_SUCCESS, _PROTOCOL_ERROR, _CONFIDENTIALITY_REQUIRED = 0, 2, 13
_BUSY, _UNAVAILABLE = 51, 52
"""A server without a certificate says the second (RFC 4511, 4.14.2)."""


@dataclass(frozen=True)
class Message:
    """One LDAPMessage: its number, the tag of its operation and the operation's content."""

    number: int
    tag: int
    content: bytes

    @property
    def result(self) -> int | None:
        """The result code of a response; None for what is none."""
        if self.content[:2] != b"\x0a\x01" or len(self.content) < 3:
            return None
        return self.content[2]


def search_root(number: int) -> bytes:
    """A base search of the root entry for its SASL mechanisms alone."""
    wanted = _tlv(0x30, _tlv(0x04, _MECHANISMS))
    present = _tlv(0x87, b"objectClass")
    scope = b"\x04\x00" + b"\x0a\x01\x00" + b"\x0a\x01\x00" + b"\x02\x01\x01" + b"\x02\x01\x05"
    operation = _tlv(0x63, scope + b"\x01\x01\x00" + present + wanted)
    return _tlv(0x30, _tlv(0x02, bytes([number])) + operation)


def _tlv(tag: int, content: bytes) -> bytes:
    if len(content) > 127:
        raise ValueError("too long for the short form")
    return bytes([tag, len(content)]) + content


async def ldap(preamble: Preamble) -> None:
    """Ask for StartTLS; result code 0 is the go-ahead."""
    await preamble.start(START_TLS)
    message = await read_message(preamble)
    if message.tag != _EXTENDED_RESPONSE or message.result is None:
        raise wrong_protocol(bytes([message.tag]))
    code = message.result
    if code == _SUCCESS:
        return
    said = b"result %d" % code
    refusals = {_BUSY: Refusal.UNAVAILABLE, _PROTOCOL_ERROR: Refusal.NOT_OFFERED}
    raise StartTlsError(refusals.get(code, Refusal.REFUSED), said)


async def ldap_login(preamble: Preamble) -> None:
    """What the root entry offers for a login in clear.

    Code 13 (confidentialityRequired) refuses all talk before TLS. PLAIN among the mechanisms is a
    login in clear. Anything else leaves it open: whether a simple bind is taken would only show
    by one, and none is tried.
    """
    await preamble.say(search_root(1))
    methods: list[str] = []
    while (message := await read_message(preamble)).tag == _ENTRY:
        methods += _mechanisms(message.content)
    if message.tag != _DONE or message.result is None:
        raise wrong_protocol(bytes([message.tag]))
    if message.result == _CONFIDENTIALITY_REQUIRED:
        note_login(preamble, [])
    elif methods:
        note_login(preamble, methods)
        preamble.facts["login_in_clear"] = preamble.facts["login_in_clear"] or None


def _mechanisms(entry: bytes) -> list[str]:
    """The values of the attribute: OCTET STRINGs after its name."""
    _before, _name, rest = entry.partition(_MECHANISMS)
    found: list[str] = []
    at = 0
    if rest[:1] == b"\x31":
        at = 2 + (rest[1] & 0x7F if rest[1:2] >= b"\x80" else 0)
    while rest[at : at + 1] == b"\x04" and at + 2 <= len(rest):
        size = rest[at + 1]
        found.append(rest[at + 2 : at + 2 + size].decode("latin-1").upper())
        at += 2 + size
    return found


async def read_message(preamble: Preamble) -> Message:
    """The next LDAPMessage. Raises ProbeError."""
    tag, content = await _element(preamble)
    if tag != 0x30 or content[:1] != b"\x02" or len(content) < 5:
        raise wrong_protocol(content[:20])
    size = content[1]
    number, rest = content[2 : 2 + size], content[2 + size :]
    if not 1 <= size <= 4 or len(rest) < 2:
        raise wrong_protocol(content[:20])
    at = 2 + (rest[1] & 0x7F if rest[1] & 0x80 else 0)
    return Message(int.from_bytes(number), rest[0], rest[at:])


async def _element(preamble: Preamble) -> tuple[int, bytes]:
    """One BER element in a definite form of at most four length bytes."""
    tag, size = await preamble.exactly(2)
    if tag != 0x30:
        raise wrong_protocol(bytes([tag, size]))
    if size & 0x80:
        count = size & 0x7F
        if not 1 <= count <= 4:
            raise wrong_protocol(bytes([tag, size]))
        size = int.from_bytes(await preamble.exactly(count))
    return tag, await preamble.exactly(size)


def message_numbers(content: bytes) -> set[int]:
    """The numbers of the whole LDAPMessages at the beginning of some bytes."""
    numbers: set[int] = set()
    at = 0
    while content[at : at + 1] == b"\x30" and at + 2 <= len(content):
        size, head = content[at + 1], 2
        if size & 0x80:
            head += size & 0x7F
            size = int.from_bytes(content[at + 2 : at + head])
        body = content[at + head : at + head + size]
        if head > 6 or len(body) < size or body[:1] != b"\x02" or len(body) < 3:
            break
        numbers.add(int.from_bytes(body[2 : 2 + body[1]]))
        at += head + size
    return numbers
