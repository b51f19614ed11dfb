"""Replies of the line protocols, read strictly: what is no reply is another protocol."""

import re

from scanners.starttls.preamble import Preamble, Refusal, StartTlsError, wrong_protocol

_NUMBERED = re.compile(rb"(\d{3})([ -])?(.*)", re.DOTALL)
_LOCAL_FAULT = re.compile(rb"(?i)TLS not available due to local problem")
"""Postfix, where it could not load what TLS needs."""

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


def later(code: int, lines: list[bytes]) -> bool:
    """Whether a numbered refusal is a temporary one (RFC 5321, 4.2.1; RFC 959, 4.2.1: 4yz).

    A limit on sessions is refused so (Postfix: 454, too many new TLS sessions), and gone a moment
    later. That Postfix cannot use its certificate or key has the same code, and words of its own.
    """
    return code // 100 == 4 and not _LOCAL_FAULT.search(b" ".join(lines))


def last_word(*, yes: bool, known: bool, said: bytes, later: bool = False) -> None:
    """Weigh the answer to the command that starts TLS.

    ``known``: the command was not strange. ``later``: it is refused for a time only.
    """
    if yes:
        return
    refusal = Refusal.UNAVAILABLE if later else Refusal.REFUSED
    raise StartTlsError(refusal if known else Refusal.NOT_OFFERED, said)
