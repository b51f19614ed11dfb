"""Ticketbleed (CVE-2016-9244): a session id that comes back longer than it was sent.

A session with a ticket is made, and resumed with a session id of 31 bytes. RFC 5077, section 3.4:
the server echoes the id. A vulnerable F5 BIG-IP always echoes 32 bytes, the rest out of its memory.
Since 31 bytes are sent, one byte of that is all there can be. It is not kept, nor a hash of it,
which would give a single byte away.
"""

import os
from dataclasses import replace

from scanners.base import ProbeError
from scanners.tls.exchange import Exchanger
from scanners.tls.session import Resumable, open_session, resuming, session_offer
from scanners.tls.version import Protocol
from scanners.weakness.control import unanswered
from scanners.weakness.ground import Ground
from scanners.weakness.verdict import Verdict, absent, inconclusive, proved
from secaudit.core.vocabulary import Reason

SESSION_TICKET = 35
TICKET_ASKED, ECHO_ASKED = "ticketbleed: a ticket", "ticketbleed: the ticket"
"""How the transcript calls the connections."""
_ID_BYTES = 31
_TRIES = 2
"""Behind a balancer, the second connection may reach a machine that cannot read the ticket."""
_ID_AT = 5 + 4 + 2 + 32
"""Where the length of the id stands in a record that begins with a ServerHello."""
_SERVER_HELLO = 2


async def look_for_ticketbleed(ground: Ground, exchanger: Exchanger, name: str | None) -> Verdict:
    """Look for it. Raises ScopeRefusedError alone."""
    spoken = ground.session()
    if spoken is None:
        doubt = ground.doubt()
        if doubt is None and not ground.accepted(lambda _: True):
            return absent("only_tls1_3")
        return inconclusive(doubt or Reason.NO_OBSERVATION, "no_suite_to_speak")
    protocol, suites = spoken
    offer = session_offer(protocol, name, suites)
    offer = replace(offer, extensions={SESSION_TICKET: b""})
    try:
        async with open_session(exchanger, offer, TICKET_ASKED) as session:
            await session.handshake()
            kept = session.resumable()
        if not kept.ticket:
            return absent("no_tickets")
        for _ in range(_TRIES):
            verdict = await _resume(exchanger, kept, name, protocol, suites)
            if verdict is not None:
                return verdict
    except ProbeError as error:
        return unanswered(error)
    return inconclusive(Reason.NO_OBSERVATION, "not_resumed")


async def _resume(
    exchanger: Exchanger,
    kept: Resumable,
    name: str | None,
    protocol: Protocol,
    suites: tuple[int, ...],
) -> Verdict | None:
    """Resume once; None where the server did not take the ticket."""
    sent = os.urandom(_ID_BYTES)
    offer = replace(resuming(session_offer(protocol, name, suites), kept), session_id=sent)
    async with open_session(exchanger, offer, ECHO_ASKED, kept) as session:
        try:
            await session.greet()
        finally:
            hide_echo(session.records.seen)
        hello = session.hello
    return judge_echo(sent, hello.session_id if hello else b"")


def judge_echo(sent: bytes, echoed: bytes) -> Verdict | None:
    """Tell what an echoed session id means; None where it is no echo."""
    if echoed == sent:
        return absent("echo_exact")
    if len(echoed) > len(sent) and echoed.startswith(sent):
        return proved("memory_returned", sent=len(sent), echoed=len(echoed))
    return None


def hide_echo(seen: bytearray) -> None:
    """Overwrite, in what will be kept, the bytes of the echoed id that we did not send."""
    if len(seen) > _ID_AT and seen[5] == _SERVER_HELLO:
        start, end = _ID_AT + 1 + _ID_BYTES, min(_ID_AT + 1 + seen[_ID_AT], len(seen))
        for place in range(start, end):
            seen[place] = 0
