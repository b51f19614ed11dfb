"""What is asked of a service that has introduced itself, on the same connection.

What a service did not say to its end is no refusal: a list that was cut short leaves STARTTLS open.

STARTTLS of SMTP (RFC 3207), LMTP (RFC 2033), IMAP and POP3 (RFC 2595), FTP (RFC 4217), NNTP
(RFC 4642); the security types of VNC
(RFC 6143, 7.1.2). Nothing is started, and nobody logs in.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from scanners.network.services.facts import Service
from scanners.network.services.talk import Talk, a_line, all_lines

_VNC_NONE = 1

FollowUp = Callable[[Talk, Service, float], Awaitable[Service]]


async def _smtp(talk: Talk, service: Service, seconds: float) -> Service:
    answer = await talk.ask(b"EHLO secaudit.invalid\r\n", seconds, all_lines)
    if answer[:2] == b"50":
        local = await talk.ask(b"LHLO secaudit.invalid\r\n", seconds, all_lines)
        if local[:3] == b"250":
            await talk.say(b"QUIT\r\n")
            starttls = _listed(_announced(local), whole=all_lines(local))
            return replace(service, name="lmtp", starttls=starttls)
    await talk.say(b"QUIT\r\n")
    if answer[:3] == b"250":
        return replace(service, starttls=_listed(_announced(answer), whole=all_lines(answer)))
    # A server that knows no EHLO knows no extensions, and STARTTLS is one (RFC 5321, 2.2).
    return replace(service, starttls=False if answer[:2] == b"50" else None)


def _listed(there: bool, *, whole: bool) -> bool | None:
    return True if there else (False if whole else None)


def _announced(answer: bytes) -> bool:
    return any(line[4:].strip().upper() == b"STARTTLS" for line in answer.splitlines())


async def _lmtp(talk: Talk, service: Service, seconds: float) -> Service:
    answer = await talk.ask(b"LHLO secaudit.invalid\r\n", seconds, all_lines)
    await talk.say(b"QUIT\r\n")
    if answer[:3] != b"250":
        return service
    return replace(service, starttls=_listed(_announced(answer), whole=all_lines(answer)))


async def _nntp(talk: Talk, service: Service, seconds: float) -> Service:
    def listed(content: bytes) -> bool:
        return content.endswith(b"\r\n.\r\n") or (a_line(content) and content[:1] != b"1")

    answer = await talk.ask(b"CAPABILITIES\r\n", seconds, listed)
    await talk.say(b"QUIT\r\n")
    if answer[:3] != b"101":
        return replace(service, starttls=False if answer[:3] == b"500" else None)
    there = b"STARTTLS" in answer.upper().split()
    return replace(service, starttls=_listed(there, whole=listed(answer)))


async def _imap(talk: Talk, service: Service, seconds: float) -> Service:
    def tagged(content: bytes) -> bool:
        return b"\na1 " in b"\n" + content and content.endswith(b"\n")

    answer = await talk.ask(b"a1 CAPABILITY\r\n", seconds, tagged)
    await talk.say(b"a2 LOGOUT\r\n")
    if not answer.upper().startswith(b"* CAPABILITY") and b"\n* CAPABILITY" not in answer.upper():
        return service
    there = b"STARTTLS" in answer.upper().split()
    return replace(service, starttls=_listed(there, whole=tagged(answer)))


async def _pop3(talk: Talk, service: Service, seconds: float) -> Service:
    def listed(content: bytes) -> bool:
        return content.startswith(b"-ERR") or content.endswith(b"\r\n.\r\n")

    answer = await talk.ask(b"CAPA\r\n", seconds, listed)
    if answer.startswith(b"-ERR"):
        # Before RFC 2449 there was no list: the command itself tells, and we hang up on a yes.
        answer = await talk.ask(b"STLS\r\n", seconds, a_line)
        return replace(service, starttls=_yes_or_no(answer, b"+OK", b"-ERR"))
    await talk.say(b"QUIT\r\n")
    if not answer.startswith(b"+OK"):
        return service
    return replace(
        service, starttls=_listed(b"STLS" in answer.upper().split(), whole=listed(answer))
    )


async def _ftp(talk: Talk, service: Service, seconds: float) -> Service:
    features = await talk.ask(b"FEAT\r\n", seconds, all_lines)
    if b"AUTH TLS" in features.upper() or b"AUTH SSL" in features.upper():
        await talk.say(b"QUIT\r\n")
        return replace(service, starttls=True)
    answer = await talk.ask(b"AUTH TLS\r\n", seconds, all_lines)
    starttls = _yes_or_no(answer, b"234", b"5")
    if not starttls:
        await talk.say(b"QUIT\r\n")
    return replace(service, starttls=starttls)


def _yes_or_no(answer: bytes, yes: bytes, no: bytes) -> bool | None:
    if answer.startswith(yes):
        return True
    return False if answer.startswith(no) else None


async def _vnc(talk: Talk, service: Service, seconds: float) -> Service:
    """Answer with our version and read what security the server offers; then hang up."""
    minor = int(service.version.partition(".")[2] or 3)
    if minor < 7:
        answer = await talk.ask(b"RFB 003.003\n", seconds, lambda content: len(content) >= 4)
        kind = int.from_bytes(answer[:4], "big")
        return replace(service, anonymous=kind == _VNC_NONE) if kind else service

    def listed(content: bytes) -> bool:
        return bool(content) and len(content) > content[0]

    version = b"RFB 003.007\n" if minor == 7 else b"RFB 003.008\n"
    answer = await talk.ask(version, seconds, listed)
    if not answer or answer[0] == 0 or not listed(answer):
        return service
    kinds = list(answer[1 : 1 + answer[0]])
    return replace(service, anonymous=_VNC_NONE in kinds, facts={"security_types": kinds})


FOLLOW_UPS: Mapping[str, FollowUp] = {
    "smtp": _smtp,
    "lmtp": _lmtp,
    "nntp": _nntp,
    "imap": _imap,
    "pop3": _pop3,
    "ftp": _ftp,
    "vnc": _vnc,
}
"""By the name of the service. Each raises ProbeError when the peer goes away."""
