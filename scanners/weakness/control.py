"""Whether a server does at all what a weakness would need: the control of an experiment.

A server that refuses whatever comes at some stage refuses our broken messages there too, and
nothing is learned about them. It may demand a client certificate, have had enough of us, or hang up
on everybody. Where a refusal could come from that, one ordinary connection is gone through with.
"""

from scanners.base import ProbeError
from scanners.tls.exchange import Exchanger
from scanners.tls.records import AlertError
from scanners.tls.session import open_session, session_offer
from scanners.tls.version import Protocol
from scanners.weakness.reaction import react
from scanners.weakness.verdict import Verdict, inconclusive
from secaudit.core.vocabulary import Reason

CONTROL_ASKED = "control: a whole handshake"
"""How the transcript calls this connection."""
_HUNG_UP = {"closed": Reason.CONNECTION_CLOSED, "reset": Reason.CONNECTION_RESET}


def unanswered(error: ProbeError) -> Verdict:
    """Say why a connection that broke off decides nothing."""
    if error.reason is Reason.CLIENT_CERTIFICATE:
        return inconclusive(error.reason, "client_certificate")
    # "Not offered" is for questions that do not arise; an alert leaves one open.
    return inconclusive(Reason.TLS_REFUSED if isinstance(error, AlertError) else error.reason)


def hung_up(events: tuple[str, ...]) -> Reason:
    """Why there is no more to hear: how the events ended."""
    if any(event.startswith("alert") for event in events):
        return Reason.TLS_REFUSED
    return _HUNG_UP.get(events[-1], Reason.TIMED_OUT)


async def objection(
    exchanger: Exchanger,
    name: str | None,
    spoken: tuple[Protocol, tuple[int, ...]],
    quiet_seconds: float | None = None,
) -> Verdict | None:
    """Why a refusal by this server proves nothing; None where a whole handshake goes through.

    ``quiet_seconds``: the server must also not end the connection by itself for so long after it.
    Raises ScopeRefusedError alone.
    """
    try:
        offer = session_offer(spoken[0], name, spoken[1])
        async with open_session(exchanger, offer, CONTROL_ASKED) as session:
            await session.handshake()
            if quiet_seconds is not None:
                after = await react(session, quiet_seconds)
                if after.ended:
                    return inconclusive(hung_up(after.events), "hangs_up_anyway")
    except ProbeError as error:
        return unanswered(error)
    return None
