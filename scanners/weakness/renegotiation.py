"""Insecure renegotiation (CVE-2009-3555): a second handshake that is not bound to the first.

Asked only of servers that left the renegotiation_info extension out of their hello (RFC 5746). On
one connection a handshake is gone through, and then a second one is begun under its keys, as any
client may. Where the server goes through with it, an attacker could have spoken before the victim:
that is the proof. Nothing is said between the two handshakes, and nothing after them.
"""

from scanners.base import ProbeError
from scanners.tls.exchange import Exchanger
from scanners.tls.records import AlertError
from scanners.tls.session import open_session, session_offer
from scanners.weakness.control import unanswered
from scanners.weakness.ground import Ground
from scanners.weakness.verdict import Verdict, absent, inconclusive, proved
from secaudit.core.vocabulary import Reason

RENEGOTIATION_INFO = 0xFF01


async def look_for_renegotiation(ground: Ground, exchanger: Exchanger, name: str | None) -> Verdict:
    """Try it. Raises ScopeRefusedError alone."""
    spoken = ground.session()
    if spoken is None:
        return inconclusive(Reason.NO_OBSERVATION, "no_suite_to_speak")
    offer = session_offer(spoken[0], name, spoken[1])
    try:
        async with open_session(exchanger, offer, "renegotiation") as session:
            await session.handshake()
            if session.hello is None or RENEGOTIATION_INFO in session.hello.extensions:
                return absent("renegotiation_bound")
            try:
                await session.renegotiate()
            except AlertError as error:
                return absent("renegotiation_refused", alert=error.code)
            except ProbeError as error:
                if error.reason is Reason.CONNECTION_CLOSED:
                    return absent("renegotiation_refused")
                raise
            return proved("unbound_renegotiation")
    except ProbeError as error:
        return unanswered(error)
