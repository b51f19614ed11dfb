"""Replies of the line protocols, read strictly: what is no reply is another protocol."""

import re

from scanners.starttls.preamble import Preamble, Refusal, StartTlsError, wrong_protocol

_NUMBERED = re.compile(rb"(\d{3})([ -])?(.*)", re.DOTALL)

READABLE = frozenset({"PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER", "USER", "IQ-AUTH"})
"""SASL mechanisms, and commands (LOGIN of IMAP, USER of POP3 and NNTP, XMPP's oldest login), that
send the password, or a token as good as one, readable to a listener."""


async def numbered(preamble: Preamble) -> tuple[int, list[bytes]]:
    """A reply of SMTP (RFC 5321, 4.2.1) or FTP (RFC 959, 4.2): its code and its lines.

    FTP's lines in between may begin with anything; SMTP's all carry the code.
    """
    first = await preamble.line()
    match = _NUMBERED.fullmatch(first)
    if match is None or not 100 <= int(match[1]) < 600:
        raise wrong_protocol(first)
    lines = [match[3]]
    last = match[2] != b"-"
    while not last:
        line = await preamble.line()
        ends = line[:4] == match[1] + b" " or line == match[1]
        lines.append(line[4:] if line[:3] == match[1] else line.strip())
        last = ends
    return int(match[1]), lines


async def greeted(preamble: Preamble) -> list[bytes]:
    """A numbered greeting: 2xx. Raises StartTlsError for one that sends us away."""
    code, lines = await numbered(preamble)
    if code // 100 != 2:
        raise StartTlsError(Refusal.UNAVAILABLE, b" ".join(lines))
    return lines


def words_of(lines: list[bytes]) -> list[list[str]]:
    """Lines as words in capitals; ``AUTH=PLAIN`` is two."""
    return [
        line.decode("latin-1").upper().replace("=", " ").split() for line in lines if line.strip()
    ]


def note_login(preamble: Preamble, methods: list[str]) -> None:
    """Keep what a login in clear may use: SASL mechanisms, and the protocol's own commands.

    ``login_in_clear`` is then whether a password may be sent readable before TLS.
    """
    kept = sorted({method for method in methods if re.fullmatch(r"[A-Z0-9_-]{1,20}", method)})
    preamble.facts["login_methods"] = kept
    preamble.facts["login_in_clear"] = bool(READABLE.intersection(kept))


def last_word(*, yes: bool, known: bool, said: bytes) -> None:
    """Weigh the answer to the command that starts TLS. ``known``: the command was not strange."""
    if not yes:
        raise StartTlsError(Refusal.REFUSED if known else Refusal.NOT_OFFERED, said)
