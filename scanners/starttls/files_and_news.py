"""STARTTLS of FTP (RFC 4217), NNTP (RFC 4642) and IRC (the IRCv3 ``tls`` capability)."""

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

_UNKNOWN_COMMAND = {500, 501, 502, 503, 504}
_NEEDS_TLS = re.compile(rb"(?i)\b(?:tls|ssl|encrypt\w*|secure\w*|protect\w*)\b")
FTP_USER = b"secaudit"
"""A name that no one has; no password is ever sent."""


async def ftp(preamble: Preamble) -> None:
    """AUTH TLS at once: what FEAT announces is no promise, and its absence no refusal."""
    await greeted(preamble)
    await preamble.start(b"AUTH TLS\r\n")
    code, lines = await numbered(preamble)
    known = code not in _UNKNOWN_COMMAND and code != 530
    last_word(yes=code == 234, known=known, said=lines[0], later=later(code, lines))


async def ftp_login(preamble: Preamble) -> None:
    """Whether a name is taken in clear: 331 asks for its password, which is never sent."""
    await greeted(preamble)
    await preamble.say(b"USER " + FTP_USER + b"\r\n")
    code, lines = await numbered(preamble)
    if code in (331, 332):
        preamble.facts["login_in_clear"] = True
        preamble.facts["login_methods"] = ["USER"]
    elif code in (421, 522, 530, 534, 550) and _NEEDS_TLS.search(b" ".join(lines)):
        preamble.facts["login_in_clear"] = False
        preamble.facts["login_methods"] = []
    await preamble.say(b"QUIT\r\n")


async def nntp(preamble: Preamble) -> None:
    """CAPABILITIES, then STARTTLS where it is listed."""
    await greeted(preamble)
    await preamble.say(b"CAPABILITIES\r\n")
    line = await preamble.line()
    if not re.match(rb"\d{3}\b", line):
        raise wrong_protocol(line)
    if not line.startswith(b"101"):
        raise StartTlsError(Refusal.NOT_OFFERED, line)
    lines: list[bytes] = []
    while (line := await preamble.line()) != b".":
        lines.append(line)
    features = words_of(lines)
    names = ("AUTHINFO", "SASL")
    methods = [word for item in features if item[0] in names for word in item[1:] if word != "SASL"]
    note_login(preamble, methods)
    if ["STARTTLS"] not in features:
        raise StartTlsError(Refusal.NOT_OFFERED)
    await preamble.start(b"STARTTLS\r\n")
    line = await preamble.line()
    if not re.match(rb"\d{3}\b", line):
        raise wrong_protocol(line)
    unable = line[:3] in (b"400", b"403")
    last_word(yes=line.startswith(b"382"), known=True, said=line, later=unable)


async def irc(preamble: Preamble) -> None:
    """CAP LS, then STARTTLS where ``tls`` is among the capabilities."""
    await preamble.say(b"CAP LS 302\r\n")
    listed = b""
    more = True
    while more:
        line = await _irc_line(preamble)
        match = re.match(rb"(?i):\S+ CAP \S+ LS (\* )?:?(.*)", line)
        if match is not None:
            listed += b" " + match[2]
            more = match[1] is not None
        elif re.match(rb":\S+ (?:421|451) ", line):
            raise StartTlsError(Refusal.NOT_OFFERED, line)
    if b"tls" not in listed.lower().split():
        raise StartTlsError(Refusal.NOT_OFFERED, listed)
    await preamble.start(b"STARTTLS\r\n")
    while re.match(rb":\S+ NOTICE ", line := await _irc_line(preamble)):
        pass
    last_word(yes=bool(re.match(rb":\S+ 670 ", line)), known=True, said=line)


async def _irc_line(preamble: Preamble) -> bytes:
    """The next message; a PING is answered, as some servers demand it first."""
    while (line := await preamble.line()).startswith(b"PING "):
        await preamble.say(b"PONG " + line[5:] + b"\r\n")
    if line.startswith(b"ERROR "):
        raise StartTlsError(Refusal.UNAVAILABLE, line)
    if not line.startswith((b":", b"NOTICE ")):
        raise wrong_protocol(line)
    return line
