"""STARTTLS of mail: SMTP (RFC 3207), LMTP (RFC 2033), IMAP and POP3 (RFC 2595), ManageSieve.

ManageSieve is RFC 5804. Nobody logs in, and no mail is begun.
"""

import re

from scanners.starttls.preamble import Preamble, Refusal, StartTlsError, wrong_protocol
from scanners.starttls.replies import (
    greeted,
    last_word,
    later,
    note_login,
    numbered,
    words_of,
)

HELLO_NAME = b"secaudit.invalid"
_LATER = re.compile(rb"(?i)[\[(](?:UNAVAILABLE|INUSE|IN-USE|LIMIT|SYS/TEMP|TRYLATER)\b")
"""Response codes of a refusal for a time: IMAP (RFC 5530), POP3 (RFC 2449, RFC 3206), Sieve."""


async def smtp(preamble: Preamble) -> None:
    """EHLO, then STARTTLS where it is announced."""
    await _transfer(preamble, b"EHLO")


async def lmtp(preamble: Preamble) -> None:
    """LHLO, then STARTTLS where it is announced."""
    await _transfer(preamble, b"LHLO")


async def _transfer(preamble: Preamble, hello: bytes) -> None:
    await greeted(preamble)
    await preamble.say(hello + b" " + HELLO_NAME + b"\r\n")
    code, lines = await numbered(preamble)
    if code // 100 == 4:
        raise StartTlsError(Refusal.UNAVAILABLE, lines[0])
    if code != 250:
        # Without EHLO there are no extensions, and AUTH is one (RFC 5321, 2.2).
        note_login(preamble, [])
        raise StartTlsError(Refusal.NOT_OFFERED, lines[0])
    features = words_of(lines[1:])
    methods = [word for feature in features if feature[0] == "AUTH" for word in feature[1:]]
    note_login(preamble, methods)
    if ["STARTTLS"] not in features:
        raise StartTlsError(Refusal.NOT_OFFERED)
    await preamble.start(b"STARTTLS\r\n")
    code, lines = await numbered(preamble)
    last_word(yes=code == 220, known=True, said=lines[0], later=later(code, lines))


async def imap(preamble: Preamble) -> None:
    """CAPABILITY, then STARTTLS where it is listed."""
    greeting = await preamble.line()
    if greeting.upper().startswith(b"* BYE"):
        raise StartTlsError(Refusal.UNAVAILABLE, greeting)
    if not greeting.upper().startswith((b"* OK", b"* PREAUTH")):
        raise wrong_protocol(greeting)
    await preamble.say(b"a1 CAPABILITY\r\n")
    listed: list[str] = []
    while not (line := await preamble.line()).lower().startswith(b"a1 "):
        if not line.startswith(b"*"):
            raise wrong_protocol(line)
        words = line.decode("latin-1").upper().split()
        if words[1:2] == ["CAPABILITY"]:
            listed = words[2:]
    if not listed:
        raise wrong_protocol(line)
    methods = [word.removeprefix("AUTH=") for word in listed if word.startswith("AUTH=")]
    note_login(preamble, methods + ["LOGIN"] * ("LOGINDISABLED" not in listed))
    if "STARTTLS" not in listed:
        raise StartTlsError(Refusal.NOT_OFFERED)
    await preamble.start(b"a2 STARTTLS\r\n")
    while not (line := await preamble.line()).lower().startswith(b"a2 "):
        if not line.startswith(b"*"):
            raise wrong_protocol(line)
    said = line[3:].upper()
    last_word(yes=said.startswith(b"OK"), known=True, said=line, later=_is_for_a_time(line))


async def pop3(preamble: Preamble) -> None:
    """CAPA, then STLS; without CAPA (before RFC 2449) STLS itself tells."""
    greeting = await preamble.line()
    if greeting.startswith(b"-ERR"):
        raise StartTlsError(Refusal.UNAVAILABLE, greeting)
    if not greeting.startswith(b"+OK"):
        raise wrong_protocol(greeting)
    await preamble.say(b"CAPA\r\n")
    line = await preamble.line()
    listed = line.startswith(b"+OK")
    if listed:
        features = words_of(await _until_dot(preamble))
        methods = [word for feature in features if feature[0] == "SASL" for word in feature[1:]]
        note_login(preamble, methods + ["USER"] * any(item[0] == "USER" for item in features))
        if ["STLS"] not in features:
            raise StartTlsError(Refusal.NOT_OFFERED)
    elif not line.startswith(b"-ERR"):
        raise wrong_protocol(line)
    await preamble.start(b"STLS\r\n")
    line = await preamble.line()
    if not line.startswith((b"+OK", b"-ERR")):
        raise wrong_protocol(line)
    yes = line.startswith(b"+OK")
    last_word(yes=yes, known=listed, said=line, later=_is_for_a_time(line))


async def _until_dot(preamble: Preamble) -> list[bytes]:
    lines: list[bytes] = []
    while (line := await preamble.line()) != b".":
        lines.append(line)
    return lines


async def sieve(preamble: Preamble) -> None:
    """The greeting lists the capabilities and ends with OK; then STARTTLS where it is listed."""
    features: list[list[str]] = []
    while not (line := await preamble.line()).upper().startswith((b"OK", b"BYE", b"NO")):
        if not line.startswith(b'"'):
            raise wrong_protocol(line)
        features += [re.sub(r'["\s]+', " ", line.decode("latin-1").upper()).split()]
    if not line.upper().startswith(b"OK"):
        raise StartTlsError(Refusal.UNAVAILABLE, line)
    features = [item for item in features if item]
    note_login(preamble, [word for item in features if item[0] == "SASL" for word in item[1:]])
    if ["STARTTLS"] not in features:
        raise StartTlsError(Refusal.NOT_OFFERED)
    await preamble.start(b"STARTTLS\r\n")
    line = await preamble.line()
    if not line.upper().startswith((b"OK", b"NO", b"BYE")):
        raise wrong_protocol(line)
    yes = line.upper().startswith(b"OK")
    last_word(yes=yes, known=True, said=line, later=_is_for_a_time(line))


def _is_for_a_time(line: bytes) -> bool:
    return _LATER.search(line) is not None
