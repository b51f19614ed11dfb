"""What a server does after something was sent to it, in a form that can be compared."""

from dataclasses import dataclass

from scanners.base import ProbeError
from scanners.tls.records import ALERT, APPLICATION, HANDSHAKE
from scanners.tls.session import TlsSession
from secaudit.core.vocabulary import Reason

_FATAL = 2
_CLOSE_NOTIFY = 0
_ENDS = {
    Reason.TIMED_OUT: "silent",
    Reason.CONNECTION_CLOSED: "closed",
    Reason.CONNECTION_RESET: "reset",
}
_MOST_EVENTS = 16


@dataclass(frozen=True)
class Reaction:
    """Events in order, such as ``alert 20``, and ``closed``, ``reset`` or ``silent`` at the end.

    Where a fatal alert came, nothing is said about the way in which the connection ended: whether a
    close or a reset arrives first is chance.
    """

    events: tuple[str, ...]

    @property
    def alerts(self) -> tuple[int, ...]:
        """Codes of the alerts, in order."""
        return tuple(int(event.split()[1]) for event in self.events if event.startswith("alert "))

    @property
    def ended(self) -> bool:
        """The server is done with this connection."""
        return bool(self.alerts) or self.events[-1] in ("closed", "reset")

    def __str__(self) -> str:
        """One line, for facts."""
        return ", ".join(self.events)


async def react(session: TlsSession, seconds: float | None = None) -> Reaction:
    """Read until the server ends the connection, or stays silent until the time is up.

    Application data and what belongs to no answer is passed over. Raises ProbeError for anything
    that is neither TLS nor an end: such an answer decides nothing.
    """
    events: list[str] = []
    fatal = False
    if seconds is not None:
        session.records.wait_at_most(seconds)
    while len(events) < _MOST_EVENTS:
        try:
            kind, content = await session.read_record()
        except ProbeError as error:
            if error.reason not in _ENDS:
                raise
            if not fatal:
                events.append(_ENDS[error.reason])
            return Reaction(tuple(events))
        if kind == ALERT and len(content) == 2:
            events.append(f"alert {content[1]}")
            fatal = fatal or content[0] == _FATAL or content[1] == _CLOSE_NOTIFY
        elif kind == HANDSHAKE:
            events.append("handshake")
        elif kind != APPLICATION:
            raise ProbeError(Reason.MALFORMED_ANSWER, f"a record of type {kind}")
    raise ProbeError(Reason.LIMIT_EXCEEDED)
