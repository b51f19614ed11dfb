"""Whether a server still answered after it refused something.

A server that is weary of us (a limit on connections, a balancer that gave up, a crash) refuses
whatever is asked from then on, in the very way in which it refuses what it does not speak. So a
refusal counts only where a connection that began after it was answered by a ServerHello. Most
refusals are followed by one anyway; for those that are not, one more hello settles all.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from scanners.tls.hello import Offer
from secaudit.core.vocabulary import Reason

PROTOCOL_VERSION = 70
_SPEAKING = frozenset({PROTOCOL_VERSION, 86, 112, 120})
"""protocol_version, inappropriate_fallback, unrecognized_name, no_application_protocol: alerts that
name what they refuse. No server says so because it had enough of us."""
Undo = Callable[[Reason], None]


def explains_itself(alert: int | None) -> bool:
    """The alert can only mean what was asked."""
    return alert in _SPEAKING


@dataclass
class Liveness:
    """The order of connections, answers and refusals at one endpoint."""

    offer: Offer | None = None
    """A hello that was answered."""
    _begun: int = 0
    _answered: int = 0
    _refusals: list[tuple[int, Undo]] = field(default_factory=list)

    def begin(self) -> int:
        """Count a connection; its number says when it began."""
        self._begun += 1
        return self._begun

    def answered(self, began: int, offer: Offer | None = None) -> None:
        """Note that the connection of this number was answered by a ServerHello."""
        self._answered = max(self._answered, began)
        self.offer = offer or self.offer

    def refused(self, undo: Undo) -> None:
        """Note a refusal that came just now; ``undo`` takes back what was made of it."""
        self._refusals.append((self._begun, undo))

    @property
    def in_doubt(self) -> bool:
        """Something was refused, and nothing that was begun after it was answered."""
        return any(moment >= self._answered for moment, _ in self._refusals)

    def give_up(self, reason: Reason) -> None:
        """Take back every refusal since the last answer."""
        for moment, undo in self._refusals:
            if moment >= self._answered:
                undo(reason)
        self._refusals.clear()
